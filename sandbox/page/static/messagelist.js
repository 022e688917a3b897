/**
 * A scrolling list of messages.
 *
 * It stays where the reader is: at the end while they are at the end, else in place. New messages
 * out of sight are offered by a button. A screen reader hears each new message of others once:
 * soon after, the message falls silent, so that its edits are not read again and again.
 */
import { arrange, h } from "./dom.js";
import { icon } from "./icons.js";
import { MessageItem } from "./message.js";
import { day } from "./text/format.js";
import { workspace } from "./workspace.js";

const NEAR = 80;
const TOGETHER = 300;
const HEARD = 1500;

export class MessageList {
  #items = new Map();
  #days = new Map();
  #end = true;
  #key = null;

  /** @param {{label: string, inThread: boolean, head?: HTMLElement}} options */
  constructor({ label, inThread, head = null }) {
    this.inThread = inThread;
    this.head = head;
    this.list = h("ol", { class: "messages", role: "list", "aria-label": label });
    this.scroller = h(
      "div",
      {
        class: "scroller",
        tabindex: 0,
        role: "log",
        "aria-label": label,
        on: { scroll: () => this.#scrolled() },
      },
      head,
      this.list,
    );
    this.jump = h(
      "button",
      {
        type: "button",
        class: "button button-primary jump",
        hidden: true,
        on: { click: () => this.toEnd() },
      },
      icon("down", 16),
      "New messages",
    );
    this.node = h("div", { class: "message-list" }, this.scroller, this.jump);
    new ResizeObserver(() => this.#end && this.#stick()).observe(this.scroller);
    new ResizeObserver(() => this.#end && this.#stick()).observe(this.list);
  }

  /** Shows the messages of `key` (a channel or a thread), oldest first. */
  show(key, messages, label) {
    const other = key !== this.#key;
    if (other) {
      this.#key = key;
      this.#items.clear();
      this.#days.clear();
      this.#end = true;
      this.jump.hidden = true;
    }
    if (label) {
      this.list.setAttribute("aria-label", label);
      this.scroller.setAttribute("aria-label", label);
    }
    const nodes = [];
    const present = new Set();
    let before = null;
    let news = false;
    for (const message of messages) {
      const today = day(message.ts);
      if (!before || day(before.ts) !== today) nodes.push(this.#day(today, message.ts));
      let item = this.#items.get(message.ts);
      if (!item) {
        item = new MessageItem(message, { inThread: this.inThread });
        this.#items.set(message.ts, item);
        const isMine = message.user === workspace.user && !message.ephemeral;
        if (other || isMine) silence(item);
        else window.setTimeout(() => silence(item), HEARD);
        if (!other) {
          news ||= message.user !== workspace.user;
          if (isMine) this.#end = true;
        }
      }
      present.add(message.ts);
      item.update(message, { follows: follows(before, message) });
      nodes.push(item.node);
      before = message;
    }
    for (const ts of this.#items.keys()) if (!present.has(ts)) this.#items.delete(ts);
    arrange(this.list, nodes);
    if (this.#items.has(workspace.wanted)) this.#reveal(workspace.wanted);
    else if (this.#end) this.#stick();
    else if (news) this.jump.hidden = false;
  }

  /** Goes to the message that the address names, once. */
  #reveal(ts) {
    workspace.wanted = null;
    const { node, article } = this.#items.get(ts);
    this.#end = false;
    node.scrollIntoView({ block: "center" });
    article.classList.add("message-wanted");
  }

  /** Goes to the end, and stays there with what comes. */
  follow() {
    this.#end = true;
    this.#stick();
  }

  toEnd() {
    this.follow();
    this.scroller.focus({ preventScroll: true });
  }

  #day(name, ts) {
    let node = this.#days.get(name);
    if (!node) {
      node = h("li", { class: "day", dataset: { day: ts } }, h("span", {}, name));
      this.#days.set(name, node);
    }
    return node;
  }

  #stick() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.jump.hidden = true;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.#end = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.#end) this.jump.hidden = true;
  }
}

const silence = (item) => item.node.setAttribute("aria-live", "off");

function follows(before, message) {
  return (
    Boolean(before) &&
    before.user === message.user &&
    before.username === message.username &&
    !before.ephemeral === !message.ephemeral &&
    Number(message.ts) - Number(before.ts) < TOGETHER &&
    day(before.ts) === day(message.ts)
  );
}
