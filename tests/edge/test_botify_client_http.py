"""What becomes of HTTP's failures: which error, whether it was sent, how often it was tried."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import stamina
from pydantic import SecretStr
from raw_server import Answer, Do, RawServer, answering, deaf, free_port, greeting, http

from bot.botify.budget import Budget
from bot.botify.client import BotifyClient, _origin, _TokenForOrigin, path_to
from bot.botify.jobs import create_job, get_job, list_jobs
from bot.botify.profile import account
from bot.botify.projects import list_projects
from bot.botify.retries import INTERACTIVE, ONCE, Patience
from bot.model.errors import (
    BotifyUnreachable,
    NotSetUp,
    PermissionRefused,
    ProductError,
    QueryRefused,
    RateLimited,
    Repeat,
    TokenRefused,
    WrongInput,
)

TOKEN = "a-token-that-nobody-may-see"
JOB = json.dumps({"job_id": 4100001, "job_status": "CREATED"}).encode()
PROFILE = json.dumps({"success": True, "data": {"username": "jane.doe"}}).encode()
LONG = httpx.Timeout(60)
SHORT = httpx.Timeout(60, read=0.2)
"""For servers that say nothing more."""
HTML = b"<html><body>gateway</body></html>"


@asynccontextmanager
async def _client(
    origin: str, *, timeouts: httpx.Timeout = LONG, patience: Patience = ONCE
) -> AsyncIterator[BotifyClient]:
    async with BotifyClient(
        f"{origin}/v1", SecretStr(TOKEN), Budget(10_000), timeouts=timeouts, patience=patience
    ) as client:
        yield client


async def _creation(origin: str, timeouts: httpx.Timeout = LONG) -> ProductError:
    async with _client(origin, timeouts=timeouts) as client:
        with pytest.raises(ProductError) as caught:
            await create_job(client, {"username": "acme-org", "project": "acme.com"}, None)
    return caught.value


LOST: list[tuple[str, Answer | bytes]] = [
    ("nothing, closed", ()),
    ("nothing, reset", (Do.RESET,)),
    ("nothing, open", (Do.HANG,)),
    ("half a head", (b"HTTP/1.1 201 Crea", Do.HANG)),
    ("half a body", (http(201, JOB)[:-5],)),
    ("half a body, reset", (http(201, JOB)[:-5], Do.RESET)),
    ("no HTTP", (b"SSH-2.0-OpenSSH_9.9\r\n",)),
    ("500", http(500, b"")),
    ("500 with a code", http(500, b'{"error": {"error_code": 1029, "message": "x"}}')),
    ("502 page", http(502, HTML, "Content-Type: text/html")),
    ("503 that limits", http(503, b'{"error": {"error_code": 1053}}')),
    ("504", http(504, HTML)),
    ("200 page", http(200, HTML, "Content-Type: text/html")),
    ("201 empty", http(201, b"")),
    ("204", http(204, b"")),
    ("201 broken", http(201, JOB[:-3])),
    ("201 list", http(201, b"[1]")),
    ("201 null", http(201, b"null")),
    ("201 without id", http(201, b'{"job_status": "CREATED"}')),
    ("201 odd id", http(201, b'{"job_id": [], "job_status": "CREATED"}')),
    ("201 false gzip", http(201, JOB, "Content-Encoding: gzip")),
    ("302", http(302, b"", "Location: https://evil.example/")),
    ("408", http(408, b"")),
    ("409 busy", http(409, b'{"error": {"error_code": 1052}}')),
]


@pytest.mark.parametrize("answer", [answer for _, answer in LOST], ids=[name for name, _ in LOST])
async def test_a_lost_creation_is_unknown_and_asked_once(answer: Answer | bytes) -> None:
    """Whenever Botify may have started a job, the error says so, and nothing is repeated."""
    async with answering(answer) as server:
        error = await _creation(
            server.origin, SHORT if isinstance(answer, tuple) and Do.HANG in answer else LONG
        )
    assert error.repeat is Repeat.UNKNOWN
    assert error.sentence.endswith(".")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "repeat"),
    [
        (400, b'{"error": {"error_code": 1020, "message": "bad"}}', Repeat.DONE),
        (400, HTML, Repeat.DONE),
        (401, b"", Repeat.DONE),
        (403, b'{"error": {"error_code": 1002}}', Repeat.DONE),
        (404, HTML, Repeat.DONE),
        (429, b'{"error": {"error_code": 1053}}', Repeat.NOT_SENT),
        (429, b"", Repeat.NOT_SENT),
        (400, b'{"error": {"error_code": "1053"}}', Repeat.NOT_SENT),
    ],
)
async def test_a_refused_creation_was_not_executed(
    status: int, body: bytes, repeat: Repeat
) -> None:
    """A refusal is final; only a limit may be tried again, because it started nothing."""
    async with answering(http(status, body)) as server:
        error = await _creation(server.origin)
    assert error.repeat is repeat
    assert len(server.requests) == 1


async def test_a_creation_that_never_left_may_be_repeated() -> None:
    """Refused connections, unknown hosts and failed TLS: provably nothing was sent."""
    assert (await _creation(f"http://127.0.0.1:{free_port()}")).repeat is Repeat.NOT_SENT
    assert (await _creation("http://no-such-host.invalid")).repeat is Repeat.NOT_SENT
    with deaf() as origin:
        error = await _creation(origin, httpx.Timeout(60, connect=0.2))
    assert error.repeat is Repeat.NOT_SENT
    async with greeting(b"220 this is no TLS\r\n") as origin:
        assert (await _creation(origin.replace("http:", "https:"))).repeat is Repeat.NOT_SENT


async def test_a_creation_uses_a_connection_of_its_own() -> None:
    """An idle connection that the other side has just closed would lose the answer."""
    async with (
        answering(http(200, PROFILE), http(201, JOB)) as server,
        _client(server.origin) as client,
    ):
        await account(client)
        await create_job(client, {}, None)
        await create_job(client, {}, None)
    assert server.connections == 3


async def test_a_creation_says_what_it_costs_only_once() -> None:
    """One POST with type, payload and metadata side by side; metadata only where it is given."""
    async with answering(http(201, JOB)) as server, _client(server.origin) as client:
        job = await create_job(client, {"username": "é"}, {"botify_export": "X"})
        await create_job(client, {}, None)
    assert (job.id, job.word) == ("4100001", "CREATED")
    head, body = server.requests[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/jobs HTTP/1.1\r\n")
    assert json.loads(body) == {
        "job_type": "export",
        "payload": {"username": "é"},
        "metadata": {"botify_export": "X"},
    }
    assert json.loads(server.requests[1].split(b"\r\n\r\n")[1]).keys() == {"job_type", "payload"}


@pytest.mark.parametrize(
    "answer",
    [(), (Do.RESET,), http(500, b""), http(502, HTML), http(200, HTML), http(200, b"")],
    ids=["closed", "reset", "500", "502", "page", "empty"],
)
async def test_a_read_is_tried_three_times(answer: Answer | bytes) -> None:
    """Short trouble is not shown to people, lasting trouble is, after a bounded number of tries."""
    with stamina.set_testing(True, attempts=100, cap=True):  # without the waits between
        async with answering(answer, answer, http(200, PROFILE)) as server:
            async with _client(server.origin, patience=INTERACTIVE) as client:
                assert await account(client) == "jane.doe"
            assert len(server.requests) == 3
        async with answering(answer) as server:
            async with _client(server.origin, patience=INTERACTIVE) as client:
                with pytest.raises(BotifyUnreachable):
                    await account(client)
            assert len(server.requests) == 3


async def test_no_try_begins_after_the_time_is_over() -> None:
    """Patience is bounded in seconds too: a slow failure is not waited for three times."""
    async with answering((Do.HANG,)) as server:
        async with _client(server.origin, timeouts=SHORT, patience=Patience(3, 0.1)) as client:
            with pytest.raises(BotifyUnreachable, match="in time"):
                await account(client)
        assert len(server.requests) == 1


async def test_a_refusal_is_not_tried_again() -> None:
    """What Botify has decided stays decided."""
    async with answering(http(403, b"")) as server:
        async with _client(server.origin, patience=Patience(3, 60)) as client:
            with pytest.raises(PermissionRefused):
                await client.get("/projects/acme-org")
        assert len(server.requests) == 1


async def test_polling_has_its_own_rhythm() -> None:
    """A job or the list of jobs is asked for once, however patient the client is."""
    async with answering(http(500, b"")) as server:
        async with _client(server.origin, patience=Patience(3, 60)) as client:
            with pytest.raises(BotifyUnreachable):
                await get_job(client, "4100001")
            with pytest.raises(BotifyUnreachable):
                await list_jobs(client, "acme.com", 1)
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"null",
        b'"DONE"',
        b'{"job_id": 4100001}',
        b'{"job_id": 4100001, "job_status": null}',
        b'{"job_id": 4100002, "job_status": "DONE"}',
    ],
)
async def test_an_answer_about_no_job_or_another_one_is_none(body: bytes) -> None:
    """A poll believes only an answer with a state, about the job that was asked for."""
    async with answering(http(200, body)) as server, _client(server.origin) as client:
        with pytest.raises(BotifyUnreachable):
            await get_job(client, "4100001")


async def test_a_job_without_its_id_is_the_one_that_was_asked_for() -> None:
    """The address says which job it is."""
    body = b'{"job_status": "DONE", "results": {"download_url": "https://files.example/a"}}'
    async with answering(http(200, body)) as server, _client(server.origin) as client:
        job = await get_job(client, "4100001")
    assert (job.id, job.download_url) == ("4100001", "https://files.example/a")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"success": false}', TokenRefused),
        (b'{"success": false, "data": {"username": "jane.doe"}}', TokenRefused),
        (b'{"success": true, "data": {}}', BotifyUnreachable),
        (b'{"data": null}', BotifyUnreachable),
        (b'{"username": 7}', BotifyUnreachable),
        (b"[]", BotifyUnreachable),
    ],
)
async def test_a_profile_without_a_person_is_no_account(
    body: bytes, kind: type[ProductError]
) -> None:
    """`success: false` means the token; a form that nobody knows means no answer."""
    async with answering(http(200, body)) as server, _client(server.origin) as client:
        with pytest.raises(ProductError) as caught:
            await account(client)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("header", "tries", "asked"), [("Retry-After: 0", 2, 0), ("Retry-After: 86400", 1, 3600)]
)
async def test_retry_after_is_honoured_where_it_is_bearable(
    header: str, tries: int, asked: float
) -> None:
    """A short wait is waited for; of a long one the caller hears at once, with its length."""
    limited = http(429, b"", header)
    async with answering(limited, http(200, PROFILE)) as server:
        async with _client(server.origin, patience=Patience(2, 5)) as client:
            if tries == 1:
                with pytest.raises(RateLimited) as caught:
                    await account(client)
                assert caught.value.retry_after == asked
            else:
                assert await account(client) == "jane.doe"
        assert len(server.requests) == tries


async def test_after_a_429_everybody_waits() -> None:
    """The limit belongs to the token, so one refusal holds back all who share the budget."""
    waits: list[float] = []
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += seconds

    budget = Budget(10_000, clock=lambda: now, sleep=sleep)
    async with (
        answering(http(429, b"", "Retry-After: 7"), http(200, PROFILE)) as server,
        BotifyClient(f"{server.origin}/v1", SecretStr(TOKEN), budget, patience=ONCE) as client,
    ):
        with pytest.raises(RateLimited):
            await list_jobs(client, None, 1)
        await account(client)
    assert waits == [7]


async def test_an_answer_that_never_ends_is_given_up() -> None:
    """An endless body is cut at a size, not at the end of our memory."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with (
        answering((head, *[chunk] * 1_100, Do.HANG)) as server,
        _client(server.origin) as client,
    ):
        with pytest.raises(BotifyUnreachable, match="too large"):
            await client.get("/projects/acme-org")


