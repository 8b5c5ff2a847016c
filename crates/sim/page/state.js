// What the page knows: the entries of the stream, sorted by kind. Whoever shows something listens to its kinds.

import { whenReleased } from "./held.js";

const empty = () => ({
  me: null, about: {}, people: [], bots: [], model: {}, sessions: [], faults: 0, refused: {}, store: null,
  guild: new Map(), channel: new Map(), message: new Map(), more: new Map(), typing: new Map(), command: new Map(),
  interaction: new Map(), call: new Map(), request: new Map(), event: new Map(), log: new Map(),
  identify: new Map(), resume: new Map(), close: new Map(),
});

/** All that is known now. Messages are by channel, then by id. */
export const state = { ...empty(), connected: false, skew: 0 };

const listeners = new Map();

/** Calls `listener` with what changed: `{ kind: Set of ids }`, whenever one of these kinds did. */
export function on(kinds, listener) {
  for (const kind of [kinds].flat()) {
    if (!listeners.has(kind)) listeners.set(kind, new Set());
    listeners.get(kind).add(listener);
  }
}

/** Tells the listeners of these kinds, once nothing is held that they might make anew. */
export const emit = (changes) => whenReleased(() => tell(changes));

function tell(changes) {
  const called = new Set();
  for (const kind of Object.keys(changes)) {
    for (const listener of listeners.get(kind) ?? []) called.add(listener);
  }
  for (const listener of called) {
    try {
      listener(changes);
    } catch (error) {
      console.error(error);
    }
  }
}

/** Takes an update of the stream; the first one of a connection stands for everything. */
export function apply(update) {
  const whole = update.sequence === 1;
  const before = { ...state };
  if (whole) Object.assign(state, empty());
  const changes = {};
  const note = (kind, id) => (changes[kind] ??= new Set()).add(id);
  state.skew = update.now - Date.now();
  for (const [key, value] of Object.entries(update.set)) {
    const [kind, id, inner] = key.split(":");
    note(kind, id);
    if (inner !== undefined) {
      if (!state.message.has(id)) state.message.set(id, new Map());
      state.message.get(id).set(inner, kept(before.message.get(id)?.get(inner), value));
    } else if (id !== undefined) {
      state[kind].set(id, value);
    } else {
      state[kind] = value;
    }
  }
  for (const key of update.gone) {
    const [kind, id, inner] = key.split(":");
    note(kind, id);
    if (inner !== undefined) state.message.get(id)?.delete(inner);
    else if (id !== undefined) state[kind].delete(id);
    else state[kind] = empty()[kind];
  }
  if (whole) for (const kind of Object.keys(empty())) changes[kind] ??= new Set();
  emit(changes);
}

/** The old object where nothing changed, so that what shows it can stay as it is. */
function kept(old, fresh) {
  return old !== undefined && JSON.stringify(old) === JSON.stringify(fresh) ? old : fresh;
}

/** Ids grow with time, and with their length. */
export const byId = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** When an id was made, in milliseconds. */
export const madeAt = (id) => Number(BigInt(id) >> 22n) + 1420070400000;

/** The messages of a channel, oldest first. */
export function messagesOf(channel) {
  const all = state.message.get(channel);
  return all ? [...all.values()].sort((a, b) => byId(a.id, b.id)) : [];
}

/** What the person may do in a channel. */
export function may(channel, bit) {
  const bits = state.channel.get(channel)?.permissions;
  return bits !== undefined && (BigInt(bits) >> BigInt(bit) & 1n) === 1n;
}

/** Bits of permissions, by their places. */
export const RIGHTS = { react: 6, send: 11, manageMessages: 13, attach: 15, commands: 31, manageThreads: 34, openThreads: 35,
  sendInThreads: 38 };
