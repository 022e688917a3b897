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
from bot.exports.division import division_of
from bot.exports.effects import Effect, perform
from bot.exports.ledger import record_delivery
from bot.exports.patience import passes
from bot.exports.retention import put_away
from bot.exports.troubles import outlasted
from bot.exports.uploading import bound, complete, next_look
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
    if delivery.state is DeliveryState.COMPLETING and delivery.intent_at is None:
        return await _complete(context, slack, export, delivery)
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
    context.troubles.over(_key(delivery))
    try:
        division = await division_of(context, export, delivery)
    except ProductError as error:
        return await _not_looked(context, delivery, error)
    now, of = context.now(), len(division.files)
    vain = f"vain look {delivery.id}"
    since = context.troubles.since(vain, now)
    event = after_a_look(delivery, found, of, now, context.tick, since, bound(context))
    if isinstance(event, Stored):
        return await _complete(context, slack, export, delivery, known=True)
    if not isinstance(event, Later):
        context.troubles.over(vain)
    delivery = await record_delivery(context, delivery, event)
    if delivery.state is DeliveryState.DELIVERED:
        await put_away(context, export)
    return delivery


async def _complete(
    context: Context, slack: Slack, export: Export, delivery: Delivery, *, known: bool = False
) -> Delivery:
    try:
        division = await division_of(context, export, delivery)
    except ProductError as error:
        return await _not_looked(context, delivery, error)
    delivery = await record_delivery(context, delivery, Stored(context.now()))
    return await complete(context, slack, export, delivery, division, known=known)


def _key(delivery: Delivery) -> str:
    return f"look {delivery.id}"


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
    since = context.troubles.since(_key(delivery), now, error)
    if not passes(error) or outlasted(error, since, now, bound(context)):
        context.troubles.over(_key(delivery))
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
    since: datetime,
    most: timedelta,
) -> Event:
    """What the file's record means for its delivery.

    Args:
        delivery: in `completing` (the answer was lost) or `confirming` (Slack said yes).
        found: the share; or that Slack does not know the file; or None when it is not shared.
        of: how many files the delivery has.
        now: the time.
        tick: seconds between two ticks.
        since: when this process began to look in vain.
        most: how long a share is asked for again and again.
    """
    if isinstance(found, Share):
        *before, last = delivery.uploads
        evidence = (*before, replace(last, share_ts=found.ts, permalink=found.permalink))
        return Seen(evidence) if len(evidence) >= of else SeenOne(evidence)
    unknown = isinstance(found, FileUnknown)
    promised = delivery.state is DeliveryState.CONFIRMING
    if promised and delivery.intent_at is None:  # a person looked for it too, and wants it again
        return UploadAgain(delivery.uploads[:-1], now)
    asked_at = delivery.entered_at if promised else delivery.intent_at or delivery.entered_at
    patience_for = CONFIRM_SECONDS if promised else RECOMPLETE_SECONDS
    if now - asked_at <= timedelta(seconds=patience_for.value):
        return Later(next_look(delivery, now, tick))
    if now - since > most or (promised and not unknown):
        return NotSeen()
    # a file that Slack has not known for so long is nowhere, so that nothing can be doubled
    return UploadAgain(delivery.uploads[:-1], now) if unknown else Stored(now)
