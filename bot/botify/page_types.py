"""The page types of a project: values of its own segmentation, for people to choose from."""

from typing import Any, Final

from bot.botify import bql
from bot.botify.client import BotifyClient
from bot.botify.counts import query_path, whole
from bot.botify.schema import UNREADABLE, Row, read
from bot.botify.subject import Subject
from bot.model.errors import BotifyUnreachable
from bot.model.filters import PAGE_TYPE
from bot.model.limits import BOTIFY_QUERY_PAGE
from bot.model.project import Project

MOST: Final = 100
"""Page types that are offered; others can still be typed."""

STEP: Final = "/"
"""Between the levels of a tree's node, in Botify's answers and filters."""


async def list_page_types(client: BotifyClient, project: Project, slug: str) -> tuple[str, ...]:
    """The page types with most URLs, largest first; one request.

    Only for an analysis that has the field `segments.pagetype.value`: not every project does.

    Raises:
        WrongField: the analysis has no such field.
        BotifyRefused: Botify refused the query.
        BotifyUnreachable: no usable answer.
    """
    answer = await client.post(
        query_path(project),
        bql.values_query(slug, PAGE_TYPE),
        {"page": 1, "size": BOTIFY_QUERY_PAGE.value},
        subject=Subject(project=project, analysis=slug, fields=(PAGE_TYPE,)),
    )
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        raise BotifyUnreachable(UNREADABLE)
    return read_page_types(answer["results"])


def read_page_types(rows: list[Any]) -> tuple[str, ...]:
    """Nodes of the tree, largest first, from rows of a value and its number of URLs.

    Botify names the deepest node of each URL; the nodes above it can be chosen as well, and hold
    what is below them. A node that holds nothing but one other node is that node: it is left out.

    Raises:
        BotifyUnreachable: a row cannot be read.
    """
    urls: dict[str, int] = {}
    for row in (read(Row, row) for row in rows):
        if len(row.dimensions) != 1 or len(row.metrics) != 1:
            raise BotifyUnreachable(UNREADABLE)
        value, count = row.dimensions[0], whole(row.metrics[0])
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise BotifyUnreachable(UNREADABLE)
        steps = value.split(STEP)
        for level in range(1, len(steps) + 1):
            node = STEP.join(steps[:level])
            urls[node] = urls.get(node, 0) + count
    told_apart = [node for node in urls if urls.get(_above(node)) != urls[node]]
    return tuple(sorted(told_apart, key=lambda node: (-urls[node], node))[:MOST])


def _above(node: str) -> str:
    return node.rpartition(STEP)[0]
