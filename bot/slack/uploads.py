"""Files: reserve, send, complete, and see.

Done by hand, because the SDK's `files_upload_v2` holds the whole file in memory twice, stops
after 30 seconds, and does not tell the file id when it fails.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Final

import aiohttp
from slack_sdk.proxy_env_variable_loader import load_http_proxy_from_env

from bot.model.errors import TELL, ProductError, SlackRefused, SlackUnreachable
from bot.slack.calls import call, text_of
from bot.slack.clients import SlackClients
from bot.slack.errors import FileMissing, slack_error, status_error

PIECE_BYTES: Final = 1 << 20
"""Read from disk and handed to the socket at a time."""

SILENT_SECONDS: Final = 300
"""So long may the other side take neither bytes nor answer."""

SEND_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=SILENT_SECONDS)
"""A large file may take an hour; a silent connection may not."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Room for one file at Slack.

    Attributes:
        file_id: stored before the bytes are sent.
        upload_url: takes the bytes without a token: whoever holds it may write the file.
    """

    file_id: str
    upload_url: str

    def __repr__(self) -> str:
        return f"Reservation(file_id={self.file_id!r})"


@dataclass(frozen=True, slots=True)
class Share:
    """The evidence that a file is in a channel.

    Attributes:
        ts: the message that carries it.
        permalink: the file's address, for people; None when Slack did not say.
    """

    ts: str
    permalink: str | None = None


async def reserve(clients: SlackClients, name: str, size: int) -> Reservation:
    """Ask for room for a file of exactly this size. Idempotent: unused room vanishes.

    Args:
        clients: to ask with.
        name: as people will see it.
        size: bytes, at least 1: Slack takes no empty file.

    Raises:
        SlackRefused: the workspace does not take such files.
    """
    answer = await call(
        clients.bolt, clients.gate, "files.getUploadURLExternal", filename=name, length=size
    )
    return Reservation(text_of(answer, "file_id"), text_of(answer, "upload_url"))


async def send(url: str, path: Path, size: int, progress: Callable[[int], None]) -> None:
    """Send a file's bytes to a reservation, from disk, in constant memory.

    No token goes with them: the address itself is the permission. After any error the file needs
    a new reservation, because it is not documented whether an address takes a second try.

    Args:
        url: of the reservation.
        path: the file.
        size: bytes that were reserved.
        progress: is told the bytes sent so far, after every piece.

    Raises:
        FileMissing: there is no such file.
        SlackRefused: the file on disk is not as long as was reserved, or Slack does not take it.
        SlackUnreachable: anything else but `OK - <size>`.
    """
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except FileNotFoundError as error:
        raise FileMissing from error
    except OSError as error:
        raise SlackRefused("The file cannot be read from the disk of this app.") from error
    try:
        found = await asyncio.to_thread(_length, file)
        if found != size:
            raise SlackRefused(
                f"The file on disk has {found} bytes, not {size}.",
                "Press Retry: it is fetched from Botify again.",
            )
        answer = await _post(url, file, size, progress)
    finally:
        await asyncio.to_thread(file.close)
    if not confirms(answer, size):
        raise SlackUnreachable("Slack did not confirm the size of the file.")


def confirms(answer: str, size: int) -> bool:
    """Whether the answer to the bytes says that they are stored: `OK - <bytes>`.

    A plain `OK` is believed too, because the file's record decides before anything is called
    delivered; another number, or anything else, is not.
    """
    said = re.fullmatch(r"ok(?:\s*-\s*(\d+))?", answer.strip(), re.IGNORECASE | re.ASCII)
    return said is not None and (said[1] is None or int(said[1]) == size)


async def _post(url: str, file: BinaryIO, size: int, progress: Callable[[int], None]) -> str:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SILENT_SECONDS) as patience:

            def note(sent: int) -> None:
                patience.reschedule(loop.time() + SILENT_SECONDS)
                progress(sent)

            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Length": str(size),  # Slack compares it; chunks would hide it
            }
            async with (
                aiohttp.ClientSession(timeout=SEND_TIMEOUT) as session,
                session.post(
                    url,
                    data=_pieces(file, note),
                    headers=headers,
                    proxy=load_http_proxy_from_env(),  # as the SDK does for every other call
                    allow_redirects=False,
                ) as response,
            ):
                text = await response.text(errors="replace")
                if response.status != HTTPStatus.OK:
                    raise _refusal(response)
                return text
    except (aiohttp.ClientError, OSError) as error:
        raise slack_error(error) from error


async def _pieces(file: BinaryIO, note: Callable[[int], None]) -> AsyncIterator[bytes]:
    sent = 0
    while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
        yield piece
        sent += len(piece)
        note(sent)


def _length(file: BinaryIO) -> int:
    length = file.seek(0, 2)
    file.seek(0)
    return length


def _refusal(response: aiohttp.ClientResponse) -> ProductError:
    if response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return SlackRefused(
            "This workspace does not take files of this size.",
            TELL,
            remedy="SLACK_UPLOAD_LIMIT_BYTES can be lowered: larger files are then split.",
        )
    return status_error(response.status, response.headers.get("Retry-After"))


async def complete(
    clients: SlackClients,
    file_id: str,
    title: str,
    channel: str,
    comment: str,
    thread_ts: str | None = None,
) -> None:
    """Share a sent file in a conversation. Not repeatable: the caller looks for the share first.

    Slack shares in its own time: a good answer does not mean that the file is there yet.

    Args:
        clients: to ask with.
        file_id: of the reservation.
        title: stands above the file.
        channel: an id; Slack takes no name and no user id here.
        comment: mrkdwn, the text of the message that carries the file.
        thread_ts: the message to reply to.

    Raises:
        FileUnknown: the bytes were not stored, or were discarded: from a new reservation.
        ProductError: with `repeat` UNKNOWN where the file may be shared nevertheless.
    """
    await call(
        clients.posting,
        clients.gate,
        "files.completeUploadExternal",
        files=[{"id": file_id, "title": title}],
        channel_id=channel,
        initial_comment=comment,
        thread_ts=thread_ts,
    )


async def find_share(clients: SlackClients, file_id: str, channel: str) -> Share | None:
    """Look whether a file is in a conversation.

    Returns:
        None while Slack knows the file and does not list it there.

    Raises:
        FileUnknown: Slack does not know the file.
    """
    answer = await call(clients.bolt, clients.gate, "files.info", file=file_id)
    return read_share(answer.get("file"), channel)


def read_share(file: Any, channel: str) -> Share | None:
    """The first share of a file object in this channel."""
    if not isinstance(file, Mapping):
        raise SlackUnreachable("Slack's answer lacks the file.")
    shares = file.get("shares")
    for kind in shares.values() if isinstance(shares, Mapping) else ():
        listed = kind.get(channel) if isinstance(kind, Mapping) else None
        for share in listed if isinstance(listed, list) else ():
            ts = share.get("ts") if isinstance(share, Mapping) else None
            if isinstance(ts, str) and ts:
                link = file.get("permalink")
                return Share(ts, link if isinstance(link, str) else None)
    return None
