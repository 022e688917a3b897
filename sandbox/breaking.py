"""The middleware that every HTTP app of the sandbox wears: it notes, and it breaks on demand."""

import asyncio
import dataclasses
import functools
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.clock import Clock
from sandbox.faults import BODY_ACTIONS, Fault, Faults
from sandbox.journal import Entry, Journal

FAULT = web.RequestKey("fault", Fault)
"""The fault that a handler which streams by itself has to carry out, by `send`."""

GATEWAY_PAGE = (
    "<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center>"
    "<hr><center>gateway</center></body></html>"
)
GARBAGE = b'{"ok": tru\x00\xff<<<'
NO_LINGERING = struct.pack("ii", 1, 0)
"""Makes closing a socket send RST instead of FIN."""
OVERSTATEMENT = 1000
"""How many bytes too many `wrong_length` announces."""


@dataclasses.dataclass(frozen=True)
class Call:
    """A request in the words of the journal."""

    service: str
    method: str
    arguments: Mapping[str, Any]


Describe = Callable[[web.Request], Awaitable[Call | None]]
"""Names a request; None lets it pass unnoted (the page's own files, the control API)."""

Refuse = Callable[[Call, Fault], web.Response]
"""Builds the service's own refusal, for the actions `refuse` and `ratelimit`."""


def middleware(
    clock: Clock, journal: Journal, faults: Faults, *, describe: Describe, refuse: Refuse
) -> Middleware:
    """Note each request in the journal and carry out the fault that waits for it.

    The status of the entry is what the client was sent; None when the answer was lost. `acted`
    says whether the handler did its work, even where the fault hid that from the client.
    """

    @web.middleware
    async def breaking(request: web.Request, handler: Handler) -> web.StreamResponse:
        call = await describe(request)
        if call is None:
            return await handler(request)
        entry = journal.add(call.service, call.method, call.arguments)
        fault = faults.take(call.service, call.method, call.arguments)
        act = functools.partial(_act, request, handler, journal, entry)
        if fault is None:
            response = await act()
        else:
            journal.update(entry, fault=fault.action)
            response = await _struck(request, act, call, fault, refuse=refuse, clock=clock)
        if fault is not None and fault.action == "lost":
            _cut(request)
            journal.update(entry, status=None, error="lost")
        else:
            journal.update(entry, status=response.status, error=error_of(response))
        return response

    return breaking


