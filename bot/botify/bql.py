"""Botify's query language (BQLv2): what we ask, built from values. Pure.

Source: the query and export pages of developers.botify.com; Botify refuses keys that it does not
know, so nothing is sent that is not needed.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.model.errors import WrongInput
from bot.model.specification import ONLY_WITHOUT_DEPTH, DepthRange, Specification

CSV_OPTIONS: Final[dict[str, Any]] = {
    "delimiter": ",",
    "print_delimiter": False,
    "print_header": True,
    "header_format": "verbose",
}
"""All four are always sent: what Botify documents as defaults and what was seen differ."""

LINKS_OF_A_PAGE: Final = "outlinks_internal.nb.total"
"""How many rows a URL has in an export with a field of the link graph."""

DEEPEST_FILTER: Final = 20
"""Levels of `and`, `or` and `not` that we follow."""


def collection_of(slug: str) -> str:
    """Botify's name for the data of an analysis: `crawl.20240101`."""
    return f"crawl.{slug}"


def prefixed(collection: str, field: str) -> str:
    """A field id as queries want it: `crawl.20240101.depth`."""
    return field if field.startswith(f"{collection}.") else f"{collection}.{field}"


def unprefixed(collection: str, field: str) -> str:
    """A field id as people and our records have it: `depth`."""
    return field.removeprefix(f"{collection}.")


def export_query(spec: Specification, rows: DepthRange) -> dict[str, Any]:
    """Collections and query for the rows of an export, or of one of its parts.

    There is no `sort`: the file has Botify's own order, and sorting a million rows would be work
    that nobody asked for.

    Raises:
        WrongInput: the specification's filter is not understood.
    """
    collection = spec.collection
    return _query(
        collection,
        dimensions=[prefixed(collection, field) for field in spec.fields],
        filters=[depth_filter(rows, collection), _understood(spec.filter, collection)],
    )


def depth_counts_query(
    slug: str,
    filter: dict[str, Any] | None = None,  # noqa: A002 - its name in links and specifications
) -> dict[str, Any]:
    """Collections and query for the number of URLs at each depth.

    Raises:
        WrongInput: the filter is not understood.
    """
    collection = collection_of(slug)
    return _by_depth(collection, {"field": prefixed(collection, "count_urls_crawl")}, filter)


def link_counts_query(
    slug: str,
    filter: dict[str, Any] | None = None,  # noqa: A002 - as above
) -> dict[str, Any]:
    """Collections and query for the number of internal links on the pages of each depth.

    That is the number of rows of an export with a field of the link graph.

    Raises:
        WrongInput: the filter is not understood.
    """
    collection = collection_of(slug)
    links = prefixed(collection, LINKS_OF_A_PAGE)
    return _by_depth(collection, {"function": "sum", "args": [links]}, filter)


def values_query(slug: str, field: str) -> dict[str, Any]:
    """Collections and query for the values of a field, the most frequent first."""
    collection = collection_of(slug)
    return _query(
        collection,
        dimensions=[prefixed(collection, field)],
        metrics=[{"field": prefixed(collection, "count_urls_crawl")}],
        filters=[{"field": prefixed(collection, field), "predicate": "exists"}],
        sort=[{"type": "metrics", "index": 0, "order": "desc"}],
    )


def _by_depth(
    collection: str,
    metric: dict[str, Any],
    chosen: dict[str, Any] | None,
) -> dict[str, Any]:
    """Sorted, because it is read page by page."""
    return _query(
        collection,
        dimensions=[prefixed(collection, "depth")],
        metrics=[metric],
        filters=[_understood(chosen, collection)],
        sort=[{"type": "dimensions", "index": 0, "order": "asc"}],
    )


def job_payload(spec: Specification, rows: DepthRange, row_limit: int) -> dict[str, Any]:
    """Everything under `payload` of `POST /jobs`.

    `export_size` is the row limit and not the number that was counted: Botify cuts a file there
    without a word, and a count may be out of date. Only rows that exist are written and billed.

    Args:
        spec: what to export.
        rows: which depths.
        row_limit: the setting BOTIFY_ROW_LIMIT.

    Raises:
        WrongInput: the specification's filter is not understood.
    """
    return {
        "username": spec.project.organisation,
        "project": spec.project.name,
        "export_size": row_limit,
        "formatter": "csv",
        "formatter_config": dict(CSV_OPTIONS),
        "connector": "direct_download",
        "extra_config": {},  # gzip, Botify's own choice: its pages differ on how to ask for zip
        "query": export_query(spec, rows),
    }