async def test_redirects_are_not_followed() -> None:
    """The token goes where the operator said and nowhere else."""
    async with answering(http(200, PROFILE)) as other:
        moved = http(302, b"", f"Location: {other.origin}/v1/authentication/profile")
        async with answering(moved) as server, _client(server.origin) as client:
            with pytest.raises(BotifyUnreachable, match="another address"):
                await account(client)
    assert other.requests == []


async def test_the_token_is_sent_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    """It stands in the header of our requests and in no text, log line, error or URL of ours."""
    caplog.set_level("DEBUG")
    echo = json.dumps({"error": {"error_code": 1020, "message": f"no: Token {TOKEN}"}}).encode()
    async with answering(http(400, echo)) as server, _client(server.origin) as client:
        with pytest.raises(QueryRefused) as caught:
            await client.post("/projects/a/b/query", {})
        shown = [repr(client), str(client), repr(vars(client)), str(caught.value)]
        shown += [str(vars(caught.value)), caplog.text]
    head = server.requests[0]
    assert f"Authorization: Token {TOKEN}".encode() in head
    assert TOKEN.encode() not in head.splitlines()[0]
    assert not any(TOKEN in text for text in shown)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://api.botify.com/v1/jobs", True),
        ("https://API.botify.com:443/v2", True),
        ("http://api.botify.com/v1/jobs", False),
        ("https://api.botify.com:8443/v1/jobs", False),
        ("https://api.botify.com.evil.example/v1/jobs", False),
        ("https://files.example/a", False),
    ],
)
def test_the_token_belongs_to_one_origin(url: str, *, sent: bool) -> None:
    """Scheme, host and port of the API: to anything else no request carries the token."""
    auth = _TokenForOrigin(SecretStr(TOKEN), _origin("https://api.botify.com/v1"))
    request = next(auth.auth_flow(httpx.Request("GET", url)))
    assert ("Authorization" in request.headers) is sent


