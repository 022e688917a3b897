"""Delivered means seen: the file's record is read until it lists the share in the channel."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from bot.exports.context import Context, Slack
from bot.exports.delivery_lifecycle import (
    Event,
    Failed,
    Later,
    NotSeen,
    Seen,
    SeenOne,
    Stored,
    UploadAgain,
)
from bot.exports.effects import Effect, perform
from bot.exports.ledger import record_delivery
from bot.exports.uploading import complete, next_look, parcels_for
from bot.model.delivery import Delivery, DeliveryState
from bot.model.errors import ProductError, SlackRateLimited, SlackUnreachable
from bot.model.export import Export
from bot.model.failure import failure_of
from bot.model.limits import CONFIRM_SECONDS, RECOMPLETE_SECONDS
from bot.slack import uploads
from bot.slack.errors import FileUnknown
from bot.slack.uploads import Share


async def look(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Delivery:
    """Work for a delivery whose share is intended or promised: has it been seen?"""
    parcels = await asyncio.to_thread(parcels_for, context, export)
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
    except SlackRateLimited as error:
        due = context.now() + timedelta(seconds=error.retry_after)
        return await record_delivery(context, delivery, Later(due))
    except SlackUnreachable:
        return await record_delivery(
            context, delivery, Later(next_look(delivery, context.now(), context.tick))
        )
    except ProductError as error:
        return await record_delivery(context, delivery, Failed(failure_of(error)))
    event = after_a_look(delivery, found, len(parcels), context.now(), context.tick)
    if isinstance(event, Stored):
        delivery = await record_delivery(context, delivery, event)
        parcel = parcels[len(delivery.uploads) - 1]
        return await complete(context, slack, export, delivery, parcel, len(parcels))
    return await record_delivery(context, delivery, event)


def after_a_look(
    delivery: Delivery, found: Share | FileUnknown | None, of: int, now: datetime, tick: float
) -> Event:
    """What the file's record means for its delivery.

    Args:
        delivery: in `completing` (the answer was lost) or `confirming` (Slack said yes).
        found: the share; or that Slack does not know the file; or None when it is not shared.
        of: how many files the delivery has.
        now: the time.
        tick: seconds between two ticks.
    """
    if isinstance(found, Share):
        *before, last = delivery.uploads
        evidence = (*before, replace(last, share_ts=found.ts, permalink=found.permalink))
        return Seen(evidence) if len(evidence) >= of else SeenOne(evidence)
    if delivery.state is DeliveryState.CONFIRMING:
        if now - delivery.entered_at > timedelta(seconds=CONFIRM_SECONDS.value):
            return NotSeen()
        return Later(next_look(delivery, now, tick))
    asked_at = delivery.intent_at or delivery.entered_at
    if now - asked_at < timedelta(seconds=RECOMPLETE_SECONDS.value):
        return Later(next_look(delivery, now, tick))
    if isinstance(found, FileUnknown):
        return UploadAgain(delivery.uploads[:-1], now)
    return Stored(now)
