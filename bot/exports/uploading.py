"""From a finished CSV on our disk to a share that Slack has promised.

Three calls: reserve, send, complete. The first two may be repeated at will, because an upload
that is never completed vanishes. After a lost answer of the third the file's record decides
(`confirming`), never a blind repetition.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.exports.context import Context, Slack
from bot.exports.delivery_lifecycle import (
    Completed,
    Failed,
    Later,
    NotCompleted,
    Redirected,
    Reserved,
    Stored,
    UploadAgain,
)
from bot.exports.effects import Effect, perform
from bot.exports.ledger import record_delivery
from bot.exports.patience import patience
from bot.files.parcels import Parcel, parcels_of
from bot.model.delivery import Delivery, DeliveryState, Upload
from bot.model.errors import (
    ChannelClosed,
    ProductError,
    Repeat,
    SlackRateLimited,
    SlackUnreachable,
)
from bot.model.export import Export
from bot.model.failure import failure_of
from bot.model.settings import PostFileIn
from bot.slack import channels, uploads
from bot.slack.errors import FileUnknown
from bot.slack.messages.comment import upload_comment

log = structlog.get_logger(__name__)

LONGEST_LOOK = timedelta(seconds=8)
"""Between two looks at a file's record."""

UPLOAD_BOUND = timedelta(hours=1)
"""After this long an upload that is refused again and again has failed."""


async def upload(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Delivery:
    """Work for a delivery whose export is ready: one file on its way, up to the share's request."""
    parcels = await asyncio.to_thread(parcels_for, context, export)
    seen = tuple(one for one in delivery.uploads if one.share_ts is not None)
    parcel = parcels[len(seen)]
    try:
        reservation = await perform(
            context,
            Effect.RESERVE_UPLOAD,
            delivery.id,
            uploads.reserve(slack.clients, parcel.name, parcel.bytes),
        )
        reserved = (*seen, Upload(len(seen) + 1, reservation.file_id))
        delivery = await record_delivery(context, delivery, Reserved(reserved))

        def sent(count: int) -> None:
            context.figures.note(export.id, uploaded=count, upload_total=parcel.bytes)

        await perform(
            context,
            Effect.SEND_BYTES,
            delivery.id,
            uploads.send(reservation.upload_url, parcel.path, parcel.bytes, sent),
        )
    except ProductError as error:
        return await _not_sent(context, slack, delivery, error)
    delivery = await record_delivery(context, delivery, Stored(context.now()))
    return await complete(context, slack, export, delivery, parcel, len(parcels))


async def complete(
    context: Context,
    slack: Slack,
    export: Export,
    delivery: Delivery,
    parcel: Parcel,
    of: int,
) -> Delivery:
    """Ask Slack to share the file whose bytes it holds. The intent is stored."""
    in_thread = delivery.post_file_in is PostFileIn.THREAD
    try:
        await perform(
            context,
            Effect.COMPLETE_UPLOAD,
            delivery.id,
            uploads.complete(
                slack.clients,
                file_id=delivery.uploads[-1].file_id,
                title=parcel.name,
                channel=delivery.message_channel or delivery.channel,
                comment=upload_comment(export, delivery, number=delivery.uploads[-1].number, of=of),
                thread_ts=delivery.message_ts if in_thread else None,
            ),
        )
    except ProductError as error:
        return await _not_completed(context, slack, delivery, error)
    return await record_delivery(context, delivery, Completed(context.now()))


async def _not_sent(
    context: Context, slack: Slack, delivery: Delivery, error: ProductError
) -> Delivery:
    """Reserving or sending did not succeed: both may be repeated, an unused file vanishes."""
    now = context.now()
    _log(delivery, error)
    if isinstance(error, ChannelClosed):
        return await redirect(context, slack, delivery, error)
    too_long = now - delivery.entered_at > UPLOAD_BOUND
    if isinstance(error, SlackUnreachable) and not too_long:
        wait = patience(delivery.entered_at, now, least=context.tick)
        if isinstance(error, SlackRateLimited):
            wait = timedelta(seconds=error.retry_after)
        if delivery.state is DeliveryState.UPLOADING:
            seen = tuple(one for one in delivery.uploads if one.share_ts is not None)
            return await record_delivery(context, delivery, UploadAgain(seen, now + wait))
        return await record_delivery(context, delivery, Later(now + wait))
    return await record_delivery(context, delivery, Failed(failure_of(error)))


async def _not_completed(
    context: Context, slack: Slack, delivery: Delivery, error: ProductError
) -> Delivery:
    now = context.now()
    _log(delivery, error)
    if isinstance(error, FileUnknown):
        return await record_delivery(context, delivery, UploadAgain(delivery.uploads[:-1], now))
    if isinstance(error, ChannelClosed):
        return await redirect(context, slack, delivery, error)
    if error.repeat is Repeat.UNKNOWN:
        return await record_delivery(
            context, delivery, Later(next_look(delivery, context.now(), context.tick))
        )
    if error.repeat is Repeat.NOT_SENT:
        wait = patience(delivery.entered_at, now, least=context.tick)
        if isinstance(error, SlackRateLimited):
            wait = timedelta(seconds=error.retry_after)
        return await record_delivery(context, delivery, NotCompleted(now + wait))
    return await record_delivery(context, delivery, Failed(failure_of(error)))


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
    try:
        direct = await perform(
            context,
            Effect.OPEN_DIRECT,
            delivery.id,
            channels.open_direct(slack.clients, delivery.user),
        )
    except SlackUnreachable:
        wait = patience(delivery.entered_at, context.now(), least=context.tick)
        return await record_delivery(context, delivery, Later(context.now() + wait))
    except ProductError as refused:
        return await _nowhere(context, delivery, refused)
    if direct == (delivery.message_channel or delivery.channel):
        return await _nowhere(context, delivery, error)
    seen = tuple(one for one in delivery.uploads if one.share_ts is not None)
    return await record_delivery(context, delivery, Redirected(direct, seen, context.now()))


async def _nowhere(context: Context, delivery: Delivery, error: ProductError) -> Delivery:
    if delivery.state.ended:
        return delivery
    return await record_delivery(context, delivery, Failed(failure_of(error)))


def parcels_for(context: Context, export: Export) -> tuple[Parcel, ...]:
    """The files to send, in order: the same ones each time it is asked."""
    return tuple(
        parcel
        for part in export.parts
        if part.file is not None
        for parcel in parcels_of(part.file, context.settings.slack_upload_limit_bytes)
    )


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
