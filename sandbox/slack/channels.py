"""Conversations: what the app may see, and where it may post."""

import re
from typing import Any

from sandbox.slack import world
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Channel, Kind

ID = r"[CGDZ][A-Z0-9]{8,}"
USER_ID = r"[UW][A-Z0-9]{8,}"


def visible(platform: Platform, channel_id: str) -> Channel:
    """A conversation that the app can see at all.

    Raises:
        SlackError: channel_not_found, also for private ones and others' direct messages.
    """
    channel = platform.workspace.channels.get(channel_id)
    if channel is None:
        raise SlackError("channel_not_found")
    if channel.kind != "public" and not platform.workspace.app_is_in(channel):
        raise SlackError("channel_not_found")
    return channel


def postable(platform: Platform, name: str) -> Channel:
    """Where chat.postMessage and chat.postEphemeral may post; a person's id opens their message.

    Raises:
        SlackError: channel_not_found, not_in_channel, is_archived, messages_tab_disabled or
            restricted_action.
    """
    channel = _named(platform, name)
    if channel.is_archived:
        raise SlackError("is_archived")
    if not platform.workspace.app_is_in(channel):
        if "chat:write.public" not in platform.manifest.scopes:
            raise SlackError("not_in_channel")
    elif channel.kind == "im" and not platform.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")
    if channel.is_shared and platform.switches["shared_channels"].value == "denied":
        raise SlackError("restricted_action")
    return channel


def shareable(platform: Platform, channel_id: str) -> Channel:
    """Where a file may be shared: membership is needed, whatever the scopes.

    Raises:
        SlackError: channel_not_found, not_in_channel or posting_to_channel_denied.
    """
    channel = visible(platform, channel_id)
    if not platform.workspace.app_is_in(channel):
        raise SlackError("not_in_channel")
    denied = channel.is_shared and platform.switches["shared_channels"].value == "denied"
    if channel.is_archived or denied:
        raise SlackError("posting_to_channel_denied")
    return channel


def open_direct(platform: Platform, *people: str) -> Channel:
    """The direct message of the app with these people, made where there is none."""
    workspace = platform.workspace
    members = {*people, workspace.bot_user}
    channel = workspace.direct(*members)
    if channel is None:
        fixed = world.OPENED.get(frozenset(members))
        kind: Kind = "im" if len(people) == 1 else "mpim"
        channel_id = fixed or workspace.new_id("D" if kind == "im" else "G")
        channel = Channel(channel_id, "", kind, members, workspace.clock.now())
        workspace.channels[channel.id] = channel
        platform.bus.tell("channel", channel=channel.id)
    return channel


def as_api(platform: Platform, channel: Channel) -> dict[str, Any]:
    """The conversation object of conversations.info."""
    workspace = platform.workspace
    kind = channel.kind
    common = {
        "id": channel.id,
        "created": int(channel.created),
        "is_archived": channel.is_archived,
        "is_im": kind == "im",
        "is_mpim": kind == "mpim",
        "is_org_shared": False,
        "context_team_id": workspace.team_id,
    }
    if kind == "im":
        other = next(iter(sorted(channel.members - {workspace.bot_user})), workspace.bot_user)
        return common | {"user": other, "is_user_deleted": False, "is_open": True, "priority": 0}
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": kind == "public",
        "is_group": kind == "private",
        "is_general": channel.name == "general",
        "is_private": kind != "public",
        "is_member": workspace.app_is_in(channel),
        "is_shared": channel.is_shared,
        "is_ext_shared": channel.is_shared,
        "is_pending_ext_shared": False,
        "creator": min(channel.members, default=workspace.bot_user),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _named(platform: Platform, name: str) -> Channel:
    """A conversation by id, by a person's id, or (public ones) by name."""
    workspace = platform.workspace
    if re.fullmatch(USER_ID, name):
        person = workspace.people.get(name)
        if person is None or person.is_bot:
            raise SlackError("channel_not_found")
        return open_direct(platform, name)
    if re.fullmatch(ID, name):
        return visible(platform, name)
    bare = name.removeprefix("#")
    for channel in workspace.channels.values():
        if channel.name == bare and bare:
            return visible(platform, channel.id)
    raise SlackError("channel_not_found")
