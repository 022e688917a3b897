"""Rows and what belongs to them, in two queries that are built once.

Building a statement takes as long as running it, and every tick and every step asks these.
"""

from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Select, Table, select


class Joined(NamedTuple):
    """The rows, oldest first, and their members in the order of their numbers."""

    rows: Select[*tuple[Any, ...]]
    members: Select[*tuple[Any, ...]]


def joined(table: Table, of: Column[str], wanted: ColumnElement[bool]) -> Joined:
    """The two queries.

    Args:
        table: of the rows, with the columns `id` and `requested_at`.
        of: the members' column that names their row; beside it they have a `number`.
        wanted: which rows.
    """
    return Joined(
        select(table).where(wanted).order_by(table.c.requested_at, table.c.id),
        select(of.table)
        .join(table, of == table.c.id)
        .where(wanted)
        .order_by(of, of.table.c.number),
    )
