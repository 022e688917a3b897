"""How a figure is taken: warm, in turn, the median of five."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

RUNS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: what was measured.
        value: the median.
        unit: `s`, `x` for a ratio, and so on.
        bound: the value must not be above; None where nothing is promised.
    """

    name: str
    value: float
    unit: str
    bound: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return self.bound is None or self.value <= self.bound


def medians(
    candidates: Mapping[str, Callable[[], object]],
    *,
    before_each: Callable[[], object] = lambda: None,
    runs: int = RUNS,
) -> dict[str, float]:
    """Seconds for each; all take their turn in every round, so that a drift meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for round_number in range(runs + 1):
        for name, run in candidates.items():
            before_each()
            began = time.perf_counter()
            run()
            seconds = time.perf_counter() - began
            if round_number:  # the first round warms the caches
                taken[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
