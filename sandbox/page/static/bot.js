/** The bot's process, where the workspace looks after it: whether it runs, and its last words. */
import { control } from "./api.js";
import { attempt } from "./notice.js";
import { listen, watch, workspace } from "./workspace.js";

const CONNECTED = 101;
const ABOUT_IT = new Set(["connection", "reset", "hello"]);

export const bot = {
  /** Whether somebody looks after it here. Until that is known: null. */
  supervised: null,
  running: false,
  /** The number of its process while that runs, or null. */
  pid: null,
  /** The process that was last seen connected. */
  met: null,
  /** Killed while the page was open, and not connected since. */
  isCut: false,
  /** How often it came back after that. */
  returns: 0,
  /** The last lines that it wrote. */
  log: [],
};

const watchers = new Set();

/** Calls back after every change of the process or of its connection. */
export function watchBot(callback) {
  watchers.add(callback);
}

/** Whether the bot can hear what is typed. */
export const isConnected = () => !bot.isCut && (workspace.state?.app?.connections ?? 0) > 0;

/** Whether the process that runs had been connected: it is then the connection that was lost. */
export const wasConnected = () => bot.pid !== null && bot.pid === bot.met;

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
  bot.pid = answer?.pid ?? null;
  bot.log = answer?.log_tail ?? [];
  tell();
}

function tell() {
  if (bot.running && isConnected()) bot.met = bot.pid;
  for (const callback of watchers) callback(bot);
}

export function start() {
  listen((event) => {
    const entry = event.type === "journal" ? event.entry : null;
    if (entry?.service === "bot" && entry.method === "kill") bot.isCut = true;
    // What was read before may still count the connection that was cut.
    if (bot.isCut && entry?.service === "socket" && entry.status === CONNECTED) {
      bot.isCut = false;
      bot.returns += 1;
    }
    if (entry?.service === "bot" || ABOUT_IT.has(event.type)) attempt(refreshBot);
  });
  watch(tell);
}
