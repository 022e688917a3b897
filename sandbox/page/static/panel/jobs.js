/** Botify's jobs and what they cost. */
import { fill, h } from "../dom.js";
import { number } from "../text/format.js";

const WORDS = { CREATED: "created", PROCESSING: "working", DONE: "done", COMPLETE: "done", FAILED: "failed" };

const first = (...values) => values.find((value) => value != null);

/** The jobs that Botify knows, newest first, and the credits spent so far. */
export function jobs() {
  const credits = h("strong", { class: "credits" }, "0");
  const list = h("ul", { class: "jobs", role: "list", "aria-label": "Jobs at Botify" });
  const node = h("div", {}, h("p", { class: "credits-line" }, credits, " credits spent"), list);
  return {
    node,
    /** @param {Object} state what `/control/state/botify` says */
    show(state) {
      const all = Object.values(state.jobs ?? {});
      const spent = first(typeof state.credits === "object" ? Object.values(state.credits ?? {}).reduce((a, b) => a + Number(b), 0) : state.credits, state.credits_spent,
        all.reduce((sum, job) => sum + Number(job.credits ?? 0), 0));
      fill(credits, number(spent));
      fill(list, all.slice(-8).toReversed().map((job) => {
        const status = first(job.job_status, job.status, job.state, "");
        return h("li", { class: `job job-${String(status).toLowerCase()}`, dataset: { jobId: first(job.job_id, job.id) } },
          h("span", { class: "job-name" }, `Job ${first(job.job_id, job.id)}`, job.project ? h("span", { class: "job-project" }, ` ${typeof job.project === "string" ? job.project : job.project.slug ?? ""}`) : null),
          h("span", { class: "job-rows" }, job.rows != null ? `${number(job.rows)} rows` : ""),
          h("span", { class: "job-status" }, WORDS[status] ?? String(status).toLowerCase()));
      }));
    },
  };
}
