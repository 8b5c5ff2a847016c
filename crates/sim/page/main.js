// The page: every part is started, then the stream begins.

import { append, find } from "./dom.js";
import { emit, on, state } from "./state.js";
import { connect } from "./link.js";
import { startRoute } from "./route.js";
import { startSidebar } from "./sidebar.js";
import { startMessages, toEndButton } from "./messages.js";
import { startComposer } from "./composer.js";
import { startPanels } from "./panels.js";
import { become } from "./people.js";
import { applyChoices, onChoice } from "./words.js";

applyChoices();
onChoice(() => {
  emit({ language: new Set() });
});
startSidebar();
startMessages();
startComposer();
startPanels();
startRoute();
append(find("#talk"), toEndButton());

on(["me", "people", "connected"], () => {
  document.body.classList.toggle("offline", !state.connected);
  // Whoever one was may be gone: a world that was reset has its first people only.
  if (state.connected && !state.me && state.people.length) become(state.people[0]);
});

connect(new URLSearchParams(location.search).get("as"));
