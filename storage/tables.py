"""The tables, their indexes, and what each column means where its name does not say it.

Migrations make them (`storage/migrations`); a test compares the two. Most rows soon belong to the
past, so the indexes that a tick uses hold only what is not finished.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)

from bot.model import specification
from bot.model.delivery import Division
from bot.model.failure import Failure
from bot.model.preview import Preview
from storage.column_types import Moment, Nested, Words

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

exports = Table(
    "exports",
    METADATA,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False),  # hash of the nine columns that follow
    Column("account", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("analysis", Text, nullable=False),
    Column("fields", Nested(tuple[specification.Column, ...]), nullable=False),  # with types
    Column("filter", Nested(dict[str, Any])),
    Column("depth_first", Integer),
    Column("depth_last", Integer),
    Column("without_depth", Boolean, nullable=False),
    Column("preset", Text, nullable=False),
    Column("rows_expected", Integer),
    Column("requested_by", Words, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("reason", Words),
    Column("guard", Boolean, nullable=False),
    Column("state", String, nullable=False),  # derived from the parts, for queries
    Column("finished_at", Moment),  # NULL while any part has not ended
    Column("owner", String),  # the process that works on it; NULL when finished
    Column("lease_until", Moment),
    Column("credits_expected", Integer),  # the price that was shown, for whoever audits
)
Index("ix_exports_key", exports.c.key, exports.c.requested_at)
UNFINISHED = exports.c.finished_at.is_(None)
"""Exports with a part that has not ended; written the same way in the index and in queries."""

Index(
    "ix_exports_unfinished",
    exports.c.owner,
    exports.c.lease_until,
    sqlite_where=UNFINISHED,
    postgresql_where=UNFINISHED,
)

parts = Table(
    "parts",
    METADATA,
    Column(
        "export_id", ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True, nullable=False
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("depth_first", Integer),
    Column("depth_last", Integer),
    Column("without_depth", Boolean, nullable=False),
    Column("rows_expected", Integer),
    Column("state", String, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("payload", Nested(dict[str, Any])),
    Column("intent_at", Moment),
    Column("asked_at", Moment),
    Column("looks", Integer),
    Column("lost", Integer, nullable=False),
    Column("job_id", String),
    Column("job_status", Text),
    Column("download_url", Text),
    Column("tries", Integer, nullable=False),
    Column("refreshed", Boolean, nullable=False),
    Column("processed_at", Moment),  # when the job was first seen done; only here
    Column("file_path", Text),  # NULL: there is no file, or it has been removed
    Column("file_bytes", BigInteger),  # the figures stay when the file is removed
    Column("file_rows", Integer),
    Column("file_columns", Integer),
    Column("file_guarded", Boolean),
    Column("file_notes", Nested(tuple[str, ...])),
    Column("file_preview", Nested(Preview)),
    Column("failure", Nested(Failure)),
)
Index(
    "ix_parts_job_id",
    parts.c.job_id,
    sqlite_where=parts.c.job_id.is_not(None),
    postgresql_where=parts.c.job_id.is_not(None),
)
Index(
    "ix_parts_processed_at",
    parts.c.processed_at,
    sqlite_where=parts.c.processed_at.is_not(None),
    postgresql_where=parts.c.processed_at.is_not(None),
)
Index(
    "ix_parts_with_file",
    parts.c.export_id,
    sqlite_where=parts.c.file_path.is_not(None),
    postgresql_where=parts.c.file_path.is_not(None),
)

let_go = Table(
    "let_go",
    METADATA,
    Column("job_id", String, primary_key=True),
    Column("export_id", ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True),
)
"""Botify's jobs that a part no longer holds: a person started it over. They are nobody else's."""

deliveries = Table(
    "deliveries",
    METADATA,
    Column("id", String, primary_key=True),
    Column("export_id", ForeignKey("exports.id"), nullable=False),
    Column("team", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("user", String, nullable=False),
    Column("user_name", Words, nullable=False),
    Column("post_file_in", String, nullable=False),
    Column("join", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("intent_at", Moment),
    Column("message_channel", String),
    Column("message_ts", String),
    Column("shown", Text),
    Column("edited_at", Moment),
    Column("settled", Boolean, nullable=False),
    Column("division", Nested(Division)),  # NULL until the first file is reserved
    Column("reused", Boolean, nullable=False),
    Column("failure", Nested(Failure)),
    Column("owner", String),  # the process that works on it; NULL when settled
    Column("lease_until", Moment),
)
Index("ix_deliveries_export_id", deliveries.c.export_id)
Index("ix_deliveries_message", deliveries.c.message_ts, deliveries.c.message_channel)
UNSETTLED = deliveries.c.settled == false()
"""Deliveries with something left to do; written the same way in the index and in queries."""

Index(
    "ix_deliveries_unsettled",
    deliveries.c.owner,
    deliveries.c.due_at,
    sqlite_where=UNSETTLED,
    postgresql_where=UNSETTLED,
)

uploads = Table(
    "uploads",
    METADATA,
    Column(
        "delivery_id",
        ForeignKey("deliveries.id", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("file_id", String, nullable=False),
    Column("share_ts", String),
    Column("permalink", Text),
)

drafts = Table(
    "drafts",
    METADATA,
    Column("id", String, primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("export_id", String),  # NULL until it became an export
    Column("owner", String),  # the process that has promised to start it; NULL for all others
    Column("content", JSON, nullable=False),  # everything else
)
Index("ix_drafts_created_at", drafts.c.created_at)
PROMISED = drafts.c.owner.is_not(None)
"""Drafts that a person was told will start; written the same way in the index and in queries."""

Index("ix_drafts_promised", drafts.c.owner, sqlite_where=PROMISED, postgresql_where=PROMISED)

interactions = Table(
    "interactions",
    METADATA,
    Column("key", String, primary_key=True),
    Column("at", Moment, nullable=False),
)
Index("ix_interactions_at", interactions.c.at)

capabilities = Table(
    "capabilities",
    METADATA,
    Column("subject", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
