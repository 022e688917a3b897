/** Dates and times, with the browser's own pickers. */
import { h } from "../dom.js";

const KINDS = {
  datepicker: { type: "date", key: "selected_date", initial: "initial_date" },
  timepicker: { type: "time", key: "selected_time", initial: "initial_time" },
};

/** A datepicker or timepicker element. */
export function date(definition, control) {
  const { type, key, initial } = KINDS[definition.type];
  let present = control;
  const value = control.value && key in control.value ? control.value[key] : definition[initial];
  const field = h("input", {
    type,
    id: control.id,
    class: "text-input date-input",
    value: value ?? "",
    "aria-label": control.label,
    "aria-describedby": control.describedby,
    "aria-required": control.required ? "true" : null,
    on: { change: () => present.act({ [key]: field.value || null }) },
  });
  return {
    node: h("div", { class: "text-box", dataset: { actionId: definition.action_id } }, field),
    field,
    update(next, nextControl) {
      present = nextControl;
      return next.type === definition.type;
    },
  };
}
