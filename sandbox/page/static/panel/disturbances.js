/**
 * What a visitor may break, in plain words. Each entry loads faults, or tells Botify how jobs end.
 *
 * `once` is what *Next time* loads, `always` what the switch turns on until it is turned off.
 */

const fault = (service, method, action, more = {}) => ({ service, method, action, ...more });

/** Groups of entries: `{id, name, meaning, fault}` or `{id, name, meaning, fate}`. */
export const DISTURBANCES = [
  {
    title: "Botify",
    entries: [
      {
        id: "botify-slow",
        name: "Botify is slow",
        meaning: "every answer takes 4 seconds",
        fault: fault("botify", "*", "slow", { seconds: 4 }),
      },
      {
        id: "botify-refuses",
        name: "Botify refuses",
        meaning: "starting an export is not permitted",
        fault: fault("botify", "POST /jobs", "refuse", { status: 403, error: "1002" }),
      },
      {
        id: "botify-limits",
        name: "Botify limits requests",
        meaning: "too many requests, come back in 5 seconds",
        fault: fault("botify", "*", "ratelimit", { seconds: 5 }),
      },
      {
        id: "botify-loses",
        name: "Botify's answer is lost",
        meaning: "the export is started and billed, but the answer never arrives",
        fault: fault("botify", "POST /jobs", "lost", { moment: "after" }),
      },
      {
        id: "job-fails",
        name: "The export fails",
        meaning: "Botify gives up in the middle",
        fate: "failed",
      },
      {
        id: "job-never-ends",
        name: "The export never ends",
        meaning: "Botify says “working” for ever",
        fate: "never_ends",
      },
      {
        id: "file-truncated",
        name: "The file is cut off",
        meaning: "half of it arrives, looking complete",
        fault: fault("files", "GET /file", "truncate"),
      },
    ],
  },
  {
    title: "Slack",
    entries: [
      {
        id: "slack-slow",
        name: "Slack is slow",
        meaning: "every answer takes 2 seconds",
        fault: fault("slack", "*", "slow", { seconds: 2 }),
      },
      {
        id: "slack-limits",
        name: "Slack limits edits",
        meaning: "editing the message: come back in 5 seconds",
        fault: fault("slack", "chat.update", "ratelimit", { seconds: 5 }),
      },
      {
        id: "slack-loses",
        name: "Slack's answer is lost",
        meaning: "the file is posted, but the answer never arrives",
        fault: fault("slack", "files.completeUploadExternal", "lost", { moment: "after" }),
      },
      {
        id: "socket-drops",
        name: "The connection drops",
        meaning: "the app's socket ends without a word",
        fault: fault("socket", "envelope", "drop"),
      },
    ],
  },
];

const SAME = ["service", "method", "action", "moment"];

/** Whether a loaded fault is this entry's; `always` tells the two ways of loading apart. */
export function isLoaded(entry, loaded, always) {
  const wanted = { moment: "before", ...entry.fault };
  return SAME.every((key) => loaded[key] === wanted[key]) && (loaded.count === null) === always;
}

/** The fault as the control API wants it. */
export const loading = (entry, always) => ({ ...entry.fault, count: always ? null : 1 });
