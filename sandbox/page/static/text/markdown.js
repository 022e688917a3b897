/** Standard Markdown, as far as a markdown block uses it, as document nodes. */
import { h } from "../dom.js";
import { emoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

/** Renders Markdown; returns an array of nodes. */
export function markdown(source) {
  return blocks(
    String(source ?? "")
      .replaceAll("\r\n", "\n")
      .split("\n"),
  );
}

const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;

function blocks(lines) {
  const nodes = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const fence = /^\s*(`{3,}|~{3,})/.exec(line);
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (line.trim() === "") {
      at += 1;
    } else if (fence) {
      const end = lines.findIndex((l, i) => i > at && l.trim().startsWith(fence[1]));
      const stop = end < 0 ? lines.length : end;
      nodes.push(
        h(
          "pre",
          { class: "code-block", tabindex: 0, role: "group", "aria-label": "Code" },
          h("code", {}, lines.slice(at + 1, stop).join("\n")),
        ),
      );
      at = stop + 1;
    } else if (heading) {
      nodes.push(
        h(
          "p",
          {
            class: `md-heading md-heading-${heading[1].length}`,
            role: "heading",
            "aria-level": Math.min(6, heading[1].length + 2),
          },
          inline(heading[2]),
        ),
      );
      at += 1;
    } else if (/^\s*([-*_])(?:\s*\1){2,}\s*$/.test(line)) {
      nodes.push(h("hr", { class: "divider" }));
      at += 1;
    } else if (/^\s*>/.test(line)) {
      const end = run(lines, at, (l) => /^\s*>/.test(l));
      nodes.push(
        h(
          "blockquote",
          { class: "quote" },
          blocks(lines.slice(at, end).map((l) => l.replace(/^\s*> ?/, ""))),
        ),
      );
      at = end;
    } else if (ITEM.test(line)) {
      const end = run(lines, at, (l) => ITEM.test(l) || /^\s{2,}\S/.test(l));
      nodes.push(list(lines.slice(at, end)));
      at = end;
    } else if (
      line.includes("|") &&
      /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? "")
    ) {
      const end = run(lines, at, (l) => l.includes("|"));
      nodes.push(table(lines.slice(at, end)));
      at = end;
    } else {
      const end = run(
        lines,
        at,
        (l, i) =>
          l.trim() !== "" && (i === at || (!/^(\s*(`{3,}|>)|#{1,6}\s)/.test(l) && !ITEM.test(l))),
      );
      nodes.push(
        h(
          "p",
          {},
          lines.slice(at, end).flatMap((l, i) => (i ? [h("br"), ...inline(l)] : inline(l))),
        ),
      );
      at = end;
    }
  }
  return nodes;
}

function run(lines, from, belongs) {
  let end = from + 1;
  while (end < lines.length && belongs(lines[end], end)) end += 1;
  return end;
}

function list(lines) {
  const depth = ITEM.exec(lines[0])[1].length;
  const ordered = /\d/.test(ITEM.exec(lines[0])[2]);
  const items = [];
  for (const line of lines) {
    const match = ITEM.exec(line);
    if (match && match[1].length <= depth) items.push({ text: match[3], below: [] });
    else items.at(-1).below.push(line.slice(Math.min(depth + 2, line.search(/\S/))));
  }
  return h(
    ordered ? "ol" : "ul",
    { class: "rich-list" },
    items.map(({ text, below }) => {
      const task = /^\[([ xX])\]\s+(.*)$/.exec(text);
      return h(
        "li",
        {},
        task ? [task[1] === " " ? "☐ " : "☑ ", inline(task[2])] : inline(text),
        below.length ? blocks(below) : null,
      );
    }),
  );
}

const cells = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());

function table(lines) {
  const align = cells(lines[1]).map((rule) =>
    rule.endsWith(":") ? (rule.startsWith(":") ? "center" : "right") : "left",
  );
  const row = (tag, line, scope) =>
    h(
      "tr",
      {},
      cells(line).map((cell, i) =>
        h(tag, { scope, class: `align-${align[i] ?? "left"}` }, inline(cell)),
      ),
    );
  return h(
    "div",
    { class: "table-frame", tabindex: 0, role: "group", "aria-label": "Table" },
    h(
      "table",
      { class: "table" },
      h("thead", {}, row("th", lines[0], "col")),
      h(
        "tbody",
        {},
        lines.slice(2).map((line) => row("td", line)),
      ),
    ),
  );
}

const INLINE = [
  [/`([^`]+)`/y, (m) => h("code", { class: "code" }, m[1])],
  [/\*\*(?=\S)(.+?\S?)\*\*/y, (m) => h("strong", {}, inline(m[1]))],
  [/__(?=\S)(.+?\S?)__/y, (m) => h("strong", {}, inline(m[1]))],
  [/~~(?=\S)(.+?)~~/y, (m) => h("s", {}, inline(m[1]))],
  [/\*(?=[^\s*])([^*]+)\*/y, (m) => h("em", {}, inline(m[1]))],
  [/(?<![\p{L}\p{N}])_(?=[^\s_])([^_]+)_(?![\p{L}\p{N}])/uy, (m) => h("em", {}, inline(m[1]))],
  [/!?\[([^\]]*)\]\(([^()\s]+)\)/y, (m) => link(m[2], inline(m[1]))],
  [/<(https?:\/\/[^>\s]+)>/y, (m) => link(m[1], m[1])],
  [/https?:\/\/[^\s<>)]*[^\s<>).,;:!?]/y, (m) => link(m[0], m[0])],
  [/:([a-z0-9_+-]+):/y, (m) => emoji(m[1])],
  [/\\([\\`*_{}[\]()#+\-.!|~>])/y, (m) => m[1]],
];

function inline(text) {
  const nodes = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    let made = null;
    for (const [pattern, make] of INLINE) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      // The recursion above moves lastIndex of the same expressions; the match holds its own place.
      made = match && { node: make(match), length: match[0].length };
      if (made?.node) break;
      made = null;
    }
    if (made) {
      nodes.push(plain, made.node);
      plain = "";
      at += made.length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  nodes.push(plain);
  return nodes.filter((node) => node !== "");
}
