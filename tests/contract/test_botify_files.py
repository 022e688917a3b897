"""The file host: what a file can be, how it breaks, and what must never reach it."""

import asyncio
import gzip
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.botify.rows import expected_csv
from sandbox.servers import Sandbox

CRAWL = "crawl.20260705"
FIELDS = ["url", "depth", "metadata.title.content", "metadata.h1.contents", "canonical.to.equal"]
EXPECTED = b"".join(expected_csv("acme-org", "modern.example", "20260705", FIELDS))
CONFIG = {
    "delimiter": ",",
    "print_delimiter": False,
    "print_header": True,
    "header_format": "verbose",
}
JOB: dict[str, Any] = {
    "job_type": "export",
    "payload": {
        "username": "acme-org",
        "project": "modern.example",
        "export_size": 1000,
        "formatter": "csv",
        "formatter_config": CONFIG,
        "connector": "direct_download",
        "query": {
            "collections": [CRAWL],
            "query": {"dimensions": [f"{CRAWL}.{name}" for name in FIELDS], "metrics": []},
        },
    },
}


async def download_url(
    botify: httpx.AsyncClient,
    config: dict[str, Any] | None = None,
    extra: dict[str, Any] | None = None,
    project: str = "modern.example",
) -> str:
    """The URL of the file of a job that has ended."""
    payload = {
        **JOB["payload"],
        "project": project,
        "formatter_config": CONFIG if config is None else config,
        "extra_config": extra or {},
    }
    answer = await botify.post("/jobs", json={**JOB, "payload": payload})
    number = answer.json()["job_id"]
    await botify.get(f"/jobs/{number}")
    url: str = (await botify.get(f"/jobs/{number}")).json()["results"]["download_url"]
    return url


async def fault(sandbox: Sandbox, plain: httpx.AsyncClient, **more: Any) -> None:
    """Break the next request to the file host."""
    data = {"service": "files", "method": "GET /file", **more}
    answer = await plain.post(f"{sandbox.addresses.control}faults", json=data)
    assert answer.status_code == 200, answer.text


async def test_a_gz_by_default(botify: httpx.AsyncClient, plain: httpx.AsyncClient) -> None:
    """The file is gzip under a name that ends so, and holds exactly the expected bytes."""
    url = await download_url(botify)
    answer = await plain.get(url)
    assert url.endswith(".csv.gz")
    assert answer.headers["Content-Type"] == "application/gzip"
    assert gzip.decompress(answer.content) == EXPECTED


@pytest.mark.parametrize("members", [2, 5])
async def test_several_gzip_members(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, members: int
) -> None:
    """A file can be several gzip members behind each other, cut anywhere."""
    sandbox.control.set_switches({"file_gz_members": members})
    data = (await plain.get(await download_url(botify))).content
    first = zlib.decompressobj(wbits=31)
    first.decompress(data)
    assert first.eof
    assert first.unused_data
    assert gzip.decompress(data) == EXPECTED


@pytest.mark.parametrize(
    ("switches", "extra"),
    [
        ({"file_format": "zip"}, {}),
        ({}, {"filetype": "zip"}),
        ({}, {"compression": "zip"}),
        ({"zip_asked_by": "filetype"}, {"filetype": "zip"}),
    ],
)
async def test_a_zip(
    sandbox: Sandbox,
    botify: httpx.AsyncClient,
    plain: httpx.AsyncClient,
    switches: dict[str, Any],
    extra: dict[str, Any],
) -> None:
    """A zip comes where it was asked for in the way that is understood, with one CSV in it."""
    sandbox.control.set_switches(switches)
    answer = await plain.get(await download_url(botify, extra=extra))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (name,) = archive.namelist()
        assert name.endswith(".csv")
        assert archive.read(name) == EXPECTED


@pytest.mark.parametrize("understood", ["compression", "neither"])
async def test_a_zip_asked_for_in_another_way(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, understood: str
) -> None:
    """A request for zip that is not understood gives gzip."""
    sandbox.control.set_switches({"zip_asked_by": understood})
    answer = await plain.get(await download_url(botify, extra={"filetype": "zip"}))
    assert gzip.decompress(answer.content) == EXPECTED


