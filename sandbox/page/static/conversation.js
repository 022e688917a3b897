/** The middle of the page: the channel's name and facts, its messages, the message box. */
import { client } from "./api.js";
import { Composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./messagelist.js";
import { attempt, complain, sentence } from "./notice.js";
import { facts } from "./sidebar.js";
import { currentChannel, messagesOf, refresh, watch, workspace } from "./workspace.js";
import { channelStart, welcomeCard } from "./welcome.js";

const main = document.getElementById("conversation");
const header = h("header", { class: "conversation-header" });
const start_ = h("div", {});
const list = new MessageList({ label: "Messages", inThread: false, head: start_ });
let composer;
let drawn = null;

function changeMembership(call, channel) {
  return attempt(async () => {
    const answer = await call({ user: workspace.user, channel: channel.id });
    if (!answer.ok) complain(sentence(answer));
    await refresh();
  });
}

function drawHeader(channel) {
  const app = workspace.state.app?.name ?? "the app";
  const { picture, kind } = facts(channel);
  const isChannel = channel.kind === "public" || channel.kind === "private";
  const presence =
    isChannel && !channel.is_archived
      ? channel.app_is_member
        ? `${app} is a member`
        : `${app} is not a member`
      : null;
  fill(
    header,
    h(
      "div",
      { class: "conversation-words" },
      h("h1", { class: "conversation-title" }, icon(picture, 18), channel.name),
      h("p", { class: "conversation-facts" }, [kind, presence].filter(Boolean).join(" · ")),
    ),
    isChannel && !channel.is_archived
      ? h(
          "button",
          {
            type: "button",
            class: "button button-small button-quiet",
            on: {
              click: () =>
                changeMembership(channel.app_is_member ? client.removeApp : client.invite, channel),
            },
          },
          channel.app_is_member ? "Remove the app" : "Invite the app",
        )
      : null,
  );
}

function draw() {
  const channel = currentChannel();
  if (!channel) return;
  const facts_ = JSON.stringify([channel, workspace.user, workspace.state.app?.name]);
  if (facts_ !== drawn) {
    drawn = facts_;
    drawHeader(channel);
    const isFirst = channel.name === "seo";
    if (start_.dataset.channel !== channel.id || !isFirst)
      fill(start_, isFirst ? welcomeCard() : channelStart(channel));
    start_.dataset.channel = channel.id;
    main.setAttribute(
      "aria-label",
      channel.kind === "im" ? `Conversation with ${channel.name}` : `Channel ${channel.name}`,
    );
  }
  const messages = messagesOf(channel.id).filter(
    (message) => !message.thread_ts || message.thread_ts === message.ts,
  );
  list.show(`${workspace.user}/${channel.id}`, messages, `Messages in ${channel.name}`);
  composer.show(channel);
}

export function start() {
  composer = new Composer({ id: "composer", thread: () => null, onCommand: () => list.follow() });
  fill(main, header, list.node, composer.node);
  watch(draw);
}
