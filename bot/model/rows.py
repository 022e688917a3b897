"""Which rows a person asks for."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class RowsMode(StrEnum):
    """How the rows are chosen."""

    FIT = (
        "fit"  # the whole site where it fits under the row limit, else the largest depth that does
    )
    DEPTH = "depth"  # up to a depth that the person names
    PARTS = "parts"  # everything, in as many jobs as the row limit makes necessary


@dataclass(frozen=True, slots=True)
class RowsChoice:
    """What a person asks for.

    Attributes:
        mode: how the rows are chosen.
        depth: the largest depth. Needed by DEPTH; with PARTS nothing deeper is in any part; FIT
            does not look at it.
    """

    mode: RowsMode = RowsMode.FIT
    depth: int | None = None


AS_MUCH_AS_FITS: Final = RowsChoice()
IN_PARTS: Final = RowsChoice(RowsMode.PARTS)
