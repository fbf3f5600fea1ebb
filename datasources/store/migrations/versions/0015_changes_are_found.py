"""changes are found: versions no longer in force, and reservations, by item"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    for table in ("supply_line", "demand_line", "hold", "safety_stock"):
        op.create_index(
            f"{table}_closed_by_item",
            table,
            ["sku", "recorded_until"],
            postgresql_where=sa.text("recorded_until IS NOT NULL"),
        )
    op.create_index("reservation_by_item", "reservation", ["sku"])
