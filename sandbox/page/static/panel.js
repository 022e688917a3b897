/** Behind the scenes: what the bot does underneath, and how to get in its way. */
import { control } from "./api.js";
import { refreshBot } from "./bot.js";
import { fill, h, uniqueId } from "./dom.js";
import { icon } from "./icons.js";
import { bot } from "./panel/bot.js";
import { breaking } from "./panel/breaking.js";
import { counts } from "./panel/counts.js";
import { exports } from "./panel/exports.js";
import { jobs } from "./panel/jobs.js";
import { journal } from "./panel/journal.js";
import { complain } from "./notice.js";
import { number } from "./text/format.js";
import { listen, openThread, workspace } from "./workspace.js";

const KEY = "sandbox.panel";
const WIDE = "(min-width: 1180px)";
const BESIDE_A_CONVERSATION = "(min-width: 760px)";
const BESIDE_A_THREAD = "(min-width: 1440px)";
const PAUSE = 300;

const aside = document.getElementById("panel");
const togglers = new Set();
const parts = {
  bot: bot(),
  breaking: breaking(),
  botify: counts("Requests to Botify"),
  slack: counts("Calls to Slack"),
  exports: exports(),
  jobs: jobs(),
  journal: journal(),
};
const totals = {
  botify: h("span", { class: "panel-count" }),
  slack: h("span", { class: "panel-count" }),
};
let due = null;
let madeRoom = false;

export const isOpen = () => !aside.hidden;

/** Calls back whenever the panel opens or closes, and once now. */
export function onToggle(callback) {
  togglers.add(callback);
  callback();
}

export function togglePanel() {
  if (aside.hidden && isCrowded()) openThread(null);
  show(aside.hidden, true);
}

/** Whether a thread stands where the panel would leave no room for the conversation. */
const isCrowded = () => workspace.thread && !window.matchMedia(BESIDE_A_THREAD).matches;

/** Opens it, unless it would cover the whole conversation. */
export function openPanel() {
  if (!aside.hidden || !window.matchMedia(BESIDE_A_CONVERSATION).matches) return;
  if (isCrowded()) openThread(null);
  show(true);
}

/** Goes away for a thread that needs the room, and comes back when the thread is closed. */
export function makeRoom(forThread) {
  if (forThread && isOpen() && isCrowded()) {
    show(false);
    madeRoom = true;
  } else if (!forThread && madeRoom) show(true);
}

function show(open, byHand = false) {
  aside.hidden = !open;
  madeRoom = false;
  document.getElementById("page").classList.toggle("with-panel", open);
  if (byHand) window.localStorage.setItem(KEY, open ? "open" : "closed");
  for (const callback of togglers) callback();
  if (open) update();
  if (byHand && open) aside.querySelector("button")?.focus();
  if (byHand && !open) document.querySelector(".panel-toggle")?.focus();
}

/** Reads everything again, soon and once for many events. */
function update() {
  if (aside.hidden) return;
  due ??= window.setTimeout(async () => {
    due = null;
    try {
      await read();
    } catch (error) {
      complain(error.message);
    }
  }, PAUSE);
}

async function read() {
  const [asked, botify] = await Promise.all([
    control.counts(),
    control.botify(),
    parts.journal.refresh(),
    refreshBot(),
    parts.breaking.refresh(),
  ]);
  fill(totals.botify, number(parts.botify.show({ ...asked.botify, ...asked.files })));
  fill(totals.slack, number(parts.slack.show(asked.slack)));
  parts.jobs.show(botify);
}

function fold(title, count, open, ...content) {
  const id = uniqueId("fold");
  return h(
    "details",
    { class: "panel-part", open, "aria-labelledby": id },
    h("summary", { id }, icon("down", 15), h("h3", {}, title), count),
    content,
  );
}

export function start() {
  fill(
    aside,
    h(
      "header",
      { class: "conversation-header" },
      h(
        "div",
        { class: "conversation-words" },
        h("h2", { class: "conversation-title" }, "Behind the scenes"),
        h("p", { class: "conversation-facts" }, "What the bot does, and ways to trip it up"),
      ),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Close panel",
          on: { click: togglePanel },
        },
        icon("close"),
      ),
    ),
    h(
      "div",
      { class: "panel-scroller" },
      parts.bot.node,
      fold("Exports", parts.exports.count, true, parts.exports.node),
      fold("Requests to Botify", totals.botify, true, parts.jobs.node, parts.botify.node),
      fold("Calls to Slack", totals.slack, true, parts.slack.node),
      fold("Break something", parts.breaking.count, true, parts.breaking.node),
      fold("Everything, as it happens", null, false, parts.journal.node),
    ),
  );
  aside.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) show(false, true);
  });
  listen((event) => {
    if (event.type === "journal" && event.entry) parts.journal.take(event.entry);
    if (event.type === "reset") parts.journal.clear();
    if (["journal", "connection", "reset", "hello"].includes(event.type)) update();
  });
  const kept = window.localStorage.getItem(KEY);
  const wanted = kept
    ? kept === "open" && window.matchMedia(BESIDE_A_CONVERSATION).matches
    : window.matchMedia(WIDE).matches;
  show(wanted && !isCrowded());
  madeRoom = wanted && !isOpen();
}
