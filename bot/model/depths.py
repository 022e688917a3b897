"""How many URLs an analysis has at each click depth."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DepthCounts:
    """URLs per depth.

    Attributes:
        by_depth: pairs (depth, URLs), ascending, each depth once, gaps allowed.
        without_depth: URLs that no link leads to; they have no depth.
    """

    by_depth: tuple[tuple[int, int], ...]
    without_depth: int = 0

    @property
    def total(self) -> int:
        """All URLs, those without a depth included."""
        return sum(count for _, count in self.by_depth) + self.without_depth

    def up_to(self, depth: int) -> int:
        """URLs at this depth or less; those without a depth are not among them."""
        return sum(count for at, count in self.by_depth if at <= depth)
