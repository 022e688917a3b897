"""What an export will hold and cost, before anything is spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.exports.plan import Plan
from bot.model.credits import by_links, credits_for
from bot.model.field import Field
from bot.model.preset import URL

CELL_BYTES: Final[dict[str, int]] = {
    "boolean": 5,
    "date": 10,
    "datetime": 19,
    "double": 12,
    "float": 8,
    "integer": 4,
    "long": 6,
    "tree": 25,
}
"""Characters of a cell by the type of its field, its comma included; ours, from written-out values.

Used only until an export of the same fields has finished: from then on its file is the measure.
"""

TEXT_BYTES: Final = 30
"""A cell of any other type."""

WIDE_BYTES: Final[dict[str, int]] = {
    "url": 80,
    "metadata.title.content": 60,
    "metadata.description.content": 140,
    "metadata.h1.contents": 45,
    "outlinks_internal.graph.url": 80,
}
"""Fields whose texts have a usual length: that of titles and descriptions in search results."""

VALUES_OF_A_LIST: Final = 3
"""Values in a cell that can hold several; ours."""

LINE_END: Final = 1


@dataclass(frozen=True, slots=True)
class Price:
    """What an export holds and costs.

    Attributes:
        rows: data rows of the file, or of all its parts.
        credits: what Botify bills.
        bytes: the expected size of the file; None where nothing is exported.
        links: rows that are links, because a field of the link graph is chosen; None without one.
        notes: sentences about the choice that a person should read before paying.
    """

    rows: int
    credits: int
    bytes: int | None
    links: int | None = None
    notes: tuple[str, ...] = ()


def price(plan: Plan, fields: Sequence[Field], *, bytes_per_row: float | None = None) -> Price:
    """The price of a plan.

    Args:
        plan: made from the counts that fit the fields: of links where `by_links` holds.
        fields: the columns.
        bytes_per_row: measured on finished exports of the same fields, where there are any.
    """
    ids = [field.id for field in fields]
    each = guessed_bytes_per_row(fields) if bytes_per_row is None else bytes_per_row
    return Price(
        rows=plan.count,
        credits=credits_for(plan.count, ids),
        bytes=round(plan.count * each) if plan.count and fields else None,
        links=plan.count if by_links(ids) else None,
        notes=notes(fields),
    )


def guessed_bytes_per_row(fields: Sequence[Field]) -> float:
    """A row's length in the CSV, from what its cells usually hold."""
    return LINE_END + sum(_cell(field) for field in fields)


def notes(fields: Sequence[Field]) -> tuple[str, ...]:
    """What is unusual about a choice of fields, each in a sentence."""
    found: list[str] = []
    if by_links(field.id for field in fields):
        found.append(
            "Links: the file has one row for each internal link, not for each URL; "
            "Botify bills 0.1 credits for each."
        )
    if fields and all(field.id != URL for field in fields):
        found.append(
            "Without the field url, Botify merges rows that are equal: "
            "there may be fewer rows than counted."
        )
    several = [field.name for field in fields if field.multiple]
    if several:
        found.append(
            f"{_listed(several)} can hold several values; Botify writes them into one cell."
        )
    return tuple(found)


def _cell(field: Field) -> int:
    once = WIDE_BYTES.get(field.id, CELL_BYTES.get(field.type, TEXT_BYTES))
    # the best known field with several values, H1, has one on nearly every page
    several = field.multiple and field.id not in WIDE_BYTES
    return once * (VALUES_OF_A_LIST if several else 1) + 1


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
