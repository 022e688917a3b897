/** The question that a control asks before it acts (a confirm object). */
import { Dialog } from "./dialog.js";
import { h, uniqueId } from "./dom.js";
import { textObject, words } from "./text/mrkdwn.js";

/** Asks; the promise tells whether the person agreed. */
export function confirmed(definition) {
  return new Promise((resolve) => {
    const title = uniqueId("confirm-title");
    const text = uniqueId("confirm-text");
    const finish = (answer) => {
      dialog.close();
      resolve(answer);
    };
    const deny = h(
      "button",
      { type: "button", class: "button", on: { click: () => finish(false) } },
      words(definition.deny) || "Cancel",
    );
    const agree = h(
      "button",
      {
        type: "button",
        class: `button ${definition.style === "danger" ? "button-danger" : "button-primary"}`,
        on: { click: () => finish(true) },
      },
      words(definition.confirm) || "Yes",
    );
    const box = h(
      "div",
      { class: "dialog dialog-small" },
      h("h2", { id: title, class: "dialog-title" }, textObject(definition.title)),
      h("div", { id: text, class: "dialog-text" }, textObject(definition.text)),
      h("div", { class: "dialog-buttons" }, deny, agree),
    );
    const dialog = new Dialog(box, {
      role: "alertdialog",
      labelledby: title,
      describedby: text,
      onEscape: () => finish(false),
    });
    dialog.open();
    (definition.style === "danger" ? deny : agree).focus();
  });
}
