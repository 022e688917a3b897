"""Calls of Slack's Web API over real HTTP: answers, refusals, silences, and what is repeated."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_edge import a_message, asked, clients_at, settings_for, state, strike, switch
from slack_sdk.web.async_client import AsyncWebClient

from bot.model.errors import (
    ChannelClosed,
    ContentRefused,
    InstallationGone,
    MessageLost,
    NotSetUp,
    ProductError,
    Repeat,
    SlackRateLimited,
    SlackUnreachable,
)
from bot.slack.clients import SlackClients, identify, open_clients
from bot.slack.manifest import missing_scopes
from bot.slack.messages.message import Message, message, section
from bot.slack.posts import Posted, edit, permalink, post
from sandbox.servers import Sandbox
from sandbox.slack import world


@pytest.fixture
async def slack(sandbox: Sandbox) -> AsyncIterator[SlackClients]:
    """The product's clients at the local workspace."""
    async with open_clients(settings_for(sandbox)) as clients:
        yield clients


async def test_the_token_says_who_we_are(slack: SlackClients) -> None:
    """One call at the start tells the workspace, the app's own ids, and the scopes."""
    found = await identify(slack)
    assert (found.team, found.bot_user, found.bot_id) == (world.TEAM, world.BOT_USER, world.BOT)
    assert found.team_name == "Acme"
    assert found.app_name == "botify-export"
    assert missing_scopes(found.scopes) == ()


async def test_a_revoked_token_is_told_from_an_outage(
    sandbox: Sandbox, slack: SlackClients
) -> None:
    """The operator has to act on one, and only to wait in the other."""
    switch(sandbox.control, bot_token="revoked")
    with pytest.raises(InstallationGone):
        await identify(slack)
    switch(sandbox.control, bot_token="valid")
    strike(sandbox, "auth.test", "html", count=2)
    with pytest.raises(SlackUnreachable):
        await identify(slack)


async def test_without_a_token_nothing_starts(sandbox: Sandbox) -> None:
    """The sentence names the setting."""
    with pytest.raises(NotSetUp, match="SLACK_BOT_TOKEN"):
        async with open_clients(settings_for(sandbox, slack_bot_token=None)):
            raise AssertionError


async def test_a_message_is_posted_edited_and_linked(sandbox: Sandbox, slack: SlackClients) -> None:
    """The channel and ts of the answer name the message from then on."""
    posted = await post(slack, world.SEO, a_message("First"))
    await edit(slack, posted.channel, posted.ts, a_message("Second"))
    (shown,) = state(sandbox)["messages"]
    assert (shown["channel"], shown["ts"]) == (posted.channel, posted.ts)
    assert shown["text"] == "Second"
    assert shown["blocks"][0]["text"]["text"] == "*Second*"
    assert shown["edited"] is False
    assert posted.ts.replace(".", "") in await permalink(slack, posted.channel, posted.ts)


async def test_a_reply_stands_in_its_thread(sandbox: Sandbox, slack: SlackClients) -> None:
    """`thread_ts` puts a message below another."""
    parent = await post(slack, world.SEO, a_message("Parent"))
    await post(slack, world.SEO, a_message("Reply"), thread_ts=parent.ts)
    replies = [each for each in state(sandbox)["messages"] if each["text"] == "Reply"]
    assert [each["thread_ts"] for each in replies] == [parent.ts]


async def test_a_message_to_a_person_answers_with_its_own_channel(slack: SlackClients) -> None:
    """A post to a user id lands in a direct message, whose id edits need."""
    assert (await post(slack, world.ANA, a_message())).channel == world.ANA_AND_APP


async def test_texts_travel_in_the_body(sandbox: Sandbox, slack: SlackClients) -> None:
    """No text of a person ends up in an address, where proxies and logs would keep it."""
    seen: list[str] = []

    async def note(_session: Any, _context: Any, params: aiohttp.TraceRequestStartParams) -> None:
        seen.append(str(params.url))

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(note)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        traced = AsyncWebClient(
            token=slack.posting.token,
            base_url=slack.posting.base_url,
            session=session,
            retry_handlers=[],
        )
        await post(replace(slack, posting=traced), world.SEO, a_message("Ünïcödé & <secret>"))
    assert seen == [f"{sandbox.addresses.slack_api_url}chat.postMessage"]
    assert state(sandbox)["messages"][0]["text"] == "Ünïcödé & <secret>"


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (world.GENERAL, ChannelClosed),
        (world.LEADERSHIP, ChannelClosed),
        (world.OLD, ChannelClosed),
        ("C0NOWHERE1", ChannelClosed),
    ],
)
async def test_closed_channels_are_refused(
    slack: SlackClients, channel: str, expected: type[ProductError]
) -> None:
    """Not a member, invisible, archived, unknown: each is a channel that is closed to the app."""
    with pytest.raises(expected):
        await post(slack, channel, a_message())


