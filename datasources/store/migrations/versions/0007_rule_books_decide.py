"""rule books decide instead of settings, inquiries name the one that did, and silence is since when heard"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("inquiry", sa.Column("book_version", sa.Text))
    op.drop_table("setting")
    op.add_column("watermark", sa.Column("heard_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE watermark SET heard_at = as_of")
    op.alter_column("watermark", "heard_at", nullable=False)
