"""Records come back from the database exactly as they were stored."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import pytest
import storage_examples as examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from bot.model.delivery import Delivery
from bot.model.draft import Draft
from bot.model.export import Export, overall
from storage import deliveries, drafts, exports
from storage.database import Database

# The database may be shared by all examples of a test: every example has new ids.
many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def moments_of(record: Any) -> list[datetime]:
    """The times that stand in the record itself."""
    values = (getattr(record, field.name) for field in fields(record))
    return [value for value in values if isinstance(value, datetime)]


@many
@given(export=examples.exports())
async def test_an_export_comes_back_as_it_was(database: Database, export: Export) -> None:
    """Every value of an export and of its parts survives the database, and so does its key."""
    async with database.write() as connection:
        await exports.add(connection, export)
    async with database.read() as connection:
        found = await exports.get(connection, export.id)
    assert found == export
    assert found.specification.key == export.specification.key
    for record in (found, *found.parts):
        assert all(moment.utcoffset() is not None for moment in moments_of(record))


@many
@given(data=st.data())
async def test_a_saved_part_comes_back_as_it_was(database: Database, data: st.DataObject) -> None:
    """Saving a part writes all of it, and the export's end follows from its parts."""
    export = examples.an_export(*(data.draw(examples.any_part("", 1)).state,) * 2)
    part = data.draw(examples.any_part(export.id, 2))
    finished_at = data.draw(examples.moments)
    until = examples.NOW + examples.MINUTE
    async with database.write() as connection:
        await exports.add(connection, export, owner="me", lease_until=until)
        await exports.save_part(connection, part, owner="me", finished_at=finished_at)
        found = await exports.get(connection, export.id)
    parts = (export.parts[0], part)
    ended = all(one.state.ended for one in parts)
    assert found == replace(export, parts=parts, finished_at=finished_at if ended else None)
    assert found.state is overall(tuple(one.state for one in parts))


@many
@given(data=st.data())
async def test_a_delivery_comes_back_as_it_was(database: Database, data: st.DataObject) -> None:
    """Every value of a delivery and of its uploads survives, when added and when saved."""
    export = examples.an_export()
    added = data.draw(examples.deliveries(export.id))
    changed = replace(data.draw(examples.deliveries(export.id)), id=added.id)
    until = examples.NOW + examples.MINUTE
    async with database.write() as connection:
        await exports.add(connection, export)
        await deliveries.add(connection, added, owner="me", lease_until=until)
        first = await deliveries.get(connection, added.id)
        await deliveries.save(connection, changed, owner="me")
        second = await deliveries.get(connection, added.id)
    assert (first, second) == (added, changed)
    assert isinstance(second, Delivery)
    assert all(moment.utcoffset() is not None for moment in moments_of(second))


@many
@given(draft=examples.drafts)
async def test_a_draft_comes_back_as_it_was(database: Database, draft: Draft) -> None:
    """Everything that a modal knows survives the database."""
    async with database.write() as connection:
        await drafts.put(connection, draft)
    async with database.read() as connection:
        assert await drafts.get(connection, draft.id) == draft


async def test_half_a_surrogate_pair_never_stops_a_write(database: Database) -> None:
    """JSON can carry text that UTF-8 cannot: a name loses that character, nothing fails."""
    export = examples.an_export(requested_by="Ana \ud83d", reason="\udc00")
    delivery = examples.a_delivery(export.id, user_name="\ud83d Ana")
    draft = examples.a_draft(link_text="https://\ud83d", user_name="\ud83d")
    async with database.write() as connection:
        await exports.add(connection, export)
        await deliveries.add(connection, delivery)
        await drafts.put(connection, draft)
        stored = await exports.get(connection, export.id)
        delivered = await deliveries.get(connection, delivery.id)
        drafted = await drafts.get(connection, draft.id)
    assert stored is not None
    assert (stored.requested_by, stored.reason) == ("Ana ?", "?")
    assert delivered is not None
    assert delivered.user_name == "? Ana"
    assert drafted is not None


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    """A time that could mean any of many moments is a mistake, and is not stored."""
    export = examples.an_export(requested_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    with pytest.raises(StatementError, match="without a zone"):
        async with database.write() as connection:
            await exports.add(connection, export)


async def test_what_is_unknown_is_none(database: Database) -> None:
    """Asking for a record that is not there is no error."""
    async with database.read() as connection:
        assert await exports.get(connection, "nothing") is None
        assert await deliveries.get(connection, "nothing") is None
        assert await drafts.get(connection, "nothing") is None
        assert await deliveries.of_export(connection, "nothing") == ()
