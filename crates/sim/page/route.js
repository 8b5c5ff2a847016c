// Where the person is: a guild or the direct messages, and a channel; kept in the address, so that it can be reloaded.

import { emit, on, state } from "./state.js";
import { isDirect, isForum, isThread } from "./names.js";

export const HOME = "home";

/** The place that is shown. `channel` may be `new:USER` for a direct message that nobody wrote in yet. */
export const place = { guild: null, channel: null };

const remembered = new Map();

/** Goes to a channel. */
export function go(channel, guild) {
  const found = state.channel.get(channel);
  place.guild = guild ?? (found ? (isDirect(found) ? HOME : found.guild_id) : HOME);
  place.channel = channel;
  remembered.set(place.guild, channel);
  const hash = `#/${place.guild}/${channel ?? ""}`;
  if (location.hash !== hash) history.pushState(null, "", hash);
  emit({ route: new Set() });
}

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

/** The channel that is shown. */
export const here = () => state.channel.get(place.channel) ?? null;

/** Whom a direct message is with that doesn't exist yet. */
export const newWith = () => (place.channel?.startsWith("new:") ? place.channel.slice(4) : null);

function read() {
  const [, guild, channel] = location.hash.split("/");
  if (channel && (state.channel.has(channel) || channel.startsWith("new:"))) return go(channel, guild);
  const first = state.guild.keys().next().value;
  goGuild(first ?? HOME);
}

/** Begins once the world is known, and mends itself when the place is gone or a new direct message became real. */
export function startRoute() {
  on(["channel", "me"], () => {
    if (!state.me) return;
    const fresh = newWith();
    const real = fresh && [...state.channel.values()].find((one) => one.type === 1 && one.recipients.some((other) => other.id === fresh));
    if (real) go(real.id, HOME);
    else if (place.channel === null || (!fresh && !state.channel.has(place.channel))) read();
  });
  window.addEventListener("popstate", () => state.me && read());
}
