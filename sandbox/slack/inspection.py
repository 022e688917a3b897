"""The whole workspace as JSON, for tests: `GET /control/state/slack`."""

from typing import Any

from sandbox.slack.people import message_json, view_json
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Message, StoredFile

Json = dict[str, Any]


def state(platform: Platform) -> Json:
    """Messages, ephemeral messages, files, views, joins, notices, channels and connections."""
    workspace = platform.workspace
    everything = [
        message
        for channel in workspace.channels.values()
        for message in workspace.in_channel(channel.id)
    ]
    return {
        "messages": [_message(platform, each) for each in everything if each.seen_by is None],
        "ephemeral": [_message(platform, each) for each in everything if each.seen_by is not None],
        "files": [_file(each) for each in workspace.files.values()],
        "views": [view_json(view) | {"user": view.user} for view in platform.views.all()],
        "joins": workspace.joins,
        "notices": [
            notice.as_json() | {"user": notice.user} for notice in workspace.notices.values()
        ],
        "channels": [
            {
                "id": channel.id,
                "name": channel.name,
                "kind": channel.kind,
                "members": sorted(channel.members),
                "app_is_member": workspace.app_is_in(channel),
                "is_archived": channel.is_archived,
                "is_shared": channel.is_shared,
            }
            for channel in workspace.channels.values()
        ],
        "connections": len(platform.sockets.connections),
    }


def _message(platform: Platform, message: Message) -> Json:
    shown = message_json(platform, message, message.seen_by or message.user)
    del shown["state"]
    return shown | {
        "seen_by": message.seen_by,
        "metadata": message.metadata,
        "history": [
            {"time": each.time, "text": each.text, "blocks": each.blocks}
            for each in message.history
        ],
    }


def _file(file: StoredFile) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.length,
        "sha256": file.sha256,
        "state": _state(file),
        "initial_comment": file.initial_comment,
        "channels": file.channels,
        "shares": file.shares,
        "info_calls": file.info_calls,
        "upload_attempts": file.attempts,
    }


def _state(file: StoredFile) -> str:
    if file.deleted:
        return "deleted"
    if file.completed is not None:
        return "shared" if file.shares else "completed"
    return "uploaded" if file.path is not None else "reserved"
