// Slash commands: which there are, and the bar in which their options are filled in.

import { fill, h } from "./dom.js";
import { on, state } from "./state.js";
import { nameOf, titleOf, userOf } from "./names.js";
import { HOME, isNew, place, shownIn, whereOf } from "./route.js";
import { act } from "./link.js";
import { expectAnswer } from "./modal.js";
import { language, t } from "./words.js";

/** Every command that can be run in one part of the page, its subcommands as paths: `{ path, command, leaf }`. */
export function commandsIn(part) {
  const list = [];
  const walk = (command, leaf, path) => {
    const parts = (leaf.options ?? []).filter((one) => one.type === 1 || one.type === 2);
    if (parts.length) parts.forEach((one) => walk(command, one, `${path} ${one.name}`));
    else list.push({ path, command, leaf });
  };
  for (const command of state.command.values()) {
    const isHere = !command.guild_id || command.guild_id === place.guild;
    const direct = shownIn(part)?.recipients?.map((one) => one.id) ?? [isNew(part)];
    const reaches = place.guild !== HOME || direct.includes(command.application_id);
    if ((command.type ?? 1) === 1 && isHere && reaches) walk(command, command, command.name);
  }
  return list.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What it does, in the reader's language where the application tells it. */
export const describe = (one) => one.description_localizations?.[language()] ?? one.description ?? "";

/** The bar of one command. `done` closes it. */
export function commandBar({ path, command, leaf }, part, done) {
  const values = new Map();
  const options = leaf.options ?? [];
  const fields = h("div", { class: "command-fields" });
  const hint = h("div", { class: "command-hint" }, describe(leaf));
  const spare = h("div", { class: "command-spare" });
  const add = (option) => {
    fields.append(field(option, values, hint, run, () => ({ part, path, values })));
    showSpare();
  };
  const showSpare = () => fill(spare, options.filter((one) => !fields.querySelector(`[data-option="${CSS.escape(one.name)}"]`)).map((one) => h("button", {
    type: "button", class: "chip", title: describe(one), on: { click: () => {
      add(one);
      fields.lastChild.querySelector("input, select")?.focus();
    } } }, `+ ${one.name}`)));
  const run = async () => {
    const missing = options.find((one) => one.required && !values.has(one.name));
    if (missing) {
      hint.textContent = t("missingOption", missing.name);
      fields.querySelector(`[data-option="${CSS.escape(missing.name)}"] input`)?.focus();
      return;
    }
    const made = await act("command", { ...whereOf(part), name: path, options: Object.fromEntries(values) });
    if (made) {
      done();
      expectAnswer(made);
    }
  };
  options.filter((one) => one.required).forEach(add);
  showSpare();
  const box = h("div", { class: "command-bar", on: { keydown: (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      done();
    } else if (event.key === "Enter" && !event.isComposing && event.target.tagName !== "BUTTON") {
      event.preventDefault();
      run();
    }
  } } }, hint, h("div", { class: "command-line" }, h("span", { class: "command-name", title: nameOf(userOf(command.application_id)) }, `/${path}`), fields, spare,
    h("span", { class: "grow" }), h("button", { type: "button", class: "button", data: { action: "run-command" }, on: { click: run } }, t("run")),
    h("button", { type: "button", class: "button quiet", on: { click: done } }, t("cancel"))));
  requestAnimationFrame(() => (box.querySelector("input, select") ?? box.querySelector("button"))?.focus());
  return box;
}

/** The field of one option: a list where the application names the choices, else a text that is read by the option's type. */
function field(option, values, hint, run, typed) {
  const set = (value) => (value === "" || value === undefined ? values.delete(option.name) : values.set(option.name, value));
  const listed = listOf(option);
  let input;
  if (listed) {
    input = h("select", { on: { change: () => set(listed[input.selectedIndex - 1]?.value) } }, h("option", {}, ""), listed.map((one) => h("option", {}, one.name)));
  } else {
    const number = option.type === 4 || option.type === 10;
    const list = `list-${option.name}`;
    const known = new Map();
    input = h("input", { type: "text", autocomplete: "off", inputmode: number ? "decimal" : "text", maxlength: option.max_length ? String(option.max_length) : undefined, on: { input: () => {
      const text = input.value.trim();
      set(known.get(text) ?? (number && text ? Number(text) : text));
      if (option.autocomplete) complete(option, typed(), known, suggestions);
    } } });
    const suggestions = h("datalist", { id: list });
    if (option.autocomplete) input.setAttribute("list", list);
    input.append(suggestions);
    return labelled(option, hint, [input, suggestions]);
  }
  return labelled(option, hint, [input]);
}

function labelled(option, hint, children) {
  return h("label", { class: "command-option", data: { option: option.name }, on: { focusin: () => {
    hint.textContent = `${option.name}: ${describe(option)}`;
  } } }, h("span", {}, option.name), children);
}

/** The values of an option that takes no free text. */
function listOf(option) {
  const members = () => (state.guild.get(place.guild)?.members ?? []).map((one) => ({ name: nameOf(one.user, place.guild), value: one.user.id }));
  const roles = () => (state.guild.get(place.guild)?.roles ?? []).map((one) => ({ name: one.name, value: one.id }));
  if (option.choices?.length) return option.choices;
  switch (option.type) {
    case 5: return [{ name: t("yes"), value: true }, { name: t("no"), value: false }];
    case 6: return members();
    case 7: return [...state.channel.values()].filter((one) => one.guild_id === place.guild).map((one) => ({ name: titleOf(one), value: one.id }));
    case 8: return roles();
    case 9: return [...members(), ...roles()];
    default: return null;
  }
}

let asked = null;

async function complete(option, { part, path, values }, known, suggestions) {
  const options = { ...Object.fromEntries(values), [option.name]: values.get(option.name) ?? "" };
  const made = await act("command", { ...whereOf(part), name: path, options, completing: option.name });
  if (made) asked = { id: made.interaction, known, suggestions };
  showChoices();
}

function showChoices() {
  const found = asked && state.interaction.get(asked.id);
  if (found?.state !== "choices") return;
  for (const one of found.given) asked.known.set(one.name, one.value);
  fill(asked.suggestions, found.given.map((one) => h("option", { value: one.name })));
  asked = null;
}

on("interaction", showChoices);
