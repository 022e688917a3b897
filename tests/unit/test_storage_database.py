"""Opening, migrating, reading and writing the database, and what is said when that fails."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import IntegrityError
from storage_examples import A_FILE, NOW, a_draft, an_export

from bot.model.errors import DiskFull, NotSetUp
from bot.model.export import State
from bot.model.ids import new_export_id
from bot.model.settings import Settings
from storage import capabilities, drafts, exports, faults, interactions, sqlite, tables
from storage.database import FILE_NAME, Database, database_url, open_database
from storage.schema import SHIPPED, Migrations
from storage.tables import METADATA


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def database(data_dir: Path) -> AsyncIterator[Database]:
    opened = await open_database(Settings(data_dir=data_dir))
    yield opened
    await opened.close()


@pytest.fixture
def next_version(tmp_path: Path) -> Migrations:
    """The migrations of a later program: ours and one more."""
    folder = tmp_path / "100% migrations"
    shutil.copytree(SHIPPED.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9000_colour.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        "revision = '9000'\n"
        f"down_revision = '{SHIPPED.newest}'\n"
        "def upgrade():\n"
        "    with op.batch_alter_table('exports', recreate='always') as table:\n"
        "        table.add_column(sa.Column('colour', sa.Text(), server_default='blue'))\n"
    )
    return Migrations(folder)


def query(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def is_folder(path: Path) -> bool:
    return path.is_dir()


def write_file(path: Path, content: bytes = b"") -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


# --- opening --------------------------------------------------------------------------------


async def test_a_first_start_makes_everything(data_dir: Path) -> None:
    """From nothing to all tables of the newest version, private, without a needless backup."""
    database = await open_database(Settings(data_dir=data_dir / "deep"))
    path = data_dir / "deep" / FILE_NAME
    assert database.path == path
    async with database.write() as connection:
        await exports.add(connection, an_export())
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    await database.close()
    assert set(modes.values()) == {0o600}
    assert {f"{FILE_NAME}-wal", FILE_NAME} <= set(modes)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert sqlite.backups(path) == []
    assert query(path, "SELECT version_num FROM alembic_version") == [(SHIPPED.newest,)]


async def test_a_file_that_others_could_read_is_made_private(
    database: Database, data_dir: Path
) -> None:
    """A database that was copied back with open rights does not stay readable for all."""
    path = data_dir / FILE_NAME
    await database.close()
    path.chmod(0o644)
    again = await open_database(Settings(data_dir=data_dir))
    await again.close()
    assert path.stat().st_mode & 0o777 == 0o600


async def test_the_pragmas_hold_on_every_connection(database: Database) -> None:
    """WAL, full synchronisation, foreign keys and a patient wait, as the design says."""
    async with database.write() as connection:
        for pragma, value in (
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("foreign_keys", 1),
            ("busy_timeout", 10_000),
        ):
            assert await connection.scalar(text(f"PRAGMA {pragma}")) == value
    async with database.read() as connection:
        assert await connection.scalar(text("PRAGMA busy_timeout")) == 10_000


def test_a_usual_start_does_not_load_alembic(tmp_path: Path) -> None:
    """When the tables are the newest, the start compares two words and goes on."""
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from bot.model.settings import Settings\n"
        "from storage.database import open_database\n"
        "async def main():\n"
        "    database = await open_database(Settings(data_dir=Path(sys.argv[1])))\n"
        "    await database.close()\n"
        "    print('alembic' in sys.modules)\n"
        "asyncio.run(main())\n"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "data")],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for _ in range(2)
    ]
    assert answers == ["True\n", "False\n"]


async def test_many_processes_start_at_once(data_dir: Path) -> None:
    """Only one makes the tables; all of them find them."""
    opened = await asyncio.gather(*(open_database(Settings(data_dir=data_dir)) for _ in range(6)))
    for number, database in enumerate(opened):
        async with database.write() as connection:
            await capabilities.put(connection, "test", str(number), "yes", NOW)
    for database in opened:
        async with database.read() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM capabilities")) == 6
        await database.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////var/lib/bot.db", "sqlite+aiosqlite:////var/lib/bot.db"),
        ("sqlite+pysqlite:////var/lib/bot.db", "sqlite+aiosqlite:////var/lib/bot.db"),
        ("postgresql://bot:secret@db/bot", "postgresql+asyncpg://bot:secret@db/bot"),
        ("postgres://bot@db/bot", "postgresql+asyncpg://bot@db/bot"),
    ],
)
def test_other_databases_can_be_named(url: str, expected: str) -> None:
    """DATABASE_URL takes the forms that people have at hand."""
    found = database_url(Settings(database_url=url))
    assert found.render_as_string(hide_password=False) == expected


@pytest.mark.parametrize(
    "url",
    [
        "secret",
        "mysql://bot:secret@db/bot",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:secret?mode=memory",
        "postgresql://bot:secret@db:port/bot",
        "postgresql://bot:secret@db",
    ],
)
def test_a_useless_address_is_refused_without_showing_it(url: str) -> None:
    """The sentence names the setting; what stands in it may be a password."""
    with pytest.raises(NotSetUp, match="DATABASE_URL") as caught:
        database_url(Settings(database_url=url))
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_a_named_file_is_used(tmp_path: Path) -> None:
    """With DATABASE_URL the database is where it says, and DATA_DIR is made all the same."""
    path = tmp_path / "else where" / "100% mine.db"
    settings = Settings(data_dir=tmp_path / "data", database_url=f"sqlite:///{path}")
    database = await open_database(settings)
    used = database.path
    await database.close()
    assert used == path
    assert query(path, "SELECT count(*) FROM exports") == [(0,)]
    assert is_folder(tmp_path / "data")


# --- migrations -----------------------------------------------------------------------------


def test_the_newest_version_is_the_end_of_the_chain() -> None:
    """The version read from the file names is the one that Alembic would reach."""
    config = Config()
    config.set_main_option("script_location", str(SHIPPED.folder))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [SHIPPED.newest]
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(revisions)) == SHIPPED.versions


async def test_a_database_from_before_the_previews_is_migrated(
    data_dir: Path, tmp_path: Path
) -> None:
    """What the first version stored is kept, in a backup too; its files have no preview."""
    first = Migrations(tmp_path / "first")
    shutil.copytree(
        SHIPPED.folder, first.folder, ignore=shutil.ignore_patterns("000[2-9]*", "__py*")
    )
    before = await open_database(Settings(data_dir=data_dir), migrations=first)
    export = an_export(State.READY)
    columns = "export_id, number, without_depth, state, entered_at, due_at, tries, refreshed, "
    columns += "file_path, file_bytes, file_rows, file_columns, file_guarded, file_notes"
    async with before.write() as connection:
        known = exports._export_values(replace(export, parts=()))
        del known["credits_expected"]
        await connection.execute(tables.exports.insert().values(known))
        await connection.execute(
            text(
                f"INSERT INTO parts ({columns}) VALUES ('{export.id}', 1, 0, 'ready', "  # noqa: S608 - our own words
                "'2026-03-29 00:59:59.123456', '2026-03-29 00:59:59.123456', 0, 0, "
                "'/data/exports/acme.csv', 3000000000, 48211, 4, 1, '[]')"
            )
        )
    await before.close()
    after = await open_database(Settings(data_dir=data_dir))
    async with after.read() as connection:
        kept = await exports.get(connection, export.id)
    await after.close()
    assert kept is not None
    assert kept.parts[0].file == A_FILE
    assert A_FILE.preview is None
    [backup] = sqlite.backups(data_dir / FILE_NAME)
    assert query(backup, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert query(backup, "SELECT file_rows FROM parts") == [(48_211,)]


async def test_the_migrations_make_the_tables_that_the_code_uses(
    database: Database, data_dir: Path, tmp_path: Path
) -> None:
    """Every table, column and index of `storage.tables` is made by a migration, and no other."""
    await database.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'direct.db'}")
    METADATA.create_all(engine)
    engine.dispose()
    statement = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name != 'alembic_version'"
    words = [
        {  # SQLite quotes the name of a table that was made anew
            (kind, name, " ".join(str(sql).replace('"', "").split()))
            for kind, name, sql in query(path, statement)
        }
        for path in (data_dir / FILE_NAME, tmp_path / "direct.db")
    ]
    assert words[0] == words[1]


async def test_an_older_database_is_backed_up_and_migrated(
    database: Database, data_dir: Path, next_version: Migrations
) -> None:
    """Everything is kept, children of a rebuilt table included, and the old file is beside it."""
    path = data_dir / FILE_NAME
    export = an_export()
    async with database.write() as connection:
        await exports.add(connection, export)
    await database.close()

    newer = await open_database(Settings(data_dir=data_dir), migrations=next_version)
    async with newer.read() as connection:
        assert await exports.get(connection, export.id) == export
        assert await connection.scalar(text("SELECT colour FROM exports")) == "blue"
    await newer.close()

    [backup] = sqlite.backups(path)
    assert backup.name.endswith(f"version-{SHIPPED.newest}")
    assert backup.stat().st_mode & 0o777 == 0o600
    assert query(backup, "PRAGMA integrity_check") == [("ok",)]
    assert query(backup, "PRAGMA journal_mode") == [("delete",)]  # whole in one file
    assert query(backup, "SELECT id FROM exports") == [(export.id,)]
    assert "colour" not in str(query(backup, "SELECT sql FROM sqlite_master"))

    shutil.copy(backup, path)  # what the operator is told to do
    restored = await open_database(Settings(data_dir=data_dir))
    async with restored.read() as connection:
        assert await exports.get(connection, export.id) == export
    await restored.close()


async def test_nothing_is_backed_up_when_nothing_changes(
    database: Database, data_dir: Path, next_version: Migrations
) -> None:
    """A start at the newest version leaves no file behind, also after a migration."""
    await database.close()
    for _ in range(3):
        opened = await open_database(Settings(data_dir=data_dir), migrations=next_version)
        await opened.close()
    assert len(sqlite.backups(data_dir / FILE_NAME)) == 1


async def test_the_last_few_backups_are_kept(database: Database, data_dir: Path) -> None:
    """Backups do not fill the disk: the newest stay."""
    path = data_dir / FILE_NAME
    for number in range(sqlite.KEPT_BACKUPS + 2):
        path.with_name(f"{path.name}.backup-2000010{number}T000000Z-version-1").touch()
    made = await asyncio.to_thread(sqlite.backup, path, "1")
    left = sqlite.backups(path)
    assert len(left) == sqlite.KEPT_BACKUPS
    assert left[-1] == made
    assert "20000103" in left[0].name
    assert not path.with_name(f"{path.name}.backup.part").exists()
    await database.check()


async def test_a_backup_holds_what_is_not_yet_in_the_main_file(
    database: Database, data_dir: Path
) -> None:
    """Writes that are still in the write-ahead log are in the copy."""
    async with database.write() as connection:
        await capabilities.put(connection, "slack:T1", "plan", "yes", NOW)
    made = await asyncio.to_thread(sqlite.backup, data_dir / FILE_NAME, "1")
    assert query(made, "SELECT value FROM capabilities") == [("yes",)]


async def test_a_newer_database_is_left_alone(
    database: Database, data_dir: Path, next_version: Migrations
) -> None:
    """An older program says what happened instead of writing into tables it does not know."""
    await database.close()
    newer = await open_database(Settings(data_dir=data_dir), migrations=next_version)
    await newer.close()
    with pytest.raises(NotSetUp, match=r"made by a newer version of this app .*9000"):
        await open_database(Settings(data_dir=data_dir))


async def test_a_migration_that_fails_changes_nothing(
    database: Database, data_dir: Path, next_version: Migrations
) -> None:
    """Half a migration is never kept; the older program still works."""
    export = an_export()
    async with database.write() as connection:
        await exports.add(connection, export)
    await database.close()
    (next_version.folder / "versions" / "9001_broken.py").write_text(
        "from alembic import op\n"
        "revision = '9001'\n"
        "down_revision = '9000'\n"
        "def upgrade():\n"
        "    op.drop_table('uploads')\n"
        "    op.drop_table('no_such_table')\n"
    )
    with pytest.raises(NotSetUp, match="it is unchanged"):
        await open_database(Settings(data_dir=data_dir), migrations=next_version)
    again = await open_database(Settings(data_dir=data_dir))
    async with again.read() as connection:
        assert await exports.get(connection, export.id) == export
        assert await connection.scalar(text("SELECT count(*) FROM uploads")) == 0
    await again.close()


async def test_a_migration_that_would_orphan_rows_is_undone(
    database: Database, data_dir: Path, next_version: Migrations
) -> None:
    """Foreign keys are off while migrating, and are checked before it counts."""
    async with database.write() as connection:
        await exports.add(connection, an_export())
    await database.close()
    (next_version.folder / "versions" / "9001_orphans.py").write_text(
        "from alembic import op\n"
        "revision = '9001'\n"
        "down_revision = '9000'\n"
        "def upgrade():\n"
        "    op.execute('DELETE FROM exports')\n"
    )
    with pytest.raises(NotSetUp, match="it is unchanged"):
        await open_database(Settings(data_dir=data_dir), migrations=next_version)
    assert query(data_dir / FILE_NAME, "SELECT count(*) FROM exports") == [(1,)]


async def test_another_program_s_database_is_left_alone(data_dir: Path) -> None:
    """Tables of our names that we did not make are somebody else's."""
    query(write_file(data_dir / FILE_NAME), "CREATE TABLE exports (tons INTEGER)")
    with pytest.raises(NotSetUp, match="tables of another program"):
        await open_database(Settings(data_dir=data_dir))
    tables = query(data_dir / FILE_NAME, "SELECT name FROM sqlite_master")
    assert tables == [("exports",)]


