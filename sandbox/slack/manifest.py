"""The app as its manifest describes it: scopes, commands, shortcuts, events, surfaces."""

import dataclasses
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.slack import manifest_rules


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What Slack knows of the app."""

    name: str
    bot_name: str
    scopes: frozenset[str]
    """The bot's scopes; the optional ones count as granted."""
    commands: tuple[dict[str, Any], ...]
    shortcuts: tuple[dict[str, Any], ...]
    events: frozenset[str]
    interactive: bool
    socket_mode: bool
    home_tab: bool
    messages_tab: bool
    interactivity_url: str | None = None
    options_url: str | None = None
    events_url: str | None = None
    """Where HTTP mode posts to; None in Socket Mode."""

    def command(self, name: str) -> dict[str, Any] | None:
        """The entry of a slash command."""
        return next((each for each in self.commands if each.get("command") == name), None)

    def shortcut(self, callback_id: str) -> dict[str, Any] | None:
        """The entry of a shortcut."""
        return next(
            (each for each in self.shortcuts if each.get("callback_id") == callback_id), None
        )


_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C where PyYAML has it: ten times as fast, and a workspace is made for each test."""


class BadManifest(ValueError):
    """Slack would create no app from this manifest; the text says why."""


def read(path: Path) -> Manifest:
    """Read a manifest in YAML or JSON; where there is no file the app may do nothing.

    Raises:
        BadManifest: it breaks a rule of Slack's.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    data = yaml.load(text, Loader=_LOADER) or {}  # noqa: S506 - both are safe loaders
    if data != {} and (found := manifest_rules.manifest_problems(data)):
        raise BadManifest(f"{path.name}: {'; '.join(found)}")
    features = data.get("features", {})
    settings = data.get("settings", {})
    interactivity = settings.get("interactivity", {})
    subscriptions = settings.get("event_subscriptions", {})
    home = features.get("app_home", {})
    name = data.get("display_information", {}).get("name", "App")
    return Manifest(
        name=name,
        bot_name=features.get("bot_user", {}).get("display_name", name),
        scopes=frozenset(data.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
        commands=tuple(features.get("slash_commands", [])),
        shortcuts=tuple(features.get("shortcuts", [])),
        events=frozenset(subscriptions.get("bot_events", [])),
        interactive=bool(interactivity.get("is_enabled", False)),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
        interactivity_url=interactivity.get("request_url"),
        options_url=interactivity.get("message_menu_options_url"),
        events_url=subscriptions.get("request_url"),
    )
