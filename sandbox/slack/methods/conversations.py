"""conversations.info, .open, .join, .members, .list, .history, .replies."""

import base64
import binascii
from typing import Any

from sandbox.slack import channels, limits, messages, scopes
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Channel, Message

Json = dict[str, Any]


def info(platform: Platform, arguments: Json) -> Json:
    """What a conversation is."""
    channel = _readable(platform, arguments["channel"])
    shown = channels.as_api(platform, channel)
    if arguments.get("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def open_(platform: Platform, arguments: Json) -> Json:
    """Open the direct message with one person, or with several."""
    if "channel" in arguments:
        channel = channels.visible(platform, arguments["channel"])
        if channel.kind not in scopes.WRITE:
            raise SlackError("method_not_supported_for_channel_type")
        scopes.require(platform.manifest.scopes, scopes.WRITE[channel.kind])
        return {"no_op": True, "already_open": True, "channel": _opened(platform, channel)}
    people = arguments.get("users")
    if people is None:
        raise SlackError("users_list_not_supplied")
    if not people:
        raise SlackError("not_enough_users")
    if len(people) > limits.OPEN_USERS:
        raise SlackError("too_many_users")
    for user in people:
        person = platform.workspace.people.get(user)
        if person is None or person.is_bot:
            raise SlackError("user_not_found")
        if person.deleted:
            raise SlackError("user_disabled")
    scopes.require(platform.manifest.scopes, scopes.WRITE["im" if len(people) == 1 else "mpim"])
    known = platform.workspace.direct(*people, platform.workspace.bot_user)
    channel = channels.open_direct(platform, *people)
    answer: Json = {"channel": {"id": channel.id}}
    if arguments.get("return_im"):
        answer["channel"] = _opened(platform, channel)
    return answer | ({"no_op": True, "already_open": True} if known is not None else {})


def join(platform: Platform, arguments: Json) -> Json:
    """Make the app a member of a public channel."""
    channel = channels.visible(platform, arguments["channel"])
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    workspace = platform.workspace
    answer: Json = {"channel": channels.as_api(platform, channel)}
    if workspace.app_is_in(channel):
        return answer | {"warning": "already_in_channel"}
    channel.members.add(workspace.bot_user)
    workspace.joins.append({"channel": channel.id, "time": platform.clock.now()})
    platform.bus.tell("channel", channel=channel.id)
    return {"channel": channels.as_api(platform, channel)}


def members(platform: Platform, arguments: Json) -> Json:
    """Who is in a conversation."""
    channel = _readable(platform, arguments["channel"])
    page, cursor = _page(sorted(channel.members), arguments, limits.PAGE_DEFAULT, limits.PAGE)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def list_(platform: Platform, arguments: Json) -> Json:
    """The conversations that the app can see, of the wanted kinds."""
    kinds = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
    wanted = arguments.get("types") or ["public_channel"]
    if unknown := [word for word in wanted if word not in kinds]:
        raise SlackError("invalid_types", needed=",".join(unknown))
    chosen = {kinds[word] for word in wanted}
    for kind, scope in scopes.READ.items():
        if kind in chosen:
            scopes.require(platform.manifest.scopes, scope)
    workspace = platform.workspace
    seen = [
        channels.as_api(platform, channel)
        for channel in workspace.channels.values()
        if channel.kind in chosen
        and (channel.kind == "public" or workspace.app_is_in(channel))
        and not (arguments.get("exclude_archived") and channel.is_archived)
    ]
    page, cursor = _page(seen, arguments, limits.PAGE_DEFAULT, limits.PAGE)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def history(platform: Platform, arguments: Json) -> Json:
    """The messages of a conversation, newest first, without replies."""
    channel = _remembered(platform, arguments["channel"])
    found = [
        message
        for message in platform.workspace.in_channel(channel.id)
        if message.thread_ts in (None, message.ts) or message.broadcast
    ]
    return _messages(platform, list(reversed(found)), arguments)


def replies(platform: Platform, arguments: Json) -> Json:
    """A message with its replies, oldest first."""
    channel = _remembered(platform, arguments["channel"])
    parent = platform.workspace.message(channel.id, arguments["ts"])
    if parent is None:
        raise SlackError("thread_not_found")
    root = parent.thread_ts or parent.ts
    found = [
        message
        for message in platform.workspace.in_channel(channel.id)
        if root in (message.ts, message.thread_ts)
    ]
    return _messages(platform, found, arguments)


def _messages(platform: Platform, found: list[Message], arguments: Json) -> Json:
    restricted = bool(platform.switches["restricted_history"].value)
    most = limits.RESTRICTED_HISTORY_PAGE if restricted else limits.HISTORY_PAGE
    usual = limits.RESTRICTED_HISTORY_PAGE if restricted else limits.PAGE_DEFAULT
    kept = [
        message for message in found if message.seen_by is None and _between(message.ts, arguments)
    ]
    page, cursor = _page(kept, arguments, usual, most)
    everything = bool(arguments.get("include_all_metadata"))
    answer: Json = {
        "messages": [messages.as_api(platform, each, all_metadata=everything) for each in page],
        "has_more": bool(cursor),
    }
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def _between(ts: str, arguments: Json) -> bool:
    inclusive = bool(arguments.get("inclusive"))
    oldest, latest = arguments.get("oldest"), arguments.get("latest")
    try:
        moment = float(ts)
        after = oldest is None or moment > float(oldest) or (inclusive and moment == float(oldest))
        before = latest is None or moment < float(latest) or (inclusive and moment == float(latest))
    except ValueError:
        raise SlackError("invalid_ts_oldest" if oldest else "invalid_ts_latest") from None
    return after and before


def _readable(platform: Platform, channel_id: str) -> Channel:
    channel = channels.visible(platform, channel_id)
    scopes.require(platform.manifest.scopes, scopes.READ[channel.kind])
    return channel


def _remembered(platform: Platform, channel_id: str) -> Channel:
    channel = channels.visible(platform, channel_id)
    scopes.require(platform.manifest.scopes, scopes.HISTORY[channel.kind])
    if not platform.workspace.app_is_in(channel):
        raise SlackError("not_in_channel")
    return channel


def _opened(platform: Platform, channel: Channel) -> Json:
    return channels.as_api(platform, channel)


def _page(items: list[Any], arguments: Json, usual: int, most: int) -> tuple[list[Any], str]:
    limit = min(arguments.get("limit") or usual, most)
    if limit < 1:
        raise SlackError("invalid_limit")
    start = _start(arguments.get("cursor"))
    end = start + limit
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], following


def _start(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