async def test_an_edit_of_a_deleted_message_is_told(slack: SlackClients) -> None:
    """The caller posts a new one then."""
    with pytest.raises(MessageLost):
        await edit(slack, world.SEO, "1783864980.000100", a_message())


async def test_a_malformed_message_is_our_mistake(slack: SlackClients) -> None:
    """Slack's refusal of blocks is told from a closed channel."""
    with pytest.raises(ContentRefused):
        await post(slack, world.SEO, Message("x", ({"type": "nonsense"},)))


BROKEN = [
    ("lost", "before", {}),
    ("lost", "after", {}),
    ("status", "before", {"status": 500}),
    ("status", "after", {"status": 503}),
    ("status", "after", {"status": 504}),
    ("html", "before", {}),
    ("html", "after", {"status": 200}),
    ("garbage", "after", {}),
    ("empty", "after", {}),
    ("refuse", "after", {"error": "fatal_error"}),
    ("refuse", "after", {"error": "internal_error"}),
    ("refuse", "after", {"error": "service_unavailable"}),
    ("wrong_length", "after", {}),
    ("reset", "after", {"bytes": 4}),
    ("truncate", "after", {"bytes": 4}),
]


@pytest.mark.parametrize(("action", "moment", "more"), BROKEN)
async def test_an_uncertain_post_is_sent_once_and_called_unknown(
    sandbox: Sandbox, slack: SlackClients, action: str, moment: str, more: dict[str, Any]
) -> None:
    """Whatever happens to the answer: one request, never a second, and no claim either way."""
    strike(sandbox, "chat.postMessage", action, moment=moment, **more)
    with pytest.raises(SlackUnreachable) as caught:
        await post(slack, world.SEO, a_message())
    assert caught.value.repeat is Repeat.UNKNOWN
    assert len(asked(sandbox, "chat.postMessage")) == 1
    assert len(state(sandbox)["messages"]) == (0 if moment == "before" else 1)


@pytest.mark.parametrize(("action", "moment", "more"), BROKEN)
async def test_an_uncertain_edit_is_sent_once_too(
    sandbox: Sandbox, slack: SlackClients, action: str, moment: str, more: dict[str, Any]
) -> None:
    """Edits share one budget, so their repetition is planned and never hidden in a call."""
    posted = await post(slack, world.SEO, a_message())
    strike(sandbox, "chat.update", action, moment=moment, **more)
    with pytest.raises(SlackUnreachable):
        await edit(slack, posted.channel, posted.ts, a_message("Edited"))
    assert len(asked(sandbox, "chat.update")) == 1


@pytest.mark.parametrize("action", ["lost", "reset"])
async def test_a_look_is_repeated_once_by_itself(
    sandbox: Sandbox, slack: SlackClients, action: str
) -> None:
    """What changes nothing may be asked again, once, without anybody noticing."""
    posted = await post(slack, world.SEO, a_message())
    strike(sandbox, "chat.getPermalink", action)
    assert await permalink(slack, posted.channel, posted.ts)
    assert len(asked(sandbox, "chat.getPermalink")) == 2
    strike(sandbox, "chat.getPermalink", action, count=None)
    with pytest.raises(SlackUnreachable):
        await permalink(slack, posted.channel, posted.ts)
    assert len(asked(sandbox, "chat.getPermalink")) == 4


async def test_a_good_answer_without_a_ts_is_unknown(sandbox: Sandbox, slack: SlackClients) -> None:
    """`ok` alone is no evidence of which message it was."""
    strike(sandbox, "chat.postMessage", "empty", moment="after", status=200)
    with pytest.raises(SlackUnreachable) as caught:
        await post(slack, world.SEO, a_message())
    assert caught.value.repeat is Repeat.UNKNOWN


