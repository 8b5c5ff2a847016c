// The head of the talk and the panel at its right: members, x-ray, trouble.

import { fill, find, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { emit, on, state, may, RIGHTS } from "./state.js";
import { isDirect, isForum, isThread, nameOf, signOf, titleOf, userOf } from "./names.js";
import { go, here, newWith } from "./route.js";
import { whenReleased } from "./held.js";
import { call, wantXray } from "./link.js";
import { openMenu } from "./layers.js";
import { askForThread } from "./menu.js";
import { membersPanel } from "./members.js";
import { showXray } from "./xray.js";
import { showTrouble } from "./trouble.js";
import { t } from "./words.js";

let open = null;

const PANELS = ["members", "xray", "trouble"];

/** Keeps the head and the panel right. */
export function startPanels() {
  const wish = new URLSearchParams(location.search).get("panel") ?? localStorage.getItem("kaiwa.panel");
  on(["route", "channel", "guild", "bots", "about", "language", "connected", "people", "me"], () => {
    showHeader();
    if (open === "members") showPanel();
  });
  on(["call", "request", "event", "log", "sessions", "model", "identify", "resume", "close", "faults", "refused", "store", "about"], (changes) => {
    if (open === "xray" || open === "trouble") later(changes);
  });
  on(["language", "route"], () => open && showPanel(true));
  if (PANELS.includes(wish)) toggle(wish);
  else if (wish !== "none" && innerWidth > 1300) toggle("members");
}

let due = null;

/** While an answer streams there is something new many times a second; the eye needs less. */
function later() {
  due ??= setTimeout(() => {
    due = null;
    whenReleased(() => showPanel());
  }, 150);
}

function toggle(panel) {
  open = open === panel ? null : panel;
  localStorage.setItem("kaiwa.panel", open ?? "none");
  wantXray(open === "xray" || open === "trouble");
  document.body.classList.toggle("panel-open", Boolean(open));
  find("#panel").hidden = !open;
  find("#panel").dataset.panel = open ?? "";
  fill(find("#panel"));
  showHeader();
  showPanel(true);
  emit({ panel: new Set() });
}

/** Closes the list of members where something else needs its room, until somebody opens it again. */
export function leaveRoom() {
  if (open !== "members") return;
  const wish = localStorage.getItem("kaiwa.panel");
  toggle(open);
  localStorage.setItem("kaiwa.panel", wish ?? "none");
}

function showPanel(fresh = false) {
  const box = find("#panel");
  if (!open || !state.me) return;
  if (fresh || !box.firstChild) {
    fill(box, h("div", { class: "panel-head" }, h("h2", {}, t(open)), iconButton(icon("close"), t("close"), () => toggle(open))), h("div", { class: "panel-body" }));
  }
  const body = box.querySelector(".panel-body");
  if (open === "members") fill(body, membersPanel());
  if (open === "xray") showXray(body, fresh);
  if (open === "trouble") showTrouble(body, fresh);
}

function showHeader() {
  if (!state.me) return;
  const channel = here();
  const to = newWith() && userOf(newWith());
  const parent = isThread(channel) ? state.channel.get(channel.parent_id) : null;
  const title = to ? nameOf(to) : titleOf(channel);
  document.title = title ? `${title} — Kaiwa` : "Kaiwa";
  const tab = (name, sign) => iconButton(icon(sign), t(name), () => toggle(name), { pressed: open === name, class: `tab tab-${name}`, data: { panel: name } });
  fill(find("#header"),
    iconButton(icon("menu"), t("openSide"), () => document.body.classList.toggle("side-open"), { class: "phone", data: { action: "side" } }),
    h("div", { class: "header-title" },
      parent ? [h("button", { type: "button", class: "parent", on: { click: () => go(parent.id) } }, signOf(parent, 20), h("span", {}, titleOf(parent))), h("span", { class: "chevron" }, "›")] : null,
      channel || to ? h("h1", {}, channel ? signOf(channel, 22) : icon("at", 22), h("span", {}, title)) : null,
      channel?.topic ? h("span", { class: "topic" }, channel.topic) : null),
    modelNote(),
    h("div", { class: "header-tools" },
      channel && channel.guild_id && !isForum(channel) && !isDirect(channel) ? iconButton(icon("more"), t("channelTools"), (event) => channelMenu(channel, event.currentTarget)) : null,
      tab("trouble", "trouble"), tab("xray", "xray"), tab("members", "people")));
}

/** Which model answers. */
function modelNote() {
  const note = state.about.model;
  const bot = state.bots[0];
  if (bot && !bot.online) return h("span", { class: "model-note off", role: "status" }, h("i"), t("botOffline", nameOf(bot.user)));
  if (!note) return null;
  const text = note.kind === "scripted" ? t("scripted") : note.name ?? note.at;
  return h("span", { class: `model-note ${note.kind}`, title: t(`model_${note.kind}`, note.name ?? "", note.at ?? "") }, h("i"), text);
}

/** What can be done with a channel or a thread. */
export function channelMenu(channel, button) {
  const box = button.getBoundingClientRect();
  const change = (what) => () => fetchChange(channel, what);
  const thread = isThread(channel);
  openMenu([
    !thread && may(channel.id, RIGHTS.openThreads) ? { label: t("openThread"), icon: icon("thread"), run: () => askForThread(null, channel.id) } : null,
    thread ? { label: channel.thread_metadata.archived ? t("unarchive") : t("archive"), icon: icon("file"), run: change({ archived: !channel.thread_metadata.archived }) } : null,
    thread && may(channel.id, RIGHTS.manageThreads) ? { label: channel.thread_metadata.locked ? t("unlock") : t("lock"), icon: icon("lock"), run: change({ locked: !channel.thread_metadata.locked }) } : null,
    thread && may(channel.id, RIGHTS.manageThreads) ? { label: t("deleteThread"), icon: icon("trash"), danger: true, run: change({ delete: true }) } : null,
  ], { x: box.right, y: box.bottom + 4, right: true }, t("channelTools"));
}

async function fetchChange(channel, what) {
  const parent = channel.parent_id;
  const done = await call("PATCH", "/control/channel", { as: state.me.id, channel: channel.id, ...what });
  if (done && what.delete) go(parent, channel.guild_id);
}
