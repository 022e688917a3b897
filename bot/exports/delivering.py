"""One delivery, advanced until it has to wait for something."""

from datetime import datetime

from bot.exports.announcing import announce
from bot.exports.confirming import look
from bot.exports.context import Context, Slack
from bot.exports.delivery_lifecycle import Failed, Later
from bot.exports.ledger import NEVER, record_delivery
from bot.exports.uploading import upload
from bot.model.delivery import Delivery, DeliveryState
from bot.model.errors import ExportFailed
from bot.model.export import Export, State
from bot.model.failure import failure_of


async def advance(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Delivery:
    """Do what is due; return the delivery when it has ended or is due later.

    Raises:
        Stale: another process owns it.
    """
    while is_due(delivery, export, context.now()):
        delivery = await step(context, slack, export, delivery)
    return delivery


def is_due(delivery: Delivery, export: Export, now: datetime) -> bool:
    """Whether there is something to do: its time has come, or its export ended while it slept."""
    if delivery.state.ended:
        return False
    return delivery.due_at <= now or (
        delivery.state is DeliveryState.ANNOUNCED
        and export.state.ended
        and delivery.due_at > now + NEVER / 2
    )


async def step(context: Context, slack: Slack, export: Export, delivery: Delivery) -> Delivery:
    """The one thing that a delivery in this state needs."""
    match delivery.state:
        case DeliveryState.WAITING:
            return await announce(context, slack, export, delivery)
        case DeliveryState.COMPLETING | DeliveryState.CONFIRMING:
            return await look(context, slack, export, delivery)
        case _:
            return await _when_the_export_ended(context, slack, export, delivery)


async def _when_the_export_ended(
    context: Context, slack: Slack, export: Export, delivery: Delivery
) -> Delivery:
    match export.state:
        case State.READY:
            return await upload(context, slack, export, delivery)
        case State.FAILED | State.CANCELLED:
            failure = export.failure or failure_of(ExportFailed("The export was cancelled."))
            return await record_delivery(context, delivery, Failed(failure))
        case _:
            return await record_delivery(context, delivery, Later(context.now() + NEVER))
