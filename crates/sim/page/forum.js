// A forum: its posts as a list, and a new one.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { state, byId, messagesOf, may, RIGHTS } from "./state.js";
import { nameOf, titleOf } from "./names.js";
import { openThread } from "./route.js";
import { openLayer } from "./layers.js";
import { act } from "./link.js";
import { withEmoji } from "./emoji.js";
import { markdown } from "./markdown.js";
import { relative } from "./inline.js";
import { t } from "./words.js";

/** The posts of a forum, the liveliest first. */
export function forum(channel) {
  const posts = [...state.channel.values()].filter((one) => one.parent_id === channel.id);
  posts.sort((a, b) => byId(b.last_message_id ?? b.id, a.last_message_id ?? a.id));
  return h("li", { class: "forum" },
    h("div", { class: "forum-head" }, h("h2", {}, titleOf(channel)),
      may(channel.id, RIGHTS.send) ? h("button", { type: "button", class: "button", data: { action: "new-post" }, on: { click: () => ask(channel) } }, icon("plus", 16), t("newPost")) : null),
    posts.length ? posts.map(card) : h("p", { class: "quiet" }, t("noPosts")));
}

function card(post) {
  const first = messagesOf(post.id)[0];
  return h("button", { type: "button", class: "post", on: { click: () => openThread(post.id) } },
    h("strong", {}, titleOf(post)),
    first ? h("span", { class: "excerpt" }, h("b", {}, `${nameOf(first.author, post.guild_id)}: `), markdown(first.content.slice(0, 200), { guild: post.guild_id, plain: true })) : null,
    h("small", {}, t("messageCount", post.message_count), first ? ` · ${relative(new Date(first.timestamp))}` : ""));
}

function ask(channel) {
  const title = h("input", { type: "text", maxlength: "100", required: true, autofocus: true, name: "title" });
  const text = h("textarea", { rows: "5", required: true, maxlength: "4000", name: "text" });
  const close = openLayer(h("form", { class: "dialog", on: { submit: async (event) => {
    event.preventDefault();
    const made = await act("say", { channel: channel.id, title: title.value.trim(), content: withEmoji(text.value.trim()) });
    if (!made) return;
    close();
    openThread(made.channel_id, channel.id, channel.guild_id);
  } } }, h("h2", {}, t("newPost")), h("label", {}, t("postTitle"), title), h("label", {}, t("postText"), text),
  h("div", { class: "dialog-buttons" }, h("button", { type: "button", class: "button quiet", on: { click: () => close() } }, t("cancel")),
    h("button", { type: "submit", class: "button" }, t("create")))), { shade: true, label: t("newPost") });
}
