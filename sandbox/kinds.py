"""Kinds of values: what the control API may be told, each in words and as a test."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any


class BadValue(ValueError):
    """A key that does not exist or is missing, or a value of another kind."""


@dataclass(frozen=True)
class Kind:
    """A kind of value."""

    words: str
    allows: Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def whole(least: int = 0, most: float = math.inf) -> Kind:
    """A whole number within bounds."""
    bounds = f"from {least}" + ("" if most == math.inf else f" to {most:g}")
    return Kind(
        f"a whole number {bounds}", lambda value: _is_whole(value) and least <= value <= most
    )


def seconds(least: float = 0) -> Kind:
    """A finite number that is not less."""

    def allows(value: Any) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and math.isfinite(value) and bool(value >= least)

    return Kind(f"a number from {least:g}", allows)


def one_of(*words: Any) -> Kind:
    """One of these words."""
    return Kind(
        f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words
    )


def several(kind: Kind) -> Kind:
    """A list of values of the kind."""
    return Kind(
        f"a list, each {kind.words}",
        lambda value: isinstance(value, list) and all(kind.allows(item) for item in value),
    )


def maybe(kind: Kind) -> Kind:
    """The kind, or null."""
    return Kind(f"{kind.words}, or null", lambda value: value is None or kind.allows(value))


def either(*kinds: Kind) -> Kind:
    """Any of the kinds."""
    return Kind(
        " or ".join(kind.words for kind in kinds),
        lambda value: any(kind.allows(value) for kind in kinds),
    )


TEXT = Kind("a text", lambda value: isinstance(value, str) and bool(value))
ANY_TEXT = Kind("a text", lambda value: isinstance(value, str))
BOOLEAN = Kind("true or false", lambda value: isinstance(value, bool))
OBJECT = Kind("an object", lambda value: isinstance(value, dict))


def read(data: Any, keys: Mapping[str, Kind], required: Collection[str] = ()) -> dict[str, Any]:
    """The data, if it is an object of these keys and kinds.

    Raises:
        BadValue: it is not; the text says what is wrong.
    """
    if not isinstance(data, dict):
        raise BadValue(f"an object is wanted, not {data!r}")
    if unknown := sorted(data.keys() - keys.keys()):
        raise BadValue(f"unknown keys: {', '.join(unknown)}")
    if missing := sorted(set(required) - data.keys()):
        raise BadValue(f"missing keys: {', '.join(missing)}")
    for name, value in data.items():
        if not keys[name].allows(value):
            raise BadValue(f"{name} is {keys[name].words}, not {value!r}")
    return data
