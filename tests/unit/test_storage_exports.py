"""What storage promises about exports: who may write, what is found, what is swept."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from storage_examples import (
    A_FAILURE,
    A_FILE,
    HOUR,
    MINUTE,
    NOW,
    a_delivery,
    a_part,
    a_specification,
    an_export,
)

from bot.model.errors import Stale
from bot.model.export import Export, State
from bot.model.project import Project
from bot.model.specification import Column, up_to
from storage import deliveries, exports, tables
from storage.database import Database

UNTIL = NOW + MINUTE


async def test_only_the_owner_writes_a_part(database: Database) -> None:
    """A process that does not own the export gets Stale, and nothing of its write stays."""
    export = an_export()
    changed = replace(export.parts[0], state=State.PROCESSING, job_id="7")
    async with database.write() as connection:
        await exports.add(connection, export, owner="first", lease_until=UNTIL)
    with pytest.raises(Stale):
        async with database.write() as connection:
            await exports.save_part(connection, changed, owner="second", finished_at=None)
    async with database.read() as connection:
        assert await exports.get(connection, export.id) == export


async def test_a_write_after_the_end_of_the_lease_counts_until_another_takes_over(
    database: Database,
) -> None:
    """Losing the lease means that another owns the export, not that a clock ran out."""
    export = an_export()
    creating = replace(export.parts[0], state=State.CREATING)
    async with database.write() as connection:
        await exports.add(connection, export, owner="slow", lease_until=UNTIL)
        await exports.save_part(connection, creating, owner="slow", finished_at=None)
        taken = await exports.claim(
            connection, owner="new", now=UNTIL, lease_until=UNTIL + MINUTE, dead=()
        )
        assert taken == (exports.Claimed(export.id, "slow"),)
        with pytest.raises(Stale):
            await exports.save_part(connection, creating, owner="slow", finished_at=None)


async def test_an_old_copy_is_not_written(database: Database) -> None:
    """Who read a part before somebody else moved it gets Stale instead of moving it back."""
    export = an_export(State.PROCESSING)
    downloading = replace(export.parts[0], state=State.DOWNLOADING)
    cancelled = replace(export.parts[0], state=State.CANCELLED)
    async with database.write() as connection:
        await exports.add(connection, export, owner="me", lease_until=UNTIL)
        await exports.save_part(
            connection, downloading, owner="me", finished_at=None, was=State.PROCESSING
        )
        with pytest.raises(Stale):
            await exports.save_part(
                connection, cancelled, owner="me", finished_at=NOW, was=State.PROCESSING
            )
        assert await exports.get(connection, export.id) == replace(export, parts=(downloading,))


async def test_an_unknown_export_or_part_is_never_written(database: Database) -> None:
    """A part is written where it was added, or not at all."""
    export = an_export()
    async with database.write() as connection:
        await exports.add(connection, export, owner="me", lease_until=UNTIL)
        with pytest.raises(Stale):
            await exports.save_part(connection, a_part("nothing"), owner="me", finished_at=None)
        with pytest.raises(LookupError):
            await exports.save_part(connection, a_part(export.id, 2), owner="me", finished_at=None)


async def test_an_id_is_added_once(database: Database) -> None:
    """Two exports never share an id."""
    export = an_export()
    async with database.write() as connection:
        await exports.add(connection, export)
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await exports.add(connection, export)


async def test_an_owner_needs_a_lease(database: Database) -> None:
    """A row that a dead process would own for ever cannot be made."""
    export = an_export()
    async with database.write() as connection:
        with pytest.raises(ValueError, match="lease"):
            await exports.add(connection, export, owner="me")
        await exports.add(connection, export)
        with pytest.raises(ValueError, match="lease"):
            await deliveries.add(connection, a_delivery(export.id), lease_until=UNTIL)


async def test_the_export_ends_with_its_last_part(database: Database) -> None:
    """State and end follow from the parts; the end gives the lease up, a retry takes it again."""
    export = an_export(State.PROCESSING, State.PROCESSING)
    one, two = export.parts
    failed = replace(one, state=State.FAILED)
    ready = replace(two, state=State.READY, file=A_FILE)
    async with database.write() as connection:
        await exports.add(connection, export, owner="me", lease_until=UNTIL)

        await exports.save_part(connection, failed, owner="me", finished_at=NOW)
        half = await exports.get(connection, export.id)
        assert half is not None
        assert (half.state, half.finished_at) == (State.FAILED, None)
        assert await exports.unfinished(connection, owner="me") == (half,)

        await exports.save_part(connection, ready, owner="me", finished_at=NOW + HOUR)
        ended = await exports.get(connection, export.id)
        assert ended is not None
        assert (ended.state, ended.finished_at) == (State.FAILED, NOW + HOUR)
        assert await exports.owners(connection) == frozenset()
        with pytest.raises(Stale):
            await exports.save_part(connection, one, owner="me", finished_at=None)

        assert await exports.take(connection, export.id, owner="other", now=NOW, lease_until=UNTIL)
        await exports.save_part(connection, one, owner="other", finished_at=None)
        again = await exports.get(connection, export.id)
        assert again is not None
        assert (again.state, again.finished_at) == (State.PROCESSING, None)
        assert await exports.unfinished(connection, owner="other") == (again,)


async def test_the_end_has_a_time_even_when_none_is_given(database: Database) -> None:
    """An export whose parts have all ended is never left without an end."""
    export = an_export(State.PROCESSING)
    cancelled = replace(export.parts[0], state=State.CANCELLED, entered_at=NOW + HOUR)
    async with database.write() as connection:
        await exports.add(connection, export, owner="me", lease_until=UNTIL)
        await exports.save_part(connection, cancelled, owner="me", finished_at=None)
        found = await exports.get(connection, export.id)
    assert found is not None
    assert found.finished_at == NOW + HOUR


@pytest.mark.parametrize(
    ("states", "joined"),
    [
        ([State.REQUESTED], True),
        ([State.CREATING], True),
        ([State.UNCLEAR], True),
        ([State.PROCESSING], True),
        ([State.DOWNLOADING], True),
        ([State.READY, State.PROCESSING], True),
        ([State.READY], False),
        ([State.FAILED], False),
        ([State.CANCELLED], False),
        ([State.FAILED, State.PROCESSING], False),
        ([State.CANCELLED, State.PROCESSING], False),
    ],
)
async def test_who_can_be_joined(database: Database, states: list[State], *, joined: bool) -> None:
    """A running export is joined; one that ended, or is bound to fail, is not."""
    export = an_export(*states)
    async with database.write() as connection:
        await exports.add(connection, export)
        found = await exports.find_running(connection, export.specification.key, True)
    assert found == (export if joined else None)


@pytest.mark.parametrize(
    ("states", "reused"),
    [
        ([State.READY], True),
        ([State.READY, State.READY], True),
        ([State.READY, State.DOWNLOADING], False),
        ([State.FAILED], False),
        ([State.CANCELLED], False),
        ([State.READY, State.FAILED], False),
    ],
)
async def test_who_can_be_reused(database: Database, states: list[State], *, reused: bool) -> None:
    """Only an export that is whole on the disk is offered again."""
    export = an_export(*states)
    async with database.write() as connection:
        await exports.add(connection, export)
        found = await exports.find_ready(connection, export.specification.key, True)
    assert found == (export if reused else None)


async def test_the_newest_of_the_same_key_and_guard_is_found(database: Database) -> None:
    """Another guard is another file, another specification another key; the newest counts."""
    old = an_export(State.READY)
    new = an_export(State.READY, requested_at=NOW + HOUR)
    raw = an_export(State.READY, requested_at=NOW + 2 * HOUR, guard=False)
    other = an_export(
        State.READY, requested_at=NOW + 3 * HOUR, specification=a_specification(rows=up_to(3))
    )
    key = old.specification.key
    async with database.write() as connection:
        for export in (new, old, raw, other):
            await exports.add(connection, export)
        assert await exports.find_ready(connection, key, True) == new
        assert await exports.find_ready(connection, key, False) == raw
        assert await exports.find_running(connection, key, True) is None


async def test_the_newest_running_of_the_same_key_and_guard_is_joined(database: Database) -> None:
    """Another guard makes another file, so it is not joined."""
    old, new = an_export(), an_export(requested_at=NOW + HOUR)
    raw = an_export(requested_at=NOW + 2 * HOUR, guard=False)
    key = old.specification.key
    async with database.write() as connection:
        for export in (new, old, raw):
            await exports.add(connection, export)
        assert await exports.find_running(connection, key, True) == new
        assert await exports.find_running(connection, key, False) == raw
        assert await exports.find_running(connection, "another", True) is None


def with_jobs(export: Export) -> Export:
    """The same export, each part with a job at Botify."""
    parts = (replace(part, job_id=f"{export.id}-{part.number}") for part in export.parts)
    return replace(export, parts=tuple(parts))


@pytest.mark.parametrize(
    ("export", "found"),
    [
        pytest.param(with_jobs(an_export(State.READY)), True, id="ready"),
        pytest.param(with_jobs(an_export(State.READY, guard=False)), True, id="another guard"),
        pytest.param(with_jobs(an_export(State.FAILED)), True, id="only our side failed"),
        pytest.param(with_jobs(an_export(State.READY, State.FAILED)), True, id="one part failed"),
        pytest.param(an_export(State.READY), False, id="no job"),
        pytest.param(with_jobs(an_export(State.CANCELLED)), False, id="cancelled"),
        pytest.param(with_jobs(an_export(State.PROCESSING)), False, id="running"),
        pytest.param(with_jobs(an_export(State.READY, finished_at=NOW - HOUR)), False, id="old"),
    ],
)
async def test_what_was_paid_already(database: Database, export: Export, *, found: bool) -> None:
    """The jobs of an ended export can be used again while Botify still has their files."""
    key = export.specification.key
    async with database.write() as connection:
        await exports.add(connection, export)
        await exports.forget_file(connection, export.id)
        paid = await exports.find_paid(connection, key, NOW, spent=("export_failed",))
        assert (paid is not None) == found
        assert paid is None or paid.id == export.id
        assert await exports.find_paid(connection, "another", NOW, spent=()) is None


async def test_a_spent_job_is_not_used_again(database: Database) -> None:
    """A failure that says that the job gives no file rules its export out; an older one counts."""
    good = with_jobs(an_export(State.READY))
    spent = with_jobs(an_export(State.FAILED, requested_at=NOW + MINUTE))
    key = good.specification.key
    code = A_FAILURE.code
    async with database.write() as connection:
        await exports.add(connection, good)
        await exports.add(connection, spent)
        assert await exports.find_paid(connection, key, NOW, spent=()) == spent
        assert await exports.find_paid(connection, key, NOW, spent=(code,)) == good


async def test_the_files_that_are_known(database: Database) -> None:
    """What is on the disk for somebody is named, what was forgotten is not."""
    kept, forgotten = an_export(State.READY), an_export(State.READY)
    other = replace(A_FILE, path=Path("/data/other.csv"))
    forgotten = replace(forgotten, parts=(replace(forgotten.parts[0], file=other),))
    async with database.write() as connection:
        await exports.add(connection, kept)
        await exports.add(connection, forgotten)
        assert await exports.files(connection) == {A_FILE.path, other.path}
        await exports.forget_file(connection, forgotten.id)
        assert await exports.files(connection) == {A_FILE.path}


async def test_due_are_own_open_parts_whose_time_has_come(database: Database) -> None:
    """A tick is given the owner's exports with work to do now, whole, oldest first."""
    later = an_export(State.PROCESSING, State.PROCESSING, requested_at=NOW + MINUTE)
    parts = (replace(later.parts[0], due_at=NOW + HOUR), later.parts[1])
    later = replace(later, parts=parts)
    now = an_export()
    waiting = an_export()
    waiting = replace(waiting, parts=(replace(waiting.parts[0], due_at=NOW + MINUTE),))
    half = an_export(State.READY, State.PROCESSING)
    half = replace(half, parts=(half.parts[0], replace(half.parts[1], due_at=NOW + MINUTE)))
    ended = an_export(State.READY)
    foreign = an_export()
    async with database.write() as connection:
        for export in (later, now, waiting, half, ended):
            await exports.add(connection, export, owner="me", lease_until=UNTIL)
        await exports.add(connection, foreign, owner="other", lease_until=UNTIL)
    async with database.read() as connection:
        assert await exports.due(connection, owner="me", now=NOW) == (now, later)
        assert await exports.due(connection, owner="me", now=NOW, only=now.id) == (now,)
        assert await exports.due(connection, owner="me", now=NOW, only=foreign.id) == ()
        everything = await exports.unfinished(connection, owner="me")
    assert {export.id for export in everything} == {later.id, now.id, waiting.id, half.id}


