"""What the control API can do with the local Botify: state, seed, fates, expected files."""

import asyncio
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from sandbox.botify import jobs
from sandbox.botify.errors import Refusal
from sandbox.botify.fates import FATES
from sandbox.botify.service import Service
from sandbox.control import BadRequest, Control, answering


def register(control: Control, service: Service) -> None:
    """Put the service under control."""

    def fate(_request: web.Request, data: Any) -> Any:
        return _fate(service, data)

    async def expected(request: web.Request) -> web.StreamResponse:
        return await _expected(service, request)

    control.register(
        "botify",
        service.switches,
        state=lambda: _state(service),
        reset=lambda: _reset(service),
        seed=lambda data: _seed(service, data),
        routes=[
            web.post("/control/botify/fate", answering(fate)),
            web.get("/control/botify/expected", expected),
        ],
    )


def _state(service: Service) -> dict[str, Any]:
    return {
        "jobs": [jobs.as_state(service, job) for job in service.jobs.values()],
        "next_fates": service.next_fates,
        "credits": float(service.credits),
        "tokens_received": service.tokens_received,
        "projects": [
            {
                "org": project.organization,
                "project": project.slug,
                "fields": len(project.fields),
                "analyses": [
                    {"slug": analysis.slug, "status": analysis.status, "urls": analysis.size}
                    for analysis in project.analyses
                ],
            }
            for project in service.world.projects.values()
        ],
    }


def _reset(service: Service) -> None:
    service.world.reset()
    service.rate_limit.clear()
    service.store.clear()
    service.jobs.clear()
    service.next_fates.clear()
    service.credits *= 0
    service.tokens_received = 0


def _seed(service: Service, data: dict[str, Any]) -> None:
    if unknown := sorted(data.keys() - {"projects", "people"}):
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    for project in data.get("projects", ()):
        service.world.add_project(project)
    for person in data.get("people", ()):
        service.world.add_person(person)
    service.store.clear()


def _fate(service: Service, data: dict[str, Any]) -> dict[str, Any]:
    """`{fate, next: n}` for jobs to come, `{fate, job_id}` for one there is, `{finish, job_id}`.

    `{clear: true}` takes back what was decided for jobs to come.
    """
    if unknown := sorted(data.keys() - {"fate", "next", "job_id", "finish", "clear"}):
        raise BadRequest(f"unknown keys: {', '.join(unknown)}")
    if "clear" in data:
        if data != {"clear": True}:
            raise BadRequest("clear is true, and stands alone")
        service.next_fates.clear()
        return {"next_fates": []}
    name = data.get("fate")
    if name is not None and name not in FATES:
        raise BadRequest(f"fate is one of {', '.join(FATES)}")
    if "job_id" in data:
        try:
            job = jobs.find(service, str(data["job_id"]))
        except Refusal as refusal:
            raise BadRequest(str(refusal)) from refusal
        job.fate = name or job.fate
        job.finished = bool(data.get("finish", job.finished))
        return jobs.as_state(service, job)
    if name is None:
        raise BadRequest("say a fate, finish a job by its job_id, or clear")
    service.next_fates += [name] * int(data.get("next", 1))
    return {"next_fates": service.next_fates}


async def _expected(service: Service, request: web.Request) -> web.StreamResponse:
    """The bytes of a job's file before packing, without `sep=` line and byte order mark."""
    try:
        job = jobs.find(service, request.query.get("job", ""))
    except Refusal as refusal:
        return web.json_response({"error": str(refusal)}, status=404)
    style = jobs.bare_style(service, job)
    response = web.StreamResponse(headers={"Content-Type": "text/csv; charset=utf-8"})
    await response.prepare(request)
    pieces = jobs.pieces(job, style)
    while piece := await asyncio.to_thread(_next, pieces):
        await response.write(piece)
    await response.write_eof()
    return response


def _next(pieces: Iterator[bytes]) -> bytes:
    """The next piece; nothing at the end (pieces are never empty)."""
    return next(pieces, b"")
