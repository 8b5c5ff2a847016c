// The messages of the open channel: kept in order, each made anew only when it changed, and at the end unless somebody reads further up.

import { find, h } from "./dom.js";
import { icon } from "./icons.js";
import { on, state, messagesOf, may, RIGHTS } from "./state.js";
import { isDirect, isForum, isThread, nameOf, signOf, titleOf, userOf, avatar } from "./names.js";
import { here, newWith, place } from "./route.js";
import { askForOlder } from "./link.js";
import { bus } from "./bus.js";
import { editor, follows, messageElement } from "./message.js";
import { forum } from "./forum.js";
import { markRead } from "./unread.js";
import { day, t } from "./words.js";

const shown = new Map();
let channel = null;
let editing = null;
let atEnd = true;
let lastTop = 0;
let askedFrom = null;

const scroll = () => find("#scroll");
const list = () => find("#messages");

/** Keeps the messages right. */
export function startMessages() {
  on(["message", "route", "more", "channel"], (changes) => show(changes));
  on(["guild", "language", "people", "bots", "me"], () => {
    shown.clear();
    show({});
  });
  scroll().addEventListener("scroll", () => {
    const box = scroll();
    // Only somebody who goes up leaves the end; what grows under them doesn't take them away from it.
    if (box.scrollHeight - box.scrollTop - box.clientHeight < 40) atEnd = true;
    else if (box.scrollTop < lastTop) atEnd = false;
    lastTop = box.scrollTop;
    if (atEnd) markRead(channel);
    find("#to-end")?.toggleAttribute("hidden", atEnd);
    older();
  }, { passive: true });
  // What loads late (pictures) or changes its size must not push the end out of sight.
  const stay = new ResizeObserver(() => atEnd && toEnd());
  stay.observe(list());
  stay.observe(scroll());
  bus.jump = jump;
  bus.edit = (message) => {
    editing = message.id;
    shown.delete(message.id);
    show({});
  };
  document.addEventListener("visibilitychange", () => !document.hidden && atEnd && markRead(channel));
}

function toEnd() {
  scroll().scrollTop = scroll().scrollHeight;
}

function older() {
  if (scroll().scrollTop > 300 || !state.more.get(channel)) return;
  const first = messagesOf(channel)[0]?.id;
  if (first === askedFrom) return;
  askedFrom = first;
  askForOlder(channel);
}

function show(changes) {
  if (!state.me) return;
  const moved = channel !== place.channel;
  const concerns = moved || !changes.message || changes.message.has(channel) || changes.message.size === 0 || threadChanged(changes);
  if (!concerns) return;
  if (moved) {
    channel = place.channel;
    shown.clear();
    editing = null;
    askedFrom = null;
    atEnd = true;
  }
  if (isForum(here())) {
    list().replaceChildren(forum(here()));
    return;
  }
  const box = scroll();
  const below = box.scrollHeight - box.scrollTop;
  const nodes = wanted();
  reconcile(list(), nodes);
  if (atEnd) {
    toEnd();
    markRead(channel);
  } else if (askedFrom && messagesOf(channel)[0]?.id !== askedFrom) {
    // Older messages came in above: what is read stays where it is.
    box.scrollTop = box.scrollHeight - below;
    askedFrom = null;
  }
}

/** A card under a message shows the newest words of its thread. */
function threadChanged(changes) {
  return [...changes.message].some((id) => {
    const message = state.message.get(channel)?.get(id);
    if (message) shown.delete(id);
    return Boolean(message);
  });
}

function wanted() {
  const messages = messagesOf(channel);
  const nodes = [state.more.get(channel) ? h("li", { class: "loading-more" }, t("loading")) : beginning()];
  const alive = new Set();
  let before = null;
  for (const message of messages) {
    const time = new Date(message.timestamp);
    if (!before || day(time) !== day(new Date(before.timestamp))) {
      nodes.push(h("li", { class: "day", role: "separator" }, h("span", {}, day(time))));
      before = null;
    }
    const grouped = follows(message, before);
    alive.add(message.id);
    const known = shown.get(message.id);
    if (known && known.message === message && known.grouped === grouped) {
      nodes.push(known.element);
    } else {
      const element = messageElement(message, grouped);
      if (editing === message.id) openEditor(element, message);
      if (known) keepRevealed(known.element, element);
      shown.set(message.id, { message, grouped, element });
      nodes.push(element);
    }
    before = message;
  }
  for (const id of shown.keys()) if (!alive.has(id)) shown.delete(id);
  return nodes;
}

/** Spoilers that were opened stay open when the message changes. */
function keepRevealed(old, fresh) {
  const open = [...old.querySelectorAll(".spoiler")].map((one) => one.classList.contains("shown"));
  fresh.querySelectorAll(".spoiler").forEach((one, index) => open[index] && one.classList.add("shown"));
}

function openEditor(element, message) {
  const done = () => {
    editing = null;
    shown.delete(message.id);
    show({});
    find("#composer textarea")?.focus();
  };
  const content = element.querySelector(".content");
  const text = content.querySelector(".markdown");
  const field = editor(message, done);
  if (text) text.replaceWith(field);
  else content.append(field);
  element.classList.add("being-edited");
}

function reconcile(parent, nodes) {
  let at = parent.firstChild;
  for (const node of nodes) {
    if (node === at) {
      at = at.nextSibling;
    } else {
      parent.insertBefore(node, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** What stands above the first message. */
function beginning() {
  const found = here();
  const to = newWith();
  if (!found && !to) return h("li", { class: "beginning" });
  if (to || isDirect(found)) {
    const user = to ? userOf(to) : found.recipients[0];
    return h("li", { class: "beginning" }, avatar(user, 80), h("h2", {}, nameOf(user)), h("p", {}, t("beginsDirect", nameOf(user))));
  }
  const title = isThread(found) ? titleOf(found) : t("welcomeTo", `#${titleOf(found)}`);
  return h("li", { class: "beginning" }, h("div", { class: "beginning-sign" }, signOf(found, 40)), h("h2", {}, title),
    h("p", {}, isThread(found) ? t("beginsThread", nameOf(userOf(found.owner_id), found.guild_id)) : t("beginsChannel", `#${titleOf(found)}`)),
    isThread(found) || !may(found.id, RIGHTS.send) ? null : suggestions());
}

/** What a newcomer may say first, where a bot is there to answer. */
function suggestions() {
  const bot = (state.guild.get(place.guild)?.members ?? []).find((one) => one.user.bot);
  if (!bot) return null;
  const name = bot.user.username;
  return h("div", { class: "suggestions" }, t("suggestions").map((text) => h("button", { type: "button", class: "chip", on: {
    click: () => bus.insert(`@${name} ${text}`),
  } }, `@${name} ${text}`)));
}

function jump(id) {
  const element = document.getElementById(`m-${id}`);
  if (!element) return;
  element.scrollIntoView({ block: "center", behavior: "smooth" });
  element.classList.add("found");
  setTimeout(() => element.classList.remove("found"), 2000);
}

/** The button that leads back to the newest message. */
export function toEndButton() {
  return h("button", { type: "button", id: "to-end", class: "button", hidden: true, on: { click: () => {
    atEnd = true;
    toEnd();
  } } }, t("toNewest"), icon("down", 16));
}

