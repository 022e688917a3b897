"""What is asked of Botify: exactly what decides the content of an export."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from bot.model.field import UNGUARDED_TYPES
from bot.model.project import Project


@dataclass(frozen=True, slots=True)
class Column:
    """A field in an export: its id (unprefixed) and its type at the time of asking."""

    field: str
    type: str

    @property
    def is_text(self) -> bool:
        """Whether the guard looks at its cells."""
        return self.type not in UNGUARDED_TYPES


@dataclass(frozen=True, slots=True)
class DepthRange:
    """Rows by click depth, both ends included.

    Attributes:
        first: the smallest depth, or None for no lower end.
        last: the largest depth, or None for no upper end.
        without_depth: whether URLs without a depth belong to it (only where an end is open).
    """

    first: int | None = None
    last: int | None = None
    without_depth: bool = True

    @property
    def whole(self) -> bool:
        """Every URL, those without a depth included."""
        return self.first is None and self.last is None and self.without_depth


WHOLE_SITE = DepthRange()

ONLY_WITHOUT_DEPTH = DepthRange(last=-1)
"""The URLs that no link leads to: no depth is below zero, so nothing else belongs to it."""


def up_to(depth: int) -> DepthRange:
    """All URLs at this depth or less; those without a depth do not belong to it."""
    return DepthRange(last=depth, without_depth=False)


@dataclass(frozen=True, slots=True)
class Specification:
    """One export, as it is sent to Botify. Options of the file are not part of it.

    Attributes:
        account: the Botify person whose token asks; jobs are visible and billed by it.
        project: organisation and project.
        analysis: the slug.
        columns: fields in the order of the file.
        rows: which depths.
        filter: a BQL filter with unprefixed field ids, or None.
    """

    account: str
    project: Project
    analysis: str
    columns: tuple[Column, ...]
    rows: DepthRange = WHOLE_SITE
    filter: dict[str, Any] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Field ids in order."""
        return tuple(column.field for column in self.columns)

    @property
    def collection(self) -> str:
        """Botify's name of the data set."""
        return f"crawl.{self.analysis}"

    @property
    def key(self) -> str:
        """64 hexadecimal digits: equal keys ask Botify for the same rows and columns."""
        asked = [
            self.account,
            self.project.organisation,
            self.project.name,
            self.analysis,
            list(self.fields),
            self.filter,
            [self.rows.first, self.rows.last, self.rows.without_depth],
        ]
        text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()
