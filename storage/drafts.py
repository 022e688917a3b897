"""Drafts: what each open modal knows.

Answers from the network arrive in any order, so a draft is replaced only where it still is the
one that the caller read; and it becomes an export at most once.
"""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.draft import Draft
from storage.tables import drafts

_ADAPTER = TypeAdapter(Draft)
_COLUMNS = {"id", "created_at", "revision", "export_id"}
"""What stands in a column of its own; everything else is in `content`."""


async def put(connection: AsyncConnection, draft: Draft) -> None:
    """Inserts a new draft.

    Raises:
        sqlalchemy.exc.IntegrityError: the id exists; `replace` changes a draft.
    """
    await connection.execute(
        insert(drafts).values(
            id=draft.id,
            created_at=draft.created_at,
            revision=draft.revision,
            export_id=draft.export_id,
            content=_content(draft),
        )
    )


async def get(connection: AsyncConnection, draft_id: str) -> Draft | None:
    """The draft, or None when it never was or has been swept."""
    row = (await connection.execute(select(drafts).where(drafts.c.id == draft_id))).one_or_none()
    if row is None:
        return None
    return _ADAPTER.validate_python(
        {
            **row.content,
            "id": row.id,
            "created_at": row.created_at,
            "revision": row.revision,
            "export_id": row.export_id,
        }
    )


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
    written = await connection.execute(
        update(drafts)
        .where(drafts.c.id == draft.id, drafts.c.revision == revision, drafts.c.export_id.is_(None))
        .values(revision=draft.revision, content=_content(draft))
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
        .values(export_id=export_id)
    )
    return written.rowcount == 1


async def sweep(connection: AsyncConnection, before: datetime) -> int:
    """Deletes drafts created before that moment: how many there were."""
    return (await connection.execute(delete(drafts).where(drafts.c.created_at < before))).rowcount


def _content(draft: Draft) -> dict[str, Any]:
    content: dict[str, Any] = _ADAPTER.dump_python(draft, mode="json", exclude=_COLUMNS)
    return content
