"""Exports and their parts.

An export is *unfinished* while any of its parts has not ended. Only the process that owns an
unfinished export writes its parts (`save_part`); ending the last part gives the lease up, and
whoever wants to go on with an ended export (a retry) takes it first (`take`).

What every tick and every step asks is built once: see `joined`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    exists,
    func,
    insert,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.errors import Stale
from bot.model.export import Export, Part, State, StoredFile, overall
from bot.model.project import Project
from bot.model.specification import DepthRange, Specification
from storage import leases
from storage.column_types import Moment
from storage.joined import Joined, joined
from storage.tables import UNFINISHED, UNSETTLED, deliveries, exports, let_go, parts

_NOT_PROCESSED = frozenset({State.REQUESTED, State.CREATING, State.UNCLEAR, State.PROCESSING})
"""States in which the part's job is not known to be done."""


def _query(wanted: ColumnElement[bool]) -> Joined:
    return joined(exports, parts.c.export_id, wanted)


_MINE: Final = and_(UNFINISHED, exports.c.owner == bindparam("owner"))
_IS_DUE: Final = (
    exists()
    .where(
        parts.c.export_id == exports.c.id,
        parts.c.due_at <= bindparam("now"),
        parts.c.state.not_in([state.value for state in State if state.ended]),
        parts.c.state != State.UNCLEAR.value,
    )
    .correlate(exports)  # not to the parts that `_load` reads
)
_IS_PART: Final = and_(
    parts.c.export_id == bindparam("its_export"), parts.c.number == bindparam("its_number")
)

_ONE: Final = _query(exports.c.id == bindparam("export_id"))
_OF_KEY: Final = _query(exports.c.key == bindparam("key"))
_PAID: Final = _query(
    and_(
        exports.c.key == bindparam("key"),
        exports.c.finished_at >= bindparam("since"),
        exports.c.state.in_([State.READY.value, State.FAILED.value]),
    )
)
_ALL_MINE: Final = _query(_MINE)
_DUE: Final = _query(and_(_MINE, _IS_DUE))
_ONE_DUE: Final = _query(and_(_MINE, _IS_DUE, exports.c.id == bindparam("only")))
_STORED: Final = select(parts.c.state, parts.c.job_id).where(_IS_PART)
_SAVE_PART: Final = update(parts).where(_IS_PART)
_PROCESSED: Final = _SAVE_PART.values(
    processed_at=func.coalesce(parts.c.processed_at, bindparam("moment", type_=Moment))
)
_STATES: Final = select(parts.c.state).where(parts.c.export_id == bindparam("export_id"))
_CHANGE: Final = update(exports).where(exports.c.id == bindparam("export_id"))


@dataclass(frozen=True, slots=True)
class Claimed:
    """An export that now belongs to the caller, and to whom it belonged before (None: nobody)."""

    export_id: str
    previous_owner: str | None


async def add(
    connection: AsyncConnection,
    export: Export,
    *,
    owner: str | None = None,
    lease_until: datetime | None = None,
) -> None:
    """Inserts the export and its parts, owned by `owner` until `lease_until` where given.

    Raises:
        sqlalchemy.exc.IntegrityError: the id exists.
        ValueError: an owner without a lease, or a lease without an owner.
    """
    await connection.execute(
        insert(exports).values(_export_values(export) | leases.held(owner, lease_until))
    )
    if export.parts:
        await connection.execute(insert(parts), [_part_values(part) for part in export.parts])


async def get(connection: AsyncConnection, export_id: str) -> Export | None:
    """The export with its parts, or None."""
    return next(iter(await _load(connection, _ONE, export_id=export_id)), None)


async def of_key(connection: AsyncConnection, key: str) -> tuple[Export, ...]:
    """All exports of this key, whatever became of them, oldest first."""
    return await _load(connection, _OF_KEY, key=key)


