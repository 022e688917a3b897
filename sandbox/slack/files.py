"""Files: reserved, uploaded, completed once, shared a little later."""

import asyncio
import hashlib
import mimetypes
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from sandbox.slack import events, limits
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Message, StoredFile

Json = dict[str, Any]


class BadUpload(Exception):
    """The bytes were refused; the text is what the upload address answers."""


def reserve(platform: Platform, name: str, length: int) -> StoredFile:
    """Promise a place for so many bytes."""
    workspace = platform.workspace
    file = StoredFile(
        id=workspace.new_id("F"),
        name=name,
        length=length,
        owner=workspace.bot_user,
        created=platform.clock.now(),
        ticket=workspace.token(32),
        title=name,
    )
    workspace.files[file.id] = file
    return file


async def receive(platform: Platform, ticket: str, chunks: AsyncIterator[bytes]) -> StoredFile:
    """Take the bytes; only the exact number that was announced is kept.

    Raises:
        BadUpload: an unknown or spent address, another number of bytes, or a client that left.
    """
    file = next((each for each in platform.workspace.files.values() if each.ticket == ticket), None)
    age = platform.clock.now() - file.created if file is not None else 0.0
    if file is None or file.completed is not None or age > limits.UPLOAD_SECONDS:
        raise BadUpload("no such upload")
    file.attempts += 1
    if file.attempts > 1 and platform.switches["upload_twice"].value == "refused":
        raise BadUpload("this upload was used")
    path = platform.files / f"{file.id}-{file.attempts}"
    digest = hashlib.sha256()
    received = 0
    gone = suppress(ConnectionError)  # a client may go away, or be killed
    with await asyncio.to_thread(path.open, "wb") as sink, gone:
        async for chunk in chunks:
            received += len(chunk)
            if received <= file.length:
                digest.update(chunk)
                await asyncio.to_thread(sink.write, chunk)
    if received != file.length:
        await asyncio.to_thread(path.unlink)
        raise BadUpload(f"{received} bytes instead of {file.length}")
    file.path = path
    file.sha256 = digest.hexdigest()
    return file


def completable(platform: Platform, file_id: str) -> StoredFile:
    """A file whose bytes are there and that was not completed yet.

    Raises:
        SlackError: file_not_found.
    """
    file = platform.workspace.files.get(file_id)
    if file is None or file.path is None or file.completed is not None or file.deleted:
        raise SlackError("file_not_found")
    return file


def known(platform: Platform, file_id: str) -> StoredFile:
    """A completed file.

    Raises:
        SlackError: file_not_found or file_deleted.
    """
    file = platform.workspace.files.get(file_id)
    if file is None or file.completed is None:
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    return file


def share(platform: Platform, file: StoredFile, message: Message) -> None:
    """Note that a message carries the file."""
    entry: Json = {
        "reply_users": [],
        "reply_users_count": 0,
        "reply_count": 0,
        "ts": message.ts,
        "channel_name": platform.workspace.channels[message.channel].name,
        "team_id": platform.workspace.team_id,
        "share_user_id": file.owner,
    }
    if message.thread_ts:
        entry["thread_ts"] = message.thread_ts
    file.shares.setdefault(message.channel, []).append(entry)
    platform.bus.tell("file", file=file.id, channel=message.channel)
    if platform.workspace.app_is_in(platform.workspace.channels[message.channel]):
        told = {"file_id": file.id, "file": {"id": file.id}, "user_id": file.owner}
        events.tell(
            platform, "file_shared", {"type": "file_shared", "channel_id": message.channel, **told}
        )


def unshare(platform: Platform, file_id: str, message: Message) -> None:
    """Note that the message which carried the file is gone."""
    file = platform.workspace.files[file_id]
    left = [each for each in file.shares.get(message.channel, []) if each["ts"] != message.ts]
    file.shares[message.channel] = left
    if not left:
        del file.shares[message.channel]


def remove(platform: Platform, file: StoredFile) -> None:
    """Delete a file; messages keep their place without it."""
    file.deleted = True
    file.shares.clear()
    for messages in platform.workspace.messages.values():
        for message in messages.values():
            if file.id in message.file_ids:
                message.file_ids.remove(file.id)
                platform.bus.tell(
                    "message", channel=message.channel, ts=message.ts, change="edited"
                )


def listed(platform: Platform, file: StoredFile) -> bool:
    """Whether files.info tells the shares yet."""
    return file.info_calls >= int(platform.switches["share_after_calls"].value)


def mimetype(file: StoredFile) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def as_api(platform: Platform, file: StoredFile, *, shares: bool = True) -> Json:
    """The file object of files.info; just after completion it still lacks much."""
    origin = platform.origin
    ready = shares and listed(platform, file)
    shown: Json = {
        "id": file.id,
        "created": int(file.created),
        "timestamp": int(file.created),
        "name": file.name,
        "title": file.title,
        "mimetype": mimetype(file) if ready or not shares else "",
        "filetype": file.name.rpartition(".")[2] if "." in file.name else "binary",
        "user": file.owner,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "url_private": f"{origin}/files-pri/{file.id}/{file.name}",
        "url_private_download": f"{origin}/files-pri/{file.id}/download/{file.name}",
        "permalink": f"{origin}/files/{file.owner}/{file.id}/{file.name}",
        "channels": [],
        "groups": [],
        "ims": [],
    }
    if not shares:
        return shown
    shown["shares"] = {}
    if ready:
        for channel_id, entries in file.shares.items():
            kind = platform.workspace.channels[channel_id].kind
            place = "public" if kind == "public" else "private"
            shown["shares"].setdefault(place, {})[channel_id] = entries
            lists = {"public": "channels", "private": "groups", "im": "ims", "mpim": "groups"}
            shown[lists[kind]].append(channel_id)
            shown["is_public"] = shown["is_public"] or kind == "public"
    return shown
