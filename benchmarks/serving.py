"""Figures 4 to 6: the whole program at work, seen from Slack and from Botify."""

import asyncio
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from benchmarks.measure import Figure, Size
from benchmarks.testfile import WORK, crawl_file
from benchmarks.world import World, a_delivery, an_export, ask, bot, until, world
from bot.botify import jobs
from bot.botify.bql import job_payload
from bot.botify.budget import Budget
from bot.botify.client import BotifyClient
from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Export, State, StoredFile
from bot.model.project import Project
from bot.model.settings import Settings
from bot.model.specification import WHOLE_SITE, Column, Specification
from storage import deliveries, exports
from storage.database import open_database

PAUSE = 0.05
POLL_SECONDS = 1.0
"""The tick while deliveries run; one job is asked about in each."""

TICK_SECONDS = 2.0


def acknowledgements(size: Size) -> list[Figure]:
    """How soon a slash command is acknowledged, and how evenly a job is asked about.

    Both of the idle program and while four 300 MB deliveries run, in turn.
    """
    source = crawl_file(size.rows)
    idle: list[_Served] = []
    busy: list[_Served] = []
    with world() as there, _data_dir() as data_dir, (WORK / "bot.log").open("wb") as log:
        endless = an_export(State.PROCESSING, number=0, job_id="1", job_status="PROCESSING")
        watched = a_delivery(endless, state=DeliveryState.ANNOUNCED)
        asyncio.run(_store(data_dir, [endless], [watched]))
        with bot(there.environment(data_dir, POLL_SECONDS=str(POLL_SECONDS)), log):
            until(lambda: ask(f"{there.slack}/_calls")["connected"], "the bot's connection")
            time.sleep(2 * POLL_SECONDS)
            for run in range(size.runs):
                idle.append(_served(there, f"seconds={size.idle_seconds}"))
                asyncio.run(_deliver(there, data_dir, source.name, size.deliveries, run))
                many = (run + 1) * size.deliveries
                busy.append(_served(there, f"seconds=300&deliveries={many}"))
                if ask(f"{there.slack}/_calls")["completed"] < many:
                    raise RuntimeError("the deliveries did not end")
    runs = size.runs
    loaded = statistics.median(_p99(one.acknowledged) for one in busy)
    quiet = statistics.median(_p99(one.acknowledged) for one in idle)
    longest = max(max(one.acknowledged) for one in busy)
    pause = max(max(one.gaps, default=0) for one in busy)
    return [
        Figure("4  acknowledged, idle: p99", 1e3 * quiet, "ms", runs=runs),
        Figure("4  acknowledged, four deliveries: p99", 1e3 * loaded, "ms", runs=runs),
        Figure("4  acknowledged, four deliveries: longest", 1e3 * longest, "ms", 1000, runs),
        Figure("4  acknowledged, four deliveries against idle: p99", loaded / quiet, "x", 5, runs),
        Figure("4  between two polls, idle: median", _middle(idle), "s", runs=runs),
        Figure("4  between two polls, four deliveries: median", _middle(busy), "s", runs=runs),
        Figure("4  between two polls, four deliveries: longest", pause, "s", runs=runs),
        Figure("4  polls, four deliveries against idle", _middle(busy) / _middle(idle), "x", 1.2),
    ]


@dataclass(frozen=True, slots=True)
class _Served:
    """Seconds until each acknowledgement, and between two questions about the job."""

    acknowledged: list[float]
    gaps: list[float]


def _served(there: World, query: str) -> _Served:
    return _Served(**ask(f"{there.slack}/_commands?pause={PAUSE}&{query}", post=True))


def _middle(some: Sequence[_Served]) -> float:
    gaps = [gap for one in some for gap in one.gaps]
    return statistics.median(gaps) if gaps else math.nan  # a tiny run may be too short for two


async def _deliver(there: World, data_dir: Path, name: str, many: int, run: int) -> None:
    """Give the program so many files to carry, and wait until it has begun."""
    asked = ask(f"{there.host}/_downloads")
    some = [
        an_export(
            State.DOWNLOADING,
            number=1 + run * many + at,
            download_url=f"{there.host}/{name}",
            job_id=f"{run}-{at}",
        )
        for at in range(many)
    ]
    waiting = [
        a_delivery(export, state=DeliveryState.ANNOUNCED, number=1 + run * many + at)
        for at, export in enumerate(some)
    ]
    await _store(data_dir, some, waiting)
    until(lambda: ask(f"{there.host}/_downloads") > asked, "the first download")


