"""Goes on with what a process that has ended had promised to start."""

from datetime import timedelta

import structlog

from bot.model.draft import Draft
from handlers.promises import absolve, absolving, directly, write_to
from handlers.services import Services
from handlers.starting import start
from storage import drafts, processes

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(days=1)
"""Nobody expects that an export starts later than this."""

TOO_LATE = "Your export was not started: the app was not running for a day. Nothing was spent."


async def take_over(services: Services) -> None:
    """Go on with what processes that have ended did not get to."""
    async with services.database.read() as connection:
        owners = await drafts.promising(connection)
    others = owners - {services.owner, drafts.NOBODY}
    ended = processes.dead(services.settings.data_dir, others)
    if not ended and drafts.NOBODY not in owners:
        return
    async with services.database.write() as connection:
        taken = await drafts.take_over(
            connection, owner=services.owner, dead=ended | {drafts.NOBODY}
        )
    for draft in taken:
        log.info("A promised export is started.", action="promise_taken_over", draft=draft.id)
        services.background.start(
            _go_on(services, draft),
            name=f"promised {draft.id}",
            tell=absolving(services, draft.id, directly(services, draft)),
        )


async def _go_on(services: Services, draft: Draft) -> None:
    if services.now() - draft.created_at > KEPT_FOR:
        await write_to(services, draft, TOO_LATE)
    else:
        said = await start(services, draft)
        if said is not None and not said.started:
            await write_to(services, draft, said.text, said.blocks)
    await absolve(services, draft.id)