# --- transactions ---------------------------------------------------------------------------


async def test_writers_wait_for_each_other(database: Database) -> None:
    """Changes that read before they write never lose one another."""

    async def add_one() -> None:
        async with database.write() as connection:
            before = await capabilities.get(connection, "test", "count") or "0"
            await asyncio.sleep(0)
            await capabilities.put(connection, "test", "count", str(int(before) + 1), NOW)

    await asyncio.gather(*(add_one() for _ in range(25)))
    async with database.read() as connection:
        assert await capabilities.get(connection, "test", "count") == "25"


async def test_an_urgent_write_goes_ahead(database: Database) -> None:
    """A lease must not run out behind a long queue of other changes."""
    order: list[str] = []
    begun = asyncio.Event()

    async def write(name: str, *, urgent: bool = False) -> None:
        async with database.write(urgent=urgent):
            order.append(name)
            begun.set()
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for name in "abcd":
            group.create_task(write(name))
        await begun.wait()
        group.create_task(write("urgent", urgent=True))
    assert order == ["a", "urgent", "b", "c", "d"]


async def test_writers_of_two_processes_wait_for_each_other(
    database: Database, data_dir: Path
) -> None:
    """The same holds for another process, which knows nothing of our queue."""
    other = await open_database(Settings(data_dir=data_dir))

    async def add_one(opened: Database) -> None:
        async with opened.write() as connection:
            before = await capabilities.get(connection, "test", "count") or "0"
            await asyncio.sleep(0)
            await capabilities.put(connection, "test", "count", str(int(before) + 1), NOW)

    await asyncio.gather(*(add_one(opened) for opened in (database, other) * 10))
    async with database.read() as connection:
        assert await capabilities.get(connection, "test", "count") == "20"
    await other.close()


