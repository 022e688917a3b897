"""The world of the crash tests: an installation that has exported before, and what is in it."""

import asyncio
import fcntl
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forked import ForkedStage, forked_stage
from stories import LINK_OF_OLDER, NEWER, OLDER, PROJECT, ROWS


@dataclass(frozen=True)
class Earlier:
    """An installation with one finished export.

    Attributes:
        folder: its data.
        untouched: its data before that export.
        job: what was asked of Botify.
    """

    folder: Path
    untouched: Path
    job: Mapping[str, Any]


async def seed(stage: ForkedStage) -> None:
    """A small project with two analyses."""
    project = {
        "org": "acme-org",
        "project": PROJECT,
        "depths": [1, ROWS - 1],
        "analyses": [NEWER, OLDER],
    }
    await stage.control("seed", {"botify": {"projects": [project]}})


def earlier_export(root: Path) -> Earlier:
    """The earlier installation in a folder, made by the first process that asks for it."""
    root.mkdir(exist_ok=True)
    job = root / "job.json"
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not job.exists():
            job.write_text(json.dumps(asyncio.run(_export_once(root))))
    return Earlier(root / "data", root / "untouched", json.loads(job.read_text()))


async def _export_once(folder: Path) -> Mapping[str, Any]:
    async with forked_stage(folder) as stage:
        await seed(stage)
        await (await stage.start_bot()).stop()
        shutil.copytree(folder / "data", folder / "untouched")
        bot = await stage.start_bot()
        await stage.export(LINK_OF_OLDER)
        await at_rest(stage, 1)
        await bot.stop()
        (entry,) = stage.sandbox.journal.entries("botify", "POST /jobs")
    return entry.arguments


@asynccontextmanager
async def installed(
    folder: Path, earlier: Earlier, *, exported: bool = True, **settings: str
) -> AsyncIterator[ForkedStage]:
    """A stage whose installation has exported before, at Botify as in the database, or never."""
    folder.mkdir()
    shutil.copytree(earlier.folder if exported else earlier.untouched, folder / "data")
    async with forked_stage(folder, **settings) as stage:
        await seed(stage)
        if exported:
            await _create(stage, earlier.job)
        stage.sandbox.journal.clear()
        yield stage


async def _create(stage: ForkedStage, job: Mapping[str, Any]) -> None:
    places = stage.sandbox.addresses
    answer = await stage.http.post(
        f"{places.botify_api_url}/jobs",
        json=dict(job),
        headers={"Authorization": f"Token {places.botify_api_token}"},
    )
    (known,) = _rows(stage, "SELECT job_id FROM parts")
    assert str(answer.json()["job_id"]) == known["job_id"]
    await stage.fate(finish=True, job_id=int(known["job_id"]))


def _rows(stage: ForkedStage, query: str) -> list[dict[str, Any]]:
    file = stage.folder / "data" / "botify-export.sqlite3"
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]
    except sqlite3.OperationalError:  # the program has not made it yet
        return []


async def at_rest(stage: ForkedStage, exports: int, *words: str) -> None:
    """Return once there are so many exports, nothing is left to do, and people can read that.

    Args:
        stage: with a program, or without one for a moment.
        exports: the earlier one is among them.
        words: of which one stands in a message; none when it does not matter.
    """

    async def resting() -> bool:
        told = _told(stage.sandbox.control.state("slack"))
        if words and not any(one in told for one in words):
            return False
        known = _rows(stage, "SELECT finished_at FROM exports")
        unsettled = _rows(stage, "SELECT id FROM deliveries WHERE NOT settled")
        return len(known) >= exports and not unsettled and all(row["finished_at"] for row in known)

    await stage.until(resting)


async def while_time_passes(
    stage: ForkedStage, waited_for: Coroutine[Any, Any, None], *, seconds: float = 5
) -> None:
    """Wait for something that comes with time: the program's clock moves on five times a second.

    More than half a lease at once would make the program look anew each time.
    """
    task = asyncio.create_task(waited_for)
    try:
        while not task.done():
            stage.advance(seconds)
            await asyncio.wait({task}, timeout=0.2)
        task.result()
    finally:
        task.cancel()


@dataclass(frozen=True)
class Outcome:
    """What both services have in the end, of one project.

    `doubtful` counts the kills that fell between a post and the note of it, and `cut_off` those
    that fell between the intent and that note: the program cannot tell one from the other.
    """

    jobs: int
    credits: float
    messages: int
    files: int
    words: str
    doubtful: int
    cut_off: int


async def outcome(stage: ForkedStage) -> Outcome:
    """Count: what was asked for earlier is not among it."""
    botify, slack = (stage.sandbox.control.state(name) for name in ("botify", "slack"))
    jobs = [job for job in botify["jobs"] if NEWER in json.dumps(job)]
    mine = [one for one in slack["messages"] if one["is_bot"]]
    return Outcome(
        jobs=len(jobs),
        credits=sum(job["credits"] for job in jobs),
        messages=sum(not one["files"] for one in mine),
        files=sum(len(one["files"]) for one in mine),
        words=_told(slack),
        doubtful=stage.posts_between_sending_and_storing(),
        cut_off=stage.posts_without_an_answer(),
    )


def _told(slack: Mapping[str, Any]) -> str:
    """The blocks of all messages of the app that bring no file."""
    told = [one["blocks"] for one in slack["messages"] if one["is_bot"] and not one["files"]]
    return json.dumps(told, ensure_ascii=False)


async def first_of(*tasks: asyncio.Task[Any]) -> None:
    """Wait until one of the tasks ends, and raise what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
