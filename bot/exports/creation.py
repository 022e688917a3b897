"""Asking Botify for a job once and only once: intent, request, evidence, and the lost answer.

Botify offers no idempotency key, so a request whose answer is lost is looked up in the job list
and never repeated blindly.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.botify import jobs
from bot.botify.bql import job_payload
from bot.botify.jobs import Job
from bot.exports import preflight
from bot.exports.context import Context
from bot.exports.effects import Effect, LeaseOver, perform, require_lease
from bot.exports.ledger import record_part, subject_of, writing
from bot.exports.ownership import LEASE
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
    answer_lost,
)
from bot.exports.patience import heeded, patience
from bot.model.delivery import Delivery, DeliveryState
from bot.model.errors import (
    BotifyRefused,
    DiskFull,
    ExportBusy,
    NotFound,
    NotSetUp,
    PermissionRefused,
    ProductError,
    QuotaReached,
    RateLimited,
    Repeat,
    Stale,
    TokenRefused,
    WrongField,
    WrongInput,
)
from bot.model.export import Export, Part
from bot.model.failure import Failure, failure_of
from bot.model.ids import new_error_id
from bot.model.limits import (
    BOTIFY_JOB_LIST_PAGES,
    JOBS_LOST,
    LOOK_BACK_SECONDS,
    LOOK_TICKS,
    SETTLED_SECONDS,
)
from storage import capabilities, deliveries, exports

log = structlog.get_logger(__name__)

METADATA_KEY = "botify_export"
"""Our export id in the job's metadata stands under this key."""

METADATA_ALLOWED = "job_metadata"
LIST_TRUSTED = "job_list_shows_ours"

SAID_AFTER = timedelta(minutes=2)
"""Botify answers 429 for a second or for a day; after this long it is probably the day."""

NO_CLOCK = timedelta(days=1)
"""No clock, and no time zone left out, makes a job look so much older than it is."""

QUOTA = "Botify limits our requests for longer than usual; this may be a daily quota."

STORE_AGAIN = 1.0
"""Seconds between two tries to store a job that Botify has named."""

ASKED_AT_MOST = timedelta(hours=48)
"""Longer than any daily quota: what Botify has not taken by then has failed."""


def go_ahead(export: Export, waiting: Collection[Delivery]) -> bool | None:
    """Whether Botify may be asked, given the deliveries of the export.

    Nothing is spent before a message about it stands in Slack: if posting is refused, the person
    is told and no job exists. An export that is older than all its deliveries was begun by the
    command line, where somebody waits whatever becomes of them.

    Returns:
        True to go on, None to wait for the first message, False when nobody waits any more.
    """
    if all(delivery.requested_at > export.requested_at for delivery in waiting):
        return True
    states = [delivery.state for delivery in waiting]
    if any(not s.ended and s is not DeliveryState.WAITING for s in states):
        return True
    if DeliveryState.WAITING in states:
        return None
    return False


def _wanted(context: Context, export: Export, waiting: Collection[Delivery]) -> bool | None:
    """As `go_ahead`; the command line works on nothing but what somebody there waits for."""
    return True if context.slack is None else go_ahead(export, waiting)


def after_refusal(error: ProductError, part: Part, now: datetime, tick: float) -> Event:
    """What an unsuccessful `POST /jobs` means.

    Args:
        error: the cause.
        part: in `creating`.
        now: the time.
        tick: seconds between two ticks.
    """
    if isinstance(error, ExportBusy):
        if part.lost:  # the one that runs may be the lost one, which no list has shown
            return answer_lost(part)
    elif error.repeat is Repeat.UNKNOWN:
        return answer_lost(part)
    since = part.intent_at or now
    if error.repeat is Repeat.DONE or now - since > ASKED_AT_MOST:
        return Failed(failure_of(error))
    return NotSent(due_at=now + _pause(error, since, now, tick))


def _pause(error: ProductError, since: datetime, now: datetime, tick: float) -> timedelta:
    """How long Botify asked to wait, or longer each time."""
    asked = error.retry_after if isinstance(error, RateLimited) else None
    return heeded(asked, patience(since, now, least=tick), least=tick)


