/** Inputs that are typed into: plain text, web and mail addresses, numbers. */
import { h } from "../dom.js";
import { words } from "../text/mrkdwn.js";

const KINDS = {
  plain_text_input: { inputmode: "text" },
  url_text_input: { inputmode: "url", spellcheck: "false" },
  email_text_input: { inputmode: "email", spellcheck: "false" },
  number_input: { inputmode: "decimal" },
};

function firstValue(definition, control) {
  const { value } = control;
  return (value && "value" in value ? value.value : definition.initial_value) ?? "";
}

/** Any text input element. */
export function text(definition, control) {
  let present = { definition, control };
  const many = definition.multiline === true;
  const field = h(many ? "textarea" : "input", {
    ...KINDS[definition.type],
    type: many ? null : "text",
    rows: many ? 4 : null,
    id: control.id,
    class: "text-input",
    autocomplete: "off",
    "aria-label": control.label,
    "aria-describedby": control.describedby,
    "aria-required": control.required ? "true" : null,
    value: firstValue(definition, control),
    on: {
      input: () => {
        count();
        present.control.type({ value: field.value === "" ? null : field.value });
      },
      keydown: (event) => {
        if (event.key !== "Enter" || event.isComposing || many) return;
        if (
          !present.control.dispatches ||
          !triggers(present.definition).includes("on_enter_pressed")
        )
          return;
        event.preventDefault();
        present.control.act({ value: field.value === "" ? null : field.value });
      },
    },
  });
  const counter = h("div", { class: "counter", "aria-hidden": "true" });
  const node = h(
    "div",
    { class: "text-box", dataset: { actionId: definition.action_id } },
    field,
    counter,
  );

  const decorate = () => {
    field.placeholder = words(present.definition.placeholder);
    count();
  };
  const count = () => {
    const most = present.definition.max_length;
    const left = most ? most - [...field.value].length : null;
    counter.hidden = left === null || left > Math.max(20, most / 10);
    counter.textContent = left === null ? "" : String(left);
    counter.classList.toggle("counter-over", left < 0);
  };
  decorate();

  return {
    node,
    field,
    update(next, nextControl) {
      if (next.type !== definition.type || (next.multiline === true) !== many) return false;
      const untouched =
        nextControl.value === undefined && present.definition.initial_value !== next.initial_value;
      present = { definition: next, control: nextControl };
      if (untouched) field.value = firstValue(next, nextControl);
      decorate();
      return true;
    },
  };
}

const triggers = (definition) =>
  definition.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
