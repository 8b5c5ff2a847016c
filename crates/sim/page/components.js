// Components of messages: rows of buttons and selects, and Components V2 (text, sections, galleries, containers).

import { h, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { state } from "./state.js";
import { isDirect, isThread, nameOf, ownUrl, titleOf } from "./names.js";
import { markdown } from "./markdown.js";
import { attachments, emojiNode } from "./extras.js";
import { openLayer } from "./layers.js";
import { act } from "./link.js";
import { expectAnswer } from "./modal.js";
import { t } from "./words.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary", 6: "primary" };

/** All components of a message. */
export function components(message, isV2) {
  return h("div", { class: isV2 ? "components v2" : "components" }, message.components.map((one) => component(one, message)));
}

function component(one, message) {
  const guild = state.channel.get(message.channel_id)?.guild_id;
  const children = () => (one.components ?? []).map((child) => component(child, message));
  switch (one.type) {
    case 1: return h("div", { class: "row" }, children());
    case 2: return button(one, message);
    case 3: case 5: case 6: case 7: case 8: return select(one, (values) => choose(one, message, values), guild);
    case 9: return h("div", { class: "section" }, h("div", { class: "section-text" }, children()), one.accessory ? component(one.accessory, message) : null);
    case 10: return markdown(one.content ?? "", { guild });
    case 11: return h("img", { class: "section-picture", src: mediaUrl(one.media), alt: one.description ?? "" });
    case 12: return h("div", { class: "gallery" }, (one.items ?? []).map((item) => h("img", { src: mediaUrl(item.media), alt: item.description ?? "" })));
    case 13: return attachedFile(one, message);
    case 14: return h("hr", { class: `separator ${one.divider === false ? "bare" : ""} ${one.spacing === 2 ? "wide" : ""}` });
    case 17: return container(one, children());
    default: return h("div", { class: "unknown-component" }, t("unknownComponent", one.type));
  }
}

function container(one, children) {
  const box = h("div", { class: "container" }, children);
  if (one.accent_color) box.style.setProperty("border-left-color", `#${one.accent_color.toString(16).padStart(6, "0")}`);
  return box;
}

function mediaUrl(media) {
  const own = ownUrl(media?.url ?? "");
  return own !== media?.url ? own : safeUrl(own) ?? "";
}

function attachedFile(one, message) {
  const url = one.file?.url ?? "";
  const file = message.attachments.find((known) => known.url === url || url === `attachment://${known.filename}`);
  return file ? attachments([file]) : null;
}

function button(one, message) {
  const inside = [one.emoji ? emojiNode(one.emoji) : null, one.label ?? null];
  if (one.style === 5) {
    return h("a", { class: "button secondary", href: safeUrl(one.url) ?? "#", target: "_blank", rel: "noopener noreferrer" }, inside, icon("link", 14));
  }
  const element = h("button", { type: "button", class: `button ${STYLES[one.style] ?? "secondary"}`, disabled: Boolean(one.disabled),
    data: { custom: one.custom_id ?? "" }, on: { click: async () => {
      element.classList.add("waiting");
      expectAnswer(await act("click", { channel: message.channel_id, message: message.id, button: one.custom_id }), () => element.classList.remove("waiting"));
    } } }, h("span", {}, inside));
  return element;
}

async function choose(one, message, values) {
  expectAnswer(await act("select", { channel: message.channel_id, message: message.id, select: one.custom_id, values }));
}

/** What a select of this kind offers. */
function choices(one, guild) {
  const members = () => (state.guild.get(guild)?.members ?? []).map((member) => ({ label: nameOf(member.user, guild), value: member.user.id }));
  const roles = () => (state.guild.get(guild)?.roles ?? []).map((role) => ({ label: role.name, value: role.id }));
  switch (one.type) {
    case 5: return members();
    case 6: return roles();
    case 7: return [...members(), ...roles()];
    case 8: return [...state.channel.values()].filter((channel) => channel.guild_id === guild && !isDirect(channel) && !isThread(channel)
      && (!one.channel_types?.length || one.channel_types.includes(channel.type))).map((channel) => ({ label: `#${titleOf(channel)}`, value: channel.id }));
    default: return one.options ?? [];
  }
}

/** A select: a field that opens a list; with several values a list of boxes. */
export function select(one, chosen, guild) {
  const offered = choices(one, guild);
  const most = one.max_values ?? 1;
  const picked = new Set(offered.filter((option) => option.default).map((option) => option.value));
  const shown = h("span", { class: "select-shown" });
  const show = () => {
    const names = offered.filter((option) => picked.has(option.value)).map((option) => option.label);
    shown.textContent = names.join(", ") || one.placeholder || t("choose");
    shown.classList.toggle("empty", !names.length);
  };
  show();
  const field = h("button", { type: "button", class: "select", "aria-haspopup": "listbox", disabled: Boolean(one.disabled), data: { custom: one.custom_id ?? "" },
    on: { click: () => {
      const box = field.getBoundingClientRect();
      const list = h("div", { class: "menu options", role: "listbox", "aria-multiselectable": String(most > 1) }, offered.map((option) => {
        const item = h("button", { type: "button", role: "option", "aria-selected": String(picked.has(option.value)), data: { value: option.value }, on: { click: () => {
          if (most === 1) picked.clear();
          if (picked.has(option.value)) picked.delete(option.value);
          else if (picked.size < most) picked.add(option.value);
          item.setAttribute("aria-selected", String(picked.has(option.value)));
          show();
          if (most === 1) close();
        } } }, option.emoji ? emojiNode(option.emoji) : null, h("span", { class: "menu-label" }, option.label,
          option.description ? h("small", {}, option.description) : null), icon("check", 16));
        return item;
      }));
      list.style.setProperty("min-width", `${box.width}px`);
      const before = [...picked].join();
      const close = openLayer(list, { at: { x: box.left, y: box.bottom + 2 }, closed: () => {
        const values = [...picked];
        if (values.join() !== before && values.length >= (one.min_values ?? 1)) chosen(values);
      } });
    } } }, shown, icon("down", 16));
  return field;
}
