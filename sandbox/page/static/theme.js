/** Light, dark, or as the system has it. */
const KEY = "sandbox.theme";
const ORDER = ["system", "light", "dark"];

const dark = window.matchMedia("(prefers-color-scheme: dark)");

export const theme = () => window.localStorage.getItem(KEY) ?? "system";

function apply() {
  const chosen = theme();
  document.documentElement.dataset.theme = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
}

/** Goes on to the next of the three; returns it. */
export function nextTheme() {
  const next = ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length];
  window.localStorage.setItem(KEY, next);
  apply();
  return next;
}

export function start() {
  apply();
  dark.addEventListener("change", apply);
}
