"""Files on their way to Slack: reserved, sent in constant memory, completed, seen."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from slack_edge import a_message, asked, serving, settings_for, state, strike, switch

from bot.model.errors import (
    ChannelClosed,
    ProductError,
    Repeat,
    SlackRateLimited,
    SlackRefused,
    SlackUnreachable,
)
from bot.slack.channels import open_direct
from bot.slack.clients import SlackClients, open_clients
from bot.slack.errors import FileUnknown
from bot.slack.posts import post
from bot.slack.uploads import PIECE_BYTES, Reservation, complete, find_share, reserve, send
from sandbox.servers import Sandbox
from sandbox.slack import world

NAME = "acme-org_acme.com_20260705-2.csv"
CONTENT = b"url,title\n" + b"https://acme.com/,Acme\n" * 120_000
SIZE = len(CONTENT)
MEGABYTE = 1 << 20


@pytest.fixture
async def slack(sandbox: Sandbox) -> AsyncIterator[SlackClients]:
    """The product's clients at the local workspace."""
    async with open_clients(settings_for(sandbox)) as clients:
        yield clients


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """A file of several pieces whose last one is not full."""
    path = tmp_path / NAME
    path.write_bytes(CONTENT)
    return path


def ignored(_sent: int) -> None:
    """Nobody watches."""


async def sent(slack: SlackClients, csv: Path) -> Reservation:
    """A file whose bytes are at Slack."""
    reservation = await reserve(slack, NAME, SIZE)
    await send(reservation.upload_url, csv, SIZE, ignored)
    return reservation


def the_file(sandbox: Sandbox) -> dict[str, Any]:
    """The one file of the workspace."""
    (file,) = state(sandbox)["files"]
    return dict(file)


async def test_a_file_comes_into_the_channel_byte_for_byte(
    sandbox: Sandbox, slack: SlackClients, csv: Path
) -> None:
    """The whole way, with the comment, and the share as evidence."""
    steps: list[int] = []
    reservation = await reserve(slack, NAME, SIZE)
    await send(reservation.upload_url, csv, SIZE, steps.append)
    await complete(slack, reservation.file_id, NAME, world.SEO, "<@U0ANA00001> here & now")
    assert await find_share(slack, reservation.file_id, world.SEO) is None
    share = await find_share(slack, reservation.file_id, world.SEO)
    assert share is not None
    file, (message,) = the_file(sandbox), state(sandbox)["messages"]
    assert file["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert file["title"] == NAME
    assert (message["ts"], message["channel"]) == (share.ts, world.SEO)
    assert message["text"] == "<@U0ANA00001> here & now"
    assert message["thread_ts"] is None
    assert reservation.file_id in str(share.permalink)
    assert steps == [PIECE_BYTES, 2 * PIECE_BYTES, SIZE]
    assert steps == sorted(steps)


async def test_a_file_can_stand_in_a_thread(
    sandbox: Sandbox, slack: SlackClients, csv: Path
) -> None:
    """POST_FILE_IN=thread."""
    parent = await post(slack, world.SEO, a_message())
    reservation = await sent(slack, csv)
    await complete(slack, reservation.file_id, NAME, world.SEO, "here", thread_ts=parent.ts)
    files = [each for each in state(sandbox)["messages"] if each["files"]]
    assert [each["thread_ts"] for each in files] == [parent.ts]


async def test_a_file_can_go_to_a_direct_message(
    sandbox: Sandbox, slack: SlackClients, csv: Path
) -> None:
    """By the id of the direct message, because Slack takes no user id here."""
    switch(sandbox.control, share_after_calls=1)
    direct = await open_direct(slack, world.ANA)
    reservation = await sent(slack, csv)
    await complete(slack, reservation.file_id, NAME, direct, "here")
    assert await find_share(slack, reservation.file_id, direct) is not None
    assert await find_share(slack, reservation.file_id, world.SEO) is None


async def test_the_bytes_go_without_a_token_and_with_their_length(
    slack: SlackClients, csv: Path
) -> None:
    """The address is the permission; a chunked body would hide the length from Slack."""
    seen: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        count = 0
        async for chunk in request.content.iter_any():
            count += len(chunk)
        seen.append((request.headers.copy(), count))
        return web.Response(text=f"OK - {count}")

    async with serving(take) as url:
        await send(url, csv, SIZE, ignored)
    ((headers, count),) = seen
    assert count == SIZE
    assert headers["Content-Length"] == str(SIZE)
    assert "Transfer-Encoding" not in headers
    assert "Authorization" not in headers
    assert "Cookie" not in headers
    assert slack.bolt.token not in str(headers)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, "OK - 1"),
        (200, ""),
        (200, "OK, but not - {size}"),
        (200, "<html>Sign in</html>"),
        (302, "OK - {size}"),
        (403, "OK - {size}"),
        (404, "no such upload"),
        (500, "OK - {size}"),
        (504, "gateway"),
    ],
)
async def test_only_a_confirmed_size_is_stored(csv: Path, status: int, text: str) -> None:
    """Anything but 200 and the exact number of bytes is not believed."""

    async def take(request: web.Request) -> web.Response:
        await request.content.read()
        headers = {"Location": "http://127.0.0.1:9/"} if status == 302 else {}
        return web.Response(status=status, text=text.format(size=SIZE), headers=headers)

    async with serving(take) as url:
        with pytest.raises(SlackUnreachable):
            await send(url, csv, SIZE, ignored)


