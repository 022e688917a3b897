"""Drafts: what each open modal knows.

Answers from the network arrive in any order, so a draft is replaced only where it still is the
one that the caller read; and it becomes an export at most once.

A *promised* draft is one that a person was told will start: it belongs to the process that said so
until it became an export or the person was told otherwise. When that process ends, another takes
the promise over.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.draft import Draft
from storage.tables import PROMISED, drafts

NOBODY = ""
"""The owner of a promise that its process gave up: at its end, or to try it once more later."""

_ADAPTER = TypeAdapter(Draft)
_COLUMNS = {"id", "created_at", "revision", "export_id"}
"""What stands in a column of its own; everything else is in `content`."""

# Built once, because each answer for a modal asks them.
_ONE = select(drafts).where(drafts.c.id == bindparam("draft_id"))
_REPLACE = update(drafts).where(
    drafts.c.id == bindparam("draft_id"),
    drafts.c.revision == bindparam("old_revision"),
    drafts.c.export_id.is_(None),
)


async def put(connection: AsyncConnection, draft: Draft, *, promised_by: str | None = None) -> None:
    """Inserts a new draft, promised by that process where one is named.

    Raises:
        sqlalchemy.exc.IntegrityError: the id exists; `replace` changes a draft.
    """
    await connection.execute(
        insert(drafts).values(
            id=draft.id,
            created_at=draft.created_at,
            revision=draft.revision,
            export_id=draft.export_id,
            owner=promised_by,
            content=_content(draft),
        )
    )


async def get(connection: AsyncConnection, draft_id: str) -> Draft | None:
    """The draft, or None when it never was or has been swept."""
    row = (await connection.execute(_ONE, {"draft_id": draft_id})).one_or_none()
    if row is None:
        return None
    return _draft_of(row)


async def replace(connection: AsyncConnection, draft: Draft, *, revision: int) -> bool:
    """Stores the draft where the stored revision is `revision` and it has not been submitted.

    `draft.export_id` is not written: only `mark_submitted` does that.

    Returns:
        Whether it was stored; False means that the caller's answer is too late.

    Raises:
        ValueError: the draft's own revision is not greater than `revision`.
    """
    if draft.revision <= revision:
        raise ValueError("a draft that changed needs a greater revision")
    values = {"revision": draft.revision, "content": _content(draft)}
    written = await connection.execute(
        _REPLACE, {"draft_id": draft.id, "old_revision": revision} | values
    )
    return written.rowcount == 1


async def mark_submitted(connection: AsyncConnection, draft_id: str, export_id: str) -> bool:
    """Says what the draft became.

    Returns:
        True for exactly one caller; False when it was submitted before, or is not there.
    """
    written = await connection.execute(
        update(drafts)
        .where(drafts.c.id == draft_id, drafts.c.export_id.is_(None))
        .values(export_id=export_id, owner=None)
    )
    return written.rowcount == 1


async def promise(connection: AsyncConnection, draft_id: str, owner: str) -> None:
    """Says that this process will start the draft, unless it has become an export already."""
    await connection.execute(
        update(drafts)
        .where(drafts.c.id == draft_id, drafts.c.export_id.is_(None))
        .values(owner=owner)
    )


async def absolve(connection: AsyncConnection, draft_id: str) -> None:
    """Says that nothing is promised any more: the person knows what became of the draft."""
    await connection.execute(update(drafts).where(drafts.c.id == draft_id).values(owner=None))


async def give_up(connection: AsyncConnection, draft_id: str) -> None:
    """Gives up one promise, where there still is one, for the next look of whoever looks first."""
    await connection.execute(
        update(drafts).where(PROMISED, drafts.c.id == draft_id).values(owner=NOBODY)
    )


async def release(connection: AsyncConnection, owner: str) -> None:
    """Gives up what this process has promised, for another one to take over at once."""
    await connection.execute(update(drafts).where(drafts.c.owner == owner).values(owner=NOBODY))


async def promising(connection: AsyncConnection) -> frozenset[str]:
    """The processes that have promised something, and `NOBODY` where one gave it up."""
    found = await connection.scalars(select(drafts.c.owner).where(PROMISED).distinct())
    return frozenset(str(owner) for owner in found)


async def take_over(
    connection: AsyncConnection, *, owner: str, dead: Collection[str]
) -> tuple[Draft, ...]:
    """Takes the promises of these processes, which do not live any more, oldest first.

    For a write transaction: two processes never get the same one.
    """
    rows = await connection.execute(
        select(drafts).where(PROMISED, drafts.c.owner.in_(dead)).order_by(drafts.c.created_at)
    )
    found = tuple(_draft_of(row) for row in rows)
    await connection.execute(
        update(drafts).where(PROMISED, drafts.c.owner.in_(dead)).values(owner=owner)
    )
    return found


async def sweep(connection: AsyncConnection, before: datetime) -> int:
    """Deletes drafts created before that moment that nobody was promised: how many there were."""
    old = delete(drafts).where(drafts.c.created_at < before, drafts.c.owner.is_(None))
    return (await connection.execute(old)).rowcount


def _draft_of(row: Row[*tuple[Any, ...]]) -> Draft:
    return _ADAPTER.validate_python(
        {
            **row.content,
            "id": row.id,
            "created_at": row.created_at,
            "revision": row.revision,
            "export_id": row.export_id,
        }
    )


def _content(draft: Draft) -> dict[str, Any]:
    content: dict[str, Any] = _ADAPTER.dump_python(draft, mode="json", exclude=_COLUMNS)
    return content