async def send(
    request: web.Request,
    head: web.StreamResponse,
    body: AsyncIterator[bytes],
    *,
    clock: Clock,
    length: int,
) -> web.StreamResponse:
    """Stream a body under the head's status and headers, broken as the request's fault says.

    `length` is the true one, which is not announced where the head says
    `Transfer-Encoding: chunked`. A client that goes away ends the stream quietly: that is its
    right.
    """
    fault = request.get(FAULT)
    headers = head.headers.copy()
    chunked = headers.pop("Transfer-Encoding", None) == "chunked"
    headers.pop("Content-Length", None)
    response = web.StreamResponse(status=head.status, headers=headers)
    if chunked:
        response.enable_chunked_encoding()
    else:
        response.content_length = length
    stop_at: int | None = None
    if fault is not None and fault.action in BODY_ACTIONS:
        stop_at = min(length, fault.bytes if fault.bytes is not None else length // 2)
        if fault.action == "truncate":
            response.content_length = None if chunked else stop_at
        elif fault.action == "wrong_length":
            stop_at = length if fault.bytes is None else stop_at
            response.content_length = length + OVERSTATEMENT
    try:
        await response.prepare(request)
        if request.method == "HEAD":
            await response.write_eof()
            return response
        sent = 0
        async for chunk in _paced(body, fault, clock):
            piece = chunk if stop_at is None else chunk[: stop_at - sent]
            sent += len(piece)
            await response.write(piece)
            if sent == stop_at:
                break
        if fault is not None and fault.action in ("reset", "wrong_length"):
            _cut(request, reset=fault.action == "reset")
            return response
        await response.write_eof()
    except ConnectionError:
        return response
    return response


def error_of(response: web.StreamResponse) -> str | None:
    """The error word or number in a JSON answer of either service, else None."""
    body = response.body if isinstance(response, web.Response) else None
    if not isinstance(body, bytes) or response.content_type != "application/json":
        return None
    try:
        data = json.loads(body)
    except ValueError:
        return None
    error = data.get("error") if isinstance(data, dict) else None
    if isinstance(error, dict):
        error = error.get("error_code")
    return None if error is None else str(error)


async def _act(
    request: web.Request, handler: Handler, journal: Journal, entry: Entry
) -> web.StreamResponse:
    """Run the handler; its HTTP errors become answers, its crashes are noted and go on."""
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        journal.update(entry, error=answer.reason)
        return web.Response(
            status=answer.status, text=answer.text, headers=_without_length(answer.headers)
        )
    except Exception as crash:
        journal.update(entry, status=500, error=f"{type(crash).__name__}: {crash}")
        raise
    journal.update(entry, acted=response.status < 400 and error_of(response) is None)  # noqa: PLR2004 - HTTP's own border
    return response


async def _struck(
    request: web.Request,
    act: Callable[[], Awaitable[web.StreamResponse]],
    call: Call,
    fault: Fault,
    *,
    refuse: Refuse,
    clock: Clock,
) -> web.StreamResponse:
    """Act, or not, and answer as the fault says."""
    if fault.action in BODY_ACTIONS or (fault.action == "slow" and fault.bytes):
        request[FAULT] = fault
        response = await act()
        if isinstance(response, web.Response):
            body = _whole(response)
            return await send(
                request, response, body, clock=clock, length=response.content_length or 0
            )
        return response
    if fault.action == "slow":
        pause = fault.seconds or 0
        await clock.sleep(pause if fault.moment == "before" else 0)
        response = await act()
        await clock.sleep(pause if fault.moment == "after" else 0)
        return response
    if fault.moment == "after":
        await act()
    return _replaced(call, fault, refuse)


def _replaced(call: Call, fault: Fault, refuse: Refuse) -> web.Response:
    """The answer that stands in for the service's own."""
    if fault.action in ("refuse", "ratelimit"):
        return refuse(call, fault)
    if fault.action == "redirect":
        return web.Response(status=fault.status or 302, headers={"Location": str(fault.location)})
    if fault.action == "html":
        status = fault.status or 502
        page = GATEWAY_PAGE.format(status=status)
        return web.Response(status=status, text=page, content_type="text/html")
    if fault.action == "garbage":
        return web.Response(
            status=fault.status or 200, body=GARBAGE, content_type="application/json"
        )
    if fault.action == "status":
        return web.Response(status=fault.status or 500, text=fault.error or "error")
    return web.Response(status=fault.status or 200)


async def _whole(response: web.Response) -> AsyncIterator[bytes]:
    if isinstance(response.body, bytes):
        yield response.body


async def _paced(
    body: AsyncIterator[bytes], fault: Fault | None, clock: Clock
) -> AsyncIterator[bytes]:
    if fault is None or fault.action != "slow" or not fault.bytes:
        async for chunk in body:
            yield chunk
        return
    async for chunk in body:
        for start in range(0, len(chunk), fault.bytes):
            yield chunk[start : start + fault.bytes]
            await clock.sleep(fault.seconds or 0)


def _cut(request: web.Request, *, reset: bool = False) -> None:
    """End the TCP connection after what was sent, or reset it: what is under way is lost."""
    transport = request.transport
    if transport is None:
        return
    if reset and isinstance(transport, asyncio.WriteTransport):
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGERING)
        transport.abort()
    else:
        transport.close()


def _without_length(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in ("content-length", "content-type")
    }
