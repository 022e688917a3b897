"""Filters: every predicate against the same question asked in Python, and what is refused."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.botify import filters
from sandbox.botify.columns import resolver
from sandbox.botify.errors import Refusal
from sandbox.botify.world import World

CRAWL = "crawl.20260705"
PATH = "/projects/acme-org/manyfields.example/query"
NAMES = ["url", "depth", "http_code", "metadata.title.content", "metadata.h1.contents"]
NAMES += ["compliant.is_compliant", "metadata.structured.breadcrumb.tree", "canonical.to.url"]
NAMES += ["extract.extract_d_4"]
TREE = "metadata.structured.breadcrumb.tree"
H1 = "metadata.h1.contents"
TITLE = "metadata.title.content"


def term(name: str, predicate: str | None = None, value: Any = None) -> dict[str, Any]:
    """One term of a filter."""
    field: dict[str, Any] = {"field": f"{CRAWL}.{name}"}
    if predicate is not None:
        field["predicate"] = predicate
    return field if value is None else {**field, "value": value}


Row = dict[str, Any]
HOLDS: dict[str, tuple[dict[str, Any], Callable[[Row], bool]]] = {
    "eq": (term("http_code", "eq", 404), lambda row: row["http_code"] == 404),
    "eq is the default": (term("http_code", None, 404), lambda row: row["http_code"] == 404),
    "eq on a boolean": (
        term("compliant.is_compliant", "eq", value=True),
        lambda row: row["compliant.is_compliant"],
    ),
    "lt": (term("depth", "lt", 2), lambda row: row["depth"] < 2),
    "lte": (term("depth", "lte", 2), lambda row: row["depth"] <= 2),
    "gt": (term("http_code", "gt", 301), lambda row: row["http_code"] > 301),
    "gte": (term("http_code", "gte", 301), lambda row: row["http_code"] >= 301),
    "between counts both ends": (
        term("http_code", "between", [301, 404]),
        lambda row: 301 <= row["http_code"] <= 404,
    ),
    "dates": (
        term("extract.extract_d_4", "gte", "2026-07-01"),
        lambda row: (row["extract.extract_d_4"] or "") >= "2026-07-01",
    ),
    "contains": (term("url", "contains", "/blog/"), lambda row: "/blog/" in row["url"]),
    "starts": (term(TITLE, "starts", "="), lambda row: (row[TITLE] or "").startswith("=")),
    "ends": (term("url", "ends", "socks"), lambda row: row["url"].endswith("socks")),
    "re is not anchored": (
        term("url", "re", "/00000[12]"),
        lambda row: "/00000" in row["url"] and row["url"].split("/00000")[1][0] in "12",
    ),
    "exists": (term(TITLE, "exists"), lambda row: row[TITLE] is not None),
    "exists on a struct": (
        term("canonical.to.url", "exists"),
        lambda row: row["canonical.to.url"] is not None,
    ),
    "exists on several": (term(H1, "exists"), lambda row: bool(row[H1])),
    "any.eq": (term(H1, "any.eq", "=1+1"), lambda row: "=1+1" in row[H1]),
    "any.contains": (
        term(H1, "any.contains", "Running"),
        lambda row: any("Running" in text for text in row[H1]),
    ),
    "any.starts": (
        term(H1, "any.starts", "@"),
        lambda row: any(text.startswith("@") for text in row[H1]),
    ),
    "any.ends": (
        term(H1, "any.ends", "7"),
        lambda row: any(text.endswith("7") for text in row[H1]),
    ),
    "any.re": (
        term(H1, "any.re", "^About"),
        lambda row: any(text.startswith("About") for text in row[H1]),
    ),
    "with_children": (
        term(TREE, "with_children", "Store/Footwear"),
        lambda row: row[TREE] in ("Store/Footwear", "Store/Footwear/Socks"),
    ),
    "without_children": (
        term(TREE, "without_children", "Store/Footwear"),
        lambda row: row[TREE] == "Store/Footwear",
    ),
    "only_children": (
        term(TREE, "only_children", "Store/Footwear"),
        lambda row: row[TREE] == "Store/Footwear/Socks",
    ),
    "and": (
        {"and": [term("depth", "lte", 2), term("http_code", "eq", 200)]},
        lambda row: row["depth"] <= 2 and row["http_code"] == 200,
    ),
    "or": (
        {"or": [term("depth", "eq", 0), term("http_code", "eq", 404)]},
        lambda row: row["depth"] == 0 or row["http_code"] == 404,
    ),
    "not": ({"not": term(TITLE, "exists")}, lambda row: row[TITLE] is None),
    "nested": (
        {"and": [{"not": {"or": [term("depth", "gte", 3), term("http_code", "gt", 299)]}}]},
        lambda row: row["depth"] < 3 and row["http_code"] <= 299,
    ),
}


EVERY: list[Row] = []
"""All rows, once they were asked for: they are the same in every sandbox."""


async def asked(botify: httpx.AsyncClient, names: list[str], wanted: Any = None) -> list[Row]:
    """The rows that pass a filter, with these fields."""
    query = {
        "dimensions": [f"{CRAWL}.{name}" for name in names],
        "metrics": [],
        "filters": wanted,
    }
    body = {"collections": [CRAWL], "query": query}
    answer = (await botify.post(f"{PATH}?size=2000", json=body)).json()
    return [dict(zip(names, row["dimensions"], strict=True)) for row in answer["results"]]


async def all_rows(botify: httpx.AsyncClient) -> list[Row]:
    """Every row with all fields that the cases look at."""
    if not EVERY:
        EVERY.extend(await asked(botify, NAMES))
    return EVERY


@pytest.mark.parametrize("case", HOLDS)
async def test_each_predicate_holds_where_it_should(botify: httpx.AsyncClient, case: str) -> None:
    """A filter keeps exactly the rows for which the same question in Python is answered yes."""
    wanted, holds = HOLDS[case]
    expected = [row["url"] for row in await all_rows(botify) if holds(row)]
    kept = await asked(botify, ["url"], wanted)
    assert [row["url"] for row in kept] == expected
    assert 0 < len(expected) < 1000


def nots(levels: int) -> Any:
    """A term inside so many negations, a level each with its own."""
    nested: Any = term("depth", "eq", 1)
    for _ in range(levels - 1):
        nested = {"not": nested}
    return nested


REFUSED: dict[str, tuple[Any, int]] = {
    "no object": ([], 1022),
    "and takes a list": ({"and": term("depth", "lte", 1)}, 1022),
    "and takes at least one": ({"and": []}, 1022),
    "not takes an object": ({"not": [term("depth", "lte", 1)]}, 1022),
    "two operators": ({"and": [term("depth", "eq", 1)], "or": [term("depth", "eq", 2)]}, 1022),
    "another key": ({**term("depth", "lte", 1), "values": []}, 1022),
    "an unknown field": (term("nothing", "eq", 1), 1029),
    "no negated predicates": (term("depth", "ne", 1), 1022),
    "regexes are called re": (term("url", "rgx", "x"), 1022),
    "any. is needed on multiple fields": (term(H1, "contains", "x"), 1022),
    "any. is wrong on single ones": (term("url", "any.contains", "x"), 1022),
    "any. does not order": (term(H1, "any.lte", "x"), 1022),
    "texts have no order": (term("url", "lte", "x"), 1022),
    "numbers are not searched": (term("depth", "contains", "1"), 1022),
    "a number in quotes": (term("depth", "lte", "1"), 1022),
    "true is no number": (term("depth", "eq", value=True), 1022),
    "between needs two": (term("depth", "between", [1]), 1022),
    "no value": (term("depth", "lte"), 1022),
    "exists takes no value": (term(TITLE, "exists", value=True), 1022),
    "structs only exist": (term("canonical.to.url", "eq", "x"), 1022),
    "samples cannot be filtered": (term("inlinks_internal.anchors.top", "exists"), 1022),
    "trees only": (term("url", "with_children", "a"), 1022),
    "a bad regex": (term("url", "re", "("), 1057),
    "too many terms": ({"or": [term("depth", "eq", 1)] * 501}, 1043),
    "nested too deep": (nots(51), 1043),
    "a function as field": ({"field": {"function": "year"}, "predicate": "eq", "value": 1}, 1044),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_bad_filters_are_refused(botify: httpx.AsyncClient, case: str) -> None:
    """Each way to filter wrongly has its code, under HTTP 400."""
    wanted, code = REFUSED[case]
    query = {"dimensions": [f"{CRAWL}.url"], "metrics": [], "filters": wanted}
    answer = await botify.post(PATH, json={"collections": [CRAWL], "query": query})
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (400, code)


@pytest.mark.parametrize(("metrics", "status"), [(499, 200), (500, 400)])
async def test_the_filters_of_metrics_count_too(
    botify: httpx.AsyncClient, metrics: int, status: int
) -> None:
    """A query has so many terms in all its filters together."""
    only = {"or": [term("depth", "eq", 1)] * metrics}
    query = {
        "dimensions": [f"{CRAWL}.depth"],
        "metrics": [{"field": f"{CRAWL}.count_urls_crawl", "filters": only}],
        "filters": term("depth", "lte", 1),
    }
    answer = await botify.post(PATH, json={"collections": [CRAWL], "query": query})
    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["error_code"] == 1043


async def test_fifty_levels_are_read(botify: httpx.AsyncClient) -> None:
    """The deepest filter that is taken is also carried out."""
    query = {"dimensions": [f"{CRAWL}.url"], "metrics": [], "filters": nots(50)}
    answer = await botify.post(PATH, json={"collections": [CRAWL], "query": query})
    assert answer.status_code == 200


@pytest.mark.parametrize("levels", [400, 1500])
async def test_what_is_nested_beyond_reading_is_refused(
    botify: httpx.AsyncClient, levels: int
) -> None:
    """However deep a filter is, the answer is a refusal and not a crash."""
    deep = '{"not":' * levels + "{}" + "}" * levels
    query = f'{{"dimensions": ["{CRAWL}.url"], "metrics": [], "filters": {deep}}}'
    answer = await botify.post(PATH, content=f'{{"collections": ["{CRAWL}"], "query": {query}}}')
    assert answer.status_code == 400
    assert answer.json()["error"]["error_code"] in (1020, 1043)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["and", "or", "not", "field", "predicate", "value", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_is_understood_or_refused(data: Any) -> None:
    """Whatever is sent as a filter, it is understood or refused with one of Botify's codes."""
    project = World().project("acme-org", "tiny.example")
    code = None
    try:
        filters.parse(data, resolver(project, project.analyses[0]))
    except Refusal as refusal:
        code = refusal.code
    assert code in (None, 1022, 1029, 1044)
