"""Slack takes something away while an export runs: the file still reaches the person."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from forked import ForkedStage
from stories import LINK
from world import Earlier, at_rest, installed, outcome, while_time_passes

from sandbox.slack.world import ANA_AND_APP, SEO, SEO_TEAM


async def running(stage: ForkedStage, channel: str = SEO, **choices: Any) -> dict[str, Any]:
    """An export that Botify works on until it is told otherwise; its progress message."""
    stage.channel = channel
    await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK, **choices)
    return await stage.message_with("Botify is working.")


async def finished(stage: ForkedStage) -> None:
    """Botify finishes, and everything is shown."""
    await stage.switch(job_polls=1)
    await at_rest(stage, 2, "is exported* for")


async def test_a_deleted_progress_message_gets_a_successor_at_the_end(stage: ForkedStage) -> None:
    """Nobody is told again and again; the end is told once, in a new message."""
    message = await running(stage)
    await stage.control("slack/delete-message", {"channel": SEO, "ts": message["ts"]})
    await finished(stage)
    told = [one for one in await stage.messages() if not one["files"]]
    assert len(told) == 1
    assert told[0]["ts"] != message["ts"]
    assert len(await stage.files()) == 1
    assert stage.counts("slack")["chat.postMessage"] == 2


async def test_a_thread_whose_message_is_gone_is_replaced_by_the_channel(
    stage: ForkedStage,
) -> None:
    """The file was wanted in the thread of the progress message, which somebody deleted."""
    message = await running(stage, post="thread")
    await stage.control("slack/delete-message", {"channel": SEO, "ts": message["ts"]})
    await finished(stage)
    (file,) = [one for one in await stage.messages() if one["files"]]
    assert file["thread_ts"] in (None, file["ts"])


async def test_an_edit_window_that_closed_is_answered_with_a_new_message(
    stage: ForkedStage,
) -> None:
    """Some workspaces allow edits for minutes only; exports take longer."""
    message = await running(stage)
    await stage.switch(edit_window_closed=0)
    await finished(stage)
    old, *_, new = [one for one in await stage.messages() if not one["files"]]
    assert old["ts"] == message["ts"]
    assert "is exported" in json.dumps(new)


@pytest.mark.parametrize(
    ("what", "channel"), [("archive", SEO), ("remove-app", SEO_TEAM), ("remove-app", SEO)]
)
async def test_a_channel_that_closes_sends_the_file_to_the_person(
    stage: ForkedStage, what: str, channel: str
) -> None:
    """The person finds message and file in their direct messages with the app."""
    await running(stage, channel)
    await stage.control(f"slack/{what}", {"channel": channel})
    await finished(stage)
    assert not await stage.files(channel)
    assert len(await stage.files(ANA_AND_APP)) == 1
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 2, 1)


async def test_a_channel_that_closes_after_the_file_is_there(stage: ForkedStage) -> None:
    """The end is told in the direct message; the file is not sent a second time."""
    await running(stage)
    await stage.fault("slack", "chat.update", "refuse", error="is_archived", count=None)
    await finished(stage)
    assert len(await stage.files()) == 1
    assert "is exported" in json.dumps(await stage.messages(ANA_AND_APP))
    assert (await outcome(stage)).files == 1


@pytest.mark.parametrize("token", ["revoked", "inactive"])
async def test_a_token_that_is_taken_away_is_waited_for(stage: ForkedStage, token: str) -> None:
    """The operator installs the app again within hours; nothing was lost meanwhile."""
    await running(stage)
    await stage.switch(bot_token=token, job_polls=1)

    async def refused() -> bool:
        return "action=upload_broke" in stage.bots[-1].log

    await stage.until(refused)
    stage.advance(600)
    await stage.switch(bot_token="valid")
    await while_time_passes(stage, at_rest(stage, 2, "is exported* for"), seconds=20)
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 1)


async def test_an_outage_of_slack_is_waited_for(stage: ForkedStage) -> None:
    """An hour without an answer to any upload; a long export must not shorten the patience."""
    await running(stage)
    stage.advance(3 * 3600)
    await stage.fault("slack", "files.getUploadURLExternal", "status", status=503, count=None)
    await stage.switch(job_polls=1)

    async def refused() -> bool:
        return stage.bots[-1].log.count("action=upload_broke") > 1

    await stage.until(refused)
    stage.advance(3600)
    await stage.http.delete("control/faults")
    await while_time_passes(stage, at_rest(stage, 2, "is exported* for"), seconds=20)
    assert (await outcome(stage)).files == 1


async def test_a_share_that_comes_late_after_a_lost_answer_is_not_doubled(
    stage: ForkedStage,
) -> None:
    """Completed, answer lost, share not shown for two minutes: Slack takes no file twice."""
    await running(stage)
    await stage.switch(shares="never")
    await stage.fault("slack", "files.completeUploadExternal", "lost", moment="after")
    await stage.switch(job_polls=1)

    await while_time_passes(stage, at_rest(stage, 2, "does not show the file"), seconds=25)
    assert stage.counts("slack")["files.completeUploadExternal"] == 2
    assert stage.counts("slack")["upload"] == 1


@pytest.mark.parametrize(("what", "channel"), [("delete-message", SEO), ("archive", ANA_AND_APP)])
async def test_a_question_is_asked_where_its_message_is_gone(
    fresh: ForkedStage, what: str, channel: str
) -> None:
    """Nothing goes on before the person has decided: in a new message, or directly."""
    stage = fresh
    await stage.start_bot()
    await stage.switch(jobs_list_shows="none")
    await stage.fault("botify", "POST /jobs", "lost", moment="after")
    await stage.fault("slack", "chat.update", "ratelimit", seconds=1)
    await stage.export(LINK)
    message = await stage.message_with("Asking Botify")
    which = {"ts": message["ts"]} if what == "delete-message" else {}
    await stage.control(f"slack/{what}", {"channel": SEO} | which)
    asked = await stage.message_with("please decide", channel)
    assert asked["ts"] != message["ts"]


async def test_a_message_that_is_never_answered_is_repeated_once(stage: ForkedStage) -> None:
    """Slack stores every message and answers none: nobody gets eight of them, nothing is spent."""
    await stage.start_bot()
    await stage.fault("slack", "chat.postMessage", "status", status=500, moment="after", count=None)
    await stage.export(LINK)
    await while_time_passes(stage, at_rest(stage, 2, "was not started"))
    found = await outcome(stage)
    assert found.jobs == 0
    assert 2 <= found.messages <= 4  # a call that a busy machine makes too late is not made


@pytest.fixture
async def plan(tmp_path: Path, earlier: Earlier) -> AsyncIterator[ForkedStage]:
    """An installation that wants Slack's own step display."""
    async with installed(tmp_path / "stage", earlier, PROGRESS_BLOCKS="plan") as ready:
        yield ready


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_a_workspace_that_refuses_the_step_display_gets_classic_blocks(
    plan: ForkedStage, method: str
) -> None:
    """One refusal, remembered; the person sees the same stages drawn otherwise."""
    stage = plan
    await stage.fault("slack", method, "refuse", error="invalid_blocks")
    await running(stage)
    await finished(stage)
    found = await outcome(stage)
    assert (found.messages, found.files) == (1, 1)
    assert "action=blocks_refused" in stage.bots[-1].log
