/** Numbers, sizes and times in words. Times are unix seconds; Slack's ts counts as one. */

const seconds = (ts) => new Date(Number.parseFloat(ts) * 1000);

/** 1234567 → "1,234,567". */
export const number = (value) => Number(value ?? 0).toLocaleString("en-GB");

/** Bytes → "1.4 MB" (decimal units, as the app's messages have them). */
export function size(bytes) {
  if (!Number.isFinite(Number(bytes))) return "";
  let value = Number(bytes);
  if (value < 1000) return `${value} bytes`;
  for (const unit of ["KB", "MB", "GB", "TB"]) {
    value /= 1000;
    if (value < 999.95 || unit === "TB") return `${value.toFixed(value < 99.95 ? 1 : 0)} ${unit}`;
  }
  return "";
}

/** "14:05". */
export const clock = (ts) =>
  seconds(ts).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

/** "14:05:09". */
export const clockSeconds = (ts) => seconds(ts).toLocaleTimeString("en-GB");

/** "Saturday 5 July at 14:05". */
export const moment = (ts) => `${day(ts)} at ${clock(ts)}`;

/** "Today", "Yesterday", "Saturday 5 July". */
export function day(ts, now = new Date()) {
  const date = seconds(ts);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return "Today";
  if (date.toDateString() === yesterday.toDateString()) return "Yesterday";
  const options = { weekday: "long", day: "numeric", month: "long" };
  if (date.getFullYear() !== now.getFullYear()) options.year = "numeric";
  return date.toLocaleDateString("en-GB", options);
}

const pad = (value) => String(value).padStart(2, "0");

const DATE_TOKENS = {
  date_num: (d) => `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`,
  date_slash: (d) => `${d.getFullYear()}/${pad(d.getMonth() + 1)}/${pad(d.getDate())}`,
  date: (d) => d.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" }),
  date_short: (d) =>
    d.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" }),
  date_long: (d) =>
    d.toLocaleDateString("en-GB", {
      weekday: "long",
      day: "numeric",
      month: "long",
      year: "numeric",
    }),
  date_pretty: (d) => pretty(d) ?? DATE_TOKENS.date(d),
  date_short_pretty: (d) => pretty(d) ?? DATE_TOKENS.date_short(d),
  date_long_pretty: (d) => pretty(d) ?? DATE_TOKENS.date_long(d),
  day_divider_pretty: (d) => pretty(d) ?? DATE_TOKENS.date_long(d),
  time: (d) => d.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }),
  time_secs: (d) => d.toLocaleTimeString("en-GB"),
  ago: (d) => ago(d),
};

function pretty(date) {
  const name = day(date.getTime() / 1000);
  return name === "Today" || name === "Yesterday" ? name.toLowerCase() : null;
}

function ago(date) {
  const passed = Math.max(0, (Date.now() - date.getTime()) / 1000);
  for (const [length, unit] of [
    [86400, "day"],
    [3600, "hour"],
    [60, "minute"],
    [1, "second"],
  ]) {
    const count = Math.floor(passed / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}

/** The text of a `<!date^unix^format|fallback>`, in the reader's own time zone. */
export function dateText(unix, format, fallback) {
  const date = seconds(unix);
  if (Number.isNaN(date.getTime())) return fallback ?? "";
  return format.replace(/\{(\w+)\}/g, (whole, token) => DATE_TOKENS[token]?.(date) ?? whole);
}
