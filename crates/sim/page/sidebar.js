// At the side: the guilds, and the channels, threads and direct messages of the one that is open.

import { fill, find, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { on, state, byId } from "./state.js";
import { avatar, initials, isDirect, isOnline, isThread, nameOf, signOf, titleOf } from "./names.js";
import { HOME, go, goDirect, goGuild, newWith, place } from "./route.js";
import { unread } from "./unread.js";
import { personPanel } from "./people.js";
import { bus } from "./bus.js";
import { t } from "./words.js";

const closed = new Set();

/** Keeps the side right. */
export function startSidebar() {
  on(["guild", "channel", "route", "bots", "people", "me", "unread", "message", "language", "connected"], show);
  bus.closeSidebar = () => document.body.classList.remove("side-open");
  find("#page").addEventListener("click", (event) => {
    // What was clicked may be gone by now, as a guild is that is drawn anew when it opens: the way of the click is not.
    const isBeside = event.composedPath().some((one) => one.matches?.("#rail, #sidebar, #header"));
    if (document.body.classList.contains("side-open") && !isBeside) bus.closeSidebar();
  });
}

function show() {
  if (!state.me) return;
  showRail();
  showChannels();
}

function showRail() {
  const all = [...state.channel.values()];
  const sum = (channels) => channels.map((one) => unread(one.id)).reduce((a, b) => ({ new: a.new || b.new, meant: a.meant + b.meant }), { new: false, meant: 0 });
  const item = (id, label, face, counts) => h("button", { type: "button", class: `guild ${place.guild === id ? "here" : ""} ${counts.new ? "fresh" : ""}`,
    title: label, "aria-label": label, "aria-current": place.guild === id ? "page" : undefined, data: { guild: id }, on: { click: () => goGuild(id) } },
  h("span", { class: "guild-face" }, face), counts.meant ? h("span", { class: "count" }, counts.meant) : null);
  fill(find("#rail"),
    item(HOME, t("directMessages"), icon("home", 26), sum(all.filter(isDirect))),
    h("hr"),
    [...state.guild.values()].map((guild) => item(guild.id, guild.name, initials(guild.name), sum(all.filter((one) => one.guild_id === guild.id)))));
}

function showChannels() {
  const scrolled = find("#sidebar .channels")?.scrollTop ?? 0;
  const guild = state.guild.get(place.guild);
  fill(find("#sidebar"), h("div", { class: "guild-name" }, h("h1", {}, guild?.name ?? t("directMessages")),
    iconButton(icon("close"), t("closeSide"), bus.closeSidebar, { class: "phone" })),
  h("nav", { class: "channels", "aria-label": t("channels") }, guild ? channelsOf(guild) : directs()), personPanel());
  find("#sidebar .channels").scrollTop = scrolled;
}

function channelsOf(guild) {
  const all = [...state.channel.values()].filter((one) => one.guild_id === guild.id);
  const places = all.filter((one) => !isThread(one) && one.type !== 4).sort((a, b) => a.position - b.position || byId(a.id, b.id));
  const categories = all.filter((one) => one.type === 4).sort((a, b) => a.position - b.position);
  const withThreads = (channel) => [row(channel), threadsOf(channel, all)];
  const loose = places.filter((one) => !categories.some((category) => category.id === one.parent_id));
  return [loose.map(withThreads), categories.map((category) => {
    const inside = places.filter((one) => one.parent_id === category.id);
    const isClosed = closed.has(category.id);
    return [h("button", { type: "button", class: "category", "aria-expanded": String(!isClosed), on: { click: () => {
      if (!closed.delete(category.id)) closed.add(category.id);
      show();
    } } }, icon("down", 12), category.name),
    inside.filter((one) => !isClosed || one.id === place.channel || unread(one.id).new).map(withThreads)];
  })];
}

function threadsOf(channel, all) {
  const threads = all.filter((one) => isThread(one) && one.parent_id === channel.id && (!one.thread_metadata.archived || isOpen(one)));
  threads.sort((a, b) => byId(b.last_message_id ?? b.id, a.last_message_id ?? a.id));
  const shown = threads.slice(0, 12);
  return shown.length ? h("div", { class: "threads" }, shown.map((one) => row(one))) : null;
}

const isOpen = (channel) => [place.channel, place.thread].includes(channel.id);

function row(channel) {
  const counts = unread(channel.id);
  const isHere = isOpen(channel);
  return h("button", { type: "button", class: `channel ${isThread(channel) ? "thread" : ""} ${isHere ? "here" : ""} ${counts.new && !isHere ? "fresh" : ""}`,
    "aria-current": isHere ? "page" : undefined, data: { channel: channel.id }, title: titleOf(channel), on: { click: () => {
      go(channel.id);
      bus.closeSidebar();
    } } }, isThread(channel) ? null : signOf(channel), h("span", { class: "channel-name" }, titleOf(channel)), counts.meant && !isHere ? h("span", { class: "count" }, counts.meant) : null);
}

function directs() {
  const open = [...state.channel.values()].filter(isDirect).sort((a, b) => byId(b.last_message_id ?? "0", a.last_message_id ?? "0"));
  const known = new Set(open.flatMap((one) => one.recipients.map((user) => user.id)));
  const others = [...state.bots.map((one) => one.user), ...state.people].filter((one) => !known.has(one.id) && one.id !== state.me.id);
  const face = (user) => h("span", { class: `face-status ${user.bot ? (isOnline(user.id) ? "online" : "offline") : ""}` }, avatar(user, 32));
  const line = (user, isHere, counts, run, fresh) => h("button", { type: "button", class: `channel direct ${isHere ? "here" : ""} ${counts.new && !isHere ? "fresh" : ""} ${fresh ? "quiet" : ""}`,
    "aria-current": isHere ? "page" : undefined, data: { direct: user.username }, on: { click: () => {
      run();
      bus.closeSidebar();
    } } }, face(user), h("span", { class: "channel-name" }, nameOf(user)), counts.meant && !isHere ? h("span", { class: "count" }, counts.meant) : null);
  return [open.map((one) => line(one.recipients[0] ?? state.me, place.channel === one.id, unread(one.id), () => go(one.id))),
    others.length ? h("div", { class: "category" }, t("startDirect")) : null,
    others.map((user) => line(user, newWith() === user.id, { new: false, meant: 0 }, () => goDirect(user.id), true))];
}
