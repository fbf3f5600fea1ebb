"""the latest day of a reservation, where the asker named one"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "reservation_latest",
        sa.Column("reservation_id", sa.Uuid, primary_key=True),
        sa.Column("latest", sa.Date, nullable=False),
        comment="Append only: the last day of receipt that is of any use, where the asker named one.",
    )