async def test_a_job_that_an_export_has_is_known(database: Database) -> None:
    """A job that is ours already is never adopted a second time; accounts do not share jobs."""
    export = an_export(State.PROCESSING)
    export = replace(export, parts=(replace(export.parts[0], job_id="7"),))
    async with database.write() as connection:
        await exports.add(connection, export)
        assert await exports.known_jobs(connection, ["8", "7"], "jane.doe") == {"7"}
        assert await exports.known_jobs(connection, ["8", "7"], "john.doe") == frozenset()
        assert await exports.known_jobs(connection, [], "jane.doe") == frozenset()


async def test_what_is_in_work_is_an_export_or_a_delivery_with_something_to_do(
    database: Database,
) -> None:
    """Live figures are kept for these, and for no others."""
    running, ended, delivering = an_export(), an_export(State.READY), an_export(State.READY)
    async with database.write() as connection:
        for export in (running, ended, delivering):
            await exports.add(connection, export)
        await deliveries.add(connection, a_delivery(delivering.id))
        await deliveries.add(connection, a_delivery(ended.id, settled=True))
        assert await exports.in_work(connection) == {running.id, delivering.id}


async def test_an_unclear_part_is_never_due_by_itself(database: Database) -> None:
    """It waits for a person, so a tick does not look at it."""
    async with database.write() as connection:
        await exports.add(connection, an_export(State.UNCLEAR), owner="me", lease_until=UNTIL)
        assert await exports.due(connection, owner="me", now=NOW) == ()


