"""Botify's error codes, and how a refused call becomes a domain error.

The code decides, then the HTTP status: Botify publishes its codes (Error codes page of the
developer documentation, 1000 to 1060 without 1003) but not which status carries which.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.botify.subject import Subject
from bot.model.errors import (
    BotifyRefused,
    BotifyUnreachable,
    ExportBusy,
    ExportFailed,
    NotFound,
    PermissionRefused,
    ProductError,
    QueryRefused,
    QuotaReached,
    RateLimited,
    Repeat,
    TokenRefused,
    WrongAnalysis,
    WrongField,
)

QUOTED_MESSAGE: Final = 200
"""Characters of Botify's own message that we quote."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code or a status amounts to.

    Attributes:
        error: the domain error; None leaves the decision to the status.
        sentence: may hold `{subject}`, `{act}`, `{project}`, `{analysis}`, `{field}`, `{message}`
            and `{status}`; when one of them is unknown the class's own sentence is used.
        next_step: where the class's own does not fit.
        remedy: as in `ProductError`.
    """

    error: type[ProductError] | None
    sentence: str | None = None
    next_step: str | None = None
    remedy: str | None = None


_BY_STATUS = Meaning(None)
_NO_TOKEN = Meaning(TokenRefused)
_NO_PERMISSION = Meaning(
    PermissionRefused, "The Botify account of this app may not {act} the project {project}."
)
_UNKNOWN = Meaning(NotFound, "Botify does not know {subject}.")
_NO_PROJECT = Meaning(NotFound, "Botify does not know the project {project}.")
_NO_ANALYSIS = Meaning(NotFound, "Botify does not know the analysis {analysis} of {project}.")
_MALFORMED = Meaning(QueryRefused, "Botify did not accept the query: {message}.")
_REGEX = Meaning(
    QueryRefused,
    "Botify cannot read a regular expression in the filter.",
    "Correct the filter in Botify, or use a link without a filter.",
)
_NO_FIELD = Meaning(
    WrongField, "Botify does not know the field {field} in the analysis {analysis}."
)
_UNUSABLE_FIELD = Meaning(
    WrongField, "The field {field} of the analysis {analysis} cannot be used here."
)
_FEATURE_OFF = Meaning(
    QueryRefused,
    "A field needs a Botify feature that is switched off for the project {project}.",
    "Leave out fields about visits, search engines or comparisons, then try again.",
)
_BUSY = Meaning(ExportBusy)

CODES: Final[dict[int, Meaning]] = {
    1000: _BY_STATUS,  # unknown error
    1001: _NO_TOKEN,
    1002: _NO_PERMISSION,
    1004: _NO_ANALYSIS,
    1005: _UNKNOWN,
    1006: _UNKNOWN,
    1007: _UNKNOWN,
    1008: _UNKNOWN,
    1009: _UNKNOWN,
    1010: _NO_PROJECT,
    1011: Meaning(BotifyUnreachable, "Botify has no figures about this crawl at the moment."),
    1012: _UNKNOWN,
    1013: _UNKNOWN,
    1014: _UNKNOWN,
    1015: _REGEX,
    1016: _MALFORMED,
    1017: _UNKNOWN,
    1018: _MALFORMED,
    1019: _MALFORMED,
    1020: _MALFORMED,
    1021: _MALFORMED,
    1022: _MALFORMED,
    1023: _MALFORMED,
    1024: _MALFORMED,
    1025: _MALFORMED,
    1026: _MALFORMED,
    1027: Meaning(
        QueryRefused,
        "Botify accepts at most 10 fields in this export.",
        "Choose at most 10 fields, then try again.",
    ),
    1028: Meaning(
        QueryRefused,
        "Botify accepts at most one field that holds several values in this export.",
        "Keep only one such field, such as H1, then try again.",
    ),
    1029: _NO_FIELD,
    1030: _UNUSABLE_FIELD,
    1031: _UNUSABLE_FIELD,
    1032: _MALFORMED,
    1033: Meaning(
        WrongAnalysis,
        "Botify no longer has the data of the analysis {analysis} of {project}.",
        "Choose another analysis.",
    ),
    1034: _FEATURE_OFF,
    1035: _FEATURE_OFF,
    1036: _FEATURE_OFF,
    1037: _BY_STATUS,  # requested task failed
    1038: _MALFORMED,
    1039: _BY_STATUS,  # method not allowed
    1040: _UNKNOWN,
    1041: _NO_PERMISSION,
    1042: _UNKNOWN,
    1043: Meaning(
        QueryRefused,
        "The query is bigger than Botify can execute.",
        "Choose fewer fields or a smaller depth, then try again.",
    ),
    1044: Meaning(
        QueryRefused,
        "Botify cannot execute this query on the analysis {analysis}.",
        "Choose fewer or other fields, then try again.",
    ),
    1045: _MALFORMED,
    1046: _FEATURE_OFF,
    1047: _UNKNOWN,
    1048: _BY_STATUS,  # search engines internal error
    1049: _UNKNOWN,
    1050: _NO_PERMISSION,
    1051: _UNKNOWN,
    1052: _BUSY,
    1053: Meaning(RateLimited),
    1054: _UNKNOWN,
    1055: _MALFORMED,
    1056: _MALFORMED,
    1057: _REGEX,
    1058: _BUSY,
    1059: _UNKNOWN,
    1060: Meaning(ExportFailed),
}
"""Every published code. Which error each one is, is our reading of its text."""

STATUSES: Final[dict[int, Meaning]] = {
    400: _MALFORMED,
    401: _NO_TOKEN,
    402: Meaning(QuotaReached),
    403: _NO_PERMISSION,
    404: _UNKNOWN,
    408: Meaning(BotifyUnreachable, "Botify did not receive our request in time."),
    410: _UNKNOWN,
    413: Meaning(QueryRefused, "The query is bigger than Botify accepts."),
    422: _MALFORMED,
    429: Meaning(RateLimited),
}
_FEWER_ROWS = "Ask the person who runs this app to set BOTIFY_ROW_LIMIT to what Botify allows."
_SMALLER_JOBS = "Set BOTIFY_ROW_LIMIT to the rows that your Botify contract allows for one export."
_OTHER_4XX = Meaning(BotifyRefused, "Botify refused the request (HTTP {status}).")
_REDIRECT = Meaning(
    BotifyUnreachable,
    "Botify's API sent us to another address (HTTP {status}), which this app does not follow.",
    remedy="Check BOTIFY_API_URL; Botify's own is https://api.botify.com/v1.",
)
_TROUBLE = Meaning(BotifyUnreachable, "Botify has trouble answering at the moment (HTTP {status}).")


def error_of(
    status: int, body: Any, subject: Subject, *, retry_after: float | None = None
) -> ProductError:
    """The domain error for an answer that is a refusal.

    An answer with a status from 500 on says nothing about whether the call was executed,
    whatever its code: such an error is always `Repeat.UNKNOWN`.

    Args:
        status: HTTP status.
        body: the parsed JSON, or None where there was none.
        subject: what the call was about.
        retry_after: seconds that Botify asked to wait.
    """
    code, message, detail = _envelope(body)
    meaning = CODES.get(code, _BY_STATUS) if code is not None else _BY_STATUS
    if meaning.error is None:
        meaning = _meaning_of_status(status)
    error = meaning.error or BotifyUnreachable
    made: ProductError
    if issubclass(error, RateLimited):
        made = RateLimited(retry_after)
    else:
        words = _words(status, message, detail, subject)
        if issubclass(error, QueryRefused) and "export_size" in message:
            meaning = replace(meaning, next_step=_FEWER_ROWS, remedy=_SMALLER_JOBS)
        made = error(_filled(meaning.sentence, words), meaning.next_step, remedy=meaning.remedy)
    if status >= 500:  # noqa: PLR2004 - HTTP's own border
        made.repeat = Repeat.UNKNOWN
    return made


def quoted(text: object) -> str:
    """Botify's own words in a form that can stand in our sentence: one line, bounded, clean."""
    if not isinstance(text, str):
        return ""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > QUOTED_MESSAGE:
        line = f"{line[: QUOTED_MESSAGE - 1]}…"
    return line.rstrip(".")


