/**
 * Building the document from values.
 *
 * Text always enters as a text node. Nothing in this page parses a string as HTML, so what a
 * person, the app or a crawled site wrote can never become markup.
 */

const PROPERTIES = new Set([
  "value",
  "checked",
  "disabled",
  "hidden",
  "inert",
  "open",
  "readOnly",
  "indeterminate",
]);

/**
 * Makes one element.
 *
 * @param {string} tag
 * @param {Object} attributes `class`, `dataset: {}`, `on: {event: listener}`, live properties
 *   (value, checked, disabled, hidden ...), everything else as an attribute; null, undefined and
 *   false leave it out, true sets it empty.
 * @param {...*} children nodes, strings, numbers, arrays of them; null and false are skipped.
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "dataset") {
      for (const [key, item] of Object.entries(value)) if (item != null) node.dataset[key] = item;
    } else if (PROPERTIES.has(name)) {
      node[name] = value ?? (name === "value" ? "" : false);
    } else if (value != null && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  add(node, children);
  return node;
}

/** Appends nodes, strings and (nested) arrays of them. */
export function add(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child == null || child === false || child === "") continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** Replaces all children. */
export function fill(node, ...children) {
  node.replaceChildren();
  return add(node, children);
}

/** Text that only screen readers get. */
export const unseen = (text) => h("span", { class: "unseen" }, text);

let counter = 0;
/** An id that no other element of the document has. */
export const uniqueId = (prefix = "n") => `${prefix}-${++counter}`;

/**
 * Brings a parent's children into the given order with as few moves as possible, so that what
 * did not change keeps its focus, its caret and its scroll position.
 */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let next = parent.firstChild;
  for (const node of nodes) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
}

const FOCUSABLE =
  'a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), select:not([disabled]), summary, [tabindex]:not([tabindex="-1"])';

/** What the Tab key would stop at inside `root`, in order. */
export function focusable(root) {
  return [...root.querySelectorAll(FOCUSABLE)].filter(
    (node) => node.tabIndex >= 0 && node.getClientRects().length > 0 && !node.closest("[inert]"),
  );
}

/**
 * Runs `change` and, if it took the focused control away, focuses its replacement; where there is
 * none, what stands in its place now, so that nobody is taken to the beginning.
 */
export function keepingFocus(root, change) {
  const before = document.activeElement;
  const inside = before && root.contains(before) ? before : null;
  const hook = inside?.closest("[data-action-id]");
  const caret =
    inside && "selectionStart" in inside ? [inside.selectionStart, inside.selectionEnd] : null;
  const place = hook ? focusable(hook).indexOf(inside) : -1;
  const controls = () => focusable(root).filter((node) => node.closest("[data-action-id]"));
  const were = hook ? controls() : [];
  const { parentElement: scroller } = root;
  const scrolled = scroller?.scrollTop;
  change();
  if (!inside || !hook || (inside.isConnected && document.activeElement === inside)) return;
  const twin = root.querySelector(`[data-action-id="${CSS.escape(hook.dataset.actionId)}"]`);
  if (!twin) {
    const left = controls();
    const earlier = were.slice(0, were.indexOf(inside)).findLast((n) => left.includes(n));
    const next = left[left.indexOf(earlier) + 1] ?? left.at(-1);
    // Left alone, a browser scrolls by the height of what came in, to hold what is below it.
    scroller.scrollTop = scrolled;
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
    return;
  }
  const stops = twin.matches("button, a, input, textarea") ? [twin] : focusable(twin);
  const target = stops[Math.max(0, Math.min(place, stops.length - 1))];
  target?.focus({ preventScroll: true });
  if (caret?.[0] != null && target && "setSelectionRange" in target) {
    try {
      target.setSelectionRange(...caret);
    } catch {
      // inputs of type date and number have no caret
    }
  }
}
