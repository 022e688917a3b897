"""Which rows are exported, in how many jobs: pure decisions, with an answer for every edge.

What is counted are rows of the file: URLs, or links where a field of the link graph is chosen.
Everything here is by click depth, because that is what was counted: depths cannot be divided.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.model.depths import DepthCounts
from bot.model.errors import NothingFits, WrongInput
from bot.model.rows import RowsChoice, RowsMode
from bot.model.specification import (
    ONLY_WITHOUT_DEPTH,
    WHOLE_SITE,
    DepthRange,
    up_to,
)

RAISE_THE_LIMIT = NothingFits.next_step


@dataclass(frozen=True, slots=True)
class Band:
    """The rows of one job: the depths, and how many rows that is."""

    rows: DepthRange
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of an export, job by job.

    Attributes:
        bands: in the order of the parts; at least one. None holds a row of another.
        left_out: rows of the analysis that are in none of them.
        left_out_without_depth: how many of those belong to URLs without a depth.
    """

    bands: tuple[Band, ...]
    left_out: int = 0
    left_out_without_depth: int = 0

    @property
    def count(self) -> int:
        """Rows over all bands."""
        return sum(band.count for band in self.bands)

    @property
    def rows(self) -> DepthRange:
        """The range of all bands together."""
        first = self.bands[0].rows
        last = next(b.rows for b in reversed(self.bands) if b.rows != ONLY_WITHOUT_DEPTH)
        without_depth = any(band.rows.without_depth for band in self.bands)
        return DepthRange(first.first, last.last, without_depth)


def plan(counts: DepthCounts, limit: int, choice: RowsChoice) -> Plan:
    """The rows that were asked for.

    Args:
        counts: rows per depth, after the filter.
        limit: rows that one job may have; a sum equal to it fits.
        choice: what the person asks for.

    Raises:
        NothingFits: it cannot be done under the limit; the next step says what can.
        WrongInput: a depth is asked for and not named.
    """
    match choice.mode:
        case RowsMode.FIT:
            return _as_much_as_fits(counts, limit)
        case RowsMode.PARTS:
            return _in_parts(counts, limit, choice.depth)
        case RowsMode.DEPTH if choice.depth is None:
            raise WrongInput("No depth is chosen.", "Choose the largest depth of the export.")
        case RowsMode.DEPTH:
            return _up_to(counts, limit, choice.depth)


def largest_fit(counts: DepthCounts, limit: int) -> Plan | None:
    """The whole site where it fits, else the largest depth that does.

    A sum equal to the limit fits. URLs without a depth belong to the whole site only, because a
    filter by depth cannot hold them.

    Returns:
        None when nothing fits: the smallest depth alone is over the limit.
    """
    if counts.total <= limit:
        return Plan((Band(WHOLE_SITE, counts.total),))
    best: Plan | None = None
    held = 0
    for depth, count in counts.by_depth:
        held += count
        if held > limit:
            break
        best = cut(counts, depth)
    return best


def cut(counts: DepthCounts, depth: int) -> Plan:
    """The rows at this depth or less, in one band, whether or not they fit."""
    held = counts.up_to(depth)
    return Plan((Band(up_to(depth), held),), counts.total - held, counts.without_depth)


def _as_much_as_fits(counts: DepthCounts, limit: int) -> Plan:
    found = largest_fit(counts, limit)
    if found is None:
        raise NothingFits(_too_large(counts, limit))
    return found


def _up_to(counts: DepthCounts, limit: int, depth: int) -> Plan:
    chosen = cut(counts, depth)
    if chosen.count <= limit:
        return chosen
    fits = largest_fit(counts, limit)
    ways = [f"The largest depth that fits is {fits.rows.last}." if fits else RAISE_THE_LIMIT]
    if all(count <= limit for _, count in _shallower(counts, depth).by_depth):
        ways.append("Or export it in parts, each under the limit.")
    held = f"Depths 0 to {depth} hold" if depth else "Depth 0 alone holds"
    raise NothingFits(
        f"{held} {chosen.count:,} rows, more than the row limit of {limit:,}.",
        " ".join(ways),
    )


def _in_parts(counts: DepthCounts, limit: int, depth: int | None) -> Plan:
    """As few bands as consecutive depths allow; together they are the site, or it up to `depth`."""
    wanted = counts if depth is None else _shallower(counts, depth)
    rows = WHOLE_SITE if depth is None else up_to(depth)
    if any(count > limit for _, count in wanted.by_depth) or wanted.without_depth > limit:
        raise NothingFits(_too_large(wanted, limit), _instead_of_parts(counts, limit))
    fits = wanted.total <= limit
    bands = (Band(rows, wanted.total),) if fits else tuple(_bands(wanted, limit, rows))
    left_out = counts.total - wanted.total
    return Plan(bands, left_out, counts.without_depth - wanted.without_depth)


def _bands(wanted: DepthCounts, limit: int, rows: DepthRange) -> Iterator[Band]:
    """Consecutive depths while they fit; each depth fits alone, and all together do not.

    Where one band ends the next begins, so that no depth can lie between them, whatever was
    counted. URLs without a depth go with the deepest, or into a band of their own.
    """
    first: int | None = rows.first
    last, held = 0, 0
    for depth, count in wanted.by_depth:
        if held and held + count > limit:
            yield Band(DepthRange(first, last, without_depth=False), held)
            first, held = last + 1, 0
        last, held = depth, held + count
    together = rows.without_depth and held + wanted.without_depth <= limit
    if together:
        yield Band(DepthRange(first, rows.last), held + wanted.without_depth)
        return
    yield Band(DepthRange(first, rows.last, without_depth=False), held)
    if rows.without_depth:
        yield Band(ONLY_WITHOUT_DEPTH, wanted.without_depth)


def _shallower(counts: DepthCounts, depth: int) -> DepthCounts:
    return DepthCounts(tuple(pair for pair in counts.by_depth if pair[0] <= depth))


def _too_large(counts: DepthCounts, limit: int) -> str:
    """Names what is over the limit although nothing can be taken away from it."""
    over = [(depth, count) for depth, count in counts.by_depth if count > limit]
    what, count = "The URLs without a depth alone are", counts.without_depth
    if over:
        depth, count = over[0]
        what = f"Depth {depth} alone holds"
    return f"{what} {count:,} rows, more than the row limit of {limit:,}, and cannot be divided."


def _instead_of_parts(counts: DepthCounts, limit: int) -> str:
    fits = largest_fit(counts, limit)
    if fits is None:
        return RAISE_THE_LIMIT
    return f"Add a filter so that fewer URLs remain, or export up to depth {fits.rows.last}."
