/** The exports that the app's messages tell of, each in the words of its most telling message. */
import { fill, h } from "../dom.js";
import { mrkdwn } from "../text/mrkdwn.js";
import { watch } from "../workspace.js";

const ID = /Export `([0-9A-Z]{10})`/;
const SHOWN = 6;
/** Who no longer waits says nothing about the export, where somebody else has asked for it too. */
const LEFT = / stopped waiting for /;

/** `[id, text]` of each export whose messages this person sees, newest first. */
function seen({ app, messages }) {
  const own = Object.values(messages)
    .flat()
    .filter((message) => message.user === app?.bot_user_id && !message.files?.length)
    .toSorted((a, b) => Number(a.ts) - Number(b.ts));
  const texts = new Map();
  for (const { blocks, text } of own) {
    const [, id] = ID.exec(JSON.stringify(blocks ?? [])) ?? [];
    if (!id) continue;
    const before = texts.get(id);
    texts.delete(id);
    texts.set(id, before && LEFT.test(text) ? before : text);
  }
  return [...texts].toReversed();
}

/** The part of the panel that lists them. */
export function exports() {
  const list = h("ul", { class: "exports", role: "list", "aria-label": "Exports" });
  const empty = h("p", { class: "panel-hint" }, "None yet.");
  const count = h("span", { class: "panel-count" });
  const more = h("p", { class: "panel-hint exports-more", hidden: true });
  const node = h("div", {}, list, more, empty);
  let drawn = null;

  watch(({ state }) => {
    if (!state) return;
    const found = seen(state);
    if (JSON.stringify(found) === drawn) return;
    drawn = JSON.stringify(found);
    empty.hidden = found.length > 0;
    fill(count, found.length ? String(found.length) : null);
    const earlier = found.length - SHOWN;
    more.hidden = earlier <= 0;
    fill(more, `and ${earlier} earlier ${earlier === 1 ? "one" : "ones"}`);
    fill(
      list,
      found
        .slice(0, SHOWN)
        .map(([id, text]) =>
          h(
            "li",
            { class: "export", dataset: { export: id } },
            h("span", { class: "export-id" }, id),
            h("span", { class: "export-state" }, mrkdwn(text)),
          ),
        ),
    );
  });
  return { node, count };
}
