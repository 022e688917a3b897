"""The Socket Mode connection, with a watchdog for what the SDK does not heal by itself.

Measured with slack_sdk 3.47: after one failed connect the SDK tries the same single-use ticket
for ever; a refused app token is retried for ever and never raised; and a socket can be open and
silent. The watchdog looks at the connection every second or so and decides by a table
(`diagnose`). What it cannot heal ends `watch` with an error, for whoever supervises the process.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NoReturn

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.proxy_env_variable_loader import load_http_proxy_from_env
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.model.errors import (
    InstallationGone,
    NotSetUp,
    ProductError,
    SlackRateLimited,
    SlackRefused,
    SlackUnreachable,
)
from bot.slack.calls import call, text_of
from bot.slack.clients import SlackClients

log = structlog.get_logger(__name__)

OPEN_METHOD: Final = "apps.connections.open"
LET_THROUGH: Final = (
    "Let this machine, its proxy and its firewall pass WebSockets (wss) to wss-primary.slack.com "
    "and wss-backup.slack.com."
)
TICKET: Final = re.compile(r"(ticket=)[^&'\"\s]+")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds after which the watchdog acts.

    Attributes:
        look: between two looks.
        ping: between two pings of the SDK; it calls four unanswered ones stale.
        ticket: how long one ticket may be tried.
        hello: how long Slack may take to greet on an open socket.
        stuck: how long nobody may be reconnecting a lost connection.
        give_up: how long it may stay broken while Slack hands out tickets.
    """

    look: float = 1.0
    ping: float = 10.0
    ticket: float = 15.0
    hello: float = 30.0
    stuck: float = 60.0
    give_up: float = 300.0


PATIENCE: Final = Patience()


@dataclass(frozen=True, slots=True)
class Observation:
    """The connection at one moment. Times are seconds.

    Attributes:
        connected: the socket is open and its pings are answered.
        greeted: Slack has said hello on it.
        lasting: since `connected` or `greeted` changed, or since the last remedy.
        broken: since it was last both, or since Slack last gave no ticket; 0 while it is so.
        connecting: the SDK says that it is in its own loop that connects.
        has_ticket: that loop holds the address of a connection.
        ticket_age: since it holds this one, or none.
        refused: why Slack gave no ticket the last time it was asked, or None.
    """

    connected: bool
    greeted: bool
    lasting: float = 0.0
    broken: float = 0.0
    connecting: bool = False
    has_ticket: bool = False
    ticket_age: float = 0.0
    refused: ProductError | None = None


class Action(StrEnum):
    """What the watchdog does."""

    NOTHING = "nothing"  # healthy, or the SDK is at work
    NEW_TICKET = "new_ticket"  # the SDK's next try asks Slack for a fresh ticket
    RECONNECT = "reconnect"  # nobody is reconnecting: do it
    GIVE_UP = "give_up"  # a new process might help, or a person has to


def diagnose(seen: Observation, patience: Patience = PATIENCE) -> Action:
    """What to do about a connection.

    While Slack gives no tickets, nothing is given up: a new process could not do better, and
    exports that are under way need this one.
    """
    down = not seen.connected
    table = (
        (isinstance(seen.refused, SlackRefused | NotSetUp), Action.GIVE_UP),
        (seen.connected and seen.greeted, Action.NOTHING),
        (seen.broken >= patience.give_up, Action.GIVE_UP),
        (seen.connected and seen.lasting >= patience.hello, Action.RECONNECT),
        (down and not seen.connecting and seen.lasting >= patience.stuck, Action.RECONNECT),
        (
            down and seen.connecting and seen.has_ticket and seen.ticket_age >= patience.ticket,
            Action.NEW_TICKET,
        ),
        # the loop that should ask for a ticket is gone, as after a cancelled reconnect
        (
            down
            and not seen.has_ticket
            and seen.refused is None
            and seen.ticket_age >= patience.stuck,
            Action.RECONNECT,
        ),
    )
    return next((action for holds, action in table if holds), Action.NOTHING)


@dataclass(frozen=True, slots=True)
class Health:
    """The connection as others may see it.

    Attributes:
        connected: Slack's requests arrive.
        seconds: how long it has been so.
        connections: how many there have been since the start.
        problem: one sentence, or None.
    """

    connected: bool
    seconds: float
    connections: int
    problem: str | None = None


