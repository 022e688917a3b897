"""Capabilities: what a workspace or a Botify account has shown that it can or cannot do.

The subject says whose: `botify:jane.doe`, `slack:T123`. Losing a row only costs asking again.
"""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import capabilities


async def get(connection: AsyncConnection, subject: str, name: str) -> str | None:
    """What was last learnt, or None when nothing was."""
    found: str | None = await connection.scalar(
        select(capabilities.c.value).where(
            capabilities.c.subject == subject, capabilities.c.name == name
        )
    )
    return found


async def put(
    connection: AsyncConnection, subject: str, name: str, value: str, at: datetime
) -> None:
    """Remembers the value and when it was learnt, in place of what was known before."""
    written = await connection.execute(
        update(capabilities)
        .where(capabilities.c.subject == subject, capabilities.c.name == name)
        .values(value=value, at=at)
    )
    if written.rowcount == 0:
        await connection.execute(
            insert(capabilities).values(subject=subject, name=name, value=value, at=at)
        )
