/** The exports that the app's messages tell of, each in the words of its newest progress message. */
import { fill, h } from "../dom.js";
import { mrkdwn } from "../text/mrkdwn.js";
import { watch } from "../workspace.js";

const ID = /Export `([0-9A-Z]{10})`/;
const SHOWN = 6;

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
    texts.delete(id);
    texts.set(id, text);
  }
  return [...texts].toReversed();
}

/** The part of the panel that lists them. */
export function exports() {
  const list = h("ul", { class: "exports", role: "list", "aria-label": "Exports" });
  const empty = h("p", { class: "panel-hint" }, "None yet.");
  const count = h("span", { class: "panel-count" });
  const node = h("div", {}, list, empty);
  let drawn = null;

  watch(({ state }) => {
    if (!state) return;
    const found = seen(state);
    if (JSON.stringify(found) === drawn) return;
    drawn = JSON.stringify(found);
    empty.hidden = found.length > 0;
    fill(count, found.length ? String(found.length) : null);
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
