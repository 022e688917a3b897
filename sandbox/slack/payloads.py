"""Payloads: what the app is sent when a person does something."""

from typing import Any

from sandbox.slack import messages
from sandbox.slack.events import VERIFICATION_TOKEN
from sandbox.slack.platform import Platform
from sandbox.slack.views import View
from sandbox.slack.workspace import Channel, Message

Json = dict[str, Any]


def person(platform: Platform, user: str) -> Json:
    """The `user` of an interaction."""
    name = platform.workspace.people[user].name
    return {"id": user, "username": name, "name": name, "team_id": platform.workspace.team_id}


def team(platform: Platform) -> Json:
    workspace = platform.workspace
    return {"id": workspace.team_id, "domain": workspace.team_domain}


def place(channel: Channel) -> Json:
    """The `channel` of an interaction; direct messages and private ones have their own names."""
    names = {"im": "directmessage", "mpim": "mpdm", "private": "privategroup"}
    return {"id": channel.id, "name": names.get(channel.kind, channel.name)}


def interaction(platform: Platform, kind: str, user: str) -> Json:
    """What all interactions have in common."""
    return {
        "type": kind,
        "user": person(platform, user),
        "api_app_id": platform.workspace.app_id,
        "token": VERIFICATION_TOKEN,
        "team": team(platform),
        "enterprise": None,
        "is_enterprise_install": False,
    }


def response_url(platform: Platform, user: str, channel: str, original: Message | None) -> str:
    """A new response URL, absolute."""
    word = f"{platform.workspace.team_id}/{platform.workspace.token(12)}"
    ts = original.ts if original is not None else None
    return platform.origin + platform.response_urls.issue(word, user, channel, ts)


def command(platform: Platform, user: str, channel: Channel, name: str, text: str) -> Json:
    """A slash command."""
    workspace = platform.workspace
    where = place(channel)
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": where["id"],
        "channel_name": where["name"],
        "user_id": user,
        "user_name": workspace.people[user].name,
        "command": name,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url(platform, user, channel.id, None),
        "trigger_id": platform.triggers.issue(user, channel=channel.id),
    }


def on_view(platform: Platform, view: View) -> Json:
    """Where an interaction in a view happened."""
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": platform.views.as_api(view),
    }


def on_message(platform: Platform, message: Message, user: str) -> Json:
    """Where an interaction in a message happened."""
    channel = platform.workspace.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.seen_by is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    where: Json = {"container": container, "channel": place(channel)}
    if message.seen_by is None:
        where["message"] = messages.as_api(platform, message)
    where["state"] = {"values": message.chosen.get(user, {})}
    return where
