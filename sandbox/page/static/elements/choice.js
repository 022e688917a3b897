/** Radio buttons and checkboxes. */
import { fill, h, uniqueId } from "../dom.js";
import { textObject } from "../text/mrkdwn.js";

const KINDS = {
  radio_buttons: {
    type: "radio",
    role: "radiogroup",
    key: "selected_option",
    initial: "initial_option",
  },
  checkboxes: {
    type: "checkbox",
    role: "group",
    key: "selected_options",
    initial: "initial_options",
  },
};

const values = (raw) => new Set([raw ?? []].flat().map((option) => option.value));

/** A radio_buttons or checkboxes element. */
export function choice(definition, control) {
  const { type, role, key, initial } = KINDS[definition.type];
  const name = uniqueId("choice");
  let present = { definition, control };
  const node = h("div", {
    role,
    class: "choices",
    dataset: { actionId: definition.action_id },
    "aria-label": control.labelledby ? null : control.label,
    "aria-labelledby": control.labelledby,
    "aria-describedby": control.describedby,
    "aria-required": control.required && role === "radiogroup" ? "true" : null,
  });

  const tell = () => {
    const options = present.definition.options.filter(
      (_, index) => node.querySelectorAll("input")[index].checked,
    );
    present.control.act({ [key]: type === "radio" ? (options[0] ?? null) : options });
  };
  const draw = () => {
    const { value } = present.control;
    const chosen = values(value && key in value ? value[key] : present.definition[initial]);
    fill(
      node,
      present.definition.options.map((option) => {
        const note = option.description ? uniqueId("note") : null;
        return h(
          "label",
          { class: "choice" },
          h("input", {
            type,
            name,
            checked: chosen.has(option.value),
            "aria-describedby": note,
            dataset: { value: option.value },
            on: { change: tell },
          }),
          h(
            "span",
            {},
            h("span", {}, textObject(option.text)),
            option.description
              ? h("span", { class: "choice-note", id: note }, textObject(option.description))
              : null,
          ),
        );
      }),
    );
  };
  draw();

  return {
    node,
    get field() {
      return node.querySelector("input:checked") ?? node.querySelector("input");
    },
    update(next, nextControl) {
      if (next.type !== definition.type) return false;
      const changed = JSON.stringify(next) !== JSON.stringify(present.definition);
      present = { definition: next, control: nextControl };
      if (changed) draw();
      return true;
    },
  };
}
