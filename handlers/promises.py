"""What people were told will start: it starts, or they are told why not, whoever has to stop.

The promise is stored with the draft before it is made. It ends when the draft is an export or when
the person knows better; where the process ended before that, or could not tell the person,
`resuming` goes on with it. The modal may be closed by then: people are told directly.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.exports.drafting import told
from bot.model.draft import Draft
from bot.model.errors import DiskFull, NotSetUp, ProductError
from bot.slack import channels, posts
from bot.slack.messages.message import Message
from bot.slack.messages.text import foreign
from handlers.background import Tell
from handlers.services import Services
from handlers.views import notices
from storage import drafts

log = structlog.get_logger(__name__)

STORE_AGAIN = 10.0
"""Seconds between two tries to store what became of a promise."""


async def absolve(services: Services, draft_id: str) -> None:
    """The person knows what became of the draft: nothing is promised any more.

    Waits while the database cannot be written: otherwise the next process would start what the
    person was told is not started.
    """
    await _store(services, drafts.absolve, draft_id)


def absolving(services: Services, draft_id: str, tell: Tell) -> Tell:
    """Tells about an error, after which nothing is promised any more.

    Where that fails the promise stands, and nobody has it: the next look takes it up.
    """

    async def tell_and_absolve(error: ProductError) -> None:
        try:
            await tell(error)
        except Exception:
            await _store(services, drafts.give_up, draft_id)
            raise
        await absolve(services, draft_id)

    return tell_and_absolve


async def _store(services: Services, change: Callable[..., Awaitable[None]], draft_id: str) -> None:
    while True:
        try:
            async with services.database.write() as connection:
                await change(connection, draft_id)
        except (NotSetUp, DiskFull) as error:
            log.warning(
                "What became of a promise is not stored yet; trying again.",
                action="promise_not_stored",
                draft=draft_id,
                cause=error.code,
                error_id=error.error_id,
            )
            await asyncio.sleep(STORE_AGAIN)
        else:
            return


async def release(services: Services) -> None:
    """This process ends: others may go on with what it has promised."""
    async with services.database.write() as connection:
        await drafts.release(connection, services.owner)


def directly(services: Services, draft: Draft) -> Tell:
    """Tells a person about an error in their direct messages, with a button for the form."""

    async def tell(error: ProductError) -> None:
        await say_instead(services, draft, told(error))

    return tell


async def say_instead(services: Services, draft: Draft, reason: str) -> None:
    """Say in the person's direct messages why the promised export was not started.

    Raises:
        ProductError: Slack did not take it.
    """
    text = f"Not started: {foreign(reason, notices.TEXT)}"
    await write_to(services, draft, text, notices.open_again(text, draft.id))


async def write_to(
    services: Services, draft: Draft, text: str, blocks: list[dict[str, Any]] | None = None
) -> None:
    """Write to the person of a draft in their direct messages with the app.

    Raises:
        ProductError: Slack did not take it.
    """
    channel = await channels.open_direct(services.slack, draft.user)
    await posts.post(services.slack, channel, Message(text, tuple(blocks or ())))
