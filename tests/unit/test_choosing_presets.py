"""Presets and names of fields against projects whose data models differ."""

import pytest
from choosing_examples import EVERYTHING, NEWER_NAMES, NO_PAGE_TYPES, PROJECTS, listed
from hypothesis import given
from hypothesis import strategies as st

from bot.model.errors import WrongField
from bot.model.field import DEFAULT_FIELDS, Field
from bot.model.field_names import SHORT, find_fields
from bot.model.preset import (
    CUSTOM,
    ESSENTIALS,
    INDEXABILITY,
    LINKS,
    PRESETS,
    Preset,
    apply,
    name_of,
    of_columns,
)


def ids(fields: tuple[Field, ...]) -> tuple[str, ...]:
    return tuple(field.id for field in fields)


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_gives_columns_in_each_project(project: str, name: str) -> None:
    """Every column exists and can be exported, the URL first; what is lacking is named."""
    known = PROJECTS[project]
    applied = apply(PRESETS[name], known)
    by_id = {field.id: field for field in known}
    assert applied.fields[0].id == "url"
    assert all(by_id[field.id] == field and field.selectable for field in applied.fields)
    assert len(applied.fields) + len(applied.missing) == len(PRESETS[name].fields)
    assert not set(applied.missing) & set(by_id)


def test_newer_analyses_get_the_same_columns_under_their_names() -> None:
    """`indexable.*` takes the place of `compliant.*`, and nothing is missing."""
    older, newer = apply(INDEXABILITY, EVERYTHING), apply(INDEXABILITY, NEWER_NAMES)
    assert newer.missing == older.missing == ()
    assert ids(newer.fields) == tuple(
        name.replace("compliant.is_compliant", "indexable.is_indexable").replace(
            "compliant.", "indexable."
        )
        for name in ids(older.fields)
    )


def test_a_field_that_a_project_lacks_is_left_out_and_named() -> None:
    """The rest of the preset stays in order."""
    applied = apply(LINKS, NO_PAGE_TYPES)
    assert applied.missing == ("internal_page_rank.position",)
    assert ids(applied.fields) == tuple(
        names[0] for names in LINKS.fields if names[0] not in applied.missing
    )


def test_a_project_with_thousands_of_fields() -> None:
    """4,449 fields change nothing about a preset."""
    known = listed("classic", number=4_449)
    assert len(known) == 4_449
    assert apply(ESSENTIALS, known) == apply(ESSENTIALS, EVERYTHING)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_presets_stay_under_the_published_limits(preset: Preset) -> None:
    """At most ten columns, one of them with several values (codes 1027 and 1028); no link graph."""
    fields = apply(preset, EVERYTHING).fields
    assert len(fields) <= 10
    assert sum(field.multiple for field in fields) <= 1
    assert not any(field.multiplies_rows for field in fields)


def test_essentials_are_the_default_fields() -> None:
    """URL, title, description, H1."""
    assert ids(apply(ESSENTIALS, EVERYTHING).fields) == DEFAULT_FIELDS


def test_the_columns_of_a_link_are_a_preset() -> None:
    """In the link's order, the URL first, each once; unknown ones are named."""
    preset = of_columns(("depth", "http_code", "depth", "no.such.field", "count_urls_crawl"))
    assert preset is not None
    applied = apply(preset, EVERYTHING)
    assert ids(applied.fields) == ("url", "depth", "http_code")
    assert applied.missing == ("no.such.field", "count_urls_crawl")
    named = of_columns(("depth", "url"))
    assert named is not None
    assert ids(apply(named, EVERYTHING).fields) == ("depth", "url")
    assert of_columns(()) is None


@pytest.mark.parametrize("project", PROJECTS)
def test_a_choice_of_fields_knows_its_preset(project: str) -> None:
    """The same columns have the preset's name; one more, one less or another order is custom."""
    known = PROJECTS[project]
    for name, preset in PRESETS.items():
        chosen = ids(apply(preset, known).fields)
        assert name_of(chosen, known) == name
        assert name_of(chosen[1:], known) == CUSTOM
        assert name_of((*chosen, "lang"), known) == CUSTOM
        assert name_of(tuple(reversed(chosen)), known) == CUSTOM


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("url", "depth"), ("url", "depth")),
        (("depth", "url", "depth"), ("depth", "url")),
        (("title", "metadata.title.content"), ("metadata.title.content",)),
        (("H1", "h2"), ("metadata.h1.contents", "metadata.h2.contents")),
        (("Full URL", "http status code"), ("url", "http_code")),
        (("indexable",), ("compliant.is_compliant",)),
        (("URL", "HTTP_Code"), ("url", "http_code")),
        # two fields have this name: the one that Botify lists first
        (("Title",), ("metadata.title.content",)),
    ],
)
def test_fields_are_found_by_id_short_word_and_name(
    names: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """In the order in which they are named, each once."""
    assert ids(find_fields(names, EVERYTHING)) == expected


def test_every_short_word_means_a_field() -> None:
    """Short words lead to fields that real projects have."""
    for word in SHORT:
        assert find_fields((word,), EVERYTHING)
    assert ids(find_fields(("indexable", "reason"), NEWER_NAMES)) == (
        "indexable.is_indexable",
        "indexable.main_reason",
    )


@pytest.mark.parametrize(
    ("names", "sentence", "next_step"),
    [
        ((), "No field is named", "such as url"),
        (("metadata.titel.content",), "metadata.titel.content", "metadata.title.content"),
        (("count_urls_crawl",), "does not give it as a column", "Leave it out"),
        (("~" * 300,), "~" * 100, "Choose another"),
    ],
)
def test_a_field_that_cannot_be_is_explained(
    names: tuple[str, ...], sentence: str, next_step: str
) -> None:
    """What is wrong, and what may have been meant."""
    with pytest.raises(WrongField) as caught:
        find_fields(names, EVERYTHING)
    assert sentence in caught.value.sentence
    assert len(caught.value.sentence) < 300
    assert next_step in caught.value.next_step


def test_what_can_be_filtered_by_is_read_from_the_permissions() -> None:
    """Samples and structures can be exported, and not be filtered by their value."""
    by_id = {field.id: field for field in EVERYTHING}
    assert by_id["http_code"].filterable
    assert not by_id["canonical.to.url"].filterable
    assert not by_id["outlinks_internal.urls"].filterable
    assert not by_id["count_urls_crawl"].filterable
    assert by_id["outlinks_internal.graph.url"].multiplies_rows


@given(st.lists(st.sampled_from([field.id for field in EVERYTHING if field.selectable])))
def test_applying_the_columns_of_any_link_loses_nothing(columns: list[str]) -> None:
    """Every exportable column of a link is in the file, once."""
    preset = of_columns(columns)
    if preset is None:
        assert not columns
        return
    applied = apply(preset, EVERYTHING)
    assert applied.missing == ()
    assert [name for name in ids(applied.fields) if name in columns] == [*dict.fromkeys(columns)]
