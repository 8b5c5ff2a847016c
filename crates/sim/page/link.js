// The way to the simulator: the stream of what happens, and calls that do something.

import { apply, emit, state } from "./state.js";
import { toast } from "./dom.js";
import { t } from "./words.js";

let socket = null;
let person = null;
let wanted = { xray: false };
let waiting = 250;
let timer = null;

/** Looks through the eyes of this person from now on; of the first one where none is named. */
export function connect(as) {
  person = as;
  clearTimeout(timer);
  open();
}

function open() {
  socket?.close();
  const query = person ? `?as=${encodeURIComponent(person)}` : "";
  const own = new WebSocket(`ws${location.protocol === "https:" ? "s" : ""}://${location.host}/page/stream${query}`);
  socket = own;
  own.onopen = () => {
    waiting = 250;
    if (wanted.xray) own.send(JSON.stringify({ xray: true }));
  };
  own.onmessage = (event) => {
    if (own !== socket) return;
    apply(JSON.parse(event.data));
    if (!state.connected) {
      state.connected = true;
      emit({ connected: new Set() });
    }
  };
  own.onclose = () => {
    if (own !== socket) return;
    state.connected = false;
    emit({ connected: new Set() });
    timer = setTimeout(open, waiting);
    waiting = Math.min(waiting * 2, 5000);
  };
}

function tell(wish) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(wish));
}

/** Asks for messages older than those that are here. */
export const askForOlder = (channel) => tell({ older: channel });

/** Whether what lies beneath is told too. */
export function wantXray(on) {
  wanted.xray = on;
  tell({ xray: on });
}

/** Does something; what comes back is the answer. A refusal is shown, and null comes back. */
export async function call(method, path, body) {
  try {
    const response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const answer = text ? JSON.parse(text) : {};
    if (response.ok) return answer;
    toast(answer.error ?? t("refused", response.status), "bad");
  } catch {
    toast(t("unreachable"), "bad");
  }
  return null;
}

/** Does something as the person who looks. */
export const act = (what, body) => call("POST", `/control/${what}`, { as: state.me?.id, ...body });
