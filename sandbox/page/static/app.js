/** Puts the page together. */
import * as bot from "./bot.js";
import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import * as modal from "./modal.js";
import { complain, showNotices } from "./notice.js";
import * as panel from "./panel.js";
import * as sidebar from "./sidebar.js";
import * as theme from "./theme.js";
import * as thread from "./thread.js";
import * as topbar from "./topbar.js";
import * as tour from "./tour.js";
import { connect, openChannel, refresh, watch } from "./workspace.js";

theme.start();
topbar.start();
sidebar.start();
conversation.start();
thread.start();
modal.start();
panel.start();
bot.start();
tour.start();
watch(showNotices);

// A mention of a channel, wherever it stands, leads there without loading the page again.
document.addEventListener("click", (event) => {
  const mention = event.target.closest?.("a[data-channel]");
  if (!mention || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  openChannel(mention.dataset.channel);
});

connect();
refresh().then(
  () => composer.focusMain(),
  (error) => complain(error.message),
);
