"""where goods go: destinations, lanes, and how long a site prepares and puts away"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name in ("preparation_days", "dock_to_stock_days"):
        op.add_column("site", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "destination",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("calendar", sa.Text, sa.ForeignKey("calendar.name"), nullable=False),
    )
    op.create_table(
        "lane",
        sa.Column("origin", sa.Text, sa.ForeignKey("site.site_id"), primary_key=True),
        sa.Column("destination", sa.Text, sa.ForeignKey("destination.code"), primary_key=True),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("calendar", sa.Text, sa.ForeignKey("calendar.name"), nullable=False),
        sa.Column("transit_days", sa.Integer, nullable=False),
        sa.Column("transit_hours", sa.Integer),
        sa.Column("departs", sa.Integer, nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False),
        comment="Ways from sites to destinations as they are now; what they were stands in the set-ups. With "
        "hours, they count from `departs`, minutes after the origin's local midnight.",
    )
