"""Fetching files: whole, resumed, broken, moved, and from places that must not be asked."""

import asyncio
import gzip
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore
import pytest
from raw_server import Answer, Do, answering, free_port, http

from bot.botify.addresses import target_of
from bot.botify.bql import job_payload
from bot.botify.client import BotifyClient
from bot.botify.downloads import MOST_REDIRECTS, TIMEOUTS, Download, _asked, open_download
from bot.botify.jobs import create_job, get_job
from bot.model.errors import DownloadFailed, FileBroken, FileGone, HostNotAllowed, ProductError
from bot.model.project import Project
from bot.model.specification import WHOLE_SITE, Column, Specification
from sandbox.faults import Fault
from sandbox.servers import Sandbox

LOCAL = ("127.0.0.1",)
QUICK = {**TIMEOUTS, "read": 0.2}
"""For servers that say nothing more."""


async def _fetched(
    url: str, *, hosts: tuple[str, ...] = LOCAL, **options: Any
) -> tuple[Download, bytes]:
    """The head and the bytes, fetched in a thread as the product does it."""

    def fetch() -> tuple[Download, bytes]:
        with open_download(url, allowed_hosts=hosts, **options) as download:
            return download, b"".join(download.chunks)

    return await asyncio.to_thread(fetch)


async def _refusal(url: str, **options: Any) -> ProductError:
    with pytest.raises(ProductError) as caught:
        await _fetched(url, **options)
    return caught.value


@pytest.fixture
async def url(sandbox: Sandbox, botify: BotifyClient) -> AsyncIterator[str]:
    """The address of a finished export at the local file host."""
    sandbox.control.set_switches({"job_polls": 1})
    spec = Specification(
        "jane.doe",
        Project("acme-org", "tiny.example"),
        "20260705",
        (Column("url", "string"), Column("metadata.title.content", "string")),
    )
    created = await create_job(botify, job_payload(spec, WHOLE_SITE, 1_000), None)
    job = await get_job(botify, created.id)
    assert job.download_url is not None
    yield job.download_url
    assert sandbox.control.state("botify")["tokens_received"] == 0


async def test_a_file_comes_as_it_was_transferred(url: str) -> None:
    """Nothing is decoded, the length is known before, and a version is named for later."""
    download, body = await _fetched(url)
    assert gzip.decompress(body).count(b"\r\n") >= 13
    assert download.total == len(body)
    assert download.validator is not None
    assert not download.resumed


async def test_a_file_without_a_length_is_fetched_too(sandbox: Sandbox, url: str) -> None:
    """An unknown length is no reason to refuse a file."""
    sandbox.control.set_switches({"file_length": False})
    download, body = await _fetched(url)
    assert download.total is None
    assert gzip.decompress(body)


async def test_a_transfer_goes_on_where_it_was_cut(sandbox: Sandbox, url: str) -> None:
    """With the version's name, only the missing bytes come; the total stays the whole."""
    whole, body = await _fetched(url)
    download, rest = await _fetched(url, offset=100, validator=whole.validator)
    assert download.resumed
    assert rest == body[100:]
    assert download.total == len(body)
    ranges = [entry.arguments.get("range") for entry in sandbox.journal.entries("files")]
    assert ranges == [None, "bytes=100-"]


@pytest.mark.parametrize(
    "options",
    [{"offset": 100}, {"offset": 0, "validator": '"x"'}, {"offset": 100, "validator": '"other"'}],
    ids=["no validator", "no offset", "another version"],
)
async def test_another_version_begins_from_zero(url: str, options: dict[str, Any]) -> None:
    """Two halves of different files are never put together."""
    _, body = await _fetched(url)
    download, again = await _fetched(url, **options)
    assert not download.resumed
    assert again == body


async def test_a_host_that_cannot_resume_begins_from_zero(sandbox: Sandbox, url: str) -> None:
    """The caller is told, so that it does not append."""
    whole, body = await _fetched(url)
    sandbox.control.set_switches({"file_ranges": False})
    download, again = await _fetched(url, offset=100, validator=whole.validator)
    assert not download.resumed
    assert again == body


