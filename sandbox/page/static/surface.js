/**
 * A surface is what blocks stand on: a modal's view, or a message. It knows how to tell the
 * server what a person did there, and keeps what they chose, so that redrawing loses nothing.
 */
import { client } from "./api.js";
import { confirmed } from "./confirm.js";
import { complain, sentence, toldInPlace } from "./notice.js";
import { workspace } from "./workspace.js";

const PAUSE_AFTER_TYPING = 150;
const GONE = new Set(["channel_not_found", "message_not_found", "view_not_found"]);

/** Whether the app hears of what is chosen in a block. */
export const dispatches = (block) => block.type !== "input" || block.dispatch_action === true;

export class Surface {
  #mine = new Map();
  #typed = new Map();
  #timer = null;
  #chain = Promise.resolve();

  /**
   * @param {"view"|"message"} kind
   * @param {Object} target `{view_id}` or `{channel, ts}`.
   * @param {{onFailure?: function(string), onChange?: function(string), onDispatch?: function()}}
   *   hooks `onFailure` gets a sentence; `onChange` the id of the block in which the person changed
   *   something; `onDispatch` is told that the app is about to hear of it.
   */
  constructor(kind, target, { onFailure, onChange, onDispatch }) {
    this.kind = kind;
    this.target = target;
    this.onFailure = onFailure;
    this.onChange = onChange;
    this.onDispatch = onDispatch;
    this.known = {};
  }

  /** Takes over the values that the server holds. */
  learn(state) {
    this.known = state?.values ?? {};
  }

  /** What the person chose in an element: their own latest value before the server's. */
  value(blockId, actionId) {
    return this.#mine.get(`${blockId}\n${actionId}`) ?? this.known[blockId]?.[actionId];
  }

  /** Forgets what was chosen in blocks that are gone: coming back, they start afresh. */
  keepOnly(blockIds) {
    for (const key of this.#mine.keys())
      if (!blockIds.has(key.split("\n")[0])) this.#mine.delete(key);
  }

  /**
   * A button, a choice, or Enter: dispatched to the app where the block asks for it. `onSent` is
   * called once the person has agreed to what the element asks.
   */
  async act(block, element, value, onSent) {
    if (element.confirm && !(await confirmed(element.confirm))) return false;
    onSent?.();
    this.#remember(block, element, value);
    if (dispatches(block)) this.onDispatch?.();
    const answer = await this.#send(() => client.action(this.#body(block, element, value)));
    return answer.ok;
  }

  /** Typing: sent after a short pause, and before anything else is done here. */
  type(block, element, value) {
    this.#remember(block, element, value);
    this.#typed.set(`${block.block_id}\n${element.action_id}`, { block, element, value });
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.flush(), PAUSE_AFTER_TYPING);
  }

  /** What an external select offers for a query. Never throws: `{ok: false}` tells of failure. */
  async options(block, element, query) {
    await this.flush();
    try {
      return await client.options(this.#body(block, element, undefined, { query }));
    } catch (error) {
      return { ok: false, error: "unreachable", sentence: error.message };
    }
  }

  /** Sends what was typed and not yet told; ends when the server knows all of it. */
  flush() {
    window.clearTimeout(this.#timer);
    for (const { block, element, value } of this.#typed.values()) {
      const body = this.#body(block, element, value);
      this.#chain = this.#chain.then(() => this.#answered(client.input(body)));
    }
    this.#typed.clear();
    return this.#chain;
  }

  /** Forgets what was typed and not yet told: the surface is going away. */
  stop() {
    window.clearTimeout(this.#timer);
    this.#typed.clear();
  }

  #remember(block, element, value) {
    if (value === undefined) return;
    this.#mine.set(`${block.block_id}\n${element.action_id}`, { type: element.type, ...value });
    this.onChange?.(block.block_id);
  }

  #body(block, element, value, more = {}) {
    return {
      user: workspace.user,
      ...this.target,
      block_id: block.block_id,
      action_id: element.action_id,
      value,
      ...more,
    };
  }

  async #send(call) {
    await this.flush();
    return this.#answered(call());
  }

  async #answered(call) {
    try {
      const answer = await call;
      if (!answer.ok) this.#fail(answer);
      return answer;
    } catch (error) {
      complain(error.message);
      return { ok: false };
    }
  }

  #fail(answer) {
    // What is gone has no place any more where it could be told.
    const tell = GONE.has(answer.error) ? complain : this.onFailure;
    tell(sentence(answer));
    toldInPlace(answer);
  }
}
