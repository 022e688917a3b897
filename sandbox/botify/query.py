"""BQL queries: the rules of their form. `rows` carries them out."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.botify import filters, metrics
from sandbox.botify.columns import Column, dimension, resolver
from sandbox.botify.errors import Refusal
from sandbox.botify.filters import Filter
from sandbox.botify.metrics import Metric
from sandbox.botify.world import Analysis, Project
from sandbox.control import Switch

TOP_KEYS = frozenset({"collections", "query", "periods"})
QUERY_KEYS = frozenset({"dimensions", "metrics", "filters", "post_filters", "sort"})
ORDERS = ("asc", "desc")


@dataclasses.dataclass(frozen=True)
class Sort:
    """Sort by the column of that number, dimensions first, then metrics."""

    column: int
    descending: bool = False


@dataclasses.dataclass(frozen=True)
class Query:
    """A query that was understood."""

    analysis: Analysis
    columns: tuple[Column, ...]
    metrics: tuple[Metric, ...]
    filter: Filter | None
    sort: tuple[Sort, ...]

    @property
    def per_row(self) -> bool:
        """Whether each URL, or link, is a row of its own; else rows are groups."""
        return any(column.is_url for column in self.columns) or self.links

    @property
    def links(self) -> bool:
        """Whether the links graph multiplies the rows."""
        return any(column.is_links for column in self.columns)


def parse(project: Project, body: Any, switches: Mapping[str, Switch]) -> Query:
    """Understand `{collections, query}` for a project.

    Raises:
        Refusal: with the code for what is wrong.
    """
    if not isinstance(body, dict):
        raise Refusal(1020, "the body is not an object")
    if unknown := sorted(body.keys() - TOP_KEYS):
        raise Refusal(1022, f"unknown keys: {', '.join(unknown)}")
    if "query" not in body:
        raise Refusal(1021, "query is required")
    query = body["query"]
    if not isinstance(query, dict):
        raise Refusal(1024, "query is not an object")
    if unknown := sorted(query.keys() - QUERY_KEYS):
        raise Refusal(1022, f"unknown keys in query: {', '.join(unknown)}")
    analysis = _analysis(project, body, switches)
    required = {"dimensions", "metrics"} if switches["metrics_required"].value else {"dimensions"}
    if missing := sorted(required - query.keys()):
        raise Refusal(1022, f"query lacks {', '.join(missing)}")
    resolve = resolver(project, analysis)
    columns = tuple(dimension(item, resolve) for item in _list(query, "dimensions"))
    measured = tuple(metrics.parse(item, resolve) for item in _list(query, "metrics"))
    if not columns and not measured:
        raise Refusal(1016, "neither dimensions nor metrics")
    if query.get("post_filters"):
        raise Refusal(1044, "the sandbox has no post_filters")
    given = query.get("filters")
    kept = None if given is None else filters.parse(given, resolve)
    _few_terms([kept, *(metric.only for metric in measured)], switches["query_terms_limit"].value)
    return Query(
        analysis,
        columns,
        measured,
        kept,
        tuple(_sort(item, columns, len(measured), switches) for item in _list(query, "sort")),
    )


def _analysis(
    project: Project, body: Mapping[str, Any], switches: Mapping[str, Switch]
) -> Analysis:
    names = body.get("collections")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Refusal(1022, "collections is a list of names")
    crawls = [name for name in names if name != "global"]
    if not crawls:
        raise Refusal(1044, "global cannot be queried by itself" if names else "no collection")
    if len(crawls) > 1 or not crawls[0].startswith("crawl."):
        raise Refusal(1044, "the sandbox serves one crawl collection a query")
    if "periods" in body:
        raise Refusal(1022, "crawl collections have no periods")
    analysis = project.analysis(crawls[0].removeprefix("crawl."))
    if not analysis.ready:
        code = switches["unfinished_analysis_code"].value
        raise Refusal(code, f"{analysis.slug} is {analysis.status}")
    return analysis


def _few_terms(used: Iterable[Filter | None], most: int | None) -> None:
    """All filters of a query count together, those of its metrics too."""
    terms = sum(each.terms for each in used if each is not None)
    if most is not None and terms > most:
        raise Refusal(1043, f"{terms} terms")


def _list(query: Mapping[str, Any], key: str) -> list[Any]:
    value = query.get(key, [])
    if not isinstance(value, list):
        raise Refusal(1022, f"{key} is a list")
    return value


def _sort(
    item: Any, columns: tuple[Column, ...], measured: int, switches: Mapping[str, Switch]
) -> Sort:
    if isinstance(item, int) and not isinstance(item, bool):
        item = {"index": item}
    if not isinstance(item, dict):
        raise Refusal(1022, f"a sort is a number or an object, not {json.dumps(item)}")
    order = item.get("order", "asc")
    if order not in ORDERS:
        raise Refusal(1022, f"order is asc or desc, not {order!r}")
    if item.keys() <= {"field", "order"} and "field" in item:
        return Sort(_named(item["field"], columns, switches), order == "desc")
    kind, index = item.get("type", "dimensions"), item.get("index")
    if not item.keys() <= {"index", "type", "order"} or kind not in ("dimensions", "metrics"):
        raise Refusal(1022, f"this is no sort: {json.dumps(item)}")
    many = len(columns) if kind == "dimensions" else measured
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < many:
        raise Refusal(1022, f"there is no number {index} among the {kind}")
    if kind == "dimensions" and "sort" not in columns[index].field.permissions:
        raise Refusal(1022, f"{columns[index].slug} cannot be sorted by")
    return Sort(index if kind == "dimensions" else len(columns) + index, order == "desc")


def _named(name: Any, columns: tuple[Column, ...], switches: Mapping[str, Switch]) -> int:
    if not switches["sort_by_field"].value:
        raise Refusal(1022, "a sort has index, type and order")
    for index, column in enumerate(columns):
        if column.collection_slug == name:
            return index
    raise Refusal(1022, f"{name} is not among the dimensions")
