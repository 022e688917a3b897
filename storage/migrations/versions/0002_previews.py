"""A first look at a finished file, for the message: a few rows and the counts of empty cells."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Files from before have no preview."""
    with op.batch_alter_table("parts", recreate="always") as table:
        table.add_column(sa.Column("file_preview", sa.JSON()), insert_after="file_notes")