async def test_a_finished_transfer_has_nothing_left(url: str) -> None:
    """Asking for what is behind the last byte gives no bytes and no error."""
    whole, body = await _fetched(url)
    download, rest = await _fetched(url, offset=len(body), validator=whole.validator)
    assert download.resumed
    assert (rest, download.total) == (b"", len(body))
    error = await _refusal(url, offset=len(body) + 1, validator=whole.validator)
    assert type(error) is FileBroken


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("wrong_length", FileBroken),
        ("lost", DownloadFailed),
        ("html", DownloadFailed),
    ],
)
async def test_a_broken_transfer_is_an_error(
    sandbox: Sandbox, url: str, action: str, kind: type[ProductError]
) -> None:
    """A file that did not come whole never looks like one that did."""
    sandbox.faults.add(Fault(service="files", action=action))
    assert type(await _refusal(url)) is kind
    assert (await _fetched(url))[1]


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_file_that_is_gone_is_said_so(sandbox: Sandbox, url: str, status: int) -> None:
    """The caller can ask the job for a fresh address."""
    sandbox.faults.add(Fault(service="files", action="status", status=status))
    assert type(await _refusal(url)) is FileGone


@pytest.mark.parametrize("status", [401, 429, 500, 503, 204])
async def test_trouble_of_the_host_may_pass(sandbox: Sandbox, url: str, status: int) -> None:
    """Everything else is worth another try."""
    sandbox.faults.add(Fault(service="files", action="status", status=status))
    error = await _refusal(url)
    assert type(error) is DownloadFailed
    assert str(status) in error.sentence


@pytest.mark.parametrize("redirects", [0, 1, MOST_REDIRECTS, MOST_REDIRECTS + 1])
async def test_a_few_redirects_are_followed(sandbox: Sandbox, url: str, redirects: int) -> None:
    """A file host may send us on, but not for ever."""
    sandbox.control.set_switches({"file_redirects": redirects})
    if redirects <= MOST_REDIRECTS:
        assert (await _fetched(url))[1]
    else:
        assert type(await _refusal(url)) is DownloadFailed


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/a",
        "https://[::1]/a",
        "http://files.example/a",
        "//files.example/a",
        "ftp://127.0.0.1/a",
        "file:///etc/passwd",
        "https://jane:secret@127.0.0.1/a",
        "https://[oops/",
    ],
)
async def test_a_redirect_obeys_the_same_rule(location: str) -> None:
    """What may not be opened at first may not be opened at last."""
    async with answering(http(302, b"", f"Location: {location}")) as server:
        error = await _refusal(f"{server.origin}/a")
    assert type(error) is HostNotAllowed
    assert len(server.requests) == 1


async def test_a_redirect_without_address_ends() -> None:
    """Nobody waits for an answer that leads nowhere."""
    async with answering(http(302, b"")) as server:
        assert type(await _refusal(f"{server.origin}/a")) is DownloadFailed


@pytest.mark.parametrize("hosts", [(), ("127.0.0.1:1",), ("localhost",)])
async def test_a_local_address_is_refused_unless_allowed(hosts: tuple[str, ...]) -> None:
    """Nothing in the operator's network is asked because Botify's answer says so."""
    async with answering(http(200, b"secret")) as server:
        assert type(await _refusal(f"{server.origin}/a", hosts=hosts)) is HostNotAllowed
        port = urlsplit(server.origin).port
        assert type(await _refusal(f"https://localhost:{port}/a", hosts=())) is HostNotAllowed
        assert server.connections == 0
        assert (await _fetched(f"{server.origin}/a", hosts=(f"127.0.0.1:{port}",)))[1] == b"secret"


BROKEN: list[tuple[str, Answer | bytes, type[ProductError]]] = [
    ("cut", (http(200, b"0123456789")[:-4],), FileBroken),
    ("hangs", (http(200, b"0123456789")[:-4], Do.HANG), DownloadFailed),
    ("reset", (http(200, b"0123456789")[:-4], Do.RESET), DownloadFailed),
    ("silent", (Do.HANG,), DownloadFailed),
    ("no answer", (), DownloadFailed),
    ("no http", (b"220 ftp\r\n",), DownloadFailed),
    (
        "chunks cut",
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n",),
        FileBroken,
    ),
    (
        "head damaged",
        (b"HTTP/1.1 200 OK\r\nX bad: y\r\nContent-Length: 10\r\n\r\n012345",),
        DownloadFailed,
    ),
    (
        "head cut",
        (b"HTTP/1.1 200 OK\r\nContent-Le",),
        DownloadFailed,
    ),
    (
        "coding unknown",
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\n0\r\n0\r\n\r\n",),
        DownloadFailed,
    ),
    ("page", http(200, b"<html>", "Content-Type: text/html; charset=utf-8"), FileBroken),
    ("part unasked", http(206, b"01", "Content-Range: bytes 5-6/7"), FileBroken),
    ("part unnamed", http(206, b"01"), FileBroken),
]


