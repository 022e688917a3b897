/** The coloured squares that stand for people. */
import { h } from "./dom.js";
import { icon } from "./icons.js";

const COLOURS = 5;

/** One of a few colours, always the same for the same id. */
const colour = (id) =>
  [...String(id)].reduce((hash, character) => (hash * 31 + character.codePointAt(0)) % 9973, 7) %
  COLOURS;

/** A person's square, or the app's. Decoration: the name stands beside it. */
export function avatar({ id, name, isApp = false, small = false }) {
  return h(
    "span",
    {
      class: `avatar ${small ? "avatar-small" : ""} ${isApp ? "avatar-app" : `avatar-${colour(id)}`}`,
      "aria-hidden": "true",
    },
    isApp ? icon("app", small ? 14 : 20) : name.slice(0, 1),
  );
}
