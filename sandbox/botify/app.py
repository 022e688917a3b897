"""The two apps of the local Botify, and what the control API can do with them."""

import dataclasses
import functools
import math
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox import breaking
from sandbox.botify import (
    analyses,
    auth,
    collections,
    controls,
    errors,
    files,
    jobs,
    projects,
    queries,
)
from sandbox.botify.errors import CODES, Refusal
from sandbox.botify.ratelimit import RateLimit
from sandbox.botify.service import PERSON, Endpoint, Route, Service
from sandbox.botify.store import Store
from sandbox.botify.switches import switches
from sandbox.botify.world import World
from sandbox.breaking import Call
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.decoding import decoded
from sandbox.faults import Fault, Faults
from sandbox.journal import Journal

ROUTES: list[Route] = [
    *projects.ROUTES,
    *analyses.ROUTES,
    *collections.ROUTES,
    *queries.ROUTES,
    *jobs.ROUTES,
]
BASE = "/v1"


@dataclasses.dataclass(frozen=True)
class Apps:
    """The API, the file host, and what both know."""

    api: web.Application
    files: web.Application
    service: Service


def build(clock: Clock, journal: Journal, faults: Faults, control: Control) -> Apps:
    """Build both apps and put them under control as `botify`."""
    service = Service(
        clock=clock,
        switches=switches(control.profile),
        world=World(),
        rate_limit=RateLimit(clock),
        store=Store(),
    )
    controls.register(control, service)
    faults.register("botify", (f"{method} {path}" for method, path, _ in ROUTES))
    api = web.Application(
        middlewares=[
            breaking.middleware(
                clock,
                journal,
                faults,
                describe=_describe,
                refuse=functools.partial(_refuse, service),
            ),
            _rules(service),
        ]
    )
    for method, path, endpoint in ROUTES:
        api.router.add_route(method, f"{BASE}{path}", _handler(service, endpoint))

    async def close(_app: web.Application) -> None:
        await service.close()

    api.on_cleanup.append(close)
    return Apps(api, files.build(service, clock, journal, faults), service)


def _handler(service: Service, endpoint: Endpoint) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return await endpoint(service, request)

    return handler


def _rules(service: Service) -> Middleware:
    """What holds for every endpoint: a token, the rate limit, and refusals in Botify's words."""

    @web.middleware
    async def rules(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            asking = auth.person(request, service.world)
            request[PERSON] = asking
            key = asking.username
            if service.value("rate_limit_scope") == "project":
                key = await _project_of(service, request)
            wait = service.rate_limit.admit(key, service.value("rate_limit"))
            if wait is not None:
                return too_many(service, wait if service.value("retry_after") else None)
            return await handler(request)
        except Refusal as refusal:
            return _refused(service, refusal)
        except web.HTTPMethodNotAllowed:
            return _refused(service, Refusal(1039))
        except web.HTTPNotFound:
            return web.json_response({"detail": "Not found."}, status=404)

    return rules


async def _project_of(service: Service, request: web.Request) -> str:
    """The project that a request is about, by its path, its job, its payload or its query.

    What is about none counts together.
    """
    path = request.match_info
    organization, project = path.get("org"), path.get("project")
    job = next((job for job in service.jobs.values() if str(job.number) == path.get("id")), None)
    if job is not None:
        organization, project = job.request.project.organization, job.request.project.slug
    elif organization is None and request.method == "POST":
        payload = (await _sent(request)).get("payload")
        if isinstance(payload, dict):
            organization, project = payload.get("username"), payload.get("project")
    elif organization is None and (name := request.query.get("project")) is not None:
        organization, project = next(
            (key for key in service.world.projects if key[1] == name), (None, name)
        )
    return f"{organization}/{project}"


async def _sent(request: web.Request) -> dict[str, Any]:
    """The body, where it is an object."""
    try:
        body = decoded(await request.read() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def too_many(service: Service, wait: float | None) -> web.Response:
    """429, with or without Botify's code and a Retry-After, as the switches say."""
    headers = {} if wait is None else {"Retry-After": str(max(1, math.ceil(wait)))}
    if not service.value("too_many_code"):
        return web.Response(status=429, headers=headers)
    body = errors.envelope(1053, CODES[1053].message)
    return web.json_response(body, status=429, headers=headers)


def _refused(service: Service, refusal: Refusal) -> web.Response:
    if refusal.code == 1053:  # noqa: PLR2004 - Botify's number for too many requests
        return too_many(service, None)
    if refusal.code == 1029:  # noqa: PLR2004 - and for a field that does not exist
        refusal.status = service.value("unknown_field_status")
    if refusal.status in (401, 403) and service.value("auth_error_body") == "framework":
        return web.json_response({"detail": str(refusal.detail)}, status=refusal.status)
    return errors.response(refusal, with_detail=service.value("error_detail"))


async def _describe(request: web.Request) -> Call:
    """The request by the template of its path, with all that was sent along."""
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else request.path
    arguments: dict[str, Any] = {**request.match_info, **request.query, **await _sent(request)}
    return Call("botify", f"{request.method} {path.removeprefix(BASE)}", arguments)


def _refuse(service: Service, _call: Call, fault: Fault) -> web.Response:
    if fault.action == "ratelimit":
        return too_many(service, fault.seconds)
    text = fault.error or "1000"
    code = int(text) if text.isdecimal() else 1000
    known = CODES.get(code)
    message = known.message if known else text
    status = fault.status or (known.status if known else 400)
    return web.json_response(errors.envelope(code, message), status=status)
