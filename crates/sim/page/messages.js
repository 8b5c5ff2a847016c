// The messages of a channel: kept in order, each made anew only when it changed, and at the end unless somebody reads further up.

import { find, h } from "./dom.js";
import { icon } from "./icons.js";
import { on, state, messagesOf, may, RIGHTS } from "./state.js";
import { isDirect, isForum, isThread, isVoice, nameOf, signOf, titleOf, userOf, avatar } from "./names.js";
import { BESIDE, MAIN, isNew, place, shownIn } from "./route.js";
import { askForOlder } from "./link.js";
import { bus } from "./bus.js";
import { editor, follows, messageElement } from "./message.js";
import { forum } from "./forum.js";
import { markRead } from "./unread.js";
import { day, t } from "./words.js";

/** Keeps the messages right, in the middle and beside it. */
export function startMessages() {
  const talks = [MAIN, BESIDE].map((part) => new Talk(part));
  bus.jump = (id) => talks.find((talk) => talk.shown.has(id))?.jump(id);
  bus.edit = (message) => talks.find((talk) => talk.channel === message.channel_id)?.edit(message);
}

/** The messages that one part of the page shows. */
class Talk {
  constructor(part) {
    this.part = part;
    this.root = find(part.root);
    this.scroll = find(".scroll", this.root);
    this.list = find(".messages", this.root);
    this.shown = new Map();
    this.channel = null;
    this.editing = null;
    this.found = null;
    this.atEnd = true;
    this.lastTop = 0;
    this.askedFrom = null;
    this.toEndButton = h("button", { type: "button", class: "button to-end", hidden: true, on: { click: () => {
      this.atEnd = true;
      this.toEnd();
    } } });
    this.root.append(this.toEndButton);
    on(["message", "route", "more", "channel"], (changes) => this.show(changes));
    on(["guild", "language", "people", "bots", "me"], () => {
      this.shown.clear();
      this.show({});
    });
    this.scroll.addEventListener("scroll", () => this.scrolled(), { passive: true });
    // What loads late (pictures) or changes its size must not push the end out of sight.
    const stay = new ResizeObserver(() => this.atEnd && this.toEnd());
    stay.observe(this.list);
    stay.observe(this.scroll);
    document.addEventListener("visibilitychange", () => !document.hidden && this.atEnd && markRead(this.channel));
  }

