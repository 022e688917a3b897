"""Counting URLs by asking Botify's query endpoint, which is not billed by its published limits."""

import re
from typing import Any, Final

from bot.botify import bql
from bot.botify.client import BotifyClient, path_to
from bot.botify.pages import all_rows
from bot.botify.schema import UNREADABLE, Row, read
from bot.botify.subject import Subject
from bot.model.depths import DepthCounts
from bot.model.errors import BotifyUnreachable
from bot.model.filters import fields_of
from bot.model.limits import BOTIFY_QUERY_PAGE
from bot.model.project import Project
from bot.model.specification import DepthRange, Specification

MOST_PAGES: Final = 20
"""10,000 different depths; a crawl ends long before."""


async def count_by_depth(
    client: BotifyClient,
    project: Project,
    slug: str,
    filter: dict[str, Any] | None = None,  # noqa: A002 - its name in links and specifications
) -> DepthCounts:
    """URLs of an analysis by depth, all pages.

    Args:
        client: asks.
        project: whose analysis.
        slug: the analysis.
        filter: with unprefixed ids, as in `Specification.filter`.

    Raises:
        WrongInput: the filter is not understood.
        BotifyRefused: Botify refused the query.
        BotifyUnreachable: no usable answer; a count that cannot be read is never taken for zero.
    """
    query = bql.depth_counts_query(slug, filter)
    fields = ("depth", *(fields_of(filter) if filter else ()))
    return read_counts(await _by_depth(client, project, slug, query, fields))


async def count_links(
    client: BotifyClient,
    project: Project,
    slug: str,
    filter: dict[str, Any] | None = None,  # noqa: A002 - as above
) -> DepthCounts:
    """Internal links on the URLs of an analysis, by the depth of the URL that holds them.

    An export with a field of the link graph has one row for each. Arguments and errors are those
    of `count_by_depth`.
    """
    query = bql.link_counts_query(slug, filter)
    fields = ("depth", bql.LINKS_OF_A_PAGE, *(fields_of(filter) if filter else ()))
    rows = await _by_depth(client, project, slug, query, fields)
    return read_counts(rows, null_is_zero=True)


async def _by_depth(
    client: BotifyClient,
    project: Project,
    slug: str,
    query: dict[str, Any],
    fields: tuple[str, ...],
) -> list[Any]:
    size = BOTIFY_QUERY_PAGE.value

    async def ask(page: int) -> Any:
        answer = await client.post(
            query_path(project),
            query,
            {"page": page, "size": size},
            subject=Subject(project=project, analysis=slug, fields=fields),
        )
        if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
            raise BotifyUnreachable(UNREADABLE)
        return answer

    return await all_rows(ask, size=size, most=MOST_PAGES)


async def replay(client: BotifyClient, spec: Specification, rows: DepthRange) -> None:
    """Ask the query of an export for one row, to learn why Botify refuses it.

    A failed job says nothing useful; the query endpoint does. Returns when Botify accepts it.

    Raises:
        BotifyRefused, WrongField, WrongAnalysis: the reason.
        BotifyUnreachable: no usable answer, so the reason stays unknown.
    """
    await client.post(
        query_path(spec.project),
        bql.export_query(spec, rows),
        {"page": 1, "size": 1},
        subject=Subject(project=spec.project, analysis=spec.analysis, fields=spec.fields),
    )


def read_counts(rows: list[Any], *, null_is_zero: bool = False) -> DepthCounts:
    """The figures in the rows of a query by depth.

    Args:
        rows: of the answer.
        null_is_zero: the figure is a sum, and a sum over nothing is null.

    Raises:
        BotifyUnreachable: a row cannot be read, or a depth comes twice.
    """
    counts: dict[int | None, int] = {}
    for row in (read(Row, row) for row in rows):
        if len(row.dimensions) != 1 or len(row.metrics) != 1:
            raise BotifyUnreachable(UNREADABLE)
        depth, figure = row.dimensions[0], row.metrics[0]
        count = 0 if figure is None and null_is_zero else whole(figure)
        at = None if depth is None else whole(depth)
        if at in counts:
            raise BotifyUnreachable("Botify counted the same depth twice.")
        counts[at] = count
    without = counts.pop(None, 0)
    by_depth = tuple(sorted((at, count) for at, count in counts.items() if at is not None))
    return DepthCounts(by_depth, without)


def whole(value: Any) -> int:
    """A number from zero up, also as `3.0` or `"3"`.

    Raises:
        BotifyUnreachable: it is something else.
    """
    if isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BotifyUnreachable(UNREADABLE)
    return value


def query_path(project: Project) -> str:
    """Where a project's queries are sent."""
    return path_to("projects", project.organisation, project.name, "query")
