"""What need not be paid again: an identical export that is finished, or on its way."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.exports.choices import NEW_JOB_CODES
from bot.model.delivery import Delivery
from bot.model.draft import Draft, Offer
from bot.model.errors import FileGone, NotFound, WrongInput
from bot.model.export import Export
from bot.model.settings import Settings
from bot.model.specification import Specification
from storage import deliveries, exports


class OfferGone(WrongInput):
    """What was offered for nothing is not there any more; nothing was begun instead."""

    sentence = "The file that would have been free is no longer there."
    next_step = "Look at the price, then press Export again."


SPENT = NEW_JOB_CODES | {NotFound().code, FileGone().code}
"""Failures after which a job is not asked for its file by another export."""


async def find(
    connection: AsyncConnection, spec: Specification, settings: Settings, now: datetime
) -> Offer | None:
    """What gives this for nothing: an export that runs, has its files here, or at Botify."""
    guard = settings.guard_cells
    running = await exports.find_running(connection, spec.key, guard)
    here = running or await find_finished(connection, spec, guard=guard)
    if here is not None:
        return offer_of(here)
    paid = await find_paid(connection, spec, settings, now)
    return None if paid is None else offer_of(paid, here=False)


async def find_paid(
    connection: AsyncConnection, spec: Specification, settings: Settings, now: datetime
) -> Export | None:
    """An export of the same that ended not long ago, and whose jobs can give their files again."""
    oldest = now - timedelta(days=settings.retention_days)
    return await exports.find_paid(connection, spec.key, oldest, SPENT)


async def find_finished(
    connection: AsyncConnection, spec: Specification, *, guard: bool
) -> Export | None:
    """A finished export of the same, all of whose files are on the disk."""
    ready = await exports.find_ready(connection, spec.key, guard)
    if ready is None:
        return None
    paths = [part.file.path for part in ready.parts if part.file]
    return ready if await asyncio.to_thread(_all_there, paths) else None


async def find_waiting(
    connection: AsyncConnection, export: Export, draft: Draft
) -> Delivery | None:
    """The delivery of this export that the same person awaits in the same place, if any."""
    channel = draft.destination.channel if draft.destination else None
    for delivery in await deliveries.of_export(connection, export.id):
        here = channel in (delivery.channel, delivery.message_channel)
        if delivery.user == draft.user and here and not delivery.state.ended:
            return delivery
    return None


def offer_of(export: Export, *, here: bool = True) -> Offer:
    """What a person is told about an export that gives the same, with its files here or not."""
    finished = export.state.ended
    return Offer(
        export_id=export.id,
        by=export.requested_by,
        rows=export.rows_delivered if finished and here else export.rows_expected,
        finished_at=export.finished_at if finished else None,
        here=here,
    )


def _all_there(paths: list[Path]) -> bool:
    return bool(paths) and all(path.is_file() for path in paths)
