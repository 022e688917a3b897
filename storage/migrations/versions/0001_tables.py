"""The first tables: exports, deliveries, drafts and what goes with them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """All tables of the first version."""
    op.create_table(
        "exports",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("analysis", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("filter", sa.JSON()),
        sa.Column("depth_first", sa.Integer()),
        sa.Column("depth_last", sa.Integer()),
        sa.Column("without_depth", sa.Boolean(), nullable=False),
        sa.Column("preset", sa.Text(), nullable=False),
        sa.Column("rows_expected", sa.Integer()),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("guard", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("owner", sa.String()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_key", "exports", ["key", "requested_at"])
    op.create_index(
        "ix_exports_unfinished",
        "exports",
        ["owner", "lease_until"],
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "parts",
        sa.Column("export_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("depth_first", sa.Integer()),
        sa.Column("depth_last", sa.Integer()),
        sa.Column("without_depth", sa.Boolean(), nullable=False),
        sa.Column("rows_expected", sa.Integer()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON()),
        sa.Column("intent_at", sa.DateTime(timezone=True)),
        sa.Column("looks", sa.Integer()),
        sa.Column("job_id", sa.String()),
        sa.Column("job_status", sa.Text()),
        sa.Column("download_url", sa.Text()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("refreshed", sa.Boolean(), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True)),
        sa.Column("file_path", sa.Text()),
        sa.Column("file_bytes", sa.BigInteger()),
        sa.Column("file_rows", sa.Integer()),
        sa.Column("file_columns", sa.Integer()),
        sa.Column("file_guarded", sa.Boolean()),
        sa.Column("file_notes", sa.JSON()),
        sa.Column("failure", sa.JSON()),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name=op.f("fk_parts_export_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("export_id", "number", name=op.f("pk_parts")),
    )
    op.create_index(
        "ix_parts_job_id",
        "parts",
        ["job_id"],
        sqlite_where=sa.text("job_id IS NOT NULL"),
        postgresql_where=sa.text("job_id IS NOT NULL"),
    )
    op.create_index(
        "ix_parts_processed_at",
        "parts",
        ["processed_at"],
        sqlite_where=sa.text("processed_at IS NOT NULL"),
        postgresql_where=sa.text("processed_at IS NOT NULL"),
    )
    op.create_index(
        "ix_parts_with_file",
        "parts",
        ["export_id"],
        sqlite_where=sa.text("file_path IS NOT NULL"),
        postgresql_where=sa.text("file_path IS NOT NULL"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("export_id", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("post_file_in", sa.String(), nullable=False),
        sa.Column("join", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("intent_at", sa.DateTime(timezone=True)),
        sa.Column("message_channel", sa.String()),
        sa.Column("message_ts", sa.String()),
        sa.Column("shown", sa.Text()),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("reused", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.JSON()),
        sa.Column("owner", sa.String()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name=op.f("fk_deliveries_export_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_export_id", "deliveries", ["export_id"])
    op.create_index("ix_deliveries_message", "deliveries", ["message_ts", "message_channel"])
    op.create_index(
        "ix_deliveries_unsettled",
        "deliveries",
        ["owner", "due_at"],
        sqlite_where=sa.column("settled") == sa.false(),
        postgresql_where=sa.column("settled") == sa.false(),
    )
    op.create_table(
        "uploads",
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.String(), nullable=False),
        sa.Column("share_ts", sa.String()),
        sa.Column("permalink", sa.Text()),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_uploads_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_uploads")),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("export_id", sa.String()),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index("ix_drafts_created_at", "drafts", ["created_at"])
    op.create_table(
        "interactions",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_interactions")),
    )
    op.create_index("ix_interactions_at", "interactions", ["at"])
    op.create_table(
        "capabilities",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", "name", name=op.f("pk_capabilities")),
    )
