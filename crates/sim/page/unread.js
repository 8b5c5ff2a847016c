// What was read, for each person: kept in the browser, as marks per channel.

import { emit, state, byId } from "./state.js";

const key = () => `kaiwa.read.${state.me?.id}`;

function marks() {
  try {
    return JSON.parse(localStorage.getItem(key()) ?? "{}");
  } catch {
    return {};
  }
}

/** The newest message of a channel that the page has. */
function newest(channel) {
  let last = null;
  for (const id of state.message.get(channel)?.keys() ?? []) if (!last || byId(id, last) > 0) last = id;
  return last;
}

/** Everything in this channel has been seen. */
export function markRead(channel) {
  const last = channel && newest(channel);
  if (!last || document.hidden) return;
  const all = marks();
  if (all[channel] && byId(all[channel], last) >= 0) return;
  all[channel] = last;
  localStorage.setItem(key(), JSON.stringify(all));
  emit({ unread: new Set([channel]) });
}

/** Whether something new stands in a channel, and how often the person is meant there. */
export function unread(channel) {
  const last = newest(channel);
  const read = marks()[channel] ?? "0";
  if (!last || byId(last, read) <= 0) return { new: false, meant: 0 };
  const direct = state.channel.get(channel)?.type === 1;
  let fresh = false;
  let meant = 0;
  for (const message of state.message.get(channel).values()) {
    if (byId(message.id, read) <= 0 || message.author.id === state.me.id) continue;
    fresh = true;
    if (direct || message.mentions.some((one) => one.id === state.me.id)) meant += 1;
  }
  return { new: fresh, meant };
}
