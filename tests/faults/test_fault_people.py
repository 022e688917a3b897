"""What people do to each other's exports: join, stop, leave, retry."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from forked import ForkedStage
from stories import LINK, shows
from world import at_rest, outcome

from bot.slack.messages.actions import RETRY, STOP
from sandbox.slack.world import ANA, BEN, SEO, SEO_TEAM


async def join(stage: ForkedStage, user: str, channel: str = SEO) -> None:
    """Ask for what is running already."""
    stage.user, stage.channel = user, channel
    answer = await stage.do("command", channel=channel, text=f"/botify-export {LINK}")
    assert answer["ok"], answer

    async def offered() -> bool:
        return "already exporting this" in json.dumps(await stage.view())

    await stage.until(offered)
    assert (await stage.submit())["ok"]


async def told(stage: ForkedStage, words: str) -> None:
    """Wait for something that only this person can see."""

    async def there() -> bool:
        state = (await stage.http.get("control/state/slack")).json()
        return any(
            words in json.dumps(one) and one["seen_by"] == stage.user for one in state["ephemeral"]
        )

    await stage.until(there)


async def progress(stage: ForkedStage, user: str, words: str, channel: str) -> dict[str, Any]:
    """The progress message of one person."""

    async def there() -> dict[str, Any] | None:
        return next(
            (
                message
                for message in await stage.messages(channel)
                if words in json.dumps(message) and f"<@{user}>" in json.dumps(message["blocks"])
            ),
            None,
        )

    return await stage.until(there)


async def test_two_people_who_ask_for_the_same_share_one_job(stage: ForkedStage) -> None:
    """One job; for each person a message and a file where they asked for it."""
    await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK)
    await stage.message_with("Botify is working.")
    await join(stage, BEN, SEO_TEAM)
    await stage.message_with("Botify is working.")
    await stage.switch(job_polls=1)
    await at_rest(stage, 2)
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 2, 2)
    assert [len(await stage.files(channel)) for channel in (SEO, SEO_TEAM)] == [1, 1]


async def test_only_the_person_who_asked_can_stop_and_the_others_still_wait(
    stage: ForkedStage,
) -> None:
    """Ben cannot stop Ana's; when Ana stops hers, Ben's file comes all the same."""
    await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK)
    await stage.message_with("Botify is working.")
    await join(stage, BEN)
    ana = await progress(stage, ANA, "Botify is working.", SEO)
    assert "confirm" in json.dumps(ana["blocks"])
    await stage.press(ana, STOP)
    await told(stage, "Only ana")
    stage.user = ANA
    await stage.press(ana, STOP)
    await told(stage, "Stopped waiting. Botify may still finish the export and bill it.")
    await progress(stage, ANA, "stopped waiting", SEO)
    await stage.switch(job_polls=1)
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 2, 1)


async def test_a_stopped_export_that_finishes_is_kept(stage: ForkedStage) -> None:
    """Nobody waits for it, Botify bills it all the same; asking again is then free."""
    await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(LINK)
    await stage.press(await stage.message_with("Botify is working."), STOP)
    await stage.message_with("stopped waiting")
    await stage.switch(job_polls=1)
    await at_rest(stage, 2, "stopped waiting")
    assert (await outcome(stage)).files == 0
    answer = await stage.do("command", channel=SEO, text=f"/botify-export {LINK}")
    assert answer["ok"], answer

    async def offered() -> bool:
        return "No credits" in json.dumps(await stage.view())

    await stage.until(offered)
    assert (await stage.submit())["ok"]
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.files) == (1, 1)


async def test_the_last_one_to_leave_ends_what_has_not_begun(stage: ForkedStage) -> None:
    """Botify has not taken the request yet: when nobody waits any more, it is never asked again."""
    await stage.start_bot()
    await stage.fault("botify", "POST /jobs", "ratelimit", seconds=120, count=None)
    await stage.export(LINK)
    ana = await stage.message_with("limiting our requests")
    asked = stage.counts()["POST /jobs"]
    await stage.press(ana, STOP)
    await stage.message_with("stopped waiting")
    await stage.http.delete("control/faults")
    stage.advance(300)
    await at_rest(stage, 2, "stopped waiting")
    assert stage.counts()["POST /jobs"] == asked
    assert (await outcome(stage)).jobs == 0


@pytest.mark.parametrize(
    ("breaks", "words", "jobs"),
    [
        ("failed job", "uses about 11 credits", 2),
        ("refused poll", "with the same Botify job: no new credits", 1),
        ("broken download", "with the same Botify job: no new credits", 1),
        ("refused upload", "without asking Botify again", 1),
        ("refused request", "asks Botify for a new export", 1),
        ("file gone from the disk", "without asking Botify again", 1),
    ],
)
async def test_retry_goes_on_from_where_it_stands(
    stage: ForkedStage, breaks: str, words: str, jobs: int
) -> None:
    """Only a job that failed, or never was, makes a new one, after saying what that costs."""
    await stage.start_bot()
    match breaks:
        case "failed job":
            await stage.fate(fate="failed", next=1)
        case "refused poll":
            await stage.fault("botify", "GET /jobs/{id}", "refuse", status=401, error="1001")
        case "broken download":
            await stage.fault("files", "GET /file", "reset", count=3)
        case "refused request":
            await stage.fault("botify", "POST /jobs", "refuse", error="1002")
        case _:
            method = "files.getUploadURLExternal"
            await stage.fault("slack", method, "refuse", error="storage_limit_reached")
    await stage.export(LINK)
    message = await stage.message_with("Retry")
    assert words in json.dumps(message)
    if breaks == "broken download":
        assert stage.counts("files")["GET /file"] == 3, "at most three requests in all"
    if breaks == "file gone from the disk":
        await asyncio.to_thread(remove_files, stage.folder / "data" / "exports")
    await at_rest(stage, 2, "Retry")
    assert shows(message, RETRY)
    await stage.press(message, RETRY)
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (jobs, 1, 1)


def remove_files(folder: Path) -> None:
    """Somebody cleans the disk up."""
    for file in folder.rglob("*.csv"):
        file.unlink()
