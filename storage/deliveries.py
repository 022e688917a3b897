"""Deliveries and their uploads.

A delivery is *unsettled* until its message shows the end. Only the process that owns an
unsettled delivery writes it (`save`); settling gives the lease up, and whoever wants to go on
with a settled delivery (a retry) takes it first (`seize`).

What every tick and every step asks is built once: see `joined`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.delivery import Delivery, DeliveryState, Upload
from bot.model.errors import Stale
from bot.model.settings import PostFileIn
from storage import leases
from storage.joined import Joined, joined
from storage.tables import UNSETTLED, deliveries, exports, uploads

SLEEP = timedelta(days=365)
"""A delivery that is not due within this time waits for its export, not for the clock."""


def _query(wanted: ColumnElement[bool]) -> Joined:
    return joined(deliveries, uploads.c.delivery_id, wanted)


_MINE: Final = and_(UNSETTLED, deliveries.c.owner == bindparam("owner"))
_IS_FINISHED: Final = (
    exists()
    .where(exports.c.id == deliveries.c.export_id, exports.c.finished_at.is_not(None))
    .correlate(deliveries)
)
_IS_DUE: Final = or_(
    deliveries.c.due_at <= bindparam("now"),
    and_(deliveries.c.due_at > bindparam("asleep"), _IS_FINISHED),
)

_ONE: Final = _query(deliveries.c.id == bindparam("delivery_id"))
_OF_EXPORT: Final = _query(deliveries.c.export_id == bindparam("export_id"))
_BY_MESSAGE: Final = _query(
    and_(
        deliveries.c.message_ts == bindparam("ts"),
        deliveries.c.message_channel == bindparam("channel"),
        deliveries.c.team == bindparam("team"),
    )
)
_ALL_MINE: Final = _query(_MINE)
_DUE: Final = _query(and_(_MINE, _IS_DUE))
_STATE: Final = select(deliveries.c.state).where(deliveries.c.id == bindparam("delivery_id"))
_SAVE: Final = update(deliveries).where(deliveries.c.id == bindparam("delivery_id"))
_FORGET_UPLOADS: Final = delete(uploads).where(uploads.c.delivery_id == bindparam("delivery"))
_WAKE: Final = update(deliveries).where(deliveries.c.export_id == bindparam("woken"), UNSETTLED)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that now belongs to the caller, and to whom before (None: nobody)."""

    delivery_id: str
    previous_owner: str | None


async def add(
    connection: AsyncConnection,
    delivery: Delivery,
    *,
    owner: str | None = None,
    lease_until: datetime | None = None,
) -> None:
    """Inserts the delivery and its uploads, owned by `owner` until `lease_until` where given.

    Raises:
        sqlalchemy.exc.IntegrityError: the id exists, or the export does not.
        ValueError: an owner without a lease, or a lease without an owner.
    """
    await connection.execute(
        insert(deliveries).values(_values(delivery) | leases.held(owner, lease_until))
    )
    await _insert_uploads(connection, delivery)


async def get(connection: AsyncConnection, delivery_id: str) -> Delivery | None:
    """The delivery with its uploads, or None."""
    return next(iter(await _load(connection, _ONE, delivery_id=delivery_id)), None)


async def of_export(connection: AsyncConnection, export_id: str) -> tuple[Delivery, ...]:
    """All deliveries of an export, in the order in which they were asked for."""
    return await _load(connection, _OF_EXPORT, export_id=export_id)


async def by_message(
    connection: AsyncConnection, team: str, channel: str, ts: str
) -> Delivery | None:
    """The delivery whose progress message this is, or None."""
    found = await _load(connection, _BY_MESSAGE, team=team, channel=channel, ts=ts)
    return next(iter(found), None)


async def save(
    connection: AsyncConnection,
    delivery: Delivery,
    *,
    owner: str,
    was: DeliveryState | None = None,
) -> None:
    """Writes the whole delivery and exactly its uploads; settling it gives the lease up.

    Args:
        connection: of a write transaction.
        delivery: as it is now.
        owner: who writes.
        was: the state that the writer's copy was in; None writes whatever is stored.

    Raises:
        Stale: the delivery is not owned by `owner`, or it is no longer in the state `was`, so
            that the writer's copy is old; nothing is written.
    """
    await leases.require(connection, deliveries, delivery.id, owner)
    if was is not None:
        stored = await connection.scalar(_STATE, {"delivery_id": delivery.id})
        if stored != was:
            raise Stale
    values = _values(delivery)
    if delivery.settled:
        values |= {"owner": None, "lease_until": None}
    await connection.execute(_SAVE, {"delivery_id": delivery.id} | values)
    await connection.execute(_FORGET_UPLOADS, {"delivery": delivery.id})
    await _insert_uploads(connection, delivery)


