"""What the control API can do with the local Botify: state, seed, fates, expected files."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from aiohttp import web

from sandbox import kinds
from sandbox.botify import jobs, world
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


WORLD = dict.fromkeys(("projects", "people"), kinds.several(kinds.OBJECT))
FATE: dict[str, kinds.Kind] = {
    "fate": kinds.one_of(*FATES),
    "next": kinds.whole(1),
    "job_id": kinds.either(kinds.whole(1), kinds.TEXT),
    "finish": kinds.BOOLEAN,
    "clear": kinds.BOOLEAN,
}


def _seed(service: Service, data: Any) -> Callable[[], None]:
    data = kinds.read(data, WORLD)
    projects = [world.read_project(item) for item in data.get("projects", ())]
    people = dict(world.read_person(item) for item in data.get("people", ()))

    def add() -> None:
        for project in projects:
            service.world.add_project(project)
        service.world.people |= people
        service.store.clear()

    return add


def _fate(service: Service, data: Any) -> dict[str, Any]:
    """`{fate, next: n}` for jobs to come, `{fate, job_id}` for one there is, `{finish, job_id}`.

    `{clear: true}` takes back what was decided for jobs to come.
    """
    data = kinds.read(data, FATE)
    if "clear" in data:
        if data != {"clear": True}:
            raise BadRequest("clear is true, and stands alone")
        service.next_fates.clear()
        return {"next_fates": []}
    name = data.get("fate")
    if "job_id" in data:
        if "next" in data or not data.keys() & {"fate", "finish"}:
            raise BadRequest("a job takes a fate, finish or both")
        try:
            job = jobs.find(service, str(data["job_id"]))
        except Refusal as refusal:
            raise BadRequest(str(refusal)) from refusal
        if data.get("finish") and name is not None and FATES[name].end is None:
            raise BadRequest(f"a job cannot be finished as {name}, which has no end")
        job.fate = name or job.fate
        if data.get("finish"):
            jobs.finish(service, job)
        elif "finish" in data:
            job.finished = False
        return jobs.as_state(service, job)
    if name is None or "finish" in data:
        raise BadRequest("say a fate, finish a job by its job_id, or clear")
    service.next_fates += [name] * data.get("next", 1)
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
