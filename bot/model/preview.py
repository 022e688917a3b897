"""A first look at a file, for the message: a few rows, and what is missing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a CSV and its empty cells.

    Attributes:
        columns: the cells of the header line.
        rows: the first data rows as delivered, at most five, long cells cut.
        empty_counts: for each column, how many data cells are empty in the whole file.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty_counts: tuple[int, ...]
