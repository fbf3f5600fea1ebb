"""how more of an item can be had: suppliers, production versions, bills of materials, free minutes"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

INSTANT = sa.DateTime(timezone=True)


def _recorded() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("version_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("stated_from", INSTANT, nullable=False),
        sa.Column("recorded_from", INSTANT, nullable=False),
        sa.Column("recorded_until", INSTANT),
    )


def _open_version(name: str, *key: str) -> sa.Index:
    return sa.Index(f"{name}_open", *key, unique=True, postgresql_where=sa.text("recorded_until IS NULL"))


def upgrade() -> None:
    op.create_table(
        "supplier",
        *_recorded(),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
        sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("lead_time_days", sa.Integer),
        sa.Column("supplier_days", sa.Integer, nullable=False),
        sa.Column("supplier_calendar", sa.Text, nullable=False),
        sa.Column("transit_days", sa.Integer, nullable=False),
        sa.Column("carrier_calendar", sa.Text, nullable=False),
        sa.Column("receiving_calendar", sa.Text, nullable=False),
        sa.Column("dock_to_stock_days", sa.Integer),
        sa.Column("minimum", sa.BigInteger, nullable=False),
        sa.Column("multiple", sa.BigInteger, nullable=False),
        sa.Column("a_day", sa.BigInteger),
        sa.Column("unit_cost", sa.Text, nullable=False),
        sa.Column("order_cost", sa.Text, nullable=False),
        sa.Column("desk_zone", sa.Text, nullable=False),
        sa.Column("desk_calendar", sa.Text, nullable=False),
        sa.Column("cut_off", sa.Integer),
        sa.Column("fence_days", sa.Integer, nullable=False),
        _open_version("supplier", "sku", "site_id", "supplier"),
        comment="Outside facts: who sells an item for a site. Costs are exact fractions, as text.",
    )
    op.create_table(
        "production",
        *_recorded(),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
        sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, sa.ForeignKey("item.sku")),
        sa.Column("set_up_minutes", sa.Integer, nullable=False),
        sa.Column("minutes_a_unit", sa.Text, nullable=False),
        sa.Column("fixed_days", sa.Integer, nullable=False),
        sa.Column("calendar", sa.Text, nullable=False),
        sa.Column("fence_days", sa.Integer, nullable=False),
        sa.Column("unit_cost", sa.Text, nullable=False),
        _open_version("production", "sku", "site_id", "version"),
        comment="Outside facts: how an item can be made at a site. Minutes a unit are a fraction, as text.",
    )
    op.create_table(
        "bill",
        *_recorded(),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("component", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
        sa.Column("per", sa.Text, nullable=False),
        sa.Column("scrap", sa.Text, nullable=False),
        _open_version("bill", "sku", "version", "component"),
        comment="Outside facts: what a version takes of a component, as exact fractions of smallest units.",
    )
    op.create_table(
        "capacity",
        *_recorded(),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
        sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        _open_version("capacity", "sku", "site_id", "day", "order_id"),
        sa.Index("capacity_by_order", "order_id", postgresql_where=sa.text("order_id <> ''")),
        comment="Minutes of a resource by day: those its source states as free, and below 0 those that firm "
        "orders of ours have taken.",
    )
