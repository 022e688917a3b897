/** How often each service was asked, by method. */
import { fill, h } from "../dom.js";
import { number } from "../text/format.js";

/** A path may be broken before its slashes. */
const breakable = (method) =>
  method.split(/(?=\/)/).map((piece, at) => [at > 1 ? h("wbr") : null, piece]);

/** A list of methods with counts, the most frequent first. */
export function counts(label) {
  const list = h("ul", { class: "counts", role: "list", "aria-label": label });
  const empty = h("p", { class: "panel-hint" }, "Nothing yet.");
  const node = h("div", {}, list, empty);
  return {
    node,
    /** @param {Object<string, number>} methods */
    show(methods) {
      const entries = Object.entries(methods ?? {}).toSorted(
        (a, b) => b[1] - a[1] || a[0].localeCompare(b[0]),
      );
      empty.hidden = entries.length > 0;
      fill(
        list,
        entries.map(([method, times]) =>
          h(
            "li",
            {},
            h("span", { class: "count-name" }, breakable(method)),
            h("span", { class: "count-number" }, number(times)),
          ),
        ),
      );
      return entries.reduce((sum, [, times]) => sum + times, 0);
    },
  };
}
