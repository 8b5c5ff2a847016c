// The menu of a message, and what it does.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { state, may, RIGHTS } from "./state.js";
import { isThread, nameOf, userOf } from "./names.js";
import { openLayer, openMenu } from "./layers.js";
import { act } from "./link.js";
import { bus } from "./bus.js";
import { openThread } from "./route.js";
import { expectAnswer } from "./modal.js";
import { t } from "./words.js";

/** The first message of a thread shows the one that it was opened on, which lives in the channel: here it can only be read. */
export const STARTER = 21;
const QUICK = ["👍", "❤️", "😄", "🎉"];

/** Puts an emoji on a message, or takes it off. */
export function reactMenu(message, emoji, remove = false) {
  return act("react", { channel: message.channel_id, message: message.id, emoji, remove });
}

/** All that can be done with a message. */
export function messageMenu(message, at) {
  if (message.type === STARTER) return starterMenu(message.referenced_message, at);
  const channel = state.channel.get(message.channel_id);
  const own = message.author.id === state.me.id;
  const may_ = (right) => may(message.channel_id, right);
  const plain = !message.ephemeral;
  const quick = plain && may_(RIGHTS.react)
    ? h("div", { class: "quick" }, QUICK.map((emoji) => h("button", { type: "button", title: emoji, on: { click: () => {
      close();
      reactMenu(message, emoji);
    } } }, emoji)))
    : null;
  const commands = may_(RIGHTS.commands) && plain ? [...state.command.values()].filter((one) => one.type === 3) : [];
  const threadable = plain && channel?.guild_id && !isThread(channel) && !message.thread && may_(RIGHTS.openThreads);
  const close = openMenu([
    quick,
    plain ? { label: t("reply"), icon: icon("reply"), run: () => bus.replyTo(message) } : null,
    own && plain ? { label: t("edit"), icon: icon("edit"), run: () => bus.edit(message) } : null,
    threadable ? { label: t("openThread"), icon: icon("thread"), run: () => askForThread(message) } : null,
    ...copies(message),
    commands.length ? "line" : null,
    ...commands.map((command) => ({ label: command.name, hint: nameOf(userOf(command.application_id)), icon: icon("app"), run: async () => {
      expectAnswer(await act("command", { channel: message.channel_id, name: command.name, on_message: message.id }));
    } })),
    plain && (own || may_(RIGHTS.manageMessages)) ? "line" : null,
    plain && (own || may_(RIGHTS.manageMessages))
      ? { label: t("delete"), icon: icon("trash"), danger: true, data: { action: "delete" }, run: () => confirmDeletion(message) } : null,
  ], at, t("messageTools"));
}

const copies = (message) => [
  { label: t("copyText"), icon: icon("copy"), run: () => navigator.clipboard?.writeText(message.content) },
  { label: t("copyId"), icon: icon("copy"), run: () => navigator.clipboard?.writeText(message.id) },
];

const starterMenu = (original, at) => original && openMenu(copies(original), at, t("messageTools"));

function confirmDeletion(message) {
  const close = openLayer(h("div", { class: "dialog", role: "alertdialog" },
    h("h2", {}, t("deleteTitle")), h("p", {}, t("deleteQuestion")),
    h("div", { class: "dialog-buttons" },
      h("button", { type: "button", class: "button quiet", on: { click: () => close() } }, t("cancel")),
      h("button", { type: "button", class: "button danger", autofocus: true, data: { action: "confirm-delete" }, on: { click: () => {
        close();
        act("delete", { channel: message.channel_id, message: message.id });
      } } }, t("delete")))), { shade: true, label: t("deleteTitle") });
}

/** Asks how a thread is to be called, and opens it. */
export function askForThread(message, channel = message?.channel_id) {
  const name = h("input", { type: "text", maxlength: "100", required: true, autofocus: true });
  name.value = message ? message.content.replace(/<[^>]*>/g, "").trim().slice(0, 60) : "";
  const close = openLayer(h("form", { class: "dialog", on: { submit: async (event) => {
    event.preventDefault();
    close();
    const thread = await act("thread", { channel, message: message?.id, name: name.value.trim() });
    if (thread) openThread(thread.id, channel, thread.guild_id);
  } } }, h("h2", {}, t("openThread")), h("label", {}, t("threadName"), name),
  h("div", { class: "dialog-buttons" }, h("button", { type: "button", class: "button quiet", on: { click: () => close() } }, t("cancel")),
    h("button", { type: "submit", class: "button" }, t("create")))), { shade: true, label: t("openThread") });
}
