/** Blocks that only show: header, divider, context, image, alert, rich text, Markdown. */
import { fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { markdown } from "../text/markdown.js";
import { textObject, words } from "../text/mrkdwn.js";
import { richText } from "../text/richtext.js";

/** A block without controls: drawing it again is cheap, its node stays. */
function still(node, draw) {
  return (block) => {
    const own = node();
    draw(own, block);
    return {
      node: own,
      update(next) {
        draw(own, next);
        return true;
      },
    };
  };
}

export const header = still(
  () => h("div", { class: "block-header", role: "heading", "aria-level": "3" }),
  (node, block) => fill(node, textObject(block.text)),
);

export const divider = () => ({ node: h("hr", { class: "divider" }) });

export const context = still(
  () => h("div", { class: "block-context" }),
  (node, block) =>
    fill(
      node,
      (block.elements ?? []).map((element) =>
        element.type === "image"
          ? h("img", {
              class: "context-image",
              src: element.image_url,
              alt: element.alt_text ?? "",
            })
          : h("span", { class: "context-text" }, textObject(element)),
      ),
    ),
);

export const image = still(
  () => h("figure", { class: "block-image" }),
  (node, block) =>
    fill(
      node,
      block.title ? h("figcaption", {}, textObject(block.title)) : null,
      h("img", { src: block.image_url ?? block.slack_file?.url, alt: block.alt_text ?? "" }),
    ),
);

const LEVELS = {
  default: "info",
  info: "info",
  success: "check",
  warning: "warning",
  error: "warning",
};

export const alert = still(
  () => h("div", {}),
  (node, block) => {
    const level = LEVELS[block.level] ? block.level : "default";
    node.className = `block-alert block-alert-${level}`;
    node.setAttribute("role", level === "error" || level === "warning" ? "alert" : "note");
    fill(node, icon(LEVELS[level]), h("div", {}, textObject(block.text)));
  },
);

export const rich_text = still(
  () => h("div", { class: "block-rich" }),
  (node, block) => fill(node, richText(block)),
);

export const markdownBlock = still(
  () => h("div", { class: "block-markdown" }),
  (node, block) => fill(node, markdown(block.text)),
);

/** What is not drawn here says so, with its text where it has one. */
export const unknown = still(
  () => h("div", { class: "unknown" }),
  (node, block) =>
    fill(node, `A block of type “${block.type}” is not drawn here. ${words(block.text)}`),
);
