"""What need not be paid again: an identical export that is finished, or on its way."""

import asyncio
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.delivery import Delivery
from bot.model.draft import Draft, Offer
from bot.model.errors import WrongInput
from bot.model.export import Export
from bot.model.specification import Specification
from storage import deliveries, exports


class OfferGone(WrongInput):
    """What was offered for nothing is not there any more; nothing was begun instead."""

    sentence = "The file that would have been free is no longer there."
    next_step = "Look at the price, then press Export again."


async def find(connection: AsyncConnection, spec: Specification, *, guard: bool) -> Export | None:
    """The export that gives this for nothing: one that runs, else one whose files are here."""
    running = await exports.find_running(connection, spec.key, guard)
    return running or await find_finished(connection, spec, guard=guard)


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


def offer_of(export: Export) -> Offer:
    """What a person is told about an export that gives the same."""
    finished = export.state.ended
    return Offer(
        export_id=export.id,
        by=export.requested_by,
        rows=export.rows_delivered if finished else export.rows_expected,
        finished_at=export.finished_at if finished else None,
    )


def _all_there(paths: list[Path]) -> bool:
    return bool(paths) and all(path.is_file() for path in paths)
