/** A small table of cells. */
import { fill, h } from "../dom.js";
import { richText } from "../text/richtext.js";
import { plain } from "../text/mrkdwn.js";

/** One cell's content as nodes. */
export const cell = (value) =>
  value?.type === "rich_text" ? richText(value) : plain(cellText(value));

/** One cell's content as text, for sorting and filtering. */
export function cellText(value) {
  if (value == null) return "";
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (value.type === "rich_text") return h("div", {}, richText(value)).textContent;
  return String(value.text ?? value.number ?? value.value ?? "");
}

export const isNumber = (value) => value?.type === "raw_number" || typeof value === "number";

/** A table block; its first row is the header. */
export function table(block) {
  const node = h("div", {
    class: "table-frame",
    tabindex: 0,
    role: "group",
    "aria-label": "Table",
  });
  const draw = ({ rows = [], column_settings: columns = [] }) => {
    const kind = (index, value) =>
      `align-${columns[index]?.align ?? (isNumber(value) ? "right" : "left")}${columns[index]?.is_wrapped ? " wrapped" : ""}`;
    const [first = [], ...rest] = rows;
    fill(
      node,
      h(
        "table",
        { class: "table" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            first.map((value, i) => h("th", { scope: "col", class: kind(i, value) }, cell(value))),
          ),
        ),
        h(
          "tbody",
          {},
          rest.map((row) =>
            h(
              "tr",
              {},
              row.map((value, i) => h("td", { class: kind(i, value) }, cell(value))),
            ),
          ),
        ),
      ),
    );
  };
  draw(block);
  return { node, update: (next) => (draw(next), true) };
}
