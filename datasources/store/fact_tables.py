"""What sources state: facts of which every version is kept."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from datasources.store.tables import Instant, metadata


def _recorded() -> tuple[sa.Column[object], ...]:
    """A mirror keeps every version: a change closes the old one and opens a new one.

    Two axes of time: `stated_from` is when the source first said so, `recorded_from` to `recorded_until` is
    when we knew it. `as_of` is when the source last said so.
    """
    return (
        sa.Column("version_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("as_of", Instant, nullable=False),
        sa.Column("stated_from", Instant, nullable=False),
        sa.Column("recorded_from", Instant, nullable=False),
        sa.Column("recorded_until", Instant),
    )


def _open_version(name: str, *key: str) -> sa.Index:
    """Of each key at most one version is open."""
    return sa.Index(f"{name}_open", *key, unique=True, postgresql_where=sa.text("recorded_until IS NULL"))


def _closed(table: str) -> sa.Index:
    """Finds the versions of an item that are no longer in force, by when that ended."""
    return sa.Index(
        f"{table}_closed_by_item",
        "sku",
        "recorded_until",
        postgresql_where=sa.text("recorded_until IS NOT NULL"),
    )


supply_line = sa.Table(
    "supply_line",
    metadata,
    *_recorded(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("line_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("firmness", sa.Text, nullable=False),
    sa.Column("ownership", sa.Text, nullable=False),
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
    sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("supplier", sa.Text, nullable=False),
    sa.Column("usable_until", sa.Date),
    _open_version("supply_line", "source", "line_id"),
    sa.Index("supply_line_versions", "line_id", "source", "version_id"),
    sa.Index("supply_line_by_item", "sku", postgresql_where=sa.text("recorded_until IS NULL")),
    _closed("supply_line"),
    sa.Index("supply_line_by_supplier", "supplier", "line_id", postgresql_where=sa.text("supplier <> ''")),
    comment="Outside facts: open receipts. `due` is the local day it counts from.",
)

demand_line = sa.Table(
    "demand_line",
    metadata,
    *_recorded(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, sa.ForeignKey("channel.code"), nullable=False),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("line_id", sa.Text, nullable=False),
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
    sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("needed_on", sa.Date, nullable=False),
    sa.Column("wanted", sa.Date, nullable=False),
    sa.Column("customer", sa.Text, nullable=False),
    _open_version("demand_line", "channel", "order_id", "line_id"),
    sa.Index("demand_line_versions", "order_id", "line_id", "channel", "version_id"),
    sa.Index("demand_line_by_item", "sku", postgresql_where=sa.text("recorded_until IS NULL")),
    _closed("demand_line"),
    comment="Outside facts: open order lines, keyed (channel, order, line) so that each counts once.",
)

hold = sa.Table(
    "hold",
    metadata,
    *_recorded(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("hold_id", sa.Text, nullable=False),
    sa.Column("hold_code", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
    sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
    sa.Column("quantity", sa.BigInteger),
    sa.Column("lots", ARRAY(sa.Text), nullable=False),
    sa.Column("bins", ARRAY(sa.Text), nullable=False),
    sa.Column("starts", sa.Date),
    sa.Column("until", sa.Date),
    _open_version("hold", "source", "hold_id"),
    sa.Index("hold_versions", "hold_id", "source", "version_id"),
    sa.Index("hold_by_item", "sku", postgresql_where=sa.text("recorded_until IS NULL")),
    _closed("hold"),
    comment="Outside facts: quantities, lots and bins set apart from promising.",
)

safety_stock = sa.Table(
    "safety_stock",
    metadata,
    *_recorded(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
    sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
    sa.Column("starts", sa.Date, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    _open_version("safety_stock", "sku", "site_id", "starts"),
    _closed("safety_stock"),
    comment="What is kept from new promises from the day `starts` on, until a later row; "
    "the first day is always.",
)

forecast = sa.Table(
    "forecast",
    metadata,
    *_recorded(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("forecast_id", sa.Text, nullable=False),
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
    sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
    sa.Column("channel", sa.Text, sa.ForeignKey("channel.code"), nullable=False),
    sa.Column("starts", sa.Date, nullable=False),
    sa.Column("ends", sa.Date, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    _open_version("forecast", "source", "forecast_id"),
    sa.Index("forecast_by_item", "sku", postgresql_where=sa.text("recorded_until IS NULL")),
    comment="Gross forecasts of the days [starts, ends).",
)

allocation = sa.Table(
    "allocation",
    metadata,
    *_recorded(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("allocation_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
    sa.Column("channel", sa.Text, sa.ForeignKey("channel.code"), nullable=False),
    sa.Column("starts", sa.Date, nullable=False),
    sa.Column("ends", sa.Date, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    _open_version("allocation", "source", "allocation_id"),
    sa.Index("allocation_by_item", "sku", postgresql_where=sa.text("recorded_until IS NULL")),
    comment="Quotas, protections and shares of the days [starts, ends).",
)

supplier = sa.Table(
    "supplier",
    metadata,
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

production = sa.Table(
    "production",
    metadata,
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

bill = sa.Table(
    "bill",
    metadata,
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

capacity = sa.Table(
    "capacity",
    metadata,
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

substitute = sa.Table(
    "substitute",
    metadata,
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
    sa.Column("other", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
    sa.Column("ratio", sa.Text, nullable=False),
    sa.Column("pack", sa.BigInteger, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.CheckConstraint("pack > 0", name="substitute_pack_holds_something"),
    sa.CheckConstraint("sku <> other", name="substitute_is_another_item"),
    comment="`ratio` smallest units of the other stand for one of the item; sent in packs of its own.",
)

superseded = sa.Table(
    "superseded",
    metadata,
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
    sa.Column("successor", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
    sa.Column("use_up", sa.Boolean, nullable=False),
    sa.CheckConstraint("sku <> successor", name="successor_is_another_item"),
    comment="Which item took another's place; with `use_up` once its own goods are gone.",
)
