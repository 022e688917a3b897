/** The workspace's two HTTP interfaces: `/client/` (a person's hands) and `/control/`. */

/** The server could not be reached, or answered something that is no answer. */
export class Unreachable extends Error {}

async function ask(method, path, body) {
  try {
    return await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (cause) {
    throw new Unreachable("The local workspace does not answer. Is it still running?", { cause });
  }
}

async function request(method, path, body) {
  const response = await ask(method, path, body);
  const text = await response.text();
  try {
    return { status: response.status, data: text ? JSON.parse(text) : null };
  } catch (cause) {
    throw new Unreachable(`${path} answered ${response.status} with something that is no JSON.`, {
      cause,
    });
  }
}

async function read(path) {
  const { status, data } = await request("GET", path);
  if (status >= 400) throw new Unreachable(`${path} answered ${status}.`);
  return data;
}

async function post(path, body) {
  const { status, data } = await request("POST", path, body);
  if (status >= 500) throw new Unreachable(`${path} answered ${status}.`);
  return data ?? { ok: status < 400 };
}

const query = (values) => new URLSearchParams(values).toString();

/** What a person can do. Every answer has `ok`; see the server's description for the rest. */
export const client = {
  /** The state as this person sees it, or null when there is nobody of that id. */
  async state(user) {
    const { status, data } = await request("GET", `/client/state?${query({ user })}`);
    if (status >= 500) throw new Unreachable(`The workspace answered ${status}.`);
    return data?.error === "user_not_found" ? null : data;
  },
  events: (user) => new EventSource(`/client/events?${query({ user })}`),
  command: (body) => post("/client/command", body),
  message: (body) => post("/client/message", body),
  action: (body) => post("/client/action", body),
  input: (body) => post("/client/input", body),
  options: (body) => post("/client/options", body),
  submit: (body) => post("/client/submit", body),
  close: (body) => post("/client/close", body),
  home: (body) => post("/client/home", body),
  dismiss: (body) => post("/client/dismiss", body),
  invite: (body) => post("/client/invite", body),
  removeApp: (body) => post("/client/leave-app", body),
  join: (body) => post("/client/join", body),
};

/** What happens underneath, and how to disturb it. */
export const control = {
  journal: (since = 0) => read(`/control/journal?${query({ since })}`),
  counts: () => read("/control/counts"),
  botify: () => read("/control/state/botify"),
  faults: () => read("/control/faults"),
  /** How the next job at Botify ends. */
  nextFate: (fate) => post("/control/botify/fate", { fate, next: 1 }),
  /** Forgets what the next jobs were to be. */
  clearFates: () => post("/control/botify/fate", { clear: true }),
  addFaults: (faults) => post("/control/faults", faults),
  removeFault: (id) => request("DELETE", `/control/faults/${id}`),
  clearFaults: () => request("DELETE", "/control/faults"),
  switches: () => read("/control/switches"),
  setSwitches: (values) => post("/control/switches", values),
  reset: () => post("/control/reset", {}),
  /** {supervised, running, pid, log_tail}, or null where nobody looks after the bot. */
  async bot() {
    const answer = await read("/control/bot");
    return answer.supervised ? answer : null;
  },
  killBot: () => post("/control/bot/kill", {}),
  startBot: () => post("/control/bot/start", {}),
};
