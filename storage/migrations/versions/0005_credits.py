"""The price of an export stands in the database, as its rows and its reason do."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of earlier exports it is not known. The table is not made anew: others refer to it."""
    op.add_column("exports", sa.Column("credits_expected", sa.Integer()))
