"""Rule books: as handed in, what became of each, and from when which one decides."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datasources.store.tables import PERSON_MAX, REASON_MAX, Instant, metadata, one_of

VERSION_LETTERS = 64
LABEL_MAX = 80
FILE_NAME_MAX = 80
FILE_BYTES_MAX = 2 * 1024 * 1024
DETAILS_LETTERS_MAX = 262_144
ANSWERS_BYTES_MAX = 64 * 1024 * 1024

STATES = ("draft", "checked", "simulated", "submitted", "approved", "rejected")
"""What is recorded of a rule book before it decides; whether it does is told by the activations."""

rulebook = sa.Table(
    "rulebook",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.CheckConstraint(f"length(version) = {VERSION_LETTERS}", name="rulebook_version_is_a_hash"),
    sa.CheckConstraint(
        f"length(label) <= {LABEL_MAX} AND length(author) <= {PERSON_MAX} AND length(note) <= {REASON_MAX}",
        name="rulebook_texts_are_short",
    ),
    sa.Index("rulebook_by_age", "created_at", "version"),
    comment="Every rule book handed in, under the hash of its files; never changed.",
)

rulebook_file = sa.Table(
    "rulebook_file",
    metadata,
    sa.Column("version", sa.Text, sa.ForeignKey("rulebook.version"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("answers_key", sa.Text),
    sa.CheckConstraint(f"length(name) <= {FILE_NAME_MAX}", name="rulebook_file_name_is_short"),
    sa.CheckConstraint(f"octet_length(content) <= {FILE_BYTES_MAX}", name="rulebook_file_is_small"),
    sa.Index("rulebook_file_by_answers", "answers_key"),
    comment="The files of a rule book as handed in; `answers_key` names what the engine made of a table.",
)

rulebook_event = sa.Table(
    "rulebook_event",
    metadata,
    sa.Column("event_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("version", sa.Text, sa.ForeignKey("rulebook.version"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    sa.CheckConstraint(f"state IN ({one_of(STATES)})", name="rulebook_event_state_is_known"),
    sa.CheckConstraint(
        f"length(person) <= {PERSON_MAX} AND length(reason) <= {REASON_MAX}"
        f" AND length(details::text) <= {DETAILS_LETTERS_MAX}",
        name="rulebook_event_texts_are_short",
    ),
    sa.Index("rulebook_event_by_version", "version", "event_id"),
    comment="Append only: each step of a rule book on its way, who took it and why.",
)

rulebook_activation = sa.Table(
    "rulebook_activation",
    metadata,
    sa.Column("activation_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("version", sa.Text, sa.ForeignKey("rulebook.version"), nullable=False),
    sa.Column("active_from", Instant, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.CheckConstraint("kind IN ('activate', 'rollback')", name="rulebook_activation_kind_is_known"),
    sa.CheckConstraint(
        f"length(person) <= {PERSON_MAX} AND length(reason) <= {REASON_MAX}",
        name="rulebook_activation_texts_are_short",
    ),
    sa.Index("rulebook_activation_by_instant", "active_from", "activation_id"),
    comment="Append only: at any instant the book in force is the last one activated up to it, by "
    "(active_from, activation_id). The first is from -infinity on.",
)

rule_answers = sa.Table(
    "rule_answers",
    metadata,
    sa.Column("answers_key", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint(f"octet_length(content) <= {ANSWERS_BYTES_MAX}", name="rule_answers_are_bounded"),
    sa.Index("rule_answers_by_age", "recorded_at"),
    comment="What the engine made of a table, by the hash of its file, sheet and format: evaluated once.",
)
