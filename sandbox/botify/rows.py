"""The rows that a query gives: which, in what order, and as the bytes of an export."""

import dataclasses
import itertools
import json
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.botify import formatter, query
from sandbox.botify.columns import Column
from sandbox.botify.fields import DEPTH, LINKS
from sandbox.botify.filters import Filter, Test
from sandbox.botify.metrics import Metric
from sandbox.botify.query import Query
from sandbox.botify.switches import switches
from sandbox.botify.values import LINKS_PER_PAGE, SECTION_OF, SECTIONS, counts
from sandbox.botify.world import Analysis, World

CHUNK = 2000
"""Rows that are looked at together: what the memory holds."""

Block = tuple[int | None, range]
Chunk = list[Sequence[Any]]
"""Some rows, by column."""


@dataclasses.dataclass(frozen=True)
class Selection:
    """The rows that pass a filter: whole depths, and a test where that is not enough."""

    blocks: tuple[Block, ...]
    test: Test | None

    def __iter__(self) -> Iterator[int]:
        numbers = itertools.chain.from_iterable(rows for _, rows in self.blocks)
        return numbers if self.test is None else filter(self.test, numbers)

    def size(self) -> int:
        if self.test is None:
            return sum(len(rows) for _, rows in self.blocks)
        return sum(1 for _ in self)


def select(analysis: Analysis, wanted: Filter | None) -> Selection:
    """The rows that pass. Depths are decided as a whole, so counting them reads no row."""
    if wanted is None:
        return Selection(analysis.blocks, None)
    by_depth = [part.test for part in wanted.parts if part.fields == {DEPTH}]
    others = [part.test for part in wanted.parts if part.fields != {DEPTH}]
    blocks = tuple(
        (depth, rows)
        for depth, rows in analysis.blocks
        if len(rows) and all(test(rows.start) for test in by_depth)
    )
    if len(others) > 1:
        return Selection(blocks, lambda row: all(test(row) for test in others))
    return Selection(blocks, others[0] if others else None)


def count(asked: Query) -> int:
    """How many rows the query gives.

    Where rows are groups this has to build them; else it costs nothing or one look at each row.
    """
    if not asked.per_row:
        return len(_groups(asked))
    chosen = select(asked.analysis, asked.filter)
    if not asked.links:
        return chosen.size()
    if chosen.test is None:
        return sum(_links_between(rows) for _, rows in chosen.blocks)
    return sum(map(counts(LINKS_PER_PAGE), chosen))


def chunks(asked: Query) -> Iterator[Chunk]:
    """The rows, some at a time, in the order asked for: dimensions, then metrics.

    Only a sort that is neither by depth upwards nor by URL holds more than a chunk: the numbers
    and keys of all rows that pass. Groups are held as a whole.
    """
    if asked.per_row:
        numbers = iter(_ordered(asked))
        while piece := list(itertools.islice(numbers, CHUNK)):
            if chunk := _cells(asked, piece):
                yield chunk
        return
    groups = iter(_sorted_groups(asked))
    while rows := list(itertools.islice(groups, CHUNK)):
        yield list(zip(*rows, strict=True))


def page(asked: Query, number: int, size: int) -> tuple[list[tuple[Any, ...]], bool]:
    """The rows of a page, counted from 1, and whether there are more behind it."""
    start = (number - 1) * size
    if asked.per_row and not asked.links:
        numbers = list(itertools.islice(_ordered(asked), start, start + size + 1))
        rows = list(zip(*_cells(asked, numbers), strict=True)) if numbers else []
    else:
        every = (row for chunk in chunks(asked) for row in zip(*chunk, strict=True))
        rows = list(itertools.islice(every, start, start + size + 1))
    return rows[:size], len(rows) > size


def export(asked: Query, style: formatter.Style, limit: int | None = None) -> Iterator[bytes]:
    """The rows as CSV, at most `limit` of them, some at a time."""
    columns: list[Column | Metric] = [*asked.columns, *asked.metrics]
    yield from formatter.head(columns, style)
    render = formatter.renderer([_kind(column) for column in columns], style)
    left = limit
    for chunk in chunks(asked):
        if left is None:
            yield render(chunk)
            continue
        if left <= 0:
            break
        yield render([cells[:left] for cells in chunk])
        left -= len(chunk[0])


def expected_csv(
    organization: str,
    project: str,
    analysis: str,
    fields: Sequence[str],
    depth_lte: int | None = None,
    *,
    limit: int | None = None,
    style: formatter.Style | None = None,
    world: World | None = None,
    filters: Mapping[str, Any] | None = None,
) -> Iterator[bytes]:
    """The bytes of an export of the seeded world, before compression.

    `fields` have no collection in front; `depth_lte` drops deeper URLs and those without a depth.
    The style is that of a job that asks for a header and no `sep=` line, unless given.
    """
    prefix = f"crawl.{analysis}."
    wanted: Any = filters
    if depth_lte is not None:
        wanted = {"field": f"{prefix}{DEPTH}", "predicate": "lte", "value": depth_lte}
    asked = query.parse(
        (world or World()).project(organization, project),
        {
            "collections": [f"crawl.{analysis}"],
            "query": {
                "dimensions": [f"{prefix}{field}" for field in fields],
                "metrics": [],
                "filters": wanted,
            },
        },
        switches("test"),
    )
    yield from export(asked, style or formatter.Style(), limit)


