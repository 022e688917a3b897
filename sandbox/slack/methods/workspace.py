"""auth.test, apps.connections.open, users.info, blocks.validate: small ones of several families."""

from typing import Any

from sandbox.slack import surfaces
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform

Json = dict[str, Any]


def auth_test(platform: Platform, arguments: Json) -> Json:
    """Who is calling."""
    workspace = platform.workspace
    if arguments["_token_kind"] == "app":
        return {"app_name": platform.manifest.name, "app_id": workspace.app_id}
    return {
        "url": f"https://{workspace.team_domain}.slack.com/",
        "team": workspace.team_name,
        "user": workspace.people[workspace.bot_user].name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(platform: Platform, _arguments: Json) -> Json:
    """An address that opens one WebSocket, once."""
    if not platform.manifest.socket_mode or platform.switches["sockets"].value == "off":
        raise SlackError("socket_mode_not_enabled")
    ticket = platform.sockets.ticket(platform.workspace.token(32))
    origin = platform.origin.replace("http", "ws", 1)
    return {"url": f"{origin}/link/?ticket={ticket}&app_id={platform.workspace.app_id}"}


def users_info(platform: Platform, arguments: Json) -> Json:
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


def blocks_validate(_platform: Platform, arguments: Json) -> Json:
    """What would be refused in blocks, in a message or in a view, without sending it."""
    given = [key for key in ("blocks", "message", "view") if key in arguments]
    if len(given) != 1:
        raise SlackError("invalid_arguments")
    value = arguments[given[0]]
    if given[0] == "view":
        found = surfaces.view_problems(value)
    elif given[0] == "message":
        found = surfaces.message_problems(value.get("blocks") if isinstance(value, dict) else value)
    else:
        found = surfaces.message_problems(value)
    return {"errors": [{"code": "invalid", "message": text} for text in found]}
