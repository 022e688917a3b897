"""From a name in a query to a column: a field of an analysis, alone or under a function."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.botify.errors import Refusal
from sandbox.botify.fields import LINKS, URL, Field
from sandbox.botify.values import Value, value_of
from sandbox.botify.world import Analysis, Project


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of an answer. The three names are those of `header_format`."""

    verbose: str
    slug: str
    collection_slug: str
    field: Field
    value: Value
    type: str
    multiple: bool = False

    @property
    def is_url(self) -> bool:
        return self.slug == URL

    @property
    def is_links(self) -> bool:
        """Whether this column gives one row per link."""
        return self.slug == LINKS


Resolve = Callable[[Any], Column]


def resolver(project: Project, analysis: Analysis) -> Resolve:
    """The function that finds the field of a name, for one analysis.

    It raises `Refusal`: 1029 for a name that the data model lacks, or that lacks the collection
    in front where the field is not global; 1022 for something that is no name.
    """
    prefix = f"crawl.{analysis.slug}."

    def resolve(name: Any) -> Column:
        if not isinstance(name, str):
            raise Refusal(1022, f"a field is named by text, not by {json.dumps(name)}")
        field = project.fields.get(name.removeprefix(prefix))
        if field is None or not (name.startswith(prefix) or field.is_global()):
            raise Refusal(1029, f"{name} does not exist")
        return Column(
            verbose=field.name,
            slug=field.id,
            collection_slug=name,
            field=field,
            value=value_of(analysis, field),
            type=field.type,
            multiple=field.multiple,
        )

    return resolve


def dimension(item: Any, resolve: Resolve) -> Column:
    """A dimension: a name, `{field}`, `{function, args}` or `{function's name: argument}`.

    Raises:
        Refusal: 1022, another form; 1029, an unknown field; 1044, a function not known here.
    """
    if isinstance(item, str):
        column = resolve(item)
    elif isinstance(item, dict) and item.keys() == {"field"}:
        column = resolve(item["field"])
    elif isinstance(item, dict):
        return _function(item, resolve)
    else:
        raise Refusal(1022, f"a dimension is a name or an object, not {json.dumps(item)}")
    if column.field.kind == "metric":
        raise Refusal(1022, f"{item} is a metric, not a dimension")
    if "select" not in column.field.permissions:
        raise Refusal(1022, f"{item} cannot be selected")
    return column


def call_of(item: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The function and arguments of either form.

    Raises:
        Refusal: 1022, neither form.
    """
    if item.keys() <= {"function", "args", "name"} and isinstance(item.get("function"), str):
        arguments = item.get("args", [])
        return item["function"], arguments if isinstance(arguments, list) else [arguments]
    if len(item) == 1:
        ((name, argument),) = item.items()
        return name, argument if isinstance(argument, list) else [argument]
    raise Refusal(1022, f"unknown keys: {', '.join(sorted(item))}")


def _function(item: Mapping[str, Any], resolve: Resolve) -> Column:
    name, arguments = call_of(item)
    if name not in FUNCTIONS:
        raise Refusal(1044, f"the sandbox has no function {name}; it has {', '.join(FUNCTIONS)}")
    if len(arguments) != 1:
        raise Refusal(1022, f"{name} takes one argument")
    inner = dimension(arguments[0], resolve)
    kind, apply = FUNCTIONS[name]
    source = inner.value
    return dataclasses.replace(
        inner,
        verbose=f"{name}({inner.verbose})",
        slug=f"{name}({inner.slug})",
        collection_slug=f"{name}({inner.collection_slug})",
        value=lambda row: apply(source(row)),
        type=kind or inner.type,
        multiple=False,
    )


def _first(value: Any) -> Any:
    if isinstance(value, list):
        return value[0] if value else None
    return value


def _family(code: Any) -> str | None:
    return None if code is None else f"{code // 100}xx"


FUNCTIONS: dict[str, tuple[str | None, Callable[[Any], Any]]] = {
    "first": (None, _first),
    "to_json_string": ("string", lambda value: json.dumps(value, ensure_ascii=False)),
    "http_code_family": ("string", _family),
    "exists": ("boolean", lambda value: value is not None),
    "not_exists": ("boolean", lambda value: value is None),
    "year": ("integer", lambda value: None if value is None else int(value[:4])),
    "year_month": ("string", lambda value: None if value is None else value[:7]),
    "date": ("date", lambda value: None if value is None else value[:10]),
}
"""The functions that the sandbox has: the type of the result (None: the argument's) and it."""
