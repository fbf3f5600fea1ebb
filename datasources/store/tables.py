"""The store's tables (PostgreSQL 15 or later). What each is for, and its rule, stands beside it.

Items and sites are keyed by their own names (sku, site_id): a person reading a row needs no look-up.
Quantities are bigint, in the item's smallest unit. Instants are timestamptz, days are local to the site.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = sa.MetaData()


def among(column: sa.ColumnElement[Any], values: Iterable[Any]) -> sa.ColumnElement[bool]:
    """The column is one of the values, sent as one array however many they are."""
    return column == sa.any_(sa.literal(list(values), ARRAY(column.type)))


Instant = sa.DateTime(timezone=True)


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


deployment = sa.Table(
    "deployment",
    metadata,
    sa.Column("one_row", sa.Boolean, primary_key=True),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("clock_offset", sa.Interval, nullable=False),
    sa.CheckConstraint("one_row", name="deployment_is_one_row"),
    sa.CheckConstraint("mark IN ('production', 'demo', 'test')", name="deployment_mark_is_known"),
    sa.CheckConstraint(
        "mark <> 'production' OR clock_offset = interval '0'", name="production_keeps_the_true_clock"
    ),
    comment="One row, written when the database is made. Only demo and test databases may shift the clock.",
)

setup = sa.Table(
    "setup",
    metadata,
    sa.Column("setup_hash", sa.Text, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    comment="Sites, channels, calendars and settings by the hash of their content; never changed, so that "
    "any inquiry can be decided again.",
)

catalogue = sa.Table(
    "catalogue",
    metadata,
    sa.Column("one_row", sa.Boolean, primary_key=True),
    sa.Column("setup_hash", sa.Text, sa.ForeignKey("setup.setup_hash"), nullable=False),
    sa.CheckConstraint("one_row", name="catalogue_is_one_row"),
    comment="Which set-up is in force.",
)

setup_version = sa.Table(
    "setup_version",
    metadata,
    sa.Column("recorded_from", Instant, primary_key=True),
    sa.Column("setup_hash", sa.Text, sa.ForeignKey("setup.setup_hash"), nullable=False),
    comment="Append only: which set-up came into force when.",
)

item = sa.Table(
    "item",
    metadata,
    sa.Column("sku", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("precision", sa.SmallInteger, nullable=False),
    sa.Column("attributes", JSONB, nullable=False),
    sa.CheckConstraint("precision BETWEEN 0 AND 6", name="item_precision_is_small"),
)

alias = sa.Table(
    "alias",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
    sa.Column("numerator", sa.BigInteger, nullable=False),
    sa.Column("denominator", sa.BigInteger, nullable=False),
    sa.CheckConstraint("numerator > 0 AND denominator > 0", name="alias_factor_is_positive"),
    comment="What a source calls an item: one `unit` of `code` is numerator/denominator base units.",
)

calendar = sa.Table(
    "calendar",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("open_weekdays", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("closed", ARRAY(sa.Date), nullable=False),
)

site = sa.Table(
    "site",
    metadata,
    sa.Column("site_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("calendar", sa.Text, sa.ForeignKey("calendar.name"), nullable=False),
    sa.Column("preparation_days", sa.Integer, nullable=False, server_default="0"),
    sa.Column("dock_to_stock_days", sa.Integer, nullable=False, server_default="0"),
)

destination = sa.Table(
    "destination",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("calendar", sa.Text, sa.ForeignKey("calendar.name"), nullable=False),
)

lane = sa.Table(
    "lane",
    metadata,
    sa.Column("origin", sa.Text, sa.ForeignKey("site.site_id"), primary_key=True),
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("calendar", sa.Text, sa.ForeignKey("calendar.name"), nullable=False),
    sa.Column("transit_days", sa.Integer, nullable=False),
    sa.Column("transit_hours", sa.Integer),
    sa.Column("departs", sa.Integer, nullable=False),
    sa.Column("cost", sa.BigInteger, nullable=False),
    comment="Ways from sites to destinations and other sites as they are now; what they were stands in the "
    "set-ups. With hours, they count from `departs`, minutes after the origin's local midnight.",
)

channel = sa.Table(
    "channel",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("demand_class", sa.Text, nullable=False),
    sa.Column("parent", sa.Text),
)

owner = sa.Table(
    "owner",
    metadata,
    sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    comment="Each (site, kind of fact) has one owning source, so nothing is reported twice.",
)

kit = sa.Table(
    "kit",
    metadata,
    sa.Column("kit", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
    sa.Column("component", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
    sa.Column("per", sa.BigInteger, nullable=False),
    sa.CheckConstraint("per > 0", name="kit_takes_something"),
    sa.CheckConstraint("kit <> component", name="kit_is_no_part_of_itself"),
    sa.Index("kit_by_component", "component"),
    comment="One kit takes `per` smallest units of the component.",
)

lot = sa.Table(
    "lot",
    metadata,
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
    sa.Column("lot", sa.Text, primary_key=True),
    sa.Column("usable_until", sa.Date),
)

stock_move = sa.Table(
    "stock_move",
    metadata,
    sa.Column("move_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("leg", sa.Integer, nullable=False),
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
    sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("ownership", sa.Text, nullable=False),
    sa.Column("lot", sa.Text, nullable=False),
    sa.Column("bin", sa.Text, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("line_id", sa.Text),
    sa.Column("occurred_at", Instant, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    sa.UniqueConstraint("source", "event_id", "leg", name="stock_move_once"),
    sa.Index("stock_move_by_item", "sku", "occurred_at"),
    sa.Index("stock_move_by_site", "site_id", "occurred_at", "move_id"),
    sa.Index("stock_move_by_line", "line_id", "sku", postgresql_where=sa.text("line_id IS NOT NULL")),
    comment="Append only: the signed quantities whose sums are the positions.",
)

stock_position = sa.Table(
    "stock_position",
    metadata,
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
    sa.Column("site_id", sa.Text, sa.ForeignKey("site.site_id"), primary_key=True),
    sa.Column("status", sa.Text, primary_key=True),
    sa.Column("ownership", sa.Text, primary_key=True),
    sa.Column("lot", sa.Text, primary_key=True),
    sa.Column("bin", sa.Text, primary_key=True),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    comment="Derived in the same transaction as the moves: always their sum.",
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

firm_order = sa.Table(
    "firm_order",
    metadata,
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
    sa.Column("made_at", Instant, nullable=False),
    sa.CheckConstraint(
        "label IN ('ctp_buy', 'ctp_make', 'transfer')", name="firm_order_is_bought_made_or_brought"
    ),
    sa.CheckConstraint("pegged BETWEEN 1 AND quantity", name="firm_order_serves_what_asked"),
    sa.Index("firm_order_by_reservation", "reservation_id"),
    sa.Index("firm_order_by_item", "sku", "site_id"),
    comment="Append only: purchase requests, production orders and transfers that promises rest on. Their "
    "supply, components and minutes are lines of source earmark under the same id.",
)

profile = sa.Table(
    "profile",
    metadata,
    sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    comment="All that bears on promising an item, rewritten in the transaction that changes the truth.",
)

profile_snapshot = sa.Table(
    "profile_snapshot",
    metadata,
    sa.Column("sku", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    comment="Append only: a profile as some inquiry read it, written by the first that did.",
)

inquiry = sa.Table(
    "inquiry",
    metadata,
    sa.Column("inquiry_id", sa.Uuid, primary_key=True),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("ask", sa.Text, nullable=False),
    sa.Column("skus", ARRAY(sa.Text), nullable=False),
    sa.Column("sequences", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("watermarks", sa.Text, nullable=False),
    sa.Column("setup_hash", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("outcome_hash", sa.Text, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    sa.Column("known_at", Instant),
    sa.Column("book_version", sa.Text),
    postgresql_partition_by="RANGE (inquiry_id)",
    comment="Append only, a partition a month (ids begin with the instant): enough to decide again.",
)

watermark = sa.Table(
    "watermark",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("as_of", Instant, nullable=False),
    sa.Column("heard_at", Instant, nullable=False),
    comment="When each source last spoke of each kind of fact.",
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("arrival", sa.BigInteger, sa.Identity(), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("traceparent", sa.Text, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Index("inbox_waiting", "arrival", postgresql_where=sa.text("outcome IS NULL")),
    comment="Events, durable before they are acknowledged; an outcome means the effect is in the store.",
)

worklist = sa.Table(
    "worklist",
    metadata,
    sa.Column("worklist_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.UniqueConstraint("kind", "source", "reference", "reason", name="worklist_once"),
    comment="What a person should look at: rows and events set aside, receipts and shipments without a line.",
)

span = sa.Table(
    "span",
    metadata,
    sa.Column("trace_id", sa.Text, primary_key=True),
    sa.Column("span_id", sa.Text, primary_key=True),
    sa.Column("parent_id", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, nullable=False),
    sa.Column("error", sa.Boolean, nullable=False),
    sa.Column("attributes", JSONB, nullable=False),
    sa.Column("events", JSONB, nullable=False),
    sa.Index("span_by_start", "started_at"),
    comment="Append only, kept for days: what the trace viewer shows.",
)

VERSION_LETTERS = 64
LABEL_MAX = 80
PERSON_MAX = 200
REASON_MAX = 2_000
FILE_NAME_MAX = 80
FILE_BYTES_MAX = 2 * 1024 * 1024
DETAILS_LETTERS_MAX = 262_144
ANSWERS_BYTES_MAX = 64 * 1024 * 1024

STATES = ("draft", "checked", "simulated", "submitted", "approved", "rejected")
"""What is recorded of a rule book before it decides; whether it does is told by the activations."""


def _one_of(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


rulebook = sa.Table(
    "rulebook",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.CheckConstraint(f"length(version) = {VERSION_LETTERS}", name="rulebook_version_is_a_hash"),
    sa.CheckConstraint(
        f"length(label) <= {LABEL_MAX} AND length(author) <= {PERSON_MAX} AND length(note) <= {REASON_MAX}",
        name="rulebook_texts_are_short",
    ),
    sa.Index("rulebook_by_age", "created_at", "version"),
    comment="Every rule book handed in, under the hash of its files; never changed.",
)

rulebook_file = sa.Table(
    "rulebook_file",
    metadata,
    sa.Column("version", sa.Text, sa.ForeignKey("rulebook.version"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("answers_key", sa.Text),
    sa.CheckConstraint(f"length(name) <= {FILE_NAME_MAX}", name="rulebook_file_name_is_short"),
    sa.CheckConstraint(f"octet_length(content) <= {FILE_BYTES_MAX}", name="rulebook_file_is_small"),
    sa.Index("rulebook_file_by_answers", "answers_key"),
    comment="The files of a rule book as handed in; `answers_key` names what the engine made of a table.",
)

rulebook_event = sa.Table(
    "rulebook_event",
    metadata,
    sa.Column("event_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("version", sa.Text, sa.ForeignKey("rulebook.version"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    sa.CheckConstraint(f"state IN ({_one_of(STATES)})", name="rulebook_event_state_is_known"),
    sa.CheckConstraint(
        f"length(person) <= {PERSON_MAX} AND length(reason) <= {REASON_MAX}"
        f" AND length(details::text) <= {DETAILS_LETTERS_MAX}",
        name="rulebook_event_texts_are_short",
    ),
    sa.Index("rulebook_event_by_version", "version", "event_id"),
    comment="Append only: each step of a rule book on its way, who took it and why.",
)

rulebook_activation = sa.Table(
    "rulebook_activation",
    metadata,
    sa.Column("activation_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("version", sa.Text, sa.ForeignKey("rulebook.version"), nullable=False),
    sa.Column("active_from", Instant, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.CheckConstraint("kind IN ('activate', 'rollback')", name="rulebook_activation_kind_is_known"),
    sa.CheckConstraint(
        f"length(person) <= {PERSON_MAX} AND length(reason) <= {REASON_MAX}",
        name="rulebook_activation_texts_are_short",
    ),
    sa.Index("rulebook_activation_by_instant", "active_from", "activation_id"),
    comment="Append only: at any instant the book in force is the last one activated up to it, by "
    "(active_from, activation_id). The first is from -infinity on.",
)

rule_answers = sa.Table(
    "rule_answers",
    metadata,
    sa.Column("answers_key", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint(f"octet_length(content) <= {ANSWERS_BYTES_MAX}", name="rule_answers_are_bounded"),
    sa.Index("rule_answers_by_age", "recorded_at"),
    comment="What the engine made of a table, by the hash of its file, sheet and format: evaluated once.",
)

reservation = sa.Table(
    "reservation",
    metadata,
    sa.Column("reservation_id", sa.Uuid, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("sku", sa.Text, nullable=False),
    sa.Column("wanted", sa.Date, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("line_id", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("state", sa.Text, nullable=False),
    sa.CheckConstraint("quantity > 0", name="reservation_is_of_something"),
    sa.CheckConstraint(
        "state IN ('active', 'confirmed', 'released', 'shipped')", name="reservation_state_is_known"
    ),
    sa.CheckConstraint("state <> 'active' OR expires_at IS NOT NULL", name="active_reservation_ends"),
    sa.Index(
        "reservation_live_by_item",
        "sku",
        sa.text("coalesce(expires_at, 'infinity')"),
        postgresql_where=sa.text("state IN ('active', 'confirmed')"),
    ),
    sa.Index("reservation_by_item", "sku"),
    sa.Index(
        "reservation_by_order",
        "order_id",
        "line_id",
        "channel",
        postgresql_where=sa.text("order_id <> ''"),
    ),
    comment="Goods kept for somebody. Past `expires_at` an active one is expired; nobody writes that.",
)
"""Names of items and channels are checked by the one writer: foreign keys would be looked up row by row."""

reservation_part = sa.Table(
    "reservation_part",
    metadata,
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

reservation_delivery = sa.Table(
    "reservation_delivery",
    metadata,
    sa.Column("reservation_id", sa.Uuid, primary_key=True),
    sa.Column("part", sa.SmallInteger, primary_key=True),
    sa.Column("ship_to", sa.Text, nullable=False),
    sa.Column("asked_service", sa.Text),
    sa.Column("ship_on", sa.Date, nullable=False),
    sa.Column("promised", sa.Date, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    comment="Append only: of a part that is delivered, where to, when it leaves and when it is received.",
)
"""Apart from the parts, so that goods taken at their site cost nothing more to write."""

reservation_move = sa.Table(
    "reservation_move",
    metadata,
    sa.Column("move_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("reservation_id", sa.Uuid, nullable=False),
    sa.Column("part", sa.SmallInteger, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("active", sa.BigInteger, nullable=False),
    sa.Column("confirmed", sa.BigInteger, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("at", Instant, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Index("reservation_move_by_reservation", "reservation_id", "move_id"),
    comment="Append only: what each request did to a part, and until when it was kept afterwards.",
)

operation = sa.Table(
    "operation",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False, server_default=""),
    sa.Column("inquiry_id", sa.Uuid),
    comment="Append only: the one outcome of each request, in the transaction that made its effect.",
)


PROPOSAL_STATES = ("open", "applied", "rejected", "superseded", "withdrawn")

proposal = sa.Table(
    "proposal",
    metadata,
    sa.Column("proposal_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.BigInteger, sa.Identity(), nullable=False),
    sa.Column("line_key", sa.Text, nullable=False),
    sa.Column("reservation_id", sa.Uuid),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("line_id", sa.Text, nullable=False),
    sa.Column("sku", sa.Text, nullable=False),
    sa.Column("sites", ARRAY(sa.Text), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("stands", sa.Boolean, nullable=False),
    sa.Column("old_parts", JSONB, nullable=False),
    sa.Column("new_parts", JSONB, nullable=False),
    sa.Column("undated", sa.BigInteger, nullable=False),
    sa.Column("days_late", sa.Integer, nullable=False),
    sa.Column("knocked_on", sa.Boolean, nullable=False),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("supersedes", sa.Uuid),
    sa.Column("decided_at", Instant),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.CheckConstraint(f"state IN ({_one_of(PROPOSAL_STATES)})", name="proposal_state_is_known"),
    sa.CheckConstraint("state <> 'open' OR stands", name="open_proposal_stands"),
    sa.CheckConstraint("undated >= 0", name="proposal_undated_is_a_quantity"),
    sa.CheckConstraint(
        f"length(decided_by) <= {PERSON_MAX} AND length(reason) <= {REASON_MAX}",
        name="proposal_texts_are_short",
    ),
    sa.Index("proposal_standing", "line_key", unique=True, postgresql_where=sa.text("stands")),
    sa.Index("proposal_standing_by_item", "sku", postgresql_where=sa.text("stands")),
    sa.Index("proposal_by_day", "state", "first_day", "number"),
    sa.Index("proposal_by_line", "line_key", "number"),
    comment="New days for promises at risk. What one says never changes, only its state; of a line one at "
    "most stands: open, or decided and still all there is to say.",
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("message_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("traceparent", sa.Text, nullable=False),
    sa.Column("takings", sa.Integer, nullable=False),
    sa.Column("taken_until", Instant),
    sa.Column("done_at", Instant),
    sa.Index("outbox_waiting", "key", "message_id", postgresql_where=sa.text("done_at IS NULL")),
    sa.Index("outbox_in_order", "message_id", postgresql_where=sa.text("done_at IS NULL")),
    sa.Index("outbox_done", "done_at", postgresql_where=sa.text("done_at IS NOT NULL")),
    comment="Messages for other systems, written with what they tell of; taken by claiming, never by a "
    "cursor.",
)
"""Messages of one key are written under the lock of one profile, so their ids are in the order of commits."""

slot = sa.Table(
    "slot",
    metadata,
    sa.Column("reservation_id", sa.Uuid, primary_key=True),
    sa.Column("part", sa.SmallInteger, primary_key=True),
    sa.Column("site_id", sa.Text, nullable=False),
    sa.Column("ship_on", sa.Date, nullable=False),
    sa.Column("ordered", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("ends", Instant),
    sa.Column("closes", Instant),
    sa.Column("given_back", Instant),
    sa.Index("slot_by_day", "ship_on", "site_id"),
    sa.Index("slot_by_order", "ordered"),
    comment="Which order leaves which site on which day, where the site ships only so many a day. "
    "Past `ends` a slot is free again, unless `closes` came first; nobody writes that.",
)

slot_site = sa.Table(
    "slot_site",
    metadata,
    sa.Column("site_id", sa.Text, primary_key=True),
    comment="Locked by whoever takes a slot at the site, after the profiles, in key order.",
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
