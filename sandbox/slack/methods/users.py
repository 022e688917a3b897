"""users.info."""

from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform

Json = dict[str, Any]


def info(platform: Platform, arguments: Json) -> Json:
    """Who a person is."""
    person = platform.workspace.people.get(arguments["user"])
    if person is None:
        raise SlackError("user_not_found")
    return {
        "user": {
            "id": person.id,
            "team_id": platform.workspace.team_id,
            "name": person.name,
            "real_name": person.real_name,
            "deleted": person.deleted,
            "is_bot": person.is_bot,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_stranger": False,
            "tz": "Europe/Paris",
            "tz_offset": 3600,
            "profile": {"real_name": person.real_name, "display_name": person.name},
        }
    }
