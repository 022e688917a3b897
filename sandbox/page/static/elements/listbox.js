/** The list that drops from a combobox. The input keeps the focus; the list is pointed at. */
import { fill, h, uniqueId } from "../dom.js";
import { icon } from "../icons.js";
import { textObject, words } from "../text/mrkdwn.js";

const GAP = 4;
const ROOM = 340;
const ENOUGH = 210;
const PADDING = 10;

export class Listbox {
  #options = [];
  #active = -1;

  /**
   * @param {HTMLInputElement} input
   * @param {HTMLElement} anchor what the list stands under.
   * @param {{multiple?: boolean, label?: string, pick: function(Object)}} hooks
   */
  constructor(input, anchor, { multiple = false, label = "Options", pick }) {
    this.input = input;
    this.anchor = anchor;
    this.pick = pick;
    this.list = h("div", {
      role: "listbox",
      id: uniqueId("list"),
      class: "listbox",
      "aria-label": label,
      "aria-multiselectable": multiple ? "true" : null,
    });
    this.status = h("div", { class: "popup-status", role: "status" });
    this.node = h(
      "div",
      { class: "popup", popover: "manual", on: { mousedown: (event) => event.preventDefault() } },
      this.status,
      this.list,
    );
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-haspopup": "listbox",
      "aria-controls": this.list.id,
    }))
      input.setAttribute(name, value);
    this.place = this.place.bind(this);
  }

  get isOpen() {
    return this.input.getAttribute("aria-expanded") === "true";
  }

  open() {
    if (this.isOpen || !this.node.isConnected) return;
    this.input.setAttribute("aria-expanded", "true");
    this.node.showPopover?.();
    this.node.classList.add("popup-open");
    this.place();
    window.addEventListener("scroll", this.place, true);
    window.addEventListener("resize", this.place);
  }

  close() {
    if (!this.isOpen) return;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    if (this.node.isConnected) this.node.hidePopover?.();
    this.node.classList.remove("popup-open");
    window.removeEventListener("scroll", this.place, true);
    window.removeEventListener("resize", this.place);
  }

  /** How tall the list would be with all of its options in sight. */
  get #height() {
    return this.status.offsetHeight + this.list.scrollHeight + PADDING;
  }

  /** Puts the list under its anchor, or above it where there is more room. */
  place() {
    const box = this.anchor.getBoundingClientRect();
    const below = window.innerHeight - box.bottom - GAP * 2;
    const above = box.top - GAP * 2;
    const upwards = below < Math.min(ENOUGH, this.#height) && above > below;
    const { style } = this.node;
    style.left = `${Math.max(GAP, Math.min(box.left, window.innerWidth - box.width - GAP))}px`;
    style.width = `${box.width}px`;
    style.maxHeight = `${Math.min(ROOM, upwards ? above : below)}px`;
    style.top = upwards ? "auto" : `${box.bottom + GAP}px`;
    style.bottom = upwards ? `${window.innerHeight - box.top + GAP}px` : "auto";
  }

  /** Draws what may be chosen; `chosen` are the values that are chosen already. */
  show({ groups, status = null, busy = false }, chosen = new Set()) {
    const kept = this.#options[this.#active]?.option.value;
    this.#options = [];
    fill(this.status, busy ? h("span", { class: "spinner", "aria-hidden": "true" }) : null, status);
    this.status.hidden = !status && !busy;
    fill(
      this.list,
      groups.map(({ label, options }) => {
        const nodes = options.map((option) => this.#option(option, chosen));
        if (!label) return nodes;
        const id = uniqueId("group");
        return h(
          "div",
          { role: "group", "aria-labelledby": id },
          h("div", { id, class: "group-label", role: "presentation" }, label),
          nodes,
        );
      }),
    );
    this.list.hidden = this.#options.length === 0;
    const again = this.#options.findIndex(({ option }) => option.value === kept);
    const first = this.#options.findIndex(({ option }) => chosen.has(option.value));
    this.#point(again >= 0 ? again : Math.max(first, this.#options.length ? 0 : -1));
    if (this.isOpen) this.place();
  }

  /** Updates the ticks without touching the order or the place. */
  tick(chosen) {
    for (const { option, node } of this.#options)
      node.setAttribute("aria-selected", String(chosen.has(option.value)));
  }

  /** Arrow keys and their kin; true when the key was used. */
  move(key) {
    const last = this.#options.length - 1;
    if (last < 0) return false;
    const steps = {
      ArrowDown: () => (this.#active >= last ? 0 : this.#active + 1),
      ArrowUp: () => (this.#active <= 0 ? last : this.#active - 1),
      PageDown: () => Math.min(last, this.#active + 8),
      PageUp: () => Math.max(0, this.#active - 8),
    };
    if (!steps[key]) return false;
    this.#point(steps[key]());
    return true;
  }

  /** The option that the keyboard points at, or null. */
  get active() {
    return this.isOpen ? (this.#options[this.#active]?.option ?? null) : null;
  }

  #option(option, chosen) {
    const index = this.#options.length;
    const node = h(
      "div",
      {
        role: "option",
        id: uniqueId("option"),
        class: "option",
        "aria-selected": String(chosen.has(option.value)),
        "aria-label": optionName(option),
        dataset: { value: option.value },
        on: { click: () => this.pick(option), mousemove: () => this.#point(index, false) },
      },
      icon("check", 16),
      h(
        "span",
        { class: "option-text" },
        textObject(option.text),
        option.description
          ? h("span", { class: "option-description" }, textObject(option.description))
          : null,
      ),
    );
    this.#options.push({ option, node });
    return node;
  }

  #point(index, scroll = true) {
    this.#options[this.#active]?.node.classList.remove("option-active");
    this.#active = index;
    const node = this.#options[index]?.node;
    if (!node) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    node.classList.add("option-active");
    this.input.setAttribute("aria-activedescendant", node.id);
    if (scroll && this.isOpen) node.scrollIntoView({ block: "nearest" });
  }
}

function optionName(option) {
  const text = words(option.text);
  return option.description ? `${text}, ${words(option.description)}` : text;
}
