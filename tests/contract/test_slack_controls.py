"""What the control API does to the workspace, and what then becomes of the app's calls."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_bench import Bench, bench, modal

from sandbox.addresses import SLACK_APP_TOKEN
from sandbox.slack import world


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running


async def test_a_channel_is_shared_with_another_company(slack: Bench) -> None:
    """A channel can become a shared one, and stop being it."""
    for shared in (True, False):
        await slack.control("slack/share-channel", channel=world.SEO, shared=shared)
        body = await slack.api("conversations.info", channel=world.SEO)
        assert body["channel"]["is_ext_shared"] is shared
    await slack.control("slack/share-channel", channel=world.SEO)
    slack.switch(shared_channels="denied")
    body = await slack.api("chat.postMessage", channel=world.SEO, text="x")
    assert body["error"] == "restricted_action"


async def test_tokens_are_revoked(slack: Bench) -> None:
    """The bot token by default, the app token where it is named; each for itself."""
    await slack.control("slack/revoke-token", token="app")
    body = await slack.api("apps.connections.open", SLACK_APP_TOKEN)
    assert body["error"] == "token_revoked"
    assert (await slack.api("auth.test"))["ok"]
    await slack.control("slack/revoke-token")
    assert (await slack.api("auth.test"))["error"] == "token_revoked"


async def test_triggers_are_made_useless(slack: Bench) -> None:
    """Trigger ids given out so far open nothing; later ones do, under names of their own."""
    ear = await slack.app()
    slack.drive()
    old = await slack.trigger(ear)
    await slack.control("slack/expire-triggers")
    new = await slack.trigger(ear)
    body = await slack.api("views.open", trigger_id=old, view=modal())
    assert body["error"] == "invalid_trigger_id"
    assert (await slack.api("views.open", trigger_id=new, view=modal()))["ok"]


async def test_any_payload_can_be_sent(slack: Bench) -> None:
    """What no client would send reaches the app as it is; its answer comes back."""
    ear = await slack.app(lambda envelope: {"text": f"heard {envelope['payload']['type']}"})
    payload = {"type": "block_actions", "user": {"id": world.ANA}, "actions": []}
    answer = await slack.control("slack/interaction", payload=payload)
    assert answer == {"ok": True, "ack": {"text": "heard block_actions"}}
    command = {"type": "odd", "command": "/elsewhere"}
    answer = await slack.control("slack/interaction", payload=command, kind="slash_commands")
    assert answer["ack"] == {"text": "heard odd"}
    assert [envelope["type"] for envelope in ear.envelopes] == ["interactive", "slash_commands"]


async def test_nobody_hears_an_interaction(slack: Bench) -> None:
    """Without a connection the payload goes nowhere, and that is said."""
    answer = await slack.control("slack/interaction", payload={"type": "block_actions"})
    assert answer == {"ok": False, "error": "dispatch_failed"}


async def test_a_person_leaves_a_channel(slack: Bench) -> None:
    """Who has left a private channel does not see it any more; the app sees one member less."""
    members = await slack.api("conversations.members", channel=world.SEO_TEAM)
    assert world.BEN in members["members"]
    assert (await slack.hands("leave", world.BEN, channel=world.SEO_TEAM))["ok"]
    members = await slack.api("conversations.members", channel=world.SEO_TEAM)
    assert world.BEN not in members["members"]
    assert world.SEO_TEAM not in json.dumps(await slack.screen(world.BEN))
    assert world.SEO_TEAM in json.dumps(await slack.screen(world.ANA))


@pytest.mark.parametrize("seconds", [20.0, 600.0])
async def test_a_socket_lives_as_long_as_chosen(slack: Bench, seconds: float) -> None:
    """The warning comes ten seconds before the end, and then the request to connect anew."""
    slack.switch(connection_seconds=seconds)
    slack.drive()
    ear = await slack.app()
    assert ear.hello["debug_info"]["approximate_connection_time"] == seconds
    slack.pass_(seconds - 10.5)
    await slack.hands("command", channel=world.SEO, text="/bench")
    assert ear.others == []
    slack.pass_(0.5)
    await ear.until(lambda ear: ear.others)
    slack.pass_(10)
    await ear.until(lambda ear: len(ear.others) == 2)
    assert [each["reason"] for each in ear.others] == ["warning", "refresh_requested"]
