"""The connection to Slack, lost in every way, at the real program."""

import pytest
from forked import ForkedStage
from stories import LINK
from world import at_rest, outcome


async def exported(stage: ForkedStage) -> None:
    """The program hears and does what it is asked."""
    await stage.until(stage.connected)
    await stage.export(LINK)
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 1)


async def connections(stage: ForkedStage) -> int:
    return len(stage.sandbox.journal.entries("socket", "connect"))


@pytest.mark.parametrize("how", ["drop-sockets", "disconnect"])
async def test_a_socket_that_ends_is_opened_again(stage: ForkedStage, how: str) -> None:
    """Without a closing word, or as Slack does it every few hours: nobody notices."""
    await stage.start_bot()
    before = await connections(stage)
    await stage.control(f"slack/{how}", {})

    async def again() -> bool:
        return await connections(stage) > before

    await stage.until(again)
    await exported(stage)


async def test_a_ticket_that_has_died_is_replaced(stage: ForkedStage) -> None:
    """The SDK would try the same single-use address for ever."""
    await stage.start_bot()
    await stage.control("slack/refuse-sockets", {"refuse": True})
    await stage.control("slack/kill-tickets", {})
    await stage.control("slack/drop-sockets", {})

    async def tried() -> bool:
        return "connected=False" in stage.bots[-1].log

    await stage.until(tried)
    await stage.control("slack/kill-tickets", {})
    await stage.control("slack/refuse-sockets", {"refuse": False})
    await exported(stage)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "does not accept SLACK_BOT_TOKEN"),
    ],
)
async def test_a_wrong_token_ends_the_program_with_a_sentence(
    stage: ForkedStage, settings: dict[str, str], words: str
) -> None:
    """The SDK would try a refused app token for ever and never say so."""
    stage.brings_about.add("invalid_auth")
    bot = await stage.launch(**settings)
    assert await bot.ended() == 2
    assert words in bot.log
    assert "Traceback" not in bot.log


async def test_an_app_token_that_is_revoked_later_ends_the_program(stage: ForkedStage) -> None:
    """Nothing can be heard any more: the supervisor and the operator have to know."""
    bot = await stage.start_bot()
    await stage.switch(app_token="revoked")
    await stage.control("slack/drop-sockets", {})
    assert await bot.ended() == 2
    assert "SLACK_APP_TOKEN" in bot.log
