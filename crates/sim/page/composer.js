// The composer: text, files, replies, completion, commands.

import { fill, find, h, iconButton, toast } from "./dom.js";
import { icon } from "./icons.js";
import { on, state, may, messagesOf, RIGHTS } from "./state.js";
import { isForum, isThread, nameOf, titleOf, userOf } from "./names.js";
import { HOME, go, here, newWith, place } from "./route.js";
import { act } from "./link.js";
import { bus } from "./bus.js";
import { emojiPicker, withEmoji } from "./emoji.js";
import { Completion, fileSign } from "./complete.js";
import { commandBar } from "./commands.js";
import { bytes, t } from "./words.js";

const LONGEST = 4000;
const drafts = new Map();
let files = [];
let answered = null;
let shownFor = null;
let completion = null;
let typedAt = 0;

/** Keeps the composer right. */
export function startComposer() {
  on(["route", "language"], show);
  on(["channel", "connected"], () => {
    if (mode() !== shownFor) show();
  });
  on("typing", showTyping);
  on("message", showTyping);
  setInterval(showTyping, 1000);
  const talk = find("#main");
  talk.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    talk.classList.add("dropping");
  });
  talk.addEventListener("dragleave", (event) => !talk.contains(event.relatedTarget) && talk.classList.remove("dropping"));
  talk.addEventListener("drop", (event) => {
    talk.classList.remove("dropping");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    addFiles(event.dataTransfer.files);
  });
  // Whoever begins to type means the composer.
  document.addEventListener("keydown", (event) => {
    const field = find("#composer textarea");
    const typing = event.target.closest?.("input, textarea, select, [role=menu], .layer, #panel");
    if (!field || typing || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
    field.focus();
  });
  bus.replyTo = (message) => {
    answered = message;
    showReply();
    find("#composer textarea")?.focus();
  };
  bus.insert = (text) => {
    const field = find("#composer textarea");
    if (!field) return;
    field.value = text;
    field.focus();
    field.dispatchEvent(new Event("input"));
  };
}

/** What the composer has to be here: it is made anew when this changes. */
function mode() {
  const channel = here();
  const locked = channel?.thread_metadata?.locked && !may(channel.id, RIGHTS.manageThreads);
  const allowed = newWith() ? true : channel && !locked && !isForum(channel) && may(channel.id, isThread(channel) ? RIGHTS.sendInThreads : RIGHTS.send);
  return `${place.channel} ${allowed ? "writes" : "reads"} ${state.me?.id} ${titleOf(channel)}`;
}

function show() {
  const box = find("#composer");
  shownFor = mode();
  answered = null;
  files = [];
  completion = null;
  const channel = here();
  if (isForum(channel)) return fill(box);
  if (!shownFor.includes(" writes ")) return fill(box, place.channel && state.me ? h("div", { class: "composer-closed" }, t("mayNotWrite")) : null);
  const to = newWith();
  const name = to ? nameOf(userOf(to)) : titleOf(channel);
  const hint = place.guild === HOME ? t("writeTo", `@${name}`) : isThread(channel) ? t("writeTo", name) : t("writeTo", `#${name}`);
  const field = h("textarea", { rows: "1", placeholder: hint, "aria-label": hint, maxlength: String(LONGEST), role: "combobox", "aria-expanded": "false",
    "aria-controls": "complete", "aria-autocomplete": "list", enterkeyhint: "send" });
  field.value = drafts.get(place.channel) ?? "";
  const list = h("div", { id: "complete", role: "listbox", hidden: true });
  const picker = h("input", { type: "file", multiple: true, hidden: true, on: { change: () => {
    addFiles(picker.files);
    picker.value = "";
  } } });
  fill(box, list, h("div", { id: "reply-to", hidden: true }), h("div", { class: "writing" },
    h("div", { id: "tray", hidden: true }),
    h("div", { class: "writing-line" },
      iconButton(icon("plus", 22), t("attach"), () => picker.click(), { class: "attach" }), picker, field,
      iconButton(icon("smile", 22), t("emoji"), (event) => {
        const place = event.currentTarget.getBoundingClientRect();
        emojiPicker({ x: place.right, y: place.top - 8, right: true, above: true }, (emoji) => {
          field.setRangeText(emoji.includes(":") ? `:${emoji.split(":")[0]}:` : emoji, field.selectionStart, field.selectionEnd, "end");
          field.focus();
          field.dispatchEvent(new Event("input"));
        });
      }),
      iconButton(icon("send", 22), t("send"), () => send(field), { class: "send", data: { action: "send" } }))),
  h("div", { id: "typing", "aria-live": "polite" }));
  completion = new Completion(field, list, (command) => startCommand(command));
  wire(field);
  showTyping();
  if (matchMedia("(hover: hover)").matches) field.focus({ preventScroll: true });
}

