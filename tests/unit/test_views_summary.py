"""The price in words, the chart, and the labels of the menus: tables."""

from typing import Any

import pytest
from draft_examples import FIELDS, LINKS, NOW, SETTINGS, a_draft
from hypothesis import given
from hypothesis import strategies as st

from bot.model.analysis import Analysis
from bot.model.depths import DepthCounts
from bot.model.draft import Draft
from bot.model.field import Field
from bot.model.filters import Filters
from bot.model.rows import AS_MUCH_AS_FITS, IN_PARTS, RowsChoice, RowsMode
from bot.model.specification import up_to
from handlers.quoting import quote_of
from handlers.views.chart import chart
from handlers.views.choices import (
    ANY,
    analysis_option,
    field_option,
    page_type_of,
    page_type_options,
    value_of,
)
from handlers.views.rows import row_options, rows_of
from handlers.views.rows import value_of as value_of_rows
from handlers.views.summary import details, headline

MILLION = 1_000_000
BIGSHOP = (10, 550, 28_000, 275_000, 825_000, 660_000, 440_000, 275_000, 165_000, 110_000, 55_000)
BIG = DepthCounts(tuple(enumerate(BIGSHOP)), without_depth=40)
TO_DEPTH_2 = RowsChoice(RowsMode.DEPTH, 2)


def said(counts: DepthCounts | None, limit: int = MILLION, **changes: Any) -> list[str]:
    """The lines about a draft with these counts."""
    draft: Draft = a_draft(counts=counts, **changes)
    settings = SETTINGS.model_copy(update={"botify_row_limit": limit})
    quote = quote_of(draft, settings)
    lines = (headline(draft, quote), *details(draft, quote).split("\n"))
    return [line for line in lines if line]


def test_nothing_is_said_before_it_is_counted() -> None:
    """No figure is a guess."""
    assert said(None) == ["*Rows and credits:* counting the URLs of this analysis ..."]


def test_nothing_to_export() -> None:
    """An empty analysis, and filters that nothing passes, are told apart."""
    assert said(DepthCounts(())) == ["This analysis holds no URLs: there is nothing to export."]
    filtered = said(DepthCounts(()), filters=Filters(http_family=5))
    assert filtered == [
        "No URL passes the filters: there is nothing to export.",
        "Only: HTTP code 5xx",
    ]


def test_whole_site() -> None:
    """Everything fits: rows, credits, size, and that nothing is left out."""
    first, second = said(DepthCounts(((0, 1),)), bytes_per_row=100.0)
    assert first == "*1 row · 1 credit* (one credit a row) · about 100 bytes"
    assert second == "The whole site: 1 URL in this analysis, within the limit of 1,000,000 rows."


@pytest.mark.parametrize(
    ("rows", "extent"),
    [
        (AS_MUCH_AS_FITS, "those down to *depth 3* fit under the limit of 1,000,000 rows."),
        (TO_DEPTH_2, "those down to *depth 2* are exported."),
    ],
)
def test_cut(rows: RowsChoice, extent: str) -> None:
    """What is left out is counted and named, also what has no depth."""
    _, which, left_out = said(BIG, rows=rows)
    assert which == f"2,833,600 URLs in this analysis; {extent}"
    deeper = "2,530,000" if rows == AS_MUCH_AS_FITS else "2,805,000"
    assert left_out == (
        f"Left out: {deeper} URLs at a greater depth and 40 URLs without a depth "
        "(no link leads there)."
    )


def test_parts() -> None:
    """Each file with its depths and rows; together they are everything."""
    first, heading, *parts = said(BIG, rows=IN_PARTS)
    assert first.startswith("*2,833,600 rows · 2,833,600 credits*")
    assert heading == "In *5 files*, each within the limit of 1,000,000 rows:"
    assert parts[0] == "Part 1: depths 0 to 3 · 303,560 rows"
    last = "Part 5: depth 10 and deeper, and URLs without a depth · 55,040 rows"
    assert parts[4:] == [last]


def test_links_are_the_rows() -> None:
    """A field of the link graph: one row a link, and another price."""
    first, *_ = said(
        DepthCounts(((0, 5),)), fields=(*FIELDS, LINKS), links=DepthCounts(((0, 1_234),))
    )
    assert first.startswith("*1,234 rows · 124 credits* (0.1 credits a link)")
    (line,) = said(DepthCounts(((0, 5),)), fields=(*FIELDS, LINKS))
    assert "counting the links" in line


