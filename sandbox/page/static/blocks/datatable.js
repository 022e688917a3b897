/** A table that can be sorted, filtered and paged. */
import { fill, h, uniqueId } from "../dom.js";
import { icon } from "../icons.js";
import { cell, cellText, isNumber } from "./table.js";

const DEFAULT_PAGE_SIZE = 5;
const collator = new Intl.Collator("en", { numeric: true });

/** A data_table block. */
export function datatable(block) {
  let present = block;
  let order = { column: null, down: false };
  let page = 0;
  const id = uniqueId("filter");
  const filter = h("input", {
    id,
    type: "search",
    class: "text-input table-filter",
    placeholder: "Filter rows",
    "aria-label": "Filter rows",
    on: {
      input: () => {
        page = 0;
        draw();
      },
    },
  });
  const frame = h("div", { class: "table-frame", tabindex: 0, role: "group" });
  const position = h("span", { class: "table-position", role: "status" });
  const back = h(
    "button",
    {
      type: "button",
      class: "button button-small",
      on: {
        click: () => {
          page -= 1;
          draw();
        },
      },
    },
    "Previous",
  );
  const on = h(
    "button",
    {
      type: "button",
      class: "button button-small",
      on: {
        click: () => {
          page += 1;
          draw();
        },
      },
    },
    "Next",
  );
  const caption = h("span", { class: "table-caption" });
  const node = h(
    "div",
    { class: "block-datatable" },
    h("div", { class: "table-bar" }, caption, filter),
    frame,
    h("div", { class: "table-bar" }, position, h("span", { class: "table-pages" }, back, on)),
  );

  function rowsShown() {
    const wanted = filter.value.trim().toLocaleLowerCase();
    const rows = present.rows
      .slice(1)
      .filter(
        (row) =>
          !wanted || row.some((value) => cellText(value).toLocaleLowerCase().includes(wanted)),
      );
    if (order.column === null) return rows;
    const sorted = rows.toSorted((a, b) =>
      collator.compare(cellText(a[order.column]), cellText(b[order.column])),
    );
    return order.down ? sorted.reverse() : sorted;
  }

  function heading(value, column) {
    const sorted = order.column === column;
    return h(
      "th",
      { scope: "col", "aria-sort": sorted ? (order.down ? "descending" : "ascending") : null },
      h(
        "button",
        {
          type: "button",
          class: "sort-button",
          dataset: { column },
          on: {
            click: () => {
              order = { column, down: sorted && !order.down };
              draw();
              frame.querySelector(`[data-column="${column}"]`)?.focus();
            },
          },
        },
        cell(value),
        icon("sort", 14),
      ),
    );
  }

  function draw() {
    const size = present.page_size ?? DEFAULT_PAGE_SIZE;
    const rows = rowsShown();
    const pages = Math.max(1, Math.ceil(rows.length / size));
    page = Math.min(Math.max(0, page), pages - 1);
    const head = present.row_header_column_index;
    frame.setAttribute("aria-label", present.caption || "Table");
    fill(caption, present.caption);
    fill(
      frame,
      h(
        "table",
        { class: "table" },
        h("thead", {}, h("tr", {}, (present.rows[0] ?? []).map(heading))),
        h(
          "tbody",
          {},
          rows.slice(page * size, (page + 1) * size).map((row) =>
            h(
              "tr",
              {},
              row.map((value, i) =>
                h(
                  i === head ? "th" : "td",
                  {
                    scope: i === head ? "row" : null,
                    class: `align-${isNumber(value) ? "right" : "left"}`,
                  },
                  cell(value),
                ),
              ),
            ),
          ),
        ),
      ),
    );
    fill(
      position,
      rows.length === 0
        ? "No rows"
        : `${page * size + 1}–${Math.min(rows.length, (page + 1) * size)} of ${rows.length}`,
    );
    back.disabled = page === 0;
    on.disabled = page >= pages - 1;
  }
  draw();
  return { node, update: (next) => ((present = next), draw(), true) };
}
