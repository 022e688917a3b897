"""The database: opened once, ready for use, with transactions to read and to write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.model.errors import NotSetUp
from bot.model.settings import Settings
from storage import faults, schema, sqlite
from storage.schema import SHIPPED, Migrations

FILE_NAME = "botify-export.sqlite3"
"""The database in DATA_DIR, where DATABASE_URL names no other."""

BUSY_SECONDS = 10
"""How long a transaction waits while another process writes; ours take milliseconds."""

READERS = 8
"""Connections that read side by side; more wait for one of them."""

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
"""By the kind of database that DATABASE_URL names."""


class Database:
    """Transactions on a database that has the newest tables; made by `open_database`.

    Attributes:
        path: the file, or None where the database is no file.
    """

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, path: Path | None) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        self._queueing = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._writes_in: asyncio.Task[object] | None = None

    @asynccontextmanager
    async def write(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction that may change things: committed at the end, rolled back on an error.

        What was committed is on the disk. Within this process writers wait for each other in
        the order in which they came; other processes are waited for up to `BUSY_SECONDS`.
        Keep it short and free of network calls. A cancellation during the commit leaves open
        whether it happened, but never a half of it.

        Args:
            urgent: wait for the one that writes, not for all that wait already.

        Raises:
            NotSetUp: the database is held by another program, damaged or not writable.
            DiskFull: no room; nothing was written.
            RuntimeError: begun within a write of the same task, which would wait for itself.
        """
        task = asyncio.current_task()
        if self._writes_in is task:
            raise RuntimeError("a write transaction within a write transaction")
        async with AsyncExitStack() as turn:
            if not urgent:
                await turn.enter_async_context(self._queueing)
            await turn.enter_async_context(self._writing)
            self._writes_in = task
            try:
                with faults.told():
                    async with self._writer.begin() as connection:
                        yield connection
            finally:
                self._writes_in = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database throughout and cannot change it.

        Raises:
            NotSetUp: the database cannot be read.
        """
        with faults.told():
            async with self._reader.connect() as connection:
                yield connection

    async def check(self) -> None:
        """Looks through the whole database for damage; takes a while on a large one.

        Raises:
            NotSetUp: it is damaged, or cannot be read.
        """
        async with self.read() as connection:
            if connection.dialect.name != "sqlite":
                await connection.execute(text("SELECT 1"))
                return
            answer = await connection.scalar(text("PRAGMA quick_check(1)"))
        if answer != "ok":
            raise faults.damaged()

    async def close(self) -> None:
        """Closes all connections; nothing may be used afterwards."""
        await self._writer.dispose()
        await self._reader.dispose()


async def open_database(
    settings: Settings,
    *,
    migrations: Migrations = SHIPPED,
    busy_seconds: float = BUSY_SECONDS,
) -> Database:
    """The database of these settings, made or migrated where needed.

    An existing SQLite database is backed up beside itself before it is migrated. Processes that
    start at once do this one after the other. DATA_DIR and the file are for their owner only.

    Args:
        settings: DATABASE_URL and DATA_DIR count.
        migrations: other than the shipped ones only in tests.
        busy_seconds: how long to wait while another process writes.

    Raises:
        NotSetUp: it cannot be used, with the reason and what to do.
        DiskFull: no room for it or for its backup.
    """
    await asyncio.to_thread(_make_data_dir, settings.data_dir)
    url = database_url(settings)
    if url.get_backend_name() == "sqlite":
        return await _open_file(url, migrations, busy_seconds)
    return await _open_server(url, migrations)


def database_url(settings: Settings) -> URL:
    """Where the database is, with the driver that this app uses.

    Raises:
        NotSetUp: DATABASE_URL cannot be used; the sentence does not show it, as it may hold a
            password.
    """
    if settings.database_url is None:
        return URL.create(DRIVERS["sqlite"], database=str(settings.data_dir.absolute() / FILE_NAME))
    remedy = "Correct DATABASE_URL, such as sqlite:////var/lib/bot/bot.sqlite3, or leave it out."
    try:
        url = make_url(settings.database_url)
    except (ArgumentError, ValueError):
        raise NotSetUp("DATABASE_URL is not the address of a database.", remedy) from None
    driver = DRIVERS.get(url.drivername.partition("+")[0])
    if driver is None:
        raise NotSetUp("DATABASE_URL names neither SQLite nor PostgreSQL.", remedy)
    if not url.database or url.database == ":memory:" or "mode" in url.query:
        raise NotSetUp("DATABASE_URL names no database that would last.", remedy)
    if driver == DRIVERS["sqlite"]:
        url = url.set(database=str(Path(url.database).absolute()))
    return url.set(drivername=driver)


async def _open_file(url: URL, migrations: Migrations, busy_seconds: float) -> Database:
    path = Path(str(url.database))
    database = Database(
        sqlite.engine(url, pragmas=sqlite.WRITING, busy_seconds=busy_seconds, size=1),
        sqlite.engine(url, pragmas=sqlite.READING, busy_seconds=busy_seconds, size=READERS),
        path,
    )
    try:
        if not (await asyncio.to_thread(sqlite.is_prepared, path)) or (
            await _version(database, migrations) != migrations.newest
        ):
            async with sqlite.alone(path):
                await asyncio.to_thread(sqlite.prepare, path, busy_seconds)
                await _migrate_file(database, url, path, migrations, busy_seconds)
    except BaseException:
        await database.close()
        raise
    return database


async def _migrate_file(
    database: Database, url: URL, path: Path, migrations: Migrations, busy_seconds: float
) -> None:
    version = await _version(database, migrations)
    if version == migrations.newest:  # another process was faster
        return
    if version is not None:
        await asyncio.to_thread(sqlite.backup, path, version)
    migrating = sqlite.engine(url, pragmas=sqlite.MIGRATING, busy_seconds=busy_seconds, size=1)
    try:
        with faults.told():
            async with migrating.begin() as connection:
                await connection.run_sync(schema.migrate, migrations)
    finally:
        await migrating.dispose()


async def _open_server(url: URL, migrations: Migrations) -> Database:
    try:
        writer = create_async_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise NotSetUp(
            "DATABASE_URL names PostgreSQL, which this version is not made for yet "
            f"(it would need the Python package {error.name}).",
            "Leave DATABASE_URL out to use SQLite.",
        ) from error
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    database = Database(writer, reader, None)
    try:
        if await _version(database, migrations) != migrations.newest:
            async with database.write() as connection:
                await connection.run_sync(schema.migrate, migrations)
    except BaseException:
        await database.close()
        raise
    return database


async def _version(database: Database, migrations: Migrations) -> str | None:
    async with database.read() as connection:
        version = await connection.run_sync(schema.read_version)
    schema.check_version(version, migrations)
    return version


def _make_data_dir(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotSetUp(
            f"DATA_DIR ({data_dir}) cannot be made: {error.strerror}.",
            "Make that folder, or name another one in DATA_DIR.",
        ) from error
