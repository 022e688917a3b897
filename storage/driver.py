"""aiosqlite with one trip to a connection's thread for each statement.

By itself it goes there for a cursor, for the statement, for its rows and to close the cursor, and
SQLAlchemy once more for each BEGIN. Each trip waits for its turn with Python's interpreter lock,
which the threads of large files hold most of the time, so that a write of a few statements took
most of a second beside them.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import aiosqlite

ROWS_AT_A_TIME = 64
"""What aiosqlite asks for; nothing here reads row by row."""


class Answer(NamedTuple):
    """All that a statement left behind.

    Attributes:
        rows: all of them; empty where the statement has none to give.
        description: of the columns, as the DB-API says; None where there are none.
        rowcount: rows that were changed, or -1.
        lastrowid: of the row inserted last, if any.
    """

    rows: list[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


NOTHING = Answer([], None, -1, None)


class Connection(aiosqlite.Connection):
    """A connection whose transactions begin with their first statement.

    Args:
        path: of the database.
        busy_seconds: how long a statement waits while another process writes.
        pragmas: run once, when it is opened.
        begin: the statement that begins its transactions.
    """

    def __init__(
        self, path: Path, *, busy_seconds: float, pragmas: Sequence[str], begin: str
    ) -> None:
        def connector() -> sqlite3.Connection:
            # Transactions are begun by `_run`; the driver must not begin any by itself.
            raw = sqlite3.connect(
                path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
            )
            for pragma in pragmas:
                raw.execute(pragma)
            return raw

        super().__init__(connector, ROWS_AT_A_TIME)
        self._thread.daemon = True
        self._begin = begin
        self._to_begin = False
        self._open = False

    def begins(self) -> None:
        """The next statement is the first one of a transaction."""
        self._to_begin = self._open = True

    def cursor(self) -> "Cursor":  # type: ignore[override]  # no trip, so nothing to wait for
        """Where a statement is run."""
        return Cursor(self)

    async def commit(self) -> None:
        """Commit what was begun."""
        await self._end(self._conn.commit)

    async def rollback(self) -> None:
        """Undo what was begun."""
        await self._end(self._conn.rollback)

    async def _end(self, ends: Callable[[], None]) -> None:
        if self._open and not self._to_begin:
            await self._execute(ends)  # type: ignore[no-untyped-call]
        self._to_begin = self._open = False

    def abandon(self) -> None:
        """Undo what was begun, by the connection's own thread, without waiting for it."""
        if self._connection is not None:
            self._tx.put_nowait((None, self._connection.rollback))

    async def answer(self, run: str, sql: str, parameters: Iterable[Any]) -> Answer:
        """Run a statement, and fetch all that it answers.

        Args:
            run: "execute" or "executemany".
            sql: the statement.
            parameters: its values, or for "executemany" a sequence of them.
        """
        found: Answer = await self._execute(self._run, run, sql, parameters)  # type: ignore[no-untyped-call]
        return found

    def _run(self, run: str, sql: str, parameters: Iterable[Any]) -> Answer:
        if self._to_begin:
            self._conn.execute(self._begin)
            self._to_begin = False
        cursor = self._conn.cursor()
        try:
            getattr(cursor, run)(sql, parameters)
            rows = cursor.fetchall() if cursor.description else []
            return Answer(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
        finally:
            cursor.close()


class Cursor:
    """As much of a cursor as SQLAlchemy needs; it holds nothing open.

    Args:
        connection: where its statements run.
    """

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._answer = NOTHING

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        """Run a statement."""
        self._answer = await self._connection.answer("execute", sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Run a statement with each of several sets of values."""
        self._answer = await self._connection.answer("executemany", sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """All rows of the last statement."""
        return self._answer.rows

    async def close(self) -> None:
        """Nothing is open."""

    @property
    def description(self) -> Any:
        """Of the columns of the last statement."""
        return self._answer.description

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""
        return self._answer.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Of the row that the last statement inserted."""
        return self._answer.lastrowid
