"""The price in words, and the labels of the menus: tables."""

import pytest
from draft_examples import NOW, SETTINGS, a_draft

from bot.model.analysis import Analysis
from bot.model.depths import DepthCounts
from bot.model.field import Field
from handlers.screens import price_of
from handlers.views.choices import analysis_option, field_option, value_of
from handlers.views.summary import Price, summary

MILLION = 1_000_000
BIGSHOP = (10, 550, 28_000, 275_000, 825_000, 660_000, 440_000, 275_000, 165_000, 110_000, 55_000)


WORDS = {
    None: ["*Rows and credits:* counting the URLs of this analysis ..."],
    Price(0, MILLION, 0): ["This analysis holds no URLs: there is nothing to export."],
    Price(1, MILLION, 1): [
        "*1 row · 1 credit* (one credit a row)",
        "The whole site: 1 URL in this analysis, within the limit of 1,000,000 rows.",
    ],
    Price(2_000, 1_000, 900, 3, 1_100, 100): [
        "*900 rows · 900 credits* (one credit a row)",
        "2,000 URLs in this analysis; those down to *depth 3* fit under the limit of 1,000 rows.",
        (
            "Left out: 1,000 URLs at a greater depth and 100 URLs without a depth "
            "(no link leads there)."
        ),
    ],
    Price(1_100, 1_000, 1_000, 5, 100, 100): [
        "*1,000 rows · 1,000 credits* (one credit a row)",
        "1,100 URLs in this analysis; those down to *depth 5* fit under the limit of 1,000 rows.",
        "Left out: 100 URLs without a depth (no link leads there).",
    ],
    Price(1_205_300, MILLION, None, shallowest=1_200_000): [
        (
            "*1,205,300 URLs* in this analysis. Nothing fits under the limit of 1,000,000 rows: "
            "the first depth alone has 1,200,000 URLs."
        ),
    ],
}


@pytest.mark.parametrize("price", WORDS)
def test_price_in_words(price: Price | None) -> None:
    """Rows, credits, depth, and everything that is left out: nothing is cut silently."""
    assert summary(price).split("\n") == WORDS[price]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (DepthCounts(()), Price(0, MILLION, 0)),
        (DepthCounts(((0, 1), (1, 999_999))), Price(MILLION, MILLION, MILLION)),
        (DepthCounts(((0, 1_000_001),)), Price(1_000_001, MILLION, None, shallowest=1_000_001)),
        (
            DepthCounts(tuple(enumerate(BIGSHOP))),
            Price(2_833_560, MILLION, 303_560, 3, 2_530_000),
        ),
        (DepthCounts((), MILLION + 1), Price(MILLION + 1, MILLION, None, shallowest=MILLION + 1)),
    ],
)
def test_price_of_counts(counts: DepthCounts, expected: Price) -> None:
    """The price is that of the plan which the export will follow."""
    assert price_of(a_draft(counts=counts), SETTINGS) == expected


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
