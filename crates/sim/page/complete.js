// Completion in the composer: @people, #channels, :emoji: and /commands.

import { append, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { state } from "./state.js";
import { avatar, colorOf, isDirect, isOnline, nameOf, signOf, titleOf, userOf } from "./names.js";
import { place, shownIn } from "./route.js";
import { emojiNamed } from "./emoji.js";
import { commandsIn, describe } from "./commands.js";
import { t } from "./words.js";

const MOST = 10;

/** What is offered for the text before the cursor: `{ from, title, options: [{ label, detail, face, insert | run }] }`. */
function offered(text, cursor, part, runCommand) {
  const before = text.slice(0, cursor);
  const slash = /^\/([\w -]*)$/.exec(before);
  if (slash) return { from: 0, title: t("commands"), options: commandOptions(slash[1], part, runCommand) };
  const found = /(?:^|[\s(（「])([@#:])([\p{L}\p{N}_.-]*)$/u.exec(before);
  if (!found) return null;
  const [, sign, name] = found;
  const from = cursor - name.length - 1;
  const wanted = name.toLowerCase();
  if (sign === "@") return { from, title: t("members"), options: people(wanted, part) };
  if (sign === "#") return { from, title: t("channels"), options: channels(wanted) };
  return wanted.length < 2 ? null : { from, title: t("emoji"), options: emoji(wanted) };
}

function people(wanted, part) {
  const guild = state.guild.get(place.guild);
  const direct = shownIn(part)?.recipients ?? [];
  const all = guild ? guild.members.map((member) => member.user) : [...direct, state.me];
  const fit = (user) => user.username.includes(wanted) || nameOf(user, guild?.id).toLowerCase().includes(wanted);
  const bots = (user) => Number(Boolean(user.bot));
  return all.filter(fit).sort((a, b) => bots(b) - bots(a)).map((user) => {
    const name = h("span", {}, nameOf(user, guild?.id));
    const color = colorOf(user, guild?.id);
    if (color) name.style.setProperty("color", color);
    return { face: avatar(user, 24), label: name, detail: user.username, insert: `@${user.username} `, offline: user.bot && !isOnline(user.id) };
  });
}

function channels(wanted) {
  const all = [...state.channel.values()].filter((one) => one.guild_id === place.guild && !isDirect(one) && one.type !== 4);
  return all.filter((one) => one.name.toLowerCase().includes(wanted)).map((one) => ({
    // A name with a space in it could not be read back out of the text.
    face: signOf(one), label: titleOf(one), detail: "", insert: /\s/.test(one.name) ? `<#${one.id}> ` : `#${one.name} `,
  }));
}

function emoji(wanted) {
  return emojiNamed(wanted).map((one) => ({
    face: one.id ? h("img", { class: "emoji", src: `/emojis/${one.id}.png`, alt: "" }) : h("span", { class: "emoji-text" }, one.text),
    label: `:${one.name}:`, detail: "", insert: one.id ? `:${one.name}: ` : `${one.text} `,
  }));
}

function commandOptions(name, part, runCommand) {
  return commandsIn(part).filter((one) => one.path.startsWith(name.trimStart())).map((one) => ({
    face: avatar(userOf(one.command.application_id), 24), label: `/${one.path}`, detail: describe(one.leaf), run: () => runCommand(one),
  }));
}

/** The list over a composer. `field` is the text area, `part` the part of the page that it belongs to. */
export class Completion {
  constructor(field, box, part, runCommand) {
    Object.assign(this, { field, box, part, runCommand, offer: null, at: 0 });
    field.addEventListener("input", () => this.look());
    field.addEventListener("click", () => this.look());
    field.addEventListener("blur", () => setTimeout(() => document.activeElement !== field && this.close(), 150));
  }

  look() {
    this.offer = offered(this.field.value, this.field.selectionStart, this.part, this.runCommand);
    this.at = 0;
    if (this.offer) this.offer.options = this.offer.options.slice(0, MOST);
    this.show();
  }

  get open() {
    return Boolean(this.offer?.options.length);
  }

  close() {
    this.offer = null;
    this.show();
  }

  show() {
    this.box.hidden = !this.open;
    this.field.setAttribute("aria-expanded", String(this.open));
    if (!this.open) return fill(this.box);
    fill(this.box, h("div", { class: "complete-title" }, this.offer.title));
    append(this.box, this.offer.options.map((one, index) => h("button", {
      type: "button", role: "option", class: "complete-option", "aria-selected": String(index === this.at), id: `${this.box.id}-${index}`,
      on: { pointerdown: (event) => event.preventDefault(), click: () => this.take(index) },
    }, h("span", { class: "complete-face" }, one.face), h("span", { class: "complete-label" }, one.label),
    h("span", { class: "complete-detail" }, one.offline ? t("offline") : one.detail))));
    this.field.setAttribute("aria-activedescendant", `${this.box.id}-${this.at}`);
    this.box.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  /** Whether a key was for the list. */
  key(event) {
    if (!this.open || event.isComposing) return false;
    const count = this.offer.options.length;
    if (event.key === "ArrowDown") this.at = (this.at + 1) % count;
    else if (event.key === "ArrowUp") this.at = (this.at + count - 1) % count;
    else if (event.key === "Tab" || event.key === "Enter") return this.take(this.at);
    else if (event.key === "Escape") {
      this.close();
      return true;
    } else return false;
    this.show();
    return true;
  }

  take(index) {
    const one = this.offer.options[index];
    const { from } = this.offer;
    this.close();
    if (one.run) {
      one.run();
      return true;
    }
    const end = this.field.selectionStart;
    this.field.setRangeText(one.insert, from, end, "end");
    this.field.focus();
    this.field.dispatchEvent(new Event("input"));
    this.close();
    return true;
  }
}

/** A small sign for a file that waits to be sent. */
export const fileSign = () => icon("file", 36);
