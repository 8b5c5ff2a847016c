// One message as an element.

import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { state, may, RIGHTS, messagesOf } from "./state.js";
import { avatar, colorOf, nameOf, titleOf } from "./names.js";
import { openThread } from "./route.js";
import { markdown } from "./markdown.js";
import { attachments, embeds, reactions } from "./extras.js";
import { components } from "./components.js";
import { STARTER, messageMenu, reactMenu } from "./menu.js";
import { emojiPicker } from "./emoji.js";
import { act } from "./link.js";
import { bus } from "./bus.js";
import { clock, moment, t } from "./words.js";

const FLAG_LOADING = 1 << 7;
const FLAG_V2 = 1 << 15;

const SYSTEM = { 4: ["edit", "renamed"], 6: ["link", "pinned"], 7: ["people", "joined"], 18: ["thread", "startedThread"] };

/** Whether it is shown under the one before, without a head of its own. */
export function follows(message, before) {
  if (!before || message.author.id !== before.author.id || message.type !== 0 || SYSTEM[before.type] || before.type === STARTER) return false;
  if (message.interaction_metadata && message.type !== 0) return false;
  return Date.parse(message.timestamp) - Date.parse(before.timestamp) < 7 * 60000 && message.ephemeral === before.ephemeral;
}

/** The element. `grouped`: it is shown under the one before. */
export function messageElement(message, grouped) {
  const guild = state.channel.get(message.channel_id)?.guild_id;
  if (SYSTEM[message.type]) return systemElement(message, guild);
  const shown = message.type === STARTER && message.referenced_message ? message.referenced_message : message;
  const mentioned = message.mentions.some((one) => one.id === state.me.id) || message.mention_everyone;
  const classes = ["message", grouped && "grouped", mentioned && "mentioned", message.ephemeral && "ephemeral",
    message.flags & FLAG_LOADING && "loading"].filter(Boolean).join(" ");
  const time = new Date(shown.timestamp);
  const element = h("li", { class: classes, id: `m-${message.id}`, tabindex: "-1", data: { id: message.id, author: shown.author.username } },
    replyBar(message, guild),
    commandBar(message, guild),
    grouped
      ? h("time", { class: "gutter", datetime: shown.timestamp }, clock(time))
      : h("div", { class: "face" }, avatar(shown.author)),
    h("div", { class: "content" },
      grouped ? null : head(shown, guild, time),
      body(shown, guild),
      rest(shown, guild, message)),
    message.ephemeral ? ephemeralNote(message) : null,
    tools(message));
  element.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, textarea, .fence") || String(getSelection())) return;
    event.preventDefault();
    messageMenu(message, { x: event.clientX, y: event.clientY });
  });
  return element;
}

function head(message, guild, time) {
  const name = h("span", { class: "name" }, nameOf(message.author, guild));
  const color = colorOf(message.author, guild);
  if (color) name.style.setProperty("color", color);
  return h("div", { class: "head" }, name, message.author.bot ? h("span", { class: "badge" }, t("app")) : null,
    h("time", { datetime: message.timestamp, title: time.toLocaleString() }, moment(time)));
}

function body(message, guild) {
  if (message.flags & FLAG_LOADING) {
    return h("div", { class: "thinking" }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), t("isThinking", nameOf(message.author, guild)));
  }
  if (!message.content) return null;
  const text = markdown(message.content, { guild });
  if (message.edited_timestamp) {
    const edited = h("span", { class: "edited", title: moment(new Date(message.edited_timestamp)) }, t("edited"));
    const last = text.lastElementChild;
    (last && ["BLOCKQUOTE", "UL", "OL", "H1", "H2", "H3"].includes(last.tagName) ? text : text).append(" ", edited);
  }
  return text;
}

function rest(shown, guild, message) {
  return [
    attachments(shown.attachments),
    embeds(shown.embeds, guild),
    shown.components.length ? components(message, message.flags & FLAG_V2) : null,
    message.thread && message.type !== STARTER ? threadCard(message.thread) : null,
    reactions(message),
  ];
}

