// What stands within a line: emphasis, code, spoilers, links, mentions, emoji and moments.

import { h, safeUrl } from "./dom.js";
import { colorOf, memberOf, nameOf, signOf, titleOf, userOf } from "./names.js";
import { openThread } from "./route.js";
import { state } from "./state.js";
import { language, t } from "./words.js";

const inner = (tag) => (found, context) => h(tag, {}, readInline(found[1], context));

// In the order in which they are tried at each place.
const RULES = [
  [/\\([^\sA-Za-z0-9])/y, (found) => found[1]],
  [/<(https?:\/\/[^\s<>]+)>/y, (found) => link(found[1], found[1])],
  [/<@!?(\d{1,20})>/y, (found, context) => userMention(found[1], context)],
  [/<@&(\d{1,20})>/y, (found, context) => roleMention(found[1], context)],
  [/<#(\d{1,20})>/y, (found) => channelMention(found[1])],
  [/<\/([^:<>\n]{1,100}):(\d{1,20})>/y, (found) => h("span", { class: "mention" }, `/${found[1]}`)],
  [/<(a?):(\w{2,32}):(\d{1,20})>/y, (found) => customEmoji(found[2], found[3])],
  [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, (found) => moment(Number(found[1]), found[2] ?? "f")],
  [/(``?)(?!`)([\s\S]*?[^`])\1(?!`)/y, (found) => h("code", { class: "inline" }, found[2].replace(/^ (.*) $/, "$1"))],
  [/\[((?:\\.|[^[\]\\]|\[[^\]]*\])+)\]\(\s*<?(https?:\/\/(?:\([^\s()]*\)|[^\s()<>])+)>?(?:\s+"([^"]*)")?\s*\)/y,
    (found, context) => link(found[2], readInline(found[1], { ...context, inLink: true }), found[3])],
  [/https?:\/\/(?:\([^\s()<>]*\)|[^\s<>()])+/y, (found, context) => (context.inLink ? found[0] : bareLink(found))],
  [/\*\*\*((?:\\[\s\S]|[^\\])+?)\*\*\*(?!\*)/y, (found, context) => h("em", {}, h("strong", {}, readInline(found[1], context)))],
  [/\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, inner("strong")],
  [/__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, inner("u")],
  [/\*(?![\s*])((?:\*\*|\\[\s\S]|[^*\\])*?[^\s*\\])\*(?!\*)/y, inner("em")],
  [/_((?:__|\\[\s\S]|[^\\_])+?)_(?!\w)/y, inner("em"), (text, at) => !/\w/.test(text[at - 1] ?? "")],
  [/~~(?=\S)((?:\\[\s\S]|[^\\])*?[^\s\\])~~/y, inner("s")],
  [/\|\|([\s\S]+?)\|\|/y, (found, context) => spoiler(readInline(found[1], context))],
  [/@(everyone|here)\b/y, (found) => h("span", { class: "mention" }, found[0])],
];

/** The text as nodes. */
export function readInline(text, context = {}) {
  const nodes = [];
  let plain = "";
  let at = 0;
  scan: while (at < text.length) {
    if (/[A-Za-gi-z0-9 .,\u3000-\uffff]/.test(text[at])) {
      plain += text[at];
      at += 1;
      continue;
    }
    for (const [expression, make, fits] of RULES) {
      expression.lastIndex = at;
      const found = expression.exec(text);
      if (!found || (fits && !fits(text, at))) continue;
      const length = found[0].length;
      const node = make(found, context);
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(node);
      // A maker may give back what doesn't belong to it.
      at += node?.shorter ?? length;
      continue scan;
    }
    plain += text[at];
    at += 1;
  }
  if (plain) nodes.push(plain);
  return nodes.flat();
}

/** Whether a text is a few emoji and nothing else. */
export function isJumbo(text) {
  const custom = text.match(/<a?:\w{2,32}:\d{1,20}>/g) ?? [];
  const rest = text.replace(/<a?:\w{2,32}:\d{1,20}>/g, "").trim();
  if (rest && !/^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\s)+$/u.test(rest)) return false;
  if (/^[\d#*\s]+$/.test(rest)) return custom.length > 0 && !rest;
  const count = custom.length + [...new Intl.Segmenter().segment(rest.replace(/\s/g, ""))].length;
  return count > 0 && count <= 27;
}

function link(url, children, title) {
  const safe = safeUrl(url);
  return safe ? h("a", { href: safe, target: "_blank", rel: "noopener noreferrer", title: title ?? safe }, children) : h("span", {}, children);
}

/** A link that just stands there: the dot or bracket after it isn't its own. */
function bareLink(found) {
  const url = found[0].replace(/[.,:;!?"'*_~|\]]+$/, "");
  const node = link(url, url);
  node.shorter = url.length;
  return node;
}

function spoiler(children) {
  const node = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": t("spoiler") }, h("span", {}, children));
  const show = (event) => {
    if (node.classList.contains("shown")) return;
    event.preventDefault();
    node.classList.add("shown");
    node.removeAttribute("aria-label");
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && show(event));
  return node;
}

function userMention(id, context) {
  const user = userOf(id);
  const known = user ? nameOf(user, context.guild) : t("unknownUser");
  return h("span", { class: `mention ${memberOf(context.guild, id) || user ? "" : "unknown"}`, data: { user: id } }, `@${known}`);
}

function roleMention(id, context) {
  const role = state.guild.get(context.guild)?.roles.find((one) => one.id === id);
  const node = h("span", { class: "mention" }, `@${role?.name ?? t("unknownRole")}`);
  if (role?.color) node.style.setProperty("color", `#${role.color.toString(16).padStart(6, "0")}`);
  return node;
}

function channelMention(id) {
  const channel = state.channel.get(id);
  if (!channel) return h("span", { class: "mention unknown" }, `#${t("unknownChannel")}`);
  return h("button", { type: "button", class: "mention", on: { click: () => openThread(id) } }, signOf(channel, 15), titleOf(channel));
}

export function customEmoji(name, id) {
  return h("img", { class: "emoji", src: `/emojis/${id}.png`, alt: `:${name}:`, title: `:${name}:`, draggable: "false" });
}

const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};

function moment(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `<t:${seconds}:${style}>`;
  const full = new Intl.DateTimeFormat(language(), STYLES.F).format(date);
  const shown = style === "R" ? relative(date) : new Intl.DateTimeFormat(language(), STYLES[style]).format(date);
  return h("time", { class: "moment", title: full, datetime: date.toISOString() }, shown);
}

/** "3 minutes ago". */
export function relative(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  for (const [unit, length] of [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit);
  }
  return format.format(Math.round(seconds), "second");
}
