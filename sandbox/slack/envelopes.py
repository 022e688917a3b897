"""Envelopes: what goes to the app over a socket, and what it acknowledges in time."""

import asyncio
import dataclasses
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.slack import limits
from sandbox.slack.deadlines import until
from sandbox.slack.request_urls import BadAnswer, RequestUrls


class DispatchFailed(Exception):
    """The app is not connected: the person sees `dispatch_failed`."""


class OperationTimeout(Exception):
    """The app did not acknowledge in time: the person sees `operation_timeout`."""


class Line(Protocol):
    """What envelopes ask of the sockets."""

    async def send(self, body: dict[str, Any]) -> bool:
        """Send to one of the connections; False where there is none."""

    async def drop(self) -> None:
        """End all connections without a closing word."""


@dataclasses.dataclass
class Envelope:
    """One envelope and what became of it."""

    id: str
    body: dict[str, Any]
    acknowledged: asyncio.Future[Any]


class Envelopes:
    """Sends envelopes and waits for their acknowledgement; only the first one counts."""

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        faults: Faults,
        line: Callable[[], Line],
        http: RequestUrls | None = None,
        *,
        interactive: bool = True,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._faults = faults
        self._line = line
        self._http = http
        """Where everything goes instead, in HTTP mode."""
        self._interactive = interactive
        """Whether the manifest lets the app hear of what people press."""
        self._waiting: dict[str, Envelope] = {}
        self.last: Envelope | None = None

    def clear(self) -> None:
        self._waiting.clear()
        self.last = None

    async def ask(self, kind: str, payload: dict[str, Any]) -> Any:
        """Send an interaction or a command; the answer is the payload of its acknowledgement.

        Raises:
            DispatchFailed: nobody is connected, or interactivity is off.
            OperationTimeout: no acknowledgement within three seconds.
        """
        if kind == "interactive" and not self._interactive:
            raise DispatchFailed
        deadline = self._clock.deadline(limits.ACK_SECONDS)
        if self._http is not None:
            return await _asked(self._http, kind, payload, deadline)
        envelope = self._wrap(kind, payload, accepts_response_payload=True)
        try:
            if not await self._send(envelope):
                raise DispatchFailed
            return await until(self._clock, deadline, envelope.acknowledged)
        except TimeoutError:
            raise OperationTimeout from None
        finally:
            self._waiting.pop(envelope.id, None)

    async def tell(self, payload: dict[str, Any]) -> None:
        """Send an event, and again at the times of the retry schedule until it is acknowledged."""
        attempt, failure = 0, ""
        while True:
            if self._http is not None:
                deadline = self._clock.deadline(limits.ACK_SECONDS)
                failure = await _told(self._http, payload, deadline, attempt, failure)
            else:
                failure = await self._tell_by_socket(payload, attempt, failure)
            if not failure or attempt == len(limits.EVENT_RETRIES):
                return
            await self._clock.sleep(limits.EVENT_RETRIES[attempt])
            attempt += 1

    async def _tell_by_socket(self, payload: dict[str, Any], attempt: int, failure: str) -> str:
        """Try once; the reason of the next try, or nothing when there shall be none."""
        more = {"retry_attempt": attempt, "retry_reason": failure}
        envelope = self._wrap("events_api", payload, accepts_response_payload=False, **more)
        deadline = self._clock.deadline(limits.ACK_SECONDS)
        try:
            if not await self._send(envelope):
                return "connection_failed"
            await until(self._clock, deadline, envelope.acknowledged)
        except TimeoutError:
            return "timeout"
        finally:
            self._waiting.pop(envelope.id, None)
        return ""

    async def redeliver(self) -> bool:
        """Send the last envelope once more as it was, as Slack was seen to do after slow acks."""
        return self.last is not None and await self._line().send(self.last.body)

    def acknowledge(self, envelope_id: Any, payload: Any) -> None:
        """Take an acknowledgement from any connection; late and second ones count for nothing."""
        kind = self.last.body["type"] if self.last and self.last.id == envelope_id else None
        envelope = self._waiting.get(envelope_id) if isinstance(envelope_id, str) else None
        if envelope is not None:
            kind = envelope.body["type"]
        arguments = {"envelope_id": envelope_id, "type": kind, "payload": payload}
        entry = self._journal.add("socket", "ack", arguments)
        fault = self._faults.take("socket", "ack", arguments)
        if fault is not None:
            self._journal.update(entry, fault=fault.action, error="lost")
            return
        if envelope is None or envelope.acknowledged.done():
            self._journal.update(entry, error="too_late")
            return
        self._journal.update(entry, acted=True)
        envelope.acknowledged.set_result(payload)

    def _wrap(
        self, kind: str, payload: dict[str, Any], *, accepts_response_payload: bool, **more: Any
    ) -> Envelope:
        body = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": accepts_response_payload,
            **more,
        }
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        envelope = Envelope(body["envelope_id"], body, future)
        self._waiting[envelope.id] = envelope
        self.last = envelope
        return envelope

    async def _send(self, envelope: Envelope) -> bool:
        kind = envelope.body["type"]
        payload = envelope.body["payload"]
        arguments = {"type": kind, "payload_type": payload.get("type"), "payload": payload}
        entry = self._journal.add("socket", "envelope", arguments)
        fault = self._faults.take("socket", "envelope", arguments)
        if fault is not None:
            self._journal.update(entry, fault=fault.action)
            if fault.action == "slow":
                await self._clock.sleep(fault.seconds or 0)
            elif fault.moment == "before":
                if fault.action == "drop":
                    await self._line().drop()
                return True
        sent = await self._line().send(envelope.body)
        self._journal.update(entry, acted=sent, error=None if sent else "dispatch_failed")
        if fault is not None and fault.action == "drop":
            await self._line().drop()
        return sent


async def _asked(http: RequestUrls, kind: str, payload: dict[str, Any], deadline: float) -> Any:
    try:
        return await http.ask(kind, payload, deadline, {})
    except BadAnswer:
        raise DispatchFailed from None
    except TimeoutError:
        raise OperationTimeout from None


async def _told(
    http: RequestUrls, payload: dict[str, Any], deadline: float, attempt: int, failure: str
) -> str:
    """Post an event once; the reason of the next try, or nothing when there shall be none."""
    retry = {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": failure}
    try:
        await http.ask("events_api", payload, deadline, retry if attempt else {})
    except TimeoutError:
        return "http_timeout"
    except BadAnswer as bad:
        return "" if bad.no_retry else "http_error"
    return ""
