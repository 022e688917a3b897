"""Which analyses and fields a typed text means: best first, without the network."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bot.model.analysis import Analysis
from bot.model.field import DEFAULT_FIELDS, Field

Thing = TypeVar("Thing")


def matching_fields(fields: Sequence[Field], query: str, most: int) -> tuple[Field, ...]:
    """Fields that can be chosen and hold every word of the query in their name or id.

    Without a query: the usual ones, then Botify's own order.
    """
    offered = [field for field in fields if field.selectable]
    if not query.strip():
        usual = {name: place for place, name in enumerate(DEFAULT_FIELDS)}
        offered.sort(key=lambda field: usual.get(field.id, len(usual)))
        return tuple(offered[:most])
    return _best(offered, query, most, lambda field: (field.name, field.id), (" ", "."))


def matching_analyses(analyses: Sequence[Analysis], query: str, most: int) -> tuple[Analysis, ...]:
    """Analyses that hold every word of the query in their name, slug or status, newest first."""
    found = (
        each
        for each in analyses
        if all(
            word in f"{each.name} {each.slug} {each.status}".casefold()
            for word in query.casefold().split()
        )
    )
    return tuple(found)[:most]


def _best(
    things: Iterable[Thing],
    query: str,
    most: int,
    texts: Callable[[Thing], tuple[str, ...]],
    edges: tuple[str, ...],
) -> tuple[Thing, ...]:
    words = query.casefold().split()
    whole = " ".join(words)
    ranked: list[tuple[int, int, Thing]] = []
    for place, thing in enumerate(things):
        rank = _rank(tuple(text.casefold() for text in texts(thing)), words, whole, edges)
        if rank is not None:
            ranked.append((rank, place, thing))
    ranked.sort(key=lambda each: each[:2])
    return tuple(thing for _, _, thing in ranked[:most])


def _rank(
    texts: tuple[str, ...], words: list[str], whole: str, edges: tuple[str, ...]
) -> int | None:
    """0 is the best; None where a word is missing."""
    joined = "\n".join(texts)
    if not all(word in joined for word in words):
        return None
    if whole in texts:
        return 0
    if any(text.startswith(whole) for text in texts):
        return 1
    if any(f"{edge}{whole}" in text for text in texts for edge in edges):
        return 2
    return 3 if any(whole in text for text in texts) else 4
