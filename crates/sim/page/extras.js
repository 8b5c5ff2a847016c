// What hangs on a message: files, embeds, reactions.

import { h, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { state, may, RIGHTS } from "./state.js";
import { ownUrl } from "./names.js";
import { markdown } from "./markdown.js";
import { customEmoji } from "./inline.js";
import { emojiPicker } from "./emoji.js";
import { reactMenu } from "./menu.js";
import { openLayer } from "./layers.js";
import { bytes, moment, t } from "./words.js";

/** The files of a message: pictures are shown, sound and film can be played, text looked into, the rest fetched. */
export function attachments(files) {
  return files.length ? h("div", { class: "attachments" }, files.map(attachment)) : null;
}

function attachment(file) {
  const url = ownUrl(file.url);
  const kind = file.content_type ?? "";
  if (kind.startsWith("image/")) {
    const picture = h("img", { src: url, alt: file.description ?? file.filename, loading: "lazy" });
    if (file.width) {
      const scale = Math.min(1, 400 / file.width, 300 / file.height);
      picture.width = Math.round(file.width * scale);
      picture.height = Math.round(file.height * scale);
    }
    return h("button", { type: "button", class: "picture", title: file.filename, on: { click: () => large(url, file) } }, picture);
  }
  if (kind.startsWith("video/")) return h("video", { src: url, controls: true, class: "film" });
  if (kind.startsWith("audio/")) return h("div", { class: "file" }, fileHead(file, url), h("audio", { src: url, controls: true }));
  const text = kind.startsWith("text/") || /json|xml|toml|yaml/.test(kind) || /\.(md|txt|log|csv|rs|py|js|ts|toml|ya?ml|json)$/i.test(file.filename);
  return h("div", { class: "file" }, fileHead(file, url), text && file.size < 300000 ? preview(url) : null);
}

function fileHead(file, url) {
  return h("div", { class: "file-head" }, icon("file", 28),
    h("span", { class: "file-name" }, h("a", { href: url, target: "_blank", rel: "noopener" }, file.filename), h("small", {}, bytes(file.size))),
    h("a", { href: url, download: file.filename, class: "icon-button", title: t("download"), "aria-label": t("download") }, icon("download")));
}

function preview(url) {
  const text = h("pre", {}, "…");
  fetch(url).then((response) => response.text()).then((whole) => {
    text.textContent = whole;
  }).catch(() => text.remove());
  const box = h("div", { class: "preview" }, text);
  const more = h("button", { type: "button", class: "link", on: { click: () => {
    more.textContent = box.classList.toggle("open") ? t("showLess") : t("showMore");
  } } }, t("showMore"));
  return [box, more];
}

function large(url, file) {
  openLayer(h("figure", { class: "lightbox" }, h("img", { src: url, alt: file.description ?? file.filename }),
    h("figcaption", {}, file.filename, " · ", h("a", { href: url, target: "_blank", rel: "noopener" }, t("openOriginal")))), { shade: true });
}

/** The embeds of a message. */
export function embeds(all, guild) {
  return all.length ? h("div", { class: "embeds" }, all.map((one) => embed(one, guild))) : null;
}

function embed(one, guild) {
  const picture = (part, name) => {
    const url = part?.proxy_url ?? part?.url;
    const shown = url && (ownUrl(url) !== url ? ownUrl(url) : safeUrl(url));
    return shown ? h("img", { class: name, src: shown, alt: "", loading: "lazy" }) : null;
  };
  const title = one.title ? markdown(one.title, { guild, plain: true }) : null;
  const url = one.url && safeUrl(one.url);
  const box = h("article", { class: "embed" },
    h("div", { class: "embed-text" },
      one.author ? h("div", { class: "embed-author" }, picture({ url: one.author.icon_url }, "small-face"), one.author.name) : null,
      title ? h("div", { class: "embed-title" }, url ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, title) : title) : null,
      one.description ? markdown(one.description, { guild }) : null,
      one.fields?.length ? h("div", { class: "embed-fields" }, one.fields.map((field) => h("div", { class: field.inline ? "inline" : "" },
        h("b", {}, markdown(field.name, { guild, plain: true })), markdown(field.value, { guild })))) : null,
      picture(one.image, "embed-image"),
      one.footer || one.timestamp ? h("footer", {}, picture({ url: one.footer?.icon_url }, "small-face"),
        [one.footer?.text, one.timestamp && moment(new Date(one.timestamp))].filter(Boolean).join(" • ")) : null),
    picture(one.thumbnail, "embed-thumbnail"));
  if (one.color) box.style.setProperty("border-left-color", `#${one.color.toString(16).padStart(6, "0")}`);
  return box;
}

export const emojiNode = (emoji) => (emoji.id ? customEmoji(emoji.name, emoji.id) : h("span", { class: "emoji-text" }, emoji.name));

/** The reactions under a message. */
export function reactions(message) {
  if (!message.reactions?.length) return null;
  const add = may(message.channel_id, RIGHTS.react)
    ? h("button", { type: "button", class: "reaction add", title: t("addReaction"), "aria-label": t("addReaction"), on: { click: (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      emojiPicker({ x: box.left, y: box.bottom + 4 }, (emoji) => reactMenu(message, emoji));
    } } }, icon("smile", 16))
    : null;
  return h("div", { class: "reactions" }, message.reactions.map((one) => h("button", {
    type: "button", class: `reaction ${one.me ? "mine" : ""}`, "aria-pressed": String(one.me),
    title: one.emoji.id ? `:${one.emoji.name}:` : one.emoji.name,
    on: { click: () => reactMenu(message, one.emoji.id ? `${one.emoji.name}:${one.emoji.id}` : one.emoji.name, one.me) },
  }, emojiNode(one.emoji), h("span", {}, one.count))), state.me ? add : null);
}