async def find_running(connection: AsyncConnection, key: str, guard: bool) -> Export | None:  # noqa: FBT001 - the two belong together: what is asked and how it is stored
    """The newest export of this key and guard that somebody can join.

    It is unfinished and no part of it has failed or been cancelled; it may be unclear.
    """
    return await _newest(
        connection,
        and_(
            exports.c.key == key,
            exports.c.guard == guard,
            UNFINISHED,
            exports.c.state.not_in([State.FAILED.value, State.CANCELLED.value]),
        ),
    )


async def find_ready(connection: AsyncConnection, key: str, guard: bool) -> Export | None:  # noqa: FBT001 - as above
    """The newest ready export of this key and guard whose files have not been removed."""
    removed = (
        exists()
        .where(parts.c.export_id == exports.c.id, parts.c.file_path.is_(None))
        .correlate(exports)
    )
    return await _newest(
        connection,
        and_(
            exports.c.key == key,
            exports.c.guard == guard,
            exports.c.state == State.READY.value,
            ~removed,
        ),
    )


async def find_paid(
    connection: AsyncConnection, key: str, since: datetime, spent: Collection[str]
) -> Export | None:
    """The newest ended export of this key whose jobs can still give their files.

    Whether its files are on the disk, and how they were guarded, does not matter.

    Args:
        connection: to read.
        key: of the specification.
        since: ended before this is too old.
        spent: codes of failures after which a job gives no file any more.
    """
    found = await _load(connection, _PAID, key=key, since=since)
    every = [part for export in found for part in export.parts]
    gone = {part.job_id for part in every if part.failure and part.failure.code in spent}
    for export in reversed(found):
        if all(part.job_id is not None and part.job_id not in gone for part in export.parts):
            return export
    return None


async def files(connection: AsyncConnection) -> frozenset[Path]:
    """Every file that is known and offered for reuse."""
    found = await connection.scalars(
        select(parts.c.file_path).where(parts.c.file_path.is_not(None))
    )
    return frozenset(Path(path) for path in found)


async def save_part(
    connection: AsyncConnection,
    part: Part,
    *,
    owner: str,
    finished_at: datetime | None,
    was: State | None = None,
) -> None:
    """Writes the whole part, and what follows from it for its export.

    The export's `state` becomes what its parts amount to. When this ends the last part, the
    export is finished at `finished_at` (or, where None, when the part entered its state) and
    nobody owns it any more; when this opens a part of a finished export, it is unfinished again.

    Args:
        connection: of a write transaction.
        part: as it is now.
        owner: who writes.
        finished_at: when the export finished, if this ends its last part.
        was: the state that the writer's copy was in; None writes whatever is stored.

    Raises:
        Stale: the export is not owned by `owner`, or the part is no longer in the state `was`,
            so that the writer's copy is old; nothing is written.
        LookupError: the export has no part of this number.
    """
    await leases.require(connection, exports, part.export_id, owner)
    this = {"its_export": part.export_id, "its_number": part.number}
    stored = (await connection.execute(_STORED, this)).one_or_none()
    if stored is None:
        raise LookupError(f"export {part.export_id} has no part {part.number}")
    if was is not None and stored.state != was:
        raise Stale
    if stored.job_id is not None and part.job_id != stored.job_id:
        await _let_go(connection, part.export_id, stored.job_id)
    values = this | _part_values(part)
    save = _SAVE_PART
    if part.state not in _NOT_PROCESSED:
        del values["processed_at"]
    if part.state is State.DOWNLOADING:
        save = _PROCESSED
        values["moment"] = part.entered_at
    await connection.execute(save, values)
    found = await connection.scalars(_STATES, {"export_id": part.export_id})
    states = tuple(State(word) for word in found)
    changed: dict[str, Any] = {"state": overall(states).value}
    if all(state.ended for state in states):
        changed |= {"finished_at": finished_at or part.entered_at, "owner": None}
        changed |= {"lease_until": None}
    else:
        changed |= {"finished_at": None}
    await connection.execute(_CHANGE, {"export_id": part.export_id} | changed)


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
    """Takes unfinished exports that are free, oldest first.

    Free means: without an owner, or owned by another process that is one of `dead` or whose
    lease ended at `now` or before. What two processes claim at once, one of them gets.

    Args:
        connection: of a write transaction.
        owner: who claims.
        now: the present.
        lease_until: until when the claimed belong to the owner without a renewal.
        dead: owners that are known not to live (`processes.dead`).
        only: the one export to look at; None looks at all.
        limit: take no more than this many.
    """
    taken = await leases.claim(
        connection,
        exports,
        UNFINISHED,
        owner=owner,
        now=now,
        lease_until=lease_until,
        dead=dead,
        only=only,
        limit=limit,
    )
    return tuple(Claimed(export_id, previous) for export_id, previous in taken)


