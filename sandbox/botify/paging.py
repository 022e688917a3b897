"""The envelope of lists, and the page that a request asks for."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from sandbox.botify.errors import Refusal

MOST_DIGITS = 9


def number(request: web.Request, name: str, default: int) -> int:
    """A positive whole number of the query string.

    Raises:
        Refusal: 1020, it is something else.
    """
    text = request.query.get(name, str(default))
    if not text.isdecimal() or len(text) > MOST_DIGITS or int(text) < 1:
        raise Refusal(1020, f"{name} must be a positive number, not {text!r}")
    return int(text)


def link(request: web.Request, page: int, size: int) -> str:
    """The full URL of another page of the same list."""
    url = request.url.update_query(page=str(page), size=str(size))
    return str(url)


def envelope(request: web.Request, items: Sequence[Any], *, default_size: int) -> dict[str, Any]:
    """One page of a list with `count`, `next` and `previous`."""
    page = number(request, "page", 1)
    size = number(request, "size", default_size)
    start = (page - 1) * size
    return {
        "count": len(items),
        "page": page,
        "size": size,
        "next": link(request, page + 1, size) if start + size < len(items) else None,
        "previous": link(request, page - 1, size) if page > 1 else None,
        "results": list(items[start : start + size]),
    }
