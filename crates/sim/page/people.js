// Who one is: the panel at the foot of the side, and its menu with other people, windows, language and light.

import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { state } from "./state.js";
import { avatar, nameOf } from "./names.js";
import { openLayer, openMenu } from "./layers.js";
import { call, connect } from "./link.js";
import { place } from "./route.js";
import { choose, chosen, t } from "./words.js";

/** The panel. */
export function personPanel() {
  return h("div", { class: "person" },
    h("button", { type: "button", class: "person-button", title: t("whoYouAre"), data: { action: "people" }, on: { click: (event) => peopleMenu(event.currentTarget) } },
      h("span", { class: `face-status ${state.connected ? "online" : "offline"}` }, avatar(state.me, 32)),
      h("span", { class: "person-names" }, h("b", {}, nameOf(state.me)), h("small", {}, state.connected ? state.me.username : t("reconnecting")))),
    iconButton(icon("people"), t("switchPerson"), (event) => peopleMenu(event.currentTarget)),
    iconButton(icon("gear"), t("settings"), (event) => settingsMenu(event.currentTarget), { data: { action: "settings" } }));
}

/** Becomes somebody else. */
export function become(person) {
  const url = new URL(location.href);
  url.searchParams.set("as", person.username);
  history.replaceState(null, "", url);
  place.channel = null;
  place.thread = null;
  connect(person.username);
}

function peopleMenu(button) {
  const box = button.getBoundingClientRect();
  const others = state.people.filter((one) => one.id !== state.me.id);
  openMenu([
    h("div", { class: "menu-title" }, t("youAre", nameOf(state.me))),
    ...others.map((one) => ({ label: t("be", nameOf(one)), icon: avatar(one, 24), data: { become: one.username }, run: () => become(one) })),
    "line",
    ...others.map((one) => ({ label: t("windowAs", nameOf(one)), icon: icon("window"), run: () => open(windowFor(one), "_blank") })),
    { label: t("newPerson"), icon: icon("plus"), data: { action: "new-person" }, run: askForPerson },
  ], { x: box.left, y: box.top - 8, above: true }, t("switchPerson"));
}

function windowFor(person) {
  const url = new URL(location.href);
  url.searchParams.set("as", person.username);
  return url.href;
}

function askForPerson() {
  const name = h("input", { type: "text", maxlength: "32", required: true, autofocus: true, name: "name" });
  const close = openLayer(h("form", { class: "dialog", on: { submit: async (event) => {
    event.preventDefault();
    const shown = name.value.trim();
    const plain = shown.toLowerCase().replace(/[^a-z0-9_.]/g, "");
    const username = plain && !state.people.some((one) => one.username === plain) ? plain : `${plain || "person"}${state.people.length + 1}`;
    const made = await call("POST", "/control/people", { name: username, shown });
    if (!made) return;
    close();
    become(made);
  } } }, h("h2", {}, t("newPerson")), h("label", {}, t("personName"), name),
  h("div", { class: "dialog-buttons" }, h("button", { type: "button", class: "button quiet", on: { click: () => close() } }, t("cancel")),
    h("button", { type: "submit", class: "button" }, t("create")))), { shade: true, label: t("newPerson") });
}

function settingsMenu(button) {
  const box = button.getBoundingClientRect();
  const entry = (setting, value, label, sign) => ({ label, icon: chosen(setting) === value ? icon("check") : sign, data: { [setting]: value }, run: () => choose(setting, value) });
  openMenu([
    h("div", { class: "menu-title" }, t("appearance")),
    entry("theme", "dark", t("dark"), icon("moon")),
    entry("theme", "light", t("light"), icon("sun")),
    entry("theme", "auto", t("asSystem"), icon("window")),
    "line",
    h("div", { class: "menu-title" }, t("pageLanguage")),
    entry("lang", "en", "English", icon("language")),
    entry("lang", "ja", "日本語", icon("language")),
  ], { x: box.left, y: box.top - 8, above: true }, t("settings"));
}

