"""The last look before a job is made: which fields are gone."""

from dataclasses import replace
from typing import Any

import pytest
from choosing_examples import EVERYTHING, NEWER_NAMES

from bot.exports.preflight import lacking, refusal
from bot.model.field import Field
from bot.model.project import Project
from bot.model.specification import Column, Specification

SPEC = Specification(
    "jane.doe",
    Project("acme-org", "acme.com"),
    "20240101",
    (Column("url", "string"), Column("compliant.is_compliant", "boolean")),
)
ONLY_FILTERED = Field("only.filtered", "Only filtered", "integer", selectable=False)
STRUCTURE = {"not": {"field": "canonical.to.url", "predicate": "exists"}}


@pytest.mark.parametrize(
    ("chosen", "known", "gone"),
    [
        (None, EVERYTHING, ()),
        (None, NEWER_NAMES, ("compliant.is_compliant",)),
        (None, [], ("url", "compliant.is_compliant")),
        ({"field": "compliant.main_reason", "value": "x"}, EVERYTHING, ()),
        (
            {"and": [{"field": "compliant.main_reason", "value": "x"}, STRUCTURE]},
            NEWER_NAMES,
            ("compliant.is_compliant", "compliant.main_reason"),
        ),
        # a filter may look at what cannot be a column
        ({"field": "only.filtered", "value": 1}, [*EVERYTHING, ONLY_FILTERED], ()),
    ],
)
def test_what_is_gone_is_found_in_columns_and_filter(
    chosen: dict[str, Any] | None, known: list[Field], gone: tuple[str, ...]
) -> None:
    """Each field once, columns first; nothing that the analysis has."""
    spec = replace(SPEC, filter=chosen)
    assert lacking(spec, known) == gone
    assert (refusal(spec, known) is None) == (not gone)


def test_a_column_that_cannot_be_exported_any_more_is_gone() -> None:
    """A permission that was taken away is as good as a field that is."""
    known = [replace(field, selectable=field.id != "url") for field in EVERYTHING]
    assert lacking(SPEC, known) == ("url",)


def test_the_sentence_names_the_fields_and_that_nothing_was_paid() -> None:
    """A few by name, the rest by the word others."""
    one = refusal(SPEC, NEWER_NAMES)
    assert one is not None
    assert "no longer has compliant.is_compliant; nothing was started" in one.sentence
    many = replace(SPEC, columns=tuple(Column(f"gone.{n}", "string") for n in range(9)))
    all_gone = refusal(many, EVERYTHING)
    assert all_gone is not None
    assert "gone.0, gone.1, gone.2 and others;" in all_gone.sentence
