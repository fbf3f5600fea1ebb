"""two axes of time: when a source first said so beside when we knew, and which set-up was in force when"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MIRRORS = ("supply_line", "demand_line", "hold", "forecast", "allocation")


def upgrade() -> None:
    for name in MIRRORS:
        op.add_column(name, sa.Column("stated_from", sa.DateTime(timezone=True)))
        op.execute(f"UPDATE {name} SET stated_from = as_of")
        op.alter_column(name, "stated_from", nullable=False)
    op.create_table(
        "setup_version",
        sa.Column("recorded_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("setup_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["setup_hash"], ["setup.setup_hash"]),
        sa.PrimaryKeyConstraint("recorded_from"),
        comment="Append only: which set-up came into force when.",
    )
    op.execute("INSERT INTO setup_version SELECT earmark_now(), setup_hash FROM catalogue")
