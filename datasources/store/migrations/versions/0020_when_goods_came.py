"""what came where, the newest first: goods at the dock count from the day they will be put away"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_index(
        "stock_move_arrivals",
        "stock_move",
        ["sku", "site_id", "status", "occurred_at"],
        postgresql_where=sa.text("quantity > 0 AND cause IN ('receipt', 'production', 'transfer')"),
    )