@pytest.mark.parametrize("text", ["OK - {size}", "ok - {size}\n", "OK"])
async def test_the_forms_of_a_good_answer(csv: Path, text: str) -> None:
    """Slack's own words, and an OK without a figure, which the file's record has to confirm."""

    async def take(request: web.Request) -> web.Response:
        await request.content.read()
        return web.Response(text=text.format(size=SIZE))

    async with serving(take) as url:
        await send(url, csv, SIZE, ignored)


async def test_a_file_that_is_too_large_for_the_workspace_is_refused(csv: Path) -> None:
    """413 would be the same the next time."""

    async def take(request: web.Request) -> web.Response:
        await request.content.read()
        return web.Response(status=413)

    async with serving(take) as url:
        with pytest.raises(SlackRefused, match="files of this size"):
            await send(url, csv, SIZE, ignored)


async def test_a_file_that_changed_on_disk_is_not_sent(
    sandbox: Sandbox, slack: SlackClients, csv: Path
) -> None:
    """Its length was promised; nothing else may stand under that promise."""
    reservation = await reserve(slack, NAME, SIZE)
    await asyncio.to_thread(csv.write_bytes, b"shorter")
    with pytest.raises(SlackRefused, match="7 bytes"):
        await send(reservation.upload_url, csv, SIZE, ignored)
    await asyncio.to_thread(csv.unlink)
    with pytest.raises(SlackRefused, match="no longer on the disk"):
        await send(reservation.upload_url, csv, SIZE, ignored)
    assert the_file(sandbox)["state"] == "reserved"


@pytest.mark.parametrize(
    ("action", "moment", "more"),
    [
        ("lost", "before", {}),
        ("lost", "after", {}),
        ("status", "before", {"status": 500}),
        ("status", "after", {"status": 504}),
        ("html", "after", {}),
        ("empty", "after", {}),
        ("garbage", "after", {}),
    ],
)
async def test_a_broken_upload_succeeds_from_a_new_reservation(
    sandbox: Sandbox,
    slack: SlackClients,
    csv: Path,
    action: str,
    moment: str,
    more: dict[str, Any],
) -> None:
    """The unused file vanishes, and nothing is in the channel before it is completed."""
    strike(sandbox, "upload", action, moment=moment, **more)
    first = await reserve(slack, NAME, SIZE)
    with pytest.raises(SlackUnreachable):
        await send(first.upload_url, csv, SIZE, ignored)
    again = await sent(slack, csv)
    await complete(slack, again.file_id, NAME, world.SEO, "here")
    assert len(state(sandbox)["messages"]) == 1


async def test_an_upload_that_nobody_takes_is_not_sent(slack: SlackClients, csv: Path) -> None:
    """A refused connection, as for any call."""
    with pytest.raises(SlackUnreachable) as caught:
        await send("http://127.0.0.1:9/upload", csv, SIZE, ignored)
    assert caught.value.repeat is Repeat.NOT_SENT
    assert slack.session.closed is False


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("file_upload_size_restricted", SlackRefused),
        ("file_uploads_disabled", SlackRefused),
        ("storage_limit_reached", SlackRefused),
        ("fatal_error", SlackUnreachable),
    ],
)
async def test_a_refused_reservation_says_why(
    sandbox: Sandbox, slack: SlackClients, word: str, expected: type[ProductError]
) -> None:
    """Each refusal of the workspace has its own sentence."""
    strike(sandbox, "files.getUploadURLExternal", "refuse", error=word, count=None)
    with pytest.raises(expected) as caught:
        await reserve(slack, NAME, 10)
    assert word not in caught.value.sentence


async def test_the_workspaces_own_limit_is_met(sandbox: Sandbox, slack: SlackClients) -> None:
    """Larger files are refused before a byte is sent."""
    switch(sandbox.control, upload_limit_bytes=100)
    with pytest.raises(SlackRefused, match="files of this size"):
        await reserve(slack, NAME, 101)


