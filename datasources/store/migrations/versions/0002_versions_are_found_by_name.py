"""versions are found by name: whether a word about a closed line is older than its closing"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index("supply_line_versions", "supply_line", ["line_id", "source", "version_id"])
    op.create_index("demand_line_versions", "demand_line", ["order_id", "line_id", "channel", "version_id"])
    op.create_index("hold_versions", "hold", ["hold_id", "source", "version_id"])
