"""How long a row is, learnt from finished files."""

from dataclasses import replace

import pytest
from storage_examples import A_FILE, MINUTE, NOW, a_specification, an_export

from bot.model.export import Export, State, StoredFile
from bot.model.project import Project
from bot.model.specification import Column
from storage import exports, sizes
from storage.database import Database

ACME = Project("acme-org", "acme.com")
FIELDS = ("url", "depth")


async def finish(database: Database, export: Export, *files: StoredFile) -> None:
    """Let each part of an export go the way to its file."""
    async with database.write() as connection:
        await exports.add(connection, export, owner="me", lease_until=NOW + MINUTE)
        for part, file in zip(export.parts, files, strict=True):
            loading = replace(part, state=State.DOWNLOADING)
            for each in (loading, replace(loading, state=State.READY, file=file)):
                await exports.save_part(connection, each, owner="me", finished_at=None)


async def learnt(database: Database, *fields: str, project: Project = ACME) -> float | None:
    async with database.read() as connection:
        return await sizes.bytes_per_row(connection, project, fields)


def a_file(size: int, rows: int) -> StoredFile:
    return replace(A_FILE, bytes=size, rows=rows)


async def test_nothing_is_learnt_from_nothing(database: Database) -> None:
    """No export, one that is not finished, one without rows."""
    assert await learnt(database, *FIELDS) is None
    async with database.write() as connection:
        await exports.add(connection, an_export())
    assert await learnt(database, *FIELDS) is None
    await finish(database, an_export(), a_file(20, 0))
    assert await learnt(database, *FIELDS) is None


async def test_the_same_fields_of_the_project_tell_the_length(database: Database) -> None:
    """Over all files, parts included; other fields, another order and other projects do not."""
    await finish(database, an_export(), a_file(1_000, 10))
    await finish(
        database, an_export(State.REQUESTED, State.REQUESTED), a_file(500, 10), a_file(900, 20)
    )
    assert await learnt(database, *FIELDS) == pytest.approx(2_400 / 40)
    assert await learnt(database, "depth", "url") is None
    assert await learnt(database, "url") is None
    assert await learnt(database, *FIELDS, project=Project("acme-org", "other.com")) is None
    spec = a_specification(columns=(Column("url", "string"),), analysis="20260201")
    await finish(database, an_export(specification=spec), a_file(50, 10))
    assert await learnt(database, "url") == 5
    assert await learnt(database, *FIELDS) == pytest.approx(60)


async def test_a_file_that_was_removed_still_tells_the_length(database: Database) -> None:
    """Its figures stay in the database."""
    export = an_export()
    await finish(database, export, a_file(700, 10))
    async with database.write() as connection:
        assert await exports.forget_file(connection, export.id)
    assert await learnt(database, *FIELDS) == 70
