"""The world of the crash tests: an installation that has exported before, and what is in it."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from forked import ForkedStage, forked_stage
from stories import LINK_OF_OLDER, NEWER, OLDER, PROJECT, ROWS


@dataclass(frozen=True)
class Earlier:
    """An installation with one finished export: its folder, and what was asked of Botify."""

    folder: Path
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


async def export_earlier(folder: Path) -> Earlier:
    """Export once, so that the installation has a job that the list shows."""
    async with forked_stage(folder) as stage:
        await seed(stage)
        bot = await stage.start_bot()
        await stage.export(LINK_OF_OLDER)
        await at_rest(stage, 1)
        await bot.stop()
        (entry,) = stage.sandbox.journal.entries("botify", "POST /jobs")
    return Earlier(folder / "data", entry.arguments)


@asynccontextmanager
async def installed(
    folder: Path, earlier: Earlier | None, **settings: str
) -> AsyncIterator[ForkedStage]:
    """A stage on whose Botify the earlier export's job exists, as in the database."""
    folder.mkdir()
    if earlier is not None:
        shutil.copytree(earlier.folder, folder / "data")
    async with forked_stage(folder, **settings) as stage:
        await seed(stage)
        if earlier is not None:
            await _create(stage, earlier.job)
        stage.sandbox.journal.clear()
        yield stage


async def _create(stage: ForkedStage, job: Mapping[str, Any]) -> None:
    places = stage.sandbox.addresses
    async with httpx.AsyncClient() as client:
        answer = await client.post(
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


async def at_rest(stage: ForkedStage, exports: int, words: str = "") -> None:
    """Return once there are so many exports, nothing is left to do, and people can read that."""

    async def resting() -> bool:
        known = _rows(stage, "SELECT finished_at FROM exports")
        unsettled = _rows(stage, "SELECT id FROM deliveries WHERE NOT settled")
        if len(known) < exports or unsettled or not all(row["finished_at"] for row in known):
            return False
        return words in (await outcome(stage)).words

    await stage.until(resting)


@dataclass(frozen=True)
class Outcome:
    """What both services have in the end, of one project.

    `doubtful` counts the kills that fell between a post and the note of it.
    """

    jobs: int
    credits: float
    messages: int
    files: int
    words: str
    doubtful: int


async def outcome(stage: ForkedStage) -> Outcome:
    """Count: what was asked for earlier is not among it."""
    botify = (await stage.http.get("control/state/botify")).json()
    slack = (await stage.http.get("control/state/slack")).json()
    jobs = [job for job in botify["jobs"] if NEWER in json.dumps(job)]
    mine = [one for one in slack["messages"] if one["is_bot"]]
    told = [one for one in mine if not one["files"]]
    return Outcome(
        jobs=len(jobs),
        credits=sum(job["credits"] for job in jobs),
        messages=len(told),
        files=sum(len(one["files"]) for one in mine),
        words=json.dumps([one["blocks"] for one in told], ensure_ascii=False),
        doubtful=stage.posts_between_sending_and_storing(),
    )


async def first_of(*tasks: asyncio.Task[Any]) -> None:
    """Wait until one of the tasks ends, and raise what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
