"""What Slack's objects mean for a delivery: conversations, shares, the manifest, the socket."""

from typing import Any

import pytest
import yaml

from bot.model.draft import Destination
from bot.model.errors import NotSetUp, SlackRateLimited, SlackUnreachable
from bot.slack.channels import Conversation, judge, read_conversation
from bot.slack.manifest import manifest_path, missing_scopes, read_manifest, required_scopes
from bot.slack.socket import PATIENCE, Action, Observation, diagnose
from bot.slack.uploads import Share, read_share


@pytest.mark.parametrize(
    ("channel", "problem", "join"),
    [
        (Conversation("C1", member=True), None, False),
        (Conversation("C1"), None, True),
        (Conversation("C1", private=True), "/invite @botify", False),
        (Conversation("C1", private=True, member=True), None, False),
        (Conversation("C1", archived=True, member=True), "archived", False),
        (Conversation("C1", shared=True, member=True), "another company", False),
        (Conversation("C1", group=True, private=True), None, False),
        (Conversation("D1", direct=True, user="U1"), None, False),
    ],
)
def test_a_conversation_is_judged(channel: Conversation, problem: str | None, join: bool) -> None:
    """Each kind of conversation: deliver, join first, or say what to do."""
    found = judge(channel, user="U1", app_name="botify", allow_shared=False)
    assert found is not None
    assert found.join is join
    assert found.direct is channel.direct
    assert (found.problem is None) if problem is None else (problem in str(found.problem))


def test_a_shared_channel_can_be_allowed() -> None:
    """ALLOW_SHARED_CHANNELS lifts that refusal and no other."""
    shared = Conversation("C1", shared=True)
    assert judge(shared, user="U1", app_name="b", allow_shared=True) == Destination("C1", join=True)


def test_the_direct_message_of_somebody_else_is_not_ours() -> None:
    """None means: the person's own direct message with the app."""
    other = Conversation("D1", direct=True, user="U2")
    assert judge(other, user="U1", app_name="b", allow_shared=False) is None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Conversation("C1")),
        ({"is_member": True, "is_private": True}, Conversation("C1", member=True, private=True)),
        ({"is_ext_shared": True, "is_shared": True}, Conversation("C1", shared=True)),
        ({"is_pending_ext_shared": True}, Conversation("C1", shared=True)),
        ({"pending_shared": ["T2"]}, Conversation("C1", shared=True)),
        ({"is_org_shared": True, "is_shared": True}, Conversation("C1")),
        ({"is_archived": True}, Conversation("C1", archived=True)),
        ({"is_frozen": True}, Conversation("C1", archived=True)),
        ({"is_im": True, "user": "U1"}, Conversation("C1", direct=True, user="U1")),
        ({"is_mpim": True, "user": 5}, Conversation("C1", group=True)),
        ({"is_member": "yes", "is_archived": 1}, Conversation("C1")),
    ],
)
def test_slacks_channel_object_is_read(more: dict[str, Any], expected: Conversation) -> None:
    """Shared between workspaces of one company is not shared with another company."""
    assert read_conversation({"id": "C1", **more}) == expected


LISTED = {"public": {"C1": [{"ts": "1.5"}]}, "private": {"D1": [{"ts": "2.5", "thread_ts": "1"}]}}


@pytest.mark.parametrize(
    ("shares", "channel", "expected"),
    [
        (LISTED, "C1", Share("1.5", "https://x")),
        (LISTED, "D1", Share("2.5", "https://x")),
        (LISTED, "C2", None),
        ({}, "C1", None),
        (None, "C1", None),
        ([], "C1", None),
        ({"public": {"C1": []}}, "C1", None),
        ({"public": {"C1": [{}, {"ts": None}]}}, "C1", None),
        ({"public": {"C1": "odd"}, "private": None}, "C1", None),
    ],
)
def test_only_a_share_in_the_channel_is_evidence(
    shares: Any, channel: str, expected: Share | None
) -> None:
    """Shared elsewhere, or promised, is not delivered."""
    assert read_share({"shares": shares, "permalink": "https://x"}, channel) == expected


