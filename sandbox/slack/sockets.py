"""Socket Mode: tickets, connections, their ageing and their end."""

import asyncio
import contextlib
import dataclasses
import itertools
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.clock import Clock
from sandbox.control import Switch
from sandbox.decoding import decoded
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.slack import limits
from sandbox.slack.bus import Bus

SECONDS_TO_CLOSE = 2.0
"""How long a client may take to answer the closing word, in real time."""


@dataclasses.dataclass(eq=False)
class Connection:
    """One WebSocket of the app."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    ending: bool = False
    """It was told to go: envelopes take another one."""
    ageing: asyncio.Task[None] | None = None


class Sockets:
    """The tickets that were given out and the connections that came of them."""

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        faults: Faults,
        switches: dict[str, Switch],
        bus: Bus,
        acknowledge: Callable[[Any, Any], None],
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._faults = faults
        self._switches = switches
        self._bus = bus
        self._acknowledge = acknowledge
        self._tickets: dict[str, float] = {}
        self._numbers = itertools.count(1)
        self._turn = 0
        self.connections: list[Connection] = []

    def ticket(self, word: str) -> str:
        """Remember a ticket that opens one WebSocket."""
        self._tickets[word] = self._clock.deadline(limits.TICKET_SECONDS)
        return word

    def kill_tickets(self) -> None:
        """No ticket given out so far opens anything any more."""
        self._tickets.clear()

    async def send(self, body: dict[str, Any]) -> bool:
        """Send to one of the connections, in turn; False where there is none."""
        ready = [each for each in self.connections if not each.ending and not each.socket.closed]
        ready = ready or [each for each in self.connections if not each.socket.closed]
        while ready:
            self._turn += 1
            chosen = ready[self._turn % len(ready)]
            try:
                await chosen.socket.send_str(json.dumps(body))
            except ConnectionError:
                ready.remove(chosen)
                continue
            return True
        return False

    async def drop(self) -> None:
        """End all connections without a closing word."""
        for connection in list(self.connections):
            cut(connection.request)
            self._forget(connection)

    async def disconnect(self, reason: str) -> int:
        """Tell every connection to go for this reason; the number of those told."""
        told = [each for each in self.connections if not each.socket.closed]
        for connection in told:
            await self._tell_to_go(connection, reason)
        return len(told)

    async def close(self) -> None:
        """Close every connection in good order."""
        leaving = list(self.connections)
        for connection in leaving:
            if connection.ageing is not None:
                connection.ageing.cancel()
        await asyncio.gather(*(connection.socket.close() for connection in leaving))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket at the address that apps.connections.open gave out."""
        entry = self._journal.add("socket", "connect", {"app_id": request.query.get("app_id")})
        fault = self._faults.take("socket", "connect")
        if fault is not None:
            self._journal.update(entry, fault=fault.action, status=fault.status or 403)
            if fault.action in ("lost", "drop", "reset"):
                cut(request)
            if fault.action == "slow":
                await self._clock.sleep(fault.seconds or 0)
            else:
                return web.Response(status=fault.status or 403, text=fault.error or "refused")
        deadline = self._tickets.pop(request.query.get("ticket", ""), None)
        if self._switches["sockets"].value != "accepted":
            self._journal.update(entry, status=403, error="refused")
            return web.Response(status=403, text="refused")
        if deadline is None or self._clock.now() > deadline:
            self._journal.update(entry, status=403, error="dead_ticket")
            return web.Response(status=403, text="this ticket opens nothing")
        socket = web.WebSocketResponse(timeout=SECONDS_TO_CLOSE)
        await socket.prepare(request)
        self._journal.update(entry, status=101, acted=True)
        connection = Connection(next(self._numbers), socket, request)
        if len(self.connections) >= limits.CONNECTIONS:
            self._journal.update(entry, error="too_many_websockets")
            await self._tell_to_go(connection, "too_many_websockets")
            await socket.close()
            return socket
        self.connections.append(connection)
        self._bus.tell("connection", connections=len(self.connections))
        try:
            await self._serve(connection)
        finally:
            self._forget(connection)
        return socket

    async def _serve(self, connection: Connection) -> None:
        query = connection.request.query
        life = float(self._switches["connection_seconds"].value)
        if query.get("debug_reconnects") == "true":
            life = float(limits.DEBUG_CONNECTION_SECONDS)
        await connection.socket.send_str(
            json.dumps(
                {
                    "type": "hello",
                    "num_connections": len(self.connections),
                    "debug_info": {
                        "host": "applink-sandbox",
                        "build_number": 1,
                        "approximate_connection_time": int(life),
                    },
                    "connection_info": {"app_id": query.get("app_id")},
                }
            )
        )
        connection.ageing = asyncio.create_task(self._age(connection, life))
        try:
            async for message in connection.socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(message.data)
        finally:
            connection.ageing.cancel()

    async def _age(self, connection: Connection, life: float) -> None:
        """Warn, ask to refresh, and close what stays."""
        await self._clock.sleep(max(0.0, life - limits.WARNING_SECONDS))
        await self._tell_to_go(connection, "warning")
        await self._clock.sleep(min(life, limits.WARNING_SECONDS))
        await self._tell_to_go(connection, "refresh_requested")
        await self._clock.sleep(limits.GRACE_SECONDS)
        await connection.socket.close()

    async def _tell_to_go(self, connection: Connection, reason: str) -> None:
        connection.ending = reason != "warning"
        body = {
            "type": "disconnect",
            "reason": reason,
            "debug_info": {"host": "applink-sandbox"},
        }
        with contextlib.suppress(ConnectionError):  # a closing socket has nobody left to tell
            await connection.socket.send_str(json.dumps(body))

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self._bus.tell("connection", connections=len(self.connections))

    def _hear(self, data: str) -> None:
        """An acknowledgement; anything else that an app sends means nothing to Slack."""
        try:
            message = decoded(data)
        except ValueError:
            return
        if isinstance(message, dict) and "envelope_id" in message:
            self._acknowledge(message["envelope_id"], message.get("payload"))


def cut(request: web.Request) -> None:
    """End the TCP connection at once."""
    transport = request.transport
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
