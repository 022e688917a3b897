"""A tick stays quick however long the past is: every query goes through an index."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from databases import lay_out
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection
from storage_examples import A_FILE, HOUR, MINUTE, NOW, a_delivery, an_export

from bot.model.export import State
from bot.model.settings import Settings
from storage import deliveries, drafts, exports, interactions
from storage.database import Database, open_database
from storage.tables import METADATA

FINISHED = 10_000
UNFINISHED = 500
UNTIL = NOW + MINUTE

UNFINISHED_ONLY = ("ix_exports_unfinished", "ix_deliveries_unsettled", "ix_parts_with_file")
"""Indexes that hold no row of the past, so going through all of one is quick."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans") / "data"


@pytest.fixture
async def database(data_dir: Path) -> AsyncIterator[Database]:
    opened = await open_database(Settings(data_dir=lay_out(data_dir)))
    async with opened.write() as connection:
        if not await connection.scalar(text("SELECT count(*) FROM exports")):
            await fill(connection)
    yield opened
    await opened.close()


async def fill(connection: AsyncConnection) -> None:
    """Three years of a busy team, and a busy hour."""
    done = an_export(State.READY, id="DONE")
    file_gone = replace(done, parts=(replace(done.parts[0], file=None, job_id="1"),))
    settled = a_delivery("DONE", id="DONE", settled=True, message_ts="1.0", message_channel="C1")
    await exports.add(connection, file_gone)
    await deliveries.add(connection, settled)
    for table, key in (("exports", "id"), ("parts", "export_id"), ("deliveries", "id")):
        columns = METADATA.tables[table].columns.keys()
        taken = [
            f"{key} || n" if name == key else "'DONE' || n" if name == "export_id" else f'"{name}"'
            for name in columns
        ]
        await connection.execute(
            text(
                f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers "  # noqa: S608 - names of our own tables
                f"WHERE n < {FINISHED}) "
                f"INSERT INTO {table} SELECT {', '.join(taken)} FROM {table}, numbers"
            )
        )
    for number in range(UNFINISHED):
        export = an_export(State.PROCESSING)
        await exports.add(connection, export, owner="me", lease_until=UNTIL)
        delivery = a_delivery(export.id, message_ts=f"{number}.1", message_channel="C1")
        await deliveries.add(connection, delivery, owner="me", lease_until=UNTIL)
    kept = an_export(State.READY)
    part = replace(kept.parts[0], file=A_FILE)
    await exports.add(connection, replace(kept, parts=(part,), finished_at=NOW + HOUR))


@contextmanager
def heard(connection: AsyncConnection) -> Iterator[list[tuple[str, Any]]]:
    """The statements that reach the driver meanwhile."""
    statements: list[tuple[str, Any]] = []

    def hear(*arguments: Any) -> None:
        statements.append((arguments[2], arguments[3]))

    event.listen(connection.sync_connection, "before_cursor_execute", hear)
    yield statements
    event.remove(connection.sync_connection, "before_cursor_execute", hear)


KEY = an_export().specification.key
CALLS: dict[str, Callable[[AsyncConnection], Awaitable[object]]] = {
    "due": lambda c: exports.due(c, owner="me", now=NOW),
    "due, only one": lambda c: exports.due(c, owner="me", now=NOW, only="DONE7"),
    "unfinished": lambda c: exports.unfinished(c, owner="me"),
    "owners": exports.owners,
    "claim": lambda c: exports.claim(c, owner="you", now=NOW, lease_until=UNTIL, dead=("them",)),
    "claim one": lambda c: exports.claim(
        c, owner="you", now=NOW, lease_until=UNTIL, dead=("them",), only="DONE7"
    ),
    "claim from the dead": lambda c: exports.claim(
        c, owner="you", now=NOW, lease_until=UNTIL, dead=("me",)
    ),
    "take": lambda c: exports.take(c, "DONE7", owner="you", now=NOW, lease_until=UNTIL),
    "renew": lambda c: exports.renew(c, "me", UNTIL),
    "release": lambda c: exports.release(c, "me"),
    "release one": lambda c: exports.release(c, "me", "DONE7"),
    "get": lambda c: exports.get(c, "DONE7"),
    "of_key": lambda c: exports.of_key(c, "none"),
    "find_running": lambda c: exports.find_running(c, KEY, True),
    "find_ready": lambda c: exports.find_ready(c, KEY, True),
    "find_paid": lambda c: exports.find_paid(c, KEY, NOW + MINUTE, ()),
    "files": exports.files,
    "known_jobs": lambda c: exports.known_jobs(c, ["2", "3"], "jane.doe"),
    "in_work": exports.in_work,
    "seize": lambda c: exports.seize(c, "DONE7", "you", UNTIL),
    "running_jobs": lambda c: exports.running_jobs(c, "jane.doe", "acme-org", "acme.com"),
    "processing_seconds": lambda c: exports.processing_seconds(c, account="jane.doe"),
    "finished_before": lambda c: exports.finished_before(c, NOW + HOUR),
    "forget_file": lambda c: exports.forget_file(c, "DONE7"),
    "deliveries.get": lambda c: deliveries.get(c, "DONE7"),
    "deliveries.of_export": lambda c: deliveries.of_export(c, "DONE7"),
    "deliveries.by_message": lambda c: deliveries.by_message(c, "T1", "C1", "7.1"),
    "deliveries.claim": lambda c: deliveries.claim(
        c, owner="you", now=NOW, lease_until=UNTIL, dead=("me",)
    ),
    "deliveries.due": lambda c: deliveries.due(c, owner="me", now=NOW),
    "deliveries.unsettled": lambda c: deliveries.unsettled(c, owner="me"),
    "deliveries.wake": lambda c: deliveries.wake(c, "DONE7", NOW),
    "deliveries.renew": lambda c: deliveries.renew(c, "me", UNTIL),
    "deliveries.release": lambda c: deliveries.release(c, "me"),
    "drafts.sweep": lambda c: drafts.sweep(c, NOW),
    "interactions.sweep": lambda c: interactions.sweep(c, NOW),
}


class Undone(Exception):
    """Ends a transaction without keeping what it did."""


@pytest.mark.parametrize("name", CALLS)
async def test_no_query_walks_through_the_past(database: Database, name: str) -> None:
    """Each step of each query searches an index, or walks one that holds the present only."""
    plan: list[str] = []

    async def call_and_explain() -> None:
        async with database.write() as connection:
            with heard(connection) as statements:
                await CALLS[name](connection)
            for statement, parameters in statements:
                once = parameters[0] if isinstance(parameters, list) else parameters
                rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", once)
                plan.extend(row.detail for row in rows)
            raise Undone

    with pytest.raises(Undone):
        await call_and_explain()
    assert plan
    constant = ("SCAN CONSTANT ROW", "SCAN (subquery-")  # an empty list of values
    walks = [step for step in plan if step.startswith("SCAN") and not step.startswith(constant)]
    assert [step for step in walks if not any(index in step for index in UNFINISHED_ONLY)] == []


async def test_a_tick_reads_only_what_is_unfinished(database: Database) -> None:
    """Among ten thousand finished ones the five hundred that matter are found, whole."""
    async with database.read() as connection:
        due = await exports.due(connection, owner="me", now=NOW)
        waiting = await deliveries.due(connection, owner="me", now=NOW)
        total = await connection.scalar(text("SELECT count(*) FROM exports"))
    assert len(due) == len(waiting) == UNFINISHED
    assert all(len(export.parts) == 1 for export in due)
    assert total > FINISHED