@pytest.mark.parametrize(
    ("action", "moment", "more"),
    [
        ("lost", "before", {}),
        ("lost", "after", {}),
        ("status", "after", {"status": 503}),
        ("html", "after", {}),
        ("garbage", "after", {}),
        ("refuse", "after", {"error": "fatal_error"}),
    ],
)
async def test_an_uncertain_completion_is_sent_once_and_looked_up(
    sandbox: Sandbox,
    slack: SlackClients,
    csv: Path,
    action: str,
    moment: str,
    more: dict[str, Any],
) -> None:
    """One request; then files.info says whether the file is there or is not known."""
    switch(sandbox.control, share_after_calls=1)
    reservation = await sent(slack, csv)
    strike(sandbox, "files.completeUploadExternal", action, moment=moment, **more)
    with pytest.raises(SlackUnreachable) as caught:
        await complete(slack, reservation.file_id, NAME, world.SEO, "here")
    assert caught.value.repeat is Repeat.UNKNOWN
    assert len(asked(sandbox, "files.completeUploadExternal")) == 1
    if moment == "after":
        assert await find_share(slack, reservation.file_id, world.SEO) is not None
    else:
        with pytest.raises(FileUnknown):
            await find_share(slack, reservation.file_id, world.SEO)


async def test_completing_bytes_that_never_came_is_told(slack: SlackClients) -> None:
    """The file has to be uploaded again."""
    reservation = await reserve(slack, NAME, 10)
    with pytest.raises(FileUnknown):
        await complete(slack, reservation.file_id, NAME, world.SEO, "here")


@pytest.mark.parametrize("channel", [world.GENERAL, world.LEADERSHIP, world.OLD])
async def test_a_closed_channel_takes_no_file(slack: SlackClients, csv: Path, channel: str) -> None:
    """The file then goes to the person's direct message, with the same bytes."""
    reservation = await sent(slack, csv)
    with pytest.raises(ChannelClosed):
        await complete(slack, reservation.file_id, NAME, channel, "here")
    direct = await open_direct(slack, world.ANA)
    await complete(slack, reservation.file_id, NAME, direct, "here")


async def test_a_429_of_each_step_is_told(sandbox: Sandbox, slack: SlackClients, csv: Path) -> None:
    """Not executed: the caller waits as long as it says."""
    for method in ("files.getUploadURLExternal", "files.completeUploadExternal", "files.info"):
        strike(sandbox, method, "ratelimit", seconds=40)
    with pytest.raises(SlackRateLimited) as caught:
        await reserve(slack, NAME, SIZE)
    assert caught.value.retry_after == 40
    with pytest.raises(SlackRateLimited):
        await complete(slack, "F0", NAME, world.SEO, "here")
    with pytest.raises(SlackRateLimited):
        await find_share(slack, "F0", world.SEO)
    strike(sandbox, "upload", "ratelimit", seconds=40)
    async with open_clients(settings_for(sandbox)) as fresh:
        reservation = await reserve(fresh, NAME, SIZE)
    with pytest.raises(SlackRateLimited) as caught:
        await send(reservation.upload_url, csv, SIZE, ignored)


async def test_a_share_that_comes_late_is_waited_for_and_never_invented(
    sandbox: Sandbox, slack: SlackClients, csv: Path
) -> None:
    """Slack's good answer is not the file in the channel."""
    switch(sandbox.control, share_after_calls=4)
    reservation = await sent(slack, csv)
    await complete(slack, reservation.file_id, NAME, world.SEO, "here")
    looks = [await find_share(slack, reservation.file_id, world.SEO) for _ in range(4)]
    assert looks[:3] == [None, None, None]
    assert looks[3] is not None


async def test_a_share_that_never_comes_stays_unseen(
    sandbox: Sandbox, slack: SlackClients, csv: Path
) -> None:
    """Then the delivery is called unconfirmed, by those who wait."""
    switch(sandbox.control, shares="never")
    reservation = await sent(slack, csv)
    await complete(slack, reservation.file_id, NAME, world.SEO, "here")
    for _ in range(3):
        assert await find_share(slack, reservation.file_id, world.SEO) is None


async def test_memory_stays_flat(tmp_path: Path) -> None:
    """A file of 64 MB passes through without being held."""
    path = tmp_path / "large.csv"
    size = 64 * MEGABYTE
    with path.open("wb") as file:
        file.truncate(size)

    async def take(request: web.Request) -> web.Response:
        count = 0
        async for chunk in request.content.iter_any():
            count += len(chunk)
        return web.Response(text=f"OK - {count}")

    async with serving(take) as url:
        tracemalloc.start()
        try:
            await send(url, path, size, ignored)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 16 * MEGABYTE


def test_an_upload_address_is_not_shown() -> None:
    """Whoever holds it may write the file, so no log and no error has it."""
    assert "secret" not in repr(Reservation("F1", "https://files.slack.com/upload/v1/secret"))
