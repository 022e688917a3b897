"""The stages alone, without HTTP: a packed file on disk becomes a guarded, counted file on disk."""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Figure, medians
from benchmarks.testfile import TEXT_COLUMNS, WORK, crawl_file
from bot.files.intake import Intake

_CHUNK = 64 * 1024


def figures() -> list[Figure]:
    """Wall time of ours, which ends with fsync, and of the tools, which do not sync."""
    source = crawl_file()
    target = WORK / "measured.csv"
    times = medians(
        {
            "stages": lambda: take_in(source, target),
            "igzip -dc > file": _shell("igzip -dc", source, target),
            "gzip -dc > file": _shell("gzip -dc", source, target),
        },
        before_each=lambda: target.unlink(missing_ok=True),
    )
    size = take_in(source, target)
    target.unlink()
    return [
        Figure("stages: decompress, guard, count, write", times["stages"], "s"),
        Figure("igzip -dc > file", times["igzip -dc > file"], "s"),
        Figure("gzip -dc > file", times["gzip -dc > file"], "s"),
        Figure("stages, against igzip", times["stages"] / times["igzip -dc > file"], "x", 1.6),
        Figure("stages, against gzip", times["stages"] / times["gzip -dc > file"], "x", 1.0),
        Figure("stages, throughput", size / times["stages"] / 1e6, "MB/s"),
    ]


def take_in(source: Path, target: Path) -> int:
    """Ours; returns the bytes of the CSV."""
    with Intake(target, text_columns=TEXT_COLUMNS, guard=True) as intake, source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            intake.feed(chunk)
        return intake.finish().bytes


def _shell(command: str, source: Path, target: Path) -> Callable[[], object]:
    line = f"{command} {shlex.quote(str(source))} > {shlex.quote(str(target))}"
    return lambda: subprocess.run(line, shell=True, check=True)  # noqa: S602  our own words
