/** Short messages over everything: what went wrong, and what is worth hearing. */
import { Unreachable, client } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { workspace } from "./workspace.js";

const tray = document.getElementById("notices");
const shown = new Map();
/** Errors that were told in place, until when. */
const told = new Map();
const TOLD_FOR = 2000;
let local = 0;

/** Shows an error until it is dismissed; the same words are shown once. */
export function complain(text, { id = `local-${++local}`, onDismiss } = {}) {
  for (const toast of shown.values()) if (toast.dataset.text === text) toast.remove();
  if (shown.get(id)?.isConnected) return;
  const toast = h(
    "div",
    { class: "toast", role: "alert", dataset: { text } },
    icon("warning"),
    h("p", {}, text),
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Dismiss",
        on: {
          click: () => {
            toast.remove();
            shown.delete(id);
            onDismiss?.();
          },
        },
      },
      icon("close", 16),
    ),
  );
  shown.set(id, toast);
  tray.append(toast);
}

/**
 * Runs what a person asked for. When the server is away the person is told so, and the promise is
 * kept with null.
 */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    complain(error.message);
    return null;
  }
}

/** Shows the notices of the workspace's state, and takes away those that are gone. */
export function showNotices({ state, user }) {
  const present = new Set((state?.notices ?? []).map((notice) => `server-${notice.id}`));
  for (const [id, toast] of shown) {
    if (id.startsWith("server-") && !present.has(id)) {
      toast.remove();
      shown.delete(id);
    }
  }
  for (const notice of state?.notices ?? []) {
    const id = `server-${notice.id}`;
    const dismiss = () => client.dismiss({ user, notice: notice.id });
    if ((told.get(notice.error) ?? 0) > Date.now()) {
      told.delete(notice.error);
      shown.get(id)?.remove();
      shown.delete(id);
      dismiss();
    } else if (!shown.has(id)) {
      complain(notice.text, { id, onDismiss: dismiss });
    }
  }
}

/** This error has been told where it happened: the notice about it, now or soon, is not needed. */
export function toldInPlace(answer) {
  if (!answer.error) return;
  told.set(answer.error, Date.now() + TOLD_FOR);
  showNotices(workspace);
}

const SENTENCES = {
  operation_timeout: "The app did not answer in time. Try again in a moment.",
  dispatch_failed: "The app could not be reached. It may be stopped; try again in a moment.",
  invalid_response: "The app's answer could not be understood.",
  not_found: "This is no longer there.",
  is_archived: "This channel is archived: nobody can post here.",
  channel_not_found: "You do not see this channel any more: nothing was done.",
  message_not_found: "This message is no longer there: nothing was done.",
  view_not_found: "This window is no longer open: nothing was done.",
  element_not_found: "This has changed meanwhile: nothing was done. Look at it again.",
};

/**
 * A sentence for an error code of the client interface. The server's `detail` is for who writes a
 * client: ids and bare words.
 */
export const sentence = (answer) =>
  answer?.sentence ??
  SENTENCES[answer?.error] ??
  `That did not work (${answer?.error ?? "unknown reason"}).`;
