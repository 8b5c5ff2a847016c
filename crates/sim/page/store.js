// What the bot's store holds, as whoever started the bot counts it: rows, never anybody's words.

import { h } from "./dom.js";
import { state } from "./state.js";
import { t } from "./words.js";

let last = { value: undefined, nodes: [] };

/** The counts, and the newest turns with how far they are. */
export function store() {
  if (last.value === state.store && last.nodes.length) return last.nodes;
  const { counts, turns } = state.store ?? { counts: [], turns: [] };
  last = { value: state.store, nodes: [
    h("div", { class: "gauges" }, counts.map(([name, count]) => h("div", { class: "gauge", data: { held: name } }, h("b", {}, count), h("span", {}, t(`held_${name}`))))),
    h("h4", {}, t("heldTurns")),
    ...turns.map(([ask, turn, version]) => h("div", { class: "call-line" }, h("span", { class: `outcome ${{ done: "fine", failed: "failed", running: "open" }[turn] ?? ""}` }),
      h("span", { class: "entry-text" }, questionOf(ask)), version > 1 ? h("small", {}, t("heldVersion", version)) : null, h("small", {}, t(`turn_${turn}`)))),
  ] };
  return last.nodes;
}

/** The question of a turn, where the page may see it. */
function questionOf(ask) {
  for (const messages of state.message.values()) {
    const found = messages.get(ask);
    if (found?.content) return found.content.replace(/<[^>]*>/g, "").trim().slice(0, 80);
  }
  return ask;
}
