"""auth.test."""

from typing import Any

from sandbox.slack.platform import Platform

Json = dict[str, Any]


def test(platform: Platform, arguments: Json) -> Json:
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
