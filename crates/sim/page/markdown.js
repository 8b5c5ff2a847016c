// Discord's markdown: blocks (headings, small print, lists, quotes, fences) and what stands between them. `inline.js` reads lines.

import { h } from "./dom.js";
import { highlight } from "./highlight.js";
import { icon } from "./icons.js";
import { isJumbo, readInline } from "./inline.js";
import { t } from "./words.js";

const FENCE = /```(?:([a-zA-Z0-9_+\-.#]+)\n)?([\s\S]*?)```/y;
const CODE = /(``?)(?!`)([\s\S]*?[^`])\1(?!`)/y;
const HEADING = /(#{1,3}) +([^\n]+)(?:\n|$)/y;
const SMALL = /-# +([^\n]+)(?:\n|$)/y;
const QUOTE_REST = />>> ([\s\S]*)$/y;
const QUOTE = /(?:> [^\n]*(?:\n|$)|>(?:\n|$)(?=>))+/y;
const LIST = /(?:[-*]|\d{1,9}\.) +\S[^\n]*(?:\n+ *(?:[-*]|\d{1,9}\.) +\S[^\n]*|\n {2,}\S[^\n]*)*(?:\n|$)/y;
const ESCAPE = /\\[^\sA-Za-z0-9]/y;

/** The text as nodes. `context` has `guild`, and `plain` where blocks are not read (embeds' titles, replies). */
export function markdown(text, context = {}) {
  const nodes = context.plain ? readInline(text.replaceAll("\n", " "), context) : blocks(text, context, 0);
  const box = h("div", { class: "markdown" }, nodes);
  if (!context.plain && isJumbo(text)) box.classList.add("jumbo");
  return box;
}

function blocks(text, context, depth) {
  const nodes = [];
  let plain = "";
  let at = 0;
  // What follows a block begins at its line; the break before a block is the block's own.
  const flush = (trimmed) => {
    const text = trimmed ? plain.replace(/\n$/, "") : plain;
    if (text) nodes.push(...readInline(text, context));
    plain = "";
  };
  const take = (expression) => {
    expression.lastIndex = at;
    return expression.exec(text);
  };
  while (at < text.length) {
    const fresh = at === 0 || text[at - 1] === "\n";
    const found = block(take, fresh, context, depth);
    if (found) {
      flush(true);
      nodes.push(found.node);
      at += found.length;
      if (found.eatsBreak && text[at] === "\n") at += 1;
      continue;
    }
    const whole = take(ESCAPE) ?? take(CODE);
    plain += whole ? whole[0] : text[at];
    at += whole ? whole[0].length : 1;
  }
  flush(false);
  return nodes;
}

function block(take, fresh, context, depth) {
  const fence = take(FENCE);
  if (fence && fence[2].trim()) {
    return { node: fenced(fence[1] ?? "", fence[2].replace(/^\n+|\n+$/g, "")), length: fence[0].length, eatsBreak: true };
  }
  if (!fresh) return null;
  if (depth === 0) {
    const rest = take(QUOTE_REST);
    if (rest) return { node: quoted(rest[1], context, depth), length: rest[0].length };
    const quote = take(QUOTE);
    if (quote) return { node: quoted(quote[0].replace(/^> ?/gm, "").replace(/\n$/, ""), context, depth), length: quote[0].length };
  }
  const heading = take(HEADING);
  if (heading) return { node: h(`h${heading[1].length}`, {}, readInline(heading[2].replace(/ +#+ *$/, ""), context)), length: heading[0].length };
  const small = take(SMALL);
  if (small) return { node: h("small", { class: "small-print" }, readInline(small[1], context)), length: small[0].length };
  const list = take(LIST);
  if (list) return { node: listed(list[0], context), length: list[0].length };
  return null;
}

const quoted = (text, context, depth) => h("blockquote", {}, blocks(text, context, depth + 1));

/** A list: how far an item is set in says how deep it lies. */
function listed(text, context) {
  const items = [];
  for (const line of text.split("\n")) {
    const item = /^( *)([-*]|\d{1,9}\.) +(.*)$/.exec(line);
    if (item) items.push({ depth: item[1].length, ordered: item[2].length > 1, start: Number.parseInt(item[2], 10), text: item[3] });
    else if (line.trim() && items.length) items.at(-1).text += `\n${line.trim()}`;
  }
  let at = 0;
  const level = (depth) => {
    const first = items[at];
    const list = h(first.ordered ? "ol" : "ul", first.ordered && first.start !== 1 ? { start: String(first.start) } : {});
    while (at < items.length && items[at].depth >= depth) {
      if (items[at].depth > depth + 1 && list.lastChild) {
        list.lastChild.append(level(items[at].depth));
      } else if (items[at].ordered !== first.ordered && list.lastChild) {
        break;
      } else {
        list.append(h("li", {}, readInline(items[at].text, context)));
        at += 1;
      }
    }
    return list;
  };
  const lists = [];
  while (at < items.length) lists.push(level(items[at].depth));
  return lists.length === 1 ? lists[0] : h("div", {}, lists);
}

function fenced(language, text) {
  const copy = h("button", { type: "button", class: "copy", title: t("copy"), "aria-label": t("copy"), on: {
    click: () => {
      navigator.clipboard?.writeText(text);
      copy.replaceChildren(icon("check", 16));
      setTimeout(() => copy.replaceChildren(icon("copy", 16)), 1500);
    },
  } }, icon("copy", 16));
  return h("div", { class: "fence" }, copy, h("pre", {}, h("code", { data: { language } }, highlight(text, language.toLowerCase()))));
}
