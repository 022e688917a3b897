"""The page of the local workspace: what a person sees and presses instead of Slack's client.

Plain HTML, CSS and ES modules without a build step; everything comes from this package, nothing
from elsewhere. It speaks only to `/client/` (a person's hands, see `sandbox.slack.people`) and
`/control/` (the side panel *Behind the scenes*), as any other client could.

Hooks for tests, in the order in which they should be tried: accessible roles and names; then
`data-` attributes, which are stable: `data-message-ts`, `data-channel-id`, `data-file-id`,
`data-view-id`, `data-callback-id`, `data-block-id`, `data-action-id`, `data-switch`,
`data-connected` on `<html>` (`true` while the event stream is open).
"""

from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
"""The folder that is served under `/static/`."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: http: https:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Foreign text can bring no script even if the page had a hole; images are the app's to choose."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def add_routes(app: web.Application) -> None:
    """Serve the page at `/` and its modules under `/static/`."""
    app.router.add_get("/", _index)
    app.router.add_get("/favicon.ico", _icon)
    app.router.add_get("/static/{path:.+}", _asset)


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html", headers=HEADERS)


async def _icon(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "icon.svg", headers=HEADERS)


async def _asset(request: web.Request) -> web.FileResponse:
    """One file of the page; whatever lies outside its folder does not exist."""
    path = (STATIC / request.match_info["path"]).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=HEADERS)
