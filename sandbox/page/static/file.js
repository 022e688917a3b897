/** The card of a file: its name, its size, a look inside, the download. */
import { Dialog } from "./dialog.js";
import { fill, h, uniqueId } from "./dom.js";
import { readTable } from "./csv.js";
import { icon } from "./icons.js";
import { number, size } from "./text/format.js";

const ROWS = 50;
const TABULAR = /\.(csv|csv\.gz|tsv)$/i;

/** A name's parts, between which it may be broken; a part is broken only where it must be. */
const words = (name) => name.split(/(?<=_)/).map((part) => h("span", {}, part));

/** A file as a card. */
export function fileCard(file) {
  const name = file.title && file.title !== file.name ? `${file.title} (${file.name})` : file.name;
  return h(
    "div",
    {
      class: "file",
      role: "group",
      "aria-label": `File ${file.name}`,
      dataset: { fileId: file.id },
    },
    h("span", { class: "file-icon" }, icon(TABULAR.test(file.name) ? "table" : "file", 22)),
    h(
      "div",
      { class: "file-words" },
      h("span", { class: "file-name", title: name }, words(file.name)),
      h("span", { class: "file-size" }, size(file.size)),
    ),
    h(
      "div",
      { class: "file-actions" },
      TABULAR.test(file.name)
        ? h(
            "button",
            {
              type: "button",
              class: "button button-small",
              "aria-label": `Open ${file.name} as a table`,
              on: { click: () => look(file) },
            },
            icon("eye", 16),
            "Open",
          )
        : null,
      h(
        "a",
        {
          class: "button button-small",
          href: file.download,
          download: file.name,
          "aria-label": `Download ${file.name}`,
        },
        icon("download", 16),
        "Download",
      ),
    ),
  );
}

/** Shows the first rows of a file in a window. */
async function look(file) {
  const title = uniqueId("file-title");
  const body = h(
    "div",
    { class: "modal-body file-body" },
    h(
      "p",
      { class: "loading" },
      h("span", { class: "spinner", "aria-hidden": "true" }),
      "Loading…",
    ),
  );
  const close = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "Close window",
      on: { click: () => dialog.close() },
    },
    icon("close"),
  );
  const box = h(
    "div",
    { class: "dialog dialog-wide" },
    h(
      "header",
      { class: "modal-header" },
      h("h2", { id: title, class: "modal-title" }, file.name),
      close,
    ),
    body,
    h(
      "footer",
      { class: "modal-footer" },
      h(
        "a",
        { class: "button button-primary", href: file.download, download: file.name },
        icon("download", 16),
        `Download, ${size(file.size)}`,
      ),
    ),
  );
  const dialog = new Dialog(box, { labelledby: title, onEscape: () => dialog.close() });
  dialog.open();
  close.focus();
  try {
    const { rows, complete } = await readTable(file, ROWS);
    fill(body, sheet(rows, complete));
    const detail = { guarded: guardedIn(rows) };
    document.dispatchEvent(new CustomEvent("file-opened", { detail }));
  } catch (error) {
    fill(
      body,
      h(
        "p",
        { role: "alert", class: "banner" },
        icon("warning"),
        `The file could not be read: ${error.message}`,
      ),
    );
  }
}

/** An apostrophe before what a spreadsheet would take for a formula. */
const GUARDED = /^'[=+\-@\t\r]/;

function sheetCell(value) {
  if (!GUARDED.test(value)) return h("td", { dir: "auto" }, value);
  return h(
    "td",
    { dir: "auto", class: "guarded" },
    h("span", { class: "guard" }, "'"),
    value.slice(1),
  );
}

const guardedIn = (rows) => rows.flat().filter((value) => GUARDED.test(value)).length;

function guardedNote(rows) {
  const count = guardedIn(rows);
  if (count === 0) return null;
  const cells = count === 1 ? "1 cell begins" : `${count} cells begin`;
  return h(
    "p",
    { class: "file-note" },
    `${cells} with an apostrophe: without it a spreadsheet would run what they say.`,
  );
}

function sheet([head = [], ...rows], complete) {
  return [
    h(
      "p",
      { class: "file-note", role: "status" },
      complete
        ? `${number(rows.length)} rows, ${head.length} columns.`
        : `The first ${rows.length} rows, ${head.length} columns. Download the file to see all.`,
    ),
    guardedNote(rows),
    h(
      "div",
      { class: "table-frame", tabindex: 0, role: "group", "aria-label": "Rows" },
      h(
        "table",
        { class: "table sheet" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col", class: "sheet-number" }, "#"),
            head.map((name) => h("th", { scope: "col" }, name)),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((row, index) =>
            h(
              "tr",
              {},
              h("th", { scope: "row", class: "sheet-number" }, String(index + 1)),
              row.map(sheetCell),
            ),
          ),
        ),
      ),
    ),
  ];
}