def may_be_the_metadata(error: ProductError) -> bool:
    """Whether a refusal could be about the unproven `metadata` key: it says nothing else.

    It must be final: a gateway's 500 with the same words may hide a job that was made.
    """
    about_something_else = (
        TokenRefused,
        PermissionRefused,
        NotFound,
        QuotaReached,
        ExportBusy,
    )
    return (
        error.repeat is Repeat.DONE
        and isinstance(error, BotifyRefused | WrongInput)
        and not isinstance(error, about_something_else)
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
    if part.payload is None:
        return False
    return (
        (job.user is None or job.user == account)
        and job.created is not None
        and job.created >= earliest(part)
        and contains(job.payload, part.payload)
    )


def may_be_ours(job: Job, part: Part, account: str) -> bool:
    """Whether nothing in a listed job says that it is not this part's.

    As `is_ours`, but what the list leaves out speaks for it, and so does a date that only a wrong
    clock or a time zone that was left out explains.
    """
    if METADATA_KEY in job.metadata or part.payload is None:
        return is_ours(job, part, account)
    return (
        (job.user is None or job.user == account)
        and (job.created is None or job.created >= earliest(part) - NO_CLOCK)
        and (not job.payload or contains(job.payload, part.payload))
    )


def earliest(part: Part) -> datetime:
    """No job of this part is older, whatever the difference between the two clocks."""
    return (part.intent_at or part.entered_at) - timedelta(seconds=LOOK_BACK_SECONDS.value)


def mark_of(part: Part) -> str:
    """What stands in the job's metadata. A part that a person starts over gets another mark."""
    since = part.intent_at or part.entered_at
    return f"{subject_of(part)}/{int(since.timestamp() * 1000)}"


@dataclass(frozen=True, slots=True)
class Look:
    """What the job list said about a lost answer.

    Attributes:
        job: ours, where it is shown.
        proves: whether a list that does not show it proves that there is none.
    """

    job: Job | None
    proves: bool = False


def look_through(
    listed: Sequence[Job],
    part: Part,
    account: str,
    *,
    held: Collection[str],
    trusted: bool,
    complete: bool,
) -> Look:
    """Find the job of a lost answer in a list.

    Args:
        listed: in the list's order.
        part: in `creating`.
        account: ours.
        held: those of them that belong to an export already.
        trusted: whether the list has ever shown a job of ours.
        complete: whether there are no more jobs than these. If there are, the list proves
            something only where it is ordered from new to old and goes back far enough.

    A job of which the list does not say enough to tell whose it is may be ours: then the list
    proves nothing.
    """
    free = [job for job in listed if job.id not in held]
    ours = [job for job in free if job.id and is_ours(job, part, account)]
    if ours:
        return Look(max(ours, key=lambda job: job.created.timestamp() if job.created else 0.0))
    if any(may_be_ours(job, part, account) for job in free):
        return Look(None)
    times = [job.created for job in listed if job.created is not None]
    descending = bool(times) and times == sorted(times, reverse=True)
    far_enough = complete or (descending and times[-1] < earliest(part))
    return Look(None, proves=trusted and far_enough)


def after_a_look(part: Part, *, proven: bool, now: datetime, tick: float) -> Event:
    """What a look that found nothing means.

    The list is read at the ticks of `LOOK_TICKS`. One that then says nothing either way leaves the
    decision to a person, who can look again for nothing. One that proves that there is no job is
    read a last time when the request has settled, two minutes after it was sent: before that it
    may still be on its way to Botify, and what is true now can be wrong a moment later. What a
    list proved once and was wrong about (another answer was lost, or Botify is busy with a job
    that the list does not show) it cannot prove again: that is for a person too.

    Args:
        part: in `creating`, with the number of looks before this one.
        proven: whether the list proves that there is no such job.
        now: the time.
        tick: seconds between two ticks.
    """
    done = (part.looks or 0) + 1
    if done < len(LOOK_TICKS):
        wait = (LOOK_TICKS[done] - LOOK_TICKS[done - 1]) * tick
        return LookedInVain(looks=done, due_at=now + timedelta(seconds=wait))
    if proven and part.lost < JOBS_LOST.value:
        settled = (part.asked_at or part.entered_at) + timedelta(seconds=SETTLED_SECONDS.value)
        return NotSent(due_at=now) if now >= settled else LookedInVain(done, due_at=settled)
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
    spec = export.specification
    payload = job_payload(spec, part.rows, context.settings.botify_row_limit)
    async with context.database.read() as connection:
        asked_for = _wanted(context, export, await deliveries.of_export(connection, export.id))
    if asked_for is None:  # or the look at the fields would be left out
        return part
    wrong = await preflight.check(context, spec, subject_of(part)) if asked_for else None
    if wrong is not None:
        return await record_part(context, part, Failed(failure_of(wrong)))
    async with writing(context) as page:
        waiting = await deliveries.of_export(page.connection, export.id)
        go = _wanted(context, export, waiting)
        if go is False:
            return await page.part(part, Cancelled())
        if go is None or await _no_room(context, page.connection, export):
            return part
        now = context.now()
        part = await page.part(part, Intended(payload, part.intent_at or now, asked_at=now))
    return await _ask(context, export, part, payload)


async def _ask(context: Context, export: Export, part: Part, payload: dict[str, Any]) -> Part:
    """Send the request whose intent is stored."""
    spec = export.specification
    async with context.database.read() as connection:
        no_metadata = await capabilities.get(connection, f"botify:{spec.account}", METADATA_ALLOWED)
    with_metadata = context.settings.botify_job_metadata and no_metadata is None
    metadata = {METADATA_KEY: mark_of(part)} if with_metadata else None
    refused = False
    try:
        try:
            job = await send_job(context, part, payload, metadata)
        except ProductError as error:
            if metadata is None or not may_be_the_metadata(error):
                raise
            refused = True
            job = await send_job(context, part, payload, None)
    except ProductError as error:
        return await _not_created(context, export, part, error)
    except LeaseOver:
        with suppress(Stale):  # whoever has it now finds out for itself
            await record_part(context, part, NotSent(due_at=context.now()))
        raise
    context.figures.note(export.id, trouble=None)
    made = await _keep(context, part, job)
    if refused:
        async with context.database.write() as connection:
            await capabilities.put(
                connection, f"botify:{spec.account}", METADATA_ALLOWED, "refused", context.now()
            )
    return made


async def send_job(
    context: Context, part: Part, payload: dict[str, Any], metadata: dict[str, Any] | None
) -> Job:
    """`POST /jobs` for a part whose intent is stored.

    Raises:
        LeaseOver: it waited so long for its turn that it may not be sent any more.
        ProductError: it was refused, or its answer is lost.
    """
    ready = partial(_may_still_be_sent, context, part)
    call = jobs.create_job(context.botify, payload, metadata, ready=ready)
    return await perform(context, Effect.CREATE_JOB, subject_of(part), call)


def _may_still_be_sent(context: Context, part: Part) -> None:
    """Right before a request that waited for its turn is sent, within a lease of its intent.

    Later than that another process may have looked for its job in vain and made one, even though
    this one, woken from a long sleep, has renewed its leases since.

    Raises:
        LeaseOver: it may not be sent any more.
    """
    require_lease(context)
    if part.asked_at is None or context.now() - part.asked_at >= LEASE:
        raise LeaseOver


async def _keep(context: Context, part: Part, job: Job) -> Part:
    """Store the job that Botify named.

    It is paid: a disk that is full for a moment must not lose it, so its id goes into the log
    first, and the write is tried while the lease holds.
    """
    log.info(
        "Botify created a job.",
        action="job_created",
        export_id=part.export_id,
        part=part.number,
        job_id=job.id,
    )
    since = part.asked_at or context.now()
    while True:
        created = Created(job.id, job.word, deadline(context), since)
        try:
            return await record_part(context, part, created)
        except (NotSetUp, DiskFull) as error:
            if context.now() >= context.hold.until:
                raise
            log.warning(
                "A job that Botify created is not stored yet; trying again.",
                action="job_not_stored",
                export_id=part.export_id,
                job_id=job.id,
                cause=error.code,
                error_id=error.error_id,
            )
            await asyncio.sleep(STORE_AGAIN)


async def _no_room(context: Context, connection: AsyncConnection, export: Export) -> bool:
    """Whether as many jobs run for this project as the operator allows at once."""
    allowed = context.settings.botify_jobs_per_project
    if allowed == 0:
        return False
    spec = export.specification
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
        return await _busy(context, export, part, error)
    if isinstance(error, WrongField):  # what we know of the fields is not true any more
        context.catalogue.forget(export.specification.project, export.specification.analysis)
    event = after_refusal(error, part, context.now(), context.tick)
    if isinstance(event, NotSent):
        context.figures.note(export.id, trouble=_waiting_sentence(part, context.now(), error))
    if isinstance(event, AnswerLost):
        context.figures.note(
            export.id, trouble="Botify's answer was lost; looking whether the export has started."
        )
    return await record_part(context, part, event)


def _waiting_sentence(part: Part, now: datetime, error: ProductError) -> str:
    if isinstance(error, RateLimited):
        asked = timedelta(seconds=error.retry_after or 0)
        if max(asked, now - (part.intent_at or now)) > SAID_AFTER:
            return f"{QUOTA} The export starts by itself as soon as Botify allows it."
    return f"{error.sentence} It will be tried again by itself."


async def _busy(context: Context, export: Export, part: Part, error: ExportBusy) -> Part:
    """1052 and 1058: the running export may be our own, from an answer that was lost."""
    try:
        found = await _find(context, export, part)
    except ProductError as unread:
        _unread(export, unread)
        found = Look(None)
    if found.job is not None:
        return await _adopt(context, export, part, found.job)
    context.figures.note(
        export.id, trouble="Botify is running another export; ours starts when that one is done."
    )
    event = after_refusal(error, part, context.now(), context.tick)
    return await record_part(context, part, event)


async def look(context: Context, export: Export, part: Part) -> Part:
    """Work for a part in `creating` whose answer was lost: read the job list once."""
    try:
        found = await _find(context, export, part)
    except ProductError as error:
        return await _not_read(context, export, part, error)
    if found.job is not None:
        return await _adopt(context, export, part, found.job)
    event = after_a_look(part, proven=found.proves, now=context.now(), tick=context.tick)
    return await record_part(context, part, event)


async def _not_read(context: Context, export: Export, part: Part, error: ProductError) -> Part:
    """The list is asked for until our deadline; then, or where it is refused, a person decides."""
    _unread(export, error)
    now = context.now()
    too_late = now - part.entered_at > timedelta(hours=context.settings.export_deadline_hours)
    if too_late or error.repeat is Repeat.DONE:
        return await record_part(context, part, NeverSeen(failure_of(error)))
    wait = _pause(error, part.entered_at, now, context.tick)
    postponed = LookedInVain(looks=part.looks or 0, due_at=now + wait)
    return await record_part(context, part, postponed)


def _unread(export: Export, error: ProductError) -> None:
    log.info(
        "The job list could not be read.",
        action="list_not_read",
        export_id=export.id,
        cause=error.code,
        error_id=error.error_id,
    )


async def _adopt(context: Context, export: Export, part: Part, job: Job) -> Part:
    context.figures.note(export.id, trouble=None)
    account = export.specification.account
    async with writing(context) as page:
        if await exports.known_jobs(page.connection, [job.id], account):  # taken since the look
            soon = context.now() + timedelta(seconds=context.tick)
            return await page.part(part, LookedInVain(looks=part.looks or 0, due_at=soon))
        return await page.part(part, Adopted(job.id, job.word, deadline(context)))


async def _find(context: Context, export: Export, part: Part) -> Look:
    """Read the pages of the list on which our job would be."""
    account = export.specification.account
    listed: list[Job] = []
    complete = False
    for page in range(1, BOTIFY_JOB_LIST_PAGES.value + 1):
        found = await _page(context, export, part, page)
        listed += found
        complete = not found
        if complete:
            break
    async with context.database.read() as connection:
        known = await capabilities.get(connection, f"botify:{account}", LIST_TRUSTED)
        held = await exports.known_jobs(connection, [job.id for job in listed], account)
    trusted = known is not None or bool(held)
    seen = look_through(listed, part, account, held=held, trusted=trusted, complete=complete)
    if known is None and (held or seen.job):
        async with context.database.write() as connection:
            await capabilities.put(
                connection, f"botify:{account}", LIST_TRUSTED, "yes", context.now()
            )
    return seen


async def _page(context: Context, export: Export, part: Part, page: int) -> tuple[Job, ...]:
    try:
        return await perform(
            context,
            Effect.LIST_JOBS,
            subject_of(part),
            jobs.list_jobs(context.botify, export.specification.project.name, page),
        )
    except NotFound:
        if page == 1:
            raise
        return ()  # nobody knows whether a page behind the last is empty or not there
