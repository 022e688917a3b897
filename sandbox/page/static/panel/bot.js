/** The bot's own process: pull the plug, and put it in again. */
import { control } from "../api.js";
import { fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { attempt } from "../notice.js";
import { workspace } from "../workspace.js";

function condition(running, connected) {
  if (!running) return "The bot is not running";
  return connected ? "The bot is running and connected" : "The bot is running, not connected yet";
}

/** The part of the panel about the bot; hidden where nobody looks after its process. */
export function bot() {
  const light = h("span", { class: "light", "aria-hidden": "true" });
  const words = h("span", { role: "status" });
  const button = h("button", { type: "button", class: "button button-small" });
  const hint = h("p", { class: "panel-hint" });
  const node = h(
    "section",
    { class: "panel-part bot", "aria-label": "The bot" },
    h("div", { class: "bot-line" }, light, words, h("span", { class: "grow" }), button),
    hint,
  );
  let present = null;
  let isAsked = false;
  let busy = false;

  button.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    draw();
    await attempt(present?.running ? control.killBot : control.startBot);
    busy = false;
    await attempt(refresh);
  });

  function draw() {
    const connected = (workspace.state?.app?.connections ?? 0) > 0;
    const running = present ? present.running : connected;
    light.classList.toggle("light-on", running && connected);
    light.classList.toggle("light-waiting", running && !connected);
    fill(
      words,
      present
        ? condition(running, connected)
        : connected
          ? "The app is connected"
          : "No app is connected",
    );
    button.hidden = !present;
    button.setAttribute("aria-busy", String(busy));
    fill(
      button,
      running ? [icon("power", 15), "Kill the bot"] : [icon("play", 15), "Start it again"],
    );
    button.classList.toggle("button-danger", running);
    button.classList.toggle("button-primary", !running);
    fill(
      hint,
      present
        ? "Pull the plug in the middle of an export, start it again, and watch it carry on."
        : null,
    );
    hint.hidden = !present;
  }

  async function refresh() {
    // Whether somebody looks after the process does not change while the page is open.
    if (!isAsked || present) present = await control.bot();
    isAsked = true;
    draw();
  }
  return { node, refresh, draw };
}