async def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    """What was written before the error is gone, and the next write works."""
    export = an_export()

    async def fail() -> None:
        async with database.write() as connection:
            await exports.add(connection, export)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    async with database.write() as connection:
        assert await exports.get(connection, export.id) is None
        await exports.add(connection, export)


async def test_a_cancelled_write_leaves_nothing_behind(database: Database) -> None:
    """A task that is cancelled in the middle gives the database back at once."""
    export = an_export()
    inside = asyncio.Event()

    async def hang() -> None:
        async with database.write() as connection:
            await exports.add(connection, export)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.write() as connection:
        assert await exports.get(connection, export.id) is None


async def test_writes_cancelled_at_any_step_are_whole_or_not_there(database: Database) -> None:
    """Wherever the cancellation falls, an export is there with its part or not at all."""
    written = [an_export() for _ in range(30)]

    async def write(number: int) -> None:
        async with database.write() as connection:
            await exports.add(connection, written[number])

    for number in range(len(written)):
        task = asyncio.create_task(write(number))
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with database.write() as connection:
        for export in written:
            assert await exports.get(connection, export.id) in (None, export)
        await exports.add(connection, an_export())


async def test_cancelled_writes_never_keep_the_right_to_write(tmp_path: Path) -> None:
    """Cancelled with the results of a statement still open: the next write goes through at once."""
    opened = await open_database(Settings(data_dir=tmp_path), busy_seconds=0.2)
    try:
        async with opened.write() as connection:
            for number in range(30):
                await interactions.record(connection, f"seen {number}", NOW)

        async def write(number: int) -> None:
            while True:
                async with opened.write() as connection:
                    (await connection.execute(select(tables.interactions))).first()
                    await interactions.record(connection, f"{number} {new_export_id()}", NOW)

        random = Random(7)
        for number in range(60):
            task = asyncio.create_task(write(number))
            await asyncio.sleep(random.random() * 0.012)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            async with opened.write() as connection:
                await interactions.record(connection, f"after {number}", NOW)
    finally:
        await opened.close()


