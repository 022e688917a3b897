/**
 * The tour: five small steps, each done by doing it. It stands where nothing else stands, goes on
 * by itself when a step is done, and goes away for good when it is told to.
 */
import { bot, isConnected, watchBot } from "./bot.js";
import { compose } from "./composer.js";
import { fill, h, uniqueId } from "./dom.js";
import { icon } from "./icons.js";
import { attempt } from "./notice.js";
import { openPanel } from "./panel.js";
import { become, openChannel, watch, workspace } from "./workspace.js";

const KEY = "sandbox.tour";
const OVER = "over";
const WIDE = "(min-width: 760px)";
const HOME = "seo";
const SMALL = "/botify-export https://app.botify.com/acme-org/acme.com/";
const BIG = "/botify-export https://app.botify.com/acme-org/bigshop.example/";

/**
 * `done(now, then)` compares what is seen with what was seen when the step began; `possible` says
 * whether the step makes sense here.
 */
const STEPS = [
  {
    id: "price",
    title: "See the price first",
    text: "Type the command with a link from Botify and press Enter. A window opens and counts the rows. Looking costs nothing.",
    offer: "Type it for me",
    take: () => type(SMALL),
    done: (now) => now.isPriced,
  },
  {
    id: "export",
    title: "Press Export, once",
    text: "One message appears in the channel and keeps itself up to date. Then the file is there. You could have gone away meanwhile.",
    done: (now, then) => now.files > then.files,
  },
  {
    id: "plug",
    title: "Pull the plug",
    text: "Start a big export. While Botify is working, press Kill the bot under Behind the scenes, then start it again. It carries on where it was, and nothing is paid twice.",
    offer: "Type a big one",
    take: () => {
      openPanel();
      return type(BIG);
    },
    possible: () => bot.supervised !== false,
    done: (now, then) => now.returns > then.returns,
  },
  {
    id: "joined",
    title: "Two people, one export",
    text: "Ben wants the same. Be Ben, at the top, and type the same line: he joins the export that is running, or takes the file that is there. Credits are spent once.",
    offer: "Be Ben and type it",
    take: async () => {
      const colleague = humans()[1];
      if (colleague) await become(colleague.id);
      return type(BIG);
    },
    possible: () => humans().length > 1,
    done: (now, then) => now.forColleague > then.forColleague,
  },
  {
    id: "guard",
    title: "Look inside",
    text: "Press Open beside a file. Some cells begin with an apostrophe: a spreadsheet would have run them as formulas, and now it cannot.",
    done: (now) => now.guarded > 0,
  },
];
const END = {
  id: "end",
  title: "That was the tour",
  text: "Now trip it up: under Behind the scenes you can make Botify slow, lose Slack's answers, or cut the file off.",
};

const card = document.getElementById("tour");
const togglers = new Set();
let step = null;
let then = null;
let guarded = 0;

const humans = () => (workspace.state?.people ?? []).filter((person) => !person.is_bot);

async function type(line) {
  const home = workspace.state.channels.find((channel) => channel.name === HOME);
  if (home) openChannel(home.id);
  compose(line);
}

/** What can be seen of what the steps ask for. */
function look() {
  const { state } = workspace;
  const messages = Object.values(state?.messages ?? {}).flat();
  const mention = `<@${humans()[1]?.id}>`;
  return {
    isPriced: (state?.views ?? []).some((view) =>
      /\d credits?\b/.test(JSON.stringify(view.blocks)),
    ),
    files: messages.filter((message) => message.files?.length).length,
    forColleague: messages.filter(({ text, blocks }) =>
      JSON.stringify([text, blocks]).includes(mention),
    ).length,
    returns: isConnected() ? bot.returns : 0,
    guarded,
  };
}

export const isOpen = () => step !== null;

/** Calls back whenever the tour opens or closes, and once now. */
export function onToggle(callback) {
  togglers.add(callback);
  callback();
}

/** Begins the tour, or ends it. */
export function toggleTour() {
  enter(isOpen() ? null : STEPS[0]);
}

function enter(next) {
  const wasOpen = isOpen();
  step = next;
  then = look();
  guarded = 0;
  window.localStorage.setItem(KEY, !step || step === END ? OVER : step.id);
  draw();
  if (wasOpen !== isOpen()) for (const callback of togglers) callback();
}

/** The step behind this one that makes sense here. */
function following(present) {
  const rest = STEPS.slice(STEPS.indexOf(present) + 1);
  return rest.find(({ possible }) => !possible || possible()) ?? END;
}

function check() {
  if (!step?.done || !workspace.state) return;
  if (step.done(look(), then)) enter(following(step));
}

const titleId = uniqueId("tour");
const place = h("span", { class: "tour-place" });
const close = h(
  "button",
  {
    type: "button",
    class: "icon-button tour-close",
    "aria-label": "Close the tour",
    on: {
      click: () => {
        enter(null);
        document.querySelector("[data-home-focus]")?.focus();
      },
    },
  },
  icon("close", 16),
);
const words = h("div", { role: "status" });
const offer = h("button", {
  type: "button",
  class: "button button-primary button-small",
  on: { click: () => attempt(step.take) },
});
const skip = h("button", {
  type: "button",
  class: "link-button",
  on: { click: () => enter(step === END ? null : following(step)) },
});

function draw() {
  card.hidden = !step;
  if (!step) return;
  const at = STEPS.indexOf(step);
  card.dataset.step = step.id;
  fill(place, step === END ? "Tour" : `Tour · ${at + 1} of ${STEPS.length}`);
  fill(words, h("h2", { id: titleId }, step.title), h("p", {}, step.text));
  fill(offer, step.offer);
  offer.hidden = !step.offer;
  fill(skip, step === END ? "Close" : "Next");
}

export function start() {
  fill(
    card,
    h("div", { class: "tour-head" }, place, close),
    words,
    h("div", { class: "tour-buttons" }, offer, skip),
  );
  card.setAttribute("aria-labelledby", titleId);
  // What scrolls beneath the card can be scrolled out from under it.
  new ResizeObserver(() =>
    document.documentElement.style.setProperty("--tour-height", `${card.offsetHeight}px`),
  ).observe(card);
  document.addEventListener("file-opened", (event) => {
    guarded = event.detail.guarded;
    check();
  });
  watch(check);
  watchBot(check);
  const kept = window.localStorage.getItem(KEY);
  if (kept ? kept !== OVER : window.matchMedia(WIDE).matches)
    enter(STEPS.find(({ id }) => id === kept) ?? STEPS[0]);
  else draw();
}
