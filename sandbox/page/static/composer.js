/** The message box: messages, and slash commands with their completion. */
import { client } from "./api.js";
import { isConnected, watchBot } from "./bot.js";
import { fill, h, uniqueId } from "./dom.js";
import { icon } from "./icons.js";
import { sentence, toldInPlace } from "./notice.js";
import { refresh, workspace } from "./workspace.js";

const INVITE = {
  command: "/invite",
  usage_hint: "@Botify Export",
  description: "Bring the app into this channel",
};
const NOT_HEARD = new Set(["operation_timeout", "dispatch_failed"]);
const drafts = new Map();
let mainComposer = null;

/** Writes a line into the message box and goes there. */
export function compose(text) {
  mainComposer.set(text);
  mainComposer.focus();
}

/** Goes to the message box, except where that would bring up a keyboard on the screen. */
export function focusMain() {
  if (!window.matchMedia("(pointer: coarse)").matches) mainComposer?.focus();
}

const commands = () => [...(workspace.state?.app?.commands ?? []), INVITE];

export class Composer {
  #channel = null;
  #active = 0;
  #offers = [];
  #sending = false;
  #wasConnected = false;
  #notHeard = false;

  /**
   * @param {{id: string, thread: function(): string|null, onCommand?: function()}} options
   *   `onCommand` is told that a command is on its way.
   */
  constructor({ id, thread, onCommand }) {
    this.thread = thread;
    this.onCommand = onCommand;
    if (id === "composer") mainComposer = this;
    const listId = uniqueId("commands");
    this.offers = h("div", {
      role: "listbox",
      id: listId,
      class: "command-list",
      "aria-label": "Commands",
    });
    this.popup = h(
      "div",
      {
        class: "command-popup",
        hidden: true,
        on: { mousedown: (event) => event.preventDefault() },
      },
      this.offers,
    );
    this.box = h("textarea", {
      id,
      class: "composer-text",
      rows: 1,
      spellcheck: "false",
      autocomplete: "off",
      // A textarea keeps its own role: it is pointed at the list without being called a combobox.
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      "aria-controls": listId,
      dataset: id === "composer" ? { homeFocus: "" } : {},
      on: {
        input: () => this.#edited(),
        keydown: (event) => this.#key(event),
        blur: () => this.#offer([]),
      },
    });
    this.send = h(
      "button",
      { type: "submit", class: "icon-button send", "aria-label": "Send" },
      icon("send"),
    );
    this.hint = h("p", { class: "composer-hint" });
    this.status = h("p", { class: "composer-status", role: "status" });
    this.closed = h("p", { class: "composer-closed", hidden: true });
    this.form = h(
      "form",
      {
        class: "composer-form",
        on: {
          submit: (event) => {
            event.preventDefault();
            this.#submit();
          },
        },
      },
      this.popup,
      this.box,
      this.send,
    );
    this.node = h("div", { class: "composer" }, this.closed, this.form, this.status, this.hint);
    watchBot(() => {
      if (!this.#wasConnected && isConnected() && this.#notHeard) this.#say("");
      this.#wasConnected = isConnected();
    });
  }

  /** Belongs to a channel from now on; each channel keeps its draft. */
  show(channel) {
    const key = this.#key_(channel);
    const isOther = this.#channel !== key;
    this.#channel = key;
    this.channel = channel;
    const name =
      channel.kind === "im" || channel.kind === "mpim" ? channel.name : `#${channel.name}`;
    const label = this.thread() ? "Reply in thread" : `Message ${name}`;
    this.box.setAttribute("aria-label", label);
    this.box.placeholder = this.thread() ? "Reply…" : `Message ${name}, or type /`;
    this.form.hidden = channel.is_archived;
    this.closed.hidden = !channel.is_archived;
    this.hint.hidden = channel.is_archived;
    fill(this.closed, icon("archive", 16), "This channel is archived: nobody can post here.");
    if (!isOther) return;
    // Last: what is hidden, or without its words, has no height to be measured.
    this.box.value = drafts.get(key) ?? "";
    this.#say("");
    this.#edited();
  }

  set(text) {
    this.box.value = text;
    this.box.setSelectionRange(text.length, text.length);
    this.#edited({ offer: false });
  }

  focus() {
    if (!this.form.hidden) this.box.focus({ preventScroll: true });
  }

  #key_(channel) {
    return `${workspace.user}/${channel.id}/${this.thread() ?? ""}`;
  }

