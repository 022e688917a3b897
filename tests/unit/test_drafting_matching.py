"""Which fields and analyses a typed text finds, and in which order."""

import pytest
from draft_examples import ANALYSES, ANY_FIELDS, CATALOGUE, WILD
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.matching import matching_analyses, matching_fields
from bot.model.field import DEFAULT_FIELDS, Field

MODEL = (
    Field("http_code", "HTTP Status Code", "integer"),
    Field("metadata.title.nb", "No. of Titles", "integer"),
    Field("metadata.title.content", "Title", "string"),
    Field("metadata.title.len", "Title Length", "integer"),
    Field("subtitle", "Subtitle", "string"),
    Field("url", "Full URL", "string"),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "title",
            [
                "metadata.title.content",
                "metadata.title.len",
                "metadata.title.nb",
                "subtitle",
            ],
        ),
        ("TITLE length", ["metadata.title.len"]),
        ("title nb", ["metadata.title.nb"]),
        ("metadata.title.nb", ["metadata.title.nb"]),
        ("code http", ["http_code"]),
        ("status", ["http_code"]),
        ("nothing like it", []),
    ],
)
def test_best_matches_come_first(query: str, expected: list[str]) -> None:
    """The name itself, then beginnings, then beginnings of words, then the rest."""
    assert [field.id for field in matching_fields(MODEL, query, 100)] == expected


def test_without_a_query_the_usual_fields_come_first() -> None:
    """The menu begins with what most people want."""
    found = [field.id for field in matching_fields(tuple(reversed(CATALOGUE)), "", 100)]
    assert found == [*DEFAULT_FIELDS, "outlinks_internal.graph.url", "http_code"]


@given(fields=ANY_FIELDS, query=WILD, most=st.integers(0, 5))
def test_any_query_finds_only_what_can_be_exported(
    fields: tuple[Field, ...], query: str, most: int
) -> None:
    """Never more than asked for, each once, nothing that cannot be a column."""
    found = matching_fields(fields, query, most)
    assert len(found) <= most
    assert len({field.id for field in found}) == len(found)
    assert all(field.selectable for field in found)
    assert set(found) <= set(fields)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["20260712", "20260705-2", "20260705"]),
        ("0705", ["20260705-2", "20260705"]),
        ("jul. 5TH (2)", ["20260705-2"]),
        ("crawling", ["20260712"]),
        ("1999", []),
    ],
)
def test_analyses_are_found_by_words(query: str, expected: list[str]) -> None:
    """By name, slug or status; the newest first."""
    assert [each.slug for each in matching_analyses(ANALYSES, query, 100)] == expected
