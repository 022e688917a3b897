"""Waiting rightly: limits for a second and for a day, refusals while polling, the deadline."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from forked import ForkedStage
from stories import LINK
from world import Earlier, at_rest, installed, outcome, while_time_passes

from bot.slack.messages.actions import RETRY


@pytest.fixture
async def hasty(tmp_path: Path, earlier: Earlier) -> AsyncIterator[ForkedStage]:
    """An installation that calls a job lost after a minute."""
    async with installed(tmp_path / "stage", earlier, EXPORT_DEADLINE_HOURS="0.0167") as ready:
        yield ready


@pytest.mark.parametrize("method", ["POST /jobs", "GET /jobs/{id}"])
async def test_a_limit_of_a_second_is_waited_for(stage: ForkedStage, method: str) -> None:
    """Nothing is lost and nothing is said: it passes before anybody reads it."""
    await stage.start_bot()
    await stage.fault("botify", method, "ratelimit", seconds=1)
    await stage.export(LINK)
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages) == (1, 1)


@pytest.mark.parametrize("method", ["POST /jobs", "GET /jobs/{id}"])
async def test_a_limit_of_a_day_is_said_and_waited_for(stage: ForkedStage, method: str) -> None:
    """The message names the quota at once; the export goes on by itself when it ends."""
    await stage.start_bot()
    await stage.fault("botify", method, "ratelimit", seconds=86_400, count=None)
    await stage.export(LINK)
    await stage.message_with("daily quota")
    asked = stage.counts()[method]
    await stage.http.delete("control/faults")
    stage.advance(3_700)
    await while_time_passes(stage, at_rest(stage, 2, "is exported* for"), seconds=20)
    assert asked <= 3, "Retry-After is honoured"
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 1)


@pytest.mark.parametrize(
    ("status", "code", "words"), [(401, "1001", "API token"), (403, "1002", "may not see")]
)
async def test_a_refusal_while_polling_ends_with_what_to_do(
    stage: ForkedStage, status: int, code: str, words: str
) -> None:
    """A token that was changed, or lost its right, is named; the job can be picked up again."""
    await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK)
    await stage.message_with("Botify is working.")
    await stage.fault("botify", "GET /jobs/{id}", "refuse", status=status, error=code)
    message = await stage.message_with(words)
    await stage.switch(job_polls=1)
    await stage.press(message, RETRY)
    await at_rest(stage, 2, "is exported* for")
    assert (await outcome(stage)).jobs == 1


async def test_a_job_past_the_deadline_is_lost_by_name_and_can_be_picked_up(
    hasty: ForkedStage,
) -> None:
    """The message has the job's id; Retry looks at the same job and costs nothing."""
    stage = hasty
    await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK)
    await stage.message_with("Botify is working.")
    stage.advance(61)
    message = await stage.message_with("has not finished this export within")
    assert "job 4100002" in json.dumps(message)
    await stage.switch(job_polls=1)
    await stage.press(message, RETRY)
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 1)


async def test_an_outage_of_botify_while_a_job_runs_is_waited_for(stage: ForkedStage) -> None:
    """Minutes of 500s are said once in the message and the log, and change nothing."""
    bot = await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK)
    await stage.message_with("Botify is working.")
    await stage.fault("botify", "GET /jobs/{id}", "status", status=503, count=None)
    await stage.message_with("Still trying; nothing is lost")
    await stage.http.delete("control/faults")
    await stage.switch(job_polls=1)
    await while_time_passes(stage, at_rest(stage, 2, "is exported* for"), seconds=20)
    assert bot.log.count("action=poll_unanswered") == 1
    assert (await outcome(stage)).jobs == 1
