"""What storage promises about deliveries: who may write, what is found, what is due."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from storage_examples import HOUR, MINUTE, NOW, a_delivery, an_export

from bot.model.delivery import DeliveryState, Upload
from bot.model.errors import Stale
from bot.model.export import Export, State
from storage import deliveries, exports
from storage.database import Database

UNTIL = NOW + MINUTE


@pytest.fixture
async def export(database: Database) -> Export:
    added = an_export()
    async with database.write() as connection:
        await exports.add(connection, added)
    return added


async def test_only_the_owner_writes_a_delivery(database: Database, export: Export) -> None:
    """A process that does not own the delivery gets Stale; neither row nor uploads change."""
    delivery = a_delivery(export.id, uploads=(Upload(1, "F1"),))
    changed = replace(delivery, state=DeliveryState.FAILED, uploads=())
    async with database.write() as connection:
        await deliveries.add(connection, delivery, owner="first", lease_until=UNTIL)
    with pytest.raises(Stale):
        async with database.write() as connection:
            await deliveries.save(connection, changed, owner="second")
    async with database.read() as connection:
        assert await deliveries.get(connection, delivery.id) == delivery


async def test_an_old_copy_is_not_written(database: Database, export: Export) -> None:
    """Who read a delivery before it was stopped gets Stale instead of going on with it."""
    delivery = a_delivery(export.id)
    stopped = replace(delivery, state=DeliveryState.STOPPED)
    announced = replace(delivery, state=DeliveryState.ANNOUNCED)
    was = DeliveryState.WAITING
    async with database.write() as connection:
        await deliveries.add(connection, delivery, owner="me", lease_until=UNTIL)
        await deliveries.save(connection, stopped, owner="me", was=was)
        with pytest.raises(Stale):
            await deliveries.save(connection, announced, owner="me", was=was)
        assert await deliveries.get(connection, delivery.id) == stopped


async def test_exactly_the_uploads_of_the_delivery_are_kept(
    database: Database, export: Export
) -> None:
    """A new reservation takes the place of the old one; what was given up is gone."""
    first = a_delivery(export.id, uploads=(Upload(1, "F1", "1.2", "https://x"), Upload(2, "F2")))
    again = replace(first, uploads=(Upload(1, "F3"),))
    async with database.write() as connection:
        await deliveries.add(connection, first, owner="me", lease_until=UNTIL)
        await deliveries.save(connection, again, owner="me")
        assert await deliveries.get(connection, first.id) == again


async def test_settling_gives_the_lease_up(database: Database, export: Export) -> None:
    """A settled delivery belongs to nobody and is never claimed; a retry takes it."""
    delivery = a_delivery(export.id)
    failed = replace(delivery, state=DeliveryState.FAILED, settled=True)
    async with database.write() as connection:
        await deliveries.add(connection, delivery, owner="me", lease_until=UNTIL)
        assert await exports.owners(connection) == {"me"}
        await deliveries.save(connection, failed, owner="me")
        assert await exports.owners(connection) == frozenset()
        claimed = await deliveries.claim(
            connection, owner="you", now=UNTIL, lease_until=UNTIL, dead=("me",)
        )
        assert claimed == ()
        with pytest.raises(Stale):
            await deliveries.save(connection, delivery, owner="me")
        await deliveries.seize(connection, delivery.id, "you", UNTIL)
        await deliveries.save(connection, delivery, owner="you")
        assert await deliveries.unsettled(connection, owner="you") == (delivery,)


async def test_a_delivery_needs_its_export(database: Database) -> None:
    """No delivery points at an export that does not exist."""
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await deliveries.add(connection, a_delivery("nothing"))


async def test_due_are_own_unsettled_deliveries_whose_time_has_come(
    database: Database, export: Export
) -> None:
    """A tick is given the owner's deliveries with work to do now, oldest first."""
    second = a_delivery(export.id, requested_at=NOW + MINUTE)
    first = a_delivery(export.id, uploads=(Upload(1, "F1"), Upload(2, "F2", "1.2", "https://x")))
    later = a_delivery(export.id, due_at=NOW + HOUR)
    settled = a_delivery(export.id, settled=True)
    foreign = a_delivery(export.id)
    async with database.write() as connection:
        for delivery in (second, first, later, settled):
            await deliveries.add(connection, delivery, owner="me", lease_until=UNTIL)
        await deliveries.add(connection, foreign, owner="other", lease_until=UNTIL)
    async with database.read() as connection:
        assert await deliveries.due(connection, owner="me", now=NOW) == (first, second)
        unsettled = await deliveries.unsettled(connection, owner="me")
    assert {delivery.id for delivery in unsettled} == {first.id, second.id, later.id}


