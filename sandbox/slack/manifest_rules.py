"""What a manifest may say (docs: app manifest reference), and what its parts need of each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.slack import limits
from sandbox.slack.schema import (
    Rule,
    anything,
    array,
    boolean,
    integer,
    one_of,
    problems,
    said,
    string,
    thing,
)

BOT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "bookmarks:read",
        "bookmarks:write",
        "calls:read",
        "calls:write",
        "canvases:read",
        "canvases:write",
        "channels:history",
        "channels:join",
        "channels:manage",
        "channels:read",
        "channels:write.invites",
        "channels:write.topic",
        "chat:write",
        "chat:write.customize",
        "chat:write.public",
        "commands",
        "conversations.connect:manage",
        "conversations.connect:read",
        "conversations.connect:write",
        "dnd:read",
        "emoji:read",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "groups:write.invites",
        "groups:write.topic",
        "im:history",
        "im:read",
        "im:write",
        "im:write.topic",
        "incoming-webhook",
        "links.embed:write",
        "links:read",
        "links:write",
        "lists:read",
        "lists:write",
        "metadata.message:read",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "mpim:write.topic",
        "pins:read",
        "pins:write",
        "reactions:read",
        "reactions:write",
        "reminders:read",
        "reminders:write",
        "remote_files:read",
        "remote_files:share",
        "remote_files:write",
        "team.preferences:read",
        "team:read",
        "triggers:read",
        "triggers:write",
        "usergroups:read",
        "usergroups:write",
        "users.profile:read",
        "users:read",
        "users:read.email",
        "users:write",
        "workflow.steps:execute",
    }
)
"""The scopes that a bot can have (docs: scopes)."""

EVENTS: dict[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_rate_limited": (),
    "app_uninstalled": (),
    "channel_archive": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "channel_rename": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "file_deleted": ("files:read",),
    "file_shared": ("files:read",),
    "function_executed": (),
    "link_shared": ("links:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "reaction_added": ("reactions:read",),
    "team_join": ("users:read",),
    "tokens_revoked": (),
    "user_change": ("users:read",),
}
"""The events that a bot can subscribe to here, and the scopes of which each needs one."""

FLAGS = dict.fromkeys(
    (
        "socket_mode_enabled",
        "org_deploy_enabled",
        "token_rotation_enabled",
        "is_hosted",
        "is_mcp_enabled",
    ),
    boolean,
)
URL = string(1, limits.MANIFEST_URL, r"https?://.+")


def _scope(value: Any, pointer: str) -> Iterator[str]:
    if not isinstance(value, str) or value not in BOT_SCOPES:
        yield said(f"unknown scope: {value}", pointer)


def _event(value: Any, pointer: str) -> Iterator[str]:
    if not isinstance(value, str) or value not in EVENTS:
        yield said(f"unknown event: {value}", pointer)


SCOPES = array(_scope, 0, limits.MANIFEST_SCOPES)

FEATURES: dict[str, Rule] = {
    "app_home": thing(
        dict.fromkeys(
            ("home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"), boolean
        )
    ),
    "bot_user": thing(
        {"display_name": string(1, limits.BOT_NAME), "always_online": boolean}, ("display_name",)
    ),
    "shortcuts": array(
        thing(
            {
                "name": string(1, limits.SHORTCUT_NAME),
                "type": one_of("global", "message"),
                "callback_id": string(1, limits.CALLBACK_ID),
                "description": string(1, limits.SHORTCUT_DESCRIPTION),
            },
            ("name", "type", "callback_id", "description"),
        ),
        0,
        limits.SHORTCUTS,
    ),
    "slash_commands": array(
        thing(
            {
                "command": string(2, limits.COMMAND, r"/\S+"),
                "description": string(1, limits.COMMAND_DESCRIPTION),
                "usage_hint": string(0, limits.USAGE_HINT),
                "should_escape": boolean,
                "url": URL,
            },
            ("command", "description"),
        ),
        0,
        limits.COMMANDS,
    ),
    "unfurl_domains": array(string(1, pattern=r"[a-z0-9.-]+"), 0, limits.UNFURL_DOMAINS),
    "rich_previews": anything,
    "assistant_view": anything,
    "agent_view": anything,
    "user_connections": anything,
}
OAUTH: dict[str, Rule] = {
    "redirect_urls": array(URL, 0, limits.REDIRECT_URLS),
    "scopes": thing(
        {"bot": SCOPES, "user": anything, "bot_optional": SCOPES, "user_optional": anything}
    ),
    "token_management_enabled": boolean,
    "pkce_enabled": boolean,
}
SETTINGS: dict[str, Rule] = {
    **FLAGS,
    "event_subscriptions": thing(
        {
            "request_url": URL,
            "bot_events": array(_event, 0, limits.EVENTS),
            "user_events": array(string(1), 0, limits.EVENTS),
            "metadata_subscriptions": anything,
        }
    ),
    "interactivity": thing(
        {"is_enabled": boolean, "request_url": URL, "message_menu_options_url": URL},
        ("is_enabled",),
    ),
    "function_runtime": one_of("remote", "slack"),
    "incoming_webhooks": anything,
    "allowed_ip_address_ranges": anything,
    "siws_links": anything,
    "hermes_app_type": anything,
}
MANIFEST = thing(
    {
        "$schema": string(),
        "_metadata": thing({"major_version": integer(1, 2), "minor_version": integer(0)}),
        "display_information": thing(
            {
                "name": string(1, limits.APP_NAME),
                "description": string(1, limits.APP_DESCRIPTION),
                "long_description": string(limits.LONG_DESCRIPTION_LEAST, limits.LONG_DESCRIPTION),
                "background_color": string(pattern=r"#([0-9a-fA-F]{3}){1,2}"),
            },
            ("name",),
        ),
        "features": thing(FEATURES),
        "oauth_config": thing(OAUTH),
        "settings": thing(SETTINGS),
        "functions": anything,
    },
    ("display_information",),
)


def manifest_problems(data: Any) -> list[str]:
    """All that Slack would refuse in a manifest; nothing where the app can be created from it."""
    return problems(MANIFEST, data, "") or [text for check in CHECKS for text in check(data)]


def _commands_are_granted(data: Mapping[str, Any]) -> Iterator[str]:
    features = data.get("features", {})
    for part in ("slash_commands", "shortcuts"):
        if features.get(part) and "commands" not in _granted(data):
            yield said("requires the bot scope commands", f"/features/{part}")


def _events_are_granted(data: Mapping[str, Any]) -> Iterator[str]:
    subscriptions = data.get("settings", {}).get("event_subscriptions", {})
    for index, name in enumerate(subscriptions.get("bot_events", [])):
        needed = EVENTS[name]
        if needed and not set(needed) & _granted(data):
            place = f"/settings/event_subscriptions/bot_events/{index}"
            yield said(f"{name} requires the bot scope {' or '.join(needed)}", place)


def _optional_scopes_are_scopes(data: Mapping[str, Any]) -> Iterator[str]:
    scopes = data.get("oauth_config", {}).get("scopes", {})
    for index, scope in enumerate(scopes.get("bot_optional", [])):
        if scope not in scopes.get("bot", []):
            yield said(
                f"{scope} is not among the bot scopes", f"/oauth_config/scopes/bot_optional/{index}"
            )


def _granted(data: Mapping[str, Any]) -> set[str]:
    return set(data.get("oauth_config", {}).get("scopes", {}).get("bot", []))


CHECKS = (_commands_are_granted, _events_are_granted, _optional_scopes_are_scopes)
"""What is judged over the whole manifest, once its parts are good."""
