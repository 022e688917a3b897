/**
 * Slack's mrkdwn as document nodes.
 *
 * The parser works in two passes, as the platform does: blocks (fences, quotes, lines) first,
 * inline marks within a line second. Every piece of foreign text ends in a text node.
 */
import { h } from "../dom.js";
import { emoji } from "./emoji.js";
import { dateText } from "./format.js";
import { channelName, personName } from "../names.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/** Undoes the three escapes that mrkdwn knows. */
export const unescape = (text) => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);

/** Only these may be followed from a message; a javascript: address stays text. */
export function safeAddress(address) {
  return /^(?:https?:\/\/|mailto:|tel:)/i.test(address) || /^\/(?!\/)/.test(address)
    ? address
    : null;
}

/** A link that leaves the page without handing it over. */
export function link(address, ...children) {
  const safe = safeAddress(address);
  if (!safe) return h("span", {}, ...children);
  return h(
    "a",
    { href: safe, target: "_blank", rel: "noopener noreferrer", class: "link" },
    ...children,
  );
}

/** Renders mrkdwn; returns an array of nodes. */
export function mrkdwn(source, { verbatim = false } = {}) {
  const nodes = [];
  const parts = String(source ?? "").split(/```/);
  parts.forEach((part, index) => {
    const closed = index % 2 === 1 && index < parts.length - 1;
    if (closed) {
      nodes.push(
        h(
          "pre",
          { class: "code-block", tabindex: 0, role: "group", "aria-label": "Code" },
          h("code", {}, fenced(part.replace(/^\n|\n$/g, ""))),
        ),
      );
      return;
    }
    const text = index % 2 === 1 ? `\`\`\`${part}` : part;
    const before = index > 0 ? text.replace(/^\n/, "") : text;
    nodes.push(...lines(index < parts.length - 1 ? before.replace(/\n$/, "") : before, verbatim));
  });
  return nodes;
}

/** In code, links show their address and nothing else is interpreted. */
function fenced(text) {
  return unescape(
    text.replace(
      /<((?:https?|mailto)[^|>]*)(?:\|([^>]*))?>/g,
      (_, address, label) => label ?? address,
    ),
  );
}

function lines(text, verbatim) {
  if (text === "") return [];
  const nodes = [];
  let quote = null;
  let needsBreak = false;
  const all = text.split("\n");
  for (let index = 0; index < all.length; index += 1) {
    const line = all[index];
    if (/^(?:&gt;){3}/.test(line)) {
      const rest = [line.replace(/^(?:&gt;){3} ?/, ""), ...all.slice(index + 1)].join("\n");
      nodes.push(h("blockquote", { class: "quote" }, lines(rest, verbatim)));
      return nodes;
    }
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(h("br"));
      else nodes.push((quote = h("blockquote", { class: "quote" })));
      quote.append(...inline(quoted[1], verbatim));
      needsBreak = false;
      continue;
    }
    quote = null;
    const item = /^(\s*)([•◦▪\-–*]|\d{1,3}[.)])\s+(\S.*)$/.exec(line);
    if (item) {
      nodes.push(
        h(
          "span",
          { class: "list-line" },
          h("span", { class: "list-mark" }, `${item[2]} `),
          h("span", {}, inline(item[3], verbatim)),
        ),
      );
      nodes.at(-1).style.setProperty("--indent", Math.floor(item[1].length / 2));
      needsBreak = false;
      continue;
    }
    if (needsBreak) nodes.push(h("br"));
    nodes.push(...inline(line, verbatim));
    needsBreak = true;
  }
  return nodes;
}

