"""promises of goods still to be bought or made rest on orders of ours"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "firm_order",
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("reservation_id", sa.Uuid, nullable=False),
        sa.Column("serves", sa.Text),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
        sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("pegged", sa.BigInteger, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ready_on", sa.Date, nullable=False),
        sa.Column("usable_on", sa.Date, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.CheckConstraint("label IN ('ctp_buy', 'ctp_make')", name="firm_order_is_bought_or_made"),
        sa.CheckConstraint("pegged BETWEEN 1 AND quantity", name="firm_order_serves_what_asked"),
        sa.Index("firm_order_by_reservation", "reservation_id"),
        sa.Index("firm_order_by_item", "sku", "site_id"),
        comment="Append only: purchase requests and production orders that promises rest on. Their supply, "
        "components and minutes are lines of source earmark under the same id.",
    )
