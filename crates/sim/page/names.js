// How people and places are called and coloured where they are seen.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { state } from "./state.js";
import { t } from "./words.js";

/** Someone by id, from whatever the page knows. */
export function userOf(id) {
  return state.people.find((one) => one.id === id) ?? state.bots.find((one) => one.user.id === id)?.user ?? null;
}

export const memberOf = (guild, user) => state.guild.get(guild)?.members.find((one) => one.user.id === user) ?? null;

/** The name that people see. */
export function nameOf(user, guild) {
  if (!user) return t("someone");
  return memberOf(guild, user.id)?.nick ?? user.global_name ?? user.username;
}

/** The colour of the highest role that has one. */
export function colorOf(user, guild) {
  const member = user && memberOf(guild, user.id);
  if (!member) return null;
  const roles = state.guild.get(guild).roles.filter((role) => member.roles.includes(role.id) && role.color);
  const top = roles.sort((a, b) => b.position - a.position)[0];
  return top ? `#${top.color.toString(16).padStart(6, "0")}` : null;
}

/** A picture of the simulator by its path: it is asked at the address that the page itself came from. */
export function ownUrl(url) {
  const base = state.about.base;
  return base && url?.startsWith(base) ? url.slice(base.length) : url;
}

/** Someone's picture. */
export function avatar(user, size = 40) {
  const path = user?.avatar ? `/avatars/${user.id}/${user.avatar}.png` : `/embed/avatars/${Number(BigInt(user?.id ?? 0) % 5n)}.png`;
  return h("img", { class: "avatar", src: path, alt: "", width: String(size), height: String(size), loading: "lazy", draggable: "false" });
}

export const isThread = (channel) => [10, 11, 12].includes(channel?.type);
export const isDirect = (channel) => channel?.type === 1 || channel?.type === 3;
export const isVoice = (channel) => channel?.type === 2 || channel?.type === 13;
export const isForum = (channel) => channel?.type === 15 || channel?.type === 16;

/** A channel's name, without a sign before it. */
export function titleOf(channel) {
  if (!channel) return "";
  if (isDirect(channel)) return channel.recipients.map((one) => nameOf(one)).join(", ") || t("me");
  return channel.name;
}

/** The sign before a channel's name. */
export function signOf(channel, size = 20) {
  const name = isThread(channel) ? (channel.type === 12 ? "lock" : "thread")
    : isDirect(channel) ? "at" : { 2: "voice", 5: "megaphone", 13: "voice", 15: "forum", 16: "forum" }[channel?.type] ?? "hash";
  return icon(name, size);
}

export const isOnline = (bot) => state.bots.find((one) => one.user.id === bot)?.online ?? true;

/** Up to two letters that stand for a guild. */
export function initials(name) {
  return name.split(/\s+/).map((word) => [...word][0] ?? "").join("").slice(0, 3);
}