def polling(size: Size) -> list[Figure]:
    """What 500 running exports cost in the steady state."""
    requests: list[float] = []
    seconds: list[float] = []
    with (
        world(botify=True) as there,
        _data_dir() as data_dir,
        (WORK / "bot.log").open("wb") as log,
    ):
        asyncio.run(_running(there, data_dir, size.running))
        with bot(there.environment(data_dir, POLL_SECONDS=str(TICK_SECONDS)), log) as process:
            until(lambda: ask(f"{there.slack}/_calls")["connected"], "the bot's connection")
            time.sleep(size.settling_seconds)
            for _ in range(size.runs):
                asked, spent = _asked(there), _cpu_seconds(process.pid)
                began = time.monotonic()
                time.sleep(size.watched_seconds)
                ticks = (time.monotonic() - began) / TICK_SECONDS
                requests.append((_asked(there) - asked) / ticks)
                seconds.append((_cpu_seconds(process.pid) - spent) * 60 / size.watched_seconds)
    named, runs = f"5  {size.running} running exports", size.runs
    return [
        Figure(f"{named}: requests a tick", statistics.median(requests), "", 1.0, runs),
        Figure(f"{named}: CPU a minute", statistics.median(seconds), "s", 3.0, runs),
    ]


def starting(size: Size) -> list[Figure]:
    """From the start of the process to Slack's greeting, with and without a past."""
    taken: dict[str, list[float]] = {"empty": [], "full": []}
    with world(botify=True) as there, _data_dir() as empty, _data_dir() as full:
        asyncio.run(_running(there, full, size.running))
        asyncio.run(_past(full, size))
        for run in range(size.warming + size.runs):
            for name, data_dir in (("empty", empty), ("full", full)):
                seconds = _start(there, data_dir)
                if run >= size.warming:  # the first one makes the tables, too
                    taken[name].append(seconds)
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    past = f"{size.running} unfinished, {size.finished:,} finished"
    return [
        Figure("6  start, empty database", medians["empty"], "s", runs=size.runs),
        Figure(f"6  start, {past}", medians["full"], "s", runs=size.runs),
        Figure("6  start, against empty", medians["full"] / medians["empty"], "x", 1.5, size.runs),
    ]


def _start(there: World, data_dir: Path) -> float:
    log = WORK / "bot.log"
    began = time.perf_counter()
    with log.open("wb") as stream, bot(there.environment(data_dir), stream):

        def started() -> bool:
            return any('"started"' in line for line in log.read_text().splitlines())

        until(started, "the start")
        return time.perf_counter() - began


async def _running(there: World, data_dir: Path, many: int) -> None:
    """Exports whose job runs at the local Botify, each with its message."""
    await asyncio.to_thread(
        ask, f"{there.control}/switches", {"rate_limit": None, "job_progress_by": "polls"}
    )
    await asyncio.to_thread(
        ask, f"{there.control}/botify/fate", {"fate": "never_ends", "next": many}
    )
    columns = (Column("url", "string"), Column("depth", "integer"))
    spec = Specification(
        "jane.doe", Project("acme-org", "acme.com"), "20260705-2", columns, WHOLE_SITE
    )
    payload = job_payload(spec, WHOLE_SITE, 1_000_000)
    some = []
    token = SecretStr("sandbox-botify-token")
    async with BotifyClient(there.botify or "", token, Budget(1000)) as client:
        for at in range(many):
            job = await jobs.create_job(client, payload, None)
            some.append(an_export(State.PROCESSING, number=at, job_id=job.id, job_status=job.word))
    waiting = [
        a_delivery(export, state=DeliveryState.ANNOUNCED, number=at)
        for at, export in enumerate(some)
    ]
    await _store(data_dir, some, waiting)


async def _past(data_dir: Path, size: Size) -> None:
    """Exports that were delivered."""
    some = []
    for at in range(size.finished):
        path = data_dir / "exports" / f"{at}.csv"
        some.append(
            an_export(
                State.READY,
                number=size.running + at,
                job_id=f"done-{at}",
                file=StoredFile(path, 300_000_000, 1_000_000, 10),
            )
        )
    await _store(data_dir, some, [a_delivery(one, state=DeliveryState.DELIVERED) for one in some])


async def _store(data_dir: Path, some: Sequence[Export], waiting: Sequence[Delivery]) -> None:
    """Into the database, owned by nobody: the program claims what is unfinished."""
    database = await open_database(Settings(data_dir=data_dir))
    try:
        async with database.write() as connection:
            for export in some:
                await exports.add(connection, export)
            for delivery in waiting:
                await deliveries.add(connection, delivery)
    finally:
        await database.close()


@contextmanager
def _data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        yield Path(folder)


def _asked(there: World) -> int:
    """Requests that the local Botify has had."""
    counts: dict[str, int] = ask(f"{there.control}/counts").get("botify", {})
    return sum(counts.values())


def _cpu_seconds(pid: int) -> float:
    """Of a process and all its threads so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _p99(some: Sequence[float]) -> float:
    return statistics.quantiles(some, n=100)[98]