def test_filters_in_words() -> None:
    """What passes is said beside the figure; foreign text mentions nobody."""
    lines = said(DepthCounts(((0, 5),)), filters=Filters(url_contains="<!channel>"))
    assert lines[1].startswith("Everything that passes: 5 URLs")
    assert lines[-1] == "Only: URL contains &lt;!channel&gt;"


def test_nothing_fits() -> None:
    """A single depth over the limit is named, with what can be done."""
    (line,) = said(DepthCounts(((0, 1_200_000), (1, 5))))
    assert line.startswith("*1,200,005 URLs* to export. Depth 0 alone holds 1,200,000 rows")
    assert "Add a filter" in line


# --- the chart --------------------------------------------------------------------------------


def test_chart_shows_what_is_taken() -> None:
    """Depths that are exported are solid, the others grey; the largest is the longest."""
    lines = chart(DepthCounts(((0, 1), (1, 800), (2, 400)), 8), up_to(1)).split("\n")
    assert lines == [
        "```",
        " depth 0    1  ▏",
        " depth 1  800  ████████████████",
        " depth 2  400  ░░░░░░░░",
        "no depth    8  ░",
        "```",
    ]


def test_long_chart_adds_up_the_deepest() -> None:
    """A site of fifty depths does not fill the form."""
    lines = chart(DepthCounts(tuple((depth, 10) for depth in range(50))), None).split("\n")
    assert len(lines) == 14
    assert "depth 11+" in lines[-2]
    assert "390" in lines[-2]


def test_chart_of_what_cannot_be_exported_is_grey() -> None:
    """No bar looks as if it were taken."""
    drawn = chart(DepthCounts(((0, 5), (1, 3)), 2), None)
    assert "░" in drawn
    assert "█" not in drawn


def test_parts_that_cannot_be_made_say_why() -> None:
    """A depth that no file can hold is not called too much of everything."""
    _, chosen = rows_menu(DepthCounts(((0, 10**7), (1, 1))), IN_PARTS)
    assert chosen["text"]["text"] == "Everything, in parts · one depth alone is over the limit"


def test_chart_of_nothing() -> None:
    """Where there is nothing to draw nothing is drawn."""
    assert chart(DepthCounts(()), None) == ""


# --- rows -------------------------------------------------------------------------------------


def rows_menu(
    counts: DepthCounts | None, choice: RowsChoice, *, filtered: bool = False
) -> tuple[list[Any], Any]:
    """The menu of a draft with these counts and this choice."""
    quote = quote_of(a_draft(counts=counts, rows=choice), SETTINGS)
    return row_options(quote.offers, choice, counting=quote.counts is None, filtered=filtered)


def test_menu_of_rows_over_the_limit() -> None:
    """The default first, then everything in parts, then each depth that fits."""
    options, chosen = rows_menu(BIG, AS_MUCH_AS_FITS)
    assert [each["text"]["text"] for each in options] == [
        "As deep as fits, to depth 3 · 303,560 rows",
        "Everything, in 5 parts · 2,833,600 rows",
        "Down to depth 0 · 10 rows",
        "Down to depth 1 · 560 rows",
        "Down to depth 2 · 28,560 rows",
    ]
    assert chosen == options[0]


def test_menu_of_rows_of_a_site_that_fits() -> None:
    """The whole site, or less of it; the last depth is no choice of its own."""
    options, _ = rows_menu(DepthCounts(((0, 1), (1, 4))), AS_MUCH_AS_FITS)
    texts = [each["text"]["text"] for each in options]
    assert texts == ["The whole site · 5 rows", "Down to depth 0 · 1 row"]
    _, chosen = rows_menu(DepthCounts(((0, 1),)), AS_MUCH_AS_FITS, filtered=True)
    assert chosen["text"]["text"] == "All that pass the filters · 1 row"
    _, chosen = rows_menu(None, AS_MUCH_AS_FITS)
    assert chosen["text"]["text"] == "The whole site"


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (RowsChoice(RowsMode.DEPTH, 3), "Down to depth 3 · 303,560 rows"),
        (RowsChoice(RowsMode.DEPTH, 9), "Down to depth 9 · over the limit"),
        (
            RowsChoice(RowsMode.PARTS, 4),
            "Everything, in 2 parts, down to depth 4 · 1,128,560 rows",
        ),
    ],
)
def test_typed_choice_is_in_the_menu(choice: RowsChoice, words: str) -> None:
    """What was typed can be shown, whether or not it can be done."""
    options, chosen = rows_menu(BIG, choice)
    assert chosen in options
    assert chosen["text"]["text"] == words