async def test_a_person_s_word_takes_an_export_from_whoever_has_it(database: Database) -> None:
    """The process that had it finds out at its next write."""
    export = an_export(State.PROCESSING)
    async with database.write() as connection:
        await exports.add(connection, export, owner="other", lease_until=UNTIL)
        await exports.seize(connection, export.id, "me", UNTIL)
        with pytest.raises(Stale):
            await exports.save_part(connection, export.parts[0], owner="other", finished_at=None)
        await exports.save_part(connection, export.parts[0], owner="me", finished_at=None)


async def test_running_jobs_are_counted_per_account_and_project(database: Database) -> None:
    """Only what may have a job at Botify counts, and only for its own project."""
    elsewhere = a_specification(project=Project("acme-org", "other.com"))
    async with database.write() as connection:
        await exports.add(connection, an_export(State.CREATING, State.PROCESSING, State.REQUESTED))
        await exports.add(connection, an_export(State.FAILED, State.PROCESSING))
        await exports.add(connection, an_export(State.UNCLEAR))
        await exports.add(connection, an_export(State.DOWNLOADING))
        await exports.add(connection, an_export(State.READY))
        await exports.add(connection, an_export(State.PROCESSING, specification=elsewhere))
        count = await exports.running_jobs(connection, "jane.doe", "acme-org", "acme.com")
        assert count == 3
        assert await exports.running_jobs(connection, "jane.doe", "acme-org", "nothing") == 0


