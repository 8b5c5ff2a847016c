// What lies over the page: menus, pickers, forms, large pictures. One closes with Escape, or with a click beside it.

import { h } from "./dom.js";

const layers = () => document.getElementById("layers");
const stack = [];

/** Shows an element over the page. `at` puts it at a point; `shade` darkens what is behind it. A function that closes it comes back. */
export function openLayer(element, { at, shade, label, closed } = {}) {
  const before = document.activeElement;
  const layer = h("div", { class: `layer ${shade ? "shaded" : ""}` }, element);
  const close = () => {
    if (!layer.isConnected) return;
    layer.remove();
    stack.splice(stack.indexOf(close), 1);
    if (before?.isConnected) before.focus({ preventScroll: true });
    closed?.();
  };
  layer.addEventListener("pointerdown", (event) => event.target === layer && close());
  layer.addEventListener("contextmenu", (event) => event.target === layer && event.preventDefault());
  if (label) element.setAttribute("aria-label", label);
  stack.push(close);
  layers().append(layer);
  if (at) put(element, at);
  (element.querySelector("[autofocus], input, textarea, [role=menuitem], button, a") ?? element).focus({ preventScroll: true });
  return close;
}

/** Puts an element where it was asked for, as far as it fits. */
function put(element, { x, y, right, above }) {
  const box = element.getBoundingClientRect();
  let left = right ? x - box.width : x;
  let top = above || y + box.height > innerHeight - 8 ? Math.max(8, (above ? y : innerHeight - 8) - box.height) : y;
  left = Math.max(8, Math.min(left, innerWidth - box.width - 8));
  top = Math.max(8, Math.min(top, innerHeight - box.height - 8));
  element.style.setProperty("left", `${left}px`);
  element.style.setProperty("top", `${top}px`);
  element.style.setProperty("position", "fixed");
}

/** Closes the uppermost one; says whether there was one. */
export function closeTop() {
  const top = stack.at(-1);
  top?.();
  return Boolean(top);
}

/** A menu: `[{ label, icon, run, danger, checked } | "line" | Node]`. Arrow keys move in it. */
export function openMenu(entries, at, label) {
  const box = h("div", { class: "menu", role: "menu" }, entries.filter(Boolean).map((entry) => {
    if (entry === "line") return h("hr");
    if (entry instanceof Node) return entry;
    return h("button", { type: "button", role: "menuitem", class: entry.danger ? "danger" : "", data: entry.data ?? {}, on: { click: () => {
      close();
      entry.run();
    } } }, h("span", { class: "menu-label" }, entry.label), entry.hint ? h("small", {}, entry.hint) : null, entry.icon ?? null);
  }));
  box.addEventListener("keydown", (event) => {
    const items = [...box.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length)?.focus();
  });
  const close = openLayer(box, { at, label });
  return close;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && closeTop()) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);
