"""An answer of `POST /jobs` that is lost, late or strange: one job, or a person's decision."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from forked import ForkedStage
from stories import LINK, shows
from world import at_rest, outcome

from bot.slack.messages.actions import CHECK_AGAIN, START_AGAIN, STOP


async def delivered(stage: ForkedStage, exports: int = 2) -> None:
    """Wait for the file of the newest export."""
    await at_rest(stage, exports, "is exported* for")


async def settled(stage: ForkedStage, words: str) -> dict[str, Any]:
    """The message that says this, while the minutes pass in which a request may still act."""
    said = asyncio.create_task(stage.message_with(words))
    while not said.done():
        stage.advance(5)
        await asyncio.wait({said}, timeout=0.2)
    return said.result()


async def another_job(stage: ForkedStage) -> str:
    """Somebody with the same token makes a job of the same project outside of this app."""
    places = stage.sandbox.addresses
    (known,) = await stage.jobs()
    job = {"job_type": "export", "payload": known["payload"]}
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{places.botify_api_url}/jobs",
            json=job,
            headers={"Authorization": f"Token {places.botify_api_token}"},
        )
    return str(answer.json()["job_id"])


@pytest.mark.parametrize("code", [1052, 1058])
async def test_a_running_export_that_is_ours_is_adopted_late(stage: ForkedStage, code: int) -> None:
    """The list shows our lost job too late; the refusal of a second one makes us look again."""
    await stage.start_bot()
    await stage.switch(
        job_polls=1_000_000, running_jobs_limit=1, running_jobs_code=code, jobs_list_late=10
    )
    await stage.fault("botify", "POST /jobs", "lost", moment="after")
    await stage.export(LINK)
    await settled(stage, "Botify is working.")
    await stage.switch(job_polls=1)
    await delivered(stage)
    assert (await outcome(stage)).jobs == 1
    assert stage.counts()["POST /jobs"] == 2


@pytest.mark.parametrize("code", [1052, 1058])
async def test_an_export_waits_for_somebody_else_s(stage: ForkedStage, code: int) -> None:
    """The message says so, and the export starts by itself when Botify has room."""
    await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    other = await another_job(stage)
    await stage.switch(running_jobs_limit=1, running_jobs_code=code)
    await stage.fault("botify", "GET /jobs", "status", status=500, count=3)  # says nothing new
    await stage.export(LINK)
    await stage.message_with("running another export")
    await stage.fate(finish=True, job_id=int(other))
    await stage.switch(job_polls=1)
    await delivered(stage)
    found = await outcome(stage)
    assert (found.jobs, found.messages) == (1, 1)


async def test_a_server_error_with_a_refusal_s_words_is_no_refusal(stage: ForkedStage) -> None:
    """A 500 says nothing about what was done, so the request is not repeated without metadata."""
    await stage.start_bot()
    await stage.fault("botify", "POST /jobs", "refuse", status=500, error="1016", moment="after")
    await stage.export(LINK)
    await delivered(stage)
    assert (await outcome(stage)).jobs == 1
    assert stage.counts()["POST /jobs"] == 1


async def test_a_botify_that_refuses_metadata_is_asked_without_it_and_remembered(
    stage: ForkedStage,
) -> None:
    """One 400 in the life of an installation; a restart does not forget it."""
    await stage.switch(job_metadata="refused")
    stage.brings_about.add("1020")
    bot = await stage.start_bot()
    await stage.export(LINK)
    await delivered(stage)
    assert stage.counts()["POST /jobs"] == 2
    await bot.stop()
    await stage.start_bot()
    await stage.export("https://app.botify.com/acme-org/tiny.example/")
    await delivered(stage, 3)
    assert stage.counts()["POST /jobs"] == 3
    assert (await outcome(stage)).jobs == 1


async def test_an_unclear_job_is_put_to_the_person_with_both_prices(fresh: ForkedStage) -> None:
    """Check again costs nothing and finds it; the message said what each choice may cost."""
    stage = fresh
    bot = await stage.start_bot()
    await stage.switch(jobs_list_shows="none")
    await stage.fault("botify", "POST /jobs", "lost", moment="after")
    await stage.export(LINK)
    message = await settled(stage, "please decide")
    said = json.dumps(message)
    assert "costs nothing" in said
    assert "11 credits" in said
    for action in (CHECK_AGAIN, START_AGAIN, STOP):
        assert shows(message, action)
    assert said.count('"deny"') == 2, "what may cost, and what cannot be undone, asks again"
    await stage.press(message, CHECK_AGAIN)

    async def looked_in_vain() -> bool:
        return bot.log.count("happened=NeverSeen") == 2

    await stage.until(looked_in_vain)
    message = await settled(stage, "please decide")
    await stage.switch(jobs_list_shows="own")
    await stage.press(message, CHECK_AGAIN)
    await delivered(stage, 1)
    assert (await outcome(stage)).jobs == 1


async def test_a_list_that_is_always_late_costs_two_jobs_at_most(stage: ForkedStage) -> None:
    """Each answer is lost after Botify acted, and the list shows nothing: then a person decides."""
    await stage.start_bot()
    await stage.switch(jobs_list_late=60)
    await stage.fault("botify", "POST /jobs", "lost", moment="after", count=9)
    await stage.export(LINK)
    await settled(stage, "please decide")
    assert (await outcome(stage)).jobs == 2


async def test_starting_again_makes_the_second_job_that_was_warned_of(fresh: ForkedStage) -> None:
    """Two jobs, because the person said so; one message and one file all the same."""
    stage = fresh
    await stage.start_bot()
    await stage.switch(jobs_list_shows="none")
    await stage.fault("botify", "POST /jobs", "lost", moment="after")
    await stage.export(LINK)
    message = await settled(stage, "please decide")
    await stage.press(message, START_AGAIN)
    await delivered(stage, 1)
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (2, 1, 1)


async def test_a_lost_answer_after_a_failed_job_is_not_taken_for_that_one(
    stage: ForkedStage,
) -> None:
    """Retry makes a new job; if its answer is lost, the failed one must not be found instead."""
    await stage.start_bot()
    await stage.fate(fate="failed", next=1)
    await stage.export(LINK)
    message = await stage.message_with("Retry")
    await stage.fault("botify", "POST /jobs", "lost", moment="after")
    await stage.press(message, "export_retry")
    await delivered(stage)
    found = await outcome(stage)
    assert (found.jobs, found.files) == (2, 1)
