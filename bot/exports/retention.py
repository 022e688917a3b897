"""What is forgotten, and when: files after RETENTION_DAYS, drafts after a day, leftovers now.

Files are kept only so that the same export is free and quick the next time: Slack holds what was
delivered. So when the disk gets full, delivered files go before their time, oldest first.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import structlog

from bot.exports.context import Context
from bot.files import folder, room
from bot.files.parcels import remove_parcels
from bot.model.export import Export
from storage import deliveries, drafts, exports, interactions, processes

log = structlog.get_logger(__name__)

DRAFTS_KEPT = timedelta(days=1)
"""A modal left open longer than this has to be opened again."""

INTERACTIONS_KEPT = timedelta(days=1)
"""Slack repeats what was not acknowledged for minutes; with delayed events for a day."""

Held = tuple[str, int]
"""The id of an export, and the bytes that its files hold."""

LEAST_KEPT = timedelta(minutes=10)
"""However full the disk is: the command line may be copying a file that has just been finished."""


async def sweep(
    context: Context, *, missing_for_quota: Callable[[Path], int] = room.missing_for_quota
) -> None:
    """Remove what is no longer needed. A file is forgotten in the database before it goes.

    Args:
        context: of the process.
        missing_for_quota: says how many bytes should be free besides those that are.
    """
    now = context.now()
    data_dir = context.settings.data_dir
    oldest = now - timedelta(days=context.settings.retention_days)
    async with context.database.read() as connection:
        old = await exports.finished_before(connection, oldest)
    removed = await _forget(context, old)
    async with context.database.write() as connection:
        await drafts.sweep(connection, now - DRAFTS_KEPT)
        await interactions.sweep(connection, now - INTERACTIONS_KEPT)
        kept = await exports.files(connection)
    orphans = await asyncio.to_thread(folder.sweep, data_dir, keep=kept)
    await _forget_processes(context)
    missing = await asyncio.to_thread(missing_for_quota, data_dir)
    if missing > 0:
        removed += await _forget(context, oldest_of(await _delivered(context), missing))
    if removed or orphans.files:
        log.info("Old files were removed.", action="swept", files=removed, orphans=orphans.files)


async def make_room(context: Context, wanted: int) -> bool:
    """Remove delivered files before their time, where that makes so many bytes fit.

    Args:
        context: of the process.
        wanted: bytes that are about to be written.

    Returns:
        Whether there is more room than before. False also where there was enough.
    """
    missing = await asyncio.to_thread(room.missing_bytes, context.settings.data_dir, wanted)
    if missing <= 0:
        return False
    chosen = oldest_of(await _delivered(context), missing)
    if size_of(chosen) < missing:
        return False
    removed = await _forget(context, chosen)
    log.info("Files were removed to make room.", action="swept", files=removed, orphans=0)
    return removed > 0


async def put_away(context: Context, export: Export) -> None:
    """The packed files of a delivered export are of no more use, unless others wait for them."""
    async with context.database.read() as connection:
        known = await deliveries.of_export(connection, export.id)
    if all(one.state.ended for one in known):
        files = [part.file for part in export.parts if part.file is not None]
        for file in files:
            await asyncio.to_thread(remove_parcels, file)


def oldest_of(delivered: Iterable[Held], missing: int) -> tuple[Held, ...]:
    """The first exports whose files hold so many bytes together; all, if that is not enough."""
    chosen: list[Held] = []
    for export in delivered:
        if missing <= 0:
            break
        chosen.append(export)
        missing -= size_of([export])
    return tuple(chosen)


def size_of(some: Iterable[Held]) -> int:
    """Bytes of their files."""
    return sum(size for _, size in some)


async def _delivered(context: Context) -> tuple[Held, ...]:
    async with context.database.read() as connection:
        return await exports.finished_before(connection, context.now() - LEAST_KEPT)


async def _forget_processes(context: Context) -> None:
    """Whoever has ended can name nothing any more, so the names are read afterwards."""
    data_dir = context.settings.data_dir
    ended = await asyncio.to_thread(processes.ended, data_dir)
    async with context.database.read() as connection:
        named = await exports.owners(connection) | await drafts.promising(connection)
    await asyncio.to_thread(processes.forget, data_dir, ended - named)


async def _forget(context: Context, chosen: Iterable[Held]) -> int:
    """How many files were removed; at a stop the others are left to the next sweep."""
    removed = 0
    for export_id, _ in chosen:
        if context.stopping.is_set():
            break
        async with context.database.write() as connection:
            paths = await exports.forget_file(connection, export_id)
        for path in paths:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        removed += len(paths)
    return removed
