"""Looking at conversations of every kind, at the local workspace."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_edge import asked, by_hand, settings_for, state, strike, switch, tell

from bot.model.draft import Destination
from bot.model.errors import ChannelClosed, InstallationGone, SlackUnreachable
from bot.slack.channels import join, look_at, open_direct, require_not_shared
from bot.slack.clients import SlackClients, open_clients
from sandbox.servers import Sandbox
from sandbox.slack import world


@pytest.fixture
async def slack(sandbox: Sandbox) -> AsyncIterator[SlackClients]:
    """The product's clients at the local workspace."""
    async with open_clients(settings_for(sandbox)) as clients:
        yield clients


async def looked_at(slack: SlackClients, channel: str, **changes: Any) -> Destination:
    """What Ana is told about a conversation."""
    given: dict[str, Any] = {
        "channel": channel,
        "user": world.ANA,
        "bot_user": world.BOT_USER,
        "allow_shared": False,
        "app_name": "botify-export",
    }
    return await look_at(slack, **(given | changes))


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (world.SEO, Destination(world.SEO)),
        (world.SEO_TEAM, Destination(world.SEO_TEAM)),
        (world.GENERAL, Destination(world.GENERAL, join=True)),
        (world.ANA_AND_BEN, Destination(world.ANA_AND_APP, direct=True)),
        (world.ANA, Destination(world.ANA_AND_APP, direct=True)),
        (world.BOT_USER, Destination(world.ANA_AND_APP, direct=True)),
    ],
)
async def test_where_the_app_can_deliver(
    slack: SlackClients, channel: str, expected: Destination
) -> None:
    """Member, private member, joinable; a talk between people falls to the person's own."""
    assert await looked_at(slack, channel) == expected


@pytest.mark.parametrize(
    ("channel", "problem"),
    [
        (world.LEADERSHIP, "Type /invite @botify-export there"),
        ("C0NOWHERE1", "Type /invite @botify-export there"),
        (world.OLD, "archived"),
        (world.PARTNER, "shared with another company"),
    ],
)
async def test_where_it_cannot_and_what_to_do(
    slack: SlackClients, channel: str, problem: str
) -> None:
    """Each sentence says what a person can do."""
    found = await looked_at(slack, channel)
    assert found.channel == channel
    assert problem in str(found.problem)


async def test_a_channel_may_be_shared_after_it_was_chosen(slack: SlackClients) -> None:
    """Just before the first post it is looked at once more."""
    await require_not_shared(slack, world.SEO)
    with pytest.raises(ChannelClosed, match="shared with another company by now"):
        await require_not_shared(slack, world.PARTNER)


async def test_shared_channels_can_be_allowed(slack: SlackClients) -> None:
    """The operator's choice."""
    assert await looked_at(slack, world.PARTNER, allow_shared=True) == Destination(world.PARTNER)


async def test_the_direct_message_with_the_app_is_recognised(slack: SlackClients) -> None:
    """The command can be typed there."""
    direct = await open_direct(slack, world.ANA)
    assert await looked_at(slack, direct) == Destination(direct, direct=True)


async def test_somebody_elses_direct_message_falls_to_the_persons_own(slack: SlackClients) -> None:
    """Ana cannot have a file posted to Ben."""
    bens = await open_direct(slack, world.BEN)
    assert await looked_at(slack, bens) == Destination(world.ANA_AND_APP, direct=True)


async def test_a_group_message_is_known_by_its_name(slack: SlackClients) -> None:
    """Its id looks like a channel's; only the slash command tells its name."""
    found = await looked_at(slack, "C0MPDM0001", channel_name="mpdm-ana--ben--cy-1")
    assert found == Destination(world.ANA_AND_APP, direct=True)


async def test_a_group_message_with_the_app_in_it_is_a_destination(
    sandbox: Sandbox, slack: SlackClients
) -> None:
    """Somebody added the app to the conversation."""
    members = [world.ANA, world.BEN, "app"]
    group = {"id": "G0GROUP001", "name": "mpdm-x", "kind": "mpim", "members": members}
    sandbox.control.seed({"slack": {"channels": [group]}})
    assert await looked_at(slack, "G0GROUP001") == Destination("G0GROUP001")


async def test_looking_changes_nothing(sandbox: Sandbox, slack: SlackClients) -> None:
    """A public channel is joined after Export is pressed, not before; joining twice is one."""
    await looked_at(slack, world.GENERAL)
    assert state(sandbox)["joins"] == []
    await join(slack, world.GENERAL)
    await join(slack, world.GENERAL)
    assert [each["channel"] for each in state(sandbox)["joins"]] == [world.GENERAL]
    assert await looked_at(slack, world.GENERAL) == Destination(world.GENERAL)


@pytest.mark.parametrize("channel", [world.LEADERSHIP, world.OLD, "C0NOWHERE1"])
async def test_what_cannot_be_joined(slack: SlackClients, channel: str) -> None:
    """Private, archived, unknown."""
    with pytest.raises(ChannelClosed):
        await join(slack, channel)


async def test_an_invitation_opens_a_private_channel(sandbox: Sandbox, slack: SlackClients) -> None:
    """The next step that we name works."""
    await by_hand(sandbox, "invite", user=world.ANA, channel=world.LEADERSHIP)
    assert await looked_at(slack, world.LEADERSHIP) == Destination(world.LEADERSHIP)


async def test_a_removal_is_seen(sandbox: Sandbox, slack: SlackClients) -> None:
    """What was true when the modal opened can have changed."""
    await tell(sandbox, "remove-app", channel=world.SEO_TEAM)
    assert "/invite" in str((await looked_at(slack, world.SEO_TEAM)).problem)


async def test_a_missing_scope_is_a_sentence(sandbox: Sandbox, slack: SlackClients) -> None:
    """An installation older than the manifest says so at the field."""
    strike(sandbox, "conversations.info", "refuse", error="missing_scope")
    found = await looked_at(slack, world.SEO)
    assert "lacks a permission" in str(found.problem)
    assert "tell the person who runs this app" in str(found.problem)


@pytest.mark.parametrize("word", ["messages_tab_disabled", "user_disabled", "missing_scope"])
async def test_a_closed_direct_message_is_a_sentence(
    sandbox: Sandbox, slack: SlackClients, word: str
) -> None:
    """Where even the way out is closed, the person is told why."""
    strike(sandbox, "conversations.open", "refuse", error=word)
    found = await looked_at(slack, world.ANA_AND_BEN)
    assert found.problem is not None
    assert found.direct


async def test_an_outage_is_no_verdict(sandbox: Sandbox, slack: SlackClients) -> None:
    """A channel is not called closed because Slack did not answer."""
    strike(sandbox, "conversations.info", "html", count=None)
    with pytest.raises(SlackUnreachable):
        await looked_at(slack, world.SEO)
    switch(sandbox.control, bot_token="revoked")
    sandbox.faults.clear()
    with pytest.raises(InstallationGone):
        await looked_at(slack, world.SEO)
    assert asked(sandbox, "conversations.open") == []