async def take(
    connection: AsyncConnection,
    export_id: str,
    *,
    owner: str,
    now: datetime,
    lease_until: datetime,
    dead: Collection[str] = (),
) -> bool:
    """Takes one export, finished or not, where it is free (as in `claim`) or ours already.

    A retry takes the finished export and opens a part in one transaction.

    Returns:
        Whether `owner` owns it now: False when another process works on it, or it is unknown.
    """
    return await leases.take(
        connection,
        exports,
        export_id,
        owner=owner,
        now=now,
        lease_until=lease_until,
        dead=dead,
    )


async def seize(
    connection: AsyncConnection, export_id: str, owner: str, lease_until: datetime
) -> None:
    """Takes one export from whoever has it, because a person decided about it."""
    await leases.seize(connection, exports, export_id, owner, lease_until)


async def owners(connection: AsyncConnection) -> frozenset[str]:
    """Every owner named by an unfinished export or an unsettled delivery."""
    named = union(
        select(exports.c.owner).where(UNFINISHED, exports.c.owner.is_not(None)),
        select(deliveries.c.owner).where(UNSETTLED, deliveries.c.owner.is_not(None)),
    )
    return frozenset(await connection.scalars(named))


async def renew(connection: AsyncConnection, owner: str, lease_until: datetime) -> int:
    """Extends the leases of every unfinished export of `owner`: how many it has."""
    return await leases.renew(connection, exports, UNFINISHED, owner, lease_until)


async def release(connection: AsyncConnection, owner: str, export_id: str | None = None) -> None:
    """Gives up one export, or all unfinished ones of `owner`, for others to claim at once."""
    await leases.release(connection, exports, UNFINISHED, owner, export_id)


async def due(
    connection: AsyncConnection, *, owner: str, now: datetime, only: str | None = None
) -> tuple[Export, ...]:
    """Unfinished exports of `owner` with a part to work on now, oldest first, with all parts.

    A part that is unclear waits for a person, however long.
    """
    if only is not None:
        return await _load(connection, _ONE_DUE, owner=owner, now=now, only=only)
    return await _load(connection, _DUE, owner=owner, now=now)


async def in_work(connection: AsyncConnection) -> frozenset[str]:
    """The ids of all exports with something left to do, whoever does it."""
    found = union(
        select(exports.c.id).where(UNFINISHED), select(deliveries.c.export_id).where(UNSETTLED)
    )
    return frozenset(await connection.scalars(found))


async def unfinished(connection: AsyncConnection, *, owner: str) -> tuple[Export, ...]:
    """All unfinished exports of `owner`, oldest first."""
    return await _load(connection, _ALL_MINE, owner=owner)


async def known_jobs(
    connection: AsyncConnection, job_ids: Collection[str], account: str
) -> frozenset[str]:
    """Those of the Botify jobs that belong, or have belonged, to an export of this account."""
    ids = sorted(job_ids)
    held, gone = (
        select(table.c.job_id)
        .join(exports, table.c.export_id == exports.c.id)
        .where(table.c.job_id.in_(ids), exports.c.account == account)
        for table in (parts, let_go)
    )
    return frozenset(await connection.scalars(union(held, gone)))


async def _let_go(connection: AsyncConnection, export_id: str, job_id: str) -> None:
    """Remember that the export had this job."""
    known = await connection.scalar(
        select(let_go.c.job_id).where(let_go.c.job_id == job_id, let_go.c.export_id == export_id)
    )
    if known is None:
        await connection.execute(insert(let_go).values(job_id=job_id, export_id=export_id))


