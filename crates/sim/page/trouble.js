// Trouble on purpose: cut, lose, refuse, slow, kill. One watches the answer arrive whole all the same.

import { fill, find, h, toast } from "./dom.js";
import { icon } from "./icons.js";
import { state } from "./state.js";
import { call } from "./link.js";
import { timeline } from "./timeline.js";
import { bus } from "./bus.js";
import { place } from "./route.js";
import { t } from "./words.js";

const gateway = (fault) => call("POST", "/control/gateway", { fault });
const calls = (route, fault, times) => call("POST", "/control/faults", { route, fault, times });
const model = (fault, times = 1) => call("POST", "/control/model/faults", { fault, times });
const order = (what) => call("POST", "/page/program", what);

// Each group by its name; each trouble with the word that names it, and what it does.
const GROUPS = [
  ["gateway", [
    ["cut", () => gateway("cut")],
    ["lose", async () => (await gateway("lose_session")) && gateway("cut")],
    ["reconnect", () => gateway("reconnect")],
    ["refuse", async () => (await gateway({ refuse_connections_ms: 5000 })) && gateway("cut")],
    ["silent", () => gateway({ silent: true })],
  ]],
  ["discord", [
    ["limit", () => calls("EditMessage", { rate_limited: { retry_after_ms: 2000 } }, 3)],
    ["fail", () => calls("EditMessage", { status: { status: 500 } }, 3)],
    ["postFail", () => calls("CreateMessage", "done_then_error", 1)],
    ["postCut", () => calls("CreateMessage", "done_then_disconnect", 1)],
    ["slowCalls", () => calls("EditMessage", { slow_ms: 1500 }, 5)],
  ]],
  ["model", [
    ["modelCut", () => model({ break: { after: 25, how: "reset" } })],
    ["modelLimit", () => model({ rate_limited: { retry_after: 2 } })],
    ["modelFail", () => model({ status: { status: 503 } }, 2)],
    ["modelSlow", () => call("PATCH", "/control/model/settings", { token_delay: state.model.token_delay > 100 ? 25 : 250 })],
  ]],
];

const PROGRAM = ["program", [["kill", () => order("kill")], ["stop", () => order("stop")], ["start", () => order("start")]]];

/** Whether the model is asked here: the simulator's own, or a real one through it. */
export const isSimulated = () => !state.about.model || state.about.model.kind === "scripted" || state.about.through;

let ticking = null;

/** Shows it in `body`. */
export function showTrouble(body, fresh) {
  if (fresh || !find(".trouble", body)) {
    // A model that is asked past the simulator: nothing can be done to it from here.
    const own = isSimulated() ? GROUPS : GROUPS.filter(([name]) => name !== "model");
    const groups = state.about.program ? [PROGRAM, ...own] : own;
    fill(body, h("div", { class: "trouble" }, h("p", { class: "quiet" }, t("troubleIntro")),
      h("div", { class: "trouble-state" }),
      h("div", { class: "timeline-box" }),
      h("button", { type: "button", class: "button wide", data: { action: "long-question" }, on: { click: askSomethingLong } }, icon("send", 16), t("askLong")),
      groups.map(([name, troubles]) => h("section", {}, h("h3", {}, t(`group_${name}`)), troubles.map(([word, run]) => troubleButton(word, run)))),
      h("button", { type: "button", class: "button quiet wide", data: { action: "mend" }, on: { click: mend } }, icon("check", 16), t("mend"))));
    clearInterval(ticking);
    ticking = setInterval(() => {
      const box = find(".trouble .timeline-box");
      if (box) fill(box, timeline());
      else clearInterval(ticking);
    }, 250);
  }
  fill(find(".timeline-box", body), timeline());
  showState(find(".trouble-state", body));
}

function troubleButton(word, run) {
  const [name, hint] = t(`trouble_${word}`);
  const button = h("button", { type: "button", class: "trouble-button", data: { trouble: word }, on: { click: async () => {
    button.classList.add("struck");
    setTimeout(() => button.classList.remove("struck"), 700);
    const done = await run();
    if (done && done.met === 0) toast(t("metNobody"), "bad");
  } } }, h("b", {}, name), h("small", {}, hint));
  return button;
}

/** How things stand: the process, its connection, what is still to go wrong. */
function showState(box) {
  const program = state.about.program;
  const online = state.sessions.some((one) => one.connected);
  const due = state.faults + (state.model.faults ?? 0);
  const lamp = (kind, text) => h("span", { class: `lamp ${kind}` }, h("i"), text);
  fill(box, program ? lamp(program.running ? "fine" : "off", program.running ? t("programRuns", program.starts) : t("programStopped")) : null,
    lamp(online ? "fine" : "off", online ? t("connected") : t("notConnected")), due ? lamp("warned", t("faultsDue", due)) : null,
    state.model.token_delay > 100 ? lamp("warned", t("modelIsSlow")) : null);
}

/** Puts a question into the composer whose answer takes long enough to make trouble meanwhile. */
function askSomethingLong() {
  const bot = state.bots[0]?.user.username;
  const direct = state.channel.get(place.channel)?.type !== 0;
  bus.insert(direct || !bot ? t("longQuestion") : `@${bot} ${t("longQuestion")}`);
}

async function mend() {
  await call("DELETE", "/control/faults");
  await call("DELETE", "/control/model/faults");
  await call("PATCH", "/control/model/settings", { token_delay: 25 });
  await gateway({ silent: false });
  if (state.about.program && !state.about.program.running) await order("start");
}

