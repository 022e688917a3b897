"""Two processes on one database: nothing is done twice, whoever sleeps, wakes or dies."""

import asyncio
import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from forked import ForkedStage
from program import Plug
from stage import Bot
from stories import LINK, ROWS
from world import Earlier, at_rest, installed, outcome, while_time_passes

from bot.exports.context import Moment
from bot.exports.effects import ONCE, Effect


async def test_two_bots_share_the_work(stage: ForkedStage) -> None:
    """A deploy that overlaps: one job, one message and one file, whichever bot heard of it."""
    await stage.start_bot()
    await stage.start_bot()
    await stage.export(LINK)
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 1)


async def test_a_button_reaches_the_bot_that_does_not_have_the_export(stage: ForkedStage) -> None:
    """Slack gives a press to any connected bot; the word of the person counts in both."""
    first = await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK)
    await stage.message_with("Botify is working.")
    await stage.start_bot()
    await asleep_between_writes(stage, first)  # so that Slack can reach the second one only
    await stage.control("slack/drop-sockets", {})
    await stage.until(stage.connected)
    message = await stage.message_with("Botify is working.")  # an edit renames its blocks
    await stage.press(message, "export_stop")
    await stage.message_with("stopped waiting")
    first.signal(signal.SIGCONT)
    await stage.switch(job_polls=1)
    await at_rest(stage, 2, "stopped waiting")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 0)


async def test_the_next_bot_takes_over_what_a_stopped_one_had(stage: ForkedStage) -> None:
    """SIGTERM for the first while the second one serves already: it goes on at once."""
    first = await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK)
    await stage.message_with("Botify is working.")
    await stage.start_bot()
    assert await first.stop() == 0
    await stage.switch(job_polls=1)
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 1)


@pytest.mark.parametrize("effect", sorted(ONCE))
async def test_a_bot_that_fell_asleep_before_a_call_does_not_make_it_when_it_wakes(
    tmp_path: Path, earlier: Earlier, effect: Effect
) -> None:
    """Its lease ran out, another bot took over and finished: waking up must not double anything."""
    for attempt in range(9):
        async with installed(tmp_path / str(attempt), earlier) as stage:
            sleeper = await stage.start_bot(
                Plug(effect.value, Moment.BEFORE, effect=True, sleep=True)
            )
            asking = asyncio.create_task(stage.export(LINK))
            await asleep(sleeper)
            await asyncio.wait({asking}, timeout=0.1)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            if not can_be_written(stage):
                continue  # it fell asleep in the middle of a write: then nobody can take over
            await stage.start_bot()
            stage.advance(61)
            await while_time_passes(stage, at_rest(stage, 2, "is exported* for"))
            await wake(stage, sleeper)
            found = await outcome(stage)
            assert (found.jobs, found.credits, found.messages, found.files) == (1, ROWS, 1, 1)
            return
    raise AssertionError("it never fell asleep between two writes")


async def wake(stage: ForkedStage, sleeper: Bot) -> None:
    """Let it go on, until it has seen that it slept; then stop it."""
    sleeper.signal(signal.SIGCONT)

    async def awake() -> bool:
        return "asleep for too long" in sleeper.log

    await stage.until(awake)
    await sleeper.stop()


async def asleep_between_writes(stage: ForkedStage, bot: Bot) -> None:
    """Put a process to sleep that does not hold the database: nobody else could write."""
    while True:
        bot.signal(signal.SIGSTOP)
        await asleep(bot)
        if can_be_written(stage):
            return
        bot.signal(signal.SIGCONT)


def can_be_written(stage: ForkedStage) -> bool:
    """Whether no process has a write transaction open."""
    file = stage.folder / "data" / "botify-export.sqlite3"
    with closing(sqlite3.connect(file, timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
    return True


async def asleep(bot: Bot) -> None:
    """Wait until the process has stopped itself."""
    while (await asyncio.to_thread(_state, bot.pid)) != "T":  # noqa: ASYNC110 - no event for this
        await asyncio.sleep(0.02)


def _state(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - not a file like others
        return file.read().rpartition(")")[2].split()[0]


async def test_a_posted_job_is_not_asked_for_again_by_the_bot_that_takes_over(
    stage: ForkedStage,
) -> None:
    """The first bot is killed while Botify holds its answer: the second one finds the job."""
    await stage.fault("botify", "POST /jobs", "slow", seconds=3600, moment="after")
    first = await stage.start_bot()
    await stage.start_bot()
    asking = asyncio.create_task(stage.export(LINK))

    async def acted() -> bool:
        return any(one.acted for one in stage.sandbox.journal.entries("botify", "POST /jobs"))

    await stage.until(acted)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    holder = next(bot for bot in stage.bots if "happened=Intended" in bot.log)
    await holder.kill()
    await at_rest(stage, 2, "is exported* for")
    assert first in stage.bots
    assert (await outcome(stage)).jobs == 1


HOLDS = {
    "POST /jobs": "botify",
    "GET /jobs/{id}": "botify",
    "GET /file": "files",
    "chat.postMessage": "slack",
    "files.getUploadURLExternal": "slack",
    "upload": "slack",
    "files.completeUploadExternal": "slack",
    "files.info": "slack",
}


@pytest.mark.parametrize("moment", ["before", "after", "answered"])
@pytest.mark.parametrize("method", HOLDS)
async def test_a_kill_while_a_service_acts_changes_nothing(
    stage: ForkedStage, method: str, moment: str
) -> None:
    """Killed before the service acts, after it, or as soon as it has answered."""
    service = HOLDS[method]
    if moment != "answered":
        await stage.fault(service, method, "slow", seconds=3600, moment=moment)
    bot = await stage.start_bot()
    asking = asyncio.create_task(stage.export(LINK))
    reached = asyncio.Event()

    def watch(_entry: object) -> None:
        found = stage.sandbox.journal.entries(service, method)
        acted = any(one.acted for one in found)
        answered = any(one.status is not None for one in found)
        if found and {"before": True, "after": acted, "answered": answered}[moment]:
            reached.set()

    leave = stage.sandbox.journal.subscribe(watch)
    await reached.wait()
    leave()
    await bot.kill()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await stage.start_bot()
    await while_time_passes(stage, at_rest(stage, 2, "is exported* for"))
    found = await outcome(stage)
    assert (found.jobs, found.credits, found.files) == (1, ROWS, 1)
    assert 1 <= found.messages <= 1 + (method == "chat.postMessage")


async def test_a_database_that_is_held_for_a_moment_is_no_failure(stage: ForkedStage) -> None:
    """Another program writes for a while: the bot waits, and the export is not called failed."""
    await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK)
    await stage.message_with("Botify is working.")
    holding = await asyncio.create_subprocess_exec(
        "python3",
        "-c",
        "import sqlite3, sys, time\n"
        f"c = sqlite3.connect({str(stage.folder / 'data' / 'botify-export.sqlite3')!r})\n"
        "c.execute('BEGIN IMMEDIATE')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read(1)\n",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holding.stdout is not None
    await holding.stdout.readline()
    await stage.switch(job_polls=1)
    polls = stage.counts()["GET /jobs/{id}"]

    async def polled() -> bool:
        return stage.counts()["GET /jobs/{id}"] > polls

    await stage.until(polled)
    await holding.communicate(b"x")
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 1)
    assert "failed" not in json.dumps(await stage.messages())
