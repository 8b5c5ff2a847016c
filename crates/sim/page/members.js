// Who is here: the list at the right.

import { h } from "./dom.js";
import { state } from "./state.js";
import { avatar, colorOf, isOnline, nameOf } from "./names.js";
import { goDirect, here, place } from "./route.js";
import { t } from "./words.js";

/** The list of members, by their highest role. */
export function membersPanel() {
  const guild = state.guild.get(place.guild);
  const inThread = here()?.members;
  const users = guild ? guild.members.map((one) => one.user).filter((one) => !inThread || inThread.includes(one.id)) : [...(here()?.recipients ?? []), state.me];
  const groups = new Map();
  for (const user of users) {
    const title = groupOf(user, guild);
    if (!groups.has(title)) groups.set(title, []);
    groups.get(title).push(user);
  }
  return h("div", { class: "members" }, [...groups].map(([title, list]) => [
    h("h3", {}, `${title} — ${list.length}`),
    list.map((user) => {
      const name = h("span", { class: "name" }, nameOf(user, guild?.id));
      const color = colorOf(user, guild?.id);
      if (color) name.style.setProperty("color", color);
      const online = !user.bot || isOnline(user.id);
      return h("button", { type: "button", class: `member ${online ? "" : "away"}`, title: user.username, disabled: user.id === state.me.id, on: { click: () => goDirect(user.id) } },
        h("span", { class: `face-status ${online ? "online" : "offline"}` }, avatar(user, 32)), name, user.bot ? h("span", { class: "badge" }, t("app")) : null);
    })]));
}

function groupOf(user, guild) {
  if (user.bot && !isOnline(user.id)) return t("offline");
  if (user.bot) return t("apps");
  return t("online");
}
