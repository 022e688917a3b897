/** The bot's own process: pull the plug, and put it in again. */
import { bot as process, isConnected, killBot, startBot, watchBot } from "../bot.js";
import { fill, h } from "../dom.js";
import { icon } from "../icons.js";

function condition() {
  if (!process.supervised) return isConnected() ? "The app is connected" : "No app is connected";
  if (!process.running) return "The bot is not running";
  return isConnected() ? "The bot is running" : "The bot is connecting";
}

/** The part of the panel about the bot; without its button where nobody looks after its process. */
export function bot() {
  const light = h("span", { class: "light", "aria-hidden": "true" });
  const words = h("span", { role: "status" });
  const button = h("button", { type: "button", class: "button button-small" });
  const hint = h(
    "p",
    { class: "panel-hint" },
    "Pull the plug in the middle of an export, start it again, and watch it carry on.",
  );
  const log = h("pre", { class: "bot-log", tabindex: 0, role: "group", "aria-label": "Log" });
  const lines = h("details", { class: "bot-lines" }, h("summary", {}, "Its last log lines"), log);
  const node = h(
    "section",
    { class: "panel-part bot", "aria-label": "The bot" },
    h("div", { class: "bot-line" }, light, words, h("span", { class: "grow" }), button),
    hint,
    lines,
  );
  let busy = false;
  let drawn = null;

  button.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    draw();
    await (process.running ? killBot() : startBot());
    busy = false;
    draw();
  });
  lines.addEventListener("toggle", draw);

  function draw() {
    const { supervised, running } = process;
    light.classList.toggle("light-on", running && isConnected());
    light.classList.toggle("light-waiting", running && !isConnected());
    if (words.textContent !== condition()) fill(words, condition());
    for (const part of [button, hint, lines]) part.hidden = !supervised;
    button.setAttribute("aria-busy", String(busy));
    // While a press is under way the button keeps its name: it would not hear the next one.
    if (drawn !== running && !busy) {
      drawn = running;
      fill(
        button,
        running ? [icon("power", 15), "Kill the bot"] : [icon("play", 15), "Start it again"],
      );
      button.classList.toggle("button-danger", running);
      button.classList.toggle("button-primary", !running);
    }
    const text = process.log.join("\n");
    if (lines.open && log.textContent !== text) {
      log.textContent = text;
      log.scrollTop = log.scrollHeight;
    }
  }
  watchBot(draw);
  return { node };
}
