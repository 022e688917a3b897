"""Files of the local Slack: three calls, exact lengths, once, and shares that come late."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bench import Bench, bench, section, with_scope
from yarl import URL

from sandbox.addresses import SLACK_BOT_TOKEN
from sandbox.slack import limits, world

Json = dict[str, Any]
CSV = 'url,title\nhttps://example.com/é,"a, b"\n'.encode()


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running


async def complete(slack: Bench, *file_ids: str, **more: Any) -> Json:
    files = [{"id": file_id, "title": "Title"} for file_id in file_ids]
    return await slack.api(
        "files.completeUploadExternal", **{"files": files, "channel_id": world.SEO, **more}
    )


async def info(slack: Bench, file_id: str) -> Json:
    body = await slack.api("files.info", file=file_id)
    assert body["ok"], body
    shown: Json = body["file"]
    return shown


RESERVATIONS: list[tuple[Json, str]] = [
    ({"length": 3}, "missing_argument"),
    ({"filename": "x.csv"}, "missing_argument"),
    ({"filename": "x.csv", "length": 0}, "missing_argument"),
    ({"filename": "x.csv", "length": "many"}, "invalid_arguments"),
    ({"filename": "x.csv", "length": 1_000_000_001}, "file_upload_size_restricted"),
    ({"filename": "x.csv", "length": 3, "alt_txt": "x" * 1001}, "alt_txt_too_large"),
    ({"filename": "x.csv", "length": 1_000_001, "snippet_type": "csv"}, "snippet_too_large"),
]


@pytest.mark.parametrize(("arguments", "error"), RESERVATIONS)
async def test_what_cannot_be_reserved(slack: Bench, arguments: Json, error: str) -> None:
    """A reservation needs a name and a length above zero and within the limit."""
    body = await slack.api("files.getUploadURLExternal", **arguments)
    assert body["error"] == error


LARGEST: list[Json] = [
    {"filename": "x.csv", "length": limits.FILE_BYTES},
    {"filename": "x.csv", "length": 3, "alt_txt": "x" * limits.ALT_TEXT},
    {"filename": "x.csv", "length": limits.SNIPPET_BYTES, "snippet_type": "csv"},
]


@pytest.mark.parametrize("arguments", LARGEST)
async def test_what_can_just_be_reserved(slack: Bench, arguments: Json) -> None:
    """The largest file, alternative text and snippet are taken."""
    assert (await slack.api("files.getUploadURLExternal", **arguments))["ok"]


@pytest.mark.parametrize(("late", "status"), [(0, 200), (1, 400)])
async def test_an_upload_has_a_day(slack: Bench, late: int, status: int) -> None:
    """What is not uploaded within a day is discarded."""
    slack.drive()
    reserved = await slack.api("files.getUploadURLExternal", filename="x.csv", length=1)
    slack.pass_(limits.UPLOAD_SECONDS + late)
    async with slack.http.post(reserved["upload_url"], data=b"x") as answer:
        assert answer.status == status


async def test_a_workspace_may_take_less(slack: Bench) -> None:
    """The limit of a workspace can be lower than Slack's."""
    slack.switch(upload_limit_bytes=10)
    ask = {"filename": "x.csv", "length": 11}
    body = await slack.api("files.getUploadURLExternal", **ask)
    assert body["error"] == "file_upload_size_restricted"
    assert int(limits.FILE_BYTES) == 1_000_000_000


@pytest.mark.parametrize("form", [False, True], ids=["raw", "multipart"])
async def test_an_upload_as_a_whole(slack: Bench, form: bool) -> None:
    """Bytes come raw or in a form, and the file in the channel holds exactly them."""
    reserved = await slack.api(
        "files.getUploadURLExternal", filename="Größe, a.csv", length=len(CSV)
    )
    data: Any = CSV
    if form:
        data = aiohttp.FormData()
        data.add_field("filename", CSV, filename="x.csv")
    async with slack.http.post(reserved["upload_url"], data=data) as answer:
        assert (answer.status, await answer.text()) == (200, f"OK - {len(CSV)}")
    assert (await complete(slack, reserved["file_id"], initial_comment="<@U0ANA00001> done"))["ok"]
    (file,) = (await slack.state())["files"]
    assert (file["sha256"], file["size"]) == (hashlib.sha256(CSV).hexdigest(), len(CSV))
    (message,) = (await slack.screen())["messages"][world.SEO]
    assert message["text"] == "<@U0ANA00001> done"
    shown = message["files"][0]
    assert (shown["name"], shown["title"]) == ("Größe, a.csv", "Title")
    async with slack.http.get(shown["download"]) as answer:
        assert await answer.read() == CSV
        assert "Gr%C3%B6%C3%9Fe%2C%20a.csv" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("sent", [CSV[:-1], CSV + b"x", b""])
