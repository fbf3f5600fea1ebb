"""where a reservation's goods go, and the days of its parts"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "reservation_delivery",
        sa.Column("reservation_id", sa.Uuid, primary_key=True),
        sa.Column("part", sa.SmallInteger, primary_key=True),
        sa.Column("ship_to", sa.Text, nullable=False),
        sa.Column("asked_service", sa.Text),
        sa.Column("ship_on", sa.Date, nullable=False),
        sa.Column("promised", sa.Date, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        comment="Append only: of a part that is delivered, where to, when it leaves and when it is received.",
    )
