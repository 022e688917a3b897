"""What an HTTP answer of Botify's API says: parsed JSON, or a domain error."""

import asyncio
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from bot.botify.error_codes import error_of
from bot.botify.subject import Subject
from bot.model.errors import BotifyUnreachable

LARGE: Final = 1_000_000
"""Bytes above which JSON is parsed beside the event loop: it takes some 10 ms a megabyte."""

LARGEST: Final = 64_000_000
"""Bytes of an answer that we read at all; a list of 4,449 fields is about 2 MB."""

LONGEST_WAIT: Final = 3_600.0
"""Seconds of a Retry-After that are believed; whoever waits longer should ask again anyway."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came.

    Attributes:
        status: HTTP status.
        content_type: the header, or empty.
        body: the decoded bytes.
        retry_after: the header, or None.
    """

    status: int
    content_type: str
    body: bytes
    retry_after: str | None = None


async def read(answer: Answer, subject: Subject) -> Any:
    """The JSON of a good answer.

    Raises:
        ProductError: the refusal that the answer is (`error_of`), or BotifyUnreachable where a
            good status comes without JSON.
    """
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's own borders
        body = _json_or_none(answer.body) if len(answer.body) <= LARGE else None
        raise error_of(
            answer.status,
            body,
            subject,
            retry_after=seconds_to_wait(answer.retry_after, datetime.now(UTC)),
        )
    try:
        if len(answer.body) > LARGE:
            body = await asyncio.to_thread(_parsed, answer.body)
        else:
            body = _parsed(answer.body)
    except (ValueError, RecursionError):
        raise BotifyUnreachable(_what_came_instead(answer)) from None
    if isinstance(body, dict) and body.keys() == {"error"} and isinstance(body["error"], dict):
        raise error_of(answer.status, body, subject)
    return body


def seconds_to_wait(header: str | None, now: datetime) -> float | None:
    """Retry-After as seconds from now, between 0 and `LONGEST_WAIT`; None when unreadable.

    HTTP knows two forms: a number of seconds, and a date.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = parsedate_to_datetime(header)
        except ValueError:
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        seconds = (date - now).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _parsed(body: bytes) -> Any:
    """JSON as the standard has it: Python's NaN and Infinity are no numbers there."""
    return json.loads(body, parse_constant=_no_number)


def _json_or_none(body: bytes) -> Any:
    try:
        return _parsed(body)
    except (ValueError, RecursionError):
        return None


def _no_number(word: str) -> Any:
    raise ValueError(word)


def _what_came_instead(answer: Answer) -> str:
    if not answer.body.strip():
        return "Botify gave an empty answer."
    if "html" in answer.content_type.lower() or answer.body.lstrip()[:1] == b"<":
        return "Botify answered with a web page instead of data."
    return "Botify gave an answer that cannot be read."