async def test_waking_makes_the_unsettled_due(database: Database, export: Export) -> None:
    """When the export moves on, everybody who waits for it is due, whoever owns the delivery."""
    mine = a_delivery(export.id, due_at=NOW + HOUR)
    theirs = a_delivery(export.id, due_at=NOW + HOUR)
    settled = a_delivery(export.id, due_at=NOW + HOUR, settled=True)
    async with database.write() as connection:
        await deliveries.add(connection, mine, owner="me", lease_until=UNTIL)
        await deliveries.add(connection, theirs, owner="you", lease_until=UNTIL)
        await deliveries.add(connection, settled)
        assert await deliveries.wake(connection, export.id, NOW) == 2
        assert await deliveries.wake(connection, "nothing", NOW) == 0
        assert await deliveries.due(connection, owner="me", now=NOW) == (replace(mine, due_at=NOW),)
        assert await deliveries.due(connection, owner="you", now=NOW) == (
            replace(theirs, due_at=NOW),
        )
        assert await deliveries.get(connection, settled.id) == settled


@pytest.mark.parametrize(
    ("state", "sleep", "due"),
    [
        (State.PROCESSING, 100 * 365, False),
        (State.READY, 100 * 365, True),
        (State.FAILED, 100 * 365, True),
        (State.READY, 30, False),
    ],
)
async def test_nobody_oversleeps_the_end_of_an_export(
    database: Database, state: State, sleep: int, *, due: bool
) -> None:
    """A delivery that was put to sleep after its export had woken it is due all the same."""
    ended = an_export(state)
    delivery = a_delivery(ended.id, due_at=NOW + timedelta(days=sleep))
    async with database.write() as connection:
        await exports.add(connection, ended)
        await deliveries.add(connection, delivery, owner="me", lease_until=UNTIL)
        found = await deliveries.due(connection, owner="me", now=NOW)
    assert found == ((delivery,) if due else ())


async def test_a_message_names_its_delivery(database: Database, export: Export) -> None:
    """A button on a progress message finds its delivery, and no other workspace's."""
    delivery = a_delivery(export.id, message_channel="C1", message_ts="12.34")
    async with database.write() as connection:
        await deliveries.add(connection, delivery)
        await deliveries.add(connection, a_delivery(export.id, message_channel="C1"))
        assert await deliveries.by_message(connection, "T1", "C1", "12.34") == delivery
        for team, channel, ts in (("T2", "C1", "12.34"), ("T1", "C2", "12.34"), ("T1", "C1", "1")):
            assert await deliveries.by_message(connection, team, channel, ts) is None


async def test_deliveries_of_an_export_in_the_order_of_asking(
    database: Database, export: Export
) -> None:
    """Everybody who asked for an export is found, settled or not, first come first."""
    second = a_delivery(export.id, requested_at=NOW + MINUTE)
    first = a_delivery(export.id, settled=True)
    other = an_export()
    async with database.write() as connection:
        await exports.add(connection, other)
        await deliveries.add(connection, a_delivery(other.id))
        await deliveries.add(connection, second)
        await deliveries.add(connection, first)
        assert await deliveries.of_export(connection, export.id) == (first, second)
