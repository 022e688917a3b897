"""Botify's answers in every shape that was seen, and in some that were not."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.botify.counts import read_counts
from bot.botify.fields import read_fields
from bot.botify.jobs import Job, JobStatus, job_of, jobs_of
from bot.botify.pages import all_rows
from bot.botify.schema import AnalysisItem, JobItem, read, readable, rows_of
from bot.model.depths import DepthCounts
from bot.model.errors import BotifyUnreachable, ProductError
from bot.model.field import Field

C = "crawl.20240101"
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "job_id",
                    "job_status",
                    "results",
                    "datasets",
                    "fields",
                    "id",
                    "download_url",
                    "error",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def _job(data: dict[str, Any]) -> Job | None:
    return job_of(read(JobItem, data))


@pytest.mark.parametrize(
    ("data", "job_id"),
    [
        ({"job_id": 4100001}, "4100001"),
        ({"job_id": 4100001.0}, "4100001"),
        ({"job_id": "4100001"}, "4100001"),
        ({"job_id": None, "job_url": "/v1/jobs/4100001"}, "4100001"),
        ({"job_url": "https://api.botify.com/v1/jobs/4100001/"}, "4100001"),
        ({"job_id": 7, "job_url": "/v1/jobs/4100001"}, "7"),
        ({"job_id": True, "job_url": "/v1/jobs/9"}, "9"),
        ({"job_id": {"a": 1}}, None),
        ({"job_id": "../jobs"}, None),
        ({"job_id": ".."}, None),
        ({"job_url": "/v1/jobs/"}, None),
        ({"job_id": ""}, None),
        ({}, None),
    ],
)
def test_the_job_id_is_text_wherever_it_stands(data: dict[str, Any], job_id: str | None) -> None:
    """Numbers and text are the same id; without one the address of the job names it."""
    job = _job(data)
    assert (job.id if job else None) == job_id


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("CREATED", JobStatus.RUNNING),
        ("PROCESSING", JobStatus.RUNNING),
        ("DONE", JobStatus.DONE),
        ("done", JobStatus.DONE),
        ("COMPLETE", JobStatus.DONE),
        ("FAILED", JobStatus.FAILED),
        ("ARCHIVING", JobStatus.RUNNING),
        ("CANCELLED", JobStatus.RUNNING),
        (None, JobStatus.RUNNING),
        (7, JobStatus.RUNNING),
    ],
)
def test_a_state_that_nobody_knows_counts_as_running(word: Any, status: JobStatus) -> None:
    """Only the words that mean an end end a job; the word itself is kept."""
    job = _job({"job_id": 1, "job_status": word})
    assert job is not None
    assert job.status is status
    assert job.word == ("" if word is None else str(word))


@pytest.mark.parametrize(
    ("results", "url"),
    [
        ({"download_url": "https://files.example/a.csv.gz"}, "https://files.example/a.csv.gz"),
        ({"download_url": " https://files.example/a "}, "https://files.example/a"),
        ({"download_url": None}, None),
        ({"download_url": ""}, None),
        ({"download_url": ["x"]}, None),
        ({}, None),
        (None, None),
        ([], None),
        ("text", None),
    ],
)
def test_results_may_be_anything(results: Any, url: str | None) -> None:
    """A done job without a readable address is a job without an address, not a crash."""
    job = _job({"job_id": 1, "job_status": "DONE", "results": results})
    assert job is not None
    assert job.download_url == url


def test_a_whole_job_is_read() -> None:
    """All that we use, in the form of the reference."""
    payload = {"username": "acme-org"}
    assert _job(
        {
            "job_id": 4100001,
            "job_type": "export",
            "job_url": "/v1/jobs/4100001",
            "job_status": "FAILED",
            "payload": payload,
            "results": None,
            "date_created": "2024-01-05T09:00:00.000000Z",
            "user": {"username": "jane.doe"},
            "metadata": {"botify_export": "X"},
            "error": {"message": "unknown\nerror.", "type": "unknown"},
        }
    ) == Job(
        id="4100001",
        status=JobStatus.FAILED,
        word="FAILED",
        user="jane.doe",
        created=datetime(2024, 1, 5, 9, tzinfo=UTC),
        payload=payload,
        metadata={"botify_export": "X"},
        failure_text="unknown error",
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, None),
        ({"error": None, "failure_reason": "Quota."}, "Quota"),
        ({"error_details": "x" * 999}, "x" * 199 + "…"),
        ({"results": {"error": {"detail": "no room"}}}, "no room"),
        ({"error": {"error_code": 1060, "message": "The export failed"}}, "The export failed"),
        ({"error": ["?"], "error_details": 7}, None),
    ],
)
def test_words_about_a_failure_are_found(data: dict[str, Any], text: str | None) -> None:
    """In all places where clients have looked, on one line and bounded."""
    job = _job({"job_id": 1, "job_status": "FAILED", **data})
    assert job is not None
    assert job.failure_text == text


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ([], []),
        ([{"a": 1}], [{"a": 1}]),
        ({"count": 1, "results": [{"a": 1}]}, [{"a": 1}]),
        ({"results": []}, []),
        ({"results": None}, []),
        ({"success": True, "data": [{"a": 1}]}, [{"a": 1}]),
        ({"slug": "acme.com"}, [{"slug": "acme.com"}]),
        (None, []),
    ],
)
def test_a_list_is_found_in_every_wrapping(data: Any, rows: list[Any]) -> None:
    """Bare arrays, envelopes and single objects are all lists."""
    assert rows_of(data) == rows


@pytest.mark.parametrize("data", ["text", 7, True, {}, {"results": "x"}, {"results": 3}])
def test_what_is_no_list_is_no_answer(data: Any) -> None:
    """A page that cannot be read is never taken for an empty one."""
    with pytest.raises(BotifyUnreachable):
        rows_of(data)


@pytest.mark.parametrize(
    "data", [None, "text", 7, {}, {"status": "maintenance"}, {"results": None}, {"job_id": 1}]
)
def test_no_list_of_jobs_is_no_empty_list(data: Any) -> None:
    """What a page does not show may be taken for absent, so a page must be one."""
    with pytest.raises(BotifyUnreachable):
        jobs_of(data)


def test_a_listed_job_without_a_name_is_listed_all_the_same() -> None:
    """It may be the one that is looked for."""
    assert [job.id for job in jobs_of({"results": [{"job_id": 1}, {}, 7]})] == ["1", "", ""]
    assert jobs_of([]) == jobs_of({"results": []}) == ()


def test_one_odd_entry_does_not_hide_the_others() -> None:
    """Entries that cannot be read are left out, unless that would be all of them."""
    items = readable(AnalysisItem, [{"slug": "20240101"}, {"slug": "../x"}, 7, {}])
    assert [item.slug for item in items] == ["20240101"]
    with pytest.raises(BotifyUnreachable):
        readable(AnalysisItem, [{"slug": None}, 7])


def test_an_analysis_is_read_with_what_is_there() -> None:
    """Numbers as text, nulls, and dates without a zone are what they mean."""
    item = read(
        AnalysisItem,
        {
            "slug": 20240101,
            "name": None,
            "status": "success",
            "urls_done": "48211",
            "date_launched": "2024-01-01T08:00:12",
            "to_be_deleted_at": "some day",
            "failures": [],
        },
    )
    assert item.slug == "20240101"
    assert item.name == ""
    assert item.urls_done == 48211
    assert item.date_launched == datetime(2024, 1, 1, 8, 0, 12, tzinfo=UTC)
    assert item.to_be_deleted_at is None
    assert read(AnalysisItem, {"slug": "20240101", "urls_done": None}).urls_done == 0


def _field(**changes: Any) -> dict[str, Any]:
    return {
        "id": "depth",
        "name": "Depth",
        "type": "integer",
        "kind": "dimension",
        "multiple": False,
        "permissions": ["select", "filters"],
        "group": "main",
    } | changes


def _datasets(*fields: Any, **changes: Any) -> dict[str, Any]:
    dataset = {
        "id": "main",
        "name": "Main",
        "groups": [{"id": "main", "name": "Main facts"}],
        "fields": list(fields),
    }
    return {"datasets": [dataset | changes], "metadata": {}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Field("depth", "Depth", "integer", group="Main facts")),
        ({"id": f"{C}.depth"}, Field("depth", "Depth", "integer", group="Main facts")),
        ({"name": None}, Field("depth", "depth", "integer", group="Main facts")),
        ({"group": "other"}, Field("depth", "Depth", "integer", group="Main")),
        ({"multiple": True}, Field("depth", "Depth", "integer", True, "Main facts")),
        (
            {"permissions": ["filters"]},
            Field("depth", "Depth", "integer", group="Main facts", selectable=False),
        ),
        ({"permissions": None}, Field("depth", "Depth", "integer", group="Main facts")),
        (
            {"kind": "metric"},
            Field("depth", "Depth", "integer", False, "Main facts", False, False),
        ),
        ({"type": None}, Field("depth", "Depth", "", group="Main facts")),
    ],
)
def test_a_field_is_read_in_all_its_forms(change: dict[str, Any], expected: Field) -> None:
    """With or without prefix, names, permissions: what people see and what they may choose."""
    assert read_fields(_datasets(_field(**change)), C) == (expected,)


def test_a_field_that_stands_in_two_data_sets_is_offered_once() -> None:
    """The first one counts; odd groups and odd fields are left out."""
    answer = _datasets(_field(), _field(id=f"{C}.depth", name="Again"), {"name": "no id"})
    answer["datasets"].append({"name": None, "groups": "none", "fields": None})
    answer["datasets"].append({"name": "More", "groups": [7], "fields": [_field(id="url")]})
    read_ones = read_fields(answer, C)
    assert [(field.id, field.name, field.group) for field in read_ones] == [
        ("depth", "Depth", "Main facts"),
        ("url", "Depth", "More"),
    ]


@pytest.mark.parametrize("answer", [None, [], {}, {"datasets": 7}, {"datasets": [7]}, "x"])
def test_a_data_model_that_cannot_be_read_is_no_answer(answer: Any) -> None:
    """Nothing readable is BotifyUnreachable: it must not look like a project without fields."""
    with pytest.raises(BotifyUnreachable):
        read_fields(answer, C)


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ([], DepthCounts(())),
        (
            [
                {"dimensions": [2], "metrics": [1834]},
                {"dimensions": [None], "metrics": [171]},
                {"dimensions": [0], "metrics": ["1"]},
                {"dimensions": ["10"], "metrics": [3.0]},
            ],
            DepthCounts(((0, 1), (2, 1834), (10, 3)), 171),
        ),
    ],
)
def test_counts_are_read_in_any_order(rows: list[Any], counts: DepthCounts) -> None:
    """Ascending, gaps allowed, URLs without a depth apart."""
    assert read_counts(rows) == counts


@pytest.mark.parametrize(
    "row",
    [
        {"dimensions": [2], "metrics": [None]},
        {"dimensions": [2], "metrics": [-1]},
        {"dimensions": [-1], "metrics": [1]},
        {"dimensions": [2], "metrics": [True]},
        {"dimensions": [2], "metrics": [1.5]},
        {"dimensions": ["two"], "metrics": [1]},
        {"dimensions": ["9" * 5000], "metrics": [1]},
        {"dimensions": [2, 3], "metrics": [1]},
        {"dimensions": [2], "metrics": []},
        {"dimensions": [1], "metrics": [5]},
        7,
    ],
)
def test_a_count_that_cannot_be_read_is_an_error(row: Any) -> None:
    """Never a default: people decide about money by these figures."""
    with pytest.raises(BotifyUnreachable):
        read_counts([{"dimensions": [1], "metrics": [7]}, row])


class Pages:
    """A list in pages, with a `next` that may lie."""

    def __init__(self, *pages: Any) -> None:
        self.pages = pages
        self.asked: list[int] = []

    async def __call__(self, number: int) -> Any:
        self.asked.append(number)
        return self.pages[min(number, len(self.pages)) - 1]


def _page(*rows: int, **keys: Any) -> dict[str, Any]:
    return {"results": list(rows), **keys}


@pytest.mark.parametrize(
    ("pages", "rows", "asked"),
    [
        ([_page(1, 2, next="x"), _page(3, next=None)], [1, 2, 3], [1, 2]),
        ([_page(1, 2), _page(3)], [1, 2, 3], [1, 2]),
        ([_page(1, 2), _page(3, 4), _page()], [1, 2, 3, 4], [1, 2, 3]),
        ([_page(1, next="https://evil.example/?page=2"), _page(2, next="")], [1, 2], [1, 2]),
        ([_page(1, next="x"), _page(next="x")], [1], [1, 2]),
        ([_page(1, 2, next="x"), _page(1, 2, next="x")], [1, 2], [1, 2]),
        ([_page(1, 2, next=None)], [1, 2], [1]),
        ([[1, 2, 3]], [1, 2, 3], [1]),
        ([_page()], [], [1]),
    ],
)
async def test_pages_are_counted_not_followed(
    pages: list[Any], rows: list[int], asked: list[int]
) -> None:
    """The page after this one is asked for by number, until one is empty, last or repeated."""
    server = Pages(*pages)
    assert await all_rows(server, size=2, most=5) == rows
    assert server.asked == asked


async def test_a_list_without_end_is_not_cut_silently() -> None:
    """Half a list would pass for the whole; so it is an error, after a bounded number of pages."""
    asked: list[int] = []

    async def ask(number: int) -> Any:
        asked.append(number)
        return _page(number, next="more")

    with pytest.raises(BotifyUnreachable, match="longer"):
        await all_rows(ask, size=1, most=5)
    assert asked == [1, 2, 3, 4, 5]


@given(_json)
def test_no_answer_of_any_type_breaks_the_readers(data: Any) -> None:
    """Whatever JSON comes: a value, or one domain error."""
    for reader in (
        lambda: read_fields(data, C),
        lambda: job_of(read(JobItem, data)),
        lambda: read_counts(rows_of(data)),
        lambda: readable(AnalysisItem, rows_of(data)),
    ):
        with suppress(ProductError):
            reader()
