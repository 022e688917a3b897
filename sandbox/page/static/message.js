/** One message. It is changed in place, so that reading and pressing are not disturbed. */
import { avatar } from "./avatar.js";
import { BlockList } from "./blocks/index.js";
import { arrange, fill, h, unseen } from "./dom.js";
import { fileCard } from "./file.js";
import { icon } from "./icons.js";
import { personName } from "./names.js";
import { Surface } from "./surface.js";
import { clock, moment } from "./text/format.js";
import { mrkdwn } from "./text/mrkdwn.js";
import { openThread, workspace } from "./workspace.js";

export class MessageItem {
  #drawn = {};

  /** @param {{inThread: boolean}} place */
  constructor(message, place) {
    this.place = place;
    this.surface = new Surface(
      "message",
      { channel: message.channel, ts: message.ts },
      {
        onFailure: (text) => this.#fail(text),
      },
    );
    this.avatar = h("div", { class: "message-side", "aria-hidden": "true" });
    this.head = h("div", { class: "message-head" });
    this.seen = h(
      "div",
      { class: "message-private", hidden: true },
      icon("eye", 14),
      "Only visible to you",
    );
    this.text = h("div", { class: "message-text" });
    this.blocks = new BlockList(this.surface);
    this.failure = h("div", { class: "message-failure", role: "alert", hidden: true });
    this.files = h("div", { class: "files" });
    this.replies = h("button", {
      type: "button",
      class: "replies",
      hidden: true,
      on: { click: () => openThread(this.message.ts) },
    });
    this.tools = h(
      "div",
      { class: "message-tools" },
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Reply in thread",
          title: "Reply in thread",
          on: { click: () => openThread(this.message.ts) },
        },
        icon("reply", 16),
      ),
    );
    this.article = h(
      "article",
      { class: "message" },
      this.avatar,
      h(
        "div",
        { class: "message-main" },
        this.seen,
        this.head,
        this.text,
        this.blocks.node,
        this.failure,
        this.files,
        this.replies,
      ),
      this.tools,
    );
    this.node = h(
      "li",
      { class: "message-item", dataset: { messageTs: message.ts } },
      this.article,
    );
  }

  /** Draws what differs. `follows` joins it to the message before, of the same author. */
  update(message, { follows = false } = {}) {
    this.message = message;
    this.surface.learn(message.state);
    this.article.classList.toggle("message-follows", follows);
    this.article.classList.toggle("message-ephemeral", Boolean(message.ephemeral));
    this.seen.hidden = !message.ephemeral;
    this.#once("head", [message.user, message.username, message.ts, message.edited, follows], () =>
      this.#drawHead(message),
    );
    this.#once("body", [message.text, message.blocks, message.edited], () =>
      this.#drawBody(message),
    );
    this.#once("files", message.files, () => fill(this.files, (message.files ?? []).map(fileCard)));
    this.#once("replies", [message.reply_count, this.place], () => this.#drawReplies(message));
    this.tools.hidden = this.place.inThread || Boolean(message.ephemeral);
  }

  #once(part, value, draw) {
    const json = JSON.stringify(value ?? null);
    if (this.#drawn[part] === json) return;
    this.#drawn[part] = json;
    draw();
  }

  #drawHead(message) {
    const name = authorName(message);
    this.article.setAttribute(
      "aria-label",
      `${name}, ${moment(message.ts)}${message.ephemeral ? ", only visible to you" : ""}`,
    );
    const { state } = workspace;
    const isApp = message.is_bot || message.user === state?.app?.bot_user_id;
    fill(
      this.avatar,
      avatar({ id: message.user, name, isApp }),
      h("span", { class: "message-time-small" }, clock(message.ts)),
    );
    fill(
      this.head,
      h("span", { class: "author" }, name),
      isApp ? h("span", { class: "app-badge" }, "App") : null,
      h("time", { class: "message-time", title: moment(message.ts) }, clock(message.ts)),
    );
  }

  #drawBody(message) {
    const blocks = message.blocks ?? [];
    this.#fail(null);
    this.blocks.show(blocks);
    this.blocks.node.hidden = blocks.length === 0;
    const edited = message.edited ? h("span", { class: "edited" }, " (edited)") : null;
    fill(this.text, blocks.length ? edited : [mrkdwn(message.text), edited]);
    this.text.hidden = !this.text.hasChildNodes();
    // "(edited)" belongs after what was edited.
    const main = this.text.parentNode;
    const order = [...main.childNodes].filter((node) => node !== this.text);
    order.splice(order.indexOf(this.blocks.node) + (blocks.length ? 1 : 0), 0, this.text);
    arrange(main, order);
  }

  #drawReplies({ reply_count: count }) {
    this.replies.hidden = !count || this.place.inThread;
    fill(
      this.replies,
      icon("reply", 14),
      `${count} ${count === 1 ? "reply" : "replies"}`,
      unseen(", open the thread"),
    );
  }

  #fail(text) {
    fill(this.failure, text ? [icon("warning", 15), h("span", {}, text)] : null);
    this.failure.hidden = !text;
  }
}

/** Who wrote a message, in words. */
export const authorName = (message) => personName(message.user) || message.username || "Somebody";
