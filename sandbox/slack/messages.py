"""Messages: what their content may be, how they are shown to apps, how they change."""

import dataclasses
import json
from typing import Any

from sandbox.slack import files, limits, surfaces
from sandbox.slack.blocks import text_length
from sandbox.slack.errors import SlackError, detailed
from sandbox.slack.platform import Platform
from sandbox.slack.views import with_ids
from sandbox.slack.workspace import Channel, Message, Revision

Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Content:
    """What an app wants a message to say. None means that it was not given."""

    text: str | None
    blocks: list[Json] | None
    attachments: list[Json] | None
    metadata: Json | None


def content(
    platform: Platform,
    arguments: Json,
    *,
    longest: int | None = None,
    summed: bool = True,
) -> Content:
    """Read and judge the content of a message.

    `longest` is the length above which text is msg_too_long; without it text is cut.

    Raises:
        SlackError: no_text, msg_too_long, msg_blocks_too_long, invalid_blocks,
            invalid_blocks_format, too_many_attachments, markdown_text_conflict or metadata_*.
    """
    blocks = _listed(arguments.get("blocks"), "invalid_blocks_format")
    attachments = _listed(arguments.get("attachments"), "invalid_attachments")
    text = _text(arguments, longest, alone=not blocks)
    if blocks:
        blocks = _shown(platform, blocks, summed=summed)
    if attachments and len(attachments) > limits.ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for index, attachment in enumerate(attachments or []):
        if "blocks" in attachment:
            _judge(platform, attachment["blocks"], f"/attachments/{index}/blocks")
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    return Content(text, blocks, attachments, _metadata(arguments.get("metadata")))


def post(
    platform: Platform,
    channel: Channel,
    said: Content,
    *,
    thread_ts: str | None = None,
    broadcast: bool = False,
    seen_by: str | None = None,
    file_ids: list[str] | None = None,
) -> Message:
    """Put a message of the app into a conversation."""
    workspace = platform.workspace
    message = workspace.add_message(
        Message(
            channel=channel.id,
            ts=workspace.new_ts(),
            user=workspace.bot_user,
            text=said.text or "",
            blocks=said.blocks or None,
            time=platform.clock.now(),
            thread_ts=thread_ts,
            metadata=said.metadata or None,
            attachments=said.attachments or [],
            seen_by=seen_by,
            broadcast=broadcast,
            file_ids=file_ids or [],
        )
    )
    told(platform, message, "posted")
    return message


def change(platform: Platform, message: Message, said: Content) -> None:
    """Replace what a message says; text without blocks takes the blocks away."""
    revision = Revision(platform.clock.now(), message.text, message.blocks)
    message.history.append(revision)
    if said.text is not None:
        message.text = said.text
    message.blocks = said.blocks or None
    message.shows_edited = not said.blocks
    if said.attachments is not None:
        message.attachments = said.attachments
    if said.metadata is not None:
        message.metadata = said.metadata or None
    told(platform, message, "edited")


def delete(platform: Platform, message: Message) -> None:
    """Take a message away, and the shares of the files in it."""
    del platform.workspace.messages[message.channel][message.ts]
    for file_id in message.file_ids:
        files.unshare(platform, file_id, message)
    told(platform, message, "deleted")


def told(platform: Platform, message: Message, change_: str) -> None:
    """Tell the screens about a message."""
    platform.bus.tell(
        "message", user=message.seen_by, channel=message.channel, ts=message.ts, change=change_
    )


def thread_root(platform: Platform, channel: Channel, thread_ts: str | None) -> str | None:
    """The parent's ts for a reply; a reply's own ts leads to its parent.

    Raises:
        SlackError: thread_not_found.
    """
    if not thread_ts:
        return None
    parent = platform.workspace.message(channel.id, thread_ts)
    if parent is None or parent.seen_by is not None:
        raise SlackError("thread_not_found")
    return parent.thread_ts or parent.ts


def as_api(platform: Platform, message: Message, *, all_metadata: bool = False) -> Json:
    """The message as methods and payloads show it; metadata loses its payload unless asked for."""
    workspace = platform.workspace
    shown: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": workspace.team_id,
    }
    if message.user == workspace.bot_user:
        shown |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.attachments:
        shown["attachments"] = message.attachments
    replies = workspace.replies(message.channel, message.ts)
    if message.thread_ts or replies:
        shown["thread_ts"] = message.thread_ts or message.ts
    if replies:
        shown |= {
            "reply_count": len(replies),
            "latest_reply": replies[-1].ts,
            "reply_users": sorted({each.user for each in replies}),
        }
    if message.file_ids:
        shown["files"] = [
            files.as_api(platform, workspace.files[file_id], shares=False)
            for file_id in message.file_ids
        ]
    if message.history and message.shows_edited:
        shown["edited"] = {"user": message.user, "ts": _ts(message.history[-1].time)}
    if message.metadata is not None:
        kept = message.metadata if all_metadata else {"event_type": message.metadata["event_type"]}
        shown["metadata"] = kept
    return shown


def permalink(platform: Platform, message: Message) -> str:
    """The address of a message."""
    link = f"{platform.origin}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return link


def _ts(moment: float) -> str:
    return f"{int(moment)}.000000"


def _text(arguments: Json, longest: int | None, *, alone: bool) -> str | None:
    """The text, or the Markdown that stands in for it."""
    text = arguments.get("text")
    markdown = arguments.get("markdown_text")
    if not isinstance(text, str | None) or not isinstance(markdown, str | None):
        raise SlackError("invalid_payload")  # from an ack or a response URL: arguments are typed
    if markdown:
        if text or not alone:
            raise SlackError("markdown_text_conflict")
        text, longest = markdown, limits.MARKDOWN_TEXT
    if text and longest is not None and len(text) > longest:
        raise SlackError("msg_too_long")
    return text[: limits.MESSAGE_TEXT] if text else text


def _shown(platform: Platform, blocks: list[Json], *, summed: bool) -> list[Json]:
    """The blocks as they are kept."""
    _judge(platform, blocks, "/blocks")
    if summed and text_length(blocks) > limits.MESSAGE_BLOCKS_TEXT:
        raise SlackError("msg_blocks_too_long")
    return with_ids(platform.workspace, blocks)


def _judge(platform: Platform, blocks: Any, pointer: str) -> None:
    found = surfaces.message_problems(
        blocks,
        platform.manifest.scopes,
        new_blocks=bool(platform.switches["new_blocks"].value),
        pointer=pointer,
    )
    if found:
        raise detailed("invalid_blocks", found)


def _listed(value: Any, error: str) -> list[Json] | None:
    """A JSON array of objects, already decoded."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise SlackError(error)
    return value


def _metadata(value: Any) -> Json | None:
    """Message metadata; an empty object asks for its removal."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SlackError("invalid_metadata_format")
    if not value:
        return {}
    if not isinstance(value.get("event_type"), str) or not isinstance(
        value.get("event_payload"), dict
    ):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(value).encode()) > limits.METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"event_type": value["event_type"], "event_payload": value["event_payload"]}
