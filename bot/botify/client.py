"""HTTP to Botify's API: one origin, one token, one pace.

Proxies and certificates come from the environment (`HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`),
as operators expect; only an API on this very machine is never asked through a proxy.
"""

import asyncio
import functools
import ipaddress
import json
import re
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self

import httpx
import stamina
from pydantic import SecretStr

from bot.botify import answers
from bot.botify.answers import Answer
from bot.botify.budget import Budget
from bot.botify.certificates import trusted
from bot.botify.retries import INTERACTIVE, ONCE, Patience, wait_before_retry
from bot.botify.subject import NOTHING, Subject
from bot.model.errors import BotifyUnreachable, NotSetUp, RateLimited, Repeat, WrongInput
from bot.model.project import SLUG

TIMEOUTS: Final = httpx.Timeout(connect=5, write=10, read=30, pool=10)
"""Seconds a phase. Reading is the longest: a count over millions of URLs takes its time."""

ANSWER_SECONDS: Final = 60.0
"""For a whole answer: one that comes byte by byte would pass every single timeout."""

PAUSE_AFTER_429: Final = 1.0
"""Seconds for everybody, when Botify does not say how long."""

WAIT_FIRST, WAIT_LONGEST, WAIT_JITTER = 0.5, 8.0, 0.5
"""Seconds between tries of a read, where Botify does not say how long."""

Params = Mapping[str, str | int]

