"""Figures 4 to 6: the whole program at work, seen from Slack and from Botify."""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from benchmarks.measure import RUNS, Figure
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

DELIVERIES = 16
"""Four run at a time, as long as there are as many left."""

IDLE_SECONDS = 20
PAUSE = 0.1
RUNNING = 500
FINISHED = 10_000
SETTLING_SECONDS = 10
WATCHED_SECONDS = 40
TICK_SECONDS = 2.0


def acknowledgements() -> list[Figure]:
    """How soon a slash command is acknowledged, idle and while four 300 MB deliveries run."""
    source = crawl_file()
    with world() as there, _data_dir() as data_dir, (WORK / "bot.log").open("wb") as log:
        env = there.environment(data_dir, POLL_SECONDS="1")
        with bot(env, log):
            until(lambda: ask(f"{there.slack}/_calls")["connected"], "the bot's connection")
            time.sleep(2)
            idle = ask(f"{there.slack}/_commands?seconds={IDLE_SECONDS}&pause={PAUSE}", post=True)
            url = f"{there.host}/{source.name}"
            some = [
                an_export(State.DOWNLOADING, number=at, download_url=url, job_id=str(at))
                for at in range(DELIVERIES)
            ]
            waiting = [
                a_delivery(export, state=DeliveryState.ANNOUNCED, number=at)
                for at, export in enumerate(some)
            ]
            asyncio.run(_store(data_dir, some, waiting))
            until(lambda: ask(f"{there.host}/_downloads"), "the first download")
            began = time.monotonic()
            busy = ask(
                f"{there.slack}/_commands?seconds=300&pause={PAUSE}&deliveries={DELIVERIES}",
                post=True,
            )
            took = time.monotonic() - began
        if ask(f"{there.slack}/_calls")["completed"] < DELIVERIES:
            raise RuntimeError("the deliveries did not end")
    return [
        Figure("4  acknowledged, idle: median", 1e3 * statistics.median(idle), "ms"),
        Figure("4  acknowledged, idle: p99", 1e3 * _p99(idle), "ms"),
        Figure("4  acknowledged, four deliveries: median", 1e3 * statistics.median(busy), "ms"),
        Figure("4  acknowledged, four deliveries: p99", 1e3 * _p99(busy), "ms"),
        Figure("4  acknowledged, four deliveries: longest", 1e3 * max(busy), "ms", 1000),
        Figure("4  p99 against idle", _p99(busy) / _p99(idle), "x", 5),
        Figure(f"4  {DELIVERIES} deliveries took", took, "s"),
    ]


def polling() -> list[Figure]:
    """What 500 running exports cost in the steady state."""
    with (
        world(botify=True) as there,
        _data_dir() as data_dir,
        (WORK / "bot.log").open("wb") as log,
    ):
        asyncio.run(_running(there, data_dir))
        with bot(there.environment(data_dir, POLL_SECONDS=str(TICK_SECONDS)), log) as process:
            until(lambda: ask(f"{there.slack}/_calls")["connected"], "the bot's connection")
            time.sleep(SETTLING_SECONDS)
            asked, spent = _asked(there), _cpu_seconds(process.pid)
            time.sleep(WATCHED_SECONDS)
            ticks = WATCHED_SECONDS / TICK_SECONDS + 1  # so many may fall into that time
            asked, spent = _asked(there) - asked, _cpu_seconds(process.pid) - spent
    return [
        Figure(f"5  {RUNNING} running exports: requests a tick", asked / ticks, "", 1.0),
        Figure(
            f"5  {RUNNING} running exports: CPU a minute", spent * 60 / WATCHED_SECONDS, "s", 3.0
        ),
    ]


def starting(*, runs: int = RUNS) -> list[Figure]:
    """From the start of the process to Slack's greeting, with and without a past."""
    taken: dict[str, list[float]] = {"empty": [], "full": []}
    with world(botify=True) as there, _data_dir() as empty, _data_dir() as full:
        asyncio.run(_running(there, full))
        asyncio.run(_past(full))
        for run in range(runs + 1):
            for name, data_dir in (("empty", empty), ("full", full)):
                seconds = _start(there, data_dir)
                if run:  # the first one makes the tables and warms the caches
                    taken[name].append(seconds)
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    return [
        Figure("6  start, empty database", medians["empty"], "s"),
        Figure(f"6  start, {RUNNING} unfinished, {FINISHED:,} finished", medians["full"], "s"),
        Figure("6  start, against empty", medians["full"] / medians["empty"], "x", 1.5),
    ]


def _start(there: World, data_dir: Path) -> float:
    log = WORK / "bot.log"
    began = time.perf_counter()
    with log.open("wb") as stream, bot(there.environment(data_dir), stream):

        def started() -> bool:
            return any('"started"' in line for line in log.read_text().splitlines())

        until(started, "the start")
        return time.perf_counter() - began


async def _running(there: World, data_dir: Path) -> None:
    """Five hundred exports whose job runs at the local Botify, each with its message."""
    await asyncio.to_thread(
        ask, f"{there.control}/switches", {"rate_limit": None, "job_progress_by": "polls"}
    )
    await asyncio.to_thread(
        ask, f"{there.control}/botify/fate", {"fate": "never_ends", "next": RUNNING}
    )
    columns = (Column("url", "string"), Column("depth", "integer"))
    spec = Specification(
        "jane.doe", Project("acme-org", "acme.com"), "20260705-2", columns, WHOLE_SITE
    )
    payload = job_payload(spec, WHOLE_SITE, 1_000_000)
    some = []
    token = SecretStr("sandbox-botify-token")
    async with BotifyClient(there.botify or "", token, Budget(1000)) as client:
        for at in range(RUNNING):
            job = await jobs.create_job(client, payload, None)
            some.append(an_export(State.PROCESSING, number=at, job_id=job.id, job_status=job.word))
    waiting = [
        a_delivery(export, state=DeliveryState.ANNOUNCED, number=at)
        for at, export in enumerate(some)
    ]
    await _store(data_dir, some, waiting)


async def _past(data_dir: Path) -> None:
    """Ten thousand exports that were delivered."""
    some = []
    for at in range(FINISHED):
        path = data_dir / "exports" / f"{at}.csv"
        some.append(
            an_export(
                State.READY,
                number=RUNNING + at,
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
