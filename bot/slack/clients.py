"""The two Web API clients of the process, on one HTTP session, and who they act as."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient

from bot.model.errors import InstallationGone
from bot.model.settings import Settings
from bot.model.tokens import bot_token
from bot.slack.budget import Turns
from bot.slack.calls import ask, text_of
from bot.slack.gate import Gate

CALL_TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=10, sock_read=30)
"""For every call but the upload of bytes, which has its own."""

LOST: Final[list[type[Exception]]] = [
    aiohttp.ServerConnectionError,
    aiohttp.ClientOSError,
    aiohttp.ClientPayloadError,  # the answer broke off: the SDK's own list lacks it
]

SHORT_WAIT_SECONDS: Final = 2
"""A 429 that asks for no more than this is waited for inside the call, once."""

SCOPES_HEADER: Final = "x-oauth-scopes"
"""Every answer of the Web API lists the token's scopes in it."""


@dataclass(frozen=True, slots=True)
class SlackClients:
    """How this process speaks to Slack.

    Attributes:
        session: shared by all; holds no credential.
        bolt: for what may be repeated; a few quick retries happen inside a call.
        posting: for what must not be repeated, and for edits, whose repetition is planned
            elsewhere: nothing is ever retried inside a call.
        gate: methods that wait after a 429.
        turns: posts, one a second in each channel.
    """

    session: aiohttp.ClientSession
    bolt: AsyncWebClient
    posting: AsyncWebClient
    gate: Gate
    turns: Turns


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot token acts as.

    Attributes:
        team: workspace id.
        team_name: for people to read.
        bot_user: user id of the app, as in mentions.
        bot_id: Slack's other id of the same app.
        app_name: what follows the `@` in `/invite @...`.
        scopes: granted permissions; empty when Slack did not say.
    """

    team: str
    team_name: str
    bot_user: str
    bot_id: str
    app_name: str
    scopes: frozenset[str]


class ShortRateLimit(AsyncRateLimitErrorRetryHandler):
    """Waits once for a short 429; the SDK's own would sleep as long as Slack says, even an hour."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,  # noqa: ARG002 - the SDK passes it by name
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if error is not None or response is None or state.current_attempt > 0:
            return False
        asked = next(
            (values for name, values in response.headers.items() if name.lower() == "retry-after"),
            [],
        )
        return response.status_code == HTTPStatus.TOO_MANY_REQUESTS and any(
            value.isdecimal() and int(value) <= SHORT_WAIT_SECONDS for value in asked
        )


def quick_retries() -> list[AsyncRetryHandler]:
    """One repetition of an idempotent call: after a lost connection, a 500, a 503, a short 429."""
    return [
        AsyncConnectionErrorRetryHandler(max_retry_count=1, error_types=LOST),
        AsyncServerErrorRetryHandler(max_retry_count=1),
        ShortRateLimit(max_retry_count=1),
    ]


@asynccontextmanager
async def open_clients(
    settings: Settings, *, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[SlackClients]:
    """The clients, until the end of the `async with`; then their connections are closed.

    Raises:
        NotSetUp: there is no SLACK_BOT_TOKEN, or it is none.
    """
    token = bot_token(settings)
    base_url = str(settings.slack_api_url)
    async with aiohttp.ClientSession(timeout=CALL_TIMEOUT) as session:
        yield SlackClients(
            session=session,
            bolt=AsyncWebClient(
                token=token, base_url=base_url, session=session, retry_handlers=quick_retries()
            ),
            posting=AsyncWebClient(
                token=token, base_url=base_url, session=session, retry_handlers=[]
            ),
            gate=Gate(clock),
            turns=Turns(clock),
        )


async def identify(clients: SlackClients) -> Identity:
    """Ask Slack who the bot token is (`auth.test`), and what it may do.

    Raises:
        InstallationGone: Slack does not accept the token.
        SlackUnreachable: no usable answer.
    """
    try:
        data, headers = await ask(clients.bolt, clients.gate, "auth.test")
    except InstallationGone as error:
        if error.sentence != InstallationGone.sentence:  # Slack has said more than that
            raise
        raise InstallationGone(
            "Slack does not accept SLACK_BOT_TOKEN.", error_id=error.error_id
        ) from error
    team, user = text_of(data, "team_id"), text_of(data, "user_id")
    return Identity(
        team=team,
        team_name=str(data.get("team") or team),
        bot_user=user,
        bot_id=str(data.get("bot_id") or ""),
        app_name=str(data.get("user") or "Botify Export"),
        scopes=_scopes(headers),
    )


def _scopes(headers: Mapping[str, str]) -> frozenset[str]:
    """The scopes that an answer's headers list."""
    listed = headers.get(SCOPES_HEADER, "")
    return frozenset(scope.strip() for scope in listed.split(",") if scope.strip())
