"""Asking Botify for a job once and only once: intent, request, evidence, and the lost answer.

Botify offers no idempotency key, so a request whose answer is lost is looked up in the job list
and never repeated blindly.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog

from bot.botify import jobs
from bot.botify.bql import job_payload
from bot.botify.jobs import Job
from bot.exports.context import Context
from bot.exports.effects import Effect, perform
from bot.exports.ledger import record_part
from bot.exports.part_lifecycle import (
    Adopted,
    AnswerLost,
    Cancelled,
    Created,
    Event,
    Failed,
    Intended,
    LookedInVain,
    NeverSeen,
    NotSent,
)
from bot.exports.patience import patience
from bot.model.delivery import Delivery, DeliveryState
from bot.model.errors import (
    BotifyRefused,
    BotifyUnreachable,
    ExportBusy,
    NotFound,
    PermissionRefused,
    ProductError,
    QuotaReached,
    RateLimited,
    Repeat,
    TokenRefused,
    WrongInput,
)
from bot.model.export import Export, Part
from bot.model.failure import Failure, failure_of
from bot.model.ids import new_error_id
from bot.model.limits import BOTIFY_JOB_LIST_PAGES, LOOK_BACK_SECONDS, LOOK_TICKS
from storage import capabilities, deliveries, exports

log = structlog.get_logger(__name__)

METADATA_KEY = "botify_export"
"""Our export id in the job's metadata stands under this key."""

METADATA_ALLOWED = "job_metadata"
LIST_TRUSTED = "job_list_shows_ours"

SAID_AFTER = timedelta(minutes=2)
"""Botify answers 429 for a second or for a day; after this long it is probably the day."""


def go_ahead(waiting: Iterable[Delivery]) -> bool | None:
    """Whether Botify may be asked, given the deliveries of the export.

    Nothing is spent before a message about it stands in Slack: if posting is refused, the person
    is told and no job exists. An export without any delivery comes from the command line.

    Returns:
        True to go on, None to wait for the first message, False when nobody waits any more.
    """
    states = [delivery.state for delivery in waiting]
    if not states or any(not s.ended and s is not DeliveryState.WAITING for s in states):
        return True
    if DeliveryState.WAITING in states:
        return None
    return False


def after_refusal(error: ProductError, part: Part, now: datetime, tick: float) -> Event:
    """What an unsuccessful `POST /jobs` means."""
    match error.repeat:
        case Repeat.NOT_SENT:
            wait = patience(part.entered_at, now, least=tick)
            if isinstance(error, RateLimited) and error.retry_after is not None:
                wait = timedelta(seconds=error.retry_after)
            return NotSent(due_at=now + wait)
        case Repeat.UNKNOWN:
            return AnswerLost()
        case Repeat.DONE:
            return Failed(failure_of(error))
    assert_never(error.repeat)


def may_be_the_metadata(error: ProductError) -> bool:
    """Whether a refusal could be about the unproven `metadata` key: it says nothing else."""
    about_something_else = (
        TokenRefused,
        PermissionRefused,
        NotFound,
        QuotaReached,
        ExportBusy,
    )
    return isinstance(error, BotifyRefused | WrongInput) and not isinstance(
        error, about_something_else
    )


def contains(theirs: Any, ours: Any) -> bool:
    """Whether everything in `ours` stands in `theirs`; Botify may add keys of its own."""
    if isinstance(ours, Mapping):
        return isinstance(theirs, Mapping) and all(
            key in theirs and contains(theirs[key], value) for key, value in ours.items()
        )
    if isinstance(ours, list):
        return (
            isinstance(theirs, list)
            and len(theirs) == len(ours)
            and all(contains(a, b) for a, b in zip(theirs, ours, strict=True))
        )
    return bool(theirs == ours)


def is_ours(job: Job, part: Part, account: str) -> bool:
    """Whether a listed job is the one that this part's lost request made.

    Either it carries our mark, or it is by our account, asks for exactly this, and is not older
    than the request. A job with the mark of another export is never ours.
    """
    mark = job.metadata.get(METADATA_KEY)
    if mark is not None:
        return bool(mark == mark_of(part))
    if part.payload is None or part.intent_at is None:
        return False
    earliest = part.intent_at - timedelta(seconds=LOOK_BACK_SECONDS.value)
    return (
        (job.user is None or job.user == account)
        and job.created is not None
        and job.created >= earliest
        and contains(job.payload, part.payload)
    )


def mark_of(part: Part) -> str:
    """What stands in the job's metadata."""
    return f"{part.export_id}/{part.number}"


def after_a_look(part: Part, *, trusted: bool, now: datetime, tick: float) -> Event:
    """What a look that found nothing means.

    Args:
        part: in `creating`, with the number of looks before this one.
        trusted: whether this list has ever shown us a job of ours.
        now: the time.
        tick: seconds between two ticks.
    """
    done = (part.looks or 0) + 1
    if done < len(LOOK_TICKS):
        wait = (LOOK_TICKS[done] - LOOK_TICKS[done - 1]) * tick
        return LookedInVain(looks=done, due_at=now + timedelta(seconds=wait))
    if trusted:
        return NotSent(due_at=now)
    return NeverSeen(
        Failure(
            "unclear",
            "Botify's answer to our request was lost, and its job list does not show the export.",
            "Check again, or start again: starting again may be billed twice.",
            new_error_id(),
        )
    )


def deadline(context: Context) -> datetime:
    """When a job that starts now is called lost."""
    return context.now() + timedelta(hours=context.settings.export_deadline_hours)


