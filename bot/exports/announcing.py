"""The first message of a delivery, and its replacement when the first one is lost."""

from datetime import timedelta

import structlog

from bot.exports.context import Context, Slack
from bot.exports.delivery_lifecycle import Failed, Later, Posted, PostIntended, Settled
from bot.exports.effects import Effect, perform
from bot.exports.ledger import NEVER, record_delivery
from bot.exports.patience import passes, pause
from bot.exports.uploading import bound, redirect
from bot.model.delivery import Delivery
from bot.model.errors import ChannelClosed, ContentRefused, ProductError
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
    if delivery.intent_at is not None:
        log.warning(
            "The progress message may have been posted before; posting once more.",
            action="message_maybe_doubled",
            export_id=export.id,
            delivery_id=delivery.id,
        )
    if delivery.join:
        try:
            await perform(
                context,
                Effect.JOIN_CHANNEL,
                delivery.id,
                channels.join(slack.clients, delivery.channel),
            )
        except ProductError as error:
            return await _refused(context, slack, export, delivery, error)
    message = await draw(context, slack, export, delivery)
    delivery = await record_delivery(context, delivery, PostIntended(context.now()))
    try:
        posted = await perform(
            context,
            Effect.POST_MESSAGE,
            delivery.id,
            posts.post(slack.clients, delivery.channel, message),
        )
    except ProductError as error:
        refused = isinstance(error, ContentRefused)
        if refused and await left_out(context, slack, message):
            return await record_delivery(context, delivery, Later(context.now()))
        return await _refused(context, slack, export, delivery, error)
    due = context.now() + (timedelta() if export.state.ended else NEVER)
    return await record_delivery(context, delivery, Posted(posted.channel, posted.ts, due))


async def _refused(
    context: Context, slack: Slack, export: Export, delivery: Delivery, error: ProductError
) -> Delivery:
    log.warning(
        "The progress message was not posted.",
        action="message_not_posted",
        export_id=export.id,
        delivery_id=delivery.id,
        cause=error.code,
        repeat=error.repeat.value,
        error_id=error.error_id,
    )
    now = context.now()
    since = delivery.entered_at
    if passes(error) and now - since <= bound(context):
        due = now + pause(error, since, now, least=context.tick)
        return await record_delivery(context, delivery, Later(due))
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
    try:
        channel = await perform(
            context,
            Effect.OPEN_DIRECT,
            delivery.id,
            channels.open_direct(slack.clients, delivery.user),
        )
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
        now = context.now()
        if passes(error):
            due = now + pause(error, delivery.entered_at, now, least=context.tick)
            return await record_delivery(context, delivery, Later(due))
    return await record_delivery(context, delivery, Settled())
