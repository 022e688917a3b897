/** Every request as it happens, the newest on top. */
import { control } from "../api.js";
import { fill, h } from "../dom.js";
import { clockSeconds } from "../text/format.js";

const KEPT = 120;
const SERVICES = {
  all: "All",
  botify: "Botify",
  slack: "Slack",
  files: "Files",
  socket: "Socket",
  bot: "Bot",
};

/** The live list; `take(entry)` adds or completes an entry, `refresh()` reads what is missing. */
export function journal() {
  const entries = new Map();
  let shown = "all";
  let last = 0;
  const list = h("ol", {
    class: "journal",
    role: "list",
    tabindex: 0,
    "aria-label": "Requests, newest first",
  });
  const choice = h(
    "div",
    { class: "journal-filter", role: "radiogroup", "aria-label": "Which requests" },
    Object.entries(SERVICES).map(([service, name]) =>
      h(
        "label",
        {},
        h("input", {
          type: "radio",
          name: "journal-service",
          checked: service === shown,
          on: {
            change: () => {
              shown = service;
              draw();
            },
          },
        }),
        name,
      ),
    ),
  );
  const empty = h("p", { class: "panel-hint" }, "Nothing yet. Type the command and watch.");
  const node = h("div", {}, choice, empty, list);

  function line(entry) {
    const wrong = entry.error || (entry.status ?? 0) >= 400;
    const answer = entry.error ?? entry.status ?? "…";
    return h(
      "li",
      { class: `entry ${wrong ? "entry-wrong" : ""}`, dataset: { entry: entry.number } },
      h("time", {}, clockSeconds(entry.time)),
      h(
        "span",
        { class: `entry-service entry-${entry.service}` },
        SERVICES[entry.service] ?? entry.service,
      ),
      h("span", { class: "entry-method" }, entry.method),
      h(
        "span",
        { class: "entry-status" },
        String(answer),
        entry.fault ? h("span", { class: "entry-fault" }, ` ${entry.fault}`) : null,
      ),
    );
  }

  function draw() {
    const chosen = [...entries.values()]
      .filter((entry) => shown === "all" || entry.service === shown)
      .slice(-KEPT)
      .toReversed();
    empty.hidden = chosen.length > 0;
    list.hidden = chosen.length === 0;
    fill(list, chosen.map(line));
  }

  function take(entry) {
    entries.set(entry.number, entry);
    last = Math.max(last, entry.number);
    while (entries.size > KEPT * 3) entries.delete(entries.keys().next().value);
  }
  return {
    node,
    take,
    draw,
    clear() {
      entries.clear();
      draw();
    },
    async refresh() {
      for (const entry of await control.journal(last)) take(entry);
      draw();
    },
  };
}
