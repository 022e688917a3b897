"""Two processes on one database: what one of them works on, the other leaves alone."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from databases import lay_out
from storage_examples import HOUR, MINUTE, NOW, a_delivery, an_export

from bot.model.export import Export, State
from bot.model.settings import Settings
from storage import deliveries, exports
from storage.database import Database, open_database

UNTIL = NOW + MINUTE
LATER = NOW + HOUR


@pytest.fixture
async def other(database: Database, tmp_path: Path) -> AsyncIterator[Database]:  # noqa: ARG001 - opened after the first
    opened = await open_database(Settings(data_dir=lay_out(tmp_path / "data")))
    yield opened
    await opened.close()


CLAIMER = """
import asyncio, json, sys
from datetime import datetime, timedelta
from pathlib import Path
from bot.model.settings import Settings
from storage import exports
from storage.database import open_database

async def main():
    data_dir, owner, now = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])
    database = await open_database(Settings(data_dir=data_dir))
    print("ready", flush=True)
    sys.stdin.readline()
    mine = []
    while True:
        async with database.write() as connection:
            taken = await exports.claim(
                connection, owner=owner, now=now, lease_until=now + timedelta(minutes=1),
                dead=(), limit=2,
            )
        if not taken:
            break
        mine += [one.export_id for one in taken]
    await database.close()
    print(json.dumps(mine))

