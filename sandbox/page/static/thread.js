/** The pane beside the conversation: a message and its replies. */
import { Composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./messagelist.js";
import { makeRoom } from "./panel.js";
import { currentChannel, messagesOf, openThread, watch, workspace } from "./workspace.js";

const pane = document.getElementById("thread");
const place = h("p", { class: "conversation-facts" });
const list = new MessageList({ label: "Thread", inThread: true });
let composer;

function close() {
  const ts = workspace.thread;
  openThread(null);
  const message = document.querySelector(`#conversation [data-message-ts="${ts}"]`);
  (
    message?.querySelector(".replies:not([hidden]), .message-tools button") ??
    document.querySelector("[data-home-focus]")
  )?.focus();
}

function draw() {
  const channel = currentChannel();
  const messages =
    workspace.thread && channel
      ? messagesOf(channel.id).filter(
          (message) => message.ts === workspace.thread || message.thread_ts === workspace.thread,
        )
      : [];
  const opening = pane.hidden && messages.length > 0;
  const closing = !pane.hidden && messages.length === 0;
  pane.hidden = messages.length === 0;
  if (opening || closing) makeRoom(opening);
  document.getElementById("page").classList.toggle("with-thread", !pane.hidden);
  if (pane.hidden) return;
  fill(place, channel.kind === "im" ? channel.name : `#${channel.name}`);
  list.show(`${workspace.user}/${workspace.thread}`, messages);
  composer.show(channel);
  if (opening) composer.focus();
}

export function start() {
  composer = new Composer({ id: "thread-composer", thread: () => workspace.thread });
  fill(
    pane,
    h(
      "header",
      { class: "conversation-header" },
      h(
        "div",
        { class: "conversation-words" },
        h("h2", { class: "conversation-title" }, "Thread"),
        place,
      ),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Close thread",
          on: { click: close },
        },
        icon("close"),
      ),
    ),
    list.node,
    composer.node,
  );
  pane.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  });
  watch(draw);
}
