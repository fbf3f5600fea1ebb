"""slots of orders at sites that ship only so many a day"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "slot",
        sa.Column("reservation_id", sa.Uuid, primary_key=True),
        sa.Column("part", sa.SmallInteger, primary_key=True),
        sa.Column("site_id", sa.Text, nullable=False),
        sa.Column("ship_on", sa.Date, nullable=False),
        sa.Column("ordered", sa.Text, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("ends", INSTANT),
        sa.Column("closes", INSTANT),
        sa.Column("given_back", INSTANT),
        sa.Index("slot_by_day", "ship_on", "site_id"),
        sa.Index("slot_by_order", "ordered"),
        comment="Which order leaves which site on which day, where the site ships only so many a day. "
        "Past `ends` a slot is free again, unless `closes` came first; nobody writes that.",
    )
    op.create_table(
        "slot_site",
        sa.Column("site_id", sa.Text, primary_key=True),
        comment="Locked by whoever takes a slot at the site, after the profiles, in key order.",
    )
