// Interactions: what comes of a click, a choice or a command. A form is shown; one that isn't answered in time is said to have failed.

import { h, toast } from "./dom.js";
import { on, state } from "./state.js";
import { nameOf, userOf } from "./names.js";
import { markdown } from "./markdown.js";
import { openLayer } from "./layers.js";
import { act } from "./link.js";
import { select } from "./components.js";
import { t } from "./words.js";

/** How long an application may take for its first answer, and a little more. */
const PATIENCE = 3500;
const waiting = new Map();

/** Follows an interaction that was just made. `done` is called when there is an answer, or none in time. */
export function expectAnswer(made, done = () => {}) {
  if (!made) return done();
  const id = made.interaction;
  waiting.set(id, done);
  look();
  setTimeout(() => {
    if (!waiting.has(id)) return;
    waiting.delete(id);
    done();
    toast(t("failedInteraction", nameOf(userOf(state.interaction.get(id)?.application))), "bad");
  }, PATIENCE);
}

function look() {
  for (const [id, done] of [...waiting]) {
    const found = state.interaction.get(id);
    if (!found || found.state === "waiting") continue;
    waiting.delete(id);
    done();
    if (found.state === "modal") showForm(id, found.given);
  }
}

on("interaction", look);

/** The form of an application. */
function showForm(interaction, form) {
  const guild = state.channel.get(state.interaction.get(interaction)?.channel)?.guild_id;
  const fields = new Map();
  const read = new Map();
  const parts = (form.components ?? []).map((one) => part(one, fields, read, guild));
  const close = openLayer(h("form", { class: "dialog modal", on: { submit: async (event) => {
    event.preventDefault();
    const values = Object.fromEntries([...read].map(([id, value]) => [id, value()]));
    const made = await act("submit", { interaction, fields: values });
    if (made) {
      close();
      expectAnswer(made);
    }
  } } }, h("h2", {}, form.title), parts,
  h("div", { class: "dialog-buttons" }, h("button", { type: "button", class: "button quiet", on: { click: () => close() } }, t("cancel")),
    h("button", { type: "submit", class: "button" }, t("submit")))), { shade: true, label: form.title });
}

function part(one, fields, read, guild) {
  switch (one.type) {
    case 1: return (one.components ?? []).map((child) => part(child, fields, read, guild));
    case 18: return h("label", {}, h("span", { class: "label" }, one.label, required(one.component)),
      one.description ? h("small", {}, one.description) : null, part({ ...one.component, label: null }, fields, read, guild));
    case 10: return markdown(one.content ?? "", { guild });
    case 4: {
      const input = h(one.style === 2 ? "textarea" : "input", { name: one.custom_id, placeholder: one.placeholder ?? "", rows: one.style === 2 ? "4" : undefined,
        minlength: one.min_length ? String(one.min_length) : undefined, maxlength: String(one.max_length ?? 4000), required: one.required !== false });
      input.value = one.value ?? "";
      read.set(one.custom_id, () => input.value);
      return one.label ? h("label", {}, h("span", { class: "label" }, one.label, required(one)), input) : input;
    }
    case 3: case 5: case 6: case 7: case 8: {
      let values = (one.options ?? []).filter((option) => option.default).map((option) => option.value);
      read.set(one.custom_id, () => values);
      return select(one, (chosen) => {
        values = chosen;
      }, guild);
    }
    default: return h("div", { class: "unknown-component" }, t("unknownComponent", one.type));
  }
}

const required = (one) => (one && one.required !== false ? h("em", { class: "required", title: t("required") }, " *") : null);
