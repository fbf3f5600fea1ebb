"""what else may be sent for an item: substitutes and successors"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "substitute",
        sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
        sa.Column("other", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
        sa.Column("ratio", sa.Text, nullable=False),
        sa.Column("pack", sa.BigInteger, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.CheckConstraint("pack > 0", name="substitute_pack_holds_something"),
        sa.CheckConstraint("sku <> other", name="substitute_is_another_item"),
        comment="`ratio` smallest units of the other stand for one of the item; sent in packs of its own.",
    )
    op.create_table(
        "superseded",
        sa.Column("sku", sa.Text, sa.ForeignKey("item.sku"), primary_key=True),
        sa.Column("successor", sa.Text, sa.ForeignKey("item.sku"), nullable=False),
        sa.Column("use_up", sa.Boolean, nullable=False),
        sa.CheckConstraint("sku <> successor", name="successor_is_another_item"),
        comment="Which item took another's place; with `use_up` once its own goods are gone.",
    )
