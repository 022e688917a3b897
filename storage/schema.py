"""The version of the tables: which one a database has, and how it gets the newest.

A start must be quick, so nothing of Alembic is loaded while the version is the newest.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from bot.model.errors import NotSetUp
from storage.tables import METADATA


@dataclass(frozen=True, slots=True)
class Migrations:
    """A folder of migrations whose files begin with their version: `0001_tables.py`."""

    folder: Path

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions, oldest first."""
        files = (self.folder / "versions").glob("[0-9]*.py")
        return tuple(sorted(file.name.partition("_")[0] for file in files))

    @property
    def newest(self) -> str:
        """The version that this program needs."""
        return self.versions[-1]


SHIPPED = Migrations(Path(__file__).parent / "migrations")


def read_version(connection: Connection) -> str | None:
    """The version of a database; None for an empty one.

    Raises:
        NotSetUp: it has tables of our names, but no version: it belongs to something else.
    """
    there = set(inspect(connection).get_table_names())
    if "alembic_version" in there:
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version
    if there & set(METADATA.tables):
        raise NotSetUp(
            "The database holds tables of another program.",
            "Name another database in DATABASE_URL.",
        )
    return None


def check_version(version: str | None, migrations: Migrations) -> None:
    """Refuses what a newer version of the program has made.

    Raises:
        NotSetUp: the version is not one of ours.
    """
    if version is not None and version not in migrations.versions:
        raise NotSetUp(
            f"The database was made by a newer version of this app (its version is {version}, "
            f"this app knows {migrations.newest}).",
            "Install the newer version again, or put a backup in its place.",
        )


def migrate(connection: Connection, migrations: Migrations) -> None:
    """Brings the tables to the newest version, within the transaction of the connection.

    Raises:
        NotSetUp: a migration failed; after a rollback nothing has changed.
    """
    # A start without migration, which is nearly every start, does not pay for loading Alembic.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations.folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
        _check_references(connection)
    except SQLAlchemyError as error:
        raise NotSetUp(
            "The database could not be brought to the version of this app; it is unchanged.",
            "Start the version used before, and report the log.",
        ) from error


def _check_references(connection: Connection) -> None:
    """Foreign keys are off while migrating in SQLite, so they are checked at the end."""
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise NotSetUp(
            "The database would have lost the connection between its tables; it is unchanged.",
            "Start the version used before, and report the log.",
        )
