"""What is forgotten, and when: files after RETENTION_DAYS, drafts after a day, leftovers now."""

import asyncio
from datetime import timedelta

import structlog

from bot.exports.context import Context
from bot.files import folder
from storage import drafts, exports, interactions, processes

log = structlog.get_logger(__name__)

DRAFTS_KEPT = timedelta(days=1)
"""A modal left open longer than this has to be opened again."""

INTERACTIONS_KEPT = timedelta(days=1)
"""Slack repeats what was not acknowledged for minutes; with delayed events for a day."""


async def sweep(context: Context) -> None:
    """Remove what is no longer needed. A file is forgotten in the database before it goes."""
    now = context.now()
    oldest = now - timedelta(days=context.settings.retention_days)
    async with context.database.read() as connection:
        old = await exports.finished_before(connection, oldest)
        owners = await exports.owners(connection)
    for export in old:
        async with context.database.write() as connection:
            paths = await exports.forget_file(connection, export.id)
        for path in paths:
            await asyncio.to_thread(path.unlink, missing_ok=True)
    async with context.database.write() as connection:
        await drafts.sweep(connection, now - DRAFTS_KEPT)
        await interactions.sweep(connection, now - INTERACTIONS_KEPT)
        kept = await exports.files(connection)
    data_dir = context.settings.data_dir
    orphans = await asyncio.to_thread(folder.sweep, data_dir, keep=kept)
    await asyncio.to_thread(processes.sweep, data_dir, owners)
    if old or orphans.files:
        log.info("Old files were removed.", action="swept", exports=len(old), orphans=orphans.files)
