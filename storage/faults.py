"""What a database's error means for a person: one sentence and the next step."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from bot.model.errors import DiskFull, NotSetUp, ProductError

_DAMAGED = (
    NotSetUp,
    "The database file is damaged, or is not a database of this app.",
    "Put the newest backup beside it in its place, then start the app again.",
)
_NO_WRITING = (
    NotSetUp,
    "The database cannot be written.",
    "Give the app's user write access to the database and its folder.",
)
_LOCKED = (
    NotSetUp,
    "The database is held by another program.",
    "Close the program that has it open; then try again.",
)

SQLITE: dict[int, tuple[type[ProductError], str, str]] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _NO_WRITING,
    sqlite3.SQLITE_PERM: _NO_WRITING,
    sqlite3.SQLITE_AUTH: _NO_WRITING,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: (
        NotSetUp,
        "The database cannot be opened.",
        "Check the folder in DATA_DIR or DATABASE_URL, and the rights on it.",
    ),
    sqlite3.SQLITE_IOERR: (
        NotSetUp,
        "The disk under the database reports an error.",
        "Check the disk that holds DATA_DIR, then start the app again.",
    ),
    sqlite3.SQLITE_FULL: (
        DiskFull,
        "There is not enough room on the disk for the database.",
        "Free some space in DATA_DIR; then try again.",
    ),
}
"""By SQLite's primary result code (https://www.sqlite.org/rescode.html)."""


def product_error(error: BaseException) -> ProductError | None:
    """The meaning of an error of the database, or None where it is a mistake of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int):
        known = SQLITE.get(code & 0xFF)  # the upper bits refine the primary code
        if known is None:
            return None
        kind, sentence, remedy = known
        return kind(sentence, remedy=remedy)
    if isinstance(error, OperationalError | InterfaceError) and not isinstance(
        cause, sqlite3.Error
    ):
        return NotSetUp(
            "The database does not answer.",
            "Check DATABASE_URL and the database server.",
        )
    return None


def damaged() -> ProductError:
    """What a look through a damaged file ends with."""
    kind, sentence, remedy = _DAMAGED
    return kind(sentence, remedy=remedy)


@contextmanager
def told() -> Iterator[None]:
    """Turns errors of the database into product errors; mistakes of ours pass unchanged.

    Raises:
        NotSetUp: locked, not writable, damaged, not reachable.
        DiskFull: no room; nothing was written.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        known = product_error(error)
        if known is None:
            raise
        raise known from error
