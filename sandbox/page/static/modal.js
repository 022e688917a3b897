/** The stack of views: its top is the window that is shown. */
import { client } from "./api.js";
import { BlockList } from "./blocks/index.js";
import { Dialog } from "./dialog.js";
import { arrange, fill, h, uniqueId, unseen } from "./dom.js";
import { icon } from "./icons.js";
import { attempt, complain, sentence, toldInPlace } from "./notice.js";
import { Surface } from "./surface.js";
import { words } from "./text/mrkdwn.js";
import { refresh, watch, workspace } from "./workspace.js";

const FIRST_FIELD = ".modal-body input, .modal-body textarea";
const CHOSEN_FIELD = ".modal-body [data-focus-on-load]";
const frames = new Map();

/** One view of the stack, with its fields and what was typed into them. */
class Frame {
  constructor(view) {
    this.id = view.id;
    this.errors = {};
    this.answersChange = false;
    this.submitting = false;
    this.surface = new Surface(
      "view",
      { view_id: view.id },
      {
        onFailure: (text) => this.fail(text),
        onChange: (blockId) => this.forgive(blockId),
        onDispatch: () => {
          this.answersChange = true;
        },
      },
    );
    this.blocks = new BlockList(this.surface);
    this.banner = h("div", { class: "banner", role: "alert", hidden: true });
    this.body = h("div", { class: "modal-body" }, this.banner, this.blocks.node);
    this.update(view);
    this.accuse(view.errors ?? {});
  }

  update(view) {
    const fresh = view.hash !== this.view?.hash;
    this.view = view;
    this.surface.learn(view.state);
    if (!fresh) return;
    this.fail(null);
    this.blocks.show(view.blocks);
    // A price that comes by itself says nothing about them; the app's answer to a change does.
    const kept = this.answersChange ? [] : Object.entries(this.errors);
    this.accuse(Object.fromEntries(kept.filter(([id]) => this.blocks.part(id))));
  }

  /** Shows errors under their fields. */
  accuse(errors) {
    this.errors = errors;
    this.answersChange = false;
    const elsewhere = [];
    for (const [block, part] of this.blocks.parts())
      part.setError?.(errors[block.block_id] ?? null);
    for (const [id, text] of Object.entries(errors))
      if (!this.blocks.part(id)?.setError) elsewhere.push(text);
    if (elsewhere.length) this.fail(elsewhere.join(" "));
  }

  forgive(blockId) {
    if (!this.errors[blockId]) return;
    delete this.errors[blockId];
    this.blocks.part(blockId)?.setError?.(null);
  }

  /** A sentence over the fields, or none. */
  fail(text) {
    fill(this.banner, text ? [icon("warning"), h("span", {}, text)] : null);
    this.banner.hidden = !text;
  }

  focusFirstError() {
    for (const [block, part] of this.blocks.parts()) {
      if (this.errors[block.block_id] && part.field) {
        part.field.focus();
        return;
      }
    }
  }
}

/** The window around the top frame. */
const titleId = uniqueId("modal-title");
const title = h("h2", { id: titleId, class: "modal-title" });
const back = h(
  "button",
  { type: "button", class: "icon-button", "aria-label": "Back", on: { click: () => close(false) } },
  icon("back"),
);
const cross = h(
  "button",
  {
    type: "button",
    class: "icon-button modal-cross",
    "aria-label": "Close window",
    on: { click: () => close(true) },
  },
  icon("close"),
);
const cancel = h("button", {
  type: "button",
  class: "button",
  dataset: { role: "close" },
  on: { click: () => close(false) },
});
const submit = h("button", {
  type: "submit",
  class: "button button-primary",
  dataset: { role: "submit" },
});
const middle = h("div", { class: "modal-middle" });
const progress = h("div", { class: "modal-progress", "aria-hidden": "true" });
const form = h(
  "form",
  { class: "modal-form", novalidate: true, on: { submit: onSubmit, keydown: onKey } },
  h("header", { class: "modal-header" }, back, title, cross),
  progress,
  middle,
  h("footer", { class: "modal-footer" }, cancel, submit),
);
const box = h("div", { class: "dialog modal" }, form);
const dialog = new Dialog(box, { labelledby: titleId, onEscape: () => close(false) });

let top = null;

function show(views) {
  const ids = new Set(views.map((view) => view.id));
  for (const id of frames.keys()) if (!ids.has(id)) frames.delete(id);
  for (const view of views) {
    const frame = frames.get(view.id);
    if (frame) frame.update(view);
    else frames.set(view.id, new Frame(view));
  }
  const next = views.length ? frames.get(views.at(-1).id) : null;
  if (!next) {
    top = null;
    dialog.close();
    fill(middle);
    return;
  }
  const changed = next !== top;
  top = next;
  draw(views.length);
  if (!dialog.isOpen) dialog.open();
  if (changed || document.activeElement === box || !box.contains(document.activeElement))
    focusField();
}

/** Puts the person where they would begin, but never takes them out of a dialog above. */
function focusField() {
  if (box.closest("[inert]")) return;
  if (box.querySelector(CHOSEN_FIELD)) dialog.focusFirst(CHOSEN_FIELD);
  else if (box.querySelector(FIRST_FIELD)) dialog.focusFirst(FIRST_FIELD);
  else box.focus({ preventScroll: true });
}

function draw(depth) {
  const { view } = top;
  box.dataset.viewId = view.id;
  box.dataset.callbackId = view.callback_id ?? "";
  fill(title, words(view.title));
  back.hidden = depth < 2;
  fill(cancel, words(view.close) || (view.submit ? "Cancel" : "Close"));
  submit.hidden = !view.submit;
  const busy = top.submitting;
  box.setAttribute("aria-busy", String(Boolean(busy || view.busy)));
  progress.hidden = !(busy || view.busy);
  submit.setAttribute("aria-disabled", String(Boolean(busy)));
  fill(
    submit,
    busy ? h("span", { class: "spinner", "aria-hidden": "true" }) : null,
    words(view.submit) || "Submit",
    busy ? unseen(", waiting for the app") : null,
  );
  arrange(middle, [top.body]);
}

/** Enter with Ctrl or Cmd submits from a text of several lines too. */
function onKey(event) {
  if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey) || event.defaultPrevented) return;
  event.preventDefault();
  if (!submit.hidden) form.requestSubmit(submit);
}

async function onSubmit(event) {
  event.preventDefault();
  const frame = top;
  if (!frame || frame.submitting || !frame.view.submit) return;
  frame.submitting = true;
  frame.fail(null);
  draw(frames.size);
  let answer;
  try {
    await frame.surface.flush();
    answer = await client.submit({ user: workspace.user, view_id: frame.id });
  } catch (error) {
    answer = { ok: false, sentence: error.message };
  }
  frame.submitting = false;
  if (answer.ok) {
    frame.accuse({});
  } else if (answer.errors && Object.keys(answer.errors).length) {
    frame.accuse(answer.errors);
    frame.focusFirstError();
  } else if (answer.error !== "not_found") {
    frame.fail(sentence(answer));
    toldInPlace(answer);
  }
  await refresh().catch((error) => complain(error.message));
  if (top === frame) draw(frames.size);
}

async function close(clear) {
  if (!top) return;
  top.surface.stop();
  const body = { user: workspace.user, view_id: top.id, ...(clear ? { clear: true } : {}) };
  await attempt(async () => {
    await client.close(body);
    await refresh();
  });
}

/** Keeps the window in step with the workspace. */
export function start() {
  watch(({ state }) => show(state?.views ?? []));
}
