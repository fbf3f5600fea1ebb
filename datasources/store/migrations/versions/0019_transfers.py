"""lanes between sites, and promises of goods that are brought over them"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.drop_constraint("lane_destination_fkey", "lane", type_="foreignkey")
    op.create_table_comment(
        "lane",
        "Ways from sites to destinations and other sites as they are now; what they were stands in the "
        "set-ups. With hours, they count from `departs`, minutes after the origin's local midnight.",
    )
    op.drop_constraint("firm_order_is_bought_or_made", "firm_order", type_="check")
    op.create_check_constraint(
        "firm_order_is_bought_made_or_brought",
        "firm_order",
        sa.text("label IN ('ctp_buy', 'ctp_make', 'transfer')"),
    )
    op.create_table_comment(
        "firm_order",
        "Append only: purchase requests, production orders and transfers that promises rest on. Their "
        "supply, components and minutes are lines of source earmark under the same id.",
    )