async def claim(
    connection: AsyncConnection,
    *,
    owner: str,
    now: datetime,
    lease_until: datetime,
    dead: Collection[str],
    only: str | None = None,
    limit: int | None = None,
) -> tuple[Claimed, ...]:
    """Takes unsettled deliveries that are free, oldest first.

    Free means: without an owner, or owned by another process that is one of `dead` or whose
    lease ended at `now` or before. What two processes claim at once, one of them gets.

    Args:
        connection: of a write transaction.
        owner: who claims.
        now: the present.
        lease_until: until when the claimed belong to the owner without a renewal.
        dead: owners that are known not to live (`processes.dead`).
        only: the one delivery to look at; None looks at all.
        limit: take no more than this many.
    """
    taken = await leases.claim(
        connection,
        deliveries,
        UNSETTLED,
        owner=owner,
        now=now,
        lease_until=lease_until,
        dead=dead,
        only=only,
        limit=limit,
    )
    return tuple(Claimed(delivery_id, previous) for delivery_id, previous in taken)


async def seize(
    connection: AsyncConnection, delivery_id: str, owner: str, lease_until: datetime
) -> None:
    """Takes one delivery from whoever has it, because a person decided about it."""
    await leases.seize(connection, deliveries, delivery_id, owner, lease_until)


async def renew(connection: AsyncConnection, owner: str, lease_until: datetime) -> int:
    """Extends the leases of every unsettled delivery of `owner`: how many it has."""
    return await leases.renew(connection, deliveries, UNSETTLED, owner, lease_until)


async def release(connection: AsyncConnection, owner: str, delivery_id: str | None = None) -> None:
    """Gives up one delivery, or all unsettled ones of `owner`, for others to claim at once."""
    await leases.release(connection, deliveries, UNSETTLED, owner, delivery_id)


async def due(connection: AsyncConnection, *, owner: str, now: datetime) -> tuple[Delivery, ...]:
    """Unsettled deliveries of `owner` to work on now, oldest first.

    Those whose time has come, and those that sleep (`SLEEP`) although their export is finished:
    a copy that was read before `wake` and saved after it would otherwise sleep for ever.
    """
    return await _load(connection, _DUE, owner=owner, now=now, asleep=now + SLEEP)


async def wake(connection: AsyncConnection, export_id: str, moment: datetime) -> int:
    """Makes the unsettled deliveries of an export due at `moment`, whoever owns them.

    For the transaction in which the export moves on: how many there are.
    """
    woken = await connection.execute(_WAKE, {"woken": export_id, "due_at": moment})
    return woken.rowcount


async def unsettled(connection: AsyncConnection, *, owner: str) -> tuple[Delivery, ...]:
    """All unsettled deliveries of `owner`, oldest first."""
    return await _load(connection, _ALL_MINE, owner=owner)


async def _insert_uploads(connection: AsyncConnection, delivery: Delivery) -> None:
    if delivery.uploads:
        await connection.execute(
            insert(uploads),
            [
                {
                    "delivery_id": delivery.id,
                    "number": upload.number,
                    "file_id": upload.file_id,
                    "share_ts": upload.share_ts,
                    "permalink": upload.permalink,
                }
                for upload in delivery.uploads
            ],
        )


async def _load(connection: AsyncConnection, query: Joined, **values: Any) -> tuple[Delivery, ...]:
    """Deliveries with their uploads, oldest first."""
    found = (await connection.execute(query.rows, values)).all()
    if not found:
        return ()
    rows = await connection.execute(query.members, values)
    by_delivery: Mapping[str, tuple[Upload, ...]] = {
        delivery_id: tuple(
            Upload(row.number, row.file_id, row.share_ts, row.permalink) for row in group
        )
        for delivery_id, group in groupby(rows, key=lambda row: row.delivery_id)
    }
    return tuple(_delivery_of(row, by_delivery.get(row.id, ())) for row in found)


def _values(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "export_id": delivery.export_id,
        "team": delivery.team,
        "channel": delivery.channel,
        "user": delivery.user,
        "user_name": delivery.user_name,
        "post_file_in": delivery.post_file_in.value,
        "join": delivery.join,
        "state": delivery.state.value,
        "entered_at": delivery.entered_at,
        "requested_at": delivery.requested_at,
        "due_at": delivery.due_at,
        "intent_at": delivery.intent_at,
        "message_channel": delivery.message_channel,
        "message_ts": delivery.message_ts,
        "shown": delivery.shown,
        "edited_at": delivery.edited_at,
        "settled": delivery.settled,
        "division": delivery.division,
        "reused": delivery.reused,
        "failure": delivery.failure,
    }


def _delivery_of(row: Row[*tuple[Any, ...]], its_uploads: tuple[Upload, ...]) -> Delivery:
    return Delivery(
        id=row.id,
        export_id=row.export_id,
        team=row.team,
        channel=row.channel,
        user=row.user,
        user_name=row.user_name,
        post_file_in=PostFileIn(row.post_file_in),
        join=row.join,
        state=DeliveryState(row.state),
        entered_at=row.entered_at,
        requested_at=row.requested_at,
        due_at=row.due_at,
        intent_at=row.intent_at,
        message_channel=row.message_channel,
        message_ts=row.message_ts,
        shown=row.shown,
        edited_at=row.edited_at,
        settled=row.settled,
        division=row.division,
        uploads=its_uploads,
        reused=row.reused,
        failure=row.failure,
    )
