/**
 * Menus: one combobox for all kinds of select, single and multiple. Single ones show their choice
 * in the input; multiple ones show chips before it.
 */
import { arrange, fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { words } from "../text/mrkdwn.js";
import { Listbox } from "./listbox.js";
import { chosen, find, isRemote, toValue } from "./options.js";

const PAUSE = 120;

class Select {
  #asked = 0;
  #timer = null;
  #typed = false;
  #chips = new Map();

  constructor(definition, control) {
    this.definition = definition;
    this.control = control;
    this.many = definition.type.startsWith("multi_");
    this.options = chosen(definition, control.value);
    this.field = h("input", {
      type: "text",
      id: control.id,
      class: "select-input",
      autocomplete: "off",
      spellcheck: "false",
      autocapitalize: "none",
      "aria-label": control.label,
      "aria-describedby": control.describedby,
      "aria-required": control.required ? "true" : null,
      on: {
        input: () => this.#type(),
        keydown: (event) => this.#key(event),
        blur: () => this.#leave(),
        focus: () => !this.many && this.field.select(),
      },
    });
    this.chips = h("ul", { class: "chips", role: "list", "aria-label": "Chosen" });
    this.clear = h(
      "button",
      {
        type: "button",
        class: "icon-button select-clear",
        "aria-label": "Clear",
        on: { click: () => this.#empty() },
      },
      icon("close", 14),
    );
    this.box = h(
      "div",
      { class: "select-box", on: { mousedown: (event) => this.#press(event) } },
      this.many ? this.chips : null,
      this.field,
      this.clear,
      h("span", { class: "select-arrow" }, icon("down", 16)),
    );
    this.listbox = new Listbox(this.field, this.box, {
      multiple: this.many,
      pick: (option) => this.#pick(option),
    });
    this.node = h(
      "div",
      { class: "select", dataset: { actionId: definition.action_id } },
      this.box,
      this.listbox.node,
    );
    this.#draw();
  }

  update(definition, control) {
    if (definition.type !== this.definition.type) return false;
    const changed = JSON.stringify(definition) !== JSON.stringify(this.definition);
    this.definition = definition;
    this.control = control;
    if (changed && control.value === undefined) this.options = chosen(definition, undefined);
    this.#draw();
    if (changed && this.listbox.isOpen) this.#load();
    return true;
  }

  get #query() {
    return this.many || this.#typed ? this.field.value : "";
  }

  get #values() {
    return new Set(this.options.map((option) => option.value));
  }

  #draw() {
    const placeholder =
      words(this.definition.placeholder) || (this.many ? "Choose options" : "Choose an option");
    const empty = this.options.length === 0;
    this.field.placeholder = this.many && !empty ? "" : placeholder;
    if (this.many) {
      // The same chips: one of them may be about to take the focus that the input gives away.
      const before = this.#chips;
      this.#chips = new Map(
        this.options.map((option) => {
          const key = `${option.value}\n${words(option.text)}`;
          return [key, before.get(key) ?? this.#chip(option)];
        }),
      );
      arrange(this.chips, [...this.#chips.values()]);
      this.chips.hidden = empty;
    } else if (!this.#typed) {
      this.field.value = empty ? "" : words(this.options[0].text);
    }
    this.clear.hidden = empty || this.many || this.control.required || !this.control.inForm;
  }

  #chip(option) {
    const name = words(option.text);
    return h(
      "li",
      { class: "chip", dataset: { value: option.value } },
      h("span", {}, name),
      h(
        "button",
        {
          type: "button",
          class: "chip-remove",
          "aria-label": `Remove ${name}`,
          on: { click: () => this.#remove(option) },
        },
        icon("close", 12),
      ),
    );
  }

  #press(event) {
    if (event.target.closest("button")) {
      // The input keeps the focus: leaving it would draw the chips anew under the pressed finger.
      event.preventDefault();
      return;
    }
    if (event.target !== this.field) {
      event.preventDefault();
      this.field.focus();
    }
    if (this.listbox.isOpen && event.target !== this.field) this.listbox.close();
    else this.#open();
  }

  #open() {
    this.listbox.open();
    this.#load();
  }

  async #load() {
    const asked = ++this.#asked;
    const remote = isRemote(this.definition);
    if (remote) this.listbox.show({ groups: [], status: "Loading…", busy: true });
    const found = await find(this.definition, this.#query, (query) => this.control.options(query));
    if (asked !== this.#asked) return;
    this.listbox.show(found, this.#values);
  }

  #type() {
    this.#typed = true;
    this.listbox.open();
    window.clearTimeout(this.#timer);
    if (isRemote(this.definition)) {
      this.#asked += 1;
      this.listbox.show({ groups: [], status: "Loading…", busy: true });
      this.#timer = window.setTimeout(() => this.#load(), PAUSE);
    } else {
      this.#load();
    }
  }

  #key(event) {
    if (event.isComposing) return;
    const { key } = event;
    if (key === "Escape" && this.listbox.isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.#leave();
    } else if (["ArrowDown", "ArrowUp", "PageDown", "PageUp"].includes(key)) {
      event.preventDefault();
      if (this.listbox.isOpen) this.listbox.move(key);
      else this.#open();
    } else if (key === "Enter") {
      event.preventDefault();
      if (this.listbox.active) this.#pick(this.listbox.active);
      else if (!this.listbox.isOpen) this.#open();
    } else if (key === "Backspace" && this.many && this.field.value === "" && this.options.length) {
      this.#remove(this.options.at(-1));
    }
  }

  #leave() {
    window.clearTimeout(this.#timer);
    this.#asked += 1;
    this.#typed = false;
    this.listbox.close();
    if (this.many) this.field.value = "";
    this.#draw();
  }

  #pick(option) {
    if (!this.many) {
      this.options = [option];
      this.#leave();
      this.field.select();
      this.#tell();
      return;
    }
    if (this.#values.has(option.value)) {
      this.#remove(option);
      return;
    }
    const most = this.definition.max_selected_items;
    if (most && this.options.length >= most) {
      this.listbox.status.hidden = false;
      fill(this.listbox.status, `At most ${most} can be chosen`);
      return;
    }
    this.options = [...this.options, option];
    this.#settle();
  }

  #remove(option) {
    this.options = this.options.filter((other) => other.value !== option.value);
    this.field.focus();
    this.#settle();
  }

  /** After a choice among several: the query is used up, the list stays for the next. */
  #settle() {
    const searched = this.field.value !== "";
    this.field.value = "";
    this.#draw();
    if (this.listbox.isOpen) {
      this.listbox.tick(this.#values);
      this.listbox.place();
      if (searched) this.#load();
    }
    this.#tell();
  }

  #empty() {
    this.options = [];
    this.#leave();
    this.field.focus();
    this.#tell();
  }

  #tell() {
    this.control.act(toValue(this.definition, this.options));
  }
}

/** Any `…_select` element. */
export const select = (definition, control) => new Select(definition, control);
