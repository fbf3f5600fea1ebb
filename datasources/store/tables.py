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
PERSON_MAX = 200
REASON_MAX = 2_000


def one_of(values: Iterable[str]) -> str:
    """The values as SQL lists them, for a check."""
    return ", ".join(f"'{value}'" for value in values)


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

ARRIVES = "stock_move.quantity > 0 AND stock_move.cause IN ('receipt', 'production', 'transfer')"
"""Of a move, that it brings goods to where it puts them. Written out, so that the index is used."""

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
    sa.Index(
        "stock_move_arrivals", "sku", "site_id", "status", "occurred_at", postgresql_where=sa.text(ARRIVES)
    ),
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
