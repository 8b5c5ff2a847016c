// While a button is held down nothing is made anew beneath it: a click belongs to what it began on, and a selection to its text.

/** So long something may be held: a scrollbar doesn't tell when it is let go. */
const MOST = 1000;

let held = false;
let waiting = [];
let timer = null;

function release() {
  held = false;
  clearTimeout(timer);
  // The click itself comes first.
  setTimeout(() => {
    const due = waiting;
    waiting = [];
    for (const run of due) run();
  });
}

addEventListener("pointerdown", () => {
  held = true;
  clearTimeout(timer);
  timer = setTimeout(release, MOST);
}, true);
addEventListener("pointerup", release, true);
addEventListener("pointercancel", release, true);
addEventListener("blur", release);

/** Runs it now, or once nothing is held any more. */
export function whenReleased(run) {
  if (held) waiting.push(run);
  else run();
}