def test_an_answer_without_a_file_is_no_answer() -> None:
    """Neither shared nor unknown: nothing is concluded from it."""
    with pytest.raises(SlackUnreachable):
        read_share(None, "C1")


def test_the_manifest_switches_on_what_is_needed() -> None:
    """Socket Mode, escaped text, and a direct message in which one can type."""
    manifest = read_manifest()
    assert manifest["settings"]["socket_mode_enabled"] is True
    (command,) = manifest["features"]["slash_commands"]
    assert command["should_escape"] is True
    home = manifest["features"]["app_home"]
    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is False


def test_the_manifest_is_within_slacks_limits() -> None:
    """So that Slack takes it when it is pasted (docs: app manifest reference)."""
    shown = read_manifest()["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert yaml.safe_load(manifest_path().read_text(encoding="utf-8")) == read_manifest()


def test_every_scope_has_its_reason_beside_it() -> None:
    """A scope without a reason is one too many."""
    lines = manifest_path().read_text(encoding="utf-8").splitlines()
    scopes = [line for line in lines if line.strip("- ").split(" ")[0] in required_scopes()]
    assert len(scopes) == len(required_scopes())
    assert all(" # " in line for line in scopes)


def test_missing_scopes_are_named() -> None:
    """An installation that is older than the manifest."""
    granted = required_scopes() - {"mpim:read", "channels:join"}
    assert missing_scopes(granted) == ("channels:join", "mpim:read")
    assert missing_scopes(required_scopes() | {"users:read"}) == ()


DOWN = {"connected": False, "greeted": False}
TOKEN = NotSetUp("Slack does not accept SLACK_APP_TOKEN.")
SILENT = SlackUnreachable()


@pytest.mark.parametrize(
    ("seen", "action"),
    [
        (Observation(connected=True, greeted=True, lasting=10_000), Action.NOTHING),
        (Observation(connected=True, greeted=True, refused=SILENT), Action.NOTHING),
        (Observation(connected=True, greeted=False, lasting=29, broken=29), Action.NOTHING),
        (Observation(connected=True, greeted=False, lasting=30, broken=30), Action.RECONNECT),
        (Observation(connected=True, greeted=False, lasting=5, broken=300), Action.GIVE_UP),
        (Observation(**DOWN, lasting=59, broken=59), Action.NOTHING),
        (Observation(**DOWN, lasting=60, broken=60), Action.RECONNECT),
        (
            Observation(**DOWN, connecting=True, has_ticket=True, ticket_age=14, broken=200),
            Action.NOTHING,
        ),
        (
            Observation(**DOWN, connecting=True, has_ticket=True, ticket_age=15, broken=20),
            Action.NEW_TICKET,
        ),
        (Observation(**DOWN, connecting=True, ticket_age=59, broken=59), Action.NOTHING),
        (Observation(**DOWN, connecting=True, ticket_age=60, broken=60), Action.RECONNECT),
        (
            Observation(**DOWN, connecting=True, ticket_age=60, broken=60, refused=SILENT),
            Action.NOTHING,
        ),
        (
            Observation(**DOWN, connecting=True, has_ticket=True, ticket_age=1, broken=300),
            Action.GIVE_UP,
        ),
        (Observation(**DOWN, connecting=True, lasting=90_000, refused=SILENT), Action.NOTHING),
        (
            Observation(**DOWN, connecting=True, lasting=9_000, refused=SlackRateLimited(60)),
            Action.NOTHING,
        ),
        (Observation(**DOWN, connecting=True, broken=1, refused=TOKEN), Action.GIVE_UP),
    ],
)
def test_the_watchdog_decides_by_a_table(seen: Observation, action: Action) -> None:
    """A dead ticket, a bad token, a silent socket, a loop that is gone, an outage of Slack."""
    assert diagnose(seen, PATIENCE) is action
