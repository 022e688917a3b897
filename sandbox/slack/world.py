"""The workspace as it is at the start: Acme, its people and its channels."""

from typing import Any

from sandbox.control import BadRequest
from sandbox.slack.workspace import Channel, Person, Workspace

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


def seed(workspace: Workspace, more: dict[str, Any]) -> None:
    """Add people and channels.

    `{"people": [{"id", "name", "real_name"?, "deleted"?}], "channels": [{"id", "name", "kind"?,
    "members": [...], "is_archived"?, "is_shared"?}]}`; `members` may hold the word `app`.

    Raises:
        BadRequest: unknown keys, or a member whom nobody knows.
    """
    if unknown := sorted(more.keys() - {"people", "channels"}):
        raise BadRequest(f"slack: unknown keys: {', '.join(unknown)}")
    for item in more.get("people", []):
        workspace.people[item["id"]] = Person(
            item["id"],
            item["name"],
            item.get("real_name", item["name"]),
            deleted=item.get("deleted", False),
        )
    for item in more.get("channels", []):
        members = {BOT_USER if member == "app" else member for member in item["members"]}
        if strangers := sorted(members - workspace.people.keys()):
            raise BadRequest(f"slack: nobody has the id {', '.join(strangers)}")
        workspace.channels[item["id"]] = Channel(
            item["id"],
            item["name"],
            item.get("kind", "public"),
            members,
            workspace.clock.now(),
            is_archived=item.get("is_archived", False),
            is_shared=item.get("is_shared", False),
        )
