"""Filters: the rules of their form, and which rows pass."""

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.botify.columns import Column, Resolve
from sandbox.botify.errors import Refusal
from sandbox.botify.fields import DATES, NUMERIC, TEXTS

Test = Callable[[int], bool]
Check = Callable[[Any], bool]

DEEPEST = 50
"""Levels of `and`, `or` and `not` inside each other; no figure is published."""
ORDERED = NUMERIC | DATES
SCALAR = ORDERED | TEXTS | {"boolean"}
VALUE_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(NUMERIC, (int, float)),
    **dict.fromkeys(DATES | TEXTS, (str,)),
    "boolean": (bool,),
}


@dataclasses.dataclass(frozen=True)
class Filter:
    """A filter that was understood. `parts` are the members of an `and`, else itself."""

    test: Test
    fields: frozenset[str]
    terms: int = 1
    members: tuple["Filter", ...] = ()

    @property
    def parts(self) -> tuple["Filter", ...]:
        return self.members or (self,)


def _one(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _pair(value: Any, types: tuple[type, ...]) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2  # noqa: PLR2004 - the two ends
        and all(_one(end, types) for end in value)
    )


def _none(value: Any, _types: tuple[type, ...]) -> bool:
    return value is None


def _regex(value: Any) -> Check:
    try:
        search = re.compile(value).search
    except re.error as wrong:
        raise Refusal(1057, str(wrong)) from wrong
    return lambda cell: search(cell) is not None


def _within(node: str) -> Check:
    return lambda cell: cell == node or cell.startswith(f"{node}/")


@dataclasses.dataclass(frozen=True)
class Predicate:
    """A predicate: on which types, with which value, and when it holds for a cell."""

    types: frozenset[str]
    accepts: Callable[[Any, tuple[type, ...]], bool]
    check: Callable[[Any], Check]
    on_multiple: bool = False
    """Whether `any.` goes in front of it on multiple fields."""


PREDICATES: dict[str, Predicate] = {
    "eq": Predicate(SCALAR, _one, lambda value: lambda cell: bool(cell == value), on_multiple=True),
    "lt": Predicate(ORDERED, _one, lambda value: lambda cell: bool(cell < value)),
    "lte": Predicate(ORDERED, _one, lambda value: lambda cell: bool(cell <= value)),
    "gt": Predicate(ORDERED, _one, lambda value: lambda cell: bool(cell > value)),
    "gte": Predicate(ORDERED, _one, lambda value: lambda cell: bool(cell >= value)),
    "between": Predicate(
        ORDERED, _pair, lambda value: lambda cell: bool(value[0] <= cell <= value[1])
    ),
    "contains": Predicate(TEXTS, _one, lambda value: lambda cell: value in cell, on_multiple=True),
    "starts": Predicate(
        TEXTS, _one, lambda value: lambda cell: bool(cell.startswith(value)), on_multiple=True
    ),
    "ends": Predicate(
        TEXTS, _one, lambda value: lambda cell: bool(cell.endswith(value)), on_multiple=True
    ),
    "re": Predicate(TEXTS, _one, _regex, on_multiple=True),
    "exists": Predicate(SCALAR, _none, lambda _value: lambda _cell: True),
    "with_children": Predicate(frozenset({"tree"}), _one, _within),
    "without_children": Predicate(
        frozenset({"tree"}), _one, lambda node: lambda cell: bool(cell == node)
    ),
    "only_children": Predicate(
        frozenset({"tree"}), _one, lambda node: lambda cell: bool(cell.startswith(f"{node}/"))
    ),
}
"""All predicates there are. None is negated, `any.` belongs to multiple fields."""


def parse(data: Any, resolve: Resolve, depth: int = 1) -> Filter:
    """Understand a filter, which stands so many levels deep.

    Raises:
        Refusal: 1022, its form is wrong; 1029, an unknown field; 1043, nested too deep; 1057, a
            regular expression that cannot be read.
    """
    if depth > DEEPEST:
        raise Refusal(1043, f"filters are nested more than {DEEPEST} levels deep")
    if not isinstance(data, dict):
        raise Refusal(1022, f"a filter is an object, not {json.dumps(data)}")
    keys = set(data)
    if keys in ({"and"}, {"or"}):
        ((operator, items),) = data.items()
        if not isinstance(items, list) or not items:
            raise Refusal(1022, f"{operator} takes a list of filters")
        return _group(operator, tuple(parse(item, resolve, depth + 1) for item in items))
    if keys == {"not"}:
        inner = parse(data["not"], resolve, depth + 1)
        return Filter(lambda row: not inner.test(row), inner.fields, inner.terms)
    if "field" in keys and keys <= {"field", "predicate", "value"}:
        return _term(data, resolve)
    raise Refusal(1022, f"unknown keys in a filter: {', '.join(sorted(keys))}")


def _group(operator: str, members: tuple[Filter, ...]) -> Filter:
    tests = tuple(member.test for member in members)
    together = all if operator == "and" else any
    return Filter(
        lambda row: together(test(row) for test in tests),
        frozenset().union(*(member.fields for member in members)),
        sum(member.terms for member in members),
        members if operator == "and" else (),
    )


def _term(data: dict[str, Any], resolve: Resolve) -> Filter:
    if isinstance(data["field"], dict):
        raise Refusal(1044, "the sandbox filters by fields, not by functions")
    column = resolve(data["field"])
    given = data.get("predicate", "eq")
    name, any_asked = _name(given, column)
    predicate = PREDICATES[name]
    _permitted(name, column)
    types = VALUE_TYPES.get(column.type, (str,))
    if column.type not in predicate.types or not predicate.accepts(data.get("value"), types):
        raise Refusal(1022, f"{given} on {data['field']} cannot take {data.get('value')!r}")
    check = predicate.check(data.get("value"))
    value = column.value

    def test(row: int) -> bool:
        cell = value(row)
        return cell is not None and check(cell)

    def test_any(row: int) -> bool:
        return any(check(cell) for cell in value(row) or ())

    def test_some(row: int) -> bool:
        return bool(value(row))

    chosen = test
    if column.multiple:
        chosen = test_any if any_asked else test_some
    return Filter(chosen, frozenset({column.slug}))


def _name(given: Any, column: Column) -> tuple[str, bool]:
    """The predicate's own name, and whether `any.` stood in front."""
    text = given if isinstance(given, str) else ""
    name = text.removeprefix("any.")
    any_asked = name != text
    if name not in PREDICATES or (any_asked and not PREDICATES[name].on_multiple):
        raise Refusal(1022, f"no predicate {given!r}; there are {', '.join(PREDICATES)}")
    if any_asked and not column.multiple:
        raise Refusal(1022, f"{column.slug} has one value: {name}, without any.")
    if column.multiple and not any_asked and name != "exists":
        raise Refusal(1022, f"{column.slug} has several values: any.{name}")
    return name, any_asked


def _permitted(name: str, column: Column) -> None:
    permissions = column.field.permissions
    allowed = "filters" in permissions or (name == "exists" and "filters_exist" in permissions)
    if not allowed:
        raise Refusal(1022, f"{column.slug} cannot be filtered by {name}")
