"""Metrics: counting and summing up over the rows of a group."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from sandbox.botify import filters
from sandbox.botify.columns import Resolve, call_of
from sandbox.botify.errors import Refusal
from sandbox.botify.fields import COUNT
from sandbox.botify.values import Value


@dataclasses.dataclass(frozen=True)
class Aggregate:
    """How values become one. `step` takes what was so far (None at first) and one value."""

    step: Callable[[Any, Any], Any]
    finish: Callable[[Any], Any] = lambda so_far: so_far
    takes_null: bool = False


def _sum_and_number(so_far: tuple[float, int] | None, value: float) -> tuple[float, int]:
    total, number = so_far or (0, 0)
    return total + value, number + 1


def _mean(so_far: tuple[float, int] | None) -> float | None:
    return so_far[0] / so_far[1] if so_far else None


def _gather(so_far: set[Any] | None, value: Any) -> set[Any]:
    gathered = so_far if so_far is not None else set()
    gathered.add(json.dumps(value))
    return gathered


def _counting(holds: Callable[[Any], bool]) -> Aggregate:
    return Aggregate(
        lambda so_far, value: (so_far or 0) + holds(value), lambda so_far: so_far or 0, True
    )


AGGREGATES: dict[str, Aggregate] = {
    "count": _counting(lambda value: value is not None),
    "count_null": _counting(lambda value: value is None),
    "count_true": _counting(lambda value: value is True),
    "count_false": _counting(lambda value: value is False),
    "count_distinct": Aggregate(_gather, lambda so_far: len(so_far or ())),
    "sum": Aggregate(lambda so_far, value: (so_far or 0) + value, lambda so_far: so_far or 0),
    "avg": Aggregate(_sum_and_number, _mean),
    "min": Aggregate(lambda so_far, value: value if so_far is None else min(so_far, value)),
    "max": Aggregate(lambda so_far, value: value if so_far is None else max(so_far, value)),
}
"""The functions that sum up, of those that Botify has."""
NUMBERS_ONLY = frozenset({"sum", "avg"})


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric of a query. `value` None counts rows as they are, which needs no look at them."""

    verbose: str
    slug: str
    collection_slug: str
    aggregate: Aggregate
    value: Value | None
    only: filters.Filter | None = None
    """Its own filter."""

    def step(self, so_far: Any, row: int) -> Any:
        """Take one row into account."""
        if self.only is not None and not self.only.test(row):
            return so_far
        value = 1 if self.value is None else self.value(row)
        if value is None and not self.aggregate.takes_null:
            return so_far
        return self.aggregate.step(so_far, value)


def parse(item: Any, resolve: Resolve) -> Metric:
    """A metric: a name, `{field, name?, filters?}`, `{function, args}` or `{function: argument}`.

    Raises:
        Refusal: 1022, another form, or a field that is no metric; 1029, an unknown field; 1044, a
            function that the sandbox has not.
    """
    if isinstance(item, str):
        return _field({"field": item}, resolve)
    if not isinstance(item, dict):
        raise Refusal(1022, f"a metric is a name or an object, not {json.dumps(item)}")
    if "field" in item:
        return _field(item, resolve)
    name, arguments = call_of(item)
    if name not in AGGREGATES:
        raise Refusal(1044, f"the sandbox has no metric {name}; it has {', '.join(AGGREGATES)}")
    if len(arguments) != 1:
        raise Refusal(1022, f"{name} takes one argument")
    column = resolve(arguments[0])
    if name in NUMBERS_ONLY and "agg:numerical" not in column.field.permissions:
        raise Refusal(1022, f"{name} needs numbers, {column.slug} has none")
    plain = name == "count" and column.is_url
    return Metric(
        verbose=f"{name}({column.verbose})",
        slug=f"{name}({column.slug})",
        collection_slug=f"{name}({column.collection_slug})",
        aggregate=AGGREGATES[name],
        value=None if plain else column.value,
    )


def _field(item: dict[str, Any], resolve: Resolve) -> Metric:
    if unknown := sorted(item.keys() - {"field", "name", "filters"}):
        raise Refusal(1022, f"unknown keys in a metric: {', '.join(unknown)}")
    column = resolve(item["field"])
    if column.field.kind != "metric":
        raise Refusal(1022, f"{item['field']} is a dimension, not a metric")
    only = filters.parse(item["filters"], resolve) if "filters" in item else None
    return Metric(
        verbose=str(item.get("name", column.verbose)),
        slug=column.slug,
        collection_slug=column.collection_slug,
        aggregate=AGGREGATES["count"],
        value=None if column.slug == COUNT else column.value,
        only=only,
    )
