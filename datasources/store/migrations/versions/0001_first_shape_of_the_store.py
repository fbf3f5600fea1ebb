"""first shape of the store"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("open_weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("closed", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "channel",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("demand_class", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "deployment",
        sa.Column("one_row", sa.Boolean(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("clock_offset", sa.Interval(), nullable=False),
        sa.CheckConstraint(
            "mark <> 'production' OR clock_offset = interval '0'", name="production_keeps_the_true_clock"
        ),
        sa.CheckConstraint("mark IN ('production', 'demo', 'test')", name="deployment_mark_is_known"),
        sa.CheckConstraint("one_row", name="deployment_is_one_row"),
        sa.PrimaryKeyConstraint("one_row"),
        comment="One row, written when the database is made. "
        "Only demo and test databases may shift the clock.",
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("arrival", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", "event_id"),
        comment="Events, durable before they are acknowledged; an outcome means the effect is in the store.",
    )
    op.create_index(
        "inbox_waiting", "inbox", ["arrival"], unique=False, postgresql_where=sa.text("outcome IS NULL")
    )
    op.create_table(
        "inquiry",
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ask", sa.Text(), nullable=False),
        sa.Column("skus", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sequences", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("watermarks", sa.Text(), nullable=False),
        sa.Column("setup_hash", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("outcome_hash", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("inquiry_id"),
        comment="Append only, a partition a month (ids begin with the instant): enough to decide again.",
        postgresql_partition_by="RANGE (inquiry_id)",
    )
    op.create_table(
        "item",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("precision", sa.SmallInteger(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("precision BETWEEN 0 AND 6", name="item_precision_is_small"),
        sa.PrimaryKeyConstraint("sku"),
    )
    op.create_table(
        "profile_snapshot",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sku", "sequence"),
        comment="Append only: a profile as some inquiry read it, written by the first that did.",
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        comment="Policy choices by name, until rule files take them over.",
    )
    op.create_table(
        "setup",
        sa.Column("setup_hash", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("setup_hash"),
        comment="Sites, channels, calendars and settings by the hash of their content; never changed, "
        "so that any inquiry can be decided again.",
    )
    op.create_table(
        "span",
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("span_id", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Boolean(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("events", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("trace_id", "span_id"),
        comment="Append only, kept for days: what the trace viewer shows.",
    )
    op.create_index("span_by_start", "span", ["started_at"], unique=False)
    op.create_table(
        "watermark",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind"),
        comment="When each source last spoke of each kind of fact.",
    )
    op.create_table(
        "worklist",
        sa.Column("worklist_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worklist_id"),
        sa.UniqueConstraint("kind", "source", "reference", "reason", name="worklist_once"),
        comment="What a person should look at: rows and events set aside, "
        "receipts and shipments without a line.",
    )
    op.create_table(
        "alias",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("numerator > 0 AND denominator > 0", name="alias_factor_is_positive"),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("source", "code", "unit"),
        comment="What a source calls an item: one `unit` of `code` is numerator/denominator base units.",
    )
    op.create_table(
        "allocation",
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("allocation_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel"],
            ["channel.code"],
        ),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("version_id"),
        comment="Quotas, protections and shares of the days [starts, ends).",
    )
    op.create_index(
        "allocation_by_item",
        "allocation",
        ["sku"],
        unique=False,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.create_index(
        "allocation_open",
        "allocation",
        ["source", "allocation_id"],
        unique=True,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.create_table(
        "catalogue",
        sa.Column("one_row", sa.Boolean(), nullable=False),
        sa.Column("setup_hash", sa.Text(), nullable=False),
        sa.CheckConstraint("one_row", name="catalogue_is_one_row"),
        sa.ForeignKeyConstraint(
            ["setup_hash"],
            ["setup.setup_hash"],
        ),
        sa.PrimaryKeyConstraint("one_row"),
        comment="Which set-up is in force.",
    )
    op.create_table(
        "lot",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("usable_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("sku", "lot"),
    )
    op.create_table(
        "profile",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("sku"),
        comment="All that bears on promising an item, rewritten in the transaction that changes the truth.",
    )
    op.create_table(
        "site",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar"],
            ["calendar.name"],
        ),
        sa.PrimaryKeyConstraint("site_id"),
    )
    op.create_table(
        "demand_line",
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("needed_on", sa.Date(), nullable=False),
        sa.Column("wanted", sa.Date(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel"],
            ["channel.code"],
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.site_id"],
        ),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("version_id"),
        comment="Outside facts: open order lines, keyed (channel, order, line) so that each counts once.",
    )
    op.create_index(
        "demand_line_by_item",
        "demand_line",
        ["sku"],
        unique=False,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.create_index(
        "demand_line_open",
        "demand_line",
        ["channel", "order_id", "line_id"],
        unique=True,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.create_table(
        "forecast",
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("forecast_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel"],
            ["channel.code"],
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.site_id"],
        ),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("version_id"),
        comment="Gross forecasts of the days [starts, ends).",
    )
    op.create_index(
        "forecast_by_item",
        "forecast",
        ["sku"],
        unique=False,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.create_index(
        "forecast_open",
        "forecast",
        ["source", "forecast_id"],
        unique=True,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.create_table(
        "hold",
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hold_id", sa.Text(), nullable=False),
        sa.Column("hold_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("lots", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("bins", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.site_id"],
        ),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("version_id"),
        comment="Outside facts: quantities, lots and bins set apart from promising.",
    )
    op.create_index(
        "hold_by_item", "hold", ["sku"], unique=False, postgresql_where=sa.text("recorded_until IS NULL")
    )
    op.create_index(
        "hold_open",
        "hold",
        ["source", "hold_id"],
        unique=True,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.create_table(
        "owner",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.site_id"],
        ),
        sa.PrimaryKeyConstraint("site_id", "kind"),
        comment="Each (site, kind of fact) has one owning source, so nothing is reported twice.",
    )
    op.create_table(
        "stock_move",
        sa.Column("move_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ownership", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("bin", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.site_id"],
        ),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("move_id"),
        sa.UniqueConstraint("source", "event_id", "leg", name="stock_move_once"),
        comment="Append only: the signed quantities whose sums are the positions.",
    )
    op.create_index("stock_move_by_item", "stock_move", ["sku", "occurred_at"], unique=False)
    op.create_index("stock_move_by_site", "stock_move", ["site_id", "occurred_at", "move_id"], unique=False)
    op.create_table(
        "stock_position",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ownership", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("bin", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.site_id"],
        ),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("sku", "site_id", "status", "ownership", "lot", "bin"),
        comment="Derived in the same transaction as the moves: always their sum.",
    )
    op.create_table(
        "supply_line",
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("firmness", sa.Text(), nullable=False),
        sa.Column("ownership", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.site_id"],
        ),
        sa.ForeignKeyConstraint(
            ["sku"],
            ["item.sku"],
        ),
        sa.PrimaryKeyConstraint("version_id"),
        comment="Outside facts: open receipts. `due` is the local day it counts from.",
    )
    op.create_index(
        "supply_line_by_item",
        "supply_line",
        ["sku"],
        unique=False,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.create_index(
        "supply_line_open",
        "supply_line",
        ["source", "line_id"],
        unique=True,
        postgresql_where=sa.text("recorded_until IS NULL"),
    )
    op.execute("INSERT INTO calendar VALUES ('every day', '{1,2,3,4,5,6,7}', '{}')")
    op.execute(
        """
        CREATE FUNCTION earmark_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
        $$ SELECT clock_timestamp() + coalesce((SELECT clock_offset FROM deployment), interval '0') $$
        """
    )
    op.execute(
        "COMMENT ON FUNCTION earmark_now IS"
        " 'The one clock. Every statement that decides takes time from here.'"
    )
