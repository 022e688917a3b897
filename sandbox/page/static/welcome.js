/** The card that tells a first-time visitor what to type, and types it. */
import { compose } from "./composer.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { appConversation, workspace } from "./workspace.js";

const COMMAND = "/botify-export";
const FIRST = "https://app.botify.com/acme-org/acme.com/";

const OTHERS = [
  ["A shop with 3 million URLs", `${COMMAND} https://app.botify.com/acme-org/bigshop.example/`],
  ["A link that leads nowhere", `${COMMAND} https://app.botify.com/acme-org/no-such-site.example/`],
  ["Just the command", COMMAND],
];

/** The card for the channel in which a visit begins. */
export function welcomeCard() {
  const line = `${COMMAND} ${FIRST}`;
  return h(
    "section",
    { class: "welcome", "aria-labelledby": "welcome-title" },
    h("span", { class: "welcome-mark" }, icon("app", 26)),
    h("h2", { id: "welcome-title" }, "From a Botify link to a CSV in this channel"),
    h(
      "p",
      {},
      "Type this below and press Enter. You see what the export costs before anything is spent; nothing here is real, so try what you like.",
    ),
    h(
      "div",
      { class: "welcome-line" },
      h("code", {}, line),
      h(
        "button",
        { type: "button", class: "button button-primary", on: { click: () => compose(line) } },
        "Try it",
      ),
    ),
    h(
      "p",
      { class: "welcome-more" },
      "Or try: ",
      OTHERS.map(([name, text]) =>
        h(
          "button",
          { type: "button", class: "link-button", on: { click: () => compose(text) } },
          name,
        ),
      ),
    ),
  );
}

/** The line at the top of any other channel. */
export function channelStart(channel) {
  if (channel === appConversation()) {
    return h(
      "p",
      { class: "channel-start" },
      `Type ${COMMAND} here too: the file comes to this conversation, for you alone.`,
    );
  }
  const isDirect = channel.kind === "im" || channel.kind === "mpim";
  const app = workspace.state?.app?.name ?? "The app";
  const there = channel.app_is_member ? `${app} is here.` : isDirect ? "" : `${app} is not here.`;
  return h(
    "p",
    { class: "channel-start" },
    isDirect
      ? `This is the conversation with ${channel.name}. `
      : `This is the beginning of #${channel.name}. `,
    isDirect ? "" : there,
  );
}