asyncio.run(main())
"""


def start_claimer(data_dir: Path, owner: str) -> "subprocess.Popen[str]":
    """A process that claims until nothing is left, once it is told to begin."""
    return subprocess.Popen(
        [sys.executable, "-c", CLAIMER, str(data_dir), owner, NOW.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )


async def test_two_processes_share_the_work_without_overlap(
    database: Database, tmp_path: Path
) -> None:
    """Real processes that claim at the same time get every export once between them."""
    all_of_them = [an_export() for _ in range(40)]
    async with database.write() as connection:
        for export in all_of_them:
            await exports.add(connection, export)

    def race() -> list[list[str]]:
        with (
            start_claimer(tmp_path / "data", "one") as one,
            start_claimer(tmp_path / "data", "two") as two,
        ):
            for claimer in (one, two):
                assert claimer.stdout is not None
                assert claimer.stdout.readline() == "ready\n"
            outputs = []
            for claimer in (one, two):
                assert claimer.stdin is not None
                claimer.stdin.write("go\n")
                claimer.stdin.flush()
            for claimer in (one, two):
                output, _ = claimer.communicate()
                assert claimer.returncode == 0
                outputs.append(json.loads(output))
            return outputs

    one, two = await asyncio.to_thread(race)
    assert sorted(one + two) == sorted(export.id for export in all_of_them)
    async with database.read() as connection:
        for owner, ids in (("one", one), ("two", two)):
            held = await exports.unfinished(connection, owner=owner)
            assert sorted(export.id for export in held) == sorted(ids)


async def test_two_databases_share_deliveries_without_overlap(
    database: Database, other: Database
) -> None:
    """Claims that run side by side never return the same delivery."""
    export = an_export()
    waiting = [a_delivery(export.id) for _ in range(30)]
    async with database.write() as connection:
        await exports.add(connection, export)
        for delivery in waiting:
            await deliveries.add(connection, delivery)

    async def claim_all(opened: Database, owner: str) -> list[str]:
        mine: list[str] = []
        while True:
            async with opened.write() as connection:
                taken = await deliveries.claim(
                    connection, owner=owner, now=NOW, lease_until=UNTIL, dead=(), limit=2
                )
            if not taken:
                return mine
            mine += [one.delivery_id for one in taken]

    one, two = await asyncio.gather(claim_all(database, "one"), claim_all(other, "two"))
    assert sorted(one + two) == sorted(delivery.id for delivery in waiting)


async def add(
    database: Database, export: Export, owner: str | None, lease_until: datetime | None
) -> None:
    async with database.write() as connection:
        await exports.add(connection, export, owner=owner, lease_until=lease_until)
        await deliveries.add(
            connection,
            a_delivery(export.id, settled=export.state.ended),
            owner=owner,
            lease_until=lease_until,
        )


@pytest.mark.parametrize(
    ("state", "owner", "lease_until", "dead", "free"),
    [
        pytest.param(State.REQUESTED, None, None, (), True, id="nobody's"),
        pytest.param(State.REQUESTED, "them", LATER, (), False, id="leased"),
        pytest.param(State.REQUESTED, "them", NOW, (), True, id="lease ran out"),
        pytest.param(State.REQUESTED, "them", LATER, ("them",), True, id="owner is dead"),
        pytest.param(State.REQUESTED, "them", LATER, ("others",), False, id="others are dead"),
        pytest.param(State.REQUESTED, "me", LATER, (), False, id="mine already"),
        pytest.param(State.REQUESTED, "me", NOW, ("me",), False, id="mine, lease ran out"),
        pytest.param(State.READY, None, None, (), False, id="finished"),
    ],
)
async def test_what_can_be_claimed(
    database: Database,
    state: State,
    owner: str | None,
    lease_until: datetime | None,
    dead: tuple[str, ...],
    free: bool,
) -> None:
    """Unfinished work is claimed when nobody has it, or who had it is gone; else never."""
    export = an_export(state)
    await add(database, export, owner, lease_until)
    async with database.write() as connection:
        taken = await exports.claim(connection, owner="me", now=NOW, lease_until=UNTIL, dead=dead)
        also = await deliveries.claim(connection, owner="me", now=NOW, lease_until=UNTIL, dead=dead)
    assert taken == ((exports.Claimed(export.id, owner),) if free else ())
    assert [one.previous_owner for one in also] == ([owner] if free else [])


async def test_a_claim_can_be_for_one_and_for_few(database: Database) -> None:
    """`only` looks at one export, `limit` takes the oldest."""
    old, new = an_export(), an_export(requested_at=NOW + MINUTE)
    for export in (new, old):
        await add(database, export, None, None)
    async with database.write() as connection:
        only = await exports.claim(
            connection, owner="me", now=NOW, lease_until=UNTIL, dead=(), only=new.id
        )
        assert [one.export_id for one in only] == [new.id]
        await exports.release(connection, "me", new.id)
        few = await exports.claim(
            connection, owner="me", now=NOW, lease_until=UNTIL, dead=(), limit=1
        )
        assert [one.export_id for one in few] == [old.id]


async def test_a_renewed_lease_holds(database: Database) -> None:
    """Renewing extends what the owner has, finished and foreign work not."""
    mine, foreign = an_export(), an_export()
    await add(database, mine, "me", UNTIL)
    await add(database, foreign, "them", UNTIL)
    async with database.write() as connection:
        assert await exports.renew(connection, "me", LATER) == 1
        assert await deliveries.renew(connection, "me", LATER) == 1
        taken = await exports.claim(connection, owner="new", now=UNTIL, lease_until=LATER, dead=())
        also = await deliveries.claim(
            connection, owner="new", now=UNTIL, lease_until=LATER, dead=()
        )
    assert taken == (exports.Claimed(foreign.id, "them"),)
    assert [one.previous_owner for one in also] == ["them"]


async def test_released_work_is_free_at_once(database: Database) -> None:
    """A process that ends in order leaves nothing for the lease to wait for."""
    first, second, foreign = an_export(), an_export(), an_export()
    for export, owner in ((first, "me"), (second, "me"), (foreign, "them")):
        await add(database, export, owner, LATER)
    async with database.write() as connection:
        assert await exports.owners(connection) == {"me", "them"}
        await exports.release(connection, "me", first.id)
        assert await exports.unfinished(connection, owner="me") == (second,)
        await exports.release(connection, "me")
        await exports.release(connection, "me", foreign.id)
        assert await exports.owners(connection) == {"me", "them"}  # deliveries still name it
        await deliveries.release(connection, "me")
        assert await exports.owners(connection) == {"them"}


@pytest.mark.parametrize("state", [State.REQUESTED, State.FAILED])
async def test_taking_one(database: Database, state: State) -> None:
    """One export can be taken, ended or not, unless a living process has it."""
    export = an_export(state)
    async with database.write() as connection:
        await exports.add(connection, export, owner="them", lease_until=LATER)

        async def take(owner: str, dead: tuple[str, ...] = ()) -> bool:
            return await exports.take(
                connection, export.id, owner=owner, now=NOW, lease_until=LATER, dead=dead
            )

        assert not await take("me")
        assert await take("me", dead=("them",))
        assert await take("me")
        assert not await take("them")
        assert not await exports.take(connection, "nothing", owner="me", now=NOW, lease_until=LATER)