async def test_the_length_is_exact(slack: Bench, sent: bytes) -> None:
    """One byte too few or too many, and nothing is stored."""
    reserved = await slack.api("files.getUploadURLExternal", filename="x.csv", length=len(CSV))
    async with slack.http.post(reserved["upload_url"], data=sent) as answer:
        assert answer.status == 400
    assert (await complete(slack, reserved["file_id"]))["error"] == "file_not_found"


async def test_a_client_that_goes_away_leaves_nothing(
    slack: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """A program killed in the middle of an upload is no crash of the workspace."""
    answered = asyncio.Event()
    slack.sandbox.journal.subscribe(
        lambda entry: answered.set() if entry.method == "upload" and entry.status else None
    )
    reserved = await slack.api("files.getUploadURLExternal", filename="x.csv", length=len(CSV))
    address = URL(reserved["upload_url"])
    head = f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(CSV)}\r\n\r\n"
    _, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(head.encode() + CSV[:-1])
    await writer.drain()
    writer.close()
    async with asyncio.timeout(10):
        await answered.wait()
    (left,) = slack.sandbox.journal.entries("slack", "upload")
    assert left.status == 400
    assert not caplog.records


@pytest.mark.parametrize(("again", "status"), [("refused", 400), ("accepted", 200)])
async def test_an_address_for_one_upload(slack: Bench, again: str, status: int) -> None:
    """Whether an upload address takes bytes twice is not documented: both can be had."""
    slack.switch(upload_twice=again)
    ask = {"filename": "x.csv", "length": len(CSV)}
    reserved = await slack.api("files.getUploadURLExternal", **ask)
    for expected in (200, status):
        async with slack.http.post(reserved["upload_url"], data=CSV) as answer:
            assert answer.status == expected


async def test_an_unknown_address(slack: Bench) -> None:
    """An upload needs a reservation."""
    async with slack.http.post("/upload/v1/nothing", data=CSV) as answer:
        assert answer.status == 400


async def test_completing_once(slack: Bench) -> None:
    """The second completion of a file finds nothing, and one message carries it."""
    file_id = await slack.upload()
    assert (await complete(slack, file_id))["ok"]
    assert (await complete(slack, file_id))["error"] == "file_not_found"
    assert len((await slack.state())["messages"]) == 1


async def test_completing_what_is_not_there(slack: Bench) -> None:
    """Neither an unknown file nor one without its bytes can be completed."""
    assert (await complete(slack, "F0NOTHING1"))["error"] == "file_not_found"
    ask = {"filename": "x.csv", "length": 3}
    reserved = await slack.api("files.getUploadURLExternal", **ask)
    assert (await complete(slack, reserved["file_id"]))["error"] == "file_not_found"


@pytest.mark.parametrize("files", [[], {}, "F1", [{"title": "no id"}], [7], [{"id": 7}]])
async def test_what_is_no_list_of_files(slack: Bench, files: Any) -> None:
    """`files` is a list of objects that each have an id."""
    body = await slack.api("files.completeUploadExternal", files=files, channel_id=world.SEO)
    assert body["error"] == "invalid_arguments"


async def test_a_thread_is_in_one_channel(slack: Bench) -> None:
    """thread_ts goes with exactly one channel."""
    parent = (await slack.post(text="progress"))["ts"]
    both = f"{world.SEO},{world.SEO_TEAM}"
    body = await complete(
        slack, await slack.upload(), channel_id=None, channels=both, thread_ts=parent
    )
    assert body["error"] == "invalid_arguments"


