/** The bot's process, where the workspace looks after it: whether it runs, and its last words. */
import { control } from "./api.js";
import { attempt } from "./notice.js";
import { listen, watch, workspace } from "./workspace.js";

const ABOUT_IT = new Set(["connection", "reset", "hello"]);

export const bot = {
  /** Whether somebody looks after it here. Until that is known: null. */
  supervised: null,
  running: false,
  /** How often it was killed since the page was opened. */
  kills: 0,
  /** The last lines that it wrote. */
  log: [],
};

const watchers = new Set();

/** Calls back after every change of the process or of its connection. */
export function watchBot(callback) {
  watchers.add(callback);
}

/** Whether the bot can hear what is typed. */
export const isConnected = () => (workspace.state?.app?.connections ?? 0) > 0;

export const killBot = () => change(control.killBot);
export const startBot = () => change(control.startBot);

async function change(call) {
  await attempt(call);
  await refreshBot();
}

/** Reads how it is. */
export async function refreshBot() {
  const answer = await control.bot();
  bot.supervised = Boolean(answer);
  bot.running = answer ? answer.running : isConnected();
  bot.log = answer?.log_tail ?? [];
  tell();
}

function tell() {
  for (const callback of watchers) callback(bot);
}

export function start() {
  listen((event) => {
    const entry = event.type === "journal" && event.entry?.service === "bot" ? event.entry : null;
    if (entry?.method === "kill") bot.kills += 1;
    if (entry || ABOUT_IT.has(event.type)) attempt(refreshBot);
  });
  watch(tell);
}
