/**
 * What this person sees: the state read from the server, where they are in it, what they read.
 *
 * The server's state is never changed here. Every event leads to one more reading; readings that
 * are asked for while one is under way are answered together by the next.
 */
import { client } from "./api.js";
import { learn } from "./names.js";

const DEFAULT_USER = "U0ANA00001";
const address = new URL(window.location.href);

export const workspace = {
  /** The last state that was read, or null before the first. */
  state: null,
  user: address.searchParams.get("user") ?? window.sessionStorage.getItem("user") ?? DEFAULT_USER,
  channel: address.searchParams.get("channel"),
  /** The ts of the message whose thread is open, or null. */
  thread: address.searchParams.get("thread"),
  connected: false,
  /** The ts of a message that the address points at, until it was shown once. */
  wanted: address.searchParams.get("ts"),
};

const watchers = new Set();
const listeners = new Set();
let stream = null;

/** Calls back after every change of the workspace; returns the way to stop that. */
export function watch(callback) {
  watchers.add(callback);
  return () => watchers.delete(callback);
}

/** Calls back with every event of the server's stream. */
export function listen(callback) {
  listeners.add(callback);
  return () => listeners.delete(callback);
}

function tell() {
  for (const callback of watchers) callback(workspace);
}

let running = null;
let waiting = null;

/** Reads the state again. The promise is kept by a reading that began after this call. */
export function refresh() {
  if (!running) {
    running = readState().finally(() => {
      running = null;
    });
    return running;
  }
  waiting ??= running
    .catch(() => {})
    .then(() => {
      waiting = null;
      return refresh();
    });
  return waiting;
}

async function readState() {
  const user = workspace.user;
  const state = await client.state(user);
  if (user !== workspace.user) return;
  if (!state) {
    // A remembered person whom this workspace does not know.
    await become(DEFAULT_USER);
    return;
  }
  learn(state);
  workspace.state = state;
  if (!state.channels.some((channel) => channel.id === workspace.channel)) {
    workspace.channel =
      (state.channels.find((channel) => channel.name === "seo") ?? state.channels[0])?.id ?? null;
    workspace.thread = null;
  }
  markRead();
  tell();
}

const PAUSE_BEFORE_RETRY = 2000;
const REREAD = new Set([
  "message",
  "view",
  "home",
  "notice",
  "channel",
  "file",
  "connection",
  "hello",
  "reset",
]);

/** Opens the event stream of the present person; a lost one is opened again by the browser. */
export function connect() {
  stream?.close();
  stream = client.events(workspace.user);
  stream.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    setConnected(true);
    if (event.type === "reset") forgetReads();
    for (const callback of listeners) callback(event);
    if (REREAD.has(event.type)) refresh().catch(() => setConnected(false));
  };
  stream.onerror = () => {
    setConnected(false);
    // The browser opens a broken stream again by itself, but gives up on a refused one.
    if (stream.readyState === EventSource.CLOSED) window.setTimeout(connect, PAUSE_BEFORE_RETRY);
  };
}

function setConnected(connected) {
  if (workspace.connected === connected) return;
  workspace.connected = connected;
  document.documentElement.dataset.connected = String(connected);
  tell();
}

function keepAddress() {
  const url = new URL(window.location.href);
  url.searchParams.set("user", workspace.user);
  if (workspace.channel) url.searchParams.set("channel", workspace.channel);
  if (workspace.thread) url.searchParams.set("thread", workspace.thread);
  else url.searchParams.delete("thread");
  url.searchParams.delete("ts");
  window.history.replaceState(null, "", url);
  window.sessionStorage.setItem("user", workspace.user);
}

/** Becomes another person. */
export async function become(user) {
  if (user === workspace.user) return;
  workspace.user = user;
  workspace.thread = null;
  keepAddress();
  connect();
  await refresh();
}

export function openChannel(channel) {
  if (channel === workspace.channel) return;
  workspace.channel = channel;
  workspace.thread = null;
  keepAddress();
  markRead();
  tell();
}

export function openThread(ts) {
  workspace.thread = ts;
  keepAddress();
  tell();
}

/** The channel that is shown, or null. */
export const currentChannel = () =>
  workspace.state?.channels.find((c) => c.id === workspace.channel) ?? null;

/** How many messages of others came anywhere since this person last looked. */
export const unreadEverywhere = () =>
  (workspace.state?.channels ?? []).reduce((sum, channel) => sum + unread(channel.id), 0);

/** The messages of a channel, oldest first. */
export const messagesOf = (channel) => workspace.state?.messages[channel] ?? [];

/** The direct message between a person and the app, or null while it does not exist. */
export const appConversation = () => {
  const { state } = workspace;
  return (
    state?.channels.find((c) => c.kind === "im" && c.members?.includes(state.app?.bot_user_id)) ??
    null
  );
};

// ---- what was read ----------------------------------------------------------------------------

const READS = "sandbox.reads";
const SINCE = "sandbox.since";

function reads() {
  try {
    return JSON.parse(window.localStorage.getItem(READS) ?? "{}");
  } catch {
    return {};
  }
}

function since() {
  const stored = window.localStorage.getItem(SINCE);
  if (stored) return Number(stored);
  const now = Date.now() / 1000;
  window.localStorage.setItem(SINCE, String(now));
  return now;
}

function forgetReads() {
  window.localStorage.removeItem(READS);
}

function markRead() {
  if (!workspace.channel || document.hidden) return;
  const last = messagesOf(workspace.channel).at(-1);
  if (!last) return;
  const all = reads();
  const mine = (all[workspace.user] ??= {});
  if (Number(mine[workspace.channel] ?? 0) >= Number(last.ts)) return;
  mine[workspace.channel] = last.ts;
  window.localStorage.setItem(READS, JSON.stringify(all));
}

/** How many messages of others came since this person last looked. */
export function unread(channel) {
  if (channel === workspace.channel && !document.hidden) return 0;
  const seen = Number(reads()[workspace.user]?.[channel] ?? since());
  return messagesOf(channel).filter((m) => Number(m.ts) > seen && m.user !== workspace.user).length;
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && workspace.state) {
    markRead();
    tell();
  }
});
since();
