"""Which rows fit under the row limit: pure decisions, with an answer for every edge."""

from dataclasses import dataclass

from bot.model.depths import DepthCounts
from bot.model.specification import WHOLE_SITE, DepthRange, up_to


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows that one export job can hold.

    Attributes:
        rows: the depths.
        count: URLs, which is the number of rows and of credits.
        left_out: URLs of the analysis that are not among them.
        left_out_without_depth: how many of those have no depth.
    """

    rows: DepthRange
    count: int
    left_out: int = 0
    left_out_without_depth: int = 0


def largest_fit(counts: DepthCounts, limit: int) -> Plan | None:
    """The whole site where it fits, else the largest depth that does.

    A sum equal to the limit fits. URLs without a depth belong to the whole site only, because a
    filter by depth cannot hold them.

    Returns:
        None when nothing fits: the smallest depth alone is over the limit.
    """
    if counts.total <= limit:
        return Plan(WHOLE_SITE, counts.total)
    best: Plan | None = None
    held = 0
    for depth, count in counts.by_depth:
        held += count
        if held > limit:
            break
        best = cut(counts, depth)
    return best


def cut(counts: DepthCounts, depth: int) -> Plan:
    """The rows at this depth or less, whether or not they fit."""
    held = counts.up_to(depth)
    return Plan(up_to(depth), held, counts.total - held, counts.without_depth)