@pytest.mark.parametrize(
    ("answer", "kind"), [each[1:] for each in BROKEN], ids=[b[0] for b in BROKEN]
)
async def test_every_way_to_break_is_told_apart(
    answer: Answer | bytes, kind: type[ProductError]
) -> None:
    """Cut off, silent, or something else than the file: one domain error each."""
    quiet = isinstance(answer, tuple) and Do.HANG in answer
    async with answering(answer) as server:
        options = {"timeouts": QUICK} if quiet else {}
        assert type(await _refusal(f"{server.origin}/a", **options)) is kind


@pytest.mark.parametrize(
    ("content_range", "outcome"),
    [
        ("bytes 4-9/10", b"456789"),
        ("bytes 4-9/*", b"456789"),
        ("bytes 4-9/12", FileBroken),
        ("bytes 3-8/10", FileBroken),
        ("lines 4-9/10", FileBroken),
    ],
)
async def test_a_part_must_be_the_part_that_was_asked_for(
    content_range: str, outcome: bytes | type[ProductError]
) -> None:
    """A resumed file is only right when the second half begins where the first ended."""
    answer = http(206, b"456789", f"Content-Range: {content_range}")
    async with answering(answer) as server:
        asked = {"offset": 4, "validator": '"v1"'}
        if isinstance(outcome, bytes):
            download, body = await _fetched(f"{server.origin}/a", **asked)
            assert (body, download.total, download.resumed) == (outcome, 10, True)
        else:
            assert type(await _refusal(f"{server.origin}/a", **asked)) is outcome
    assert b'\r\nIf-Range: "v1"\r\n' in server.requests[0]


DATES = ("Sun, 12 Jul 2026 10:00:00 GMT", "Mon, 13 Jul 2026 10:00:00 GMT")
PART = "Content-Range: bytes 4-9/10"


@pytest.mark.parametrize(
    ("validator", "total", "answer", "whole"),
    [
        ('"v1"', 10, http(206, b"456789", PART, 'ETag: "v1"'), True),
        ('"v1"', 10, http(206, b"456789", PART, f"Last-Modified: {DATES[1]}"), True),
        (DATES[0], 10, http(206, b"456789", PART, f"Last-Modified: {DATES[0]}"), True),
        ('"v1"', 10, http(206, b"456789", "Content-Range: bytes 4-9/*"), True),
        ('"v1"', 4, http(416, b"", "Content-Range: bytes */4", 'ETag: "v1"'), True),
        ('"v1"', 10, http(206, b"456789", PART, 'ETag: "v2"'), False),
        ('"v1"', 10, http(206, b"456789", PART, 'ETag: W/"v1"'), False),
        (DATES[0], 10, http(206, b"456789", PART, f"Last-Modified: {DATES[1]}"), False),
        ('"v1"', 12, http(206, b"456789", PART), False),
        ('"v1"', 12, http(206, b"456789", "Content-Range: bytes 4-9/*"), False),
        ('"v1"', 4, http(416, b"", "Content-Range: bytes */4", 'ETag: "v2"'), False),
        ('"v1"', 10, http(416, b"", "Content-Range: bytes */4"), False),
    ],
)
async def test_two_versions_are_never_put_together(
    validator: str, total: int, answer: bytes, whole: bool
) -> None:
    """The rest must have the validator and the length of what was begun, where it says them."""
    async with answering(answer) as server:
        asked = {"offset": 4, "validator": validator, "total": total}
        if not whole:
            assert type(await _refusal(f"{server.origin}/a", **asked)) is FileBroken
            return
        download, _ = await _fetched(f"{server.origin}/a", **asked)
    assert (download.total, download.validator, download.resumed) == (total, validator, True)


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        (('ETag: "v1"',), '"v1"'),
        (('ETag: W/"v1"',), None),
        (
            ('ETag: W/"v1"', "Last-Modified: Sun, 12 Jul 2026 10:00:00 GMT"),
            "Sun, 12 Jul 2026 10:00:00 GMT",
        ),
        (("Last-Modified: Sun, 12 Jul 2026 10:00:00 GMT",), "Sun, 12 Jul 2026 10:00:00 GMT"),
        ((), None),
    ],
)
async def test_only_equal_bytes_are_resumed(
    headers: tuple[str, ...], validator: str | None
) -> None:
    """A weak ETag promises the same meaning, not the same bytes."""
    async with answering(http(200, b"x", *headers)) as server:
        download, _ = await _fetched(f"{server.origin}/a")
    assert download.validator == validator


