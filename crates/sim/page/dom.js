// Making elements. Text only ever becomes text nodes: nothing that somebody wrote is read as HTML.

/** An element: `h("button", { class: "primary", on: { click } }, "Send")`. Children may be lists; empty ones are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (key === "data") {
      Object.assign(element.dataset, value);
    } else if (key === "style") {
      // The policy of the page allows no style attribute, so each property is set on its own.
      for (const [name, one] of Object.entries(value)) element.style.setProperty(name, one);
    } else if (key in element && typeof value !== "string" && key !== "list") {
      element[key] = value;
    } else {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  append(element, children);
  return element;
}

/** Adds children: strings, nodes, lists of them. */
export function append(element, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** Puts other children into an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

export const find = (selector, within = document) => within.querySelector(selector);

/** A button that shows an icon and says in words what it does. */
export function iconButton(icon, label, click, extra = {}) {
  return h("button", { type: "button", class: `icon-button ${extra.class ?? ""}`, title: label, "aria-label": label,
    "aria-pressed": extra.pressed === undefined ? undefined : String(extra.pressed),
    data: extra.data ?? {}, on: { click } }, icon);
}

/** Only http and https: whatever else stands in a link of somebody's is no link. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** A short message at the edge of the page that goes by itself. */
export function toast(text, kind = "plain") {
  const box = document.getElementById("toasts");
  const note = h("div", { class: `toast ${kind}` }, text);
  box.append(note);
  setTimeout(() => note.classList.add("leaving"), 5200);
  setTimeout(() => note.remove(), 5600);
}
