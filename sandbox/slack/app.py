"""The local Slack as a web application."""

import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox import breaking
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.decoding import decoded
from sandbox.faults import Fault, Faults
from sandbox.journal import Entry, Journal
from sandbox.slack import (
    arguments,
    controls,
    files,
    inspection,
    manifest,
    people,
    responses,
    static,
    switches,
    webapi,
    world,
)
from sandbox.slack.bus import Bus
from sandbox.slack.envelopes import Envelopes
from sandbox.slack.errors import SlackError
from sandbox.slack.manifest import Manifest
from sandbox.slack.methods.table import METHODS
from sandbox.slack.platform import Platform
from sandbox.slack.ratelimits import RateLimits
from sandbox.slack.request_urls import RequestUrls
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.sockets import Sockets
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views
from sandbox.slack.workspace import Workspace

PLATFORM = web.AppKey("platform", Platform)
"""The state behind an application, for looks that are no requests."""

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of a request's body, except of an upload, which is streamed."""
SOCKET_ACTIONS: dict[str, frozenset[str]] = {
    "connect": frozenset({"refuse", "status", "lost", "drop", "reset", "slow"}),
    "envelope": frozenset({"lost", "drop", "slow"}),
    "ack": frozenset({"lost"}),
}
"""How each moment of a WebSocket's life can be broken."""
JSON_ARGUMENTS = frozenset({"attachments", "blocks", "files", "metadata", "view"})


def build(
    clock: Clock, journal: Journal, faults: Faults, control: Control, manifest_path: Path
) -> web.Application:
    """The application with the Web API, Socket Mode, uploads, the client API and the page.

    Raises:
        BadManifest: Slack would refuse the manifest.
    """
    described = manifest.read(manifest_path)
    folder = Path(tempfile.mkdtemp(prefix="sandbox-slack-"))
    platform = assemble(clock, journal, faults, control, described, folder)
    # "register" puts the routes of `controls` under the control API's own roof.
    control.register(
        "slack",
        platform.switches,
        state=lambda: inspection.state(platform),
        reset=lambda: reset(platform),
        seed=lambda more: world.seed(platform.workspace, more),
        routes=controls.routes(platform),
    )

    @web.middleware
    async def address(request: web.Request, handler: Any) -> web.StreamResponse:
        platform.origin = f"{request.scheme}://{request.host}"
        response: web.StreamResponse = await handler(request)
        return response

    faults.register("slack", (*METHODS, "upload", "response_url"))
    for name, actions in SOCKET_ACTIONS.items():
        faults.register("socket", [name], actions)
    wear = breaking.middleware(clock, journal, faults, describe=describe, refuse=refuse)
    app = web.Application(middlewares=[address, wear], client_max_size=LARGEST_BODY)
    app[PLATFORM] = platform
    app.add_routes(_routes(platform))

    def noted(entry: Entry) -> None:
        platform.bus.tell("journal", entry=entry.as_json())

    async def run(_app: web.Application) -> AsyncIterator[None]:
        forget = journal.subscribe(noted)
        yield
        forget()
        for task in tuple(platform.tasks):
            task.cancel()
        shutil.rmtree(folder, ignore_errors=True)

    async def hang_up(_app: web.Application) -> None:
        platform.bus.close()
        await platform.sockets.close()

    app.cleanup_ctx.append(run)
    app.on_shutdown.append(hang_up)
    return app


def assemble(
    clock: Clock,
    journal: Journal,
    faults: Faults,
    control: Control,
    described: Manifest,
    folder: Path,
) -> Platform:
    """Put the parts together."""
    chosen = switches.build(control.profile)
    workspace = Workspace(clock)
    world.build(workspace, described.bot_name)
    bus = Bus()
    http = None if described.socket_mode else RequestUrls(clock, journal, described)
    envelopes = Envelopes(
        clock, journal, faults, lambda: sockets, http, interactive=described.interactive
    )
    sockets = Sockets(clock, journal, faults, chosen, bus, envelopes.acknowledge)
    return Platform(
        clock=clock,
        journal=journal,
        faults=faults,
        switches=chosen,
        manifest=described,
        workspace=workspace,
        bus=bus,
        triggers=Triggers(clock),
        views=Views(workspace),
        sockets=sockets,
        envelopes=envelopes,
        rate_limits=RateLimits(clock),
        response_urls=ResponseUrls(clock),
        files=folder,
    )


