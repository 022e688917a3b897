"""How long a row of the CSV is, measured on files that were made before."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.project import Project
from storage.tables import exports, parts

LOOKED_AT = 50
"""Newest files of the project that are looked at; most have the same few choices of fields."""


async def bytes_per_row(
    connection: AsyncConnection, project: Project, fields: Sequence[str]
) -> float | None:
    """Bytes of a row over the project's newest files with exactly these columns, in this order.

    Other analyses and other rows of the project count too: their texts are alike. Figures stay
    when a file is removed.

    Returns:
        None where no such file has rows.
    """
    found = await connection.execute(
        select(exports.c.fields, parts.c.file_bytes, parts.c.file_rows)
        .join(exports, parts.c.export_id == exports.c.id)
        .where(
            exports.c.organisation == project.organisation,
            exports.c.project == project.name,
            parts.c.processed_at.is_not(None),  # what its index holds
            parts.c.file_rows > 0,
        )
        .order_by(parts.c.processed_at.desc())
        .limit(LOOKED_AT)
    )
    # compared here: two JSON values are not comparable in every database
    wanted = tuple(fields)
    alike = [row for row in found if tuple(column.field for column in row.fields) == wanted]
    rows = sum(row.file_rows for row in alike)
    return sum(row.file_bytes for row in alike) / rows if rows else None