async def test_a_429_closes_the_method_and_not_the_others(sandbox: Sandbox) -> None:
    """Until the stored time nothing is sent to that method; afterwards it goes on."""
    time = [100.0]
    async with open_clients(settings_for(sandbox), clock=lambda: time[0]) as slack:
        posted = await post(slack, world.SEO, a_message())
        strike(sandbox, "chat.update", "ratelimit", seconds=30)
        with pytest.raises(SlackRateLimited) as caught:
            await edit(slack, posted.channel, posted.ts, a_message("A"))
        assert caught.value.retry_after == 30
        assert caught.value.repeat is Repeat.NOT_SENT
        time[0] = 129.0
        with pytest.raises(SlackRateLimited) as caught:
            await edit(slack, posted.channel, posted.ts, a_message("B"))
        assert caught.value.retry_after == 1
        assert len(asked(sandbox, "chat.update")) == 1
        await post(slack, world.SEO_TEAM, a_message("another method goes on"))
        time[0] = 130.0
        await edit(slack, posted.channel, posted.ts, a_message("C"))
    assert len(asked(sandbox, "chat.update")) == 2


async def test_slacks_own_word_for_429_counts_too(sandbox: Sandbox, slack: SlackClients) -> None:
    """chat.postMessage lists `rate_limited` under HTTP 200."""
    strike(sandbox, "chat.postMessage", "refuse", error="rate_limited")
    with pytest.raises(SlackRateLimited):
        await post(slack, world.SEO, a_message())
    assert slack.gate.wait("chat.postMessage") > 0


async def test_a_short_429_of_a_look_is_waited_for(sandbox: Sandbox, slack: SlackClients) -> None:
    """A second or two inside the call; longer waits are the caller's to plan."""
    posted = await post(slack, world.SEO, a_message())
    strike(sandbox, "chat.getPermalink", "ratelimit", seconds=0)
    assert await permalink(slack, posted.channel, posted.ts)
    strike(sandbox, "chat.getPermalink", "ratelimit", seconds=60)
    with pytest.raises(SlackRateLimited):
        await permalink(slack, posted.channel, posted.ts)
    assert len(asked(sandbox, "chat.getPermalink")) == 3


async def test_nobody_listening_means_not_sent() -> None:
    """A refused connection provably did nothing."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with clients_at(f"http://127.0.0.1:{port}/api/") as slack:
            with pytest.raises(SlackUnreachable) as caught:
                await post(slack, world.SEO, a_message())
    assert caught.value.repeat is Repeat.NOT_SENT


async def test_a_name_that_does_not_exist_means_not_sent() -> None:
    """Neither does a host that cannot be found."""
    async with clients_at("http://slack.invalid/api/") as slack:
        with pytest.raises(SlackUnreachable) as caught:
            await post(slack, world.SEO, a_message())
    assert caught.value.repeat is Repeat.NOT_SENT


async def test_a_late_answer_means_unknown(sandbox: Sandbox, slack: SlackClients) -> None:
    """The request was sent; whether it was carried out, nobody can say."""
    strike(sandbox, "chat.postMessage", "slow", seconds=600, moment="after")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as hasty:
        posting = AsyncWebClient(
            token=slack.posting.token,
            base_url=slack.posting.base_url,
            session=hasty,
            retry_handlers=[],
        )
        with pytest.raises(SlackUnreachable) as caught:
            await post(replace(slack, posting=posting), world.SEO, a_message())
    assert caught.value.repeat is Repeat.UNKNOWN


async def test_fifty_edits_a_minute_are_what_slack_takes(
    sandbox: Sandbox, slack: SlackClients
) -> None:
    """The workspace enforces the tier that the budget is made for."""
    sandbox.clock.drive()
    posted = await post(slack, world.SEO, a_message())
    for number in range(50):
        await edit(slack, posted.channel, posted.ts, a_message(str(number)))
    with pytest.raises(SlackRateLimited) as caught:
        await edit(slack, posted.channel, posted.ts, a_message("one too many"))
    assert caught.value.retry_after == 60


async def test_the_longest_message_is_taken(sandbox: Sandbox, slack: SlackClients) -> None:
    """Our own limits are inside Slack's."""
    long = message("x" * 10_000, *(section("y" * 3_000, 3_000) for _ in range(4)))
    posted = await post(slack, world.SEO, long)
    await edit(slack, posted.channel, posted.ts, long)
    assert len(state(sandbox)["messages"]) == 1


async def test_calls_at_the_same_time_do_not_mix(slack: SlackClients) -> None:
    """One session serves many callers."""
    channels = [world.SEO, world.SEO_TEAM, world.PARTNER, world.ANA]
    posted = await asyncio.gather(*(post(slack, each, a_message(each)) for each in channels))
    assert all(isinstance(each, Posted) for each in posted)
    assert [each.channel for each in posted] == [*channels[:3], world.ANA_AND_APP]
