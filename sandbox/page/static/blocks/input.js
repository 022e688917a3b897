/** Input blocks: a label, an element, a hint, and the error that a submission left. */
import { fill, h, uniqueId } from "../dom.js";
import { makeElement } from "../elements/index.js";
import { icon } from "../icons.js";
import { textObject } from "../text/mrkdwn.js";
import { controlOf } from "./control.js";

const GROUPS = new Set(["radio_buttons", "checkboxes"]);

export function input(block, surface) {
  let present = block;
  const id = uniqueId("field");
  const [labelId, hintId, errorId] = ["label", "hint", "error"].map((name) => `${id}-${name}`);
  const isGroup = GROUPS.has(block.element.type);
  const label = h(isGroup ? "div" : "label", {
    id: labelId,
    class: "field-label",
    for: isGroup ? null : id,
  });
  const hint = h("div", { id: hintId, class: "field-hint" });
  const error = h("div", { id: errorId, class: "field-error" });
  const control = (now) =>
    controlOf(surface, now, now.element, {
      id,
      labelledby: labelId,
      describedby: `${errorId} ${hintId}`,
      required: !now.optional,
      inForm: true,
    });
  const part = makeElement(block.element, control(block));
  if (block.element.focus_on_load && part.field) part.field.dataset.focusOnLoad = "";
  const node = h("div", { class: "block-input" }, label, part.node, error, hint);

  const draw = () => {
    fill(
      label,
      textObject(present.label),
      present.optional ? h("span", { class: "field-optional" }, " (optional)") : null,
    );
    fill(hint, textObject(present.hint));
    hint.hidden = !present.hint;
  };
  const setError = (text) => {
    fill(error, text ? [icon("warning", 15), h("span", {}, text)] : null);
    error.hidden = !text;
    node.classList.toggle("block-input-wrong", Boolean(text));
    const marked = isGroup ? part.node : part.field;
    if (text) marked?.setAttribute("aria-invalid", "true");
    else marked?.removeAttribute("aria-invalid");
  };
  draw();
  setError(null);

  return {
    node,
    setError,
    get field() {
      return part.field;
    },
    update(next) {
      if (
        next.element.action_id !== present.element.action_id ||
        next.element.type !== present.element.type
      )
        return false;
      if (!part.update?.(next.element, control(next))) return false;
      present = next;
      draw();
      return true;
    },
  };
}
