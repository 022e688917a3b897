/** The bar over everything: the workspace's name, who one is, the theme, the side panel. */
import { avatar } from "./avatar.js";
import { bot, isConnected, startBot, wasConnected, watchBot } from "./bot.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { attempt } from "./notice.js";
import { isOpen as panelIsOpen, onToggle, togglePanel } from "./panel.js";
import { onToggle as onSidebarToggle, toggleSidebar } from "./sidebar.js";
import { nextTheme, theme } from "./theme.js";
import { isOpen as tourIsOpen, onToggle as onTourToggle, toggleTour } from "./tour.js";
import { become, unreadEverywhere, watch, workspace } from "./workspace.js";

const THEMES = {
  system: ["system", "Theme: as the system"],
  light: ["sun", "Theme: light"],
  dark: ["moon", "Theme: dark"],
};
const ROLES = { Ana: "analyst", Ben: "colleague" };

const bar = document.getElementById("topbar");
const menu = h(
  "button",
  {
    type: "button",
    class: "icon-button only-narrow",
    "aria-label": "Channels",
    "aria-controls": "sidebar",
    on: { click: toggleSidebar },
  },
  icon("menu"),
);
const brand = h("span", { class: "brand" });
const state = h("span", { class: "connection", role: "status" });
const people = h("div", { class: "people", role: "radiogroup", "aria-label": "You are" });
const themeButton = h("button", {
  type: "button",
  class: "icon-button",
  on: {
    click: () => {
      nextTheme();
      drawTheme();
    },
  },
});
const panelButton = h(
  "button",
  {
    type: "button",
    class: "button button-small panel-toggle",
    "aria-controls": "panel",
    on: { click: togglePanel },
  },
  icon("pulse", 16),
  h("span", { class: "not-narrow" }, "Behind the scenes"),
);
panelButton.setAttribute("aria-label", "Behind the scenes");

const tourButton = h(
  "button",
  {
    type: "button",
    class: "icon-button",
    "aria-label": "Tour",
    title: "Tour",
    "aria-controls": "tour",
    on: { click: toggleTour },
  },
  icon("flag"),
);

function drawTheme() {
  const [picture, name] = THEMES[theme()];
  themeButton.setAttribute("aria-label", name);
  themeButton.title = name;
  fill(themeButton, icon(picture));
}

function drawPeople() {
  const humans = workspace.state.people.filter((person) => !person.is_bot);
  if (people.dataset.drawn !== JSON.stringify(humans)) {
    people.dataset.drawn = JSON.stringify(humans);
    fill(
      people,
      humans.map((person) => {
        const name = person.real_name || person.name;
        return h(
          "label",
          { class: "person" },
          h("input", {
            type: "radio",
            name: "person",
            value: person.id,
            on: { change: () => attempt(() => become(person.id)) },
          }),
          avatar({ id: person.id, name, small: true }),
          h(
            "span",
            {},
            name.split(" ")[0],
            ROLES[name.split(" ")[0]]
              ? h("span", { class: "not-narrow person-role" }, ` ${ROLES[name.split(" ")[0]]}`)
              : null,
          ),
        );
      }),
    );
  }
  for (const input of people.querySelectorAll("input"))
    input.checked = input.value === workspace.user;
}

function draw() {
  if (!workspace.state) return;
  const { team } = workspace.state;
  const news = unreadEverywhere();
  document.title = `${news ? `(${news}) ` : ""}${team?.name ?? "Acme"} · Workspace`;
  fill(
    brand,
    h("img", { src: "icon.svg", alt: "", width: 22, height: 22 }),
    h("strong", {}, team?.name ?? "Acme"),
    h("span", { class: "not-narrow brand-note" }, "local workspace"),
  );
  drawPeople();
  drawCondition();
}

const CONDITIONS = {
  fine: () => null,
  away: () => waiting("Connecting…"),
  // Said also of a connection that was lost before the page was opened: true of both.
  connecting: () => waiting("The bot is connecting…"),
  again: () => waiting("The bot is connecting again…"),
  dead: () => [
    icon("warning", 16),
    "The bot is not running",
    h(
      "button",
      { type: "button", class: "button button-tiny", on: { click: startBot } },
      "Start it again",
    ),
  ],
};

const waiting = (text) => [h("span", { class: "spinner", "aria-hidden": "true" }), text];

/** Whether anybody listens to what is typed here. */
function condition() {
  if (!workspace.connected) return "away";
  if (!bot.supervised) return "fine";
  if (!bot.running) return "dead";
  if (isConnected()) return "fine";
  return wasConnected() ? "again" : "connecting";
}

function drawCondition() {
  const now = condition();
  if (state.dataset.condition === now) return;
  state.dataset.condition = now;
  fill(state, CONDITIONS[now]());
}

export function start() {
  fill(
    bar,
    menu,
    brand,
    state,
    h("span", { class: "grow" }),
    people,
    tourButton,
    themeButton,
    panelButton,
  );
  drawTheme();
  onToggle(() => panelButton.setAttribute("aria-expanded", String(panelIsOpen())));
  onSidebarToggle((open) => menu.setAttribute("aria-expanded", String(open)));
  onTourToggle(() => tourButton.setAttribute("aria-expanded", String(tourIsOpen())));
  watch(draw);
  watchBot(drawCondition);
}
