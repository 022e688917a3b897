"""What a draft amounts to: figures for the views, and nothing that they would have to decide."""

from dataclasses import dataclass

from bot.model.depths import DepthCounts
from bot.model.rows import RowsChoice
from bot.model.specification import DepthRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What an export holds and costs.

    Attributes:
        rows: over all files.
        credits: that Botify bills.
        bytes: expected; None where that is not known.
        taken: the depths.
        bands: of each file, the depths and the rows.
        left_out: rows of the analysis that are in none of them.
        left_out_without_depth: how many of those belong to URLs without a depth.
        notes: sentences that should be read before paying.
    """

    rows: int
    credits: int
    bytes: int | None
    taken: DepthRange
    bands: tuple[tuple[DepthRange, int], ...]
    left_out: int = 0
    left_out_without_depth: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowsOffer:
    """A choice of rows: how many, in how many files, down to which depth.

    All None while they are counted, or where the choice cannot be carried out.
    """

    choice: RowsChoice
    rows: int | None = None
    parts: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What is known about the rows and the price of a draft.

    Attributes:
        limit: rows that one file may hold.
        counts: rows per depth; None while they are counted.
        offers: the choices of rows, with the chosen one among them.
        amount: what the draft amounts to; None while that is not known, or not possible.
        problem: why it is not possible, or not known.
    """

    limit: int
    counts: DepthCounts | None = None
    offers: tuple[RowsOffer, ...] = ()
    amount: Amount | None = None
    problem: str | None = None
