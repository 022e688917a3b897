"""Which process works on what: leases in rows, and an operating-system lock that shows the dead.

A process claims what nobody owns. On one machine a dead owner is seen at once by its lock, so a
restart goes on immediately; elsewhere its lease has to run out.
"""

from dataclasses import replace
from datetime import timedelta

import structlog

from bot.exports.context import Context
from bot.exports.ledger import record_part
from bot.exports.part_lifecycle import answer_lost
from bot.model.delivery import Delivery
from bot.model.errors import Stale
from bot.model.export import Export, Part, State
from bot.model.limits import LEASE_SECONDS
from storage import deliveries, exports, processes

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=LEASE_SECONDS.value)


async def claim(
    context: Context, *, only: str | None = None
) -> tuple[tuple[Export, ...], tuple[Delivery, ...]]:
    """Take over what has no living owner.

    Args:
        context: this process.
        only: the one export to claim; deliveries are then left to a process that serves Slack.

    Returns:
        The exports and deliveries that this call took over, as they are now.
    """
    now = context.now()
    async with context.database.read() as connection:
        owners = await exports.owners(connection)
    others = owners - {context.owner}
    dead = processes.dead(context.settings.data_dir, others)
    async with context.database.write() as connection:
        taken = await exports.claim(
            connection,
            owner=context.owner,
            now=now,
            lease_until=now + LEASE,
            dead=dead,
            only=only,
        )
        found = [await exports.get(connection, one.export_id) for one in taken]
        taken_deliveries: tuple[Delivery, ...] = ()
        if context.slack is not None:
            claimed = await deliveries.claim(
                connection, owner=context.owner, now=now, lease_until=now + LEASE, dead=dead
            )
            waiting = [await deliveries.get(connection, one.delivery_id) for one in claimed]
            taken_deliveries = tuple(one for one in waiting if one is not None)
    taken_exports = tuple([await _without_a_hand(context, one) for one in found if one])
    if taken_exports or taken_deliveries:
        log.info(
            "Work without an owner was taken over.",
            action="claimed",
            exports=len(taken_exports),
            deliveries=len(taken_deliveries),
        )
    return taken_exports, taken_deliveries


async def _without_a_hand(context: Context, export: Export) -> Export:
    """A request that its last owner had under way has lost its answer."""
    parts = []
    for part in export.parts:
        lost = part.state is State.CREATING and part.looks is None
        parts.append(await _answer_lost(context, part) if lost else part)
    return replace(export, parts=tuple(parts))


async def _answer_lost(context: Context, part: Part) -> Part:
    try:
        return await record_part(context, part, answer_lost(part))
    except Stale:  # a worker of this process has found it by the database, and is ahead
        return part


async def renew(context: Context) -> None:
    """Say that this process is alive, ahead of whatever else waits to be written."""
    until = context.now() + LEASE
    async with context.database.write(urgent=True) as connection:
        await exports.renew(connection, context.owner, until)
        await deliveries.renew(connection, context.owner, until)
    context.hold.until = until


async def release(context: Context) -> None:
    """Give everything back, so that the next process goes on at once."""
    async with context.database.write() as connection:
        await exports.release(connection, context.owner)
        await deliveries.release(connection, context.owner)