async def running_jobs(
    connection: AsyncConnection, account: str, organisation: str, project: str
) -> int:
    """Parts for which Botify has, or may have, a job that is not done: creating, processing."""
    found = await connection.scalar(
        select(func.count())
        .select_from(exports.join(parts, parts.c.export_id == exports.c.id))
        .where(
            UNFINISHED,
            exports.c.account == account,
            exports.c.organisation == organisation,
            exports.c.project == project,
            parts.c.state.in_([State.CREATING.value, State.PROCESSING.value]),
        )
    )
    return found or 0


async def processing_seconds(
    connection: AsyncConnection, *, account: str, limit: int = 50
) -> tuple[tuple[int, float], ...]:
    """How long Botify took for the newest jobs of this account: pairs (rows, seconds).

    Seconds go from the intent to create the job to the moment when it was first seen done, so
    they include the time until the next poll, and any time in which the app did not run. A job
    counts for the export that paid for it, not for those that used it again.
    """
    earlier = parts.alias("earlier")
    used_again = (
        exists()
        .where(earlier.c.job_id == parts.c.job_id, earlier.c.processed_at < parts.c.processed_at)
        .correlate(parts)
    )
    rows = func.coalesce(parts.c.file_rows, parts.c.rows_expected).label("rows")
    found = await connection.execute(
        select(rows, parts.c.intent_at, parts.c.processed_at)
        .join(exports, parts.c.export_id == exports.c.id)
        .where(
            parts.c.processed_at.is_not(None),
            parts.c.intent_at.is_not(None),
            rows.is_not(None),
            exports.c.account == account,
            ~used_again,
        )
        .order_by(parts.c.processed_at.desc())
        .limit(limit)
    )
    return tuple((row.rows, (row.processed_at - row.intent_at).total_seconds()) for row in found)


async def finished_before(
    connection: AsyncConnection, moment: datetime
) -> tuple[tuple[str, int], ...]:
    """Exports that may be swept: finished before `moment`, with a file, and delivered.

    An export with an unsettled delivery is not among them: its file is still needed.

    Returns:
        The id of each and the bytes of its files, oldest first. There may be very many.
    """
    found = await connection.execute(
        select(exports.c.id, func.sum(parts.c.file_bytes).label("size"))
        .join(parts, parts.c.export_id == exports.c.id)
        .where(exports.c.finished_at < moment, parts.c.file_path.is_not(None), ~_NEEDED)
        .group_by(exports.c.id)
        .order_by(exports.c.requested_at, exports.c.id)
    )
    return tuple((row.id, row.size or 0) for row in found)


async def forget_file(connection: AsyncConnection, export_id: str) -> tuple[Path, ...]:
    """Says that the files of a finished export are gone, before they are removed.

    From the end of this transaction on nobody is offered the export (`find_ready`). Its figures
    stay, for the statistics.

    Returns:
        The paths that may now be removed: none when a delivery came in between.
    """
    mine = and_(
        parts.c.export_id == export_id,
        parts.c.file_path.is_not(None),
        exists()
        .where(exports.c.id == parts.c.export_id, exports.c.finished_at.is_not(None), ~_NEEDED)
        .correlate(parts),
    )
    found = await connection.scalars(select(parts.c.file_path).where(mine).order_by(parts.c.number))
    paths = tuple(Path(path) for path in found)
    await connection.execute(update(parts).where(mine).values(file_path=None))
    return paths


_NEEDED = exists().where(deliveries.c.export_id == exports.c.id, UNSETTLED).correlate(exports)


async def _newest(connection: AsyncConnection, wanted: ColumnElement[bool]) -> Export | None:
    newest = (
        select(exports.c.id)
        .where(wanted)
        .order_by(exports.c.requested_at.desc(), exports.c.id.desc())
        .limit(1)
    )
    export_id = await connection.scalar(newest)
    return None if export_id is None else await get(connection, export_id)