  #edited({ offer = true } = {}) {
    const { value } = this.box;
    if (value) drafts.set(this.#channel, value);
    else drafts.delete(this.#channel);
    if (this.status.classList.contains("composer-wrong")) this.#say("");
    this.form.classList.toggle("composer-command", value.startsWith("/"));
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 180)}px`;
    this.send.disabled = value.trim() === "";
    const typed = /^\/\S*$/.exec(value)?.[0];
    this.#offer(
      typed && offer && !this.thread()
        ? commands().filter(({ command }) => command.startsWith(typed))
        : [],
    );
    const known = commands().find(
      ({ command }) => value.startsWith(`${command} `) || value === command,
    );
    fill(
      this.hint,
      known && !this.thread()
        ? [
            h("strong", {}, known.command),
            " ",
            h("span", {}, known.usage_hint ?? ""),
            " – ",
            known.description,
          ]
        : h(
            "span",
            { class: "composer-keys" },
            h("kbd", {}, "Enter"),
            " to send, ",
            h("kbd", {}, "Shift Enter"),
            " for a new line",
            this.thread() ? null : [", ", h("kbd", {}, "/"), " for commands"],
          ),
    );
  }

  #offer(list) {
    this.#offers = list;
    this.#active = 0;
    this.popup.hidden = list.length === 0;
    fill(
      this.offers,
      list.map(({ command, usage_hint: usage, description }) =>
        h(
          "div",
          {
            role: "option",
            id: uniqueId("command"),
            class: "command",
            "aria-selected": "false",
            on: { click: () => this.#complete(command) },
          },
          h(
            "span",
            { class: "command-line" },
            h("strong", {}, command),
            " ",
            h("span", { class: "command-usage" }, usage),
          ),
          h("span", { class: "command-description" }, description),
        ),
      ),
    );
    this.#point(0);
  }

  #point(index) {
    const options = [...this.offers.children];
    this.#active = index;
    options.forEach((node, at) => node.setAttribute("aria-selected", String(at === index)));
    if (options[index]) this.box.setAttribute("aria-activedescendant", options[index].id);
    else this.box.removeAttribute("aria-activedescendant");
  }

  #complete(command) {
    this.box.value = `${command} `;
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
    this.#edited();
  }

  #key(event) {
    if (event.isComposing) return;
    const { key } = event;
    const offered = this.#offers.length;
    if (offered && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault();
      this.#point((this.#active + (key === "ArrowDown" ? 1 : -1) + offered) % offered);
    } else if (offered && key === "Escape") {
      event.preventDefault();
      this.#offer([]);
    } else if (
      offered &&
      (key === "Tab" || key === "Enter") &&
      !event.shiftKey &&
      this.box.value !== this.#offers[this.#active].command
    ) {
      event.preventDefault();
      this.#complete(this.#offers[this.#active].command);
    } else if (key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    }
  }

  async #submit() {
    const text = this.box.value.trim();
    if (!text || this.#sending) return;
    const where = { user: workspace.user, channel: this.channel.id };
    const key = this.#channel;
    const thread = this.thread();
    const isCommand = /^\/\S/.test(text);
    const name = text.split(/\s/)[0];
    if (isCommand && thread) {
      this.#say(`${name} does not work in threads. Type it in the channel.`, true);
      return;
    }
    this.#sending = true;
    this.set("");
    if (isCommand) {
      this.#say(`Sending ${name}…`, false, true);
      this.onCommand?.();
    }
    let answer;
    try {
      answer = await this.#deliver(text, name, isCommand, where, thread);
    } catch (error) {
      answer = { ok: false, sentence: error.message };
    }
    this.#sending = false;
    this.#say("");
    await refresh().catch(() => {});
    if (answer.ok) return;
    // What was refused is not lost: it stands in the box again, unless something else does.
    if (this.#channel === key && !this.box.value) this.set(text);
    this.#say(refusal(answer, name), true);
    this.#notHeard = NOT_HEARD.has(answer.error);
    toldInPlace(answer);
  }

  #deliver(text, name, isCommand, where, thread) {
    if (!isCommand)
      return client.message({ ...where, text, ...(thread ? { thread_ts: thread } : {}) });
    if (name === INVITE.command) return client.invite(where);
    return client.command({ ...where, text });
  }

  #say(text, wrong = false, busy = false) {
    this.#notHeard = false;
    this.status.classList.toggle("composer-wrong", wrong);
    fill(
      this.status,
      busy
        ? h("span", { class: "spinner", "aria-hidden": "true" })
        : wrong
          ? icon("warning", 15)
          : null,
      text,
    );
  }
}

const REFUSALS = {
  operation_timeout: (name) => `${name} failed because the app did not respond.`,
  dispatch_failed: (name) => `${name} failed because the app did not respond.`,
  unknown_command: (name) => `${name} is not a command here. Type / to see the commands.`,
};

const refusal = (answer, name) => REFUSALS[answer.error]?.(name) ?? sentence(answer);