async def test_a_next_page_elsewhere_is_not_asked() -> None:
    """A `next` is no address for us: the page after this one is asked for at Botify's own."""
    async with (
        answering(http(200, b"[]")) as other,
        _listing(f"{other.origin}/v1/x") as server,
        _client(server.origin) as client,
    ):
        found = await list_projects(client, "acme-org")
    assert [project.name for project in found] == ["one", "two"]
    assert other.requests == []
    assert [b"page=2" in request for request in server.requests] == [False, True]


@asynccontextmanager
async def _listing(following: str) -> AsyncIterator[RawServer]:
    def page(name: str, after: str | None) -> bytes:
        body = {"results": [{"slug": name}], "next": after, "page": 1, "count": 2}
        return http(200, json.dumps(body).encode())

    async with answering(page("one", following), page("two", None)) as server:
        yield server


@pytest.mark.parametrize(
    "part", ["..", ".", "", "a/b", "a?b", "a#b", "a%2Fb", "a b", "é", "a" * 201]
)
def test_no_name_leads_out_of_its_path(part: str) -> None:
    """What is put into a path is a name, or it is refused before anything is sent."""
    with pytest.raises(WrongInput):
        path_to("projects", part)


@pytest.mark.parametrize("token", ["", "  ", "two words", "line\nbreak", "tökén", "a\x00b"])
def test_a_token_that_cannot_be_one_is_said_at_once(token: str) -> None:
    """Not at the first request, and without repeating it."""
    with pytest.raises(NotSetUp, match="BOTIFY_API_TOKEN") as caught:
        BotifyClient("https://api.botify.com/v1", SecretStr(token), Budget(4))
    assert token.strip() == "" or token not in str(caught.value)


