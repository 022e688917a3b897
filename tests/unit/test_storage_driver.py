"""One trip to a connection's thread for each statement, and transactions as they were."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from storage import driver


class Counted(driver.Connection):
    """Counts the trips to its thread."""

    trips = 0

    async def _execute(self, *arguments: Any, **more: Any) -> Any:
        self.trips += 1
        return await super()._execute(*arguments, **more)


def connection(path: Path) -> Counted:
    return Counted(
        path, busy_seconds=0, pragmas=("PRAGMA foreign_keys = ON",), begin="BEGIN IMMEDIATE"
    )


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Counted]:
    """A connection to a database with a table."""
    async with connection(tmp_path / "db") as opened:
        await opened.cursor().execute("CREATE TABLE numbers (n INTEGER)")
        opened.trips = 0
        yield opened


@pytest.fixture
async def other(one: Counted, tmp_path: Path) -> AsyncIterator[Counted]:  # noqa: ARG001 - opened after the first
    async with connection(tmp_path / "db") as opened:
        yield opened


async def numbers(some: Counted) -> list[Any]:
    return await (await some.cursor().execute("SELECT n FROM numbers")).fetchall()


async def test_a_statement_is_one_trip_and_so_is_the_end(one: Counted) -> None:
    """BEGIN, the rows and the cursor's close come with the statement."""
    one.begins()
    cursor = one.cursor()
    await cursor.executemany("INSERT INTO numbers VALUES (?)", [(1,), (2,)])
    assert (cursor.rowcount, cursor.description) == (2, None)
    await cursor.execute("SELECT n FROM numbers ORDER BY n")
    assert await cursor.fetchall() == [(1,), (2,)]
    assert [column[0] for column in cursor.description] == ["n"]
    await cursor.close()
    await one.commit()
    await one.rollback()
    assert one.trips == 3


async def test_a_transaction_without_a_statement_holds_up_nobody(
    one: Counted, other: Counted
) -> None:
    """It has not begun for the database, so there is nothing to end either."""
    one.begins()
    other.begins()
    await other.cursor().execute("INSERT INTO numbers VALUES (1)")
    await other.commit()
    await one.commit()
    assert one.trips == 0
    assert await numbers(one) == [(1,)]


async def test_a_statement_is_never_alone_because_its_begin_was_refused(
    one: Counted, other: Counted
) -> None:
    """What follows a refused BEGIN begins a transaction, and can be undone."""
    one.begins()
    await one.cursor().execute("INSERT INTO numbers VALUES (1)")
    other.begins()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await other.cursor().execute("INSERT INTO numbers VALUES (2)")
    await one.commit()
    await other.cursor().execute("INSERT INTO numbers VALUES (3)")
    await other.rollback()
    assert await numbers(other) == [(1,)]


async def test_what_is_abandoned_is_undone_by_its_own_thread(one: Counted, other: Counted) -> None:
    """Nobody waits for it, and the next writer gets its turn."""
    one.begins()
    await one.cursor().execute("INSERT INTO numbers VALUES (1)")
    one.abandon()
    assert await numbers(one) == []
    other.begins()
    await other.cursor().execute("INSERT INTO numbers VALUES (2)")
    await other.commit()
    assert await numbers(one) == [(2,)]
