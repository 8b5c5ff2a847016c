// Syntax colours: comments, strings, numbers, keywords and names of functions, told apart well enough for chat.

import { h } from "./dom.js";

const C_LIKE = { line: "//", block: ["/*", "*/"], quotes: "\"'`" };
const words = (text) => new Set(text.split(" "));

const LANGUAGES = {
  js: { ...C_LIKE, keywords: words("async await break case catch class const continue debugger default delete do else export extends finally for from function get if import in instanceof interface let new null of return set static super switch this throw try type typeof undefined true false var void while with yield enum implements private public readonly as") },
  rust: { line: "//", block: ["/*", "*/"], quotes: "\"", keywords: words("as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while Some None Ok Err") },
  python: { line: "#", quotes: "\"'", triple: true, keywords: words("and as assert async await break class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return True try while with yield self") },
  c: { ...C_LIKE, quotes: "\"'", keywords: words("auto bool break case catch char class const constexpr continue default delete do double else enum explicit extern false float for friend goto if include inline int long namespace new nullptr operator private protected public return short signed sizeof static struct switch template this throw true try typedef typename union unsigned using virtual void volatile while define ifdef ifndef endif string") },
  java: { ...C_LIKE, quotes: "\"'", keywords: words("abstract boolean break byte case catch char class const continue data default do double else enum extends final finally float for fun if implements import in instanceof int interface internal is long namespace native new null object override package private protected public readonly return sealed short static string super suspend switch this throw throws true false try using val var void volatile when while") },
  go: { ...C_LIKE, keywords: words("break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false string int int64 error bool byte") },
  shell: { line: "#", quotes: "\"'", keywords: words("if then else elif fi for while do done case esac function in return exit export local set echo cd sudo apt cargo git npm docker curl") },
  sql: { line: "--", block: ["/*", "*/"], quotes: "'\"", insensitive: true, keywords: words("select from where and or not insert into values update set delete create table index view join left right inner outer on group by order having limit offset as distinct union all null is in like between primary key foreign references default begin commit rollback with case when then else end integer text") },
  json: { quotes: "\"", keywords: words("true false null") },
  toml: { line: "#", quotes: "\"'", keywords: words("true false yes no null on off") },
  css: { block: ["/*", "*/"], quotes: "\"'", keywords: words("important var calc media import keyframes from to") },
  html: { block: ["<!--", "-->"], quotes: "\"'", keywords: words("div span p a img html head body script style link meta title ul ol li h1 h2 h3 button input form class id href src DOCTYPE") },
};

const OTHER_NAMES = {
  javascript: "js", ts: "js", typescript: "js", jsx: "js", tsx: "js", mjs: "js", rs: "rust", py: "python", rb: "python", ruby: "python",
  cpp: "c", "c++": "c", h: "c", hpp: "c", cs: "java", "c#": "java", csharp: "java", kotlin: "java", kt: "java", swift: "java",
  scala: "java", php: "js", dart: "java", golang: "go", sh: "shell", bash: "shell", zsh: "shell", console: "shell", fish: "shell",
  dockerfile: "shell", makefile: "shell", yaml: "toml", yml: "toml", ini: "toml", xml: "html", svg: "html", scss: "css", less: "css",
  jsonc: "json", lua: "sql", elixir: "python", zig: "rust",
};

/** The text with its colours, as nodes. A language that isn't known stays plain. */
export function highlight(text, name) {
  if (name === "diff") return diff(text);
  const language = LANGUAGES[OTHER_NAMES[name] ?? name];
  return language ? tokens(text, language) : text;
}

function diff(text) {
  return text.split("\n").map((line, index) => {
    const kind = line[0] === "+" ? "added" : line[0] === "-" ? "removed" : line.startsWith("@@") ? "comment" : null;
    const shown = (index ? "\n" : "") + line;
    return kind ? h("span", { class: `code-${kind}` }, shown) : shown;
  });
}

function tokens(text, language) {
  const nodes = [];
  let plain = "";
  let at = 0;
  const push = (kind, length) => {
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(h("span", { class: `code-${kind}` }, text.slice(at, at + length)));
    at += length;
  };
  const upTo = (end, from) => {
    const found = text.indexOf(end, from);
    return (found < 0 ? text.length : found + end.length) - at;
  };
  while (at < text.length) {
    const one = text[at];
    if (language.line && text.startsWith(language.line, at)) {
      const end = text.indexOf("\n", at);
      push("comment", (end < 0 ? text.length : end) - at);
    } else if (language.block && text.startsWith(language.block[0], at)) {
      push("comment", upTo(language.block[1], at + language.block[0].length));
    } else if (language.triple && (text.startsWith('"""', at) || text.startsWith("'''", at))) {
      push("string", upTo(text.slice(at, at + 3), at + 3));
    } else if (language.quotes.includes(one)) {
      push("string", stringLength(text, at, one));
    } else if (/[0-9]/.test(one) && !/\w/.test(text[at - 1] ?? "")) {
      push("number", /^[\d_.]*(?:[xXbBoO][\da-fA-F_]+)?[\w]*/.exec(text.slice(at))[0].length || 1);
    } else if (/[\p{L}_$@]/u.test(one)) {
      const word = /^[\p{L}\p{N}_$@!?-]*/u.exec(text.slice(at))[0].replace(/[!?-]+$/, "").split("-")[0] || one;
      const asked = language.insensitive ? word.toLowerCase() : word;
      const follows = text[at + word.length];
      if (language.keywords.has(asked)) push("keyword", word.length);
      else if (follows === "(" || (follows === "!" && text[at + word.length + 1] === "(")) push("function", word.length);
      else if (/^[A-Z]\w*[a-z]/.test(word)) push("type", word.length);
      else {
        plain += word;
        at += word.length;
      }
    } else {
      plain += one;
      at += 1;
    }
  }
  if (plain) nodes.push(plain);
  return nodes;
}

/** How long the string is that begins here; one that isn't closed ends with its line. */
function stringLength(text, at, quote) {
  for (let end = at + 1; end < text.length; end += 1) {
    if (text[end] === "\\") end += 1;
    else if (text[end] === quote) return end + 1 - at;
    else if (text[end] === "\n" && quote !== "`") return end - at;
  }
  return text.length - at;
}