def _meaning_of_status(status: int) -> Meaning:
    if status in STATUSES:
        return STATUSES[status]
    match status // 100:
        case 3:
            return _REDIRECT
        case 4:
            return _OTHER_4XX
        case _:
            return _TROUBLE


def _envelope(body: Any) -> tuple[int | None, str, Any]:
    """Code, message and detail of `{"error": {...}}`, of Django's `{"detail": ...}`, or none."""
    if not isinstance(body, dict):
        return None, "", None
    error = body.get("error")
    if not isinstance(error, dict):
        return (
            None,
            quoted(error) or quoted(body.get("detail")) or quoted(body.get("message")),
            None,
        )
    code = re.fullmatch(r"[0-9]{1,9}", str(error.get("error_code")))  # a number, or text
    number = int(code[0]) if code else None
    return number, quoted(error.get("message")), error.get("error_detail")


def _words(status: int, message: str, detail: Any, subject: Subject) -> dict[str, str]:
    known = {
        "subject": str(subject),
        "act": subject.act,
        "project": str(subject.project) if subject.project else "",
        "analysis": subject.analysis or "",
        "field": _named_field(message, detail, subject),
        "message": message,
        "status": str(status),
    }
    return {name: word for name, word in known.items() if word}


def _filled(sentence: str | None, words: dict[str, str]) -> str | None:
    if sentence is None:
        return None
    try:
        return sentence.format_map(words)
    except KeyError:
        return None


def _named_field(message: str, detail: Any, subject: Subject) -> str:
    """The field that a refusal is about, without prefix; empty where Botify does not name it.

    No source shows how Botify names it, so any of the fields that we asked for is searched in
    all that came, and a `field` in the details is believed.
    """
    text = f"{json.dumps(detail)} {message}"
    for field in subject.fields:
        whole = rf"(?<![\w.-])(?:crawl\.[\w-]+\.)?{re.escape(field)}(?![\w-]|\.\w)"
        if re.search(whole, text):
            return field
    named = detail.get("field") if isinstance(detail, dict) else None
    return re.sub(r"^crawl\.[^.]+\.", "", quoted(named))
