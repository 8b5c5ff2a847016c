// A handful of emoji with their names, for completion and for the picker.

import { h } from "./dom.js";
import { state } from "./state.js";
import { place } from "./route.js";
import { openLayer } from "./layers.js";
import { t } from "./words.js";

const LISTED = `😀 grinning|😄 smile|😁 grin|😆 laughing|😂 joy|🤣 rofl|🙂 slight_smile|😉 wink|😊 blush|😇 innocent|🥰 smiling_hearts|😍 heart_eyes|😘 kiss|😋 yum|😜 winking_tongue|🤔 thinking|🤨 raised_eyebrow|😐 neutral|😏 smirk|🙄 rolling_eyes|😴 sleeping|😎 sunglasses|🤓 nerd|🥳 partying|😕 confused|😟 worried|😮 open_mouth|😳 flushed|🥺 pleading|😢 cry|😭 sob|😱 scream|😤 triumph|😡 rage|🤯 exploding_head|🤖 robot|👻 ghost|💩 poop|👋 wave|👌 ok_hand|✌️ v|🤞 crossed_fingers|👍 thumbsup|👎 thumbsdown|👏 clap|🙌 raised_hands|🙏 pray|💪 muscle|👀 eyes|🧠 brain|❤️ heart|🧡 orange_heart|💛 yellow_heart|💚 green_heart|💙 blue_heart|💜 purple_heart|💔 broken_heart|✨ sparkles|⭐ star|🌟 star2|🔥 fire|💥 boom|💯 100|🎉 tada|🎊 confetti_ball|🎁 gift|🏆 trophy|🥇 first_place|🎵 musical_note|🎨 art|🎮 video_game|📌 pushpin|📎 paperclip|📝 memo|📚 books|📅 calendar|💡 bulb|🔧 wrench|🔨 hammer|⚙️ gear|🔒 lock|🔑 key|🔍 mag|💻 computer|📱 iphone|🐛 bug|🦀 crab|🐍 snake|🐱 cat|🐶 dog|🦊 fox|🐼 panda|🐸 frog|🦄 unicorn|🐢 turtle|🐙 octopus|🦋 butterfly|🌸 cherry_blossom|🌻 sunflower|🌳 deciduous_tree|🌊 ocean|🌍 earth_africa|🌙 crescent_moon|☀️ sunny|🌧️ rain_cloud|⛄ snowman|⚡ zap|🍎 apple|🍌 banana|🍓 strawberry|🍕 pizza|🍔 hamburger|🍣 sushi|🍜 ramen|🍙 rice_ball|🍰 cake|🍪 cookie|☕ coffee|🍵 tea|🍺 beer|🚀 rocket|✈️ airplane|🚗 red_car|🚲 bike|🏠 house|🗻 mount_fuji|🗾 japan|✅ white_check_mark|❌ x|⚠️ warning|❓ question|❗ exclamation|➕ heavy_plus_sign|🔁 repeat|⏰ alarm_clock|💬 speech_balloon|💤 zzz`
  .split("|").map((one) => {
    const at = one.lastIndexOf(" ");
    return { text: one.slice(0, at), name: one.slice(at + 1) };
  });

/** The emoji whose names have these letters; those of the guild first. */
export function emojiNamed(part) {
  const wanted = part.toLowerCase();
  const own = (state.guild.get(place.guild)?.emojis ?? []).map((one) => ({ name: one.name, id: one.id }));
  const fit = [...own, ...LISTED].filter((one) => one.name.toLowerCase().includes(wanted));
  return fit.sort((a, b) => Number(b.name.startsWith(wanted)) - Number(a.name.startsWith(wanted)));
}

/** The text with `:names:` as emoji. */
export function withEmoji(text) {
  return text.replace(/(?<![<\w])(a?):(\w{2,32}):(?!\d)/g, (whole, _, name) => {
    const found = emojiNamed(name).find((one) => one.name === name);
    return found ? (found.id ? `<:${found.name}:${found.id}>` : found.text) : whole;
  });
}

/** Lets one be picked. `picked` gets `👍` or `name:id`. */
export function emojiPicker(at, picked) {
  const grid = h("div", { class: "emoji-grid", role: "listbox" });
  const show = (part) => grid.replaceChildren(...emojiNamed(part).map((one) => h("button", {
    type: "button", role: "option", title: `:${one.name}:`, "aria-label": one.name,
    on: { click: () => {
      close();
      picked(one.id ? `${one.name}:${one.id}` : one.text);
    } } }, one.id ? h("img", { class: "emoji", src: `/emojis/${one.id}.png`, alt: "" }) : one.text)));
  const search = h("input", { type: "search", placeholder: t("searchEmoji"), "aria-label": t("searchEmoji"), on: {
    input: () => show(search.value.trim()),
    keydown: (event) => {
      if (event.key === "Enter") grid.querySelector("button")?.click();
      else if (event.key === "ArrowDown") grid.querySelector("button")?.focus();
      else return;
      event.preventDefault();
    },
  } });
  const box = h("div", { class: "menu picker", role: "dialog" }, search, grid);
  show("");
  const close = openLayer(box, { at, label: t("emoji") });
}
