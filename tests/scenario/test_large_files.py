"""Files of any size: packed, cut in parts, checked before and during the way, and tidied up."""

import gzip
import json
import re
import resource
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from stage import ACME, TINY, Stage
from test_the_whole_way import cells, guarded

BIG = "https://app.botify.com/acme-org/big.example/"
OTHER = "https://app.botify.com/acme-org/other.example/"
SMALL = {"org": "acme-org", "kind": "classic", "depths": [1, 20]}


def left_behind(stage: Stage) -> list[str]:
    """The names of all files below `exports/`."""
    folder = stage.folder / "data" / "exports"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_a_file_above_the_limit_arrives_compressed(stage: Stage) -> None:
    """What Slack does not take as it is becomes a .csv.gz of the same rows."""
    await stage.start_bot(SLACK_UPLOAD_LIMIT_BYTES="3000000")
    await stage.export(ACME)
    (file,) = await stage.delivered()
    assert file["name"].endswith(".csv.gz")
    (job,) = await stage.jobs()
    packed = await stage.download(file)
    assert len(packed) <= 3_000_000
    content = gzip.decompress(packed)
    assert len(content) > 3_000_000
    assert cells(content) == guarded(await stage.expected(str(job["job_id"])))


async def test_a_file_too_large_even_compressed_arrives_in_parts(stage: Stage) -> None:
    """Every part is a CSV of its own with the header; together they hold every row, in order."""
    await stage.start_bot(SLACK_UPLOAD_LIMIT_BYTES="400000")
    await stage.export(ACME)

    async def settled() -> bool:
        return any("is exported" in one["text"] for one in await stage.messages())

    await stage.until(settled)
    files = await stage.files()
    assert len(files) > 1
    for number, file in enumerate(files, start=1):
        assert re.search(rf"_part-{number}-of-{len(files)}\.csv\.gz$", file["name"])
    header, *expected = guarded(await stage.expected(str((await stage.jobs())[0]["job_id"])))
    union = []
    for file in files:
        packed = await stage.download(file)
        assert len(packed) <= 400_000
        first, *rows = cells(gzip.decompress(packed))
        assert first == header
        union += rows
    assert union == expected
    slack = stage.counts("slack")
    assert slack["chat.postMessage"] == 1
    assert slack["files.completeUploadExternal"] == len(files)
    shown = json.dumps(await stage.message_with("is exported"))
    assert "packed with gzip, because Slack takes at most 400.0 KB a file" in shown
    assert all(file["name"] in shown for file in files)
    (left,) = left_behind(stage)
    assert left.endswith(".csv"), "the packed parts go when the last one has arrived"


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set from outside")
async def test_a_disk_that_fills_on_the_way_leaves_nothing_and_can_be_retried(
    stage: Stage,
) -> None:
    """No half file stays, the message says what to do, and Retry goes on with the paid job."""
    bot = await stage.start_bot()
    unlimited = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (3_000_000, unlimited[1]))
    await stage.export(ACME)
    message = await stage.message_with("Retry")
    assert "not enough room on the disk" in json.dumps(message)
    assert left_behind(stage) == []
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, unlimited)
    await stage.press(message, "export_retry")
    (file,) = await stage.delivered()
    (job,) = await stage.jobs()
    assert cells(await stage.download(file)) == guarded(await stage.expected(str(job["job_id"])))
    assert stage.counts()["POST /jobs"] == 1


async def test_what_cannot_fit_is_refused_before_it_is_fetched(stage: Stage) -> None:
    """A transfer announced as larger than the disk writes nothing; Retry asks for it again."""
    sparse = stage.folder / "sparse.csv"
    with sparse.open("wb") as file:
        file.truncate(2 * shutil.disk_usage(stage.folder).total)
    project = {**SMALL, "project": "big.example", "file": str(sparse)}
    await stage.control("seed", {"botify": {"projects": [project]}})
    await stage.start_bot()
    await stage.export(BIG)
    message = await stage.message_with("Retry")
    assert "not enough room on the disk" in json.dumps(message)
    assert left_behind(stage) == []
    Path(sparse).write_bytes(b"Full URL\r\nhttps://big.example/\r\n")
    await stage.press(message, "export_retry")
    (found,) = await stage.delivered()
    assert await stage.download(found) == sparse.read_bytes()
    assert stage.counts()["POST /jobs"] == 1
    assert stage.counts("files")["GET /file"] == 2


