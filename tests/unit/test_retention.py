"""What is removed when the disk gets full: the oldest delivered files, and only if that helps."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import lay_out
from pydantic import SecretStr
from storage_examples import A_FILE, a_delivery, an_export

from bot.app import assembled
from bot.exports.context import Context
from bot.exports.retention import make_room, oldest_of, sweep
from bot.files.room import free_bytes
from bot.model.delivery import DeliveryState
from bot.model.export import Export, State
from bot.model.settings import Settings
from storage import deliveries, exports

NOW = datetime.now(UTC)
HUGE = 10**15


def of_size(size: int, path: Path = A_FILE.path) -> Export:
    """A finished export with a file of that many bytes."""
    export = an_export(State.READY)
    (part,) = export.parts
    file = replace(A_FILE, bytes=size, path=path)
    return replace(export, parts=(replace(part, file=file),))


@pytest.mark.parametrize(
    ("missing", "chosen"),
    [(-5, 0), (0, 0), (1, 1), (10, 1), (11, 2), (60, 3), (61, 3)],
)
def test_the_oldest_go_first_and_no_more_than_needed(missing: int, chosen: int) -> None:
    """Files are given up only as far as the room is needed."""
    some = (("A", 10), ("B", 20), ("C", 30))
    assert oldest_of(some, missing) == some[:chosen]


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[Context]:
    settings = Settings(data_dir=lay_out(tmp_path / "data"), botify_api_token=SecretStr("token"))
    async with assembled(settings, with_slack=False) as assembled_context:
        yield assembled_context


async def stored(
    context: Context, age: timedelta, *, settled: bool = True, size: int = HUGE
) -> Export:
    """An export that finished so long ago, its file on the disk said to be huge."""
    path = context.settings.data_dir / "exports" / f"{age.total_seconds():g}-{settled}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    export = replace(of_size(size, path), requested_at=NOW - age, finished_at=NOW - age)
    delivery = a_delivery(export.id, state=DeliveryState.DELIVERED, settled=settled)
    async with context.database.write() as connection:
        await exports.add(connection, export)
        await deliveries.add(connection, delivery)
    return export


async def files_of(context: Context, *some: Export) -> list[bool]:
    """Whether each still has its file: for the database and on the disk alike."""
    found = []
    async with context.database.read() as connection:
        for export in some:
            (part,) = export.parts
            kept = await exports.get(connection, export.id)
            assert kept is not None
            assert part.file is not None
            known = kept.parts[0].file is not None
            assert known == part.file.path.exists()
            found.append(known)
    return found


async def test_room_is_made_by_the_oldest_delivered_file(context: Context) -> None:
    """What is still needed, just finished, or not in the way stays."""
    day = timedelta(days=1)
    waiting = await stored(context, 3 * day, settled=False)
    oldest = await stored(context, 2 * day)
    younger = await stored(context, day)
    fresh = await stored(context, timedelta(minutes=1))
    assert await make_room(context, free_bytes(context.settings.data_dir) + 10**9)
    assert await files_of(context, waiting, oldest, younger, fresh) == [True, False, True, True]


async def test_nothing_is_given_up_where_it_would_not_help(context: Context) -> None:
    """Where all files together would not make enough room, or there is enough, none goes."""
    old = await stored(context, timedelta(days=1))
    assert not await make_room(context, 100 * HUGE)
    assert not await make_room(context, 0)
    assert await files_of(context, old) == [True]


async def test_the_sweep_removes_what_is_older_than_the_retention(context: Context) -> None:
    """After RETENTION_DAYS a file goes from the offers and from the disk."""
    old = await stored(context, timedelta(days=31))
    await sweep(context)
    assert await files_of(context, old) == [False]


async def test_the_sweep_knows_whose_files_lie_there(context: Context) -> None:
    """What the database knows stays, however long ago it was written; what nobody knows goes."""
    known = await stored(context, timedelta(days=1))
    (part,) = known.parts
    assert part.file is not None
    folder = part.file.path.parent
    orphans = [folder / "nobody.csv", folder / ".x.csv.0a1b2c3d.partial"]
    fresh = folder / ".y.csv.0a1b2c3d.partial"
    for path in (*orphans, fresh):
        path.write_bytes(b"x")
    hours_ago = (NOW - timedelta(hours=2)).timestamp()
    for path in (part.file.path, *orphans):
        os.utime(path, (hours_ago, hours_ago))
    await sweep(context)
    assert await files_of(context, known) == [True]
    assert not any(path.exists() for path in orphans)
    assert fresh.exists(), "it may be coming in right now"


@pytest.mark.parametrize(
    ("missing", "left"),
    [(0, [True, True, True]), (1, [False, True, True]), (11, [False, False, True])],
)
async def test_the_sweep_keeps_the_quota(context: Context, missing: int, left: list[bool]) -> None:
    """Where the disk gets full delivered files go before their time, oldest first."""
    oldest = await stored(context, timedelta(days=2), size=10)
    younger = await stored(context, timedelta(days=1), size=10)
    fresh = await stored(context, timedelta(minutes=1), size=10)
    await sweep(context, missing_for_quota=lambda _: missing)
    assert await files_of(context, oldest, younger, fresh) == left
