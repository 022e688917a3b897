/** The "…" menu of further actions. */
import { h, uniqueId } from "../dom.js";
import { icon } from "../icons.js";
import { safeAddress, textObject } from "../text/mrkdwn.js";

/** An overflow element. */
export function overflow(definition, control) {
  const id = uniqueId("menu");
  const items = (definition.options ?? []).map((option) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        class: "menu-item",
        tabindex: -1,
        on: {
          click: () => {
            show(false);
            const address = option.url && safeAddress(option.url);
            if (address) window.open(address, "_blank", "noopener,noreferrer");
            control.act({ selected_option: option });
          },
        },
      },
      textObject(option.text),
    ),
  );
  const menu = h(
    "div",
    { role: "menu", id, class: "menu", hidden: true, "aria-label": "More actions" },
    items,
  );
  const field = h(
    "button",
    {
      type: "button",
      class: "button button-square",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-controls": id,
      "aria-label": "More actions",
      on: { click: () => show(menu.hidden) },
    },
    icon("more"),
  );
  const node = h(
    "div",
    {
      class: "overflow",
      dataset: { actionId: definition.action_id },
      on: {
        keydown: (event) => {
          const at = items.indexOf(document.activeElement);
          if (event.key === "Escape" && !menu.hidden) {
            event.preventDefault();
            event.stopPropagation();
            show(false);
            field.focus();
          } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            if (menu.hidden) show(true);
            else items.at((at + (event.key === "ArrowDown" ? 1 : -1)) % items.length)?.focus();
          }
        },
        focusout: (event) => !node.contains(event.relatedTarget) && show(false),
      },
    },
    field,
    menu,
  );

  function show(open) {
    menu.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (open) items[0]?.focus();
  }
  return { node, field };
}