async def test_a_small_file_needs_no_packing(stage: Stage) -> None:
    """Up to the limit, to the byte, a file goes as it is."""
    await stage.start_bot()
    await stage.export(TINY)
    (file,) = await stage.delivered()
    size = len(await stage.download(file))
    await stage.bots[0].stop()
    await stage.start_bot(SLACK_UPLOAD_LIMIT_BYTES=str(size))
    await stage.export(TINY)
    _, again = await stage.delivered(2)
    assert again["name"] == file["name"]


def tables(message: dict[str, Any]) -> list[list[list[str]]]:
    """The texts of a message's tables."""
    return [
        [[json.dumps(cell) for cell in row] for row in block["rows"]]
        for block in message["blocks"]
        if block["type"] == "table"
    ]


async def test_the_end_shows_the_first_rows(stage: Stage) -> None:
    """Header, five rows and the empty cells of each column, as they are in the file."""
    await stage.start_bot()
    await stage.export(TINY)
    (file,) = await stage.delivered()
    rows = cells(await stage.download(file))
    (shown,) = tables(await stage.message_with("is exported"))
    assert len(shown) == 1 + 5 + 1
    assert [json.loads(cell)["text"] for cell in shown[0]] == rows[0][:20]
    for seen, row in zip(shown[1:6], rows[1:], strict=False):
        assert json.loads(seen[0])["text"].removesuffix("…") in row[0]
    whole = len(rows) - 1
    for at, cell in enumerate(shown[6]):
        empty = sum(not row[at] for row in rows[1:])
        counted = f"{empty} of {whole} empty"
        said = {0: "none empty", whole: "all empty"}.get(empty, counted)
        assert said in cell


async def test_where_tables_are_refused_they_are_left_out(stage: Stage) -> None:
    """One refusal is enough: the end is shown without a table, and the next one too."""
    await stage.start_bot()
    await stage.switch(new_blocks=False)
    stage.brings_about.add("invalid_blocks")
    await stage.export(TINY)
    await stage.delivered()
    await stage.switch(new_blocks=True)
    await stage.export(ACME)
    await stage.delivered(2)
    ends = [one for one in await stage.messages() if "is exported" in one["text"]]
    assert len(ends) == 2
    assert [tables(message) for message in ends] == [[], []]
    assert stage.bots[0].log.count("blocks_refused") == 1


async def test_others_do_not_notice_four_deliveries_under_way(stage: Stage) -> None:
    """While four files come in slowly, commands are acknowledged and jobs are asked about."""
    await stage.start_bot()
    await stage.control("seed", {"botify": {"projects": [{**SMALL, "project": "other.example"}]}})
    await stage.switch(file_bytes_per_second=2)
    for project in ("acme.com", "tiny.example", "modern.example", "manyfields.example"):
        await stage.export(f"https://app.botify.com/acme-org/{project}/")

    async def under_way() -> bool:
        return stage.counts("files").get("GET /file", 0) == 4

    await stage.until(under_way)
    await stage.fate(fate="never_ends", next=1)
    await stage.export(OTHER)
    polls = stage.counts()["GET /jobs/{id}"]

    async def asked_again() -> bool:
        return stage.counts()["GET /jobs/{id}"] >= polls + 20

    for _ in range(10):
        answer = await stage.do("command", channel=stage.channel, text="/botify-export help")
        assert answer["ok"], answer
    await stage.until(asked_again)
    assert not await stage.files(), "the four were still under way"
    await stage.switch(file_bytes_per_second=None)
    assert len(await stage.delivered(4)) == 4
