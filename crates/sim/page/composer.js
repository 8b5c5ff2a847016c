// The composer of a channel: text, files, replies, completion, commands.

import { fill, find, h, iconButton, toast } from "./dom.js";
import { icon } from "./icons.js";
import { on, state, may, messagesOf, RIGHTS } from "./state.js";
import { isForum, isThread, nameOf, titleOf, userOf } from "./names.js";
import { BESIDE, HOME, MAIN, go, isNew, place, shownIn, whereOf } from "./route.js";
import { act } from "./link.js";
import { bus } from "./bus.js";
import { emojiPicker, withEmoji } from "./emoji.js";
import { Completion, fileSign } from "./complete.js";
import { commandBar } from "./commands.js";
import { bytes, t } from "./words.js";

const LONGEST = 4000;
const drafts = new Map();

/** Keeps the composers right, in the middle and beside it. */
export function startComposer() {
  const composers = [MAIN, BESIDE].map((part) => new Composer(part));
  const [main, beside] = composers;
  const of = (channel) => composers.find((one) => one.part.id() === channel);
  let used = main.root;
  document.addEventListener("focusin", (event) => {
    used = event.target.closest?.(".talk") ?? used;
  });
  // Whoever begins to type means the composer beside which they were last.
  document.addEventListener("keydown", (event) => {
    const field = (place.thread && used === beside.root ? beside : main).field;
    const typing = event.target.closest?.("input, textarea, select, [role=menu], .layer, #panel");
    if (!field || typing || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
    field.focus();
  });
  bus.replyTo = (message) => of(message.channel_id)?.replyTo(message);
  bus.insert = (text) => main.insert(text);
  bus.write = (channel) => of(channel)?.field?.focus({ preventScroll: true });
}

/** The composer of one part of the page. */
class Composer {
  constructor(part) {
    this.part = part;
    this.root = find(part.root);
    this.box = find(".composer", this.root);
    this.files = [];
    this.answered = null;
    this.shownFor = null;
    this.completion = null;
    this.typedAt = 0;
    on(["route", "language"], (changes) => {
      // Where only the other part changed, what is being written stays as it is.
      if (changes.language || this.mode() !== this.shownFor) this.show();
    });
    on(["channel", "connected"], () => {
      if (this.mode() !== this.shownFor) this.show();
    });
    on("typing", () => this.showTyping());
    on("message", () => this.showTyping());
    setInterval(() => this.showTyping(), 1000);
    this.takeDrops();
  }

  takeDrops() {
    const talk = this.root;
    talk.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      talk.classList.add("dropping");
    });
    talk.addEventListener("dragleave", (event) => !talk.contains(event.relatedTarget) && talk.classList.remove("dropping"));
    talk.addEventListener("drop", (event) => {
      talk.classList.remove("dropping");
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.addFiles(event.dataTransfer.files);
    });
  }

  get field() {
    return find("textarea", this.box);
  }

  replyTo(message) {
    this.answered = message;
    this.showReply();
    this.field?.focus();
  }

  insert(text) {
    const field = this.field;
    if (!field) return;
    field.value = text;
    field.focus();
    field.dispatchEvent(new Event("input"));
  }

  /** What the composer has to be here: it is made anew when this changes. */
  mode() {
    const channel = shownIn(this.part);
    const locked = channel?.thread_metadata?.locked && !may(channel.id, RIGHTS.manageThreads);
    const allowed = isNew(this.part) ? true : channel && !locked && !isForum(channel) && may(channel.id, isThread(channel) ? RIGHTS.sendInThreads : RIGHTS.send);
    return `${this.part.id()} ${allowed ? "writes" : "reads"} ${state.me?.id} ${titleOf(channel)}`;
  }

  show() {
    const box = this.box;
    const had = box.contains(document.activeElement);
    const moved = this.at !== this.part.id();
    this.at = this.part.id();
    this.shownFor = this.mode();
    this.answered = null;
    this.files = [];
    this.completion = null;
    const channel = shownIn(this.part);
    if (isForum(channel)) return fill(box);
    if (!this.shownFor.includes(" writes ")) return fill(box, this.at && state.me ? h("div", { class: "composer-closed" }, t("mayNotWrite")) : null);
    const to = isNew(this.part);
    const name = to ? nameOf(userOf(to)) : titleOf(channel);
    const hint = place.guild === HOME ? t("writeTo", `@${name}`) : isThread(channel) ? t("writeTo", name) : t("writeTo", `#${name}`);
    const listId = `complete-${this.root.id}`;
    const field = h("textarea", { rows: "1", placeholder: hint, "aria-label": hint, maxlength: String(LONGEST), role: "combobox", "aria-expanded": "false",
      "aria-controls": listId, "aria-autocomplete": "list", enterkeyhint: "send" });
    field.value = drafts.get(this.at) ?? "";
    const list = h("div", { class: "complete", id: listId, role: "listbox", hidden: true });
    const picker = h("input", { type: "file", multiple: true, hidden: true, on: { change: () => {
      this.addFiles(picker.files);
      picker.value = "";
    } } });
    fill(box, list, h("div", { class: "reply-to", hidden: true }), h("div", { class: "writing" },
      h("div", { class: "tray", hidden: true }),
      h("div", { class: "writing-line" },
        iconButton(icon("plus", 22), t("attach"), () => picker.click(), { class: "attach" }), picker, field,
        iconButton(icon("smile", 22), t("emoji"), (event) => {
          const place = event.currentTarget.getBoundingClientRect();
          emojiPicker({ x: place.right, y: place.top - 8, right: true, above: true }, (emoji) => {
            field.setRangeText(emoji.includes(":") ? `:${emoji.split(":")[0]}:` : emoji, field.selectionStart, field.selectionEnd, "end");
            field.focus();
            field.dispatchEvent(new Event("input"));
          });
        }),
        iconButton(icon("send", 22), t("send"), () => this.send(field), { class: "send", data: { action: "send" } }))),
    h("div", { class: "typing", "aria-live": "polite" }));
    this.completion = new Completion(field, list, this.part, (command) => this.startCommand(command));
    this.wire(field);
    this.showTyping();
    // Whoever comes to a place with a keyboard at hand may write at once; what changes beside them takes nothing away.
    if (matchMedia("(hover: hover)").matches && (moved || had)) field.focus({ preventScroll: true });
  }

  wire(field) {
    const size = () => {
      field.style.setProperty("height", "auto");
      field.style.setProperty("height", `${Math.min(field.scrollHeight, innerHeight * 0.4)}px`);
      field.closest(".writing").classList.toggle("has-text", Boolean(field.value.trim()));
    };
    field.addEventListener("input", () => {
      drafts.set(this.at, field.value);
      size();
      this.tellTyping(field.value);
    });
    field.addEventListener("keydown", (event) => {
      if (this.completion.key(event)) return event.preventDefault();
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.send(field);
      } else if (event.key === "Escape" && this.answered) {
        event.preventDefault();
        this.answered = null;
        this.showReply();
      } else if (event.key === "ArrowUp" && !field.value) {
        const own = messagesOf(this.at).findLast((one) => one.author.id === state.me.id && [0, 19].includes(one.type));
        if (own) {
          event.preventDefault();
          bus.edit(own);
        }
      }
    });
    field.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.addFiles(event.clipboardData.files);
    });
    requestAnimationFrame(size);
  }

  tellTyping(text) {
    if (!text || text.startsWith("/") || Date.now() - this.typedAt < 8000 || isNew(this.part)) return;
    this.typedAt = Date.now();
    act("type", { channel: this.at });
  }

  async send(field) {
    const text = withEmoji(field.value.trim());
    if (!text && !this.files.length) return;
    if ([...text].length > LONGEST) return toast(t("tooLong", LONGEST), "bad");
    const channel = this.at;
    const kept = { value: field.value, files: this.files, answered: this.answered };
    const sent = {
      ...whereOf(this.part),
      content: text,
      reply_to: this.answered?.id,
      ping: this.answered ? find(".reply-to input", this.box)?.checked : undefined,
      files: await Promise.all(this.files.map(async ({ file }) => ({ name: file.name, base64: await base64(file), content_type: file.type || undefined }))),
    };
    // The field is free again at once; what was refused comes back into it.
    field.value = "";
    drafts.delete(channel);
    this.files = [];
    this.answered = null;
    this.typedAt = 0;
    this.showTray();
    this.showReply();
    field.dispatchEvent(new Event("input"));
    const made = await act("say", sent);
    if (!made && this.at === channel && !field.value) {
      this.files = kept.files;
      this.answered = kept.answered;
      field.value = kept.value;
      this.showTray();
      this.showReply();
      field.dispatchEvent(new Event("input"));
    } else if (made && sent.dm && state.channel.has(made.channel_id)) go(made.channel_id, HOME);
  }

  addFiles(list) {
    if (this.at && !isNew(this.part) && !may(this.at, RIGHTS.attach)) return toast(t("mayNotAttach"), "bad");
    for (const file of list) {
      if (this.files.length >= 10) {
        toast(t("tooManyFiles"), "bad");
        break;
      }
      this.files.push({ file, url: file.type.startsWith("image/") ? URL.createObjectURL(file) : null });
    }
    this.showTray();
    this.field?.focus();
  }

  showTray() {
    const tray = find(".tray", this.box);
    if (!tray) return;
    tray.hidden = !this.files.length;
    fill(tray, this.files.map((one, index) => h("div", { class: "tray-file" },
      one.url ? h("img", { src: one.url, alt: "" }) : fileSign(),
      h("span", { class: "tray-name" }, one.file.name), h("small", {}, bytes(one.file.size)),
      iconButton(icon("close", 16), t("remove"), () => {
        if (one.url) URL.revokeObjectURL(one.url);
        this.files.splice(index, 1);
        this.showTray();
      }))));
  }

  showReply() {
    const box = find(".reply-to", this.box);
    if (!box) return;
    box.hidden = !this.answered;
    if (!this.answered) return fill(box);
    const guild = shownIn(this.part)?.guild_id;
    fill(box, h("span", {}, t("replyingTo", h("b", {}, nameOf(this.answered.author, guild)))), h("span", { class: "grow" }),
      h("label", { class: "ping" }, h("input", { type: "checkbox", checked: true }), t("ping")),
      iconButton(icon("close", 16), t("cancel"), () => {
        this.answered = null;
        this.showReply();
      }));
  }

  startCommand(command) {
    drafts.delete(this.at);
    fill(this.box, commandBar(command, this.part, () => this.show()));
  }

  showTyping() {
    const box = find(".typing", this.box);
    if (!box) return;
    const now = Date.now() + state.skew;
    const newest = new Map();
    for (const message of state.message.get(this.at)?.values() ?? []) {
      newest.set(message.author.id, Math.max(newest.get(message.author.id) ?? 0, Date.parse(message.timestamp)));
    }
    const active = (state.typing.get(this.at) ?? []).filter((one) => now - one.at < 10000 && (newest.get(one.user) ?? 0) < one.at);
    const names = [...new Set(active.map((one) => nameOf(userOf(one.user), shownIn(this.part)?.guild_id)))];
    const key = names.join();
    if (box.dataset.names === key) return;
    box.dataset.names = key;
    fill(box, names.length ? [h("span", { class: "dots" }, h("i"), h("i"), h("i")), h("span", {}, t("typing", names))] : null);
  }
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