def by_url(chosen: Selection, *, descending: bool) -> Iterator[int]:
    """The rows in the order of their URLs, which is that of the sections and then of the rows.

    The address of a row is `/section/0000123-...`, so no key has to be kept for sorting.
    """
    step = len(SECTION_OF)
    blocks = [rows for _, rows in chosen.blocks]
    test = chosen.test or (lambda _row: True)
    first = [0] if any(0 in rows for rows in blocks) and test(0) else []
    turn = -1 if descending else 1
    if not descending:
        yield from first
    for section in SECTIONS[::turn]:
        here = tuple(name == section for name in SECTION_OF)
        for rows in blocks[::turn]:
            yield from (row for row in rows[::turn] if here[row % step] and row and test(row))
    if descending:
        yield from first


def _ordered(asked: Query) -> Iterable[int]:
    chosen = select(asked.analysis, asked.filter)
    keys = [(_value(asked, sort.column), sort.descending) for sort in asked.sort]
    leading = asked.sort[0] if asked.sort else None
    if leading is not None and leading.column < len(asked.columns):
        slug = asked.columns[leading.column].slug
        if slug == "url":
            return by_url(chosen, descending=leading.descending)
        if slug == DEPTH and not leading.descending and len(keys) == 1:
            return chosen
    if leading is None:
        return chosen
    numbers = list(chosen)
    for value, descending in reversed(keys):
        _sort(numbers, value, descending=descending)
    return numbers


def _value(asked: Query, column: int) -> Callable[[int], Any]:
    if column < len(asked.columns):
        return asked.columns[column].value
    metric = asked.metrics[column - len(asked.columns)]
    return lambda row: metric.aggregate.finish(metric.step(None, row))


def _sort(items: list[Any], key: Callable[[Any], Any], *, descending: bool) -> None:
    """Sort in place and stably; what has no value comes last in either direction."""

    def order(item: Any) -> tuple[bool, Any]:
        value = key(item)
        if isinstance(value, list | dict):
            value = json.dumps(value)
        return (value is None) != descending, value if value is not None else 0

    valued = [item for item in items if key(item) is not None]
    empty = [item for item in items if key(item) is None]
    valued.sort(key=order, reverse=descending)
    items[:] = valued + empty


def _cells(asked: Query, numbers: Sequence[int]) -> Chunk:
    """The cells of the rows of these URLs; none where no URL has a link."""
    if not asked.links:
        return [
            *([column.value(row) for row in numbers] for column in asked.columns),
            *(
                [metric.aggregate.finish(metric.step(None, row)) for row in numbers]
                for metric in asked.metrics
            ),
        ]
    graph = next(column for column in asked.columns if column.slug == LINKS)
    pairs = [(row, link) for row in numbers for link in graph.value(row)]
    if not pairs:
        return []
    plain = _cells(
        dataclasses.replace(asked, columns=tuple(c for c in asked.columns if not c.is_links)),
        [row for row, _ in pairs],
    )
    remaining = iter(plain)
    links = [link for _, link in pairs]
    return [links if column.is_links else next(remaining) for column in asked.columns] + list(
        remaining
    )


def _links_between(rows: range) -> int:
    """How many links so many pages have together: whole cycles, then the rest."""
    length = len(LINKS_PER_PAGE)
    cycles, rest = divmod(len(rows), length)
    partial = sum(LINKS_PER_PAGE[(rows.start + place) % length] for place in range(rest))
    return cycles * sum(LINKS_PER_PAGE) + partial


def _groups(asked: Query) -> dict[str, tuple[list[Any], list[Any]]]:
    """Dimensions and metrics by group. Counting whole depths reads no row."""
    chosen = select(asked.analysis, asked.filter)
    only_depth = all(column.slug == DEPTH for column in asked.columns)
    only_counts = all(metric.value is None and metric.only is None for metric in asked.metrics)
    groups: dict[str, tuple[list[Any], list[Any]]] = {}
    if not asked.columns:
        groups["[]"] = ([], [None] * len(asked.metrics))
    if chosen.test is None and only_depth and only_counts:
        for depth, rows in chosen.blocks:
            dimensions = [depth] * len(asked.columns)
            _, so_far = groups.setdefault(
                json.dumps(dimensions), (dimensions, [None] * len(asked.metrics))
            )
            so_far[:] = [(number or 0) + len(rows) for number in so_far]
    else:
        for row in chosen:
            dimensions = [column.value(row) for column in asked.columns]
            _, so_far = groups.setdefault(
                json.dumps(dimensions), (dimensions, [None] * len(asked.metrics))
            )
            for place, metric in enumerate(asked.metrics):
                so_far[place] = metric.step(so_far[place], row)
    for _, so_far in groups.values():
        so_far[:] = [
            metric.aggregate.finish(value)
            for metric, value in zip(asked.metrics, so_far, strict=True)
        ]
    return groups


def _sorted_groups(asked: Query) -> list[tuple[Any, ...]]:
    rows = [(*dimensions, *measured) for dimensions, measured in _groups(asked).values()]
    for sort in reversed(asked.sort):
        _sort(rows, operator.itemgetter(sort.column), descending=sort.descending)
    return rows


def _kind(column: Column | Metric) -> str:
    """What the formatter has to do with a column's cells."""
    if isinstance(column, Metric):
        return "number"
    if column.multiple:
        return "multiple"
    if column.field.subtype in ("url_status", "url_link_status", "string_nb_map"):
        return "struct"
    return column.type
