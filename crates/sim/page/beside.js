// A thread beside its channel: what stands at its head, how it is closed, and whether there is room for it.

import { fill, find, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { on } from "./state.js";
import { isThread, signOf, titleOf } from "./names.js";
import { BESIDE, closeThread, go, place, shownIn } from "./route.js";
import { bus } from "./bus.js";
import { channelMenu, leaveRoom } from "./panels.js";
import { t } from "./words.js";

/** So many pixels a channel and a thread need at least, side by side. */
const LEAST = 720;

/** Keeps it right. */
export function startBeside() {
  bus.fitsBeside = () => widthLeft("members") >= LEAST;
  on(["route", "channel", "language", "me"], show);
  on("route", settle);
  addEventListener("resize", settle);
  // A panel that somebody opens is what they want to see.
  on("panel", () => place.thread && widthLeft() < LEAST && go(place.thread));
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest?.("#talk, #sidebar, #panel");
    if (event.key === "Escape" && place.thread && !elsewhere && !event.defaultPrevented && !event.isComposing) close();
  });
}

/** How wide a channel and a thread may be together, with the panel beside them unless it is the one that would yield. */
function widthLeft(yielding) {
  const panel = find("#panel");
  const isInTheWay = !panel.hidden && panel.dataset.panel !== yielding && getComputedStyle(panel).position !== "absolute";
  return find("#columns").clientWidth - (isInTheWay ? panel.offsetWidth : 0);
}

/** The list of members makes room for a thread; where there is none all the same, the thread takes its channel's place. */
function settle() {
  if (!place.thread) return;
  if (widthLeft("members") < LEAST) go(place.thread);
  else if (widthLeft() < LEAST) leaveRoom();
}

let shown = null;

function show() {
  const thread = shownIn(BESIDE);
  const box = find("#beside");
  box.hidden = !isThread(thread);
  const isNew = !box.hidden && shown !== thread.id;
  shown = box.hidden ? null : thread.id;
  if (box.hidden) return;
  // Whoever opened it goes on in it. Its composer takes the cursor next, where no keyboard would cover half of it.
  if (isNew) find(".scroll", box).focus({ preventScroll: true });
  box.setAttribute("aria-label", titleOf(thread));
  fill(find(".beside-head", box), h("h2", {}, signOf(thread, 20), h("span", {}, titleOf(thread))),
    iconButton(icon("more"), t("channelTools"), (event) => channelMenu(thread, event.currentTarget)),
    iconButton(icon("expand"), t("threadAlone"), () => go(thread.id), { data: { action: "expand-thread" } }),
    iconButton(icon("close"), t("closeBeside"), close, { data: { action: "close-thread" } }));
}

function close() {
  const channel = place.channel;
  closeThread();
  bus.write(channel);
}
