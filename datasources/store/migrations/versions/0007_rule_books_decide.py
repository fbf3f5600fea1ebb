"""Rule books take the place of settings, and every inquiry names the one that decided it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inquiry", sa.Column("book_version", sa.Text))
    op.drop_table("setting")
