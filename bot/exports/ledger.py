"""The one way by which records change: events, one transaction, a line in the log for each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.exports import delivery_lifecycle, part_lifecycle
from bot.exports.context import Context, Moment
from bot.model.delivery import Delivery
from bot.model.errors import Stale
from bot.model.export import Export, Part
from bot.model.failure import Failure, advice_of
from storage import deliveries, exports

log = structlog.get_logger(__name__)

NEVER = timedelta(days=36_500)
"""A delivery that waits for its export is woken by the export, not by the clock."""


@dataclass(slots=True)
class Page:
    """What happens in one transaction: all of it, or nothing.

    Attributes:
        context: of the process.
        connection: to read in the same transaction what the events depend on.
    """

    context: Context
    connection: AsyncConnection
    _moved: list[tuple[Part | Delivery, Part | Delivery, str]] = field(default_factory=list)
    _taken: list[Export] = field(default_factory=list)

    async def take_over(self, export: Export, lease_until: datetime) -> None:
        """Make this process the owner of an export, because a person decided about it.

        All its parts come along: the jobs that run are asked about by nobody else from now on.
        """
        await exports.seize(self.connection, export.id, self.context.owner, lease_until)
        self._taken.append(export)

    async def part(self, part: Part, event: part_lifecycle.Event) -> Part:
        """What happened to a part; the part as it is then.

        When the part ended, the deliveries of its export become due.

        Raises:
            Stale: another process owns the export, or this copy is old; nothing is written.
        """
        now = self.context.now()
        moved = part_lifecycle.after(part, event, now)
        self._begin(part, moved, event)
        try:
            await exports.save_part(
                self.connection,
                moved,
                owner=self.context.owner,
                finished_at=now if moved.state.ended else None,
                was=part.state,
            )
        except Stale:
            self.context.running.forget(part)
            raise
        if moved.state.ended:
            await deliveries.wake(self.connection, part.export_id, now)
        return moved

    async def delivery(self, delivery: Delivery, event: delivery_lifecycle.Event) -> Delivery:
        """What happened to a delivery; the delivery as it is then.

        Raises:
            Stale: another process owns the delivery, or this copy is old; nothing is written.
        """
        moved = delivery_lifecycle.after(delivery, event, self.context.now())
        self._begin(delivery, moved, event)
        await deliveries.save(self.connection, moved, owner=self.context.owner, was=delivery.state)
        return moved

    def _begin(self, was: Part | Delivery, now: Part | Delivery, event: object) -> None:
        name = type(event).__name__
        self.context.transactions(name, Moment.BEFORE, subject_of(was))
        self._moved.append((was, now, name))

    def close(self) -> None:
        """All of it is on the disk."""
        for export in self._taken:
            self.context.running.note(export.parts)
        for was, now, name in self._moved:
            self.context.transactions(name, Moment.AFTER, subject_of(was))
            if isinstance(now, Part):
                self.context.running.note([now])
            log.info(
                "A part of an export moved." if isinstance(now, Part) else "A delivery moved.",
                happened=name,
                was=was.state.value,
                now=now.state.value,
                **_facts(now),
                **_cause(now.failure),
            )


@asynccontextmanager
async def writing(context: Context) -> AsyncIterator[Page]:
    """Several events in one transaction, after a look at what they depend on.

    Keep it short and free of calls to the outside: other writers wait meanwhile.
    """
    async with context.database.write() as connection:
        page = Page(context, connection)
        yield page
    page.close()


async def record_part(context: Context, part: Part, event: part_lifecycle.Event) -> Part:
    """Store what happened to a part and return it as it is now.

    Raises:
        Stale: another process owns the export, or this copy is old; nothing was written.
    """
    async with writing(context) as page:
        return await page.part(part, event)


async def record_delivery(
    context: Context, delivery: Delivery, event: delivery_lifecycle.Event
) -> Delivery:
    """Store what happened to a delivery and return it as it is now.

    Raises:
        Stale: another process owns the delivery, or this copy is old; nothing was written.
    """
    async with writing(context) as page:
        return await page.delivery(delivery, event)


def subject_of(record: Part | Delivery) -> str:
    """How observers and logs name a record."""
    return f"{record.export_id}/{record.number}" if isinstance(record, Part) else record.id


def _facts(record: Part | Delivery) -> dict[str, Any]:
    if isinstance(record, Part):
        return {
            "action": "part_moved",
            "export_id": record.export_id,
            "part": record.number,
            "job_id": record.job_id,
        }
    return {
        "action": "delivery_moved",
        "export_id": record.export_id,
        "delivery_id": record.id,
    }


def _cause(failure: Failure | None) -> dict[str, Any]:
    if failure is None:
        return {"error_id": None, "cause": None}
    return {"error_id": failure.error_id, "cause": failure.code, "advice": advice_of(failure)}