@pytest.mark.parametrize("encoding", ["gzip", "X-Gzip", "identity", "gzip, gzip"])
async def test_an_encoding_on_top_is_left(encoding: str) -> None:
    """A host that compresses on the way is understood; the bytes are those that came."""
    packed = gzip.compress(b"url\r\n")
    async with answering(http(200, packed, f"Content-Encoding: {encoding}")) as server:
        _, body = await _fetched(f"{server.origin}/a")
    assert body == packed
    assert b"\r\nAccept-Encoding: identity\r\n" in server.requests[0]
    assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, deflate"])
async def test_an_encoding_that_is_not_understood_is_refused(encoding: str) -> None:
    """Nothing is delivered that only looks like a CSV because nobody looked."""
    async with answering(http(200, b"url\r\n", f"Content-Encoding: {encoding}")) as server:
        assert type(await _refusal(f"{server.origin}/a")) is FileBroken


async def test_a_host_that_is_not_there_may_be_tried_again() -> None:
    """Refused connections and unknown names are trouble of the network."""
    assert type(await _refusal(f"http://127.0.0.1:{free_port()}/a")) is DownloadFailed
    assert type(await _refusal("https://no-such-host.invalid/a")) is DownloadFailed


async def test_a_name_is_not_resolved_twice() -> None:
    """The connection goes to the address that was checked, whatever the name says next."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) > 1 else ("192.0.2.1",)

    error = await _refusal("https://files.example/a", hosts=(), resolver=resolve)
    assert type(error) is HostNotAllowed
    assert asked == ["files.example"]


async def test_a_proxy_is_used_for_public_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy the file comes through it by name; local hosts are asked directly."""
    async with answering(http(407, b"")) as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy.origin.replace("//", "//jane:p%40ss@"))
        async with answering(http(200, b"x")) as server:
            assert (await _fetched(f"{server.origin}/a"))[1] == b"x"
        assert proxy.connections == 0
        assert type(await _refusal("https://files.invalid/a", hosts=())) is DownloadFailed
        inside = await _refusal("https://localhost/a", hosts=())
    assert type(inside) is HostNotAllowed
    (asked,) = proxy.requests
    assert asked.startswith(b"CONNECT files.invalid:443 HTTP/1.")
    assert b"\r\nProxy-Authorization: Basic amFuZTpwQHNz\r\n" in asked


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl for a certificate")
async def test_a_pinned_connection_still_proves_the_name(tmp_path: Path) -> None:
    """Connecting to the checked number, TLS and Host still speak of the name that was asked for."""
    pem = await asyncio.to_thread(_certificate, tmp_path, "files.example")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=pem)

    def get(host: str, port: int) -> bytes:
        target = target_of(f"https://{host}:{port}/a%2fb?c=[d]", ())
        with (
            httpcore.ConnectionPool(trusting) as pool,
            _asked(pool, target, "127.0.0.1", {}, TIMEOUTS) as answer,
        ):
            return b"".join(answer.body)

    async with answering(http(200, b"x"), tls=context) as server:
        port = urlsplit(server.origin).port or 0
        assert await asyncio.to_thread(get, "files.example", port) == b"x"
        with pytest.raises(httpcore.ConnectError):
            await asyncio.to_thread(get, "other.example", port)
    assert server.requests[0].startswith(b"GET /a%2fb?c=[d] HTTP/1.1\r\n")
    assert f"\r\nHost: files.example:{port}\r\n".encode() in server.requests[0]


def _certificate(folder: Path, name: str) -> Path:
    """A certificate that vouches for itself, with its key."""
    pem = folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run(
        [*command, "-keyout", pem, "-out", folder / "c.pem"], check=True, capture_output=True
    )
    with pem.open("a") as both:
        both.write((folder / "c.pem").read_text())
    return pem
