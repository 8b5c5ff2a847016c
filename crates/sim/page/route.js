// Where the person is: a guild or the direct messages, a channel, and a thread beside it; kept in the address, so that it can be reloaded.

import { emit, on, state } from "./state.js";
import { isDirect, isForum, isThread } from "./names.js";
import { bus } from "./bus.js";

export const HOME = "home";

/** The place that is shown. `channel` may be `new:USER` for a direct message that nobody wrote in yet. */
export const place = { guild: null, channel: null, thread: null };

/** The two parts of the page that can show a conversation: what stands in the middle, and a thread beside it. */
export const MAIN = { root: "#talk", id: () => place.channel };
export const BESIDE = { root: "#beside", id: () => place.thread };

/** The channel that one of them shows. */
export const shownIn = (part) => state.channel.get(part.id()) ?? null;

const remembered = new Map();

/** Goes to a channel; a thread of it may stand beside it. */
export function go(channel, guild, thread = null) {
  const found = state.channel.get(channel);
  place.guild = guild ?? (found ? (isDirect(found) ? HOME : found.guild_id) : HOME);
  place.channel = channel;
  place.thread = thread;
  remembered.set(place.guild, channel);
  const hash = ["#", place.guild, channel ?? "", thread].filter((part) => part !== null).join("/");
  if (location.hash !== hash) history.pushState(null, "", hash);
  emit({ route: new Set() });
}

/** Shows a thread: beside its channel where that is shown and both fit, else alone. One that has just been opened may not be known yet. */
export function openThread(thread, parent = state.channel.get(thread)?.parent_id, guild = state.channel.get(thread)?.guild_id) {
  if (parent && parent === place.channel && bus.fitsBeside()) go(parent, place.guild, thread);
  else go(thread, guild);
}

/** Leaves the channel alone again. */
export const closeThread = () => go(place.channel, place.guild);

/** Goes to a guild, to the channel where one was last. */
export function goGuild(guild) {
  const last = remembered.get(guild);
  if (last && (state.channel.has(last) || last.startsWith("new:"))) return go(last, guild);
  go(firstOf(guild), guild);
}

/** A direct message with someone, which may not exist yet. */
export function goDirect(user) {
  const found = [...state.channel.values()].find((one) => one.type === 1 && one.recipients.some((other) => other.id === user));
  go(found ? found.id : `new:${user}`, HOME);
}

function firstOf(guild) {
  const all = [...state.channel.values()];
  if (guild === HOME) {
    const direct = all.filter(isDirect).sort((a, b) => (a.last_message_id ?? "0") < (b.last_message_id ?? "0") ? 1 : -1)[0];
    return direct?.id ?? (state.bots[0] ? `new:${state.bots[0].user.id}` : null);
  }
  const own = all.filter((one) => one.guild_id === guild && one.type !== 4 && !isThread(one) && !isForum(one));
  return own.sort((a, b) => a.position - b.position)[0]?.id ?? null;
}

/** The channel that is shown in the middle. */
export const here = () => shownIn(MAIN);

/** Whom a direct message is with that doesn't exist yet. */
export const newWith = () => (place.channel?.startsWith("new:") ? place.channel.slice(4) : null);

/** Whom one part of the page writes to where there is no channel yet. */
export const isNew = (part) => (part === MAIN ? newWith() : null);

/** Where what is written in one part of the page goes. */
export const whereOf = (part) => (isNew(part) ? { dm: isNew(part) } : { channel: part.id() });

function read() {
  const [, guild, channel, thread] = location.hash.split("/");
  if (channel && (state.channel.has(channel) || channel.startsWith("new:"))) {
    if (state.channel.get(thread)?.parent_id !== channel) return go(channel, guild);
    return bus.fitsBeside() ? go(channel, guild, thread) : go(thread, guild);
  }
  const first = state.guild.keys().next().value;
  goGuild(first ?? HOME);
}

/** Begins once the world is known, and mends itself when the place is gone or a new direct message became real. */
export function startRoute() {
  // A thread that has just been opened is not known yet; one that was known is gone.
  let seen = null;
  on(["channel", "me"], () => {
    if (!state.me) return;
    const fresh = newWith();
    const real = fresh && [...state.channel.values()].find((one) => one.type === 1 && one.recipients.some((other) => other.id === fresh));
    if (real) go(real.id, HOME);
    else if (place.channel === null || (!fresh && !state.channel.has(place.channel))) read();
    else if (state.channel.has(place.thread)) seen = place.thread;
    else if (place.thread && place.thread === seen) closeThread();
  });
  window.addEventListener("popstate", () => state.me && read());
}
