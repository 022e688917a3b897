"""What is special about SQLite: the file, its pragmas, its transactions and its backup.

Nothing outside this module depends on SQLite; another database needs none of it.
"""

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.model.errors import NotSetUp
from storage import driver, faults

KEPT_BACKUPS = 5
"""Backups that stay beside the database; older ones are removed when a new one is made."""

READING = ("PRAGMA query_only = ON",)
WRITING = ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL")
MIGRATING = ("PRAGMA foreign_keys = OFF", "PRAGMA synchronous = FULL")
"""Pragmas of a connection. A table that is rebuilt must not take its children along, so foreign
keys are off while migrating (https://www.sqlite.org/lang_altertable.html, section 7)."""

_LOCK_STEP_SECONDS = 0.05


def engine(url: URL, *, pragmas: tuple[str, ...], busy_seconds: float, size: int) -> AsyncEngine:
    """Connections to a prepared file, with explicit transactions.

    Transactions of `WRITING` and `MIGRATING` begin with BEGIN IMMEDIATE: they hold the right to
    write from their start, so no statement in the middle fails because of another process.
    Others begin with BEGIN and see one state of the database from their first query to the end.

    Args:
        url: of the file, with the driver aiosqlite.
        pragmas: one of the above.
        busy_seconds: how long to wait while another process writes.
        size: connections at most.
    """
    path = Path(str(url.database))
    begin = "BEGIN" if pragmas == READING else "BEGIN IMMEDIATE"

    async def connected() -> aiosqlite.Connection:
        return await driver.Connection(
            path, busy_seconds=busy_seconds, pragmas=pragmas, begin=begin
        )

    made = create_async_engine(url, async_creator=connected, pool_size=size, max_overflow=0)

    @event.listens_for(made.sync_engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.connection.driver_connection.begins()  # type: ignore[union-attr]

    # A task that is cancelled in the middle of a statement leaves a connection that SQLAlchemy
    # drops without another word; with a statement still open in it, the closing does not end its
    # transaction, and nobody could write any more. So its own thread is told to roll back first.
    @event.listens_for(made.sync_engine, "invalidate")
    def _dropped(connection: Any, _record: Any, _error: BaseException | None) -> None:
        connection.driver_connection.abandon()

    return made


def is_prepared(path: Path) -> bool:
    """Whether `prepare` has nothing to do: the file is there, private, and in WAL mode."""
    try:
        with path.open("rb") as file:
            header = file.read(20)
            private = not os.fstat(file.fileno()).st_mode & 0o077
    except OSError:
        return False
    # Bytes 18 and 19 say WAL (https://www.sqlite.org/fileformat.html, section 1.3.3).
    return private and header[18:] == b"\x02\x02"


def prepare(path: Path, busy_seconds: float) -> None:
    """Makes the file where it is missing, readable by its owner only, and in WAL mode.

    Raises:
        NotSetUp: the file or its folder cannot be made or used.
        DiskFull: no room.
    """
    try:
        # SQLite would make it by the umask; the files beside it follow its mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise NotSetUp(
            f"The database {path} cannot be opened for writing: {error.strerror}.",
            "Check DATA_DIR and DATABASE_URL, and the rights on that folder.",
        ) from error
    with faults.told(), _closing(path, busy_seconds) as connection:
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")


@contextlib.asynccontextmanager
async def alone(path: Path, seconds: float = 60) -> AsyncIterator[None]:
    """Held by one process at a time: making and migrating the database.

    An operating-system lock on a file beside the database, whose folder is made where it is
    missing; the lock ends with the process.

    Raises:
        NotSetUp: another process holds it for longer than `seconds`.
    """
    descriptor = await asyncio.to_thread(_lock, path.with_name(f"{path.name}.lock"), seconds)
    try:
        yield
    finally:
        os.close(descriptor)


def backup(path: Path, version: str) -> Path:
    """A whole copy of the database beside it, named by version and time; old copies are removed.

    SQLite's online backup: right even while others write. The copy gets its name only when it is
    complete and on the disk.

    Raises:
        NotSetUp: it cannot be written.
        DiskFull: no room for it.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = path.with_name(f"{path.name}.backup-{stamp}-version-{version}")
    growing = path.with_name(f"{path.name}.backup.part")
    try:
        with faults.told():
            growing.unlink(missing_ok=True)
            os.close(os.open(growing, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            with _closing(path, 10) as source, _closing(growing, 10) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # so that it is one file
        _sync(growing)
        growing.replace(target)
        _sync(path.parent)
    except OSError as error:
        raise NotSetUp(
            f"The database cannot be backed up before it is changed: {error.strerror}.",
            "Check the rights and the room in DATA_DIR.",
        ) from error
    finally:
        growing.unlink(missing_ok=True)
    for old in backups(path)[:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)
    return target


def backups(path: Path) -> list[Path]:
    """The copies that `backup` made, oldest first."""
    return sorted(path.parent.glob(f"{path.name}.backup-*"))


@contextlib.contextmanager
def _closing(path: Path, busy_seconds: float) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _lock(path: Path, seconds: float) -> int:
    until = time.monotonic() + seconds
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NotSetUp(
            f"The file {path} cannot be made: {error.strerror}.",
            "Check DATA_DIR and DATABASE_URL, and the rights on that folder.",
        ) from error
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(descriptor)
                raise NotSetUp(
                    "Another process has been changing the database for too long.",
                    "Look at that process, then start the app again.",
                ) from None
            time.sleep(_LOCK_STEP_SECONDS)
        else:
            return descriptor


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
