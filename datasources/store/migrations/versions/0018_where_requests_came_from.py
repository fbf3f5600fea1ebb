"""the trace of each request that commits, and the inquiry a promise came from"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("operation", sa.Column("trace_id", sa.Text, nullable=False, server_default=""))
    op.add_column("operation", sa.Column("inquiry_id", sa.Uuid))
