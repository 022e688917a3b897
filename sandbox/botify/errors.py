"""Botify's refusals: the published table of codes, and the JSON that carries them."""

import dataclasses
from typing import Any

from aiohttp import web


@dataclasses.dataclass(frozen=True)
class Code:
    """One row of the published table. The HTTP status is not published: ours is a choice."""

    status: int
    message: str


CODES: dict[int, Code] = {
    1000: Code(500, "Unknown error"),
    1001: Code(401, "Not authorized"),
    1002: Code(403, "Permission denied"),
    1004: Code(404, "Analysis not found"),
    1007: Code(404, "User not found"),
    1010: Code(404, "Project not found"),
    1011: Code(400, "Crawl statistics are not available now"),
    1015: Code(400, "Bad regular expression"),
    1016: Code(400, "Fields are mandatory"),
    1020: Code(400, "Badly formatted request"),
    1021: Code(400, "Query is missing in the request"),
    1022: Code(400, "Badly formatted queries"),
    1024: Code(400, "Query parameter must be an object"),
    1027: Code(400, "Too many fields in the export"),
    1028: Code(400, "Too many multiple fields in the export"),
    1029: Code(400, "Field does not exist"),
    1033: Code(404, "Crawl data file is missing"),
    1034: Code(400, "The requested feature is disabled"),
    1037: Code(500, "The requested task failed"),
    1039: Code(405, "Method not allowed"),
    1043: Code(400, "The query is too big to be executed"),
    1044: Code(400, "The query cannot be executed"),
    1052: Code(409, "A CSV export is already running"),
    1053: Code(429, "Too many requests"),
    1057: Code(400, "Badly formatted regular expression in the query"),
    1058: Code(409, "An advanced export is already running"),
    1059: Code(404, "Advanced export not found"),
    1060: Code(500, "The export failed"),
}
"""The codes that the sandbox answers, by number."""


class Refusal(Exception):
    """The request is refused with one of Botify's codes."""

    def __init__(self, code: int, detail: str | None = None, *, status: int | None = None) -> None:
        super().__init__(f"{code} {CODES[code].message}: {detail}")
        self.code = code
        self.detail = detail
        self.status = status or CODES[code].status


def envelope(code: int, message: str, detail: str | None = None) -> dict[str, Any]:
    """The JSON of an error; `error_detail` is left out where there is nothing to add."""
    error: dict[str, Any] = {"error_code": code, "message": message}
    if detail is not None:
        error["error_detail"] = {"reason": detail}
    return {"error": error}


def response(refusal: Refusal, *, with_detail: bool) -> web.Response:
    """The HTTP answer of a refusal."""
    body = envelope(
        refusal.code, CODES[refusal.code].message, refusal.detail if with_detail else None
    )
    return web.json_response(body, status=refusal.status)
