"""The stages alone, without HTTP: a packed file on disk becomes a guarded, counted file on disk."""

import shlex
from pathlib import Path

from benchmarks.measure import Figure, Size, make_room, medians, shell
from benchmarks.testfile import TEXT_COLUMNS, WORK, crawl_file
from bot.botify.network import MOST_AT_ONCE
from bot.files.intake import Intake


def figures(size: Size) -> list[Figure]:
    """Wall time of ours, which ends with fsync, and of the tools, which end without and with it."""
    source = crawl_file(size.rows)
    target = WORK / "measured.csv"
    unpacked = f"{{}} -dc {shlex.quote(str(source))} > {shlex.quote(str(target))}"
    times = medians(
        {
            "stages": lambda: take_in(source, target),
            "igzip -dc > file": shell(unpacked.format("igzip")),
            "synced": shell(f"{unpacked.format('igzip')} && sync {shlex.quote(str(target))}"),
            "gzip -dc > file": shell(unpacked.format("gzip")),
        },
        before_each=lambda: make_room(target, size),
        size=size,
    )
    held = take_in(source, target)
    target.unlink()
    return [
        Figure("0  stages: decompress, guard, count, write", times["stages"], "s"),
        Figure("0  igzip -dc > file", times["igzip -dc > file"], "s"),
        Figure("0  igzip -dc > file && sync file", times["synced"], "s"),
        Figure("0  gzip -dc > file", times["gzip -dc > file"], "s"),
        Figure("0  stages, against igzip", times["stages"] / times["igzip -dc > file"], "x"),
        Figure("0  stages, against igzip and sync", times["stages"] / times["synced"], "x"),
        Figure("0  stages, against gzip", times["stages"] / times["gzip -dc > file"], "x"),
        Figure("0  stages, throughput", held / times["stages"] / 1e6, "MB/s"),
    ]


def take_in(source: Path, target: Path) -> int:
    """Ours; returns the bytes of the CSV."""
    with Intake(target, text_columns=TEXT_COLUMNS, guard=True) as intake, source.open("rb") as file:
        while chunk := file.read(MOST_AT_ONCE):
            intake.feed(chunk)
        return intake.finish().bytes