class _Client(SocketModeClient):
    """The SDK's client, which also tells why it gets no ticket."""

    def __init__(self, clients: SlackClients, app_token: str, ping: float) -> None:
        super().__init__(app_token=app_token, web_client=clients.bolt, ping_interval=ping)
        self.logger.addFilter(_QUIET)
        self._clients = clients
        self.refused: ProductError | None = None
        self.first_ticket: str | None = None

    async def issue_new_wss_url(self) -> str:
        """A ticket, which is good for one connection.

        The first one was asked for when the app token was checked: Slack gives out few a minute.
        """
        if self.first_ticket:
            ticket, self.first_ticket = self.first_ticket, None
            return ticket
        try:
            ticket = await open_ticket(self._clients, self.app_token)
        except SlackRateLimited as error:
            self.refused = error
            await asyncio.sleep(error.retry_after)
            raise
        except ProductError as error:
            self.refused = error
            raise
        self.refused = None
        return ticket


async def open_ticket(clients: SlackClients, app_token: str) -> str:
    """The address of one WebSocket connection; it holds a ticket, so it is a secret.

    Raises:
        NotSetUp: Slack does not accept the app-level token, or Socket Mode is switched off.
        SlackUnreachable: no usable answer.
    """
    try:
        answer = await call(clients.posting, clients.gate, OPEN_METHOD, token=app_token)
    except InstallationGone as error:
        raise NotSetUp(
            "Slack does not accept SLACK_APP_TOKEN.",
            "Make an app-level token (xapp-...) with the scope connections:write on the app's "
            "page at api.slack.com, under Basic Information.",
            error_id=error.error_id,
        ) from error
    except NotSetUp as error:
        raise NotSetUp(
            "SLACK_APP_TOKEN may not open connections.",
            "Make an app-level token with the scope connections:write.",
            error_id=error.error_id,
        ) from error
    except SlackRefused as error:
        raise NotSetUp(
            f"Slack does not let this app connect over Socket Mode: {error.sentence}",
            "Switch on Socket Mode on the app's page at api.slack.com.",
            error_id=error.error_id,
        ) from error
    return text_of(answer, "url")


async def hear_hello(clients: SlackClients, app_token: str) -> None:
    """Connect as `Socket` does, wait until Slack says hello, and leave.

    Raises:
        NotSetUp: as `open_ticket`.
        SlackUnreachable: no ticket, no WebSocket, or no hello on it.
    """
    address = await open_ticket(clients, app_token)
    proxy = load_http_proxy_from_env(logging.getLogger(__name__))
    try:
        async with (
            asyncio.timeout(PATIENCE.hello),
            clients.session.ws_connect(address, proxy=proxy) as socket,
        ):
            while (await socket.receive_json()).get("type") != "hello":
                pass
    except aiohttp.WSServerHandshakeError as error:
        raise SlackUnreachable(
            f"The WebSocket to Slack was refused (HTTP {error.status}).", remedy=LET_THROUGH
        ) from None  # the address in the error holds the ticket
    except (aiohttp.ClientError, OSError, TypeError, ValueError):
        raise SlackUnreachable(
            "Slack can be asked, but the WebSocket to it does not open.", remedy=LET_THROUGH
        ) from None