TARGETS = [
    (world.SEO, None),
    (world.SEO_TEAM, None),
    (world.GENERAL, "not_in_channel"),
    (world.LEADERSHIP, "channel_not_found"),
    (world.ANA_AND_BEN, "channel_not_found"),
    ("C0NOWHERE1", "channel_not_found"),
    (world.ANA, "invalid_arguments"),
    ("#seo", "invalid_arguments"),
    ("seo", "invalid_arguments"),
]


@pytest.mark.parametrize(("channel", "error"), TARGETS)
async def test_where_files_go(slack: Bench, channel: str, error: str | None) -> None:
    """Sharing needs a conversation's id and membership, whatever the scopes; else it can retry."""
    file_id = await slack.upload()
    assert (await complete(slack, file_id, channel_id=channel)).get("error") == error
    if error:
        assert (await complete(slack, file_id))["ok"]


async def test_membership_is_needed_even_to_write_publicly(tmp_path: Path) -> None:
    """chat:write.public lets the app post, not share files."""
    async with bench(tmp_path, with_scope("chat:write.public")) as slack:
        body = await complete(slack, await slack.upload(), channel_id=world.GENERAL)
    assert body["error"] == "not_in_channel"


async def test_an_archived_channel_takes_no_file(slack: Bench) -> None:
    """Sharing into an archived channel is denied."""
    await slack.control("slack/archive", channel=world.SEO)
    body = await complete(slack, await slack.upload())
    assert body["error"] == "posting_to_channel_denied"


async def test_a_pattern_is_named(slack: Bench) -> None:
    """A person's id instead of a conversation's is told with the pattern."""
    body = await complete(slack, await slack.upload(), channel_id=world.ANA)
    (message,) = body["response_metadata"]["messages"]
    assert message == (
        "[ERROR] does not match regexp ^[CGDZ][A-Z0-9]{8,}$ [json-pointer:/channel_id]"
    )


async def test_several_channels_and_none(slack: Bench) -> None:
    """`channels` shares in each; without any the file stays with the app."""
    file_id = await slack.upload()
    both = f"{world.SEO},{world.SEO_TEAM}"
    assert (await complete(slack, file_id, channel_id=None, channels=both))["ok"]
    assert {each["channel"] for each in (await slack.state())["messages"]} == set(both.split(","))
    alone = await slack.upload()
    assert (await complete(slack, alone, channel_id=None))["ok"]
    await info(slack, alone)
    assert (await info(slack, alone))["shares"] == {}
    async with slack.http.get(f"/client/files/{alone}/download", params={"user": world.ANA}) as no:
        assert no.status == 404
    body = await complete(
        slack, await slack.upload(), channel_id=None, channels=",".join([world.SEO] * 101)
    )
    assert body["error"] == "channels_limit_exceeded"


async def test_a_file_in_a_thread(slack: Bench) -> None:
    """With thread_ts the file is a reply, and its share says so."""
    parent = (await slack.post(text="progress"))["ts"]
    file_id = await slack.upload()
    assert (await complete(slack, file_id, thread_ts=parent))["ok"]
    await info(slack, file_id)
    (share,) = (await info(slack, file_id))["shares"]["public"][world.SEO]
    assert share["thread_ts"] == parent
    body = await complete(slack, await slack.upload(), thread_ts="1.000001")
    assert body["error"] == "thread_not_found"


async def test_blocks_give_way_to_a_comment(slack: Bench) -> None:
    """Blocks are judged, and ignored beside an initial_comment."""
    blocks = [section("note")]
    assert (await complete(slack, await slack.upload(), blocks=blocks, initial_comment="hi"))["ok"]
    assert (await complete(slack, await slack.upload(), blocks=blocks))["ok"]
    body = await complete(slack, await slack.upload(), blocks=[section("")])
    assert body["error"] == "invalid_blocks"
    found = [(each["text"], bool(each["blocks"])) for each in (await slack.state())["messages"]]
    assert found == [("hi", False), ("", True)]


async def test_shares_appear_late(slack: Bench) -> None:
    """The completion and the first files.info know no shares; the second one does."""
    file_id = await slack.upload()
    done = await complete(slack, file_id)
    assert (done["files"][0]["shares"], done["files"][0]["mimetype"]) == ({}, "")
    assert (await info(slack, file_id))["shares"] == {}
    shown = await info(slack, file_id)
    (message,) = (await slack.state())["messages"]
    assert shown["shares"]["public"][world.SEO][0]["ts"] == message["ts"]
    assert (shown["mimetype"], shown["channels"]) == ("text/csv", [world.SEO])


