/**
 * Windows over the page: the page beneath is inert, focus stays inside and returns where it was.
 */
import { focusable, h } from "./dom.js";

const layers = document.getElementById("layers");
const page = document.getElementById("page");
const stack = [];

/** `inert` says it to browsers, `aria-hidden` to what does not know `inert` yet. */
function cover(node, covered) {
  node.inert = covered;
  if (covered) node.setAttribute("aria-hidden", "true");
  else node.removeAttribute("aria-hidden");
}

function settle() {
  cover(page, stack.length > 0);
  stack.forEach((dialog, index) => cover(dialog.layer, index < stack.length - 1));
}

/**
 * A dialog that is shown until `close()`.
 *
 * @param {HTMLElement} box the element that gets the role.
 * @param {{role?: string, labelledby: string, describedby?: string, onEscape: function}} options
 */
export class Dialog {
  constructor(box, { role = "dialog", labelledby, describedby, onEscape }) {
    this.box = box;
    this.onEscape = onEscape;
    box.setAttribute("role", role);
    box.setAttribute("aria-modal", "true");
    box.setAttribute("aria-labelledby", labelledby);
    if (describedby) box.setAttribute("aria-describedby", describedby);
    box.tabIndex = -1;
    this.layer = h("div", { class: `layer layer-${role}` }, box);
    this.layer.addEventListener("keydown", (event) => this.#key(event));
    // A press beside the window would take the focus out of it.
    this.layer.addEventListener("mousedown", (event) => {
      if (event.target === this.layer) event.preventDefault();
    });
    this.observer = new MutationObserver(() => window.setTimeout(() => this.#keepFocus()));
  }

  get isOpen() {
    return stack.includes(this);
  }

  open() {
    this.opener = document.activeElement;
    layers.append(this.layer);
    stack.push(this);
    settle();
    this.box.focus({ preventScroll: true });
    this.observer.observe(this.box, {
      subtree: true,
      childList: true,
      attributeFilter: ["hidden", "disabled"],
    });
  }

  close() {
    if (!this.isOpen) return;
    this.observer.disconnect();
    stack.splice(stack.indexOf(this), 1);
    this.layer.remove();
    settle();
    const back =
      this.opener?.isConnected && !this.opener.closest("[inert]")
        ? this.opener
        : document.querySelector("[data-home-focus]");
    if (stack.length === 0 || this.opener?.isConnected) back?.focus({ preventScroll: true });
    else stack.at(-1).box.focus({ preventScroll: true });
  }

  /** Focuses the first control that `selector` finds, else the window itself. */
  focusFirst(selector) {
    (this.box.querySelector(selector) ?? this.box).focus({ preventScroll: false });
  }

  /** What had the focus may be gone, and with it the keyboard's way into the window. */
  #keepFocus() {
    if (stack.at(-1) !== this) return;
    const { activeElement, body } = document;
    if (activeElement === body || activeElement.getClientRects().length === 0)
      this.box.focus({ preventScroll: true });
  }

  #key(event) {
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault();
      event.stopPropagation();
      this.onEscape();
    } else if (event.key === "Tab") {
      this.#trap(event);
    }
  }

  #trap(event) {
    const stops = focusable(this.box);
    if (stops.length === 0) {
      event.preventDefault();
      return;
    }
    const [first, last] = [stops[0], stops.at(-1)];
    const { activeElement } = document;
    if (event.shiftKey && (activeElement === first || activeElement === this.box)) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && activeElement === last) {
      event.preventDefault();
      first.focus();
    }
  }
}
