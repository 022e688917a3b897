/** The list of channels and conversations, each with what one has to know about it in a word. */
import { client } from "./api.js";
import { focusMain } from "./composer.js";
import { arrange, fill, h, unseen } from "./dom.js";
import { icon } from "./icons.js";
import { attempt } from "./notice.js";
import { appConversation, openChannel, refresh, unread, watch, workspace } from "./workspace.js";

const side = document.getElementById("sidebar");
const veil = h("div", { class: "veil", on: { click: () => showSidebar(false) } });
const rows = new Map();
const togglers = new Set();
let heads;

/** Facts about a channel that decide what the app can do there: [icon, words, shown in the list]. */
export function facts(channel) {
  const isApp =
    channel.members?.includes(workspace.state?.app?.bot_user_id) && channel.kind === "im";
  if (isApp) return { picture: "app", tag: "", kind: "Direct message with the app" };
  if (channel.kind === "im") return { picture: "person", tag: "", kind: "Direct message" };
  if (channel.kind === "mpim") return { picture: "people", tag: "", kind: "Group message" };
  const kind = channel.kind === "private" ? "Private channel" : "Public channel";
  if (channel.is_archived)
    return { picture: "archive", tag: "archived", kind: `${kind}, archived` };
  const shared = channel.is_shared ? ", shared with another company" : "";
  const absent = channel.app_is_member ? "" : "app not here";
  const picture = channel.is_shared ? "shared" : channel.kind === "private" ? "lock" : "hash";
  return {
    picture,
    tag: [channel.is_shared && "shared", absent].filter(Boolean).join(" · "),
    kind: kind + shared,
  };
}

function row(channel) {
  let node = rows.get(channel.id);
  if (!node) {
    node = h(
      "li",
      {},
      h("button", {
        type: "button",
        class: "channel",
        dataset: { channelId: channel.id },
        on: {
          click: () => {
            openChannel(channel.id);
            showSidebar(false);
            focusMain();
          },
        },
      }),
    );
    rows.set(channel.id, node);
  }
  const button = node.firstChild;
  const { picture, tag, kind } = facts(channel);
  const current = channel.id === workspace.channel;
  const news = unread(channel.id);
  const drawn = JSON.stringify([channel.name, picture, tag, kind, current, news]);
  if (node.dataset.drawn === drawn) return node;
  node.dataset.drawn = drawn;
  button.classList.toggle("channel-unread", news > 0);
  if (current) button.setAttribute("aria-current", "page");
  else button.removeAttribute("aria-current");
  button.title = kind;
  fill(
    button,
    icon(picture, 16),
    h("span", { class: "channel-name" }, channel.name),
    tag
      ? h("span", { class: "channel-tag" }, unseen(" ("), tag, unseen(")"))
      : unseen(` (${kind.toLowerCase()})`),
    news
      ? h(
          "span",
          { class: "badge" },
          String(news),
          unseen(news === 1 ? " new message" : " new messages"),
        )
      : null,
  );
  return node;
}

function group(title) {
  const id = `group-${title.toLowerCase().replaceAll(" ", "-")}`;
  const list = h("ul", { role: "list", class: "channels", "aria-labelledby": id });
  return {
    node: h("div", { class: "channel-group" }, h("h2", { class: "group-title", id }, title), list),
    list,
  };
}

/** A way to the app before there is a conversation with it. */
function appDoor() {
  const { app } = workspace.state;
  const node = h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: "channel",
        on: {
          click: () =>
            attempt(async () => {
              const answer = await client.home({ user: workspace.user, tab: "messages" });
              await refresh();
              if (answer.channel) openChannel(answer.channel);
              focusMain();
            }),
        },
      },
      icon("app", 16),
      h("span", { class: "channel-name" }, app.name),
    ),
  );
  return node;
}

function draw() {
  const { state } = workspace;
  if (!state) return;
  const rank = (c) => (c.name === "seo" ? 0 : c.is_archived ? 3 : c.app_is_member ? 1 : 2);
  const channels = state.channels
    .filter((c) => c.kind === "public" || c.kind === "private")
    .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  const direct = state.channels.filter((c) => c.kind === "im" || c.kind === "mpim");
  const app = appConversation();
  arrange(heads.channels.list, channels.map(row));
  arrange(heads.direct.list, direct.filter((c) => c !== app).map(row));
  heads.apps.list.replaceChildren(...(app ? [row(app)] : state.app ? [appDoor()] : []));
  heads.apps.node.hidden = !state.app;
}

const isOpen = () => side.classList.contains("sidebar-open");

function showSidebar(open) {
  side.classList.toggle("sidebar-open", open);
  veil.classList.toggle("veil-open", open);
  for (const callback of togglers) callback(open);
  if (open) side.querySelector("[aria-current], button")?.focus();
}

export const toggleSidebar = () => showSidebar(!isOpen());

/** Calls back whenever the list opens or closes over a narrow page, and once now. */
export function onToggle(callback) {
  togglers.add(callback);
  callback(isOpen());
}

export function start() {
  heads = { channels: group("Channels"), direct: group("Direct messages"), apps: group("Apps") };
  fill(side, heads.channels.node, heads.apps.node, heads.direct.node);
  side.after(veil);
  side.addEventListener("keydown", (event) => {
    const buttons = [...side.querySelectorAll("button.channel")];
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && at >= 0) {
      event.preventDefault();
      buttons[(at + step + buttons.length) % buttons.length].focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOpen()) return;
    showSidebar(false);
    document.querySelector("[aria-controls=sidebar]")?.focus();
  });
  watch(draw);
}
