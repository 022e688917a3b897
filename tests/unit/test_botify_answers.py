"""What an answer of Botify says: good, refused, or nothing that can be used."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.botify import answers
from bot.botify.answers import LONGEST_WAIT, Answer, seconds_to_wait
from bot.botify.error_codes import CODES, QUOTED_MESSAGE, error_of
from bot.botify.retries import INTERACTIVE, PATIENT, Patience, wait_before_retry
from bot.botify.subject import NOTHING, Subject
from bot.model import errors
from bot.model.errors import BotifyUnreachable, ProductError, RateLimited, Repeat
from bot.model.project import Project

ACME = Project("acme-org", "acme.com")
QUERY = Subject(project=ACME, analysis="20240101", fields=("url", "depth", "depth.max"))
NOW = datetime(2026, 7, 12, 10, 0, tzinfo=UTC)


def _body(code: int | str, message: str = "", detail: Any = None) -> dict[str, Any]:
    return {"error": {"error_code": code, "message": message, "error_detail": detail}}


def test_every_published_code_has_a_meaning() -> None:
    """The table holds the sixty codes from 1000 to 1060; there is no 1003."""
    assert sorted(CODES) == [code for code in range(1000, 1061) if code != 1003]


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (1001, errors.TokenRefused, "API token"),
        (1002, errors.PermissionRefused, "acme-org/acme.com"),
        (1004, errors.NotFound, "the analysis 20240101 of acme-org/acme.com"),
        (1010, errors.NotFound, "the project acme-org/acme.com"),
        (1015, errors.QueryRefused, "regular expression"),
        (1020, errors.QueryRefused, "said so"),
        (1027, errors.QueryRefused, "at most 10 fields"),
        (1028, errors.QueryRefused, "at most one field that holds several values"),
        (1029, errors.WrongField, "A field"),
        (1033, errors.WrongAnalysis, "20240101"),
        (1036, errors.QueryRefused, "switched off"),
        (1041, errors.PermissionRefused, "acme-org/acme.com"),
        (1043, errors.QueryRefused, "bigger than Botify can execute"),
        (1044, errors.QueryRefused, "20240101"),
        (1052, errors.ExportBusy, "already running"),
        (1053, errors.RateLimited, "limiting"),
        (1057, errors.QueryRefused, "regular expression"),
        (1058, errors.ExportBusy, "already running"),
        (1060, errors.ExportFailed, "could not make"),
    ],
)
@pytest.mark.parametrize("status", [400, 404, 409, 500])
@pytest.mark.parametrize("form", [int, str])
def test_the_code_decides_before_the_status(
    code: int, kind: type[ProductError], said: str, status: int, form: type[int] | type[str]
) -> None:
    """As a number or as text, under whatever status: the published code says what it is."""
    error = error_of(status, _body(form(code), "Botify said so."), QUERY)
    assert type(error) is kind
    assert said in error.sentence


@pytest.mark.parametrize("body", [None, {}, [], "no", _body(1000), _body(9999), {"error": "x"}])
@pytest.mark.parametrize(
    ("status", "kind", "repeat"),
    [
        (302, errors.BotifyUnreachable, Repeat.UNKNOWN),
        (400, errors.QueryRefused, Repeat.DONE),
        (401, errors.TokenRefused, Repeat.DONE),
        (402, errors.QuotaReached, Repeat.DONE),
        (403, errors.PermissionRefused, Repeat.DONE),
        (404, errors.NotFound, Repeat.DONE),
        (405, errors.BotifyRefused, Repeat.DONE),
        (408, errors.BotifyUnreachable, Repeat.UNKNOWN),
        (429, errors.RateLimited, Repeat.NOT_SENT),
        (500, errors.BotifyUnreachable, Repeat.UNKNOWN),
        (502, errors.BotifyUnreachable, Repeat.UNKNOWN),
        (503, errors.BotifyUnreachable, Repeat.UNKNOWN),
    ],
)
def test_without_a_known_code_the_status_decides(
    status: int, kind: type[ProductError], repeat: Repeat, body: Any
) -> None:
    """Gateways and frameworks know no codes; their status still says what to tell people."""
    error = error_of(status, body, QUERY)
    assert type(error) is kind
    assert error.repeat is repeat


@given(
    status=st.integers(300, 599),
    code=st.none() | st.integers(0, 2000) | st.text(max_size=6),
    message=st.none() | st.integers() | st.text(),
    detail=st.none() | st.text() | st.dictionaries(st.text(), st.text(), max_size=3),
)
def test_any_refusal_becomes_one_clean_sentence(
    status: int, code: Any, message: Any, detail: Any
) -> None:
    """Whatever stands in the envelope: one bounded line, and 5xx never claims to know."""
    error = error_of(status, _body(code, message, detail), QUERY)
    assert error.sentence.endswith(".")
    assert error.sentence.isprintable()
    assert len(error.sentence) < QUOTED_MESSAGE + 120
    assert "{" not in error.sentence.replace(str(message), "")
    if status >= 500:
        assert error.repeat is Repeat.UNKNOWN


def test_a_refused_number_of_rows_names_the_setting() -> None:
    """Other fields would not help: the size of a job is the operator's to choose."""
    error = error_of(400, _body(1020, "export_size is at most 100000"), QUERY)
    assert "at most 100000" in error.sentence
    assert "BOTIFY_ROW_LIMIT" in error.next_step
    assert "fields" not in error.next_step


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        (NOTHING, "Botify does not know this."),
        (Subject(project=ACME), "Botify does not know the project acme-org/acme.com."),
        (
            Subject(project=ACME, analysis="20240101"),
            "Botify does not know the analysis 20240101 of acme-org/acme.com.",
        ),
        (Subject(job="4100001"), "Botify does not know the export job 4100001."),
    ],
)
def test_a_404_names_what_was_asked_for(subject: Subject, named: str) -> None:
    """The sentence says what Botify does not know."""
    assert error_of(404, None, subject).sentence == named


