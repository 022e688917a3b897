"""Lost answers are counted, and jobs that were let go stay known."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A part that is looked for has lost one answer at least; how many nobody knows."""
    with op.batch_alter_table("parts", recreate="always") as table:
        table.add_column(
            sa.Column("asked_at", sa.DateTime(timezone=True)), insert_after="intent_at"
        )
        table.add_column(
            sa.Column("lost", sa.Integer(), nullable=False, server_default="0"),
            insert_after="looks",
        )
    parts = sa.table("parts", sa.column("looks"), sa.column("lost"))
    op.execute(parts.update().where(parts.c.looks.is_not(None)).values(lost=1))
    with op.batch_alter_table("parts") as table:
        table.alter_column("lost", server_default=None)
    op.create_table(
        "let_go",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("export_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name=op.f("fk_let_go_export_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "export_id", name=op.f("pk_let_go")),
    )
