"""`/query`: a page of what a query gives."""

import asyncio
from typing import Any

from aiohttp import web

from sandbox.botify import paging, query, rows
from sandbox.botify.errors import Refusal
from sandbox.botify.service import Route, Service
from sandbox.decoding import decoded

PAGE_SIZE = 500
LARGEST_PAGE = 2000


async def run(service: Service, request: web.Request) -> web.Response:
    """Answer one page; `page`, `size` and `count` are in the query string."""
    project = service.project(request)
    asked = query.parse(project, await body(request), service.switches)
    size = _size(service, request)
    number = paging.number(request, "page", 1)
    found, more = await asyncio.to_thread(rows.page, asked, number, size)
    width = len(asked.columns)
    answer: dict[str, Any] = {
        "results": [
            {"dimensions": list(row[:width]), "metrics": list(row[width:])} for row in found
        ],
        "previous": paging.link(request, number - 1, size) if number > 1 else None,
        "next": paging.link(request, number + 1, size) if more else None,
        "page": number,
        "size": size,
    }
    if "count" in request.query:
        answer["count"] = await asyncio.to_thread(rows.count, asked)
    return web.json_response(answer)


async def body(request: web.Request) -> Any:
    """The JSON of a request.

    Raises:
        Refusal: 1020, it is none.
    """
    try:
        return decoded(await request.read())
    except ValueError:
        raise Refusal(1020, "the body is not JSON") from None


def _size(service: Service, request: web.Request) -> int:
    size = paging.number(request, "size", PAGE_SIZE)
    over = service.value("query_size_over")
    if size > LARGEST_PAGE and over == "refuse":
        raise Refusal(1020, f"size is at most {LARGEST_PAGE}")
    return min(size, LARGEST_PAGE) if over == "clamp" else size


ROUTES: list[Route] = [("POST", "/projects/{org}/{project}/query", run)]
