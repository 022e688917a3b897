"""Events: what happened, told to an app whose manifest subscribes to it."""

from typing import Any

from sandbox.slack.platform import Platform

Json = dict[str, Any]

VERIFICATION_TOKEN = "sandbox-verification"


def tell(platform: Platform, name: str, body: Json) -> None:
    """Send an event with its retries, where the manifest subscribes to this name."""
    if name in platform.manifest.events:
        platform.later(platform.envelopes.tell(event(platform, body)))


def event(platform: Platform, body: Json) -> Json:
    """The outer part of an Events API payload."""
    workspace = platform.workspace
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": body | {"event_ts": workspace.new_ts()},
        "type": "event_callback",
        "event_id": workspace.new_id("Ev"),
        "event_time": int(platform.clock.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": workspace.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }
