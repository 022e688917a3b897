"""The one way by which records change: an event, a transaction, a line in the log."""

from datetime import timedelta

import structlog

from bot.exports import delivery_lifecycle, part_lifecycle
from bot.exports.context import Context, Moment
from bot.model.delivery import Delivery
from bot.model.export import Part
from storage import deliveries, exports

log = structlog.get_logger(__name__)

NEVER = timedelta(days=36_500)
"""A delivery that waits for its export is woken by the export, not by the clock."""


async def record_part(context: Context, part: Part, event: part_lifecycle.Event) -> Part:
    """Store what happened to a part and return it as it is now.

    When the part ended, the deliveries of its export become due in the same transaction.

    Raises:
        Stale: another process owns the export, or this copy is old; nothing was written.
    """
    now = context.now()
    moved = part_lifecycle.after(part, event, now)
    name, subject = type(event).__name__, f"{part.export_id}/{part.number}"
    context.transactions(name, Moment.BEFORE, subject)
    context.running.forget(part)
    async with context.database.write() as connection:
        await exports.save_part(
            connection,
            moved,
            owner=context.owner,
            finished_at=now if moved.state.ended else None,
            was=part.state,
        )
        if moved.state.ended:
            await deliveries.wake(connection, part.export_id, now)
    context.running.note([moved])
    context.transactions(name, Moment.AFTER, subject)
    log.info(
        "A part of an export moved.",
        action="part_moved",
        export_id=part.export_id,
        part=part.number,
        happened=name,
        was=part.state.value,
        now=moved.state.value,
        job_id=moved.job_id,
        error_id=moved.failure.error_id if moved.failure else None,
        cause=moved.failure.code if moved.failure else None,
    )
    return moved


async def record_delivery(
    context: Context, delivery: Delivery, event: delivery_lifecycle.Event
) -> Delivery:
    """Store what happened to a delivery and return it as it is now.

    Raises:
        Stale: another process owns the delivery, or this copy is old; nothing was written.
    """
    now = context.now()
    moved = delivery_lifecycle.after(delivery, event, now)
    name = type(event).__name__
    context.transactions(name, Moment.BEFORE, delivery.id)
    async with context.database.write() as connection:
        await deliveries.save(connection, moved, owner=context.owner, was=delivery.state)
    context.transactions(name, Moment.AFTER, delivery.id)
    log.info(
        "A delivery moved.",
        action="delivery_moved",
        export_id=delivery.export_id,
        delivery_id=delivery.id,
        happened=name,
        was=delivery.state.value,
        now=moved.state.value,
        error_id=moved.failure.error_id if moved.failure else None,
        cause=moved.failure.code if moved.failure else None,
    )
    return moved