def depth_filter(rows: DepthRange, collection: str) -> dict[str, Any] | None:
    """The filter for a range of depths; None for the whole site.

    URLs without a depth pass no comparison, so they have to be asked for where they belong.
    """
    field = prefixed(collection, "depth")
    has_depth = {"field": field, "predicate": "exists"}
    first, last = rows.first, rows.last
    if rows == ONLY_WITHOUT_DEPTH:
        return {"not": has_depth}
    if first is not None and last is not None:
        return {"field": field, "predicate": "between", "value": [first, last]}
    if last is not None:
        within = {"field": field, "predicate": "lte", "value": last}
    elif first is not None:
        within = {"field": field, "predicate": "gte", "value": first}
    else:
        return None if rows.without_depth else has_depth
    return {"or": [within, {"not": has_depth}]} if rows.without_depth else within


def prefix_filter(
    filter: dict[str, Any],  # noqa: A002 - its name in links and specifications
    collection: str,
) -> dict[str, Any] | None:
    """A filter of an explorer link with the collection in front of each field.

    Returns:
        None when the filter is not understood: a form, a predicate or a value outside the
        grammar that Botify publishes, or fields of another collection. Then the caller should
        say that the link's filter is not used; a part of it would give other rows.
    """
    try:
        return _node(filter, collection, DEEPEST_FILTER)
    except _NotUnderstood:
        return None


class _NotUnderstood(Exception):
    """The filter leaves the grammar."""


def _query(
    collection: str,
    *,
    dimensions: list[str],
    filters: list[dict[str, Any] | None],
    metrics: list[dict[str, Any]] | None = None,
    sort: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    # dimensions and metrics are both required, even where empty
    query: dict[str, Any] = {"dimensions": dimensions, "metrics": metrics or []}
    given = [each for each in filters if each is not None]
    if given:
        query["filters"] = given[0] if len(given) == 1 else {"and": given}
    if sort:
        query["sort"] = sort
    return {"collections": [collection], "query": query}


def _understood(given: dict[str, Any] | None, collection: str) -> dict[str, Any] | None:
    if given is None:
        return None
    made = prefix_filter(given, collection)
    if made is None:
        raise WrongInput(
            "The filter of this link is not understood.", "Use a link without a filter."
        )
    return made


def _node(node: Any, collection: str, levels: int) -> dict[str, Any]:
    if not isinstance(node, dict) or not levels:
        raise _NotUnderstood
    match list(node):
        case ["and" | "or" as word]:
            inner = node[word]
            if not isinstance(inner, list) or not inner:
                raise _NotUnderstood
            return {word: [_node(each, collection, levels - 1) for each in inner]}
        case ["not"]:
            return {"not": _node(node["not"], collection, levels - 1)}
        case _:
            return _condition(node, collection)


def _condition(node: dict[str, Any], collection: str) -> dict[str, Any]:
    """`{field, predicate, value}`; a predicate left out is `eq`."""
    field, predicate = node.get("field"), node.get("predicate", "eq")
    if node.keys() - {"field", "predicate", "value"} or not isinstance(predicate, str):
        raise _NotUnderstood
    if not isinstance(field, str) or not _is_field_here(field, collection):
        raise _NotUnderstood
    condition = {"field": prefixed(collection, field), "predicate": predicate}
    if predicate == "exists":
        return condition  # takes no value, and one that is there says nothing
    allowed = VALUES.get(predicate)
    if allowed is None or "value" not in node or not allowed(node["value"]):
        raise _NotUnderstood
    return {**condition, "value": node["value"]}


def _is_field_here(field: str, collection: str) -> bool:
    """Whether an id can be a field of this collection: `previous.` and `crawl.OTHER.` cannot."""
    if field.startswith(f"{collection}."):
        return True
    return bool(field) and not field.startswith(("crawl.", "previous.", "diff."))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _is_ordered(value: Any) -> bool:
    """A number, or a date as text."""
    return _is_number(value) or _is_text(value)


def _is_span(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_ordered, value))  # noqa: PLR2004 - both ends


_COMPARISONS: Final = ("lt", "lte", "gt", "gte")
_TEXTS: Final = ("contains", "starts", "ends", "re")
_TREES: Final = ("with_children", "without_children", "only_children")

VALUES: Final[dict[str, Callable[[Any], bool]]] = {
    "eq": _is_scalar,
    **dict.fromkeys(_COMPARISONS, _is_ordered),
    "between": _is_span,
    **dict.fromkeys((*_TEXTS, *_TREES), _is_text),
    # "any." is obligatory on fields with several values; "all." is for time series
    **{f"any.{word}": _is_text for word in _TEXTS},
    **{f"{how}.{word}": _is_ordered for how in ("any", "all") for word in _COMPARISONS},
    **{f"{how}.eq": _is_scalar for how in ("any", "all")},
    **{f"{how}.between": _is_span for how in ("any", "all")},
}
"""Each predicate that takes a value, and what the value may be. `exists` takes none."""
