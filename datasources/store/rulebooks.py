"""Rule books in the store: their files, the steps they took, when they decide, and the engine's answers.

Books, steps and activations are only ever added. Whoever adds one holds `locks.lock_rule_books`, so
that steps are taken one after the other over all processes.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert

from datasources.store import rulebook_tables
from datasources.store.tables import among
from datasources.store.unit import Tx
from rules.checks import Vocabulary

State = Literal["draft", "checked", "simulated", "submitted", "approved", "rejected"]
Kind = Literal["activate", "rollback"]

STEPS_MAX = 500
"""Steps of one book that are read: the newest."""
ACTIVATIONS_MAX = 1_000
"""Activations that are read: the newest. Older ones still tell what was in force, and are in the store."""
UNUSED_ANSWERS_MAX = 200
"""Answers kept of tables that stand in no book: those of checks, so that the next one is quick."""

NAMES_MAX = 10_000
"""Names of each kind that a rule file's words are compared with."""

IN_FORCE_SQL = """(SELECT version FROM rulebook_activation
  WHERE active_from <= (SELECT earmark_now()) ORDER BY active_from DESC, activation_id DESC LIMIT 1)"""
"""The version that decides at the instant of the statement it stands in; null where there is no book."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A book as it was handed in first. `author` is the person who did."""

    version: str
    label: str
    created_at: datetime
    author: str
    note: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a book. `details` are its figures: problems, a simulation's summary."""

    version: str
    state: State
    at: datetime
    person: str
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Activation:
    """The version decides from an instant on; None is from the beginning of time."""

    version: str
    active_from: datetime | None
    recorded_at: datetime
    person: str
    reason: str
    kind: Kind
    activation_id: int = 0
    """Set by the store: of two from one instant the later recorded counts."""

    def has_begun(self, instant: datetime) -> bool:
        return self.active_from is None or self.active_from <= instant


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a book. `answers_key` names the engine's answers, for a file that is a table's."""

    name: str
    content: bytes
    answers_key: str | None = None


async def put(tx: Tx, book: Rulebook, files: Iterable[StoredFile]) -> None:
    """The book and its files are in the store; one that was there already is left as it is."""
    added = await tx.execute(insert(rulebook_tables.rulebook).on_conflict_do_nothing(), asdict(book))
    rows = [asdict(file) | {"version": book.version} for file in files]
    if added.rowcount and rows:
        await tx.execute(insert(rulebook_tables.rulebook_file), rows)


async def add_step(tx: Tx, step: Step) -> None:
    await tx.execute(insert(rulebook_tables.rulebook_event), asdict(step))


async def activate(tx: Tx, activation: Activation) -> None:
    """From its instant on the book decides, in every process."""
    row = asdict(activation)
    del row["activation_id"]
    beginning = sa.text("CAST('-infinity' AS timestamptz)")
    active_from = beginning if activation.active_from is None else activation.active_from
    await tx.execute(insert(rulebook_tables.rulebook_activation).values(row | {"active_from": active_from}))


async def find(tx: Tx, name: str) -> Rulebook | None:
    """The book of that version; the first letters of it will do where they are of one book alone."""
    book = rulebook_tables.rulebook
    named = select(book).where(book.c.version.startswith(name, autoescape=True)).limit(2)
    rows = [_book(row) for row in (await tx.execute(named)).mappings()]
    return rows[0] if len(rows) == 1 else None


async def page(tx: Tx, after: tuple[datetime, str] | None, most: int) -> list[Rulebook]:
    """At most `most` books, newest first, those handed in before `after`."""
    book = rulebook_tables.rulebook
    statement = select(book).order_by(book.c.created_at.desc(), book.c.version.desc()).limit(most)
    if after is not None:
        bound = (sa.literal(after[0], book.c.created_at.type), sa.literal(after[1], book.c.version.type))
        statement = statement.where(sa.tuple_(book.c.created_at, book.c.version) < sa.tuple_(*bound))
    return [_book(row) for row in (await tx.execute(statement)).mappings()]


async def steps(tx: Tx, versions: Sequence[str]) -> dict[str, list[Step]]:
    """The steps of these books, oldest first; the newest `STEPS_MAX` of each."""
    event = rulebook_tables.rulebook_event
    number = sa.func.row_number().over(partition_by=event.c.version, order_by=event.c.event_id.desc())
    newest = select(event, number.label("number")).where(among(event.c.version, versions)).subquery()
    rows = await tx.execute(select(newest).where(newest.c.number <= STEPS_MAX).order_by(newest.c.event_id))
    found: dict[str, list[Step]] = {version: [] for version in versions}
    for row in rows.mappings():
        found[row["version"]].append(_step(row))
    return found


async def newest_steps(tx: Tx, most: int) -> list[Step]:
    """The newest steps of all books together, oldest first."""
    event = rulebook_tables.rulebook_event
    rows = await tx.execute(select(event).order_by(event.c.event_id.desc()).limit(most))
    return [_step(row) for row in reversed(list(rows.mappings()))]


async def activations(tx: Tx) -> list[Activation]:
    """The newest activations, in the order in which they take over."""
    table = rulebook_tables.rulebook_activation
    beginning = sa.func.nullif(table.c.active_from, sa.text("CAST('-infinity' AS timestamptz)"))
    order = (table.c.active_from.desc(), table.c.activation_id.desc())
    columns = [column for column in table.c if column.name != "active_from"]
    statement = select(*columns, beginning.label("active_from")).order_by(*order).limit(ACTIVATIONS_MAX)
    rows = list((await tx.execute(statement)).mappings())
    return [_activation(row) for row in reversed(rows)]


async def in_force(tx: Tx, at: datetime | None = None) -> str | None:
    """The version that decides at the instant, or now; None where no book does."""
    if at is None:
        found: str | None = (await tx.execute(text(f"SELECT {IN_FORCE_SQL}"))).scalar()
        return found
    table = rulebook_tables.rulebook_activation
    order = (table.c.active_from.desc(), table.c.activation_id.desc())
    statement = select(table.c.version).where(table.c.active_from <= at).order_by(*order).limit(1)
    return (await tx.execute(statement)).scalar()


async def files(tx: Tx, version: str) -> list[StoredFile]:
    """The files of a book, by name; none where there is no such book."""
    file = rulebook_tables.rulebook_file
    rows = await tx.execute(select(file).where(file.c.version == version).order_by(file.c.name))
    return [StoredFile(row.name, row.content, row.answers_key) for row in rows]


async def set_answers_keys(tx: Tx, version: str, keys: Mapping[str, str]) -> None:
    """The engine's answers for the book's files are under these keys, by the name of the file."""
    file = rulebook_tables.rulebook_file
    for name in sorted(keys):
        chosen = (file.c.version == version) & (file.c.name == name)
        await tx.execute(sa.update(file).where(chosen).values(answers_key=keys[name]))


def answers_key(engine_format: str, content: bytes, sheet: bytes | None) -> str:
    """What the engine's answers for a table are kept under: the same file and sheet have the same."""
    parts = (engine_format.encode(), content, b"" if sheet is None else sheet)
    lengths = b",".join(str(len(part)).encode() for part in parts)
    return hashlib.sha256(b"\n".join((lengths, *parts))).hexdigest()


