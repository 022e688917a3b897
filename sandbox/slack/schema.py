"""Rules about JSON values, and the sentences in which Slack says that one is broken.

A rule is a function of a value and its JSON pointer that yields what is wrong. Rules are built
from each other, so that a block or an element is a table of keys.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Rule = Callable[[Any, str], Iterator[str]]


def problems(rule: Rule, value: Any, pointer: str) -> list[str]:
    """All that is wrong with a value, in the order of its keys."""
    return list(rule(value, pointer))


def said(text: str, pointer: str) -> str:
    """One complaint with its place."""
    return f"{text} [json-pointer:{pointer or '/'}]"


def anything(_value: Any, _pointer: str) -> Iterator[str]:
    """Accept any value."""
    return iter(())


def boolean(value: Any, pointer: str) -> Iterator[str]:
    """Accept true and false."""
    if not isinstance(value, bool):
        yield said("must provide a boolean", pointer)


def string(minimum: int = 0, maximum: int | None = None, pattern: str | None = None) -> Rule:
    """Accept a text of so many code points that matches the whole pattern."""

    def rule(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield said("must provide a string", pointer)
        elif len(value) < minimum:
            yield said(f"must be more than {minimum - 1} characters", pointer)
        elif maximum is not None and len(value) > maximum:
            yield said(f"must be less than {maximum + 1} characters", pointer)
        elif pattern is not None and re.fullmatch(pattern, value) is None:
            yield said(f"does not match regexp {pattern}", pointer)

    return rule


def integer(minimum: int | None = None, maximum: int | None = None) -> Rule:
    """Accept a whole number within the bounds."""

    def rule(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield said("must provide an integer", pointer)
        elif minimum is not None and value < minimum:
            yield said(f"must be greater than or equal to {minimum}", pointer)
        elif maximum is not None and value > maximum:
            yield said(f"must be less than or equal to {maximum}", pointer)

    return rule


def number(value: Any, pointer: str) -> Iterator[str]:
    """Accept any number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield said("must provide a number", pointer)


def one_of(*allowed: str) -> Rule:
    """Accept one of these words."""

    def rule(value: Any, pointer: str) -> Iterator[str]:
        if value not in allowed:
            yield said(f"must be a valid enum value: {', '.join(allowed)}", pointer)

    return rule


def array(of: Rule, minimum: int = 0, maximum: int | None = None) -> Rule:
    """Accept a list of so many items, each of the rule."""

    def rule(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield said("must provide an array", pointer)
            return
        if len(value) < minimum:
            yield said(f"no less than {minimum} items allowed", pointer)
        if maximum is not None and len(value) > maximum:
            yield said(f"no more than {maximum} items allowed", pointer)
        for index, item in enumerate(value):
            yield from of(item, f"{pointer}/{index}")

    return rule


def thing(
    keys: Mapping[str, Rule],
    required: Iterable[str] = (),
    *,
    any_of: Iterable[str] = (),
    only_one_of: Iterable[str] = (),
    nulls: bool = False,
) -> Rule:
    """Accept an object of these keys only.

    `required` must all be there, of `any_of` at least one, of `only_one_of` exactly one. With
    `nulls` a key whose value is null counts as left out.
    """
    needed, some, single = tuple(required), tuple(any_of), tuple(only_one_of)

    def rule(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield said("must provide an object", pointer)
            return
        given = {key: inner for key, inner in value.items() if inner is not None or not nulls}
        for key in needed:
            if key not in given:
                yield said(f"missing required field: {key}", pointer)
        if some and not any(key in given for key in some):
            yield said(f"missing required field: {' or '.join(some)}", pointer)
        if single and sum(key in given for key in single) != 1:
            yield said(f"must have exactly one of: {', '.join(single)}", pointer)
        for key, inner in given.items():
            if key not in keys:
                yield said(f"invalid additional property: {key}", pointer)
            else:
                yield from keys[key](inner, f"{pointer}/{key}")

    return rule


def by_type(table: Mapping[str, Rule], *, refused: str = "unsupported type") -> Rule:
    """Accept an object whose `type` is in the table, by the rule that stands there."""

    def rule(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield said("must provide an object", pointer)
        elif "type" not in value:
            yield said("missing required field: type", pointer)
        elif not isinstance(value["type"], str) or value["type"] not in table:
            yield said(f"{refused}: {value['type']}", f"{pointer}/type")
        else:
            yield from table[value["type"]](value, pointer)

    return rule


def both(shape: Rule, sense: Rule) -> Rule:
    """Accept what has the shape, and then makes sense; `sense` is asked of good shapes only."""

    def rule(value: Any, pointer: str) -> Iterator[str]:
        found = problems(shape, value, pointer)
        yield from found or sense(value, pointer)

    return rule
