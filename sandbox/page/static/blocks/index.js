/** Blocks by type, and the list of blocks that a surface shows. */
import { arrange, h, keepingFocus } from "../dom.js";
import { datatable } from "./datatable.js";
import { input } from "./input.js";
import { actions, section } from "./interactive.js";
import {
  alert,
  context,
  divider,
  header,
  image,
  markdownBlock,
  rich_text,
  unknown,
} from "./layout.js";
import { plan, taskCard } from "./plan.js";
import { table } from "./table.js";

const MAKERS = {
  header,
  section,
  context,
  divider,
  actions,
  image,
  input,
  alert,
  rich_text,
  markdown: markdownBlock,
  table,
  data_table: datatable,
  plan,
  task_card: taskCard,
};

/**
 * Blocks that change in place.
 *
 * In a view a block is known by its `block_id`: the same one keeps what was typed, a new one
 * starts afresh. In a message it is known by its position, so that a button which is pressed while
 * the message is edited is still the same button.
 */
export class BlockList {
  #shown = new Map();

  constructor(surface) {
    this.surface = surface;
    this.node = h("div", { class: `blocks blocks-${surface.kind}` });
  }

  /** Shows these blocks, touching only what differs from those that are shown. */
  show(blocks) {
    keepingFocus(this.node, () => {
      const next = new Map();
      (blocks ?? []).forEach((block, index) => {
        let key =
          this.surface.kind === "view" && block.block_id
            ? `id:${block.block_id}:${block.type}`
            : `at:${index}:${block.type}`;
        while (next.has(key)) key += "'";
        next.set(key, this.#keep(key, block) ?? this.#make(block));
      });
      this.#shown = next;
      arrange(
        this.node,
        [...next.values()].map(({ part }) => part.node),
      );
    });
    if (this.surface.kind === "view")
      this.surface.keepOnly(new Set((blocks ?? []).map((block) => block.block_id)));
  }

  /** The part that draws a block, or null. */
  part(blockId) {
    for (const { block, part } of this.#shown.values()) if (block.block_id === blockId) return part;
    return null;
  }

  *parts() {
    for (const { block, part } of this.#shown.values()) yield [block, part];
  }

  #keep(key, block) {
    const present = this.#shown.get(key);
    if (!present) return null;
    const json = JSON.stringify(block);
    if (json === present.json) return present;
    if (!present.part.update?.(block)) return null;
    this.#mark(present.part, block);
    return { json, block, part: present.part };
  }

  #make(block) {
    const part = (MAKERS[block.type] ?? unknown)(block, this.surface);
    part.node.classList.add("block");
    this.#mark(part, block);
    return { json: JSON.stringify(block), block, part };
  }

  #mark(part, block) {
    part.node.dataset.blockType = block.type;
    if (block.block_id) part.node.dataset.blockId = block.block_id;
  }
}