async def test_a_plain_file(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A file can be not compressed at all, and be of no telling content type."""
    sandbox.control.set_switches({"file_format": "plain", "file_content_type": "octet-stream"})
    answer = await plain.get(await download_url(botify))
    assert answer.content == EXPECTED
    assert answer.headers["Content-Type"] == "application/octet-stream"


async def text_of(
    sandbox: Sandbox,
    botify: httpx.AsyncClient,
    plain: httpx.AsyncClient,
    config: dict[str, Any],
    **switches: Any,
) -> str:
    """The text of a plain file with this formatter_config and these switches."""
    sandbox.control.set_switches({"file_format": "plain", **switches})
    return (await plain.get(await download_url(botify, config))).content.decode()


@pytest.mark.parametrize(
    ("header_format", "line"),
    [
        ("verbose", "Full URL,Depth,Title,H1,Canonical Points to Self"),
        ("slug", ",".join(FIELDS)),
        ("collection_slug", ",".join(f"{CRAWL}.{name}" for name in FIELDS)),
    ],
)
async def test_header_formats(
    sandbox: Sandbox,
    botify: httpx.AsyncClient,
    plain: httpx.AsyncClient,
    header_format: str,
    line: str,
) -> None:
    """The header says display names, field ids, or ids with the collection in front."""
    text = await text_of(sandbox, botify, plain, {**CONFIG, "header_format": header_format})
    assert text.split("\r\n", 1)[0] == line


FIRST_LINES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "as documented by default": ({}, {}, ["sep=,", "Full URL,"]),
    "as clients saw it by default": (
        {},
        {"default_print_delimiter": False, "default_print_header": False},
        ["https://"],
    ),
    "sep line asked for": ({**CONFIG, "print_delimiter": True}, {}, ["sep=,", "Full URL,"]),
    "no header": ({**CONFIG, "print_header": False}, {}, ["https://"]),
    "sep line though not asked for": (CONFIG, {"sep_line": "always"}, ["sep=,", "Full URL,"]),
    "no sep line though asked for": (
        {**CONFIG, "print_delimiter": True},
        {"sep_line": "never"},
        ["Full URL,"],
    ),
    "another delimiter": (
        {**CONFIG, "delimiter": ";", "print_delimiter": True},
        {},
        ["sep=;", "Full URL;Depth"],
    ),
    "constant columns": (
        {
            **CONFIG,
            "prepend_columns": [{"value": "a,b", "name": "Before", "slug": "before"}],
            "append_columns": [{"value": "z", "name": "After", "slug": "after"}],
        },
        {},
        ["Before,Full URL,", '"a,b",https://'],
    ),
    "byte order mark": (CONFIG, {"csv_bom": True}, ["\ufeffFull URL,"]),
    "quotes everywhere": (CONFIG, {"csv_quoting": "all"}, ['"Full URL","Depth"', '"https://']),
}


@pytest.mark.parametrize("case", FIRST_LINES)
async def test_what_a_file_begins_with(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, case: str
) -> None:
    """The `sep=` line, the header and the delimiter are as asked, or as the switches say."""
    config, switches, starts = FIRST_LINES[case]
    lines = (await text_of(sandbox, botify, plain, config, **switches)).split("\r\n")
    assert all(line.startswith(start) for line, start in zip(lines, starts, strict=False))
    assert "sep=" in starts[0] or not lines[0].startswith("sep=")


async def test_lines_can_end_otherwise(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """Lines end with CRLF or with LF; line ends inside cells stay as they are."""
    text = await text_of(sandbox, botify, plain, CONFIG, csv_line_end="lf")
    assert text.startswith("Full URL,Depth,Title,H1,Canonical Points to Self\n")
    assert '"two\r\nDOS lines"' in text


async def test_the_file_host_needs_no_token_and_gets_none(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A credential that reaches the file host is answered with 500, noted and counted."""
    url = await download_url(botify)
    answer = await plain.get(url, headers={"Authorization": "Token sandbox-botify-token"})
    assert answer.status_code == 500
    assert sandbox.control.state("botify")["tokens_received"] == 1
    (entry,) = sandbox.journal.entries("files")
    assert (entry.status, entry.acted) == (500, False)
    assert "sandbox-botify-token" not in str(entry)
    assert (await plain.get(url)).status_code == 200


async def test_no_file_before_the_end(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A file is there only when its job has ended with one."""
    url = await download_url(botify)
    sandbox.control.set_switches({"job_polls": 3})
    assert (await plain.get(url)).status_code == 404
    sandbox.control.set_switches({"job_polls": 2, "job_fate": "failed"})
    assert (await plain.get(url)).status_code == 404
    assert (await plain.get(url.replace("botify-", "other-"))).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None)],
)
async def test_a_part_of_a_file(
    sandbox: Sandbox,
    botify: httpx.AsyncClient,
    plain: httpx.AsyncClient,
    wanted: str,
    start: int,
    stop: int | None,
) -> None:
    """A Range request gets 206 and that part; the tag stays the same."""
    sandbox.control.set_switches({"file_format": "plain"})
    url = await download_url(botify)
    answer = await plain.get(url, headers={"Range": wanted})
    part = EXPECTED[start:stop]
    assert (answer.status_code, answer.content) == (206, part)
    assert answer.headers["Content-Range"].endswith(f"/{len(EXPECTED)}")
    assert answer.headers["ETag"] == (await plain.get(url)).headers["ETag"]


async def test_ranges_that_are_not_served(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """Beyond the end is 416; another tag, or a host without ranges, gives the whole file."""
    url = await download_url(botify)
    assert (await plain.get(url, headers={"Range": "bytes=99999999-"})).status_code == 416
    for nonsense in ("items=1", "bytes=0-1,4-5"):
        assert (await plain.get(url, headers={"Range": nonsense})).status_code == 200
    changed = {"Range": "bytes=5-", "If-Range": '"other"'}
    assert (await plain.get(url, headers=changed)).status_code == 200
    sandbox.control.set_switches({"file_ranges": False})
    answer = await plain.get(url, headers={"Range": "bytes=5-"})
    assert (answer.status_code, "Accept-Ranges" in answer.headers) == (200, False)


async def test_a_file_of_unknown_length(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """The length can be left out: the body comes in chunks then."""
    sandbox.control.set_switches({"file_length": False})
    answer = await plain.get(await download_url(botify))
    assert "Content-Length" not in answer.headers
    assert gzip.decompress(answer.content) == EXPECTED


@pytest.mark.parametrize("hops", [1, 3])
async def test_redirects(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, hops: int
) -> None:
    """So many redirects stand before the file as the switch says."""
    sandbox.control.set_switches({"file_redirects": hops})
    answer = await plain.get(await download_url(botify), follow_redirects=True)
    assert [hop.status_code for hop in answer.history] == [302] * hops
    assert gzip.decompress(answer.content) == EXPECTED


async def test_a_redirect_elsewhere(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A fault can send the client to any other place."""
    await fault(sandbox, plain, action="redirect", location="http://elsewhere.example/x")
    answer = await plain.get(await download_url(botify))
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://elsewhere.example/x")


async def test_urls_can_expire(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A URL with an end is 403 after it, as is a changed one; the job gives a fresh URL."""
    sandbox.clock.drive()
    sandbox.control.set_switches({"file_url_seconds": 60})
    url = await download_url(botify)
    assert (await plain.get(url)).status_code == 200
    assert (await plain.get(url.replace("Expires=1", "Expires=2"))).status_code == 403
    assert (await plain.get(url.split("?")[0])).status_code == 403
    sandbox.clock.advance(60)
    expired = await plain.get(url)
    assert (expired.status_code, "AccessDenied" in expired.text) == (403, True)
    fresh = (await botify.get("/jobs/4100001")).json()["results"]["download_url"]
    assert (await plain.get(fresh)).status_code == 200


@pytest.mark.parametrize("status", [403, 404, 410, 503])
async def test_refused_once(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, status: int
) -> None:
    """The file host refuses once, and serves the file the next time."""
    url = await download_url(botify)
    await fault(sandbox, plain, action="refuse", status=status)
    assert [(await plain.get(url)).status_code for _ in range(2)] == [status, 200]


async def test_a_cut_file_looks_complete(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A truncated file ends early without a word from HTTP; only the gzip is not whole."""
    url = await download_url(botify)
    await fault(sandbox, plain, action="truncate")
    answer = await plain.get(url)
    assert (answer.status_code, len(answer.content)) == (
        200,
        int(answer.headers["Content-Length"]),
    )
    with pytest.raises(EOFError):
        gzip.decompress(answer.content)


@pytest.mark.parametrize("action", ["wrong_length", "reset", "lost"])
async def test_broken_transfers(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, action: str
) -> None:
    """A wrong length, a reset in the middle or no answer at all is an error of the transport."""
    url = await download_url(botify)
    await fault(sandbox, plain, action=action)
    with pytest.raises(httpx.TransportError):
        await plain.get(url)
    assert (await plain.get(url)).status_code == 200
    broken, _ = sandbox.journal.entries("files")
    assert (broken.fault, broken.status, broken.error) == (
        action,
        None if action == "lost" else 200,
        "lost" if action == "lost" else None,
    )


async def test_a_head_has_no_body(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """HEAD says how long the file is, sends none of it, and is no download."""
    url = httpx.URL(await download_url(botify))
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"HEAD {url.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert int(re.search(rb"Content-Length: (\d+)", head)[1]) > 0  # type: ignore[index]
    assert body == b""
    assert sandbox.control.state("botify")["jobs"][0]["downloads"] == 0
    assert sandbox.journal.counts()["files"] == {"HEAD /file": 1}


async def test_a_reset_comes_after_so_many_bytes(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """`bytes` says how much of the body is sent before the connection is reset."""
    url = await download_url(botify)
    await fault(sandbox, plain, action="reset", bytes=100)
    received = b""
    with pytest.raises(httpx.TransportError):  # noqa: PT012 - the reset may strike anywhere
        async with plain.stream("GET", url) as answer:
            async for chunk in answer.aiter_raw():
                received += chunk
    assert len(received) <= 100


async def test_a_slow_file(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A slow file gives its bytes only as the clock goes on."""
    url = await download_url(botify)
    sandbox.clock.drive()
    await fault(sandbox, plain, action="slow", bytes=1000, seconds=10)
    async with plain.stream("GET", url) as answer:
        chunks = answer.aiter_raw()
        first = await anext(chunks)
        assert len(first) == 1000
        while True:
            sandbox.clock.advance(10)
            try:
                await anext(chunks)
            except StopAsyncIteration:
                break
    assert answer.num_bytes_downloaded == int(answer.headers["Content-Length"])


async def test_the_host_can_be_throttled(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """A speed can be set for all files; it is kept by the sandbox's clock."""
    url = await download_url(botify)
    sandbox.clock.drive()
    sandbox.control.set_switches({"file_bytes_per_second": 5000})
    async with plain.stream("GET", url) as answer:
        assert len(await anext(answer.aiter_raw())) == 500
        sandbox.control.set_switches({"file_bytes_per_second": None})


async def test_a_prepared_file_is_served_as_it_is(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient, tmp_path: Path
) -> None:
    """A seeded project can deliver bytes that somebody prepared."""
    path = tmp_path / "prepared.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    sandbox.control.seed(
        {"botify": {"projects": [{"project": "own.example", "depths": [1, 1], "file": str(path)}]}}
    )
    url = await download_url(botify, project="own.example")
    assert (await plain.get(url)).content == path.read_bytes()


async def test_the_control_api_knows_the_expected_bytes(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """`/control/botify/expected` streams the file without packing and without `sep=` line."""
    await download_url(botify, {**CONFIG, "print_delimiter": True})
    url = f"{sandbox.addresses.control}botify/expected"
    assert (await plain.get(url, params={"job": "4100001"})).content == EXPECTED
    assert (await plain.get(url, params={"job": "1"})).status_code == 404


async def test_files_are_written_while_jobs_take_time(
    sandbox: Sandbox, botify: httpx.AsyncClient, plain: httpx.AsyncClient
) -> None:
    """Where jobs take time the file is the same, and is there when the job has ended."""
    sandbox.clock.drive()
    sandbox.control.set_switches({"job_progress_by": "time"})
    await botify.post("/jobs", json=JOB)
    sandbox.clock.advance(60)
    url = (await botify.get("/jobs/4100001")).json()["results"]["download_url"]
    assert gzip.decompress((await plain.get(url)).content) == EXPECTED


async def test_the_end_does_not_wait_for_files(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """Stopping the sandbox gives up a large file that is being written."""
    sandbox.control.set_switches({"job_progress_by": "time"})
    payload = {**JOB["payload"], "project": "bigshop.example", "export_size": 1_000_000}
    await botify.post("/jobs", json={**JOB, "payload": payload})
    await sandbox.stop()
    with pytest.raises(httpx.ConnectError):
        await botify.get("/jobs")
