// The x-ray: for each turn what the model was sent and how its answer came, the REST calls, the gateway, the bot's log.

import { append, fill, find, h } from "./dom.js";
import { state } from "./state.js";
import { openThread, place } from "./route.js";
import { bus } from "./bus.js";
import { statusClass, timeline } from "./timeline.js";
import { markdown } from "./markdown.js";
import { store } from "./store.js";
import { isSimulated } from "./trouble.js";
import { clockSeconds, t } from "./words.js";

const TABS = ["turns", "rest", "gateway", "log", "store"];
let tab = "turns";
const opened = new Set();
const made = new Map();
let ticking = null;

/** Shows it in `body`. */
export function showXray(body, fresh) {
  if (fresh || !find(".xray", body)) {
    made.clear();
    fill(body, h("div", { class: "xray" }, h("div", { class: "gauges" }), h("div", { class: "timeline-box" }),
      h("div", { class: "tabs", role: "tablist" }), h("div", { class: "xray-list" })));
    clearInterval(ticking);
    ticking = setInterval(() => {
      const box = find(".timeline-box");
      if (box) fill(box, timeline());
      else clearInterval(ticking);
    }, 250);
  }
  fill(find(".gauges", body), gauges());
  fill(find(".timeline-box", body), timeline());
  fill(find(".tabs", body), TABS.filter((one) => (one !== "log" || state.about.program) && (one !== "store" || state.store)).map((one) => h("button", {
    type: "button", role: "tab", "aria-selected": String(tab === one), data: { tab: one }, on: { click: () => {
      tab = one;
      made.clear();
      showXray(body, false);
    } } }, t(`tab_${one}`))));
  const lists = { turns, rest, gateway, log, store };
  const list = find(".xray-list", body);
  const nodes = lists[tab]();
  // Only what is new is put in, so that what was opened or marked stays.
  if (nodes.length !== list.childNodes.length || nodes.some((node, index) => node !== list.childNodes[index])) list.replaceChildren(...nodes);
}

function gauges() {
  const now = Date.now() + state.skew;
  const recent = [...state.call.values()].filter((call) => call.at > now - 5000);
  const edits = recent.filter((call) => call.route === "EditMessage" || call.route === "CreateMessage").length;
  const tokens = [...state.request.values()].flatMap((one) => one.sent).filter((at) => at > now - 5000).length;
  const limited = state.refused.user + state.refused.shared + state.refused.global || 0;
  const online = state.sessions.filter((one) => one.connected).length;
  const gauge = (value, label, kind = "") => h("div", { class: `gauge ${kind}` }, h("b", {}, value), h("span", {}, label));
  return [gauge(`${(edits / 5).toFixed(1)}/s`, t("gaugePace")), gauge(`${Math.round(tokens / 5)}/s`, t("gaugeTokens")),
    gauge(limited, t("gauge429"), limited ? "warned" : ""), gauge(`${online}/${state.sessions.length}`, t("gaugeSessions"), online < state.sessions.length ? "warned" : "")];
}

/** An entry that can be opened, made anew only when it changed. */
function entry(key, value, summary, detail) {
  const known = made.get(key);
  if (known && known.value === value) return known.element;
  const element = known?.element ?? h("details", { class: "entry", data: { key } });
  // One that is there says itself whether it is open: what somebody has just clicked is noted a moment later.
  if (!known) element.open = opened.has(key);
  const show = () => {
    const inner = element.querySelector(".detail");
    if (element.open && !inner.firstChild) append(inner, detail());
  };
  fill(element, h("summary", {}, summary()), h("div", { class: "detail" }));
  if (!known) element.addEventListener("toggle", () => {
    if (element.open) opened.add(key);
    else opened.delete(key);
    made.get(key)?.show();
  });
  made.set(key, { value, element, show });
  show();
  return element;
}

const newest = (map, count) => [...map.values()].slice(-count).reverse();
const empty = (list, word = "nothingYet") => (list.length ? list : [h("p", { class: "quiet" }, t(word))]);
const code = (value) => h("pre", {}, typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** About how many tokens a text is: the page has no tokenizer. */
function tokensOf(text) {
  let count = 0;
  for (const one of text) count += one.codePointAt(0) > 0x2e7f ? 1 : 0.25;
  return Math.ceil(count);
}

function turns() {
  return empty(newest(state.request, 40).map((one) => entry(`request:${one.number}`, one, () => {
    // The first part of a stream says who speaks, the second one something.
    const first = one.sent[1] ? `${one.sent[1] - one.at} ms` : "…";
    const question = one.messages.findLast((message) => message.role === "user")?.text ?? "";
    const missing = (one.conversation?.left_out ?? 0) + (one.conversation?.deleted ?? 0);
    return [h("span", { class: `outcome ${outcome(one)}` }), h("b", {}, `#${one.number}`), h("span", { class: "entry-text" }, question.replace(/\s+/g, " ").slice(0, 80)),
      missing ? h("small", { class: "missing", title: t("leftOut", missing) }, `−${missing}`) : null, h("small", {}, t("firstAfter", first))];
  }, () => turnDetail(one))), isSimulated() ? "nothingYet" : "askedElsewhere");
}

function outcome(request) {
  const name = typeof request.outcome === "string" ? request.outcome : "refused";
  return { open: "open", answered: "fine" }[name] ?? (name === "client_left" ? "cut" : "failed");
}

function turnDetail(one) {
  const sum = one.messages.reduce((sum, message) => sum + tokensOf(message.text), 0);
  const last = one.sent.at(-1);
  const facts = [t("factModel", one.model), t("factMessages", one.messages.length, sum), one.sent.length ? t("factParts", one.sent.length, last - one.at) : null,
    t("factOutcome", typeof one.outcome === "string" ? one.outcome : JSON.stringify(one.outcome)), one.fault ? t("factFault", JSON.stringify(one.fault)) : null];
  const calls = [...state.call.values()].filter((call) => call.at >= one.at - 1500 && call.at <= (last ?? Infinity) + 3000 && /Message|Thread|Typing/.test(call.route ?? ""));
  return [h("ul", { class: "facts" }, facts.filter(Boolean).map((fact) => h("li", {}, fact))),
    leftOut(one.conversation),
    h("h4", {}, t("whatWasSent")),
    one.messages.map((message) => h("div", { class: `prompt ${message.role}` }, h("span", { class: "role" }, message.role, " ", h("small", {}, t("aboutTokens", tokensOf(message.text)))), h("pre", {}, message.text))),
    one.answer ? [h("h4", {}, t("whatWasAnswered")), h("div", { class: "prompt assistant" }, h("pre", {}, one.answer))] : null,
    h("h4", {}, t("callsMeanwhile", calls.length)), h("div", { class: "small-calls" }, calls.slice(-60).map(callLine))];
}

/** What stands in the conversation and was not sent, with why, as far as it can be seen from outside. */
function leftOut(conversation) {
  if (!conversation) return [h("h4", {}, t("whatWasLeftOut")), h("p", { class: "quiet" }, t("conversationUnknown"))];
  const { sent, left_out: missing, elsewhere, listed, deleted } = conversation;
  const line = (one) => h("button", { type: "button", class: "left-out", data: { why: one.why }, on: { click: () => {
    if (![place.channel, place.thread].includes(one.channel)) openThread(one.channel);
    bus.jump(one.id);
  } } }, h("b", {}, one.author), h("span", { class: "entry-text excerpt" }, markdown(one.text, { plain: true })), h("em", {}, t(`why_${one.why}`)));
  const list = (ones, all) => (ones.length ? h("div", { class: "left-out-list" },
    all > ones.length ? h("p", { class: "quiet" }, t("moreLeftOut", all - ones.length)) : null, ones.map(line)) : null);
  const isElsewhere = (one) => one.why === "elsewhere";
  return [h("h4", {}, t("whatWasLeftOut")), h("p", { class: "quiet" }, missing ? t("partSent", sent, sent + missing) : t("allSent", sent)),
    list(listed.filter((one) => !isElsewhere(one)), missing),
    deleted ? h("p", { class: "quiet" }, t("deletedBefore", deleted)) : null,
    elsewhere ? h("p", { class: "quiet" }, t("elsewhere", elsewhere)) : null, list(listed.filter(isElsewhere), elsewhere)];
}

function callLine(call) {
  const took = call.answered ? `${call.answered - call.at} ms` : "…";
  return h("div", { class: "call-line" }, h("span", { class: `status ${statusClass(call)}` }, call.status ?? (call.answered ? "✕" : "…")), h("span", { class: "entry-text" }, call.route ?? `${call.method} ${call.path}`),
    call.fault ? h("em", {}, call.fault.slice(0, 40)) : null, h("small", {}, took));
}

function rest() {
  return empty(newest(state.call, 120).map((call) => entry(`call:${call.number}`, call, () => [callLine(call)], () => [
    h("p", {}, `${call.method} ${call.path}`), h("p", { class: "quiet" }, clockSeconds(new Date(call.at))),
    call.fault ? h("p", {}, t("factFault", call.fault)) : null, call.body !== null ? code(call.body) : null])));
}

function gateway() {
  const records = [...["identify", "resume", "close"].flatMap((kind) => [...state[kind].values()].map((one) => ({ kind, at: one.at_ms, value: one }))),
    ...[...state.event.values()].map((one) => ({ kind: "event", at: one.at, value: one }))].sort((a, b) => b.at - a.at).slice(0, 150);
  return empty(records.map(({ kind, at, value }) => entry(`${kind}:${value.number ?? at}`, value, () => [
    h("span", { class: `status ${{ resume: "fine", identify: "open", close: "cut" }[kind] ?? "plain"}` }, kind === "event" ? "⇣" : "⚡"),
    h("span", { class: "entry-text" }, kind === "event" ? value.name : t(`record_${kind}`)), h("small", {}, clockSeconds(new Date(at)))], () => code(value.data ?? value))));
}

function log() {
  return empty(newest(state.log, 200).map((line) => {
    const known = made.get(`log:${line.number}`);
    if (known) return known.element;
    const level = /\b(ERROR|WARN)\b/.exec(line.text)?.[1]?.toLowerCase() ?? "";
    const element = h("div", { class: `log-line ${level}` }, line.text);
    made.set(`log:${line.number}`, { value: line, element });
    return element;
  }));
}
