/** Light, dark, or as the system has it. */
const KEY = "sandbox.theme";
const ORDER = ["system", "light", "dark"];

export const theme = () => window.localStorage.getItem(KEY) ?? "system";

function apply() {
  const chosen = theme();
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
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
}
