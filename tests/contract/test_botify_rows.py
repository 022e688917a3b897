"""The generated rows: deterministic, nasty, as many as counted."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.botify import filters, formatter, query, rows
from sandbox.botify.columns import resolver
from sandbox.botify.fields import LINKS
from sandbox.botify.formatter import Style
from sandbox.botify.switches import switches
from sandbox.botify.world import World

FIELDS = ["url", "depth", "metadata.title.content", "metadata.h1.contents"]
FIELDS += ["compliant.is_compliant", "extract.extract_f_2", "extract.extract_i_1"]
PROJECT = World().project("acme-org", "manyfields.example")
CRAWL = "crawl.20260705"


def asked(*names: str, **more: Any) -> query.Query:
    """A query over the project, as the API would understand it."""
    dimensions = [f"{CRAWL}.{name}" for name in names]
    body = {
        "collections": [CRAWL],
        "query": {"dimensions": dimensions, "metrics": [], **more},
    }
    return query.parse(PROJECT, body, switches("test"))


def cells(fields: list[str], project: str = "manyfields.example") -> list[list[str]]:
    """The rows of a whole export, as a CSV reader sees them."""
    data = b"".join(rows.expected_csv("acme-org", project, "20260705", fields)).decode()
    return list(csv.reader(io.StringIO(data, newline="")))


def test_the_same_every_time() -> None:
    """Rows follow from project, analysis and number alone; another analysis has other rows."""
    first, again, other = (
        b"".join(rows.expected_csv("acme-org", "acme.com", slug, FIELDS, 3))
        for slug in ("20260705", "20260705", "20260705-2")
    )
    assert first == again != other


def test_the_rows_are_nasty() -> None:
    """Texts hold all that breaks careless readers and spreadsheets; numbers are negative too."""
    header, *found = cells(FIELDS)
    texts = [row[2] for row in found]
    assert header[:4] == ["Full URL", "Depth", "Title", "H1"]
    assert {text[:1] for text in texts} >= {"=", "+", "-", "@", "\t", "\r", '"', ""}
    for piece in (",", '"', "\n", "\r\n", "é", "🎉", "ق", "ח", "ス", "\u202e"):
        assert any(piece in text for text in texts)
    assert any(text.count("\n") for text in (row[3] for row in found))
    assert any(row[6].startswith("-") for row in found)
    assert {row[4] for row in found} == {"true", "false"}


def test_every_url_is_another() -> None:
    """No URL comes twice, and each row has as many cells as the header."""
    found = cells(FIELDS)
    assert len({row[0] for row in found}) == len(found) == 1001
    assert {len(row) for row in found} == {len(FIELDS)}


def test_some_urls_have_no_depth() -> None:
    """A depth filter drops URLs without a depth, and the whole site has them."""

    def lines(depth: int | None) -> int:
        return sum(
            piece.count(b"\r\n")
            for piece in rows.expected_csv("acme-org", "acme.com", "20260705-2", ["depth"], depth)
        )

    whole = b"".join(rows.expected_csv("acme-org", "acme.com", "20260705-2", ["url", "depth"]))
    deep = b"".join(rows.expected_csv("acme-org", "acme.com", "20260705-2", ["url", "depth"], 99))
    assert (whole.count(b"\r\n"), deep.count(b"\r\n")) == (48_212, 48_041)
    assert lines(2) == 4


FILTERS = [
    None,
    {"field": f"{CRAWL}.depth", "predicate": "lte", "value": 2},
    {"field": f"{CRAWL}.http_code", "predicate": "gte", "value": 300},
    {
        "and": [
            {"field": f"{CRAWL}.depth", "predicate": "gte", "value": 2},
            {"field": f"{CRAWL}.compliant.is_compliant", "value": True},
            {"not": {"field": f"{CRAWL}.metadata.title.content", "predicate": "exists"}},
        ]
    },
    {"field": f"{CRAWL}.depth", "predicate": "gt", "value": 99},
]


@pytest.mark.parametrize("wanted", FILTERS)
@pytest.mark.parametrize("names", [["url", "depth"], ["url", LINKS], [LINKS], ["depth", "lang"]])
def test_as_many_rows_as_counted(wanted: Any, names: list[str]) -> None:
    """What is counted is what is served: for URLs, links and groups, under every filter."""
    question = asked(*names, filters=wanted)
    served = sum(len(chunk[0]) for chunk in rows.chunks(question))
    assert rows.count(question) == served


@pytest.mark.parametrize(
    "sort",
    [
        [0],
        [{"index": 0, "order": "desc"}],
        [1],
        [{"index": 1, "order": "desc"}],
        [2, {"index": 0, "order": "desc"}],
        [{"index": 2, "order": "desc"}, 1],
    ],
)
@pytest.mark.parametrize("wanted", FILTERS[:3])
def test_sorted_as_asked(sort: list[Any], wanted: Any) -> None:
    """Every way of sorting gives the same rows in the order that Python's sort gives."""
    names = ["url", "depth", "metadata.title.content"]
    found = _rows(asked(*names, filters=wanted, sort=sort))
    expected = _rows(asked(*names, filters=wanted))
    for item in reversed(sort):
        place, order = (
            (item, "asc") if isinstance(item, int) else (item["index"], item.get("order"))
        )
        valued = [row for row in expected if row[place] is not None]
        valued.sort(key=lambda row, place=place: row[place], reverse=order == "desc")
        expected = valued + [row for row in expected if row[place] is None]
    assert found == expected


