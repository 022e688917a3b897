/** Botify's jobs and what they cost, as `/control/state/botify` tells them. */
import { fill, h } from "../dom.js";
import { number } from "../text/format.js";

const WORDS = {
  CREATED: "created",
  PROCESSING: "working",
  DONE: "done",
  COMPLETE: "done",
  FAILED: "failed",
};
const SHOWN = 8;

/** Which project a job exports. */
const projectOf = (job) => job.payload?.project ?? "";

/** The jobs that Botify knows, newest first, and the credits spent so far. */
export function jobs() {
  const credits = h("strong", { class: "credits" }, "0");
  const list = h("ul", { class: "jobs", role: "list", "aria-label": "Jobs at Botify" });
  const node = h("div", {}, h("p", { class: "credits-line" }, credits, " credits spent"), list);
  return {
    node,
    show(state) {
      fill(credits, number(state.credits));
      fill(
        list,
        state.jobs
          .slice(-SHOWN)
          .toReversed()
          .map((job) =>
            h(
              "li",
              { class: `job job-${job.state.toLowerCase()}`, dataset: { jobId: job.job_id } },
              h(
                "span",
                { class: "job-name" },
                String(job.job_id),
                h("span", { class: "job-project" }, ` ${projectOf(job)}`),
              ),
              h("span", { class: "job-rows" }, `${number(job.rows)} rows`),
              h("span", { class: "job-status" }, WORDS[job.state] ?? job.state.toLowerCase()),
            ),
          ),
      );
    },
  };
}
