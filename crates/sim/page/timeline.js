// The last seconds as a picture: what the gateway told, what the model wrote, what went to Discord.

import { state } from "./state.js";
import { t } from "./words.js";

const SPAN = 20000;
const WIDTH = 340;
const LEFT = 0;
const LANES = [["gateway", 16], ["model", 46], ["rest", 76]];

function shape(name, attributes, title) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (title) {
    const text = document.createElementNS("http://www.w3.org/2000/svg", "title");
    text.textContent = title;
    element.append(text);
  }
  return element;
}

/** How a status looks. */
export function statusClass(call) {
  if (call.answered === null || call.answered === undefined) return "open";
  if (call.status === null || call.status === undefined) return "cut";
  if (call.status === 429) return "limited";
  return call.status >= 400 ? "failed" : "fine";
}

/** The picture, as of now. */
export function timeline() {
  const now = Date.now() + state.skew;
  const x = (at) => LEFT + WIDTH * (1 - (now - at) / SPAN);
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} 104`, class: "timeline", role: "img", "aria-label": t("timeline") });
  for (const [name, y] of LANES) {
    svg.append(shape("line", { x1: LEFT, x2: WIDTH, y1: y + 6, y2: y + 6, class: "lane" }));
    const label = shape("text", { x: 0, y: y - 4, class: "lane-name" });
    label.textContent = t(`lane_${name}`);
    svg.append(label);
  }
  for (let second = Math.ceil((now - SPAN) / 5000) * 5000; second < now; second += 5000) {
    svg.append(shape("line", { x1: x(second), x2: x(second), y1: 10, y2: 92, class: "second" }));
  }
  for (const event of state.event.values()) {
    if (event.at > now - SPAN) svg.append(shape("circle", { cx: x(event.at), cy: 22, r: 2.6, class: "event" }, event.name));
  }
  for (const [kind, records] of [["resume", state.resume], ["identify", state.identify], ["close", state.close]]) {
    for (const record of records.values()) {
      if (record.at_ms > now - SPAN) svg.append(shape("path", { d: `M${x(record.at_ms)} 14v16`, class: `session ${kind}` }, t(`record_${kind}`)));
    }
  }
  for (const request of state.request.values()) {
    const last = request.sent.at(-1) ?? (request.outcome === "open" ? now : request.at);
    if (last < now - SPAN) continue;
    const from = Math.max(request.at, now - SPAN);
    svg.append(shape("rect", { x: x(from), y: 46, width: Math.max(1, x(last) - x(from)), height: 12, rx: 3, class: "asked" }, `#${request.number}`));
    for (const at of request.sent) if (at > now - SPAN) svg.append(shape("line", { x1: x(at), x2: x(at), y1: 47, y2: 57, class: "token" }));
  }
  for (const call of state.call.values()) {
    const end = call.answered ?? now;
    if (end < now - SPAN) continue;
    const from = Math.max(call.at, now - SPAN);
    const what = `${call.route ?? call.path} ${call.status ?? t("noAnswer")} ${end - call.at} ms`;
    svg.append(shape("rect", { x: x(from), y: 76, width: Math.max(2.5, x(end) - x(from)), height: 12, rx: 2, class: `call ${statusClass(call)}` }, what));
  }
  return svg;
}
