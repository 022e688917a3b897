"""What storage promises about drafts, interactions and capabilities."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError
from storage_examples import HOUR, MINUTE, NOW, a_draft

from storage import capabilities, drafts, interactions
from storage.database import Database


async def test_an_answer_for_an_older_revision_is_dropped(database: Database) -> None:
    """Of two answers that were worked out from the same revision only the first is stored."""
    draft = a_draft()
    first = replace(draft, revision=1, link_text="first")
    late = replace(draft, revision=1, link_text="late")
    async with database.write() as connection:
        await drafts.put(connection, draft)
        assert await drafts.replace(connection, first, revision=0)
        assert not await drafts.replace(connection, late, revision=0)
        assert await drafts.get(connection, draft.id) == first


async def test_side_by_side_one_change_wins(database: Database) -> None:
    """However the answers arrive, each revision follows from the one before."""
    draft = a_draft()
    async with database.write() as connection:
        await drafts.put(connection, draft)

    async def change(word: str) -> bool:
        async with database.read() as connection:
            read = await drafts.get(connection, draft.id)
        assert read is not None
        changed = replace(read, revision=read.revision + 1, link_text=word)
        async with database.write() as connection:
            return await drafts.replace(connection, changed, revision=read.revision)

    stored = await asyncio.gather(*(change(f"word {number}") for number in range(8)))
    async with database.read() as connection:
        last = await drafts.get(connection, draft.id)
    assert last is not None
    assert last.revision == sum(stored) >= 1


async def test_a_submitted_draft_never_changes(database: Database) -> None:
    """What became an export stays what it was when the button was pressed."""
    draft = a_draft()
    async with database.write() as connection:
        await drafts.put(connection, draft)
        assert await drafts.mark_submitted(connection, draft.id, "EXPORT")
        assert not await drafts.replace(connection, replace(draft, revision=1), revision=0)
        assert await drafts.get(connection, draft.id) == replace(draft, export_id="EXPORT")


async def test_a_draft_becomes_one_export(database: Database) -> None:
    """Pressed twice, it is submitted once; the second learns which export it became."""
    draft = a_draft()
    async with database.write() as connection:
        await drafts.put(connection, draft)

    async def submit(export_id: str) -> bool:
        async with database.write() as connection:
            return await drafts.mark_submitted(connection, draft.id, export_id)

    first, second = await asyncio.gather(submit("FIRST"), submit("SECOND"))
    async with database.read() as connection:
        found = await drafts.get(connection, draft.id)
    assert (first, second) == (True, False)
    assert found is not None
    assert found.export_id == "FIRST"


async def test_a_draft_that_is_not_there_is_not_submitted(database: Database) -> None:
    """A modal that was open for days gives no export out of nothing."""
    async with database.write() as connection:
        assert not await drafts.mark_submitted(connection, "nothing", "EXPORT")
        assert not await drafts.replace(connection, a_draft(revision=1), revision=0)


async def test_putting_never_overwrites(database: Database) -> None:
    """A draft changes by `replace` only."""
    draft = a_draft()
    async with database.write() as connection:
        await drafts.put(connection, draft)
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await drafts.put(connection, draft)


async def test_a_change_needs_a_greater_revision(database: Database) -> None:
    """Forgetting to count would let a late answer win, so it is refused."""
    draft = a_draft(revision=3)
    async with database.write() as connection:
        await drafts.put(connection, draft)
        with pytest.raises(ValueError, match="revision"):
            await drafts.replace(connection, draft, revision=3)


async def test_old_drafts_are_swept(database: Database) -> None:
    """Drafts go after their time, younger ones stay."""
    old, young = a_draft(), a_draft(created_at=NOW + HOUR)
    async with database.write() as connection:
        await drafts.put(connection, old)
        await drafts.put(connection, young)
        assert await drafts.sweep(connection, NOW + MINUTE) == 1
        assert await drafts.get(connection, old.id) is None
        assert await drafts.get(connection, young.id) == young


async def test_an_interaction_is_handled_once(database: Database) -> None:
    """Of any number of deliveries of the same event one is told that it is the first."""

    async def hear() -> bool:
        async with database.write() as connection:
            return await interactions.record(connection, "envelope 1", NOW)

    assert sorted(await asyncio.gather(*(hear() for _ in range(5)))) == [False] * 4 + [True]


async def test_a_repeated_interaction_does_not_spoil_its_transaction(database: Database) -> None:
    """What else is written in the transaction of a repeated event is kept."""
    async with database.write() as connection:
        assert await interactions.record(connection, "one", NOW)
    async with database.write() as connection:
        await capabilities.put(connection, "slack:T1", "before", "yes", NOW)
        assert not await interactions.record(connection, "one", NOW)
        await capabilities.put(connection, "slack:T1", "after", "yes", NOW)
    async with database.read() as connection:
        assert await capabilities.get(connection, "slack:T1", "before") == "yes"
        assert await capabilities.get(connection, "slack:T1", "after") == "yes"


async def test_old_interactions_are_forgotten(database: Database) -> None:
    """The list of handled events does not grow for ever."""
    async with database.write() as connection:
        await interactions.record(connection, "old", NOW)
        await interactions.record(connection, "young", NOW + HOUR)
        assert await interactions.sweep(connection, NOW + MINUTE) == 1
        assert await interactions.record(connection, "old", NOW)
        assert not await interactions.record(connection, "young", NOW)


async def test_the_last_thing_learnt_counts(database: Database) -> None:
    """A capability is what was learnt last, each subject and name for itself."""
    async with database.write() as connection:
        assert await capabilities.get(connection, "slack:T1", "plan") is None
        await capabilities.put(connection, "slack:T1", "plan", "yes", NOW)
        await capabilities.put(connection, "slack:T2", "plan", "maybe", NOW)
        await capabilities.put(connection, "slack:T1", "plan", "no", NOW + HOUR)
        assert await capabilities.get(connection, "slack:T1", "plan") == "no"
        assert await capabilities.get(connection, "slack:T2", "plan") == "maybe"
