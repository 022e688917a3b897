"""From a finished CSV on our disk to a share that Slack has promised.

Three calls: reserve, send, complete. The first two may be repeated at will, because an upload
that is never completed vanishes. After a lost answer of the third the file's record decides
(`confirming`), never a blind repetition.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.exports.context import Context, Slack
from bot.exports.delivery_lifecycle import (
    Completed,
    Event,
    Failed,
    Later,
    NotCompleted,
    Redirected,
    Reserved,
    Stored,
    Unthreaded,
    UploadAgain,
)
from bot.exports.division import divided, seen_of
from bot.exports.effects import Effect, LeaseOver, perform
from bot.exports.ledger import record_delivery
from bot.exports.patience import passes, patience, pause
from bot.exports.troubles import outlasted
from bot.files.parcels import Parcel
from bot.model.delivery import Delivery, DeliveryState, Division, Upload
from bot.model.errors import (
    ChannelClosed,
    MessageLost,
    ProductError,
    Repeat,
    SlackUnreachable,
    Stale,
)
from bot.model.export import Export
from bot.model.failure import failure_of
from bot.model.settings import PostFileIn
from bot.slack import channels, uploads
from bot.slack.errors import FileMissing, FileUnknown
from bot.slack.messages.comment import upload_comment

log = structlog.get_logger(__name__)

LONGEST_LOOK = timedelta(seconds=8)
"""Between two looks at a file's record."""


