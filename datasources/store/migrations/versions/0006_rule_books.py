"""rule books: their files, their steps, when they decide, and what the engine made of them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "rulebook",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("length(version) = 64", name="rulebook_version_is_a_hash"),
        sa.CheckConstraint(
            "length(label) <= 80 AND length(author) <= 200 AND length(note) <= 2000",
            name="rulebook_texts_are_short",
        ),
        sa.PrimaryKeyConstraint("version"),
        comment="Every rule book handed in, under the hash of its files; never changed.",
    )
    op.create_index("rulebook_by_age", "rulebook", ["created_at", "version"])
    _files()
    _steps()
    op.create_table(
        "rule_answers",
        sa.Column("answers_key", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(content) <= 67108864", name="rule_answers_are_bounded"),
        sa.PrimaryKeyConstraint("answers_key"),
        comment="What the engine made of a table, by the hash of its file, sheet and format: evaluated once.",
    )
    op.create_index("rule_answers_by_age", "rule_answers", ["recorded_at"])


def _files() -> None:
    op.create_table(
        "rulebook_file",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("answers_key", sa.Text()),
        sa.CheckConstraint("length(name) <= 80", name="rulebook_file_name_is_short"),
        sa.CheckConstraint("octet_length(content) <= 2097152", name="rulebook_file_is_small"),
        sa.ForeignKeyConstraint(["version"], ["rulebook.version"]),
        sa.PrimaryKeyConstraint("version", "name"),
        comment="The files of a rule book as handed in; `answers_key` names what the engine made of a table.",
    )
    op.create_index("rulebook_file_by_answers", "rulebook_file", ["answers_key"])


def _steps() -> None:
    op.create_table(
        "rulebook_event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'checked', 'simulated', 'submitted', 'approved', 'rejected')",
            name="rulebook_event_state_is_known",
        ),
        sa.CheckConstraint(
            "length(person) <= 200 AND length(reason) <= 2000 AND length(details::text) <= 262144",
            name="rulebook_event_texts_are_short",
        ),
        sa.ForeignKeyConstraint(["version"], ["rulebook.version"]),
        sa.PrimaryKeyConstraint("event_id"),
        comment="Append only: each step of a rule book on its way, who took it and why.",
    )
    op.create_index("rulebook_event_by_version", "rulebook_event", ["version", "event_id"])
    op.create_table(
        "rulebook_activation",
        sa.Column("activation_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('activate', 'rollback')", name="rulebook_activation_kind_is_known"),
        sa.CheckConstraint(
            "length(person) <= 200 AND length(reason) <= 2000", name="rulebook_activation_texts_are_short"
        ),
        sa.ForeignKeyConstraint(["version"], ["rulebook.version"]),
        sa.PrimaryKeyConstraint("activation_id"),
        comment="Append only: at any instant the book in force is the last one activated up to it, by "
        "(active_from, activation_id). The first is from -infinity on.",
    )
    op.create_index("rulebook_activation_by_instant", "rulebook_activation", ["active_from", "activation_id"])
