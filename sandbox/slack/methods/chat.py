"""chat.postMessage, chat.update, chat.postEphemeral, chat.delete, chat.getPermalink."""

from typing import Any

from sandbox.slack import channels, files, limits, messages
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Message

Json = dict[str, Any]


def post_message(platform: Platform, arguments: Json) -> Json:
    """Post a message of the app."""
    channel = channels.postable(platform, arguments["channel"])
    said = messages.content(platform, arguments)
    root = messages.thread_root(platform, channel, arguments.get("thread_ts"))
    if platform.switches["rate_limits"].value:
        platform.rate_limits.post(channel.id)
    message = messages.post(
        platform,
        channel,
        said,
        thread_ts=root,
        broadcast=bool(arguments.get("reply_broadcast")) and root is not None,
    )
    shown = messages.as_api(platform, message, all_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def update(platform: Platform, arguments: Json) -> Json:
    """Change a message of the app."""
    channel = channels.visible(platform, arguments["channel"])
    message = platform.workspace.message(channel.id, arguments["ts"])
    if message is None or message.seen_by is not None:
        raise SlackError("message_not_found")
    if message.user != platform.workspace.bot_user:
        raise SlackError("cant_update_message")
    if channel.is_archived:
        raise SlackError("is_inactive")
    window = platform.switches["edit_window_closed"].value
    if window is not None and platform.clock.now() - message.time > window:
        raise SlackError("edit_window_closed")
    if arguments.get("blocks") is None and not arguments.get("text"):
        # Only text replaces the blocks: an edit of something else leaves them as they are.
        arguments = {**arguments, "blocks": message.blocks, "text": message.text or None}
    said = messages.content(platform, arguments, longest=limits.UPDATE_TEXT)
    if _rich(message.blocks) and said.blocks and not _rich(said.blocks):
        raise SlackError("block_mismatch")
    if "file_ids" in arguments:
        _attach(platform, message, arguments["file_ids"])
    messages.change(platform, message, said)
    shown = messages.as_api(platform, message, all_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def post_ephemeral(platform: Platform, arguments: Json) -> Json:
    """Show a message to one member of a conversation."""
    channel = channels.postable(platform, arguments["channel"])
    person = platform.workspace.people.get(arguments["user"])
    if person is None or person.id not in channel.members:
        raise SlackError("user_not_in_channel")
    said = messages.content(platform, arguments, longest=limits.MESSAGE_TEXT)
    root = messages.thread_root(platform, channel, arguments.get("thread_ts"))
    message = messages.post(platform, channel, said, thread_ts=root, seen_by=person.id)
    return {"message_ts": message.ts}


def delete(platform: Platform, arguments: Json) -> Json:
    """Delete a message of the app."""
    channel = channels.visible(platform, arguments["channel"])
    message = platform.workspace.message(channel.id, arguments["ts"])
    if message is None or message.seen_by is not None:
        raise SlackError("message_not_found")
    if message.user != platform.workspace.bot_user:
        raise SlackError("cant_delete_message")
    messages.delete(platform, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(platform: Platform, arguments: Json) -> Json:
    """The address of a message."""
    channel = channels.visible(platform, arguments["channel"])
    message = platform.workspace.message(channel.id, arguments["message_ts"])
    if message is None:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": messages.permalink(platform, message)}


def _rich(blocks: list[Json] | None) -> bool:
    """Whether a message is written as rich text alone, which only rich text may replace."""
    return bool(blocks) and all(block["type"] == "rich_text" for block in blocks or [])


def _attach(platform: Platform, message: Message, file_ids: list[str]) -> None:
    found = [files.known(platform, file_id) for file_id in file_ids]
    for file in found:
        if file.id not in message.file_ids:
            message.file_ids.append(file.id)
            files.share(platform, file, message)
