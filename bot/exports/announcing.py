"""The first message of a delivery, and its replacement when the first one is lost.

A post whose answer was lost is repeated once, and then no more: somebody who is told twice is told.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.exports.context import Context, Slack
from bot.exports.delivery_lifecycle import (
    Event,
    Failed,
    Later,
    NotPosted,
    Posted,
    PostIntended,
    Settled,
)
from bot.exports.effects import Effect, LeaseOver, perform
from bot.exports.ledger import NEVER, record_delivery
from bot.exports.patience import passes, pause
from bot.exports.troubles import outlasted
from bot.exports.uploading import bound, redirect
from bot.model.delivery import Delivery, DeliveryState
from bot.model.errors import (
    ChannelClosed,
    ContentRefused,
    NotSetUp,
    ProductError,
    Repeat,
    SlackRefused,
    Stale,
)
from bot.model.export import Export
from bot.model.failure import failure_of
from bot.model.settings import ProgressBlocks
from bot.slack import channels, posts
from bot.slack.messages.choice import message_for
from bot.slack.messages.message import Message
from bot.slack.messages.preview import has_preview, without_preview
from bot.slack.messages.refused import refused_message
from storage import capabilities

log = structlog.get_logger(__name__)

PLAN_BLOCKS = "plan_blocks"
TABLE_BLOCKS = "table_blocks"
SHAREABLE = "CG"
"""Ids of channels begin so; nobody shares a direct message with another company."""

REPEAT_AFTER = timedelta(seconds=15)
"""A post whose answer was lost is repeated only once, so not while the same trouble goes on."""

NEWER = {"plan": PLAN_BLOCKS, "table": TABLE_BLOCKS}
"""Kinds of blocks that not every workspace takes, and the capability that remembers it."""


async def style_of(context: Context, slack: Slack) -> ProgressBlocks:
    """How to draw progress in this workspace: what the operator chose, unless it was refused."""
    chosen = context.settings.progress_blocks
    if chosen is ProgressBlocks.CLASSIC:
        return chosen
    refused = await _refused_before(context, slack, PLAN_BLOCKS)
    return ProgressBlocks.CLASSIC if refused else chosen


async def _refused_before(context: Context, slack: Slack, name: str) -> bool:
    async with context.database.read() as connection:
        found = await capabilities.get(connection, f"slack:{slack.identity.team}", name)
    return found is not None


async def draw(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Message:
    """The message as it should look now."""
    message = message_for(
        export,
        delivery,
        context.figures.of(export.id),
        now=context.now(),
        app_url=f"https://{context.settings.botify_app_hosts[0]}",
        style=await style_of(context, slack),
    )
    if has_preview(message) and await _refused_before(context, slack, TABLE_BLOCKS):
        return without_preview(message)
    return message


async def left_out(context: Context, slack: Slack, message: Message) -> bool:
    """Remember what this workspace may have refused a message for, to do without from now on.

    Returns:
        Whether there was something: the message looks different the next time.
    """
    kinds = {str(block["type"]) for block in message.blocks}
    newer = sorted(NEWER[kind] for kind in kinds & NEWER.keys())
    for name in newer:
        log.info("This workspace refuses newer blocks.", action="blocks_refused", blocks=name)
        async with context.database.write() as connection:
            await capabilities.put(
                connection, f"slack:{slack.identity.team}", name, "refused", context.now()
            )
    return bool(newer)


async def announce(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Delivery:
    """Work for a delivery without a message: join the channel if need be, and post.

    No lookup after a lost answer: reading a channel's history would need a scope that security
    reviews refuse. One more message may appear, with the export's id; the log says so.
    """
    before = delivery.intent_at
    try:
        await _prepare(context, slack, delivery)
    except ProductError as error:
        return await _refused(context, slack, delivery, error, before)
    delivery, refused = await _post(context, slack, export, delivery)
    if refused is None:
        return delivery
    return await _refused(context, slack, delivery, refused, before, sent=True)


async def ask(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Delivery:
    """Ask the person in a new message, because the delivery has none that can be edited.

    Returns:
        The delivery: with the message, or moved to the person's direct message, to be asked there.

    Raises:
        ProductError: it was not posted. What passes may be tried again.
    """
    before = delivery.intent_at
    delivery, refused = await _post(context, slack, export, delivery)
    if refused is None:
        return delivery
    if isinstance(refused, ChannelClosed):
        moved = await redirect(context, slack, delivery, refused)
        if moved != delivery:
            return moved
    if refused.repeat is Repeat.UNKNOWN and before is not None:
        raise SlackRefused("Slack did not say whether a question was posted.") from refused
    if refused.repeat is not Repeat.UNKNOWN:
        await record_delivery(context, delivery, NotPosted(context.now() + NEVER, before))
    raise refused


async def _prepare(context: Context, slack: Slack, delivery: Delivery) -> None:
    """What must be true of the channel before the first message.

    Raises:
        ProductError: it cannot be posted there, or Slack does not say.
    """
    first = delivery.state is DeliveryState.WAITING
    company = not context.settings.allow_shared_channels and delivery.channel[:1] in SHAREABLE
    if first and company:
        try:
            await perform(
                context,
                Effect.LOOK_AT_CHANNEL,
                delivery.id,
                channels.require_not_shared(slack.clients, delivery.channel),
            )
        except NotSetUp:
            log.info(
                "The app may not look at channels; it posts without.", action="channel_not_seen"
            )
    if delivery.join:
        await perform(
            context,
            Effect.JOIN_CHANNEL,
            delivery.id,
            channels.join(slack.clients, delivery.channel),
        )


async def _post(
    context: Context, slack: Slack, export: Export, delivery: Delivery
) -> tuple[Delivery, ProductError | None]:
    """Post the message of a delivery, in its channel's turn; the intent is stored before.

    Returns:
        The delivery as it is stored, and why there is no message, or perhaps none.
    """
    if delivery.intent_at is not None:
        log.warning(
            "The message may have been posted before; posting once more.",
            action="message_maybe_doubled",
            export_id=export.id,
            delivery_id=delivery.id,
        )
    await asyncio.sleep(slack.clients.turns.take(delivery.channel))
    message = await draw(context, slack, export, delivery)
    before = delivery.intent_at
    delivery = await record_delivery(context, delivery, PostIntended(context.now()))
    try:
        posted = await perform(
            context,
            Effect.POST_MESSAGE,
            delivery.id,
            posts.post(slack.clients, delivery.channel, message),
        )
    except ProductError as error:
        if isinstance(error, ContentRefused) and await left_out(context, slack, message):
            again = NotPosted(context.now(), before)
            return await _post(
                context, slack, export, await record_delivery(context, delivery, again)
            )
        return delivery, error
    except LeaseOver:
        with suppress(Stale):  # whoever has it now finds out for itself
            await record_delivery(context, delivery, NotPosted(context.now(), before))
        raise
    context.troubles.over(_key(delivery))
    due = context.now() + (timedelta() if export.state.ended else NEVER)
    return await record_delivery(context, delivery, Posted(posted.channel, posted.ts, due)), None


def _key(delivery: Delivery) -> str:
    return f"post {delivery.id}"


def _again(
    context: Context,
    delivery: Delivery,
    error: ProductError,
    before: datetime | None,
    *,
    sent: bool,
) -> Event | None:
    """When to post again; None when that has been tried for long enough, or once too often.

    Args:
        context: of the process.
        delivery: with the intent.
        error: why there is no message.
        before: an earlier intent that was never answered, if any.
        sent: whether it was the post that did not succeed.
    """
    now = context.now()
    since = context.troubles.since(_key(delivery), now, error)
    unsure = sent and error.repeat is Repeat.UNKNOWN
    if (
        not passes(error)
        or outlasted(error, since, now, bound(context))
        or (unsure and before is not None)
    ):
        context.troubles.over(_key(delivery))
        return None
    due = now + pause(error, since, now, least=context.tick)
    return Later(max(due, now + REPEAT_AFTER)) if unsure else NotPosted(due, before)


async def _refused(
    context: Context,
    slack: Slack,
    delivery: Delivery,
    error: ProductError,
    before: datetime | None,
    *,
    sent: bool = False,
) -> Delivery:
    log.warning(
        "The message of a delivery was not posted.",
        action="message_not_posted",
        export_id=delivery.export_id,
        delivery_id=delivery.id,
        cause=error.code,
        repeat=error.repeat.value,
        error_id=error.error_id,
    )
    again = _again(context, delivery, error, before, sent=sent)
    if again is not None:
        return await record_delivery(context, delivery, again)
    if not delivery.state.ended:
        return await record_delivery(context, delivery, Failed(failure_of(error)))
    if isinstance(error, ChannelClosed):
        moved = await redirect(context, slack, delivery, error)
        if moved != delivery:
            return moved
    return await record_delivery(context, delivery, Settled())


async def tell(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Delivery:
    """Say in the person's direct message what became of a request that has no message.

    Returns:
        The delivery: settled, or due later where Slack may take it then.
    """
    before, sent = delivery.intent_at, False
    try:
        channel = await perform(
            context,
            Effect.OPEN_DIRECT,
            delivery.id,
            channels.open_direct(slack.clients, delivery.user),
        )
        delivery = await record_delivery(context, delivery, PostIntended(context.now()))
        sent = True
        await perform(
            context,
            Effect.POST_MESSAGE,
            delivery.id,
            posts.post(slack.clients, channel, refused_message(export, delivery)),
        )
    except ProductError as error:
        log.warning(
            "The person could not be told that a request was refused.",
            action="person_not_told",
            export_id=export.id,
            delivery_id=delivery.id,
            cause=error.code,
            error_id=error.error_id,
        )
        again = _again(context, delivery, error, before, sent=sent)
        if again is not None:
            return await record_delivery(context, delivery, again)
    return await record_delivery(context, delivery, Settled())