/** Left-to-right: the first alternative that matches at a position wins. */
const INLINE = [
  { pattern: /`([^`\n]+)`/y, make: (m) => h("code", { class: "code" }, fenced(m[1])) },
  { pattern: /<([^<>\n]+)>/y, make: (m, verbatim) => bracket(m[1], verbatim) },
  { pattern: /:([a-z0-9_+-]+):/y, make: (m) => picture(m[1]) },
  {
    pattern: /\*(?=\S)((?:[^*\n`]|`[^`\n]+`)*?\S)\*(?![\p{L}\p{N}*])/uy,
    edge: true,
    make: (m, v) => h("strong", {}, inline(m[1], v)),
  },
  {
    pattern: /_(?=\S)((?:[^_\n`<]|<[^>\n]*>|`[^`\n]+`|_(?=[\p{L}\p{N}]))*?\S)_(?![\p{L}\p{N}_])/uy,
    edge: true,
    make: (m, v) => h("em", {}, inline(m[1], v)),
  },
  {
    pattern: /~(?=\S)((?:[^~\n`]|`[^`\n]+`)*?\S)~(?![\p{L}\p{N}~])/uy,
    edge: true,
    make: (m, v) => h("s", {}, inline(m[1], v)),
  },
];

function inline(text, verbatim) {
  const nodes = [];
  let literal = "";
  const flush = () => {
    if (literal) nodes.push(document.createTextNode(unescape(literal)));
    literal = "";
  };
  for (let at = 0; at < text.length;) {
    const before = text[at - 1];
    const hit = first(text, at, before);
    const node = hit && hit.rule.make(hit.match, verbatim);
    if (node) {
      flush();
      nodes.push(...[node].flat());
      at += hit.match[0].length;
    } else {
      literal += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function first(text, at, before) {
  for (const rule of INLINE) {
    if (rule.edge && before && /[\p{L}\p{N}]/u.test(before)) continue;
    rule.pattern.lastIndex = at;
    const match = rule.pattern.exec(text);
    if (match) return { rule, match };
  }
  return null;
}

function picture(code) {
  const character = emoji(code);
  return character
    ? h("span", { class: "emoji", role: "img", "aria-label": code.replaceAll("_", " ") }, character)
    : null;
}

function bracket(content) {
  const [target, ...rest] = content.split("|");
  const label = rest.length ? unescape(rest.join("|")) : null;
  if (target.startsWith("@")) return person(target.slice(1), label);
  if (target.startsWith("#")) return channel(target.slice(1), label);
  if (target.startsWith("!date^")) {
    const [, unix, format, address] = target.split("^");
    const text = dateText(unix, format ?? "{date_num} {time}", label);
    const time = h("time", { datetime: isoTime(unix), title: isoTime(unix) }, text);
    return address ? link(unescape(address), time) : time;
  }
  if (target.startsWith("!subteam^")) return h("span", { class: "mention" }, label ?? "@group");
  if (target.startsWith("!"))
    return h("span", { class: "mention mention-loud" }, `@${label ?? target.slice(1)}`);
  const address = unescape(target);
  return safeAddress(address) ? link(address, label ?? address) : null;
}

/** A mention of a person. */
export function person(id, label) {
  return h(
    "span",
    { class: "mention", dataset: { user: id } },
    `@${personName(id) ?? label ?? id}`,
  );
}

/** A mention of a channel. */
export function channel(id, label) {
  return h(
    "a",
    { class: "mention", href: `?channel=${encodeURIComponent(id)}`, dataset: { channel: id } },
    `#${channelName(id) ?? label ?? id}`,
  );
}

function isoTime(unix) {
  const date = new Date(Number(unix) * 1000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

/** A text composition object ({type: mrkdwn|plain_text, text, emoji, verbatim}) as nodes. */
export function textObject(text) {
  if (!text) return [];
  if (typeof text === "string") return plain(text);
  if (text.type === "mrkdwn") return mrkdwn(text.text, { verbatim: text.verbatim });
  return plain(text.text, text.emoji !== false);
}

/** Plain text: line breaks kept, short codes drawn unless switched off. */
export function plain(text, emojis = true) {
  const nodes = [];
  String(text ?? "")
    .split("\n")
    .forEach((line, index) => {
      if (index) nodes.push(h("br"));
      if (!emojis) return nodes.push(line);
      let last = 0;
      for (const match of line.matchAll(/:([a-z0-9_+-]+):/g)) {
        const drawn = picture(match[1]);
        if (!drawn) continue;
        nodes.push(line.slice(last, match.index), drawn);
        last = match.index + match[0].length;
      }
      return nodes.push(line.slice(last));
    });
  return nodes;
}

/** The words of a text object, for labels and announcements. */
export function words(text) {
  if (!text) return "";
  const holder = h("span", {}, textObject(text));
  return holder.textContent.trim();
}
