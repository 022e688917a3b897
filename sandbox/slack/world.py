"""The workspace as it is at the start: Acme, its people and its channels."""

from collections.abc import Callable, Collection
from typing import Any, get_args

from sandbox import kinds
from sandbox.control import BadRequest
from sandbox.slack.workspace import Channel, Kind, Person, Workspace

TEAM = "T0SANDBOX1"
BOT_USER = "U0BOTIFY01"
BOT = "B0BOTIFY01"
APP = "A0BOTIFY01"

ANA = "U0ANA00001"
BEN = "U0BEN00001"

SEO = "C0SEO00001"
GENERAL = "C0GENERAL1"
OLD = "C0OLD00001"
PARTNER = "C0PARTNER1"
SEO_TEAM = "G0TEAM0001"
LEADERSHIP = "G0SECRET01"
ANA_AND_BEN = "D0ANABEN01"
ANA_AND_APP = "D0ANABOT01"
"""The id that `conversations.open` gives to Ana's direct message with the app."""

OPENED = {frozenset({ANA, BOT_USER}): ANA_AND_APP}

BOT_TOKEN = "xoxb-sandbox-bot"
APP_TOKEN = "xapp-sandbox-app"


def build(workspace: Workspace, bot_name: str) -> None:
    """Bring the workspace to its first state."""
    workspace.clear()
    workspace.team_id = TEAM
    workspace.team_name = "Acme"
    workspace.team_domain = "acme"
    workspace.bot_user = BOT_USER
    workspace.bot_id = BOT
    workspace.app_id = APP
    now = workspace.clock.now()
    for person in (
        Person(ANA, "ana", "Ana Silva"),
        Person(BEN, "ben", "Ben Okafor"),
        Person(BOT_USER, "botify-export", bot_name, is_bot=True),
    ):
        workspace.people[person.id] = person
    both = {ANA, BEN}
    for channel in (
        Channel(SEO, "seo", "public", both | {BOT_USER}, now),
        Channel(GENERAL, "general", "public", set(both), now),
        Channel(OLD, "old-projects", "public", set(both), now, is_archived=True),
        Channel(SEO_TEAM, "seo-team", "private", both | {BOT_USER}, now),
        Channel(LEADERSHIP, "leadership", "private", {ANA}, now),
        Channel(PARTNER, "partner", "public", both | {BOT_USER}, now, is_shared=True),
        Channel(ANA_AND_BEN, "", "im", set(both), now),
    ):
        workspace.channels[channel.id] = channel


PERSON_KEYS: dict[str, kinds.Kind] = {
    "id": kinds.TEXT,
    "name": kinds.TEXT,
    "real_name": kinds.TEXT,
    "deleted": kinds.BOOLEAN,
}
CHANNEL_KEYS: dict[str, kinds.Kind] = {
    "id": kinds.TEXT,
    "name": kinds.ANY_TEXT,
    "kind": kinds.one_of(*get_args(Kind)),
    "members": kinds.several(kinds.TEXT),
    "is_archived": kinds.BOOLEAN,
    "is_shared": kinds.BOOLEAN,
}
SEEDED = dict.fromkeys(("people", "channels"), kinds.several(kinds.OBJECT))
"""What a person, a channel and a seed may be."""


def seed(workspace: Workspace, more: Any) -> Callable[[], None]:
    """Read people and channels; what it returns adds them.

    `{"people": [{"id", "name", "real_name"?, "deleted"?}], "channels": [{"id", "name", "kind"?,
    "members": [...], "is_archived"?, "is_shared"?}]}`; `members` may hold the word `app`.

    Raises:
        BadRequest, ValueError: unknown keys, other kinds of values, or a member whom nobody knows.
    """
    more = kinds.read(more, SEEDED)
    people = {person.id: person for person in map(_person, more.get("people", []))}
    known, now = workspace.people.keys() | people.keys(), workspace.clock.now()
    read = [_channel(item, known, now) for item in more.get("channels", [])]
    channels = {channel.id: channel for channel in read}

    def add() -> None:
        workspace.people |= people
        workspace.channels |= channels

    return add


def _person(data: Any) -> Person:
    data = kinds.read(data, PERSON_KEYS, ("id", "name"))
    return Person(
        data["id"],
        data["name"],
        data.get("real_name", data["name"]),
        deleted=data.get("deleted", False),
    )


def _channel(data: Any, known: Collection[str], now: float) -> Channel:
    data = kinds.read(data, CHANNEL_KEYS, ("id", "name", "members"))
    members = {BOT_USER if member == "app" else member for member in data["members"]}
    if strangers := sorted(members - set(known)):
        raise BadRequest(f"slack: nobody has the id {', '.join(strangers)}")
    return Channel(
        data["id"],
        data["name"],
        data.get("kind", "public"),
        members,
        now,
        is_archived=data.get("is_archived", False),
        is_shared=data.get("is_shared", False),
    )