async def test_a_reader_sees_one_state(database: Database) -> None:
    """A read goes on seeing what it saw first, while others write."""
    draft = a_draft()
    async with database.read() as connection:
        assert await drafts.get(connection, draft.id) is None
        async with database.write() as writing:
            await drafts.put(writing, draft)
        assert await drafts.get(connection, draft.id) is None
    async with database.read() as connection:
        assert await drafts.get(connection, draft.id) == draft


async def test_a_reader_cannot_write(database: Database) -> None:
    """A write in the wrong kind of transaction fails instead of being lost."""
    with pytest.raises(NotSetUp, match="cannot be written"):
        async with database.read() as connection:
            await exports.add(connection, an_export())


async def test_a_write_within_a_write_is_refused(database: Database) -> None:
    """It would wait for itself for ever, so it is an error at once."""
    async with database.write():
        with pytest.raises(RuntimeError, match="within a write"):
            async with database.write():
                pass
    async with database.write() as connection:
        await exports.add(connection, an_export())


# --- faults ---------------------------------------------------------------------------------


async def test_a_locked_database_is_said_plainly(data_dir: Path) -> None:
    """A writer that never lets go ends our wait with a sentence, not with a traceback."""
    database = await open_database(Settings(data_dir=data_dir), busy_seconds=0.05)
    holder = sqlite3.connect(data_dir / FILE_NAME, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotSetUp, match="held by another program"):
        async with database.write() as connection:
            await exports.add(connection, an_export())
    holder.execute("ROLLBACK")
    holder.close()
    async with database.write() as connection:
        await exports.add(connection, an_export())
    await database.close()


