"""What an export costs, by Botify's published prices."""

from decimal import Decimal

CREDITS_PER_ROW = Decimal(1)
CREDITS_PER_LINK_ROW = Decimal("0.1")
"""Rows of the links graph are cheaper."""


def price(rows: int, *, links: bool) -> Decimal:
    """The credits of so many rows."""
    return rows * (CREDITS_PER_LINK_ROW if links else CREDITS_PER_ROW)
