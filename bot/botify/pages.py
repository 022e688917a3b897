"""Reading a list page by page."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.botify.schema import rows_of
from bot.model.errors import BotifyUnreachable


async def all_rows(ask: Callable[[int], Awaitable[Any]], *, size: int, most: int) -> list[Any]:
    """The entries of all pages, in Botify's order.

    The `next` of an answer only says whether there is more: it is never opened, because it is an
    address that somebody else wrote, and the page after it would be asked for with our token.

    Args:
        ask: gives the answer for a page, counted from 1.
        size: the page size that was asked for.
        most: pages at most.

    Raises:
        BotifyUnreachable: there are more pages than that; half a list would pass for the whole.
    """
    rows: list[Any] = []
    before: list[Any] | None = None
    for number in range(1, most + 1):
        answer = await ask(number)
        page = rows_of(answer)
        if not page or page == before:  # a server that ignores the page number ends here
            return rows
        rows += page
        if not _more(answer, len(page), size):
            return rows
        before = page
    raise BotifyUnreachable("Botify gave a longer list than this app can read.")


def _more(answer: Any, held: int, size: int) -> bool:
    if not isinstance(answer, dict):
        return False  # a bare array is the whole list
    if "next" in answer:
        return bool(answer["next"])
    return held >= size
