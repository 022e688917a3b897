"""Failure is as visible as success: the same message turns into it, with cause, step and id."""

import json
import re

import pytest
from stage import ACME, TINY, Stage

ERROR_ID = re.compile(r"E-[0-9A-Z]{6}")


async def failed(stage: Stage, *words: str) -> dict[str, object]:
    """The progress message once it tells of a failure; its id is in the log."""
    message = await stage.message_with("Retry")
    said = json.dumps(message, ensure_ascii=False)
    for word in words:
        assert word in said, said
    found = ERROR_ID.search(said)
    assert found, said
    assert found[0] in stage.bots[-1].log
    assert stage.counts("slack")["chat.postMessage"] == 1
    return message


@pytest.mark.parametrize("fate", ["failed", "failed_odd", "failed_code"])
async def test_a_job_that_fails_is_told_in_the_same_message(stage: Stage, fate: str) -> None:
    """FAILED is an error with a next step, never an endless wait."""
    await stage.start_bot()
    await stage.fate(fate=fate, next=1)
    await stage.export(TINY)
    await failed(stage, "failed")
    assert not await stage.files()


@pytest.mark.parametrize(
    "fate", ["done_without_results", "done_results_absent", "done_without_url", "done_odd_results"]
)
async def test_a_job_that_ends_without_a_file_is_a_failure(stage: Stage, fate: str) -> None:
    """DONE without an address to download from is said, not waited for."""
    await stage.start_bot()
    await stage.fate(fate=fate, next=1)
    await stage.export(TINY)
    await failed(stage, "no file")


@pytest.mark.parametrize("fate", ["complete", "unknown_then_done"])
async def test_other_words_for_running_and_done_are_understood(stage: Stage, fate: str) -> None:
    """An unknown state counts as running; COMPLETE is DONE."""
    await stage.start_bot()
    await stage.fate(fate=fate, next=1)
    await stage.export(TINY)
    assert await stage.delivered()


async def test_a_poll_that_is_refused_ends_with_what_to_do(stage: Stage) -> None:
    """A token that lost its right while the job ran is named; the job can be picked up again."""
    await stage.start_bot()
    await stage.switch(job_polls=1000)
    await stage.fault("botify", "GET /jobs/{id}", "refuse", error="1002", count=1)
    await stage.export(TINY)
    message = await failed(stage, "may not see")
    await stage.switch(job_polls=1)
    await stage.press(message, "export_retry")
    assert await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1


async def test_an_account_that_may_see_and_not_export_is_told_apart(stage: Stage) -> None:
    """What is missing is the right to export: the rows were counted a moment ago."""
    await stage.start_bot()
    await stage.fault("botify", "POST /jobs", "refuse", error="1002", count=1)
    await stage.export(TINY)
    await failed(stage, "may not export from the project acme-org/tiny.example")


async def test_a_download_that_breaks_three_times_is_told_and_can_be_retried(
    stage: Stage,
) -> None:
    """A broken file costs no second job: Retry fetches the file of the same one."""
    await stage.start_bot()
    await stage.fault("files", "GET /file", "truncate", count=None)
    await stage.export(TINY)
    message = await failed(stage)
    assert stage.counts("files")["GET /file"] == 3
    await stage.http.delete("control/faults")
    await stage.press(message, "export_retry")
    assert await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_address_that_expired_is_asked_for_again(stage: Stage, status: int) -> None:
    """A file that the host refuses once is fetched from a fresh address of the same job."""
    await stage.start_bot()
    await stage.fault("files", "GET /file", "status", status=status, count=1)
    await stage.export(TINY)
    assert await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 502}),
        ("html", {"status": 504}),
        ("garbage", {}),
        ("empty", {}),
        ("lost", {}),
        ("ratelimit", {"seconds": 0}),
    ],
)
async def test_polls_without_a_usable_answer_are_no_failure(
    stage: Stage, action: str, more: dict[str, int]
) -> None:
    """Three broken answers in a row change nothing: the job is asked for until it is done."""
    await stage.start_bot()
    await stage.fault("botify", "GET /jobs/{id}", action, count=3, **more)
    await stage.export(TINY)
    assert await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1


async def test_a_closed_channel_is_told_to_the_person_and_nothing_is_spent(stage: Stage) -> None:
    """If the channel closes between the form and the post, no job exists and the person knows."""
    await stage.start_bot()
    await stage.open(ACME)
    await stage.control("slack/archive", {"channel": stage.channel})
    assert (await stage.submit())["ok"]

    async def told() -> dict[str, object] | None:
        for channel, messages in (await stage.state())["messages"].items():
            if channel.startswith("D") and messages:
                return messages[-1]
        return None

    message = await stage.until(told)
    assert ERROR_ID.search(json.dumps(message))
    assert "POST /jobs" not in stage.counts()


async def test_the_token_never_reaches_the_file_host(stage: Stage) -> None:
    """Botify's token belongs to the API; nothing of it is in the log either."""
    bot = await stage.start_bot()
    await stage.export(TINY)
    await stage.delivered()
    state = (await stage.http.get("control/state/botify")).json()
    assert state["tokens_received"] == 0
    for secret in (
        stage.sandbox.addresses.botify_api_token,
        stage.sandbox.addresses.slack_bot_token,
        stage.sandbox.addresses.slack_app_token,
    ):
        assert secret not in bot.log
