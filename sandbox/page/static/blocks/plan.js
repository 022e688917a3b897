/** Plans and task cards: steps with a state each. */
import { fill, h, unseen } from "../dom.js";
import { icon } from "../icons.js";
import { link, plain } from "../text/mrkdwn.js";
import { richText } from "../text/richtext.js";

const STATES = {
  pending: { word: "Waiting", mark: () => h("span", { class: "ring" }) },
  in_progress: { word: "In progress", mark: () => h("span", { class: "spinner" }) },
  complete: { word: "Done", mark: () => icon("check", 14) },
  error: { word: "Failed", mark: () => icon("cross", 14) },
};

function task({ task_id: id, title, status, details, output, sources }) {
  const state = STATES[status] ?? STATES.pending;
  return h(
    "li",
    { class: `task task-${status}`, dataset: { taskId: id } },
    h("span", { class: "task-mark", "aria-hidden": "true" }, state.mark()),
    h(
      "div",
      { class: "task-body" },
      h("div", { class: "task-title" }, plain(title), unseen(` – ${state.word}`)),
      details ? h("div", { class: "task-details" }, richText(details)) : null,
      output ? h("div", { class: "task-details" }, richText(output)) : null,
      sources?.length
        ? h(
            "div",
            { class: "task-sources" },
            sources.map((source) => link(source.url, source.text ?? source.url)),
          )
        : null,
    ),
  );
}

/** A plan block. */
export function plan(block) {
  const node = h("div", { class: "block-plan" });
  const draw = ({ title, tasks = [] }) =>
    fill(
      node,
      h(
        "div",
        { class: "plan-title", role: "heading", "aria-level": "3" },
        plain(typeof title === "string" ? title : title?.text),
      ),
      h("ul", { class: "tasks", role: "list" }, tasks.map(task)),
    );
  draw(block);
  return { node, update: (next) => (draw(next), true) };
}

/** A task_card block that stands alone. */
export function taskCard(block) {
  const node = h("ul", { class: "tasks block-plan", role: "list" });
  const draw = (next) => fill(node, task(next));
  draw(block);
  return { node, update: (next) => (draw(next), true) };
}
