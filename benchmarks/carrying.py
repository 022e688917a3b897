"""Figures 1 to 3: a file from its host to the disk, and on to a stored upload; and the memory."""

import json
import shlex
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Figure, Size, make_room, medians, shell
from benchmarks.testfile import WORK, crawl_file, many_times
from benchmarks.world import ROOT, World, world

TARGET = WORK / "measured.csv"
LARGE_RUNS = 1
"""Of the 3 GB: each takes minutes."""

SAID = 2_000
"""Characters of a carrier's log that are shown when it fails."""


@dataclass
class Carrier:
    """A warm process that carries files, and what it said about each run."""

    process: subprocess.Popen[str]
    log: Path
    seconds: dict[str, list[float]] = field(default_factory=dict)
    peaks: dict[str, list[int]] = field(default_factory=dict)

    def carry(self, step: str, url: str) -> None:
        """One run."""
        assert self.process.stdin is not None  # noqa: S101 - pipes, as asked for
        assert self.process.stdout is not None  # noqa: S101 - same
        with suppress(BrokenPipeError):  # it says below why it has ended
            self.process.stdin.write(f"{step} {url}\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The carrier has ended:\n{self.log.read_text()[-SAID:]}")
        told = json.loads(line)
        self.seconds.setdefault(step, []).append(told["seconds"])
        self.peaks.setdefault(step, []).append(told["peak"])

    def median(self, step: str, warming: int = 0) -> float:
        """Seconds of the runs behind those that warmed the caches."""
        return statistics.median(self.seconds[step][warming:])

    def peak(self, step: str) -> float:
        """Megabytes above the idle process, the highest of all runs."""
        return max(self.peaks[step]) / 1e6


def figures(size: Size) -> list[Figure]:
    """Times of our way, of the tools and of the naive way, all on the same host, file and disk."""
    source = crawl_file(size.rows)
    with ExitStack() as stack:
        there = stack.enter_context(world())
        ours = stack.enter_context(carrier("ours", there))
        naive = stack.enter_context(carrier("naive", there))
        url = f"{there.host}/{source.name}"
        fetched = f"curl -sSf {url} | {{}} > {shlex.quote(str(TARGET))}"
        sent = f"curl -sSf -X POST -T {shlex.quote(str(TARGET))} {there.host}/upload"
        # Side by side what is compared: no machine is as quick in one minute as in the next.
        times = medians(
            {
                "file": lambda: ours.carry("file", url),
                "igzip": shell(fetched.format("igzip -dc")),
                "synced": shell(
                    f"{fetched.format('igzip -dc')} && sync {shlex.quote(str(TARGET))}"
                ),
                "gzip": shell(fetched.format("gzip -dc")),
                "way": lambda: ours.carry("way", url),
                "pipeline": shell(f"{fetched.format('igzip -dc')} && {sent}"),
            },
            before_each=lambda: make_room(TARGET, size),
            size=size,
        )
        # By itself: it takes half a minute and 2.5 GB, and whoever came behind would pay for that.
        medians({"naive": lambda: naive.carry("way", url)}, size=size)
        TARGET.unlink(missing_ok=True)
        warming = size.warming
        file, way = ours.median("file", warming), ours.median("way", warming)
        slow = naive.median("way", warming)
        return [
            Figure("1  host to guarded file: ours", file, "s"),
            Figure("1  curl | igzip -dc > file", times["igzip"], "s"),
            Figure("1  curl | igzip -dc > file && sync file", times["synced"], "s"),
            Figure("1  curl | gzip -dc > file", times["gzip"], "s"),
            Figure(
                "1  file host to guarded file, against curl | igzip > file",
                file / times["igzip"],
                "x",
                1.6,
            ),
            Figure(
                "1  file host to guarded file, against the same and sync",
                file / times["synced"],
                "x",
            ),
            Figure(
                "1  file host to guarded file, against curl | gzip > file",
                file / times["gzip"],
                "x",
                1.0,
            ),
            Figure("2  host to stored upload: ours", way, "s"),
            Figure("2  curl, igzip, curl", times["pipeline"], "s"),
            Figure("2  the naive way", slow, "s"),
            Figure(
                "2  file host to stored upload, against curl and igzip",
                way / times["pipeline"],
                "x",
                1.6,
            ),
            Figure("2  file host to stored upload, against the naive way", way / slow, "x", 0.2),
            Figure(
                "3  memory above idle, 300 MB",
                ours.peak("way"),
                "MB",
                80,
                note=f"the naive way: {naive.peak('way'):,.0f} MB",
            ),
        ]


def large_figures(size: Size) -> list[Figure]:
    """3 GB the whole way: above Slack's limit, so that it is packed as well."""
    source = many_times(size.times, size.rows)
    with world() as there, carrier("ours", there) as ours:
        for _ in range(LARGE_RUNS):
            ours.carry("way", f"{there.host}/{source.name}")
        return [
            Figure("3  3 GB to a stored upload: ours", ours.median("way"), "s", runs=LARGE_RUNS),
            Figure(
                "3  memory above idle, 3 GB",
                ours.peak("way"),
                "MB",
                80,
                LARGE_RUNS,
                note="the naive way, nine times what it needs for 300 MB, was not run",
            ),
        ]


@contextmanager
def carrier(kind: str, there: World) -> Iterator[Carrier]:
    """A carrying process, until the end."""
    log = WORK / f"carrier-{kind}.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.carrier", kind],
            cwd=ROOT,
            env=there.environment(Path(WORK)) | {"LOG_FORMAT": "console"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        # Leaving closes its standard input: it puts its own folder away, and is waited for.
        yield Carrier(process, log)