function wire(field) {
  const size = () => {
    field.style.setProperty("height", "auto");
    field.style.setProperty("height", `${Math.min(field.scrollHeight, innerHeight * 0.4)}px`);
    field.closest(".writing").classList.toggle("has-text", Boolean(field.value.trim()));
  };
  field.addEventListener("input", () => {
    drafts.set(place.channel, field.value);
    size();
    tellTyping(field.value);
  });
  field.addEventListener("keydown", (event) => {
    if (completion.key(event)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send(field);
    } else if (event.key === "Escape" && answered) {
      answered = null;
      showReply();
    } else if (event.key === "ArrowUp" && !field.value) {
      const own = messagesOf(place.channel).findLast((one) => one.author.id === state.me.id && [0, 19].includes(one.type));
      if (own) {
        event.preventDefault();
        bus.edit(own);
      }
    }
  });
  field.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    addFiles(event.clipboardData.files);
  });
  requestAnimationFrame(size);
}

function tellTyping(text) {
  if (!text || text.startsWith("/") || Date.now() - typedAt < 8000 || newWith()) return;
  typedAt = Date.now();
  act("type", { channel: place.channel });
}

async function send(field) {
  const text = withEmoji(field.value.trim());
  if (!text && !files.length) return;
  if ([...text].length > LONGEST) return toast(t("tooLong", LONGEST), "bad");
  const to = newWith();
  const channel = place.channel;
  const kept = { value: field.value, files, answered };
  const sent = {
    ...(to ? { dm: to } : { channel }),
    content: text,
    reply_to: answered?.id,
    ping: answered ? find("#reply-to input")?.checked : undefined,
    files: await Promise.all(files.map(async ({ file }) => ({ name: file.name, base64: await base64(file), content_type: file.type || undefined }))),
  };
  // The field is free again at once; what was refused comes back into it.
  field.value = "";
  drafts.delete(channel);
  files = [];
  answered = null;
  typedAt = 0;
  showTray();
  showReply();
  field.dispatchEvent(new Event("input"));
  const made = await act("say", sent);
  if (!made && place.channel === channel && !field.value) {
    ({ files, answered } = kept);
    field.value = kept.value;
    showTray();
    showReply();
    field.dispatchEvent(new Event("input"));
  } else if (made && to && state.channel.has(made.channel_id)) go(made.channel_id, HOME);
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function addFiles(list) {
  if (place.channel && !newWith() && !may(place.channel, RIGHTS.attach)) return toast(t("mayNotAttach"), "bad");
  for (const file of list) {
    if (files.length >= 10) {
      toast(t("tooManyFiles"), "bad");
      break;
    }
    files.push({ file, url: file.type.startsWith("image/") ? URL.createObjectURL(file) : null });
  }
  showTray();
  find("#composer textarea")?.focus();
}

function showTray() {
  const tray = find("#tray");
  if (!tray) return;
  tray.hidden = !files.length;
  fill(tray, files.map((one, index) => h("div", { class: "tray-file" },
    one.url ? h("img", { src: one.url, alt: "" }) : fileSign(),
    h("span", { class: "tray-name" }, one.file.name), h("small", {}, bytes(one.file.size)),
    iconButton(icon("close", 16), t("remove"), () => {
      if (one.url) URL.revokeObjectURL(one.url);
      files.splice(index, 1);
      showTray();
    }))));
}

function showReply() {
  const box = find("#reply-to");
  if (!box) return;
  box.hidden = !answered;
  if (!answered) return fill(box);
  const guild = here()?.guild_id;
  fill(box, h("span", {}, t("replyingTo", h("b", {}, nameOf(answered.author, guild)))), h("span", { class: "grow" }),
    h("label", { class: "ping" }, h("input", { type: "checkbox", checked: true }), t("ping")),
    iconButton(icon("close", 16), t("cancel"), () => {
      answered = null;
      showReply();
    }));
}

function startCommand(command) {
  const box = find("#composer");
  drafts.delete(place.channel);
  fill(box, commandBar(command, () => show()));
}

function showTyping() {
  const box = find("#typing");
  if (!box) return;
  const now = Date.now() + state.skew;
  const newest = new Map();
  for (const message of state.message.get(place.channel)?.values() ?? []) {
    newest.set(message.author.id, Math.max(newest.get(message.author.id) ?? 0, Date.parse(message.timestamp)));
  }
  const active = (state.typing.get(place.channel) ?? []).filter((one) => now - one.at < 10000 && (newest.get(one.user) ?? 0) < one.at);
  const names = [...new Set(active.map((one) => nameOf(userOf(one.user), here()?.guild_id)))];
  const key = names.join();
  if (box.dataset.names === key) return;
  box.dataset.names = key;
  fill(box, names.length ? [h("span", { class: "dots" }, h("i"), h("i"), h("i")), h("span", {}, t("typing", names))] : null);
}