async def create(context: Context, export: Export, part: Part) -> Part:
    """Work for a part in `requested`: ask Botify for its job, at most once."""
    subject = mark_of(part)
    spec = export.specification
    async with context.database.read() as connection:
        waiting = await deliveries.of_export(connection, export.id)
        no_metadata = await capabilities.get(connection, f"botify:{spec.account}", METADATA_ALLOWED)
    match go_ahead(waiting):
        case False:
            return await record_part(context, part, Cancelled())
        case None:
            return part
        case True:
            pass
    async with context.one_at_a_time:
        if await _no_room(context, export):
            return part
        payload = job_payload(spec, part.rows, context.settings.botify_row_limit)
        part = await record_part(context, part, Intended(payload, context.now()))
    with_metadata = context.settings.botify_job_metadata and no_metadata is None
    metadata = {METADATA_KEY: subject} if with_metadata else None
    try:
        job = await perform(
            context,
            Effect.CREATE_JOB,
            subject,
            jobs.create_job(context.botify, payload, metadata),
        )
    except ProductError as error:
        if metadata is None or not may_be_the_metadata(error):
            return await _not_created(context, export, part, error)
        try:
            job = await perform(
                context, Effect.CREATE_JOB, subject, jobs.create_job(context.botify, payload, None)
            )
        except ProductError as second:
            return await _not_created(context, export, part, second)
        async with context.database.write() as connection:
            await capabilities.put(
                connection,
                f"botify:{spec.account}",
                METADATA_ALLOWED,
                "refused",
                context.now(),
            )
    context.figures.note(export.id, trouble=None)
    return await record_part(context, part, Created(job.id, job.word, deadline(context)))


async def _no_room(context: Context, export: Export) -> bool:
    """Whether as many jobs run for this project as the operator allows at once."""
    allowed = context.settings.botify_jobs_per_project
    if allowed == 0:
        return False
    spec = export.specification
    async with context.database.read() as connection:
        running = await exports.running_jobs(
            connection, spec.account, spec.project.organisation, spec.project.name
        )
    if running < allowed:
        return False
    context.figures.note(
        export.id, trouble="Waiting for another export of this project to finish at Botify."
    )
    return True


async def _not_created(context: Context, export: Export, part: Part, error: ProductError) -> Part:
    log.warning(
        "Botify did not create a job.",
        action="job_not_created",
        export_id=export.id,
        cause=error.code,
        repeat=error.repeat.value,
        error_id=error.error_id,
    )
    if isinstance(error, ExportBusy):
        return await _busy(context, export, part)
    event = after_refusal(error, part, context.now(), context.tick)
    if isinstance(event, NotSent):
        context.figures.note(export.id, trouble=_waiting_sentence(export, context.now(), error))
    if isinstance(event, AnswerLost):
        context.figures.note(
            export.id, trouble="Botify's answer was lost; looking whether the export has started."
        )
    return await record_part(context, part, event)


def _waiting_sentence(export: Export, now: datetime, error: ProductError) -> str:
    if isinstance(error, RateLimited) and now - export.requested_at > SAID_AFTER:
        return (
            "Botify has been limiting our requests for some minutes; this may be a daily quota. "
            "The export starts by itself as soon as Botify allows it."
        )
    return f"{error.sentence} It will be tried again by itself."


async def _busy(context: Context, export: Export, part: Part) -> Part:
    """1052 and 1058: the running export may be our own, from an answer that was lost."""
    found = await _find(context, export, part)
    if isinstance(found, Job):
        return await record_part(context, part, Adopted(found.id, found.word, deadline(context)))
    context.figures.note(
        export.id, trouble="Botify is running another export; ours starts when that one is done."
    )
    wait = patience(export.requested_at, context.now(), least=context.tick)
    return await record_part(context, part, NotSent(due_at=context.now() + wait))


async def look(context: Context, export: Export, part: Part) -> Part:
    """Work for a part in `creating` whose answer was lost: read the job list once."""
    try:
        found = await _find(context, export, part)
    except BotifyUnreachable as error:
        log.info(
            "The job list could not be read; looking again.",
            action="look_postponed",
            export_id=export.id,
            cause=error.code,
            error_id=error.error_id,
        )
        wait = patience(part.entered_at, context.now(), least=context.tick)
        postponed = LookedInVain(looks=part.looks or 0, due_at=context.now() + wait)
        return await record_part(context, part, postponed)
    except BotifyRefused as error:
        return await record_part(context, part, NeverSeen(failure_of(error)))
    if isinstance(found, Job):
        context.figures.note(export.id, trouble=None)
        return await record_part(context, part, Adopted(found.id, found.word, deadline(context)))
    event = after_a_look(part, trusted=found, now=context.now(), tick=context.tick)
    return await record_part(context, part, event)


async def _find(context: Context, export: Export, part: Part) -> Job | bool:
    """Our job, if the list shows it; else whether the list is known to show our jobs."""
    account = export.specification.account
    subject = f"botify:{account}"
    async with context.database.read() as connection:
        trusted = await capabilities.get(connection, subject, LIST_TRUSTED) is not None
    for page in range(1, BOTIFY_JOB_LIST_PAGES.value + 1):
        listed = await perform(
            context,
            Effect.LIST_JOBS,
            mark_of(part),
            jobs.list_jobs(context.botify, export.specification.project.name, page),
        )
        for job in listed:
            async with context.database.read() as connection:
                holder = await exports.job_owner(connection, job.id, account)
            if holder is not None:
                trusted = True
            elif is_ours(job, part, account):
                await _trust(context, subject)
                return job
        if not listed:
            break
    if trusted:
        await _trust(context, subject)
    return trusted


async def _trust(context: Context, subject: str) -> None:
    async with context.database.write() as connection:
        await capabilities.put(connection, subject, LIST_TRUSTED, "yes", context.now())