async def upload(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Delivery:
    """Work for a delivery whose export is ready: one file on its way, up to the share's request.

    Raises:
        PackingStopped: the process ends; nothing was sent.
    """
    async with context.uploading:
        try:
            files = await divided(context, export, delivery)
            parcel = files.parcels[len(files.seen)]
            reservation = await perform(
                context,
                Effect.RESERVE_UPLOAD,
                delivery.id,
                uploads.reserve(slack.clients, parcel.name, parcel.bytes),
            )
        except ProductError as error:
            return await _not_sent(context, slack, delivery, error)
        reserved = (*files.seen, Upload(len(files.seen) + 1, reservation.file_id))
        delivery = await record_delivery(context, delivery, Reserved(reserved, files.division))
        try:
            await perform(
                context,
                Effect.SEND_BYTES,
                delivery.id,
                _send(context, export, parcel, reservation.upload_url),
            )
        except FileMissing:  # it was put away by somebody else a moment ago: it is made again
            return await record_delivery(context, delivery, UploadAgain(files.seen, context.now()))
        except ProductError as error:
            return await _not_sent(context, slack, delivery, error)
    delivery = await record_delivery(context, delivery, Stored(context.now()))
    return await complete(context, slack, export, delivery, files.division)


async def _send(context: Context, export: Export, parcel: Parcel, url: str) -> None:
    """Send a file; one that takes bytes now and then would never be silent for too long."""

    def sent(count: int) -> None:
        context.figures.note(export.id, uploaded=count, upload_total=parcel.bytes)

    try:
        async with asyncio.timeout(bound(context).total_seconds()):
            await uploads.send(url, parcel.path, parcel.bytes, sent)
    except TimeoutError as error:
        raise SlackUnreachable("Slack took too long to receive the file.") from error


def bound(context: Context) -> timedelta:
    """How long trouble with Slack is waited for, before it is called a failure."""
    return timedelta(hours=context.settings.export_deadline_hours)


async def complete(
    context: Context,
    slack: Slack,
    export: Export,
    delivery: Delivery,
    division: Division,
    *,
    known: bool = False,
) -> Delivery:
    """Ask Slack to share the file whose bytes it holds. The intent is stored.

    Args:
        context: of the process.
        slack: the workspace.
        export: the work.
        delivery: in `completing`.
        division: of the delivery.
        known: whether Slack has just shown the file's record: it was completed once, then.
    """
    in_thread = delivery.post_file_in is PostFileIn.THREAD
    last = delivery.uploads[-1]
    try:
        await perform(
            context,
            Effect.COMPLETE_UPLOAD,
            delivery.id,
            uploads.complete(
                slack.clients,
                file_id=last.file_id,
                title=division.files[last.number - 1].name,
                channel=delivery.message_channel or delivery.channel,
                comment=upload_comment(
                    export, delivery, number=last.number, of=len(division.files)
                ),
                thread_ts=delivery.message_ts if in_thread else None,
            ),
        )
    except ProductError as error:
        return await _not_completed(context, slack, delivery, error, known=known)
    except LeaseOver:
        with suppress(Stale):  # whoever has it now finds out for itself
            await record_delivery(context, delivery, NotCompleted(context.now()))
        raise
    context.troubles.over(_key(delivery))
    return await record_delivery(context, delivery, Completed(context.now()))


def _key(delivery: Delivery) -> str:
    return f"upload {delivery.id}"


async def _not_sent(
    context: Context, slack: Slack, delivery: Delivery, error: ProductError
) -> Delivery:
    """Reserving or sending did not succeed: both may be repeated, an unused file vanishes."""
    now = context.now()
    _log(delivery, error)
    if isinstance(error, ChannelClosed):
        return await redirect(context, slack, delivery, error)
    since = context.troubles.since(_key(delivery), now, error)
    if not passes(error) or outlasted(error, since, now, bound(context)):
        context.troubles.over(_key(delivery))
        return await record_delivery(context, delivery, Failed(failure_of(error)))
    due = now + pause(error, since, now, least=context.tick)
    if delivery.state is DeliveryState.UPLOADING:
        return await record_delivery(context, delivery, UploadAgain(seen_of(delivery), due))
    return await record_delivery(context, delivery, Later(due))


async def _not_completed(
    context: Context, slack: Slack, delivery: Delivery, error: ProductError, *, known: bool
) -> Delivery:
    _log(delivery, error)
    if isinstance(error, ChannelClosed):
        return await redirect(context, slack, delivery, error)
    now = context.now()
    since = context.troubles.since(_key(delivery), now, error)
    event = after_refusal(delivery, error, since, now, context.tick, known=known)
    again = isinstance(event, UploadAgain | NotCompleted)
    if again and outlasted(error, since, now, bound(context)):
        event = Failed(failure_of(error))
    if not again:
        context.troubles.over(_key(delivery))
    return await record_delivery(context, delivery, event)


def after_refusal(
    delivery: Delivery,
    error: ProductError,
    since: datetime,
    now: datetime,
    tick: float,
    *,
    known: bool,
) -> Event:
    """What an unsuccessful request for the share means.

    Args:
        delivery: in `completing`.
        error: the cause.
        since: when the trouble began.
        now: the time.
        tick: seconds between two ticks.
        known: whether Slack has just shown the file's record. A file is completed only once, so
            that "no such file" then means that it was completed before.
    """
    due = now + pause(error, since, now, least=tick)
    if isinstance(error, FileUnknown):
        return Completed(now) if known else UploadAgain(delivery.uploads[:-1], due)
    if isinstance(error, MessageLost) and delivery.post_file_in is PostFileIn.THREAD:
        return Unthreaded(now)
    if error.repeat is Repeat.UNKNOWN:
        return Later(next_look(delivery, now, tick))
    if error.repeat is Repeat.NOT_SENT or passes(error):
        return NotCompleted(due)
    return Failed(failure_of(error))


def next_look(delivery: Delivery, now: datetime, tick: float) -> datetime:
    """When to read the file's record again."""
    since = delivery.intent_at or delivery.entered_at
    return now + patience(since, now, least=tick, most=LONGEST_LOOK)


async def redirect(
    context: Context, slack: Slack, delivery: Delivery, error: ProductError
) -> Delivery:
    """The channel is closed to us: the rest goes to the person's direct message instead.

    Returns:
        The delivery as it is now: redirected, or failed; unchanged where it had ended and there
        is no other place.
    """
    key = f"direct {delivery.id}"
    try:
        direct = await perform(
            context,
            Effect.OPEN_DIRECT,
            delivery.id,
            channels.open_direct(slack.clients, delivery.user),
        )
    except ProductError as refused:
        _log(delivery, refused)
        now = context.now()
        since = context.troubles.since(key, now, refused)
        if not passes(refused) or outlasted(refused, since, now, bound(context)):
            context.troubles.over(key)
            return await _nowhere(context, delivery, refused)
        due = now + pause(refused, since, now, least=context.tick)
        completing = delivery.state is DeliveryState.COMPLETING
        postponed = NotCompleted(due) if completing else Later(due)
        return await record_delivery(context, delivery, postponed)
    context.troubles.over(key)
    if direct == (delivery.message_channel or delivery.channel):
        return await _nowhere(context, delivery, error)
    moved = Redirected(direct, seen_of(delivery), context.now())
    return await record_delivery(context, delivery, moved)


async def _nowhere(context: Context, delivery: Delivery, error: ProductError) -> Delivery:
    if delivery.state.ended:
        return delivery
    return await record_delivery(context, delivery, Failed(failure_of(error)))


def _log(delivery: Delivery, error: ProductError) -> None:
    log.warning(
        "An upload did not succeed.",
        action="upload_broke",
        export_id=delivery.export_id,
        delivery_id=delivery.id,
        cause=error.code,
        repeat=error.repeat.value,
        error_id=error.error_id,
    )