async def test_a_private_share(slack: Bench) -> None:
    """In a private channel the share stands under `private`."""
    file_id = await slack.upload()
    await complete(slack, file_id, channel_id=world.SEO_TEAM)
    await info(slack, file_id)
    assert list((await info(slack, file_id))["shares"]["private"]) == [world.SEO_TEAM]


async def test_shares_can_take_time(slack: Bench) -> None:
    """With share_after_seconds the message appears later, by the sandbox's clock."""
    slack.switch(share_after_seconds=30.0, share_after_calls=1)
    slack.drive()
    file_id = await slack.upload()
    await complete(slack, file_id)
    slack.pass_(29)
    assert (await info(slack, file_id))["shares"] == {}
    slack.pass_(1)
    while not (shown := await info(slack, file_id))["shares"]:
        continue
    assert list(shown["shares"]["public"]) == [world.SEO]


async def test_shares_can_stay_away(slack: Bench) -> None:
    """A completed file may never appear."""
    slack.switch(shares="never", share_after_calls=1)
    file_id = await slack.upload()
    assert (await complete(slack, file_id))["ok"]
    assert (await info(slack, file_id))["shares"] == {}
    assert (await slack.state())["messages"] == []


async def test_files_that_are_not_there(slack: Bench) -> None:
    """files.info tells a file that never was from one that was deleted."""
    assert (await slack.api("files.info", file="F0NOTHING1"))["error"] == "file_not_found"
    file_id = await slack.upload()
    assert (await slack.api("files.info", file=file_id))["error"] == "file_not_found"
    await complete(slack, file_id)
    assert (await slack.api("files.delete", file=file_id))["ok"]
    assert (await slack.api("files.info", file=file_id))["error"] == "file_deleted"


async def test_a_deleted_file_leaves_its_message(slack: Bench) -> None:
    """The message stays when its file is deleted, and shows it no more; others keep theirs."""
    gone, kept = await slack.upload(), await slack.upload()
    for file_id in (gone, kept):
        await complete(slack, file_id, initial_comment=file_id)
    body = await slack.api("conversations.history", channel=world.SEO)
    assert [each["files"][0]["id"] for each in body["messages"]] == [kept, gone]
    await slack.api("files.delete", file=gone)
    shown = (await slack.screen())["messages"][world.SEO]
    assert [(each["text"], len(each["files"])) for each in shown] == [(gone, 0), (kept, 1)]


async def test_a_deleted_message_takes_its_share(slack: Bench) -> None:
    """When somebody deletes the message the file is no longer shared there."""
    slack.switch(share_after_calls=1)
    file_id = await slack.upload()
    await complete(slack, file_id)
    (message,) = (await slack.state())["messages"]
    await slack.hands("delete", channel=world.SEO, ts=message["ts"])
    assert (await info(slack, file_id))["shares"] == {}


async def test_a_private_address_needs_the_token(slack: Bench) -> None:
    """url_private_download gives the bytes to the token, and others a page to sign in."""
    file_id = await slack.upload(CSV)
    await complete(slack, file_id)
    url = (await info(slack, file_id))["url_private_download"]
    headers = {"Authorization": f"Bearer {SLACK_BOT_TOKEN}"}
    async with slack.http.get(url, headers=headers) as answer:
        assert await answer.read() == CSV
    async with slack.http.get(url) as answer:
        assert answer.content_type == "text/html"


async def test_a_file_joins_an_older_message(slack: Bench) -> None:
    """chat.update with file_ids hangs a completed file on a message."""
    slack.switch(share_after_calls=1)
    posted = await slack.post(text="progress")
    file_id = await slack.upload()
    await complete(slack, file_id, channel_id=None)
    update = {"channel": world.SEO, "ts": posted["ts"], "text": "done"}
    for _ in range(2):
        assert (await slack.api("chat.update", file_ids=file_id, **update))["ok"]
    (share,) = (await info(slack, file_id))["shares"]["public"][world.SEO]
    assert share["ts"] == posted["ts"]
    body = await slack.api("chat.update", file_ids="F0NOTHING1", **update)
    assert body["error"] == "file_not_found"
