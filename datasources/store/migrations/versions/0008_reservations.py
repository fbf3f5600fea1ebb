"""goods are reserved: what was reserved, every move of it, and each request's one outcome"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reservation",
        sa.Column("reservation_id", sa.Uuid, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("sku", sa.Text, nullable=False),
        sa.Column("wanted", sa.Date, nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("line_id", sa.Text, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("state", sa.Text, nullable=False),
        sa.CheckConstraint("quantity > 0", name="reservation_is_of_something"),
        sa.CheckConstraint(
            "state IN ('active', 'confirmed', 'released', 'shipped')", name="reservation_state_is_known"
        ),
        sa.CheckConstraint("state <> 'active' OR expires_at IS NOT NULL", name="active_reservation_ends"),
        comment="Goods kept for somebody. Past `expires_at` an active one is expired; nobody writes that.",
    )
    op.create_index(
        "reservation_live_by_item",
        "reservation",
        ["sku", sa.text("coalesce(expires_at, 'infinity')")],
        postgresql_where=sa.text("state IN ('active', 'confirmed')"),
    )
    op.create_index(
        "reservation_by_order",
        "reservation",
        ["order_id", "line_id", "channel"],
        postgresql_where=sa.text("order_id <> ''"),
    )
    op.create_table(
        "reservation_part",
        sa.Column("reservation_id", sa.Uuid, primary_key=True),
        sa.Column("part", sa.SmallInteger, primary_key=True),
        sa.Column("site_id", sa.Text, nullable=False),
        sa.Column("position", sa.Text, nullable=False),
        sa.Column("needed_on", sa.Date, nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("open", sa.BigInteger, nullable=False),
        sa.CheckConstraint("open BETWEEN 0 AND quantity", name="reservation_part_holds_what_it_may"),
        comment="Where and when the goods are kept. `open` is the sum of the part's moves.",
    )
    op.create_table(
        "reservation_move",
        sa.Column("move_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("reservation_id", sa.Uuid, nullable=False),
        sa.Column("part", sa.SmallInteger, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("active", sa.BigInteger, nullable=False),
        sa.Column("confirmed", sa.BigInteger, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Index("reservation_move_by_reservation", "reservation_id", "move_id"),
        comment="Append only: what each request did to a part, and until when it was kept afterwards.",
    )
    op.create_table(
        "operation",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        comment="Append only: the one outcome of each request, in the transaction that made its effect.",
    )
