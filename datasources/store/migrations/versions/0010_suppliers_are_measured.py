"""suppliers are measured: their lines, and the receipts that name them, are found"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index(
        "stock_move_by_line",
        "stock_move",
        ["line_id", "sku"],
        postgresql_where=sa.text("line_id IS NOT NULL"),
    )
    op.create_index(
        "supply_line_by_supplier",
        "supply_line",
        ["supplier", "line_id"],
        postgresql_where=sa.text("supplier <> ''"),
    )
