"""What we ask in Botify's query language."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.botify.bql import (
    depth_counts_query,
    depth_filter,
    export_query,
    job_payload,
    prefix_filter,
    prefixed,
    unprefixed,
)
from bot.model.errors import WrongInput
from bot.model.project import Project
from bot.model.specification import WHOLE_SITE, Column, DepthRange, Specification, up_to

C = "crawl.20240101"
EXISTS = {"field": f"{C}.depth", "predicate": "exists"}
LTE_3 = {"field": f"{C}.depth", "predicate": "lte", "value": 3}
GTE_3 = {"field": f"{C}.depth", "predicate": "gte", "value": 3}


def _spec(chosen: dict[str, Any] | None = None) -> Specification:
    return Specification(
        account="jane.doe",
        project=Project("acme-org", "acme.com"),
        analysis="20240101",
        columns=(Column("url", "string"), Column("metadata.title.content", "string")),
        filter=chosen,
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (WHOLE_SITE, None),
        (up_to(3), LTE_3),
        (up_to(0), {**LTE_3, "value": 0}),
        (DepthRange(last=3), {"or": [LTE_3, {"not": EXISTS}]}),
        (DepthRange(first=3, without_depth=False), GTE_3),
        (DepthRange(first=3), {"or": [GTE_3, {"not": EXISTS}]}),
        (
            DepthRange(first=3, last=5),
            {"field": f"{C}.depth", "predicate": "between", "value": [3, 5]},
        ),
        (
            DepthRange(first=3, last=3, without_depth=False),
            {"field": f"{C}.depth", "predicate": "between", "value": [3, 3]},
        ),
        (DepthRange(without_depth=False), EXISTS),
    ],
)
def test_each_range_of_depths_has_its_filter(
    rows: DepthRange, expected: dict[str, Any] | None
) -> None:
    """URLs without a depth are asked for exactly where they belong to the range."""
    assert depth_filter(rows, C) == expected


def test_the_export_query_for_a_whole_site() -> None:
    """Prefixed fields in order, both required lists, no filter and no sort."""
    assert export_query(_spec(), WHOLE_SITE) == {
        "collections": [C],
        "query": {"dimensions": [f"{C}.url", f"{C}.metadata.title.content"], "metrics": []},
    }


def test_depth_and_filter_are_joined_by_and() -> None:
    """A filter of the link and a depth hold both."""
    spec = _spec({"field": "http_code", "value": 200})
    code = {"field": f"{C}.http_code", "predicate": "eq", "value": 200}
    assert export_query(spec, up_to(3))["query"]["filters"] == {"and": [LTE_3, code]}
    assert export_query(spec, WHOLE_SITE)["query"]["filters"] == code


def test_the_count_query() -> None:
    """One row a depth, in an order that paging can rely on."""
    assert depth_counts_query("20240101") == {
        "collections": [C],
        "query": {
            "dimensions": [f"{C}.depth"],
            "metrics": [{"field": f"{C}.count_urls_crawl"}],
            "sort": [{"type": "dimensions", "index": 0, "order": "asc"}],
        },
    }
    counted = depth_counts_query("20240101", {"field": "http_code", "value": 200})
    assert counted["query"]["filters"]["field"] == f"{C}.http_code"


def test_the_payload_of_a_job() -> None:
    """Everything that decides about the file is said, nothing is left to Botify's defaults."""
    assert job_payload(_spec(), up_to(3), 1_000_000) == {
        "username": "acme-org",
        "project": "acme.com",
        "export_size": 1_000_000,
        "formatter": "csv",
        "formatter_config": {
            "delimiter": ",",
            "print_delimiter": False,
            "print_header": True,
            "header_format": "verbose",
        },
        "connector": "direct_download",
        "extra_config": {},
        "query": export_query(_spec(), up_to(3)),
    }


def test_a_prefix_is_put_on_once_and_taken_off() -> None:
    """Botify lists ids with or without the collection; both become the same."""
    assert prefixed(C, "depth") == prefixed(C, f"{C}.depth") == f"{C}.depth"
    assert unprefixed(C, f"{C}.depth") == unprefixed(C, "depth") == "depth"
    assert unprefixed(C, "crawl.20230101.depth") == "crawl.20230101.depth"


