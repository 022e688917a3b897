/** Blocks that carry elements: section and actions. */
import { arrange, fill, h } from "../dom.js";
import { makeElement } from "../elements/index.js";
import { textObject, words } from "../text/mrkdwn.js";
import { controlOf } from "./control.js";

/** An element that is kept while it stays the same, or can take its new definition over. */
class Slot {
  constructor(block, element, surface, label) {
    this.surface = surface;
    this.take(block, element, label);
    this.part = makeElement(element, this.#control());
  }

  take(block, element, label) {
    this.block = block;
    this.element = element;
    this.label = label;
  }

  /** Takes a new definition over; false when the element has to be made anew. */
  become(block, element, label) {
    const same = JSON.stringify(element) === JSON.stringify(this.element);
    const sameBlock = block.block_id === this.block.block_id;
    if (element.type !== this.element.type || element.action_id !== this.element.action_id)
      return false;
    if (!sameBlock && this.surface.kind === "view") return false;
    this.take(block, element, label);
    return same || (this.part.update?.(element, this.#control()) ?? false);
  }

  #control() {
    const slot = this;
    const inner = () => controlOf(slot.surface, slot.block, slot.element);
    // Asked anew each time: in messages a kept button may come to stand in another block.
    return {
      label: needsName(this.element) ? this.label || undefined : undefined,
      get value() {
        return inner().value;
      },
      dispatches: true,
      act: (value, onSent) => inner().act(value, onSent),
      type: (value) => inner().type(value),
      options: (query) => inner().options(query),
    };
  }
}

const NAMED_BY_THEMSELVES = new Set(["button", "image", "overflow"]);
const needsName = (element) => !NAMED_BY_THEMSELVES.has(element.type);

export function section(block, surface) {
  const text = h("div", { class: "section-text" });
  const fields = h("div", { class: "section-fields" });
  const accessory = h("div", { class: "section-accessory" });
  const node = h(
    "div",
    { class: "block-section" },
    h("div", { class: "section-main" }, text, fields),
    accessory,
  );
  let slot = null;

  const draw = (next, surfaceNow) => {
    fill(text, textObject(next.text));
    text.hidden = !next.text;
    fill(
      fields,
      (next.fields ?? []).map((field) => h("div", { class: "section-field" }, textObject(field))),
    );
    fields.hidden = !next.fields?.length;
    const element = next.accessory;
    const label = [words(next.text), words(element?.placeholder)].filter(Boolean)[0];
    if (!element) slot = null;
    else if (!slot?.become(next, element, label)) slot = new Slot(next, element, surfaceNow, label);
    arrange(accessory, slot ? [slot.part.node] : []);
    accessory.hidden = !slot;
    node.classList.toggle(
      "section-with-field",
      Boolean(slot) && !["button", "image", "overflow"].includes(element.type),
    );
  };
  draw(block, surface);
  return {
    node,
    get field() {
      return slot?.part.field;
    },
    update(next) {
      draw(next, surface);
      return true;
    },
  };
}

export function actions(block, surface) {
  const node = h("div", { class: "block-actions" });
  let slots = [];

  const draw = (next) => {
    const before = slots;
    slots = (next.elements ?? []).map((element) => {
      const label = words(element.placeholder);
      const kept = before.find(
        (slot) => slot.element.action_id === element.action_id && slot.become(next, element, label),
      );
      return kept ?? new Slot(next, element, surface, label);
    });
    arrange(
      node,
      slots.map((slot) => slot.part.node),
    );
  };
  draw(block);
  return {
    node,
    get field() {
      return slots[0]?.part.field;
    },
    update(next) {
      draw(next);
      return true;
    },
  };
}
