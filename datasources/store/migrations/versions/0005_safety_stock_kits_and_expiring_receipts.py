"""safety stock, kits and expiring receipts"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("supply_line", sa.Column("usable_until", sa.Date()))
    op.create_table(
        "safety_stock",
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_until", sa.DateTime(timezone=True)),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sku"], ["item.sku"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.site_id"]),
        sa.PrimaryKeyConstraint("version_id"),
        comment="What is kept from new promises from the day `starts` on, until a later row; "
        "the first day is always.",
    )
    op.create_index(
        "safety_stock_open",
        "safety_stock",
        ["sku", "site_id", "starts"],
        unique=True,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.create_table(
        "kit",
        sa.Column("kit", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("per", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("per > 0", name="kit_takes_something"),
        sa.CheckConstraint("kit <> component", name="kit_is_no_part_of_itself"),
        sa.ForeignKeyConstraint(["kit"], ["item.sku"]),
        sa.ForeignKeyConstraint(["component"], ["item.sku"]),
        sa.PrimaryKeyConstraint("kit", "component"),
        comment="One kit takes `per` smallest units of the component.",
    )
    op.create_index("kit_by_component", "kit", ["component"])
