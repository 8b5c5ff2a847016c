// Every sentence of the page, in English here and in Japanese in words_ja.js, and how moments and sizes are written.

import { ja } from "./words_ja.js";
import { en } from "./words_en.js";

const TABLES = { en, ja };
const DEFAULTS = { theme: "auto", lang: "auto" };
const listeners = [];

/** What was chosen: the address first (`?lang=ja&theme=light`), then what the browser remembers. */
export function chosen(setting) {
  return new URLSearchParams(location.search).get(setting) ?? localStorage.getItem(`kaiwa.${setting}`) ?? DEFAULTS[setting];
}

/** Chooses a language or a light. */
export function choose(setting, value) {
  localStorage.setItem(`kaiwa.${setting}`, value);
  const url = new URL(location.href);
  url.searchParams.delete(setting);
  history.replaceState(history.state, "", url);
  applyChoices();
  listeners.forEach((one) => one());
}

export const onChoice = (listener) => listeners.push(listener);

/** The language of the page. */
export function language() {
  const wanted = chosen("lang");
  if (wanted in TABLES) return wanted;
  return navigator.language.startsWith("ja") ? "ja" : "en";
}

const systemIsLight = matchMedia("(prefers-color-scheme: light)");

/** Puts language and light onto the page. */
export function applyChoices() {
  const theme = chosen("theme");
  document.documentElement.lang = language();
  document.documentElement.dataset.theme = ["dark", "light"].includes(theme) ? theme : systemIsLight.matches ? "light" : "dark";
}

systemIsLight.addEventListener("change", applyChoices);

/** A sentence. Parts may be elements: then a list comes back. */
export function t(key, ...parts) {
  const found = TABLES[language()][key] ?? en[key];
  return typeof found === "function" ? found(...parts) : found ?? key;
}

const format = (date, options) => new Intl.DateTimeFormat(language(), options).format(date);

/** 14:05 */
export const clock = (date) => format(date, { hour: "numeric", minute: "2-digit" });

/** 14:05:09.123 */
export const clockSeconds = (date) => format(date, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });

/** November 27, 2026 */
export const day = (date) => format(date, { dateStyle: "long" });

/** Today by its time, others by their date. */
export function moment(date) {
  const today = day(date) === day(new Date());
  return today ? t("todayAt", clock(date)) : format(date, { dateStyle: "short", timeStyle: "short" });
}

/** 12.3 kB */
export function bytes(count) {
  const units = ["byte", "kilobyte", "megabyte"];
  const step = Math.min(2, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return new Intl.NumberFormat(language(), { style: "unit", unit: units[step], unitDisplay: step ? "short" : "long", maximumFractionDigits: 1 }).format(count / 1000 ** step);
}
