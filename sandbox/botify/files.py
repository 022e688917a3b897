"""The file host: serves what jobs made, on another origin, to whoever has the URL."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox import breaking
from sandbox.botify import jobs
from sandbox.botify.jobs import EXPIRES, SIGNATURE, Job
from sandbox.botify.service import Service
from sandbox.botify.store import CONTENT_TYPES, SUFFIXES
from sandbox.breaking import Call
from sandbox.clock import Clock
from sandbox.faults import Fault, Faults
from sandbox.journal import Journal

PATH = "/collection_exports/{a}/{b}/{c}/{digest}/{name}"
CHUNK_BYTES = 1 << 18
STEPS_PER_SECOND = 10
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
REFUSED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
    "<Message>{code}</Message></Error>"
)
CODES = {403: "AccessDenied", 404: "NoSuchKey", 410: "Gone", 429: "SlowDown", 503: "SlowDown"}


def build(service: Service, clock: Clock, journal: Journal, faults: Faults) -> web.Application:
    """The app of the file host."""
    faults.register("files", ("GET /file", "HEAD /file"))
    app = web.Application(
        middlewares=[
            _no_credentials(service, journal),
            breaking.middleware(clock, journal, faults, describe=_describe, refuse=_refuse),
        ]
    )

    async def handler(request: web.Request) -> web.StreamResponse:
        return await file(service, request)

    app.router.add_get(PATH, handler)
    return app


async def file(service: Service, request: web.Request) -> web.StreamResponse:
    """Stream a job's file, or the part of it that was asked for."""
    job = next((job for job in service.jobs.values() if request.path.startswith(job.path)), None)
    if job is None or not jobs.has_file(service, job):
        return refused(404)
    if not _valid(service, request, job):
        return refused(403)
    hops = len(request.query.get("hop", ""))
    if hops < service.value("file_redirects"):
        again = request.url.update_query(hop="x" * (hops + 1))
        return web.Response(status=302, headers={"Location": str(again)})
    path = await jobs.file(service, job)
    job.downloads += request.method == "GET"
    return await _stream(service, request, job, path)


def refused(status: int) -> web.Response:
    """A refusal as a storage service words it."""
    text = REFUSED.format(code=CODES.get(status, "Error"))
    return web.Response(status=status, text=text, content_type="application/xml")


async def _stream(
    service: Service, request: web.Request, job: Job, path: Path
) -> web.StreamResponse:
    size = (await asyncio.to_thread(path.stat)).st_size
    packing = jobs.packing_of(service, job)
    exact = service.value("file_content_type") == "exact"
    tag = f'"{job.path.rsplit("/", 2)[1][:32]}"'
    headers = {
        "Content-Type": CONTENT_TYPES[packing] if exact else "application/octet-stream",
        "ETag": tag,
        "Content-Disposition": f'attachment; filename="botify{SUFFIXES[packing]}"',
    }
    start, stop, status = 0, size, 200
    if service.value("file_ranges"):
        headers["Accept-Ranges"] = "bytes"
        wanted = request.headers.get("Range")
        if (
            wanted is not None
            and RANGE.fullmatch(wanted)
            and request.headers.get("If-Range", tag) == tag
        ):
            part = span(wanted, size)
            if part is None:
                return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
            start, stop = part
            status = 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    if not service.value("file_length"):
        headers["Transfer-Encoding"] = "chunked"
    head = web.StreamResponse(status=status, headers=headers)
    body = _read(service, path, start, stop)
    return await breaking.send(request, head, body, clock=service.clock, length=stop - start)


def span(text: str, size: int) -> tuple[int, int] | None:
    """The part of a file that a Range header asks for, end excluded; None where there is none."""
    match = RANGE.fullmatch(text.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    start, stop = int(first), min(size, int(last) + 1) if last else size
    return (start, stop) if start < stop else None


async def _read(service: Service, path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    """The bytes of a file, as slowly as the switch says."""
    with path.open("rb") as source:
        source.seek(start)
        left = stop - start
        while left > 0:
            speed = service.value("file_bytes_per_second")
            step = max(1, speed // STEPS_PER_SECOND) if speed else CHUNK_BYTES
            chunk = await asyncio.to_thread(source.read, min(step, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
            if speed:
                await service.clock.sleep(len(chunk) / speed)


def _valid(service: Service, request: web.Request, job: Job) -> bool:
    """Whether the URL has not expired. Where URLs do not expire, all are valid."""
    if service.value("file_url_seconds") is None and EXPIRES not in request.query:
        return True
    expires = request.query.get(EXPIRES, "")
    return (
        expires.isdecimal()
        and request.query.get(SIGNATURE) == jobs.signature(job.path, int(expires))
        and service.clock.now() * 1000 < int(expires)
    )


def _no_credentials(service: Service, journal: Journal) -> Middleware:
    """A credential that reaches the file host is a leak: counted, and answered with 500."""

    @web.middleware
    async def no_credentials(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "Authorization" not in request.headers:
            return await handler(request)
        service.tokens_received += 1
        text = "a credential was sent to the file host"
        journal.add("files", f"{request.method} /file", {}, status=500, error=text)
        return web.Response(status=500, text=text)

    return no_credentials


async def _describe(request: web.Request) -> Call:
    arguments = {
        "path": request.path,
        **({"range": value} if (value := request.headers.get("Range")) else {}),
    }
    return Call("files", f"{request.method} /file", arguments)


def _refuse(_call: Call, fault: Fault) -> web.Response:
    limited = fault.action == "ratelimit"
    response = refused(fault.status or (429 if limited else 403))
    if limited and fault.seconds is not None:
        response.headers["Retry-After"] = str(int(fault.seconds))
    return response
