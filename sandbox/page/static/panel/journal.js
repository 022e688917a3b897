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

/** What was broken on purpose, in words. */
const STRUCK = {
  drop: "the connection dropped",
  empty: "an empty answer",
  garbage: "an answer that is no JSON",
  html: "a web page as the answer",
  lost: "the answer was lost",
  ratelimit: "too many requests",
  redirect: "sent elsewhere",
  refuse: "refused",
  reset: "the connection was reset",
  slow: "slowed down",
  status: "failed",
  truncate: "cut off",
  wrong_length: "cut off",
};

/** A method may be broken before its slashes and at its words. */
const breakable = (method) =>
  method.split(/(?<=\.)|(?=\/)|(?<=[a-z])(?=[A-Z])/).map((piece, at) => [at ? h("wbr") : null, piece]);

/** Why an answer is not the usual one, or null. */
function why({ error, fault }) {
  const struck = fault ? `broken on purpose: ${STRUCK[fault] ?? fault}` : null;
  const said = error && error !== fault ? `error ${error}` : null;
  return [said, struck].filter(Boolean).join(" · ") || null;
}

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
    const reason = why(entry);
    const looks = `entry ${wrong ? "entry-wrong" : ""} ${entry.fault ? "entry-struck" : ""}`;
    return h(
      "li",
      { class: looks, dataset: { entry: entry.number } },
      h("time", {}, clockSeconds(entry.time)),
      h(
        "span",
        { class: `entry-service entry-${entry.service}` },
        SERVICES[entry.service] ?? entry.service,
      ),
      h("span", { class: "entry-method" }, breakable(entry.method)),
      h("span", { class: "entry-status" }, String(entry.status ?? (reason ? "–" : "…"))),
      reason ? h("span", { class: "entry-why" }, reason) : null,
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