@pytest.mark.parametrize(
    ("message", "detail", "field"),
    [
        ("Field does not exist", {"field": "crawl.20240101.depth"}, "depth"),
        (
            "Field does not exist",
            {"reason": "crawl.20240101.depth.max does not exist"},
            "depth.max",
        ),
        ("Field does not exist", {"fields": ["crawl.20240101.url"]}, "url"),
        ("Field crawl.20240101.depth does not exist", None, "depth"),
        ("Field does not exist", "depth", "depth"),
        ("Field does not exist", {"field": "crawl.20240101.other.one"}, "other.one"),
        ("Field does not exist", {"field": ["depths", "curl"]}, None),
        ("Field does not exist", None, None),
    ],
)
def test_an_unknown_field_is_named(message: str, detail: Any, field: str | None) -> None:
    """Wherever Botify names the field, the person reads its id without prefix."""
    error = error_of(400, _body(1029, message, detail), QUERY)
    assert type(error) is errors.WrongField
    if field is None:
        assert error.sentence == errors.WrongField.sentence
    else:
        assert f"the field {field} in the analysis 20240101" in error.sentence


def test_a_framework_body_is_quoted() -> None:
    """Django's own form of an error is understood too."""
    assert (
        "metadata: not allowed."
        in error_of(400, {"detail": "metadata: not\nallowed."}, QUERY).sentence
    )


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("text/html", b"<html>login</html>", "web page"),
        ("", b"  <!doctype html>", "web page"),
        ("application/json", b"", "empty"),
        ("application/json", b" \n", "empty"),
        ("application/json", b'{"a": ', "cannot be read"),
        ("application/json", b'{"a": NaN}', "cannot be read"),
        ("application/json", b"\xff\xfe{", "cannot be read"),
        ("application/json", b"[" * 100_000, "cannot be read"),
    ],
)
async def test_a_good_status_without_json_is_no_answer(
    content_type: str, body: bytes, said: str
) -> None:
    """HTML, nothing, or nonsense: one sentence, and nobody knows what was done."""
    with pytest.raises(BotifyUnreachable, match=said) as caught:
        await answers.read(Answer(200, content_type, body), NOTHING)
    assert caught.value.repeat is Repeat.UNKNOWN


async def test_a_refusal_under_a_good_status_is_a_refusal() -> None:
    """An answer that is nothing but an error envelope is read as one."""
    with pytest.raises(errors.WrongField):
        await answers.read(Answer(200, "", json.dumps(_body(1029)).encode()), QUERY)


async def test_a_large_answer_is_parsed_beside_the_loop() -> None:
    """Others go on while a large list of fields is read."""
    body = json.dumps(["x" * 100] * 20_000).encode()
    assert len(body) > answers.LARGE
    reading = asyncio.create_task(answers.read(Answer(200, "", body), NOTHING))
    await asyncio.sleep(0)
    assert not reading.done()
    assert len(await reading) == 20_000


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("3", 3),
        ("0.5", 0.5),
        ("-5", 0),
        ("86400", LONGEST_WAIT),
        ("inf", LONGEST_WAIT),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=30), usegmt=True), LONGEST_WAIT),
        ("Sun, 12 Jul 2026 10:00:20 -0000", 20),
        ("Sun, 99 Jul 2026 10:00:20 GMT", None),
    ],
)
def test_both_forms_of_retry_after_are_read(header: str | None, seconds: float | None) -> None:
    """Seconds and dates, never negative, never longer than is sensible."""
    assert seconds_to_wait(header, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_can_break_anything(header: str) -> None:
    """A header is somebody else's text: a bounded number of seconds comes out, or nothing."""
    seconds = seconds_to_wait(header, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("error", "patience", "wait"),
    [
        (BotifyUnreachable(), INTERACTIVE, True),
        (RateLimited(None), INTERACTIVE, True),
        (RateLimited(3), INTERACTIVE, 3),
        (RateLimited(0), INTERACTIVE, 0),
        (RateLimited(11), INTERACTIVE, False),
        (RateLimited(11), PATIENT, 11),
        (errors.NotFound(), INTERACTIVE, False),
        (errors.TokenRefused(), INTERACTIVE, False),
        (errors.ExportBusy(), INTERACTIVE, False),
        (errors.WrongField(), PATIENT, False),
        (ValueError(), PATIENT, False),
    ],
)
def test_which_reads_are_tried_again(
    error: Exception,
    patience: Patience,
    wait: bool | float,
) -> None:
    """Only where there was no usable answer, and not when Botify asks for too long a wait."""
    decided = wait_before_retry(error, patience)
    assert decided == wait
    assert isinstance(decided, bool) is isinstance(wait, bool)