@given(
    counts=st.none()
    | st.builds(
        DepthCounts,
        st.dictionaries(st.integers(0, 300), st.integers(0, 10**7), max_size=200).map(
            lambda found: tuple(sorted(found.items()))
        ),
        st.integers(0, 10**6),
    ),
    mode=st.sampled_from(RowsMode),
    depth=st.integers(0, 300),
)
def test_chosen_rows_are_always_an_option(
    counts: DepthCounts | None, mode: RowsMode, depth: int
) -> None:
    """Slack refuses a menu whose choice is not in it; and it can be read back."""
    choice = RowsChoice(mode, depth)
    options, chosen = rows_menu(counts, choice)
    assert options.count(chosen) == 1
    assert len(options) <= 100
    assert rows_of(chosen["value"]) == choice
    assert len({each["value"] for each in options}) == len(options)


@pytest.mark.parametrize("value", ["", "depth", "depth:", "depth:x", "depth:-1", "all", "fit:²"])
def test_foreign_value_is_no_choice_of_rows(value: str) -> None:
    """Only what the menu gives out is understood."""
    assert rows_of(value) is None
    assert value_of_rows(AS_MUCH_AS_FITS) == "fit"


# --- page types -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [ANY, "product", "product/shoes", "blog"]),
        ("prod", ["product", "product/shoes"]),
        ("SHOES", ["product/shoes"]),
        ("help", ["help"]),
    ],
)
def test_menu_of_page_types(query: str, expected: list[str]) -> None:
    """Values of the project, largest first; one that is not listed can be typed."""
    found = page_type_options(("product", "product/shoes", "blog", "x" * 200), query, 100)
    assert [each["value"] for each in found] == expected


def test_long_page_type_is_read_back() -> None:
    """A typed one that is too long for an option keeps its meaning."""
    long = "category/" + "x" * 100
    assert page_type_of(value_of(long), Filters(page_type=long)) == long
    assert page_type_of("blog", Filters(page_type=long)) == "blog"
    assert page_type_of(ANY, Filters(page_type=long)) is None


# --- labels -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("analysis", "expected"),
    [
        (
            Analysis("20260705-2", "2026 Jul. 5th (2)", "success", 48_211),
            "2026 Jul. 5th (2) · 48,211 URLs · 20260705-2",
        ),
        (Analysis("20260705", "", "success", 1_000, NOW), "2026-07-12 · 1,000 URLs · 20260705"),
        (Analysis("20260705", "", "success", 7), "7 URLs · 20260705"),
        (Analysis("20260712", "July", "crawling", 0), "July · still crawling · 20260712"),
        (Analysis("20260712", "July", "on the moon", 0), "July · on the moon · 20260712"),
    ],
)
def test_label_of_an_analysis(analysis: Analysis, expected: str) -> None:
    """Name or date, URLs or why there are none, and the slug."""
    assert analysis_option(analysis)["text"]["text"] == expected


def test_long_name_does_not_push_out_the_slug() -> None:
    """Two crawls of one day differ in the slug only."""
    text = analysis_option(Analysis("20260705-2", "name " * 50, "success", 48_211))["text"]["text"]
    assert len(text) <= 75
    assert text.endswith("… · 48,211 URLs · 20260705-2")


def test_fields_of_one_name_can_be_told_apart() -> None:
    """The id stands beside the name."""
    option = field_option(Field("metadata.title.contents", "Title", "string"))
    assert option["text"]["text"] == "Title"
    assert option["description"]["text"] == "metadata.title.contents"


def test_long_id_has_a_short_value() -> None:
    """An id that is too long for an option is stood for by a digest, always the same one."""
    long = "extract.custom." + "x" * 100
    assert value_of("url") == "url"
    assert len(value_of(long)) <= 75
    assert value_of(long) == value_of(long) != value_of(long + "y")
