"""What was promised: how a delivery is divided into files, and drafts that will start."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Deliveries on their way are divided by today's limit; no draft waits for its start."""
    with op.batch_alter_table("deliveries", recreate="always") as table:
        table.add_column(sa.Column("division", sa.JSON()), insert_after="settled")
    with op.batch_alter_table("drafts", recreate="always") as table:
        table.add_column(sa.Column("owner", sa.String()), insert_after="export_id")
    promised = sa.column("owner").is_not(None)
    op.create_index(
        "ix_drafts_promised",
        "drafts",
        ["owner"],
        sqlite_where=promised,
        postgresql_where=promised,
    )
