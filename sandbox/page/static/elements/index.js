/** Elements by type: what makes each of them. */
import { h } from "../dom.js";
import { button } from "./button.js";
import { choice } from "./choice.js";
import { date } from "./date.js";
import { image } from "./image.js";
import { overflow } from "./overflow.js";
import { select } from "./select.js";
import { text } from "./text.js";

const MAKERS = {
  button,
  overflow,
  image,
  radio_buttons: choice,
  checkboxes: choice,
  datepicker: date,
  timepicker: date,
  plain_text_input: text,
  url_text_input: text,
  email_text_input: text,
  number_input: text,
  ...Object.fromEntries(
    ["static", "external", "conversations", "channels", "users"].flatMap((kind) =>
      [`${kind}_select`, `multi_${kind}_select`].map((type) => [type, select]),
    ),
  ),
};

/**
 * Makes an element.
 *
 * @param {Object} definition the element as the app sent it.
 * @param {Object} control `{id, label, labelledby, describedby, required, inForm, dispatches, value,
 *   act(VALUE), type(VALUE), options(query)}`.
 * @returns {{node: HTMLElement, field?: HTMLElement, update?: function(Object, Object): boolean}}
 */
export function makeElement(definition, control) {
  const make = MAKERS[definition.type];
  return make
    ? make(definition, control)
    : {
        node: h(
          "span",
          { class: "unknown" },
          `An element of type “${definition.type}” is not drawn here.`,
        ),
      };
}
