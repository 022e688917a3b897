/** Pictures inside sections and contexts. */
import { h } from "../dom.js";

/** An image element. */
export const image = (definition) => ({
  node: h("img", {
    class: "image-element",
    src: definition.image_url,
    alt: definition.alt_text ?? "",
    loading: "lazy",
  }),
});
