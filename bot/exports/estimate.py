"""How long an export usually takes: an honest guess from finished ones, or none."""

from collections.abc import Iterable
from statistics import median

ENOUGH = 3
"""Fewer finished exports than this say nothing."""

ALIKE = 4
"""Exports with at most this many times more or fewer rows are alike."""


def usual_seconds(finished: Iterable[tuple[int, float]], rows: int | None) -> float | None:
    """The median of finished exports of about the same number of rows.

    Args:
        finished: pairs (rows, seconds at Botify).
        rows: rows expected now; None when they were not counted.
    """
    if rows is None:
        return None
    alike = [
        seconds for count, seconds in finished if rows <= count * ALIKE and count <= rows * ALIKE
    ]
    return median(alike) if len(alike) >= ENOUGH else None