@pytest.mark.parametrize("proxy", ["socks9://proxy:1", "nonsense://x"])
def test_a_proxy_that_cannot_be_used_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """The operator reads the name of the setting instead of a traceback."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(NotSetUp, match="proxy"):
        BotifyClient("https://api.botify.com/v1", SecretStr(TOKEN), Budget(4))


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators behind a proxy set it as everywhere; a local Botify is asked directly."""
    refused = http(407, b"")
    async with answering(refused) as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        async with answering(http(200, PROFILE)) as server, _client(server.origin) as client:
            assert await account(client) == "jane.doe"
        assert proxy.connections == 0
        async with _client("https://api.botify.invalid") as client:
            with pytest.raises(BotifyUnreachable) as caught:
                await account(client)
    assert caught.value.repeat is Repeat.NOT_SENT
    assert proxy.requests[0].startswith(b"CONNECT api.botify.invalid:443")
    assert TOKEN.encode() not in proxy.requests[0]


async def test_a_cancelled_call_leaves_nothing_behind() -> None:
    """Stopping the program in the middle of a question ends it without another error."""
    async with (
        answering((Do.HANG,)) as server,
        _client(server.origin, timeouts=httpx.Timeout(30)) as client,
    ):
        asking = asyncio.create_task(_ask(client))
        await server.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def _ask(client: BotifyClient) -> Any:
    return await client.get("/projects/acme-org")
