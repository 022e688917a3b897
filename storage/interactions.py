"""Interactions: which events of Slack were handled, because Slack may send one again."""

from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import interactions


async def record(connection: AsyncConnection, key: str, at: datetime) -> bool:
    """Remembers that the interaction is handled.

    Returns:
        True for exactly one caller of each key; False when it was there.
    """
    try:
        # PostgreSQL gives the whole transaction up after an error, SQLite only the statement.
        async with connection.begin_nested():
            await connection.execute(insert(interactions).values(key=key, at=at))
    except IntegrityError:
        return False
    return True


async def sweep(connection: AsyncConnection, before: datetime) -> int:
    """Forgets interactions older than that moment: how many there were."""
    return (
        await connection.execute(delete(interactions).where(interactions.c.at < before))
    ).rowcount
