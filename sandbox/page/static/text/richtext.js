/** Rich text blocks: sections, lists, quotes, preformatted text, and their inline elements. */
import { h } from "../dom.js";
import { emoji } from "./emoji.js";
import { dateText } from "./format.js";
import { channel, link, person } from "./mrkdwn.js";

const INLINE = {
  text: (e) => e.text.split("\n").flatMap((line, i) => (i ? [h("br"), line] : [line])),
  link: (e) => link(e.url, e.text ?? e.url),
  user: (e) => person(e.user_id),
  channel: (e) => channel(e.channel_id),
  usergroup: (e) => h("span", { class: "mention" }, `@${e.usergroup_id}`),
  broadcast: (e) => h("span", { class: "mention mention-loud" }, `@${e.range}`),
  emoji: (e) =>
    h(
      "span",
      { class: "emoji", role: "img", "aria-label": e.name.replaceAll("_", " ") },
      emoji(e.name) ?? `:${e.name}:`,
    ),
  date: (e) => h("time", {}, dateText(e.timestamp, e.format ?? "{date_num}", e.fallback)),
  color: (e) => h("code", { class: "code" }, e.value),
};

const STYLES = [
  ["code", "code"],
  ["bold", "strong"],
  ["italic", "em"],
  ["strike", "s"],
  ["underline", "u"],
];

function inline(elements = []) {
  return elements.flatMap((element) => {
    let nodes = [INLINE[element.type]?.(element) ?? element.text ?? ""].flat();
    for (const [style, tag] of STYLES) {
      if (element.style?.[style]) nodes = [h(tag, tag === "code" ? { class: "code" } : {}, nodes)];
    }
    return nodes;
  });
}

const PARTS = {
  rich_text_section: (e) => h("div", { class: "rich-section" }, inline(e.elements)),
  rich_text_quote: (e) => h("blockquote", { class: "quote" }, inline(e.elements)),
  rich_text_preformatted: (e) =>
    h(
      "pre",
      { class: "code-block", tabindex: 0, role: "group", "aria-label": "Code" },
      h("code", {}, inline(e.elements)),
    ),
  rich_text_list: (e) => {
    const list = h(
      e.style === "ordered" ? "ol" : "ul",
      { class: "rich-list", start: e.offset ? e.offset + 1 : null },
      (e.elements ?? []).map((item) => h("li", {}, inline(item.elements))),
    );
    list.style.setProperty("--indent", e.indent ?? 0);
    return list;
  },
};

/** The parts of a rich_text block (or of a task's details) as nodes. */
export function richText(block) {
  return (block?.elements ?? []).map(
    (part) => PARTS[part.type]?.(part) ?? h("div", {}, inline([part])),
  );
}
