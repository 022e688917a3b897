"""A part in `downloading`, worked on in this process: what each kind of trouble leads to."""

import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import lay_out
from pydantic import SecretStr
from raw_server import Answer, Do, answering, http
from structlog.testing import capture_logs

from bot.app import assembled
from bot.exports.context import Context
from bot.exports.fetching import fetch
from bot.files import room
from bot.model.export import Export, Part, State
from bot.model.ids import new_export_id
from bot.model.project import Project
from bot.model.settings import Settings
from bot.model.specification import WHOLE_SITE, Column, Specification
from storage import exports

CSV = b"Full URL,Depth\r\nhttps://www.acme.com/,0\r\n"
ORGANISATION = "acme-org"


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[Context]:
    """The program without Slack, in a folder of its own."""
    settings = Settings(
        data_dir=lay_out(tmp_path / "data"),
        botify_api_token=SecretStr("token"),
        botify_download_hosts=("127.0.0.1",),
    )
    async with assembled(settings, with_slack=False) as ready:
        yield ready


async def stored(context: Context, url: str, **part: Any) -> Export:
    """An export whose file lies at that address."""
    now = datetime.now(UTC)
    export_id = new_export_id()
    known = {
        "export_id": export_id,
        "rows": WHOLE_SITE,
        "state": State.DOWNLOADING,
        "entered_at": now,
        "due_at": now,
        "job_id": "1",
        "download_url": url,
    }
    export = Export(
        id=export_id,
        specification=Specification(
            "jane.doe",
            Project(ORGANISATION, "acme.com"),
            "20260705",
            (Column("url", "string"), Column("depth", "integer")),
        ),
        preset="custom",
        rows_expected=1,
        requested_by="ana",
        requested_at=now,
        parts=(Part(**known | part),),
    )
    async with context.database.write() as connection:
        await exports.add(
            connection, export, owner=context.owner, lease_until=now + timedelta(hours=1)
        )
    return export


async def fetched(context: Context, *answers: Answer | bytes, **part: Any) -> Part:
    """The part after one round of work, with these answers of the file host."""
    async with answering(*answers) as server:
        export = await stored(context, f"{server.origin}/a", **part)
        return await fetch(context, export, export.parts[0], threading.Event())


def left(context: Context) -> list[str]:
    """The files in the folder of exports."""
    top = context.settings.data_dir / "exports"
    return [path.name for path in top.rglob("*") if path.is_file()]


async def test_a_file_is_fetched(context: Context) -> None:
    """Whole, counted, and nothing beside it."""
    part = await fetched(context, http(200, CSV))
    assert (part.state, part.tries) == (State.READY, 0)
    assert part.file is not None
    assert part.file.path.read_bytes() == CSV
    assert left(context) == [part.file.path.name]


async def test_bytes_survive_a_host_that_is_down_for_a_moment(context: Context) -> None:
    """What was received is kept while the rest cannot be asked for."""
    part = await fetched(
        context,
        (http(200, CSV, 'ETag: "v1"')[:-10], Do.RESET),
        http(503, b""),
        http(206, CSV[-10:], f"Content-Range: bytes {len(CSV) - 10}-{len(CSV) - 1}/{len(CSV)}"),
    )
    assert part.state is State.READY
    assert part.file is not None
    assert part.file.path.read_bytes() == CSV


async def test_a_file_that_changed_is_begun_anew(context: Context) -> None:
    """The rest of another version is not appended, and the next round starts from zero."""
    content_range = f"Content-Range: bytes {len(CSV) - 10}-{len(CSV) - 1}/{len(CSV)}"
    part = await fetched(
        context,
        (http(200, CSV, 'ETag: "v1"')[:-10], Do.RESET),
        http(206, CSV[-10:], content_range, 'ETag: "v2"'),
    )
    assert (part.state, part.tries) == (State.DOWNLOADING, 2)
    assert left(context) == []


async def test_a_folder_that_cannot_be_used_is_a_failure_of_its_own(context: Context) -> None:
    """It is said with the system's reason, once, and not tried at every tick."""
    top = context.settings.data_dir / "exports"
    top.mkdir(exist_ok=True)
    (top / ORGANISATION).write_text("a file where a folder should be")
    part = await fetched(context, http(200, CSV))
    assert part.state is State.FAILED
    assert part.failure is not None
    assert part.failure.code == "disk_refused"
    assert "not a directory" in part.failure.sentence


async def test_a_file_waits_for_the_room_that_others_hold(context: Context) -> None:
    """While other transfers are at work a lack of room is no failure, and no try is counted."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n"
    with room.claim(context.settings.data_dir, 1, lambda: 0):
        waiting = await fetched(context, head + CSV)
    alone = await fetched(context, head + CSV)
    assert (waiting.state, waiting.tries) == (State.DOWNLOADING, 0)
    assert waiting.due_at > waiting.entered_at + timedelta(seconds=5)
    assert alone.failure is not None
    assert alone.failure.code == "disk_full"


async def test_the_unexpected_is_tried_three_times(context: Context) -> None:
    """A mistake of ours ends like any other trouble: counted, with an id and a trace in the log."""
    with capture_logs() as lines:
        first = await fetched(context, http(200, CSV), download_url=None)
        last = await fetched(context, http(200, CSV), download_url=None, tries=2)
    assert (first.state, first.tries) == (State.DOWNLOADING, 1)
    assert last.state is State.FAILED
    assert last.failure is not None
    assert last.failure.code == "download_failed"
    broke = [line for line in lines if line["action"] == "download_broke"]
    assert [isinstance(line["exc_info"], AssertionError) for line in broke] == [True, True]
    assert broke[1]["error_id"] == last.failure.error_id


async def test_the_technical_cause_stands_in_the_log_only(context: Context) -> None:
    """A person reads that the file is incomplete; where it stopped, who runs the app."""
    with capture_logs() as lines:
        part = await fetched(context, http(200, b"\x1f\x8b\x08\0\0"), tries=2)
    assert part.failure is not None
    assert part.failure.sentence == "The file arrived incomplete."
    assert "gzip data stops at byte 5" in [line.get("detail") for line in lines]
