"""What Botify bills: by the row, and for the link graph by the link (Botify's limits page)."""

from collections.abc import Iterable

from bot.model.field import LINK_GRAPH
from bot.model.limits import BOTIFY_CREDITS_PER_THOUSAND_LINKS, BOTIFY_CREDITS_PER_THOUSAND_ROWS


def by_links(fields: Iterable[str]) -> bool:
    """Whether an export of these fields has one row a link instead of one a URL."""
    return any(LINK_GRAPH in field for field in fields)


def credits_for(rows: int, fields: Iterable[str]) -> int:
    """Credits for so many rows of an export of these fields; a part of one counts as one."""
    each = (
        BOTIFY_CREDITS_PER_THOUSAND_LINKS if by_links(fields) else BOTIFY_CREDITS_PER_THOUSAND_ROWS
    )
    return -(-rows * each.value // 1_000)
