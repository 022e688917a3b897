"""How a figure is taken: warm, in turn, the median of five."""

import mmap
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.testfile import ROWS

TOOLS = ("bash", "curl", "gzip", "igzip")
RUNS = 5
BYTES_A_ROW = 1_200
"""What a row of the test file takes on disk and once more where it is uploaded, and a half more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured.

    Attributes:
        runs: of which the median is taken.
        warming: runs before these, which fill the caches.
        rows: of the test file.
        times: how often that file is repeated for the large one.
        idle_seconds: how long commands are sent to the idle program, a run.
        deliveries: carried out while commands are sent, a run; four at a time.
        running: unfinished exports.
        finished: exports of the past.
        settling_seconds: until the program with all these is in its steady state.
        watched_seconds: of the steady state, a run.
    """

    runs: int = RUNS
    warming: int = 1
    rows: int = ROWS
    times: int = 9
    idle_seconds: float = 10
    deliveries: int = 8
    running: int = 500
    finished: int = 10_000
    settling_seconds: float = 10
    watched_seconds: float = 30


FULL = Size()
TINY = Size(
    runs=1,
    warming=0,
    rows=2_000,
    times=2,
    idle_seconds=0.5,
    deliveries=2,
    running=6,
    finished=5,
    settling_seconds=0.5,
    watched_seconds=4,
)
"""Shows that everything still runs; the figures say nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: what was measured.
        value: the median; None where it was not measured.
        unit: `s`, `x` for a ratio, and so on.
        bound: the value must not be above; None where nothing is promised.
        runs: how many runs the value is of.
        note: why there is no value, or what else has to be known.
    """

    name: str
    value: float | None
    unit: str
    bound: float | None = None
    runs: int = RUNS
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return self.bound is None or (self.value is not None and self.value <= self.bound)


def medians(
    candidates: Mapping[str, Callable[[], object]],
    *,
    before_each: Callable[[], object] = lambda: None,
    size: Size,
) -> dict[str, float]:
    """Seconds for each; all take their turn in every round, so that a drift meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for round_number in range(size.warming + size.runs):
        for name, run in candidates.items():
            before_each()
            began = time.perf_counter()
            run()
            seconds = time.perf_counter() - began
            if round_number >= size.warming:
                taken[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def make_room(target: Path, size: Size) -> None:
    """Before each candidate: no file from the last one, and free memory at hand for two. Linux.

    A virtual machine gives free memory back to its host after seconds, and whoever takes it first
    waits for it: without this, a candidate behind one that has just freed a lot would look quick.
    """
    target.unlink(missing_ok=True)
    populated = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE
    mmap.mmap(-1, size.rows * BYTES_A_ROW, flags=populated).close()


def missing_tools() -> list[str]:
    """Those of the compared tools that this machine lacks."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def shell(line: str) -> Callable[[], object]:
    """A run of a pipeline; any part of it that fails ends the benchmark with what it said."""
    words: Sequence[str] = ["bash", "-o", "pipefail", "-c", line]

    def run() -> None:
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        if done.returncode:
            said = done.stderr.strip() or f"status {done.returncode}"
            raise RuntimeError(f"`{line}` failed: {said}")

    return run
