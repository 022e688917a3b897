"""A server that says exactly the bytes that a test wants, and hangs up as it wants."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing sends RST."""


class Do(Enum):
    """What else than bytes an answer can consist of."""

    RESET = "reset the connection"
    HANG = "say nothing more and leave the connection open"


@dataclass
class RawServer:
    """A running server; each request takes the next answer, the last one stays."""

    origin: str
    requests: list[bytes] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0


Answer = tuple[bytes | Do, ...]


def http(status: int, body: bytes, *headers: str) -> bytes:
    """A whole answer in bytes."""
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


@asynccontextmanager
async def answering(
    *answers: Answer | bytes, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    """Serve on a free port; an answer ends with the connection unless it is one piece of bytes."""
    left = list(answers)
    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        server.connections += 1
        try:
            while (request := await _request(reader)) is not None:
                server.requests.append(request)
                server.asked.set()
                answer = left.pop(0) if len(left) > 1 else left[0]
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                    continue
                await _say(writer, answer)
                return
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            handlers.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server = RawServer(f"{'https' if tls else 'http'}://127.0.0.1:{port}")
    try:
        yield server
    finally:
        listener.close()
        for task in list(handlers):
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await listener.wait_closed()


@asynccontextmanager
async def greeting(words: bytes) -> AsyncIterator[str]:
    """Serve on a free port: say this to whoever connects, and hang up; gives the origin."""

    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"


@contextmanager
def deaf() -> Iterator[str]:
    """A port that lets nobody in: its queue is full and nobody takes from it."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _request(reader: asyncio.StreamReader) -> bytes | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        return head + (await reader.readexactly(int(length[1])) if length else b"")
    except asyncio.IncompleteReadError:
        return None


async def _say(writer: asyncio.StreamWriter, answer: Answer) -> None:
    for piece in answer:
        if piece is Do.RESET:
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
        elif piece is Do.HANG:
            await asyncio.Event().wait()
        elif isinstance(piece, bytes):
            writer.write(piece)
            await writer.drain()
