/** What connects an element with the block and the surface that it stands on. */
import { dispatches } from "../surface.js";

/**
 * @param {Surface} surface
 * @param {Object} block
 * @param {Object} element
 * @param {Object} more `id`, `label`, `labelledby`, `describedby`, `required`, `inForm`.
 */
export function controlOf(surface, block, element, more = {}) {
  return {
    dispatches: dispatches(block),
    get value() {
      return surface.value(block.block_id, element.action_id);
    },
    act: (value, onSent) => surface.act(block, element, value, onSent),
    type: (value) => surface.type(block, element, value),
    options: (query) => surface.options(block, element, query),
    ...more,
  };
}
