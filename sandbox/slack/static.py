"""The page's own files, and the addresses that messages and files have."""

import mimetypes
from pathlib import Path

from aiohttp import hdrs, web

from sandbox.slack import files
from sandbox.slack.auth import KINDS
from sandbox.slack.people import attachment
from sandbox.slack.platform import Platform

ROOT = Path(__file__).parent.parent / "page" / "static"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
}
TEXTS = frozenset({"text/html", "text/css", "text/javascript"})
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in</body></html>"


def routes(platform: Platform) -> list[web.RouteDef]:
    """The addresses that a browser opens."""

    async def private(request: web.Request) -> web.StreamResponse:
        """`url_private`: only for a bearer with files:read, else the page to sign in."""
        token = request.headers.get(hdrs.AUTHORIZATION, "").removeprefix("Bearer ")
        file = platform.workspace.files.get(request.match_info["file"])
        if (
            file is None
            or file.path is None
            or KINDS.get(token) != "bot"
            or "files:read" not in platform.manifest.scopes
        ):
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        return attachment(file.path, file.name, files.mimetype(file))

    async def shown(request: web.Request) -> web.StreamResponse:
        """A file's permalink: here it downloads, for whoever opens it."""
        file = platform.workspace.files.get(request.match_info["file"])
        if file is None or file.path is None or not file.shares or file.deleted:
            raise web.HTTPNotFound(text="no such file")
        return attachment(file.path, file.name, files.mimetype(file))

    async def archives(request: web.Request) -> web.StreamResponse:
        """A message's permalink: the page, at this message."""
        channel, word = request.match_info["channel"], request.match_info["ts"].removeprefix("p")
        ts = f"{word[:-6]}.{word[-6:]}"
        raise web.HTTPFound(f"/?channel={channel}&ts={ts}")

    return [
        web.get("/files-pri/{file}/{name}", private),
        web.get("/files-pri/{file}/download/{name}", private),
        web.get("/files/{user}/{file}/{name}", shown),
        web.get("/archives/{channel}/{ts}", archives),
        web.get("/{path:.*}", page),
    ]


async def page(request: web.Request) -> web.StreamResponse:
    """A file of the page; the folder itself is its index.html."""
    path = (ROOT / (request.match_info["path"] or "index.html")).resolve()
    if not path.is_relative_to(ROOT.resolve()) or not path.is_file():
        raise web.HTTPNotFound(text="not found")
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    kind = kind or "application/octet-stream"
    charset = "; charset=utf-8" if kind in TEXTS else ""
    headers = {hdrs.CONTENT_TYPE: kind + charset, hdrs.CACHE_CONTROL: "no-store"}
    return web.FileResponse(path, headers=headers)