  scrolled() {
    const box = this.scroll;
    // Only somebody who goes up leaves the end; what grows under them doesn't take them away from it.
    if (box.scrollHeight - box.scrollTop - box.clientHeight < 40) this.atEnd = true;
    else if (box.scrollTop < this.lastTop) this.atEnd = false;
    this.lastTop = box.scrollTop;
    if (this.atEnd) markRead(this.channel);
    this.toEndButton.hidden = this.atEnd;
    if (box.scrollTop > 300 || !state.more.get(this.channel)) return;
    const first = messagesOf(this.channel)[0]?.id;
    if (first === this.askedFrom) return;
    this.askedFrom = first;
    askForOlder(this.channel);
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  /** Leads to a message that is shown, and marks it, whatever changes about it. */
  jump(id) {
    find(".message.found", this.root)?.classList.remove("found");
    this.found = id;
    const { element } = this.shown.get(id);
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    element.classList.add("found");
  }

  edit(message) {
    this.editing = message.id;
    this.shown.delete(message.id);
    this.show({});
  }

  show(changes) {
    if (!state.me) return;
    const moved = this.channel !== this.part.id();
    // A forum shows the newest of all its posts.
    const concerns = moved || isForum(shownIn(this.part)) || !changes.message || changes.message.has(this.channel) || changes.message.size === 0 || this.threadChanged(changes);
    if (!concerns) return;
    if (moved) {
      this.channel = this.part.id();
      this.shown.clear();
      this.editing = null;
      this.found = null;
      this.askedFrom = null;
      this.atEnd = true;
    }
    this.toEndButton.replaceChildren(t("toNewest"), icon("down", 16));
    const channel = shownIn(this.part);
    if (isForum(channel)) {
      this.list.replaceChildren(forum(channel));
      return;
    }
    const box = this.scroll;
    const below = box.scrollHeight - box.scrollTop;
    reconcile(this.list, this.wanted());
    if (this.atEnd) {
      this.toEnd();
      markRead(this.channel);
    } else if (this.askedFrom && messagesOf(this.channel)[0]?.id !== this.askedFrom) {
      // Older messages came in above: what is read stays where it is.
      box.scrollTop = box.scrollHeight - below;
      this.askedFrom = null;
    }
  }

  /** A card under a message shows the newest words of its thread. */
  threadChanged(changes) {
    return [...changes.message].some((id) => {
      const message = state.message.get(this.channel)?.get(id);
      const known = message && this.shown.get(id);
      if (known) known.message = null;
      return Boolean(message);
    });
  }

  wanted() {
    const nodes = [state.more.get(this.channel) ? h("li", { class: "loading-more" }, t("loading")) : beginning(this.part)];
    const alive = new Set();
    let before = null;
    for (const message of messagesOf(this.channel)) {
      const time = new Date(message.timestamp);
      if (!before || day(time) !== day(new Date(before.timestamp))) {
        nodes.push(h("li", { class: "day", role: "separator" }, h("span", {}, day(time))));
        before = null;
      }
      const grouped = follows(message, before);
      alive.add(message.id);
      const known = this.shown.get(message.id);
      if (known && known.message === message && known.grouped === grouped) {
        nodes.push(known.element);
      } else {
        const element = messageElement(message, grouped);
        if (this.editing === message.id) this.openEditor(element, message);
        if (known) keepRevealed(known.element, element);
        if (this.found === message.id) element.classList.add("found");
        this.shown.set(message.id, { message, grouped, element });
        nodes.push(element);
      }
      before = message;
    }
    for (const id of this.shown.keys()) if (!alive.has(id)) this.shown.delete(id);
    return nodes;
  }

  openEditor(element, message) {
    const done = () => {
      this.editing = null;
      this.shown.delete(message.id);
      this.show({});
      find(".composer textarea", this.root)?.focus();
    };
    const content = element.querySelector(".content");
    const text = content.querySelector(".markdown");
    const field = editor(message, done);
    if (text) text.replaceWith(field);
    else content.append(field);
    element.classList.add("being-edited");
  }
}

/** Spoilers that were opened stay open when the message changes. */
function keepRevealed(old, fresh) {
  const open = [...old.querySelectorAll(".spoiler")].map((one) => one.classList.contains("shown"));
  fresh.querySelectorAll(".spoiler").forEach((one, index) => open[index] && one.classList.add("shown"));
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
function beginning(part) {
  const found = shownIn(part);
  const to = isNew(part);
  if (!found && !to) return h("li", { class: "beginning" });
  if (to || isDirect(found)) {
    const user = to ? userOf(to) : found.recipients[0];
    return h("li", { class: "beginning" }, avatar(user, 80), h("h2", {}, nameOf(user)), h("p", {}, t("beginsDirect", nameOf(user))),
      user?.bot ? suggestions("") : null);
  }
  const title = isThread(found) ? titleOf(found) : t("welcomeTo", `#${titleOf(found)}`);
  return h("li", { class: "beginning" }, h("div", { class: "beginning-sign" }, signOf(found, 40)), h("h2", {}, title),
    h("p", {}, isThread(found) ? t("beginsThread", nameOf(userOf(found.owner_id), found.guild_id)) : t(isVoice(found) ? "beginsChat" : "beginsChannel", `#${titleOf(found)}`)),
    isThread(found) || !may(found.id, RIGHTS.send) ? null : mentions());
}

/** The same for a channel, where a bot is there to answer: it has to be mentioned. */
function mentions() {
  const bot = (state.guild.get(place.guild)?.members ?? []).find((one) => one.user.bot);
  return bot ? suggestions(`@${bot.user.username} `) : null;
}

/** What a newcomer may say first. */
function suggestions(before) {
  return h("div", { class: "suggestions" }, t("suggestions").map((text) => h("button", { type: "button", class: "chip", on: {
    click: () => bus.insert(`${before}${text}`),
  } }, `${before}${text}`)));
}
