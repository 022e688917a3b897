"""`/query`: what it refuses, what it counts, how it pages and sorts."""

from typing import Any

import httpx
import pytest

from sandbox.servers import Sandbox

SLUG = "20260705"
CRAWL = f"crawl.{SLUG}"
COUNT = f"{CRAWL}.count_urls_crawl"
TINY = "/projects/acme-org/tiny.example/query"
BIGSHOP = (
    *(10, 550, 28_000, 275_000, 825_000, 660_000, 440_000, 275_000, 165_000, 110_000, 55_000),
    *(44_000, 33_000, 28_000, 22_000, 17_000, 11_000, 6_000, 3_000, 1_100, 550),
)


def f(name: str) -> str:
    """A field of the crawl."""
    return f"{CRAWL}.{name}"


def asking(**query: Any) -> dict[str, Any]:
    """A body with these parts, and with the two lists that are required."""
    return {
        "collections": [CRAWL],
        "query": {"dimensions": [f("url")], "metrics": [], **query},
    }


def without(body: dict[str, Any], key: str) -> dict[str, Any]:
    """The body with a key of its query left out."""
    return {**body, "query": {name: v for name, v in body["query"].items() if name != key}}


REFUSED: dict[str, tuple[Any, int]] = {
    "no object": ([], 1020),
    "no query": ({"collections": [CRAWL]}, 1021),
    "query is no object": ({"collections": [CRAWL], "query": []}, 1024),
    "no collections": ({"query": {"dimensions": [], "metrics": [COUNT]}}, 1022),
    "collections is text": ({**asking(), "collections": CRAWL}, 1022),
    "global by itself": ({**asking(), "collections": ["global"]}, 1044),
    "another key at the top": ({**asking(), "page": 1}, 1022),
    "periods for a crawl": ({**asking(), "periods": [["2024-01-01", "2024-01-31"]]}, 1022),
    "no dimensions": (without(asking(metrics=[COUNT]), "dimensions"), 1022),
    "no metrics": (without(asking(), "metrics"), 1022),
    "filter instead of filters": (asking(filter={"field": f("depth"), "value": 1}), 1022),
    "limit in the query": (asking(limit=10), 1022),
    "size in the query": (asking(size=10), 1022),
    "dimensions is text": (asking(dimensions=f("url")), 1022),
    "neither dimensions nor metrics": (asking(dimensions=[]), 1016),
    "an unknown field": (asking(dimensions=[f("nothing")]), 1029),
    "a field without its collection": (asking(dimensions=["depth"]), 1029),
    "a field of another crawl": (asking(dimensions=["crawl.20260628.depth"]), 1029),
    "an unknown metric": (asking(metrics=[f("nothing")]), 1029),
    "a dimension among the metrics": (asking(metrics=[f("depth")]), 1022),
    "a metric among the dimensions": (asking(dimensions=[COUNT]), 1022),
    "a metric with another key": (asking(metrics=[{"field": COUNT, "as": "n"}]), 1022),
    "an unknown function": (asking(dimensions=[{"function": "shout", "args": [f("url")]}]), 1044),
    "a sum of texts": (asking(metrics=[{"function": "sum", "args": [f("url")]}]), 1022),
    "sort out of range": (asking(sort=[1]), 1022),
    "sort in no direction": (asking(sort=[{"index": 0, "order": "up"}]), 1022),
    "sort by another key": (asking(sort=[{"index": 0, "by": "url"}]), 1022),
    "sort by a field not asked for": (asking(sort=[{"field": f("depth")}]), 1022),
    "sort by true": (asking(sort=[True]), 1022),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_bad_queries_are_refused(botify: httpx.AsyncClient, case: str) -> None:
    """Each way to ask wrongly has its code, under HTTP 400."""
    body, code = REFUSED[case]
    answer = await botify.post(TINY, json=body)
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (400, code)


async def test_what_is_no_json_is_refused(botify: httpx.AsyncClient) -> None:
    """A body that is no JSON is 400 with 1020."""
    answer = await botify.post(TINY, content=b"{")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (400, 1020)


async def test_metrics_may_be_optional(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """Clients disagree whether `metrics` is enforced: both behaviours exist."""
    sandbox.control.set_switches({"metrics_required": False})
    assert (await botify.post(TINY, json=without(asking(), "metrics"))).status_code == 200


async def test_the_status_of_an_unknown_field_can_be_another(
    sandbox: Sandbox, botify: httpx.AsyncClient
) -> None:
    """1029 keeps its code under whatever HTTP status."""
    sandbox.control.set_switches({"unknown_field_status": 422})
    answer = await botify.post(TINY, json=asking(dimensions=[f("nothing")]))
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (422, 1029)


@pytest.mark.parametrize("code", [1004, 1033, 1044])
async def test_only_finished_crawls_can_be_queried(
    sandbox: Sandbox, botify: httpx.AsyncClient, code: int
) -> None:
    """A running crawl cannot be queried; which code says so is not known."""
    sandbox.control.set_switches({"unfinished_analysis_code": code})
    body = {
        "collections": ["crawl.20260712"],
        "query": {"dimensions": ["crawl.20260712.url"], "metrics": []},
    }
    answer = await botify.post("/projects/acme-org/acme.com/query", json=body)
    assert answer.json()["error"]["error_code"] == code


async def test_urls_per_depth(botify: httpx.AsyncClient) -> None:
    """The counts per depth of bigshop.example are the seeded ones, as numbers in order."""
    body = asking(dimensions=[f("depth")], metrics=[{"field": COUNT}], sort=[0])
    answer = (await botify.post("/projects/acme-org/bigshop.example/query", json=body)).json()
    rows = [(row["dimensions"], row["metrics"]) for row in answer["results"]]
    assert rows == [([depth], [number]) for depth, number in enumerate(BIGSHOP)]
    assert answer.keys() == {"results", "previous", "next", "page", "size"}


async def test_urls_without_depth_are_a_row_of_null(botify: httpx.AsyncClient) -> None:
    """acme.com has URLs without a depth: one row with null, counted in the 48,211."""
    body = {
        "collections": ["crawl.20260705-2"],
        "query": {
            "dimensions": ["crawl.20260705-2.depth"],
            "metrics": ["crawl.20260705-2.count_urls_crawl"],
        },
    }
    answer = (await botify.post("/projects/acme-org/acme.com/query", json=body)).json()
    counts = {row["dimensions"][0]: row["metrics"][0] for row in answer["results"]}
    assert counts[None] == 171
    assert sum(counts.values()) == 48_211


@pytest.mark.parametrize(
    ("metric", "filters", "number"),
    [
        (COUNT, None, 2_999_210),
        ({"function": "count", "args": [f("url")]}, None, 2_999_210),
        (COUNT, {"field": f("depth"), "predicate": "lte", "value": 3}, 303_560),
        (COUNT, {"field": f("depth"), "predicate": "lt", "value": 0}, 0),
    ],
)
async def test_one_number(
    botify: httpx.AsyncClient, metric: Any, filters: Any, number: int
) -> None:
    """Without dimensions there is one row with the number, also when it is zero."""
    body = asking(dimensions=[], metrics=[metric], **({"filters": filters} if filters else {}))
    answer = (await botify.post("/projects/acme-org/bigshop.example/query", json=body)).json()
    assert answer["results"] == [{"dimensions": [], "metrics": [number]}]


async def test_links_are_counted_by_a_sum(botify: httpx.AsyncClient) -> None:
    """The sum of outlinks is the number of rows that the links graph gives."""
    probe = asking(
        dimensions=[],
        metrics=[{"function": "sum", "args": [f("outlinks_internal.nb.total")]}],
    )
    total = (await botify.post(TINY, json=probe)).json()["results"][0]["metrics"][0]
    body = asking(dimensions=[f("url"), f("outlinks_internal.graph.url")])
    answer = (await botify.post(f"{TINY}?count", json=body)).json()
    assert answer["count"] == len(answer["results"]) == total > 12


async def test_values_are_native(botify: httpx.AsyncClient) -> None:
    """Booleans, numbers, lists, structs and null come as JSON values in request order."""
    names = ["metadata.h1.contents", "compliant.is_compliant", "depth", "canonical.to.url"]
    body = asking(dimensions=[f(name) for name in ["url", *names]])
    rows = [row["dimensions"] for row in (await botify.post(TINY, json=body)).json()["results"]]
    kinds = [{type(row[place]) for row in rows} for place in range(5)]
    assert kinds == [{str}, {list}, {bool}, {int, type(None)}, {dict, type(None)}]


async def test_rows_are_groups_without_the_url(botify: httpx.AsyncClient) -> None:
    """Without the URL among the dimensions equal rows become one."""
    body = asking(dimensions=[f("http_code")], metrics=[COUNT])
    answer = (await botify.post("/projects/acme-org/modern.example/query", json=body)).json()
    counts = {row["dimensions"][0]: row["metrics"][0] for row in answer["results"]}
    assert counts.keys() == {200, 301, 302, 404, 410, 500}
    assert sum(counts.values()) == 500


async def test_the_count_only_when_asked(botify: httpx.AsyncClient) -> None:
    """`count` stands in the answer only with the query parameter of that name."""
    assert "count" not in (await botify.post(TINY, json=asking())).json()
    assert (await botify.post(f"{TINY}?count", json=asking())).json()["count"] == 12


async def test_the_same_body_gives_the_next_page(botify: httpx.AsyncClient) -> None:
    """Posting the same body with `page` goes through all rows once, up to a null `next`."""
    seen: list[str] = []
    for number in (1, 2, 3):
        answer = (await botify.post(f"{TINY}?page={number}&size=5", json=asking())).json()
        seen += [row["dimensions"][0] for row in answer["results"]]
    assert len(set(seen)) == len(seen) == 12
    assert answer["next"] is None
    assert answer["previous"].endswith("page=2&size=5")


@pytest.mark.parametrize(
    ("over", "expected"), [("refuse", (400, None)), ("clamp", (200, 2000)), ("serve", (200, 2001))]
)
async def test_the_largest_page(
    sandbox: Sandbox, botify: httpx.AsyncClient, over: str, expected: tuple[int, int | None]
) -> None:
    """2,000 rows a call are served; more are refused, clamped or served, by switch."""
    sandbox.control.set_switches({"query_size_over": over})
    assert (await botify.post(f"{TINY}?size=2000", json=asking())).status_code == 200
    answer = await botify.post(f"{TINY}?size=2001", json=asking())
    assert (answer.status_code, answer.json().get("size")) == expected


@pytest.mark.parametrize(
    ("sort", "descending"),
    [
        ([0], False),
        ([{"index": 0}], False),
        ([{"index": 0, "type": "dimensions", "order": "desc"}], True),
        ([{"field": f("url"), "order": "asc"}], False),
    ],
)
async def test_forms_of_sorting(botify: httpx.AsyncClient, sort: Any, *, descending: bool) -> None:
    """The bare number, the official form and the one by field all sort."""
    rows = (await botify.post(TINY, json=asking(sort=sort))).json()["results"]
    urls = [row["dimensions"][0] for row in rows]
    assert urls == sorted(urls, reverse=descending)


async def test_sorting_by_field_may_be_refused(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """The undocumented form is refused where the switch says so."""
    sandbox.control.set_switches({"sort_by_field": False})
    answer = await botify.post(TINY, json=asking(sort=[{"field": f("url")}]))
    assert answer.json()["error"]["error_code"] == 1022


async def test_sorting_by_a_metric(botify: httpx.AsyncClient) -> None:
    """Groups can be sorted by what was counted."""
    body = asking(
        dimensions=[f("depth")],
        metrics=[COUNT],
        sort=[{"type": "metrics", "index": 0, "order": "desc"}],
    )
    rows = (await botify.post(TINY, json=body)).json()["results"]
    assert [row["metrics"][0] for row in rows] == [6, 4, 1, 1]


async def test_functions_shape_values(botify: httpx.AsyncClient) -> None:
    """`first` and `to_json_string` give one text, in the long form and in the short one."""
    h1 = f("metadata.h1.contents")
    body = asking(
        dimensions=[f("url"), h1, {"first": h1}, {"function": "to_json_string", "args": [h1]}]
    )
    for row in (await botify.post(TINY, json=body)).json()["results"]:
        _, values, first, text = row["dimensions"]
        assert first == (values[0] if values else None)
        assert text[0] == "["


async def test_metrics_may_have_their_own_filter(botify: httpx.AsyncClient) -> None:
    """Several filtered counts come in one answer."""
    body = asking(
        dimensions=[],
        metrics=[
            {"field": COUNT, "filters": {"field": f("depth"), "value": depth}, "name": "n"}
            for depth in (0, 1, 2)
        ],
    )
    answer = (await botify.post(TINY, json=body)).json()
    assert answer["results"][0]["metrics"] == [1, 4, 6]


async def test_global_fields_need_no_collection(botify: httpx.AsyncClient) -> None:
    """`url` and the segmentations work without the collection in front."""
    body = asking(dimensions=["url", "segments.pagetype.value"])
    assert (await botify.post(TINY, json=body)).status_code == 200