_NEVER_LEFT = (
    httpx.ConnectError,  # refused, no such host, no TLS: nothing of the request was written
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the proxy made no connection
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class BotifyClient:
    """Asks Botify's API; hands out parsed JSON or a domain error.

    Redirects are not followed. The token is added to requests to the API's own origin only.

    Args:
        base_url: the API with its version, such as `https://api.botify.com/v1`.
        token: of the person in whose name we ask.
        budget: shared by everything that uses this token.
        patience: how long reads are tried, where a call does not say otherwise.
        timeouts: seconds for each phase of a request.

    Raises:
        NotSetUp: the token, the address or the environment's proxy cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        token: SecretStr,
        budget: Budget,
        *,
        patience: Patience = INTERACTIVE,
        timeouts: httpx.Timeout = TIMEOUTS,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._token = _checked(token)
        self._budget = budget
        self._patience = patience
        build = functools.partial(
            httpx.AsyncClient,
            auth=_TokenForOrigin(self._token, _origin(self._base)),
            headers={"Accept": "application/json", "User-Agent": "botify-export-slack"},
            timeout=timeouts,
            follow_redirects=False,
            verify=trusted(),
            trust_env=not _is_this_machine(self._base),
        )
        try:
            self._http = build()
            # An idle connection may have been closed by the other side just now. For a read
            # that costs a retry; for what must not be repeated the answer would be unknown.
            self._http_fresh = build(limits=httpx.Limits(max_keepalive_connections=0))
        except (ImportError, ValueError) as error:
            raise NotSetUp(
                "The proxy in the environment cannot be used.",
                "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY.",
            ) from error

    def __repr__(self) -> str:
        return f"BotifyClient({self._base!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()
        await self._http_fresh.aclose()

    async def get(
        self,
        path: str,
        params: Params | None = None,
        *,
        subject: Subject = NOTHING,
        patience: Patience | None = None,
    ) -> Any:
        """The JSON at a path below the base address.

        Raises:
            ProductError: see `error_codes.error_of`; BotifyUnreachable without a usable answer.
        """
        return await self._read("GET", path, params, None, subject, patience or self._patience)

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        params: Params | None = None,
        *,
        subject: Subject = NOTHING,
        patience: Patience | None = None,
    ) -> Any:
        """As `get`, for a question that is asked with POST; it may be asked again."""
        return await self._read("POST", path, params, body, subject, patience or self._patience)

    async def post_once(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        subject: Subject = NOTHING,
        ready: Callable[[], None] | None = None,
    ) -> Any:
        """POST what must not happen twice: one try, over a connection of its own.

        Args:
            path: below the base address.
            body: the JSON.
            subject: what it is about.
            ready: called when its turn in the budget has come; what it raises keeps it here.

        Raises:
            ProductError: `repeat` says what is known: NOT_SENT when Botify cannot have done it,
                DONE when it refused, UNKNOWN in all other cases.
        """
        return await self._try(self._http_fresh, "POST", path, None, body, subject, ready)

    async def _read(
        self,
        method: str,
        path: str,
        params: Params | None,
        body: Mapping[str, Any] | None,
        subject: Subject,
        patience: Patience,
    ) -> Any:
        if patience.tries == ONCE.tries:
            return await self._try(self._http, method, path, params, body, subject)
        async for attempt in stamina.retry_context(
            functools.partial(wait_before_retry, patience=patience),
            attempts=patience.tries,
            timeout=patience.seconds,
            wait_initial=WAIT_FIRST,
            wait_max=WAIT_LONGEST,
            wait_jitter=WAIT_JITTER,
        ):
            with attempt:
                return await self._try(self._http, method, path, params, body, subject)
        raise AssertionError("the last try returns or raises")

    async def _try(
        self,
        http: httpx.AsyncClient,
        method: str,
        path: str,
        params: Params | None,
        body: Mapping[str, Any] | None,
        subject: Subject,
        ready: Callable[[], None] | None = None,
    ) -> Any:
        if not path.startswith("/"):
            raise ValueError(f"not a path below the base address: {path!r}")
        await self._budget.take()
        if ready is not None:
            ready()
        async with self._sent(http, method, f"{self._base}{path}", params, body) as response:
            answer = Answer(
                status=response.status_code,
                content_type=response.headers.get("content-type", ""),
                body=await self._body(response),
                retry_after=response.headers.get("retry-after"),
            )
        try:
            return await answers.read(answer, subject)
        except RateLimited as error:
            asked = error.retry_after
            self._budget.pause(PAUSE_AFTER_429 if asked is None else asked)
            raise

    @asynccontextmanager
    async def _sent(
        self,
        http: httpx.AsyncClient,
        method: str,
        url: str,
        params: Params | None,
        body: Mapping[str, Any] | None,
    ) -> AsyncIterator[httpx.Response]:
        """The answer with its body still to be read; every failure of HTTP as a domain error."""
        headers, content = {}, None
        if body is not None:
            # ASCII with escapes: half a surrogate pair from a pasted link cannot break it
            content = json.dumps(body, allow_nan=False).encode()
            headers["Content-Type"] = "application/json"
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                http.stream(
                    method,
                    url,
                    params=dict(params) if params else None,
                    content=content,
                    headers=headers,
                ) as response,
            ):
                yield response
        except _NEVER_LEFT as error:
            raise BotifyUnreachable(
                "Botify could not be reached.", repeat=Repeat.NOT_SENT
            ) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise BotifyUnreachable("Botify did not answer in time.") from error
        except httpx.RequestError as error:
            raise BotifyUnreachable("The connection to Botify broke off.") from error

    async def _body(self, response: httpx.Response) -> bytes:
        held = bytearray()
        async for chunk in response.aiter_bytes():
            held += chunk
            if len(held) > answers.LARGEST:
                raise BotifyUnreachable("Botify gave an answer that is too large to read.")
        if response.is_error:  # an echo of our header must not reach a message or a log
            return bytes(held).replace(self._token.get_secret_value().encode(), b"[token]")
        return bytes(held)


def path_to(*parts: str) -> str:
    """A path below the base address, such as `/jobs/4100001`.

    Raises:
        WrongInput: a part is nothing that Botify could have as a name; `..` and `/` would lead
            elsewhere.
    """
    for part in parts:
        if not is_name(part):
            raise WrongInput(f"{part[:60]!r} is not a name that Botify could know.")
    return "".join(f"/{part}" for part in parts)


def is_name(part: str) -> bool:
    """Whether a text can stand in a path: a slug, and not of dots only."""
    return SLUG.match(part) is not None and bool(part.strip("."))


class _TokenForOrigin(httpx.Auth):
    """Adds the token to requests to one origin, and to no other."""

    def __init__(self, token: SecretStr, origin: tuple[str, str, int | None]) -> None:
        self._token = token
        self._only = origin

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if _origin(str(request.url)) == self._only:
            request.headers["Authorization"] = f"Token {self._token.get_secret_value()}"
        yield request


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise NotSetUp("BOTIFY_API_URL is not an address.") from error
    return parsed.scheme, parsed.host, parsed.port


def _is_this_machine(url: str) -> bool:
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(token: SecretStr) -> SecretStr:
    value = token.get_secret_value().strip()
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise NotSetUp(
            "BOTIFY_API_TOKEN is empty or holds characters that no token has.",
            "Copy the token again from https://app.botify.com/account.",
        )
    return SecretStr(value)
