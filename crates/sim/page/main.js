// The page: every part is started, then the stream begins.

import { emit, on, state } from "./state.js";
import { connect } from "./link.js";
import { startRoute } from "./route.js";
import { startSidebar } from "./sidebar.js";
import { startMessages } from "./messages.js";
import { startComposer } from "./composer.js";
import { startPanels } from "./panels.js";
import { startBeside } from "./beside.js";
import { become } from "./people.js";
import { applyChoices, onChoice } from "./words.js";

applyChoices();
onChoice(() => {
  emit({ language: new Set() });
});
startSidebar();
// Before what it holds: in a part that is still hidden nothing can be scrolled or take the cursor.
startBeside();
startMessages();
startComposer();
startPanels();
startRoute();

on(["me", "people", "connected"], () => {
  document.body.classList.toggle("offline", !state.connected);
  // Whoever one was may be gone: a world that was reset has its first people only.
  if (state.connected && !state.me && state.people.length) become(state.people[0]);
});

connect(new URLSearchParams(location.search).get("as"));
