"""Delivered means seen: the file's record is read until it lists the share in the channel."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.exports.context import Context, Slack
from bot.exports.delivery_lifecycle import (
    Event,
    Later,
    NotSeen,
    Seen,
    SeenOne,
    Stored,
    UploadAgain,
)
from bot.exports.effects import Effect, perform
from bot.exports.ledger import record_delivery
from bot.exports.patience import passes
from bot.exports.retention import put_away
from bot.exports.uploading import bound, complete, next_look, parcels_for
from bot.model.delivery import Delivery, DeliveryState
from bot.model.errors import ProductError, SlackRateLimited
from bot.model.export import Export
from bot.model.limits import CONFIRM_SECONDS, RECOMPLETE_SECONDS
from bot.slack import uploads
from bot.slack.errors import FileUnknown
from bot.slack.uploads import Share

log = structlog.get_logger(__name__)


async def look(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Delivery:
    """Work for a delivery whose share is intended or promised: has it been seen?"""
    try:
        parcels = await parcels_for(context, export)
    except ProductError as error:
        return await _not_looked(context, delivery, error)
    if delivery.state is DeliveryState.COMPLETING and delivery.intent_at is None:
        delivery = await record_delivery(context, delivery, Stored(context.now()))
        parcel = parcels[len(delivery.uploads) - 1]
        return await complete(context, slack, export, delivery, parcel, len(parcels))
    try:
        found: Share | FileUnknown | None = await perform(
            context,
            Effect.FIND_SHARE,
            delivery.id,
            uploads.find_share(
                slack.clients,
                delivery.uploads[-1].file_id,
                delivery.message_channel or delivery.channel,
            ),
        )
    except FileUnknown as unknown:
        found = unknown
    except ProductError as error:
        return await _not_looked(context, delivery, error)
    event = after_a_look(delivery, found, len(parcels), context.now(), context.tick, bound(context))
    if isinstance(event, Stored):
        delivery = await record_delivery(context, delivery, event)
        parcel = parcels[len(delivery.uploads) - 1]
        return await complete(context, slack, export, delivery, parcel, len(parcels), known=True)
    delivery = await record_delivery(context, delivery, event)
    if delivery.state is DeliveryState.DELIVERED:
        await put_away(context, export)
    return delivery


async def _not_looked(context: Context, delivery: Delivery, error: ProductError) -> Delivery:
    """Slack does not show the file's record: whether the file is there stays unknown, not false."""
    log.warning(
        "Slack did not say whether a file is in the channel.",
        action="share_not_looked_up",
        export_id=delivery.export_id,
        delivery_id=delivery.id,
        cause=error.code,
        error_id=error.error_id,
    )
    now = context.now()
    if not passes(error) or now - delivery.entered_at > bound(context):
        return await record_delivery(context, delivery, NotSeen())
    due = next_look(delivery, now, context.tick)
    if isinstance(error, SlackRateLimited):
        due = now + timedelta(seconds=error.retry_after)
    return await record_delivery(context, delivery, Later(due))


def after_a_look(
    delivery: Delivery,
    found: Share | FileUnknown | None,
    of: int,
    now: datetime,
    tick: float,
    most: timedelta,
) -> Event:
    """What the file's record means for its delivery.

    Args:
        delivery: in `completing` (the answer was lost) or `confirming` (Slack said yes).
        found: the share; or that Slack does not know the file; or None when it is not shared.
        of: how many files the delivery has.
        now: the time.
        tick: seconds between two ticks.
        most: how long a share is asked for.
    """
    if isinstance(found, Share):
        *before, last = delivery.uploads
        evidence = (*before, replace(last, share_ts=found.ts, permalink=found.permalink))
        return Seen(evidence) if len(evidence) >= of else SeenOne(evidence)
    unknown = isinstance(found, FileUnknown)
    waited = now - delivery.entered_at
    promised = delivery.state is DeliveryState.CONFIRMING
    asked_at = delivery.entered_at if promised else delivery.intent_at or delivery.entered_at
    patience_for = CONFIRM_SECONDS if promised else RECOMPLETE_SECONDS
    if now - asked_at <= timedelta(seconds=patience_for.value):
        return Later(next_look(delivery, now, tick))
    if waited > most or (promised and not unknown):
        return NotSeen()
    # a file that Slack has not known for so long is nowhere, so that nothing can be doubled
    return UploadAgain(delivery.uploads[:-1], now) if unknown else Stored(now)