def _rows(question: query.Query) -> list[tuple[Any, ...]]:
    return [row for chunk in rows.chunks(question) for row in zip(*chunk, strict=True)]


@pytest.mark.parametrize(("size", "number"), [(7, 1), (7, 3), (500, 2), (500, 3), (2000, 1)])
@pytest.mark.parametrize("names", [["url"], ["url", LINKS], ["depth"]])
def test_pages_are_slices(size: int, number: int, names: list[str]) -> None:
    """A page is the slice of all rows, and says whether there are more."""
    question = asked(*names)
    every = _rows(question)
    start = (number - 1) * size
    assert rows.page(question, number, size) == (
        every[start : start + size],
        len(every) > start + size,
    )


def test_depths_are_decided_without_reading_rows() -> None:
    """A filter by depth alone selects whole depths: counting three million URLs reads none."""
    project = World().project("acme-org", "bigshop.example")
    analysis = project.analysis("20260705")
    wanted = {"field": f"{CRAWL}.depth", "predicate": "lte", "value": 3}
    chosen = rows.select(analysis, filters.parse(wanted, resolver(project, analysis)))
    assert (chosen.test, chosen.size()) == (None, 303_560)


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        (Style(), "a,b,c"),
        (Style(multi_values="json"), '["a", "b,c"]'),
        (Style(multi_values="first"), "a"),
    ],
)
def test_forms_of_several_values(style: Style, cell: str) -> None:
    """Several values are joined, a JSON list, or the first, by switch."""
    data = formatter.renderer(["multiple", "number"], style)([[["a", "b,c"]], [1]]).decode()
    assert next(csv.reader([data])) == [cell, "1"]


@pytest.mark.parametrize(
    ("kind", "value", "style", "cell"),
    [
        ("boolean", True, Style(), "true"),
        ("boolean", False, Style(booleans="capital"), "False"),
        ("boolean", True, Style(booleans="number"), "1"),
        ("string", None, Style(), ""),
        ("string", None, Style(null="null"), "null"),
        ("integer", None, Style(null="null"), "null"),
        ("datetime", "2026-07-05T10:00:00", Style(), "2026-07-05T10:00:00"),
        ("datetime", "2026-07-05T10:00:00", Style(dates="space"), "2026-07-05 10:00:00"),
        ("integer", -3, Style(), "-3"),
        ("struct", {"url": "x"}, Style(), '{"url": "x"}'),
    ],
)
def test_values_as_text(kind: str, value: Any, style: Style, cell: str) -> None:
    """Booleans, dates and missing values are written as the switches say."""
    data = formatter.renderer([kind, "number"], style)([[value], [1]]).decode()
    assert next(csv.reader([data])) == [cell, "1"]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@given(
    st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["crlf", "lf"]),
    st.sampled_from(["minimal", "all"]),
)
def test_a_reader_gets_back_what_was_written(
    table: list[tuple[str, str]], delimiter: str, line_end: str, quoting: str
) -> None:
    """Any texts survive being written and read, whatever delimiter, line end and quoting."""
    style = Style(delimiter=delimiter, line_end=line_end, quoting=quoting)
    render = formatter.renderer(["string", "string"], style)
    data = render(list(zip(*table, strict=True))).decode()
    found = list(csv.reader(io.StringIO(data, newline=""), delimiter=delimiter))
    assert [tuple(row) for row in found] == table