async def answers(tx: Tx, keys: Sequence[str]) -> dict[str, bytes]:
    """The encoded answers there are under these keys."""
    table = rulebook_tables.rule_answers
    rows = await tx.execute(
        select(table.c.answers_key, table.c.content).where(among(table.c.answers_key, keys))
    )
    return {row.answers_key: row.content for row in rows}


async def put_answers(tx: Tx, made: Mapping[str, bytes], now: datetime) -> None:
    """The answers are kept; of those that belong to no book, only the newest `UNUSED_ANSWERS_MAX` are."""
    rows = [{"answers_key": key, "content": made[key], "recorded_at": now} for key in sorted(made)]
    if rows:
        await tx.execute(insert(rulebook_tables.rule_answers).on_conflict_do_nothing(), rows)
        await tx.execute(text(DROP_UNUSED), {"most": UNUSED_ANSWERS_MAX})


DROP_UNUSED = """
DELETE FROM rule_answers WHERE answers_key IN (
  SELECT answers_key FROM rule_answers
  WHERE NOT EXISTS (SELECT 1 FROM rulebook_file WHERE rulebook_file.answers_key = rule_answers.answers_key)
  ORDER BY recorded_at DESC, answers_key OFFSET :most)
"""


async def vocabulary(tx: Tx) -> Vocabulary:
    """The names the company's data has; an item's class is the attribute `item_class` its source states."""
    row = (await tx.execute(text(VOCABULARY), {"most": NAMES_MAX})).mappings().one()
    return Vocabulary(**{str(name): frozenset(names) for name, names in row.items()})


VOCABULARY = """
SELECT
  ARRAY(SELECT code FROM channel ORDER BY code LIMIT :most) AS channels,
  ARRAY(SELECT DISTINCT kind FROM channel ORDER BY kind LIMIT :most) AS channel_kinds,
  ARRAY(SELECT DISTINCT demand_class FROM channel ORDER BY demand_class LIMIT :most) AS demand_classes,
  ARRAY(SELECT DISTINCT attributes->>'item_class' FROM item WHERE attributes ? 'item_class'
    ORDER BY 1 LIMIT :most) AS item_classes,
  ARRAY(SELECT DISTINCT kind FROM site ORDER BY kind LIMIT :most) AS site_kinds,
  ARRAY(SELECT source FROM owner UNION SELECT source FROM watermark ORDER BY 1 LIMIT :most) AS sources
"""


async def have_inquiries(tx: Tx) -> bool:
    """Whether anything was ever asked, so that a book can be tried on it."""
    return bool((await tx.execute(text("SELECT EXISTS (SELECT 1 FROM inquiry)"))).scalar_one())


def _book(row: RowMapping) -> Rulebook:
    return Rulebook(row["version"], row["label"], _utc(row["created_at"]), row["author"], row["note"])


def _step(row: RowMapping) -> Step:
    return Step(row["version"], row["state"], _utc(row["at"]), row["person"], row["reason"], row["details"])


def _activation(row: RowMapping) -> Activation:
    begins = row["active_from"]
    return Activation(
        row["version"],
        None if begins is None else _utc(begins),
        _utc(row["recorded_at"]),
        row["person"],
        row["reason"],
        row["kind"],
        row["activation_id"],
    )


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)