def test_a_refined_code_has_its_primary_meaning(tmp_path: Path) -> None:
    """SQLite tells a dozen kinds of "locked" apart; for a person they are one."""
    path = tmp_path / "wal.db"
    query(path, "PRAGMA journal_mode = WAL")
    query(path, "CREATE TABLE numbers (n)")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM numbers").fetchall()
    query(path, "CREATE TABLE others (n)")
    with pytest.raises(NotSetUp, match="held by another program") as caught, faults.told():
        reader.execute("INSERT INTO numbers VALUES (1)")
    reader.close()
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert caught.value.__cause__.sqlite_errorcode == sqlite3.SQLITE_BUSY_SNAPSHOT


async def test_a_full_disk_is_said_plainly(database: Database) -> None:
    """Nothing is half written, and what is stored can still be read."""
    export = an_export()
    async with database.write() as connection:
        await exports.add(connection, export)
        pages = await connection.scalar(text("PRAGMA page_count"))
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(DiskFull, match="not enough room on the disk for the database"):
        async with database.write() as connection:
            await drafts.put(connection, a_draft(link_text="x" * 1_000_000))
    async with database.read() as connection:
        assert await exports.get(connection, export.id) == export


@pytest.mark.parametrize(
    "content", [b"this is no database" * 500, b"SQLite format 3\0" + b"x" * 5_000]
)
async def test_a_damaged_file_is_said_plainly(data_dir: Path, content: bytes) -> None:
    """A file that is no database is named as such, and stays as it is."""
    write_file(data_dir / FILE_NAME, content)
    with pytest.raises(NotSetUp, match="damaged, or is not a database"):
        await open_database(Settings(data_dir=data_dir))
    assert (data_dir / FILE_NAME).read_bytes() == content


async def test_damage_in_the_middle_is_found_by_the_check(
    database: Database, data_dir: Path
) -> None:
    """`check` finds what a start does not see."""
    await database.check()
    async with database.write() as connection:
        for _ in range(50):
            await exports.add(connection, an_export())
    await database.close()
    path = data_dir / FILE_NAME
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = os.urandom(len(content) - 4096 * 2)
    path.write_bytes(content)
    with pytest.raises(NotSetUp, match="damaged, or is not a database"):
        await (await _opened_anyway(data_dir)).check()


async def _opened_anyway(data_dir: Path) -> Database:
    database = await open_database(Settings(data_dir=data_dir))
    await database.close()  # connections open again when they are needed
    return database


async def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    """The sentence names the setting, the folder and the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(NotSetUp, match=r"DATA_DIR \(.*file/data\) cannot be made: Not a directory"):
        await open_database(Settings(data_dir=tmp_path / "file" / "data"))
    (tmp_path / "data" / FILE_NAME).mkdir(parents=True)
    with pytest.raises(NotSetUp, match="cannot be opened for writing: Is a directory"):
        await open_database(Settings(data_dir=tmp_path / "data"))


@pytest.mark.skipif(find_spec("asyncpg") is not None, reason="the driver is installed here")
async def test_a_missing_driver_is_said_plainly(tmp_path: Path) -> None:
    """PostgreSQL needs a package that is not installed by default."""
    settings = Settings(data_dir=tmp_path, database_url="postgresql://bot:secret@127.0.0.1:1/bot")
    with pytest.raises(NotSetUp, match="would need the Python package asyncpg"):
        await open_database(settings)


async def test_our_own_mistakes_are_not_explained_away(database: Database) -> None:
    """A broken rule of the tables stays an error of the program, with its own class."""
    export = an_export()
    async with database.write() as connection:
        await exports.add(connection, export)
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await exports.add(connection, export)
