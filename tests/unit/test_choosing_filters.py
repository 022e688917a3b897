"""Filters: the query that they become, and the words that people read."""

from typing import Any

import pytest
from choosing_examples import COLLECTION, EVERYTHING, NEWER_NAMES, NO_PAGE_TYPES, PROJECTS
from hypothesis import given
from hypothesis import strategies as st

from bot.botify.bql import depth_counts_query, export_query, link_counts_query, prefix_filter
from bot.model.errors import WrongField
from bot.model.field import Field
from bot.model.filters import NO_FILTERS, Filters, fields_of, filter_of, words, words_of
from bot.model.project import Project
from bot.model.specification import WHOLE_SITE, Column, Specification
from sandbox.botify import filters as grammar
from sandbox.botify.columns import resolver
from sandbox.botify.world import Analysis
from sandbox.botify.world import Project as Crawled

FOUND = {"field": "http_code", "predicate": "between", "value": [200, 299]}
LOST = {"field": "http_code", "predicate": "between", "value": [400, 499]}
GOOD = {"field": "compliant.is_compliant", "predicate": "eq", "value": True}
LONG = {"field": "url", "predicate": "contains"}
GONE = {"field": "gone.field", "value": 1}
SALE = {"field": "metadata.h1.contents", "predicate": "contains", "value": "Sale"}


@pytest.mark.parametrize(
    ("filters", "expected", "said"),
    [
        (NO_FILTERS, None, ""),
        (Filters(http_family=2), FOUND, "HTTP code 2xx"),
        (Filters(http_family=4), LOST, "HTTP code 4xx"),
        (Filters(indexable=True), GOOD, "indexable"),
        (Filters(indexable=False), {**GOOD, "value": False}, "not indexable"),
        (
            Filters(page_type="product/shoes"),
            {
                "field": "segments.pagetype.value",
                "predicate": "with_children",
                "value": "product/shoes",
            },
            "page type product/shoes",
        ),
        (
            Filters(url_contains="/blog/"),
            {"field": "url", "predicate": "contains", "value": "/blog/"},
            "URL contains /blog/",
        ),
        (
            Filters(http_family=4, indexable=True, from_link=LOST),
            {"and": [LOST, GOOD, LOST]},
            "HTTP code 4xx and indexable and HTTP code 4xx",
        ),
        (
            Filters(from_link=SALE),
            {**SALE, "predicate": "any.contains"},
            "metadata.h1.contents contains Sale",
        ),
        (
            Filters(indexable=True, from_link={"or": [SALE, {"not": LOST}]}),
            {"and": [GOOD, {"or": [{**SALE, "predicate": "any.contains"}, {"not": LOST}]}]},
            "indexable and (metadata.h1.contents contains Sale or not (HTTP code 4xx))",
        ),
    ],
)
def test_each_filter_is_this_query_and_these_words(
    filters: Filters, expected: dict[str, Any] | None, said: str
) -> None:
    """Conditions hold together; a filter on a field with several values takes `any.`."""
    assert filter_of(filters, EVERYTHING) == expected
    assert words(filters) == said


def test_the_newer_name_of_indexability_is_used_where_the_older_is_lacking() -> None:
    """The same choice works in analyses of both kinds."""
    made = filter_of(Filters(indexable=True), NEWER_NAMES)
    assert made == {**GOOD, "field": "indexable.is_indexable"}
    assert words_of(made) == "indexable"


def test_page_types_that_are_no_tree_are_compared_as_text() -> None:
    """A project may have made its segmentation otherwise."""
    known = [Field("segments.pagetype.value", "pagetype", "string")]
    made = filter_of(Filters(page_type="shop"), known)
    assert made == {"field": "segments.pagetype.value", "predicate": "eq", "value": "shop"}
    assert words_of(made) == "page type shop"