class Socket:
    """One connection to Slack for one Bolt app.

    Use: `open`, then `watch` in a task of its own until it is cancelled or raises, then `close`.
    """

    def __init__(
        self,
        app: AsyncApp,
        clients: SlackClients,
        app_token: str,
        *,
        patience: Patience = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._clients = clients
        self._app_token = app_token
        self._patience = patience
        self._clock = clock
        self._client: _Client | None = None
        self._connecting: asyncio.Future[None] | None = None
        self._greeted_session: object | None = None
        self._first_hello = asyncio.Event()
        self._connections = 0
        self._state = (False, False)
        self._state_since = self._broken_since = self._ticket_since = clock()
        self._ticket: str | None = None

    async def open(self) -> None:
        """Check the app token, and start to connect.

        Raises:
            NotSetUp: Slack does not accept the token, or Socket Mode is off.
            SlackUnreachable: no usable answer.
        """
        ticket = await open_ticket(self._clients, self._app_token)
        client = _Client(self._clients, self._app_token, self._patience.ping)
        client.first_ticket = ticket
        client.socket_mode_request_listeners.append(self._handle)
        client.message_listeners.append(self._notice)
        self._client = client
        self._state_since = self._broken_since = self._ticket_since = self._clock()
        self._connecting = asyncio.ensure_future(client.connect())  # type: ignore[no-untyped-call]

    async def ready(self) -> None:
        """Return once Slack has said hello for the first time."""
        await self._first_hello.wait()

    async def watch(self) -> NoReturn:
        """Look after the connection for ever.

        Raises:
            ProductError: it cannot be healed from inside the process.
        """
        while True:
            client = self._opened()
            seen = await self._observe(client)
            action = diagnose(seen, self._patience)
            if action is not Action.NOTHING:
                log.warning("The connection to Slack needs help", action=action, **_facts(seen))
            self._act(client, action, seen)
            await asyncio.sleep(self._patience.look)

    async def close(self) -> None:
        """Take no more requests. Listeners that run are not waited for."""
        client, self._client = self._client, None
        connecting, self._connecting = self._connecting, None
        if client is None:
            return
        if connecting is not None:
            connecting.cancel()
        await client.close()  # type: ignore[no-untyped-call]
        own = (client.message_processor, client.current_session_monitor, client.message_receiver)
        tasks = [task for task in (connecting, *own) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    def health(self) -> Health:
        """The connection as it was at the last look."""
        connected = self._state == (True, True)
        refused = self._client.refused if self._client else None
        problem = None
        if not connected:
            problem = refused.sentence if refused else "Slack is not connected."
        return Health(connected, self._clock() - self._state_since, self._connections, problem)

    def _opened(self) -> _Client:
        if self._client is None:
            raise SlackUnreachable("The connection to Slack was closed.")
        return self._client

    async def _observe(self, client: _Client) -> Observation:
        now = self._clock()
        connected = await client.is_connected()
        state = (connected, connected and client.current_session is self._greeted_session)
        if state != self._state:
            log.info("The connection to Slack changed", connected=state[0], greeted=state[1])
            self._state, self._state_since = state, now
        if all(state) or client.refused is not None:
            self._broken_since = now
        if client.wss_uri != self._ticket or connected:
            self._ticket, self._ticket_since = client.wss_uri, now
        return Observation(
            connected=state[0],
            greeted=state[1],
            lasting=now - self._state_since,
            broken=now - self._broken_since,
            connecting=not client.auto_reconnect_enabled or self._is_connecting(),
            has_ticket=client.wss_uri is not None,
            ticket_age=now - self._ticket_since,
            refused=client.refused,
        )

    def _is_connecting(self) -> bool:
        return self._connecting is not None and not self._connecting.done()

    def _act(self, client: _Client, action: Action, seen: Observation) -> None:
        match action:
            case Action.NEW_TICKET:
                # the SDK's loop asks for a ticket only when it holds none
                client.wss_uri = None
            case Action.RECONNECT:
                self._state_since = self._ticket_since = self._clock()
                if self._connecting is not None:
                    self._connecting.cancel()
                self._connecting = asyncio.ensure_future(_reconnect(client))
            case Action.GIVE_UP:
                raise seen.refused or SlackUnreachable(
                    f"The connection to Slack has been broken for {seen.broken:.0f} seconds, "
                    "and new ones do not work.",
                    "The app stops so that it can be started afresh; no export is lost.",
                )
            case Action.NOTHING:
                pass

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        started = time.time()
        answer = await run_async_bolt_app(self._app, request)
        await send_async_response(client, request, answer, started)

    async def _notice(
        self, client: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: str | None
    ) -> None:
        if message.get("type") == "hello" and isinstance(client, SocketModeClient):
            self._greeted_session = client.current_session
            self._first_hello.set()
            self._connections += 1


async def _reconnect(client: _Client) -> None:
    """Connect anew. Why it got no ticket stays in `client.refused`, for the next look."""
    try:
        await client.connect_to_new_endpoint(force=True)
    except ProductError as error:
        log.warning("Slack gave no new connection", error_id=error.error_id, sentence=str(error))


class _Quiet(logging.Filter):
    """The SDK logs the address it could not connect to, ticket and traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = TICKET.sub(r"\1...", record.getMessage()), ()
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, aiohttp.ClientError | OSError | ProductError):
            record.exc_info = None
        return True


_QUIET: Final = _Quiet()


def _facts(seen: Observation) -> dict[str, Any]:
    """An observation for the log."""
    return {
        "connected": seen.connected,
        "greeted": seen.greeted,
        "seconds": round(seen.broken, 1),
        "connecting": seen.connecting,
        "refused": seen.refused.code if seen.refused else None,
    }