async def test_how_long_botify_took(database: Database) -> None:
    """Seconds go from the intent to the moment when the job was first seen done."""
    export = an_export(specification=a_specification(columns=(Column("url", "string"),)))
    intended = replace(export.parts[0], state=State.CREATING, intent_at=NOW, rows_expected=900)
    story = [
        intended,
        replace(intended, state=State.PROCESSING, entered_at=NOW + MINUTE),
        replace(intended, state=State.DOWNLOADING, entered_at=NOW + 2 * MINUTE),
        replace(intended, state=State.DOWNLOADING, entered_at=NOW + 3 * MINUTE),  # a broken file
        replace(intended, state=State.READY, entered_at=NOW + 4 * MINUTE, file=A_FILE),
    ]
    adopted = an_export(State.READY)  # it used a job of another export
    async with database.write() as connection:
        await exports.add(connection, adopted)
        await exports.add(connection, export, owner="me", lease_until=UNTIL)
        for part in story[:2]:
            await exports.save_part(connection, part, owner="me", finished_at=None)
        assert await exports.processing_seconds(connection, account="jane.doe") == ()
        for part in story[2:]:
            await exports.save_part(connection, part, owner="me", finished_at=None)
        found = await exports.processing_seconds(connection, account="jane.doe")
        assert found == ((A_FILE.rows, 120.0),)
        assert await exports.processing_seconds(connection, account="john.doe") == ()


async def test_a_new_job_is_timed_anew(database: Database) -> None:
    """After a retry with a new job the old job's end does not count."""
    export = an_export()
    part = replace(export.parts[0], intent_at=NOW, rows_expected=900)
    again = NOW + HOUR
    story = [
        replace(part, state=State.DOWNLOADING, entered_at=NOW + MINUTE),
        replace(part, state=State.CREATING, intent_at=again, entered_at=again),
        replace(part, state=State.DOWNLOADING, intent_at=again, entered_at=again + MINUTE),
    ]
    async with database.write() as connection:
        await exports.add(connection, export, owner="me", lease_until=UNTIL)
        for step in story:
            await exports.save_part(connection, step, owner="me", finished_at=None)
        assert await exports.processing_seconds(connection, account="jane.doe") == ((900, 60.0),)


async def test_a_job_that_is_used_again_is_timed_once(database: Database) -> None:
    """Fetching the file of a finished job again says nothing about how long Botify takes."""
    async with database.write() as connection:
        for minutes in (5, 60):
            export = an_export()
            part = replace(export.parts[0], job_id="7", rows_expected=900, intent_at=NOW)
            done = replace(part, state=State.DOWNLOADING, entered_at=NOW + minutes * MINUTE)
            await exports.add(connection, export, owner="me", lease_until=UNTIL)
            await exports.save_part(connection, done, owner="me", finished_at=None)
        assert await exports.processing_seconds(connection, account="jane.doe") == ((900, 300.0),)