UNDERSTOOD = [
    ({"field": "depth", "value": 3}, {"predicate": "eq", "value": 3}),
    ({"field": "compliant.is_compliant", "predicate": "eq", "value": True}, None),
    ({"field": "content_type", "predicate": "eq", "value": "text/html"}, None),
    ({"field": "depth", "predicate": "lt", "value": 3}, None),
    ({"field": "depth", "predicate": "lte", "value": 3.5}, None),
    ({"field": "date_crawled", "predicate": "gt", "value": "2024-01-01"}, None),
    ({"field": "depth", "predicate": "gte", "value": -1}, None),
    ({"field": "http_code", "predicate": "between", "value": [200, 299]}, None),
    ({"field": "date_crawled", "predicate": "between", "value": ["a", "b"]}, None),
    ({"field": "url", "predicate": "contains", "value": "/blog/"}, None),
    ({"field": "url", "predicate": "starts", "value": "https://"}, None),
    ({"field": "url", "predicate": "ends", "value": ".html"}, None),
    ({"field": "url", "predicate": "re", "value": "a.*"}, None),
    ({"field": "canonical.to.url", "predicate": "exists"}, None),
    ({"field": "canonical.to.url", "predicate": "exists", "value": None}, {}),
    ({"field": "segments.pagetype.value", "predicate": "with_children", "value": "a/b"}, None),
    ({"field": "segments.pagetype.value", "predicate": "without_children", "value": "a"}, None),
    ({"field": "segments.pagetype.value", "predicate": "only_children", "value": "a"}, None),
    ({"field": "metadata.h1.contents", "predicate": "any.eq", "value": "Sale"}, None),
    ({"field": "metadata.h1.contents", "predicate": "any.contains", "value": "S"}, None),
    ({"field": "metadata.h1.contents", "predicate": "any.starts", "value": "S"}, None),
    ({"field": "metadata.h1.contents", "predicate": "any.ends", "value": "S"}, None),
    ({"field": "metadata.h1.contents", "predicate": "any.re", "value": "S"}, None),
    ({"field": "series", "predicate": "all.between", "value": [1, 2]}, None),
    ({"field": "series", "predicate": "any.lte", "value": 2}, None),
]


@pytest.mark.parametrize(("given_one", "changed"), UNDERSTOOD)
def test_every_predicate_of_the_grammar_is_passed_on(
    given_one: dict[str, Any], changed: dict[str, Any] | None
) -> None:
    """Each published predicate goes through as it is, with the collection before the field."""
    expected = dict(given_one) if changed is None else {"predicate": "exists", **changed}
    expected["field"] = f"{C}.{given_one['field']}"
    assert prefix_filter(given_one, C) == expected


LEAF = {"field": "depth", "predicate": "lte", "value": 3}


@pytest.mark.parametrize(
    "strange",
    [
        {},
        [],
        {"and": []},
        {"and": {}},
        {"and": [LEAF], "or": [LEAF]},
        {"and": [LEAF, 1]},
        {"not": [LEAF]},
        {"xor": [LEAF]},
        {"field": "depth", "predicate": "ne", "value": 3},
        {"field": "depth", "predicate": "rgx", "value": "3"},
        {"field": "depth", "predicate": ["lte"], "value": 3},
        {"field": "depth", "predicate": "lte"},
        {"field": "depth", "predicate": "lte", "value": True},
        {"field": "depth", "predicate": "lte", "value": None},
        {"field": "depth", "predicate": "eq", "value": [1]},
        {"field": "depth", "predicate": "between", "value": [1]},
        {"field": "depth", "predicate": "between", "value": [1, 2, 3]},
        {"field": "depth", "predicate": "between", "value": [1, None]},
        {"field": "url", "predicate": "contains", "value": 3},
        {"field": {"function": "year", "args": ["date_crawled"]}, "value": 2024},
        {"field": "", "value": 1},
        {"field": "previous.depth", "value": 1},
        {"field": "crawl.20230101.depth", "value": 1},
        {"value": 1},
        {**LEAF, "options": {}},
    ],
)
def test_what_the_grammar_lacks_is_not_guessed(strange: Any) -> None:
    """A filter that is not fully understood is not used at all."""
    assert prefix_filter(strange, C) is None
    assert prefix_filter({"and": [LEAF, strange]}, C) is None


def test_a_filter_that_is_too_deep_is_not_followed() -> None:
    """A pasted link cannot make us recurse for ever."""
    deep: dict[str, Any] = LEAF
    for _ in range(50):
        deep = {"not": deep}
    assert prefix_filter(deep, C) is None


def test_a_query_is_never_built_from_a_filter_that_is_not_understood() -> None:
    """Leaving the filter out silently would export, and bill, other rows."""
    with pytest.raises(WrongInput, match="filter"):
        export_query(_spec({"xor": []}), WHOLE_SITE)
    with pytest.raises(WrongInput, match="filter"):
        depth_counts_query("20240101", {"xor": []})


_leaves = st.sampled_from([leaf for leaf, changed in UNDERSTOOD if changed is None])
_filters = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda nodes: {"and": nodes}),
        st.lists(inner, min_size=1, max_size=3).map(lambda nodes: {"or": nodes}),
        inner.map(lambda node: {"not": node}),
    ),
    max_leaves=8,
)


@given(_filters)
def test_any_filter_of_the_grammar_keeps_its_shape(chosen: dict[str, Any]) -> None:
    """Prefixing changes the fields and nothing else, and doing it twice changes nothing more."""
    made = prefix_filter(chosen, C)
    assert made is not None
    assert _stripped(made) == chosen
    assert prefix_filter(made, C) == made


def _stripped(node: Any) -> Any:
    if isinstance(node, list):
        return [_stripped(each) for each in node]
    if isinstance(node, dict):
        return {
            key: value.removeprefix(f"{C}.") if key == "field" else _stripped(value)
            for key, value in node.items()
        }
    return node
