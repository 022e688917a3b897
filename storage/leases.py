"""Leases: which process works on a row, and until when it must say again that it does.

A table with a lease has the columns `id`, `owner`, `lease_until` and `requested_at`. A row is
free when nobody owns it, or when another process owns it whose lease ran out or which is known to
be dead. What a process owns stays its own until another one takes it, even after the lease ran
out (a computer that slept), so nobody claims from himself. Looking whether a row is free and
taking it is one statement or one transaction, so two processes never hold the same row.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.errors import Stale


@cache  # asked with each write
def _owner_of(table: Table) -> Select[*tuple[Any, ...]]:
    return select(table.c.owner).where(table.c.id == bindparam("row")).with_for_update()


def _free(table: Table, owner: str, now: datetime, dead: Collection[str]) -> ColumnElement[bool]:
    lost = or_(table.c.lease_until <= now, table.c.owner.in_(sorted(dead)))
    return or_(table.c.owner.is_(None), and_(table.c.owner != owner, lost))


def held(owner: str | None, lease_until: datetime | None) -> dict[str, Any]:
    """The columns of a new row.

    Raises:
        ValueError: an owner without a lease would own the row for ever.
    """
    if (owner is None) != (lease_until is None):
        raise ValueError("an owner and the end of its lease belong together")
    return {"owner": owner, "lease_until": lease_until}


async def claim(
    connection: AsyncConnection,
    table: Table,
    unfinished: ColumnElement[bool],
    *,
    owner: str,
    now: datetime,
    lease_until: datetime,
    dead: Collection[str],
    only: str | None,
    limit: int | None,
) -> tuple[tuple[str, str | None], ...]:
    """Takes free unfinished rows, oldest first: pairs of id and the owner before."""
    wanted = (
        select(table.c.id, table.c.owner)
        .where(unfinished, _free(table, owner, now, dead))
        .order_by(table.c.requested_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if only is not None:
        wanted = wanted.where(table.c.id == only)
    found = tuple((row.id, row.owner) for row in await connection.execute(wanted))
    if found:
        await connection.execute(
            update(table)
            .where(table.c.id == bindparam("taken"))
            .values(owner=owner, lease_until=lease_until),
            [{"taken": row_id} for row_id, _ in found],
        )
    return found


async def take(
    connection: AsyncConnection,
    table: Table,
    row_id: str,
    *,
    owner: str,
    now: datetime,
    lease_until: datetime,
    dead: Collection[str],
) -> bool:
    """Takes one row, finished or not, where it is free or ours already."""
    taken = await connection.execute(
        update(table)
        .where(table.c.id == row_id, or_(table.c.owner == owner, _free(table, owner, now, dead)))
        .values(owner=owner, lease_until=lease_until)
    )
    return taken.rowcount == 1


async def seize(
    connection: AsyncConnection, table: Table, row_id: str, owner: str, lease_until: datetime
) -> None:
    """Takes one row, whoever has it; the other one's next write is refused (`require`)."""
    await connection.execute(
        update(table).where(table.c.id == row_id).values(owner=owner, lease_until=lease_until)
    )


async def renew(
    connection: AsyncConnection,
    table: Table,
    unfinished: ColumnElement[bool],
    owner: str,
    lease_until: datetime,
) -> int:
    """Extends the lease of every unfinished row of `owner`: how many there are."""
    renewed = await connection.execute(
        update(table).where(unfinished, table.c.owner == owner).values(lease_until=lease_until)
    )
    return renewed.rowcount


async def release(
    connection: AsyncConnection,
    table: Table,
    unfinished: ColumnElement[bool],
    owner: str,
    row_id: str | None,
) -> None:
    """Gives up one row, or every unfinished row of `owner`."""
    which = unfinished if row_id is None else table.c.id == row_id
    await connection.execute(
        update(table).where(which, table.c.owner == owner).values(owner=None, lease_until=None)
    )


async def require(connection: AsyncConnection, table: Table, row_id: str, owner: str) -> None:
    """Holds the row for the rest of this transaction.

    Raises:
        Stale: `owner` does not own it, or it is not there.
    """
    found = await connection.scalar(_owner_of(table), {"row": row_id})
    if found != owner:
        raise Stale
