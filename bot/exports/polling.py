"""Asking Botify how the running jobs do: one round a tick for all exports of this process."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.botify import jobs
from bot.botify.jobs import Job, JobStatus
from bot.exports.context import Context
from bot.exports.creation import QUOTA, SAID_AFTER
from bot.exports.effects import Effect, perform
from bot.exports.ledger import record_part, subject_of
from bot.exports.part_lifecycle import Event, Failed, Finished, StillRunning
from bot.exports.patience import heeded
from bot.exports.questions import Memory, choose, remember
from bot.model.errors import (
    ExportBusy,
    ExportFailed,
    FileMissing,
    ProductError,
    RateLimited,
    Repeat,
    Stale,
)
from bot.model.export import Part, State
from bot.model.failure import Failure, failure_of
from bot.model.ids import new_error_id

log = structlog.get_logger(__name__)

BARE_TICKS = 30
"""How long a job may say done and name no file until we believe that there is none: what writes
the address may come a moment after what says done."""

UNANSWERED = timedelta(hours=1)
"""How long after its deadline, or after our start, a job that Botify tells nothing about is kept;
where the deadline itself is shorter than this, no longer than that."""

SAID_AFTER_FAILURES = 3
"""Rounds without an answer before the message says so: one lost answer is no news."""


def after_an_answer(
    part: Part, job: Job, now: datetime, *, hours: float, bare: timedelta, tick: float
) -> Event | None:
    """What Botify's word about a job means for its part; None when nothing changed.

    Args:
        part: in `processing`.
        job: the answer.
        now: the time.
        hours: of our deadline, for the sentence.
        bare: since it first said done, and named no file.
        tick: seconds between two ticks.
    """
    changed = StillRunning(job.word, part.due_at) if job.word != part.job_status else None
    match job.status:
        case JobStatus.RUNNING if now >= part.due_at:
            return Failed(lost(replace(part, job_status=job.word), hours))
        case JobStatus.RUNNING:
            return changed
        case JobStatus.DONE if job.download_url:
            return Finished(job.word, job.download_url)
        case JobStatus.DONE if bare < timedelta(seconds=BARE_TICKS * tick):
            return changed
        case JobStatus.DONE:
            return Failed(
                failure_of(
                    FileMissing(
                        "Botify says that the export is done, but gives no file "
                        f"(job {part.job_id})."
                    )
                )
            )
        case JobStatus.FAILED:
            said = f" Botify says: {job.failure_text}" if job.failure_text else ""
            return Failed(
                failure_of(ExportFailed(f"Botify's export job {part.job_id} failed.{said}"))
            )


def lost(part: Part, hours: float) -> Failure:
    """A job that did not end before our deadline. It can still be picked up.

    A deadline that passes is no answer: it may have passed while this program did not run.
    """
    return Failure(
        "lost",
        f"Botify has not finished this export within {hours:g} hours (job {part.job_id}, "
        f"last seen as {part.job_status}).",
        "Press Retry to look at the same job again; this costs nothing.",
        new_error_id(),
    )


def _key(part: Part) -> tuple[str, int]:
    return part.export_id, part.number


@dataclass(slots=True)
class _Answers:
    """What one round brought."""

    shown: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    ended: list[Part] = field(default_factory=list)
    good: int = 0
    limited: RateLimited | None = None
    last_error: ProductError | None = None

    def failed(self, error: ProductError) -> None:
        """One question had no answer; the others are still asked, unless Botify limits us."""
        self.last_error = error
        if isinstance(error, RateLimited):
            self.limited = error


class Poller:
    """Asks about the running jobs of this process, and remembers what Botify showed.

    A job that cannot be asked about stays watched: a network error or a 5xx is tried again in the
    next tick for as long as the job's deadline allows, without noise.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._memory = Memory()
        self._failures = 0
        self._said = False
        self._silent_since = self._silent_until = context.now()
        self._bare: dict[str, datetime] = {}
        self._overdue: dict[tuple[str, int], datetime] = {}

    async def round(self) -> tuple[Part, ...]:
        """One tick's questions.

        Returns:
            The parts whose job ended, as they are now.
        """
        now = self._context.now()
        answers = _Answers()
        await self._give_up(now, answers)
        jobs_running = self._context.running.jobs
        self._bare = {job: at for job, at in self._bare.items() if job in jobs_running}
        if not jobs_running or self._silent_since <= now < self._silent_until:
            return tuple(answers.ended)
        questions = choose(jobs_running, self._memory)
        to_ask = list(questions.by_id)
        if questions.page is not None:
            to_ask += await self._read_list(questions.page, answers)
        for job_id in to_ask:
            if answers.limited is None:
                await self._ask(job_id, answers)
        self._conclude(answers, now)
        self._memory = remember(
            self._memory, jobs_running, shown=answers.shown, asked=answers.asked
        )
        return tuple(answers.ended)

    async def _read_list(self, page: int, answers: "_Answers") -> list[str]:
        """Read one page; the ids of jobs that it shows as ended, to be confirmed by id."""
        try:
            listed = await perform(
                self._context,
                Effect.LIST_JOBS,
                f"page {page}",
                jobs.list_jobs(self._context.botify, None, page),
            )
        except ProductError as error:
            answers.failed(error)
            return []
        answers.good += 1
        ours = set(self._context.running.jobs)
        mine = [job for job in listed if job.id in ours]
        answers.shown.update(job.id for job in mine)
        for job in mine:
            if job.status is JobStatus.RUNNING:
                await self._take(job, answers)
        return [job.id for job in mine if job.status is not JobStatus.RUNNING]

    async def _ask(self, job_id: str, answers: "_Answers") -> None:
        waiting = self._context.running.of_job(job_id)
        if not waiting:
            return
        answers.asked.add(job_id)
        try:
            job = await perform(
                self._context,
                Effect.ASK_JOB,
                subject_of(waiting[0]),
                jobs.get_job(self._context.botify, job_id),
            )
        except ProductError as error:
            if isinstance(error, ExportBusy):  # as good as an answer: the job is not done
                answers.good += 1
            elif error.repeat is not Repeat.DONE:
                answers.failed(error)
            else:
                for part in waiting:
                    await self._store(part, Failed(failure_of(error)), answers)
        else:
            answers.good += 1
            await self._take(job, answers)

    async def _give_up(self, now: datetime, answers: "_Answers") -> None:
        """Call lost what is overdue and could not be asked about for long."""
        hours = self._context.settings.export_deadline_hours
        overdue = [part for part in self._context.running if now >= part.due_at]
        since = {_key(part): self._overdue.get(_key(part), now) for part in overdue}
        self._overdue = since
        for part in overdue:
            if now - since[_key(part)] > min(UNANSWERED, timedelta(hours=hours)):
                await self._store(part, Failed(lost(part, hours)), answers)

    async def _take(self, job: Job, answers: "_Answers") -> None:
        now = self._context.now()
        if job.status is JobStatus.DONE and not job.download_url:
            self._bare.setdefault(job.id, now)
        for part in self._context.running.of_job(job.id):
            event = after_an_answer(
                part,
                job,
                now,
                hours=self._context.settings.export_deadline_hours,
                bare=now - self._bare.get(job.id, now),
                tick=self._context.tick,
            )
            if event is not None:
                await self._store(part, event, answers)

    async def _store(self, part: Part, event: Event, answers: "_Answers") -> None:
        try:
            moved = await record_part(self._context, part, event)
        except Stale:
            return
        if moved.state is not State.PROCESSING:
            answers.ended.append(moved)

    def _conclude(self, answers: "_Answers", now: datetime) -> None:
        error = answers.last_error
        if error is None or (answers.good and answers.limited is None):
            self._answered()
            return
        asked = answers.limited.retry_after if answers.limited else None
        own = timedelta(seconds=self._back_off())
        wait = heeded(asked, own, least=self._context.tick)
        self._silent_since, self._silent_until = now, now + wait
        self._failures += 1
        if not self._said and (wait > SAID_AFTER or self._failures >= SAID_AFTER_FAILURES):
            self._say(error, QUOTA if wait > SAID_AFTER else error.sentence)

    def _back_off(self) -> float:
        """Seconds: as long as a tick at first, doubled with each failure, a minute at most."""
        return min(60.0, self._context.tick * 2.0 ** min(self._failures, 10))

    def _answered(self) -> None:
        if self._said:
            log.info("Botify answers again.", action="poll_recovered", failures=self._failures)
            for part in self._context.running:
                self._context.figures.note(part.export_id, trouble=None)
        self._failures, self._said = 0, False

    def _say(self, error: ProductError, sentence: str) -> None:
        """Once, in the log and in all messages."""
        self._said = True
        log.warning(
            "Botify does not answer our questions about running jobs; still trying.",
            action="poll_unanswered",
            cause=error.code,
            error_id=error.error_id,
        )
        for part in self._context.running:
            self._context.figures.note(
                part.export_id, trouble=f"{sentence} Still trying; nothing is lost."
            )
