/** Buttons. */
import { h } from "../dom.js";
import { textObject, safeAddress } from "../text/mrkdwn.js";

const STYLES = { primary: "button-primary", danger: "button-danger" };

/** A button element; with a `url` it opens that too, as the platform's do. */
export function button(definition, control) {
  const node = h(
    "button",
    {
      type: "button",
      class: `button ${STYLES[definition.style] ?? ""}`,
      "aria-label": definition.accessibility_label,
      dataset: { actionId: definition.action_id },
      on: { click: press },
    },
    textObject(definition.text),
  );
  if (definition.url) node.append(h("span", { class: "unseen" }, " (opens a link)"));

  async function press() {
    if (node.getAttribute("aria-busy") === "true") return;
    const address = definition.url && safeAddress(definition.url);
    if (address) window.open(address, "_blank", "noopener,noreferrer");
    await control.act(undefined, () => node.setAttribute("aria-busy", "true"));
    node.removeAttribute("aria-busy");
  }
  return { node, field: node };
}
