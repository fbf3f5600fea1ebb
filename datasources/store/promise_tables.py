"""What is promised: reservations, what rests on them, and what becomes of them when supply slips."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from datasources.store.tables import PERSON_MAX, REASON_MAX, Instant, metadata, one_of

PROPOSAL_STATES = ("open", "applied", "rejected", "superseded", "withdrawn")

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

reservation_latest = sa.Table(
    "reservation_latest",
    metadata,
    sa.Column("reservation_id", sa.Uuid, primary_key=True),
    sa.Column("latest", sa.Date, nullable=False),
    comment="Append only: the last day of receipt that is of any use, where the asker named one.",
)
"""Apart, so that reservations of which nobody said so cost nothing more to write."""

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
    sa.CheckConstraint(f"state IN ({one_of(PROPOSAL_STATES)})", name="proposal_state_is_known"),
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