@pytest.mark.parametrize(
    ("filters", "known", "named"),
    [
        (Filters(page_type="x"), NEWER_NAMES, "segments.pagetype.value"),
        (Filters(page_type="x"), NO_PAGE_TYPES, "segments.pagetype.value"),
        (Filters(indexable=True), [], "compliant.is_compliant or indexable.is_indexable"),
        (Filters(http_family=4), [], "http_code"),
        (Filters(http_family=4), [Field("http_code", "Code", "integer", filterable=False)], "code"),
        (Filters(url_contains="x"), [], "url"),
        (Filters(from_link={"and": [LOST, GONE]}), EVERYTHING, "gone.field"),
    ],
)
def test_a_filter_without_its_field_is_refused_before_anything_is_asked(
    filters: Filters, known: list[Field], named: str
) -> None:
    """The sentence names the field; nothing is left out silently."""
    with pytest.raises(WrongField) as caught:
        filter_of(filters, known)
    assert named in caught.value.sentence
    assert "filter" in caught.value.next_step


@pytest.mark.parametrize(
    ("given_one", "said"),
    [
        (None, ""),
        ({"field": "depth", "predicate": "lte", "value": 3}, "depth is at most 3"),
        ({"field": "depth", "value": 3}, "depth is 3"),
        ({"field": "depth", "predicate": "between", "value": [1, 3]}, "depth is between 1 and 3"),
        ({**FOUND, "value": [200, 300]}, "http_code is between 200 and 300"),
        ({"field": "canonical.to.url", "predicate": "exists"}, "canonical.to.url has a value"),
        ({"field": "gzipped", "value": False}, "gzipped is no"),
        ({"field": "h1", "predicate": "any.re", "value": "a.*"}, "h1 has one that matches a.*"),
        ({"field": "url", "predicate": "starts", "value": "https"}, "URL starts with https"),
        ({"and": []}, ""),
        ({"strange": 1}, "a filter that is not understood"),
        ({**LONG, "value": 999 * "x"}, f"URL contains {'x' * 286}…"),
    ],
)
def test_any_stored_filter_has_words(given_one: dict[str, Any] | None, said: str) -> None:
    """What a link asked for can be read before and after it is paid."""
    assert words_of(given_one) == said


_texts = st.text(min_size=1, max_size=20)
_filters = st.builds(
    Filters,
    http_family=st.none() | st.integers(1, 5),
    indexable=st.none() | st.booleans(),
    page_type=st.none() | _texts,
    url_contains=st.none() | _texts,
    from_link=st.none() | st.sampled_from([SALE, {"or": [SALE, {"not": LOST}]}, {"and": [GOOD]}]),
)


@given(filters=_filters)
def test_every_filter_is_in_the_grammar(filters: Filters) -> None:
    """What is made is accepted by the reader of filters and by the local Botify's own parser."""
    for name, known in PROJECTS.items():
        try:
            made = filter_of(filters, known)
        except WrongField:
            assert name != "everything"
            continue
        if made is None:
            assert filters == NO_FILTERS
            continue
        prefixed = prefix_filter(made, COLLECTION)
        assert prefixed is not None
        kind = "modern" if name == "newer names" else "classic"
        crawled = Crawled("acme-org", "acme.com", kind=kind)
        analysis = Analysis("acme-org", "acme.com", "20240101", depths=((0, 1),))
        grammar.parse(prefixed, resolver(crawled, analysis))
        assert set(fields_of(made)) <= {field.id for field in known}


@given(filters=_filters)
def test_what_is_counted_is_what_is_sent(filters: Filters) -> None:
    """The query of the count, of the links and of the job hold the same filter."""
    made = filter_of(filters, EVERYTHING)
    spec = Specification(
        "jane.doe",
        Project("acme-org", "acme.com"),
        "20240101",
        (Column("url", "string"),),
        WHOLE_SITE,
        made,
    )
    sent = export_query(spec, WHOLE_SITE)["query"].get("filters")
    assert depth_counts_query("20240101", made)["query"].get("filters") == sent
    assert link_counts_query("20240101", made)["query"].get("filters") == sent
    assert (sent is None) == (made is None)


@given(filters=_filters)
def test_words_are_those_of_the_query(filters: Filters) -> None:
    """Only a field with several values is said otherwise once it is known to be one."""
    made = filter_of(filters, EVERYTHING)
    assert words_of(made).replace("has one that contains", "contains") == words(filters)