def reset(platform: Platform) -> None:
    """Everything as at the start; connected apps stay connected."""
    for task in tuple(platform.tasks):
        task.cancel()
    for file in platform.workspace.files.values():
        if file.path is not None:
            file.path.unlink(missing_ok=True)
    world.build(platform.workspace, platform.manifest.bot_name)
    platform.triggers.clear()
    platform.views.clear()
    platform.rate_limits.clear()
    platform.response_urls.clear()
    platform.envelopes.clear()
    platform.menus.clear()
    platform.bus.tell("reset")


async def describe(request: web.Request) -> breaking.Call | None:
    """A request in the words of the journal; the page, the hands and control go unnoted."""
    path = request.path
    if found := re.fullmatch(r"/api/([\w.]+)", path):
        try:
            sent = await arguments.read(request)
        except SlackError:
            sent = {}
        return breaking.Call("slack", found.group(1), {k: _decoded(k, v) for k, v in sent.items()})
    if path.startswith("/upload/v1/"):
        return breaking.Call("slack", "upload", {"length": request.content_length})
    if path.startswith("/actions/"):
        body = await request.read()
        return breaking.Call("slack", "response_url", _object(body))
    return None


def refuse(call: breaking.Call, fault: Fault) -> web.Response:
    """Slack's own refusal, for a fault that asks for one."""
    if fault.action == "ratelimit":
        return webapi.too_many(fault.seconds)
    if call.method == "upload":
        return web.Response(status=fault.status or 400, text=fault.error or "refused")
    body = {"ok": False, "error": fault.error or "internal_error"}
    return web.json_response(body, status=fault.status or 200)


def _routes(platform: Platform) -> list[web.RouteDef]:
    async def call(request: web.Request) -> web.StreamResponse:
        return await webapi.call(platform, request)

    async def link(request: web.Request) -> web.StreamResponse:
        return await platform.sockets.serve(request)

    async def upload(request: web.Request) -> web.StreamResponse:
        try:
            file = await files.receive(platform, request.match_info["ticket"], _bytes(request))
        except files.BadUpload as refused:
            return web.Response(status=400, text=str(refused))
        return web.Response(text=f"OK - {file.length}")

    async def respond(request: web.Request) -> web.StreamResponse:
        return await responses.respond(platform, request)

    return [
        web.get("/api/{method}", call),
        web.post("/api/{method}", call),
        web.get("/link/", link),
        web.post("/upload/v1/{ticket}", upload),
        web.post("/actions/{team}/{word}", respond),
        *people.routes(platform),
        *static.routes(platform),
    ]


async def _bytes(request: web.Request) -> AsyncIterator[bytes]:
    """The bytes of an upload: the raw body, or the first file of a multipart form."""
    if request.content_type != "multipart/form-data":
        async for chunk in request.content.iter_any():
            yield chunk
        return
    form = await request.multipart()
    while (part := await form.next()) is not None:
        if getattr(part, "filename", None) is None:
            continue
        while chunk := await part.read_chunk():  # type: ignore[union-attr]
            yield chunk
        return


def _decoded(name: str, value: Any) -> Any:
    """JSON inside an argument, as the journal shows it."""
    if name not in JSON_ARGUMENTS or not isinstance(value, str):
        return value
    return _json(value.encode()) if value else value


def _json(body: bytes) -> Any:
    try:
        return decoded(body)
    except ValueError:
        return body.decode(errors="replace")


def _object(body: bytes) -> dict[str, Any]:
    value = _json(body)
    return value if isinstance(value, dict) else {}