function systemElement(message, guild) {
  const [sign, word] = SYSTEM[message.type];
  const thread = message.type === 18 ? message.message_reference?.channel_id : null;
  const name = h("span", { class: "name" }, nameOf(message.author, guild));
  const what = thread
    ? h("button", { type: "button", class: "link", on: { click: () => openThread(thread) } }, message.content)
    : h("strong", {}, message.content);
  return h("li", { class: "message system", id: `m-${message.id}`, data: { id: message.id } },
    h("div", { class: "face" }, icon(sign, 18)),
    h("div", { class: "content" }, t(word, name, what).map((part) => part), " ",
      h("time", { datetime: message.timestamp }, moment(new Date(message.timestamp)))));
}

function replyBar(message, guild) {
  if (message.type !== 19 || !message.message_reference) return null;
  const id = message.message_reference.message_id;
  const answered = state.message.get(message.channel_id)?.get(id) ?? message.referenced_message;
  if (!answered) return h("div", { class: "reply-bar gone" }, icon("reply", 14), t("deletedMessage"));
  return h("button", { type: "button", class: "reply-bar", on: { click: () => bus.jump(id) } },
    avatar(answered.author, 16), h("span", { class: "name" }, nameOf(answered.author, guild)),
    h("span", { class: "excerpt" }, answered.content ? markdown(answered.content.slice(0, 200), { guild, plain: true }) : t("attachment")));
}

function commandBar(message, guild) {
  const trace = message.interaction_metadata;
  if (!trace?.user || ![20, 23].includes(message.type)) return null;
  return h("div", { class: "reply-bar" }, avatar(trace.user, 16), h("span", { class: "name" }, nameOf(trace.user, guild)),
    t("used", h("span", { class: "mention" }, `/${trace.name ?? ""}`)));
}

function threadCard(thread) {
  const newest = messagesOf(thread.id).findLast((one) => one.type !== STARTER && one.content);
  return h("button", { type: "button", class: "thread-card", on: { click: () => openThread(thread.id) } },
    h("span", { class: "thread-title" }, h("strong", {}, titleOf(thread)), h("span", { class: "link" }, t("messageCount", thread.message_count), " ›")),
    newest
      ? h("span", { class: "thread-last" }, avatar(newest.author, 18), h("b", {}, nameOf(newest.author, thread.guild_id)),
        h("span", { class: "excerpt" }, markdown(newest.content.slice(0, 200), { guild: thread.guild_id, plain: true })))
      : null);
}

function ephemeralNote() {
  return h("div", { class: "ephemeral-note" }, icon("people", 14), t("onlyYou"));
}

function tools(message) {
  const own = message.author.id === state.me.id;
  const place = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: box.right, y: box.bottom + 4, right: true };
  };
  const fixed = message.ephemeral || message.type === STARTER;
  const reactable = may(message.channel_id, RIGHTS.react) && !fixed;
  return h("div", { class: "tools", role: "toolbar", "aria-label": t("messageTools") },
    reactable ? iconButton(icon("smile"), t("addReaction"), (event) => emojiPicker(place(event), (emoji) => reactMenu(message, emoji))) : null,
    fixed ? null : iconButton(icon("reply"), t("reply"), () => bus.replyTo(message)),
    own && !fixed ? iconButton(icon("edit"), t("edit"), () => bus.edit(message)) : null,
    iconButton(icon("more"), t("more"), (event) => messageMenu(message, place(event))));
}

/** A message's text in a field, to be changed in place. */
export function editor(message, done) {
  const field = h("textarea", { class: "edit-field", rows: "1", "aria-label": t("edit") });
  field.value = unmention(message.content);
  const size = () => {
    field.style.setProperty("height", "auto");
    field.style.setProperty("height", `${field.scrollHeight}px`);
  };
  const save = async () => {
    const text = field.value.trim();
    done();
    if (text && text !== message.content) await act("edit", { as: undefined, channel: message.channel_id, message: message.id, content: text });
  };
  field.addEventListener("input", size);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      done();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      save();
    }
  });
  requestAnimationFrame(() => {
    size();
    field.focus();
  });
  const word = (key, run) => h("button", { type: "button", class: "link", on: { click: run } }, t(key));
  return h("div", { class: "editing" }, field, h("small", {}, t("editHelp", word("cancel", done), word("save", save))));
}

/** Mentions as they were typed. */
function unmention(text) {
  return text.replace(/<@!?(\d+)>/g, (whole, id) => {
    const user = state.people.find((one) => one.id === id) ?? state.bots.find((one) => one.user.id === id)?.user;
    return user ? `@${user.username}` : whole;
  });
}
