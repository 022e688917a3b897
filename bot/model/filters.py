"""Filters: which URLs of an analysis a person wants, and what that is in Botify's language.

A filter is BQL as `Specification.filter` holds it: field ids without the collection in front.
What people read is made from that same filter (`words_of`), so that it cannot differ from what is
sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.model.errors import WrongField
from bot.model.field import Field

HTTP_CODE: Final = "http_code"
INDEXABLE: Final = ("compliant.is_compliant", "indexable.is_indexable")
"""The names of "indexable", of which an analysis has one; the same order as in the presets."""

PAGE_TYPE: Final = "segments.pagetype.value"
URL: Final = "url"

FAMILIES: Final = range(1, 6)
FAMILY_SIZE: Final = 100

WITHIN: Final = "with_children"
"""The predicate for a node of a tree and everything below it."""

LONGEST_WORDS: Final = 300
"""Characters of a filter in words; what comes later is cut."""

_NEED_ANY: Final = frozenset({"eq", "contains", "starts", "ends", "re"})
"""Predicates that take `any.` in front of them on a field with several values."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that hold together. None means: no condition of this kind.

    Attributes:
        http_family: 1 to 5: 4 stands for all codes from 400 to 499.
        indexable: only URLs that are, or only URLs that are not.
        page_type: a value of the project's segmentation by page type, with what is below it.
        url_contains: a piece of the address; Botify does not say whether letter case matters.
        from_link: the filter of a pasted explorer link, as Botify wrote it.
    """

    http_family: int | None = None
    indexable: bool | None = None
    page_type: str | None = None
    url_contains: str | None = None
    from_link: dict[str, Any] | None = None


NO_FILTERS: Final = Filters()


@dataclass(frozen=True, slots=True)
class _Condition:
    """One condition before it is known which fields there are."""

    about: str
    names: tuple[str, ...]
    predicate: str
    value: Any


def filter_of(filters: Filters, known: Sequence[Field]) -> dict[str, Any] | None:
    """The filter in BQL, for an analysis with these fields; None where nothing is filtered.

    Raises:
        WrongField: the analysis has no field for one of the conditions; the sentence names it.
    """
    by_id = {field.id: field for field in known}
    made = [_made(condition, by_id) for condition in _conditions(filters)]
    if filters.from_link is not None:
        made.append(_of_link(filters.from_link, by_id))
    if not made:
        return None
    return made[0] if len(made) == 1 else {"and": made}


def fields_of(filter: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: A002 - its name in links and specifications
    """The ids of the fields that a filter looks at, each once, in its order."""
    return tuple(dict.fromkeys(_fields(filter)))


def words(filters: Filters) -> str:
    """The conditions for people: "HTTP code 4xx and URL contains /blog/"; empty without any.

    Foreign text stands in it as it is: whoever shows it escapes it.
    """
    conditions = [
        {"field": one.names[0], "predicate": one.predicate, "value": one.value}
        for one in _conditions(filters)
    ]
    given = [*conditions, *([] if filters.from_link is None else [filters.from_link])]
    return words_of({"and": given} if given else None)


def words_of(filter: Mapping[str, Any] | None) -> str:  # noqa: A002 - as above
    """A filter in BQL, such as that of a stored specification, for people; empty without one."""
    return "" if filter is None else _cut(_in_words(filter))


def _conditions(filters: Filters) -> list[_Condition]:
    found = []
    if filters.http_family is not None:
        start = filters.http_family * FAMILY_SIZE
        span = [start, start + FAMILY_SIZE - 1]
        found.append(_Condition("HTTP code", (HTTP_CODE,), "between", span))
    if filters.indexable is not None:
        found.append(_Condition("indexability", INDEXABLE, "eq", filters.indexable))
    if filters.page_type is not None:
        found.append(_Condition("page type", (PAGE_TYPE,), WITHIN, filters.page_type))
    if filters.url_contains is not None:
        found.append(_Condition("address", (URL,), "contains", filters.url_contains))
    return found


def _made(condition: _Condition, by_id: Mapping[str, Field]) -> dict[str, Any]:
    for name in condition.names:
        field = by_id.get(name)
        if field is not None and field.filterable:
            predicate = _predicate(field, condition.predicate)
            return {"field": name, "predicate": predicate, "value": condition.value}
    raise WrongField(
        f"This analysis cannot be filtered by {condition.about}: "
        f"it has no field {' or '.join(condition.names)}.",
        "Take this filter away, or choose another analysis.",
    )


def _predicate(field: Field | None, predicate: str) -> str:
    """`any.` is obligatory on a field with several values, and wrong on others."""
    if field is None:
        return predicate
    if field.multiple and predicate in _NEED_ANY:
        return f"any.{predicate}"
    return "eq" if predicate == WITHIN and field.type != "tree" else predicate


def _of_link(node: dict[str, Any], by_id: Mapping[str, Field]) -> dict[str, Any]:
    """The link's filter, its fields checked; forms outside the grammar are left as they are.

    Those are refused where the query is built, which knows the grammar.
    """
    lacking = [name for name in fields_of(node) if name not in by_id]
    if lacking:
        raise WrongField(
            f"The filter of the link looks at {', '.join(map(_short, lacking[:3]))}, "
            "which this analysis does not have.",
            "Take the link's filter away, or choose another analysis.",
        )
    found = _with_any(node, by_id)
    return found if isinstance(found, dict) else node


def _with_any(node: Any, by_id: Mapping[str, Field]) -> Any:
    if isinstance(node, list):
        return [_with_any(each, by_id) for each in node]
    if not isinstance(node, dict):
        return node
    name = node.get("field")
    if isinstance(name, str):
        predicate = _predicate(by_id.get(name), str(node.get("predicate", "eq")))
        return node if predicate == node.get("predicate", "eq") else node | {"predicate": predicate}
    return {key: _with_any(inner, by_id) for key, inner in node.items()}


def _fields(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for each in node for name in _fields(each)]
    if not isinstance(node, Mapping):
        return []
    name = node.get("field")
    if isinstance(name, str):
        return [name]
    return [found for inner in node.values() for found in _fields(inner)]


_SIGNS: Final[dict[str, str]] = {
    "eq": "is",
    "lt": "is less than",
    "lte": "is at most",
    "gt": "is more than",
    "gte": "is at least",
    "between": "is between",
    "contains": "contains",
    "starts": "starts with",
    "ends": "ends with",
    "re": "matches",
    "exists": "has a value",
    WITHIN: "is within",
    "without_children": "is exactly",
    "only_children": "is below",
}


def _in_words(node: Any, *, inside: bool = False) -> str:
    """`inside`: it stands beside other conditions, so alternatives need brackets."""
    if isinstance(node, Mapping) and len(node) == 1:
        ((key, inner),) = node.items()
        if key in ("and", "or") and isinstance(inner, list):
            several = len(inner) > 1
            parts = [_in_words(each, inside=several) for each in inner]
            joined = f" {key} ".join(parts)
            return f"({joined})" if inside and several and key == "or" else joined
        if key == "not":
            return f"not ({_in_words(inner)})"
    if isinstance(node, Mapping) and isinstance(node.get("field"), str):
        return _condition_in_words(node)
    return "a filter that is not understood"


def _condition_in_words(node: Mapping[str, Any]) -> str:
    field, predicate, value = (
        str(node["field"]),
        str(node.get("predicate", "eq")),
        node.get("value"),
    )
    if field == HTTP_CODE and predicate == "between" and isinstance(value, list):
        family = _family(value)
        if family is not None:
            return f"HTTP code {family}xx"
    if field in INDEXABLE and predicate == "eq" and isinstance(value, bool):
        return "indexable" if value else "not indexable"
    if field == PAGE_TYPE and predicate in ("eq", WITHIN):
        return f"page type {_said(value)}"
    name = "URL" if field == URL else field
    several = predicate.removeprefix("any.").removeprefix("all.")
    sign = _SIGNS.get(several, several)
    if predicate.startswith("any."):
        sign = f"has one that {sign}"
    return f"{name} {sign}" if several == "exists" else f"{name} {sign} {_said(value)}"


def _family(span: list[Any]) -> int | None:
    for family in FAMILIES:
        if span == [family * FAMILY_SIZE, family * FAMILY_SIZE + FAMILY_SIZE - 1]:
            return family
    return None


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " and ".join(_said(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value)


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:100]}…"  # noqa: PLR2004 - enough to recognise an id


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_WORDS else f"{text[: LONGEST_WORDS - 1]}…"