async def _load(connection: AsyncConnection, query: Joined, **values: Any) -> tuple[Export, ...]:
    """Exports with their parts, oldest first."""
    found = (await connection.execute(query.rows, values)).all()
    if not found:
        return ()
    rows = await connection.execute(query.members, values)
    by_export: Mapping[str, tuple[Part, ...]] = {
        export_id: tuple(_part_of(row) for row in group)
        for export_id, group in groupby(rows, key=lambda row: row.export_id)
    }
    return tuple(_export_of(row, by_export.get(row.id, ())) for row in found)


def _export_values(export: Export) -> dict[str, Any]:
    asked = export.specification
    ended = bool(export.parts) and all(part.state.ended for part in export.parts)
    return {
        "id": export.id,
        "key": asked.key,
        "account": asked.account,
        "organisation": asked.project.organisation,
        "project": asked.project.name,
        "analysis": asked.analysis,
        "fields": asked.columns,
        "filter": asked.filter,
        **_depth_values(asked.rows),
        "preset": export.preset,
        "rows_expected": export.rows_expected,
        "credits_expected": export.credits_expected,
        "requested_by": export.requested_by,
        "requested_at": export.requested_at,
        "reason": export.reason,
        "guard": export.guard,
        "state": export.state.value,
        "finished_at": (
            (export.finished_at or max(part.entered_at for part in export.parts)) if ended else None
        ),
    }


def _export_of(row: Row[*tuple[Any, ...]], its_parts: tuple[Part, ...]) -> Export:
    return Export(
        id=row.id,
        specification=Specification(
            account=row.account,
            project=Project(row.organisation, row.project),
            analysis=row.analysis,
            columns=row.fields,
            rows=_depths_of(row),
            filter=row.filter,
        ),
        preset=row.preset,
        rows_expected=row.rows_expected,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        reason=row.reason,
        guard=row.guard,
        parts=its_parts,
    )


def _part_values(part: Part) -> dict[str, Any]:
    file = part.file
    return {
        "export_id": part.export_id,
        "number": part.number,
        **_depth_values(part.rows),
        "rows_expected": part.rows_expected,
        "state": part.state.value,
        "entered_at": part.entered_at,
        "due_at": part.due_at,
        "payload": part.payload,
        "intent_at": part.intent_at,
        "asked_at": part.asked_at,
        "looks": part.looks,
        "lost": part.lost,
        "job_id": part.job_id,
        "job_status": part.job_status,
        "download_url": part.download_url,
        "tries": part.tries,
        "refreshed": part.refreshed,
        "processed_at": None,
        "file_path": str(file.path) if file else None,
        "file_bytes": file.bytes if file else None,
        "file_rows": file.rows if file else None,
        "file_columns": file.columns if file else None,
        "file_guarded": file.guarded if file else None,
        "file_notes": file.notes if file else None,
        "file_preview": file.preview if file else None,
        "failure": part.failure,
    }


def _part_of(row: Row[*tuple[Any, ...]]) -> Part:
    return Part(
        export_id=row.export_id,
        number=row.number,
        rows=_depths_of(row),
        rows_expected=row.rows_expected,
        state=State(row.state),
        entered_at=row.entered_at,
        due_at=row.due_at,
        payload=row.payload,
        intent_at=row.intent_at,
        asked_at=row.asked_at,
        looks=row.looks,
        lost=row.lost,
        job_id=row.job_id,
        job_status=row.job_status,
        download_url=row.download_url,
        tries=row.tries,
        refreshed=row.refreshed,
        file=_file_of(row),
        failure=row.failure,
    )


def _file_of(row: Row[*tuple[Any, ...]]) -> StoredFile | None:
    if row.file_path is None:
        return None
    return StoredFile(
        path=Path(row.file_path),
        bytes=row.file_bytes,
        rows=row.file_rows,
        columns=row.file_columns,
        guarded=row.file_guarded,
        notes=row.file_notes,
        preview=row.file_preview,
    )


def _depth_values(rows: DepthRange) -> dict[str, Any]:
    return {
        "depth_first": rows.first,
        "depth_last": rows.last,
        "without_depth": rows.without_depth,
    }


def _depths_of(row: Row[*tuple[Any, ...]]) -> DepthRange:
    return DepthRange(row.depth_first, row.depth_last, row.without_depth)