async def test_only_the_newest_jobs_are_timed(database: Database) -> None:
    """The statistics stay small however many exports there were."""
    async with database.write() as connection:
        for number in range(3):
            export = an_export()
            part = replace(
                export.parts[0],
                state=State.DOWNLOADING,
                rows_expected=number,
                intent_at=NOW,
                entered_at=NOW + number * MINUTE,
            )
            await exports.add(connection, export, owner="me", lease_until=UNTIL)
            await exports.save_part(connection, part, owner="me", finished_at=None)
        found = await exports.processing_seconds(connection, account="jane.doe", limit=2)
    assert found == ((2, 120.0), (1, 60.0))


async def test_the_sweep_sees_what_nobody_needs(database: Database) -> None:
    """Old files are swept; a file that is still being delivered, or is young, is not."""
    old = an_export(State.READY, State.READY)
    young = an_export(State.READY, finished_at=NOW + HOUR)
    needed = an_export(State.READY)
    without_file = an_export(State.FAILED)
    running = an_export(State.READY, State.PROCESSING)
    async with database.write() as connection:
        for export in (old, young, needed, without_file, running):
            await exports.add(connection, export)
        await deliveries.add(connection, a_delivery(old.id, settled=True))
        await deliveries.add(connection, a_delivery(needed.id))
        assert await exports.finished_before(connection, NOW + MINUTE) == (
            (old.id, 2 * A_FILE.bytes),
        )


async def test_a_forgotten_file_is_offered_to_nobody(database: Database) -> None:
    """Forgetting names the paths to remove, once; the export stays, without its files."""
    export = an_export(State.READY, State.READY)
    async with database.write() as connection:
        await exports.add(connection, export)
        assert await exports.forget_file(connection, export.id) == (A_FILE.path, A_FILE.path)
        assert await exports.forget_file(connection, export.id) == ()
        assert await exports.find_ready(connection, export.specification.key, True) is None
        assert await exports.finished_before(connection, NOW + HOUR) == ()
        found = await exports.get(connection, export.id)
        figure = await connection.scalar(text("SELECT sum(file_rows) FROM parts"))
    assert found is not None
    assert found.state is State.READY
    assert [part.file for part in found.parts] == [None, None]
    assert figure == 2 * A_FILE.rows


@pytest.mark.parametrize("states", [[State.READY, State.PROCESSING], [State.READY]])
async def test_a_file_that_is_needed_is_not_forgotten(
    database: Database, states: list[State]
) -> None:
    """A delivery that came between looking and forgetting keeps its file."""
    export = an_export(*states)
    async with database.write() as connection:
        await exports.add(connection, export)
        await deliveries.add(connection, a_delivery(export.id))
        assert await exports.forget_file(connection, export.id) == ()
        assert await exports.get(connection, export.id) == export


async def test_the_parts_of_the_specification_stand_in_clear(database: Database) -> None:
    """A person with a database browser can read what was asked for, beside its key."""
    asked = a_specification(filter={"field": "depth", "predicate": "gte", "value": 2})
    export = an_export(specification=replace(asked, rows=up_to(4)))
    async with database.write() as connection:
        await exports.add(connection, export)
        row = (await connection.execute(text("SELECT * FROM exports"))).mappings().one()
    assert row["key"] == export.specification.key
    assert (row["account"], row["organisation"]) == ("jane.doe", "acme-org")
    assert (row["project"], row["analysis"]) == ("acme.com", "20260301")
    assert (
        row["fields"]
        == '[{"field": "url", "type": "string"}, {"field": "depth", "type": "integer"}]'
    )
    assert row["filter"] == '{"field": "depth", "predicate": "gte", "value": 2}'
    assert (row["depth_first"], row["depth_last"], row["without_depth"]) == (None, 4, 0)


async def test_the_price_stands_in_the_database(database: Database) -> None:
    """Whoever answers for the credits finds rows, credits and reason of each export in its row."""
    export = replace(an_export(State.REQUESTED), rows_expected=48_211, reason="Migration check")
    async with database.write() as connection:
        await exports.add(connection, export)
    table = tables.exports
    asked = select(table.c.rows_expected, table.c.credits_expected, table.c.reason)
    async with database.read() as connection:
        (row,) = await connection.execute(asked)
    assert tuple(row) == (48_211, 48_211, "Migration check")
