"""promises at risk: proposals of new days, and messages for other systems"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0012"
down_revision = "0011"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "proposal",
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
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("supersedes", sa.Uuid),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'applied', 'rejected', 'superseded', 'withdrawn')",
            name="proposal_state_is_known",
        ),
        sa.CheckConstraint("state <> 'open' OR stands", name="open_proposal_stands"),
        sa.CheckConstraint("undated >= 0", name="proposal_undated_is_a_quantity"),
        sa.CheckConstraint(
            "length(decided_by) <= 200 AND length(reason) <= 2000", name="proposal_texts_are_short"
        ),
        sa.Index("proposal_standing", "line_key", unique=True, postgresql_where=sa.text("stands")),
        sa.Index("proposal_standing_by_item", "sku", postgresql_where=sa.text("stands")),
        sa.Index("proposal_by_day", "state", "first_day", "number"),
        sa.Index("proposal_by_line", "line_key", "number"),
        comment="New days for promises at risk. What one says never changes, only its state; of a line one "
        "at most stands: open, or decided and still all there is to say.",
    )
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("traceparent", sa.Text, nullable=False),
        sa.Column("takings", sa.Integer, nullable=False),
        sa.Column("taken_until", INSTANT),
        sa.Column("done_at", INSTANT),
        sa.Index("outbox_waiting", "key", "message_id", postgresql_where=sa.text("done_at IS NULL")),
        sa.Index("outbox_in_order", "message_id", postgresql_where=sa.text("done_at IS NULL")),
        sa.Index("outbox_done", "done_at", postgresql_where=sa.text("done_at IS NOT NULL")),
        comment="Messages for other systems, written with what they tell of; taken by claiming, never by a "
        "cursor.",
    )
