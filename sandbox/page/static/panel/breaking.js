/** The switches that break things: next time only, or until switched off. */
import { control } from "../api.js";
import { fill, h, uniqueId } from "../dom.js";
import { attempt, complain } from "../notice.js";
import { DISTURBANCES, isLoaded, loading } from "./disturbances.js";

const FATE = "job_fate";
const FATE_NORMAL = "done";

/** The part of the panel with the switches; `refresh()` reads what is switched on. */
export function breaking() {
  const rows = new Map();
  const clear = h(
    "button",
    { type: "button", class: "link-button", on: { click: calm } },
    "Everything back to normal",
  );
  const node = h(
    "div",
    { class: "breaking" },
    h(
      "p",
      { class: "panel-hint" },
      "“Next time” strikes once; a switch strikes until you turn it off.",
    ),
    DISTURBANCES.map(({ title, entries }) => {
      const id = uniqueId("breaking");
      return h(
        "div",
        { role: "group", "aria-labelledby": id },
        h("h4", { id, class: "breaking-title" }, title),
        entries.map(row),
      );
    }),
    clear,
  );

  function row(entry) {
    const meaning = uniqueId("meaning");
    const next = h(
      "button",
      {
        type: "button",
        class: "button button-tiny",
        "aria-label": `${entry.name}: next time only`,
        "aria-describedby": meaning,
        "aria-pressed": "false",
        on: { click: () => set(entry, false, next.getAttribute("aria-pressed") !== "true") },
      },
      "Next time",
    );
    const always = h("button", {
      type: "button",
      class: "switch",
      role: "switch",
      "aria-checked": "false",
      "aria-label": entry.name,
      "aria-describedby": meaning,
      on: { click: () => set(entry, true, always.getAttribute("aria-checked") !== "true") },
    });
    rows.set(entry.id, { entry, next, always });
    return h(
      "div",
      { class: "breaking-row", dataset: { switch: entry.id } },
      h(
        "div",
        { class: "breaking-words" },
        h("span", { class: "breaking-name" }, entry.name),
        h("span", { class: "breaking-meaning", id: meaning }, entry.meaning),
      ),
      next,
      always,
    );
  }

  async function set(entry, isAlways, on) {
    const answer = await attempt(() =>
      entry.fate ? destine(entry, isAlways, on) : change(entry, isAlways, on),
    );
    if (answer?.error) complain(`${entry.name}: ${answer.error}`);
    await refresh();
  }

  /** How jobs end is no fault: Botify is told beforehand. */
  async function destine(entry, isAlways, on) {
    if (isAlways) return control.setSwitches({ [FATE]: on ? entry.fate : FATE_NORMAL });
    if (on) return control.nextFate(entry.fate);
    const { next_fates: told } = await control.botify();
    await control.clearFates();
    for (const fate of told) if (fate !== entry.fate) await control.nextFate(fate);
    return null;
  }

  async function change(entry, isAlways, on) {
    if (on) return control.addFaults(loading(entry, isAlways));
    for (const fault of await control.faults())
      if (isLoaded(entry, fault, isAlways)) await control.removeFault(fault.id);
    return null;
  }

  async function calm() {
    await attempt(async () => {
      await control.clearFaults();
      await control.clearFates();
      await control.setSwitches({ [FATE]: FATE_NORMAL });
    });
    await refresh();
  }

  async function refresh() {
    const [faults, switches, botify] = await Promise.all([
      control.faults(),
      control.switches(),
      control.botify(),
    ]);
    let active = 0;
    for (const { entry, next, always } of rows.values()) {
      const isAlways = entry.fate
        ? switches[FATE]?.value === entry.fate
        : faults.some((fault) => isLoaded(entry, fault, true));
      const isNext = entry.fate
        ? botify.next_fates.includes(entry.fate)
        : faults.some((fault) => isLoaded(entry, fault, false));
      always.setAttribute("aria-checked", String(isAlways));
      next.setAttribute("aria-pressed", String(isNext));
      active += isAlways + isNext;
    }
    clear.hidden = active === 0;
    fill(count, active ? `${active} on` : null);
  }

  const count = h("span", { class: "panel-count" });
  return { node, count, refresh };
}
