"""asks about the past: an inquiry says by what was known when it was decided"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("inquiry", sa.Column("known_at", sa.DateTime(timezone=True)))
