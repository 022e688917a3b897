"""A stop or a crash in the middle changes nothing for the people in the channel."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from stage import TINY, Stage


async def working(stage: Stage) -> None:
    """Until the running job is asked about: by then the message and the job are stored."""

    async def asked() -> bool:
        return stage.counts().get("GET /jobs/{id}", 0) > 0

    await stage.until(asked)


async def test_a_restart_in_the_middle_carries_on(stage: Stage) -> None:
    """SIGTERM while Botify is working: the bot ends in order; the next one uses the same job."""
    bot = await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(TINY)
    await working(stage)
    asked = time.monotonic()
    assert await bot.stop() == 0
    assert time.monotonic() - asked < 10
    await stage.switch(job_polls=1)
    await stage.start_bot()
    (file,) = await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1
    assert stage.counts("slack")["chat.postMessage"] == 1
    assert stage.counts("slack")["files.completeUploadExternal"] == 1
    assert len(await stage.messages()) == 2
    assert file["size"] == len(await stage.download(file))


async def test_a_killed_bot_goes_on_at_once(stage: Stage) -> None:
    """Killed with -9 while Botify is working: the lock shows the death, no lease has to run out."""
    bot = await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(TINY)
    await working(stage)
    await bot.kill()
    await stage.switch(job_polls=1)
    await stage.start_bot()
    assert await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1
    assert stage.counts("slack")["chat.postMessage"] == 1


async def test_a_stop_during_a_silent_download_is_quick(stage: Stage) -> None:
    """A file host that says nothing does not hold up the end of the process."""
    bot = await stage.start_bot()
    await stage.fault("files", "GET /file", "slow", seconds=60)
    await stage.export(TINY)

    async def downloading() -> bool:
        return "files" in stage.sandbox.journal.counts()

    await stage.until(downloading)
    asked = time.monotonic()
    assert await bot.stop() == 0
    assert time.monotonic() - asked < 10
    await stage.start_bot()
    assert await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1


async def test_a_botify_that_does_not_answer_at_the_start_is_no_obstacle(stage: Stage) -> None:
    """The bot starts and waits; it needs Botify only when somebody asks for something."""
    await stage.fault("botify", "*", "lost", count=3)
    bot = await stage.start_bot()
    assert bot.alive


async def test_a_long_past_does_not_hold_up_the_stop(stage: Stage) -> None:
    """Whatever is being looked up among thousands of old exports, SIGTERM ends it and the bot."""
    bot = await stage.start_bot()
    await stage.export(TINY)
    await stage.delivered()
    await bot.stop()
    await asyncio.to_thread(repeat_exports, stage.folder / "data" / "botify-export.sqlite3", 20_000)
    for _ in range(3):
        bot = await stage.start_bot()
        asked = time.monotonic()
        assert await bot.stop() == 0
        assert time.monotonic() - asked < 10


def repeat_exports(file: Path, many: int) -> None:
    """Fill the database with copies of its exports and their parts, under other names."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TEMP TABLE copies (nth INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO copies VALUES (?)", ((at,) for at in range(many)))
        for table, name in (("exports", "id"), ("parts", "export_id")):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            names = ", ".join(columns)
            values = ", ".join(
                f"{column} || '-' || copies.nth" if column == name else column for column in columns
            )
            connection.execute(
                f"INSERT INTO {table} ({names}) SELECT {values} FROM {table}, copies"  # noqa: S608 - our own names
            )
