"""Goes on with what was promised and has nobody: its process has ended, or could tell nobody.

Each look tries it once more, until it starts, the person is told, or a day has passed.
"""

from datetime import timedelta

import structlog

from bot.model.draft import Draft
from bot.model.errors import InstallationGone, ProductError, SlackRefused
from handlers.background import Tell, product_error
from handlers.promises import absolve, absolving, directly, write_to
from handlers.services import Services
from handlers.starting import start
from storage import drafts, processes

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(days=1)
"""Nobody expects that an export starts later than this."""

TOO_LATE = (
    "Your export was not started: for a day the app was not running, or could not reach you. "
    "Nothing was spent."
)


async def take_over(services: Services) -> None:
    """Go on with what processes that have ended did not get to, and with what nobody has."""
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
            tell=absolving(services, draft.id, _at_last(services, draft)),
        )


async def _go_on(services: Services, draft: Draft) -> None:
    if _is_over(services, draft):
        await write_to(services, draft, TOO_LATE)
    else:
        said = await start(services, draft)
        if said is not None and not said.started:
            await write_to(services, draft, said.text, said.blocks)
    await absolve(services, draft.id)


def _at_last(services: Services, draft: Draft) -> Tell:
    """Tells directly, the last way to a person; where that is closed for good, the log has it.

    What was in the way is raised only where the next look may find it gone.
    """
    tell = directly(services, draft)

    async def tell_or_end(error: ProductError) -> None:
        try:
            await tell(error)
        except Exception as untold:
            if not (_is_over(services, draft) or _is_final(untold)):
                raise
            log.exception(
                "A promise ends although the person could not be told.",
                action="promise_ended_untold",
                draft=draft.id,
                error_id=error.error_id,
                cause=product_error(untold).code,
            )

    return tell_or_end


def _is_over(services: Services, draft: Draft) -> bool:
    return services.now() - draft.created_at > KEPT_FOR


def _is_final(untold: Exception) -> bool:
    """Whether Slack refuses this person's messages; an installation can come back."""
    return isinstance(untold, SlackRefused) and not isinstance(untold, InstallationGone)
