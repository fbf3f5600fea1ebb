"""What changes from one book to another: rows, and the facts that are answered otherwise."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from rules.book import Book
from rules.changed_answers import ChangedAnswers, changed_answers
from rules.columns import Input, Output, Row, Table
from rules.ruling import Compiled
from rules.written import write_condition, write_fact, write_instant, write_value


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is written otherwise. `name` is a key of the file: `when channel`, `then rank`, `why`.

    Empty `before` or `after`: it was not, or is no longer, written.
    """

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of the same id that is written otherwise."""

    row_id: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class FileDifference:
    """One rule file, before and after; a file that is new or gone has all its rows added or removed.

    `moved` are the rows that stand elsewhere among the rows both have, `header` what is written otherwise
    above the rows.
    """

    file: str
    decision: str
    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[RowChange, ...]
    moved: tuple[str, ...]
    header: tuple[Change, ...]
    examples_changed: bool
    answers: ChangedAnswers


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes from the old book to the new, by file; files that say the same are left out."""

    old: str
    new: str
    files: tuple[FileDifference, ...]


def difference(old: Book | None, new: Book) -> Difference:
    """What the new book changes. Without an old one, everything in it is new."""
    before = old.compiled if old is not None else {}
    found = []
    for decision in sorted({*before, *new.compiled}):
        mine, theirs = before.get(decision), new.compiled.get(decision)
        if mine is None or theirs is None or mine.table != theirs.table:
            found.append(_compared(mine, theirs))
    found.sort(key=lambda each: each.file)
    return Difference(old.version if old is not None else "", new.version, tuple(found))


def _compared(old: Compiled | None, new: Compiled | None) -> FileDifference:
    either = new or old
    assert either is not None
    before = {row.row_id: row for row in old.table.rows} if old else {}
    after = {row.row_id: row for row in new.table.rows} if new else {}
    pairs = [(before[row_id], row) for row_id, row in after.items() if row_id in before]
    answers = changed_answers(old, new)
    return FileDifference(
        either.table.file,
        either.table.decides,
        tuple(row for row_id, row in after.items() if row_id not in before),
        tuple(row for row_id, row in before.items() if row_id not in after),
        tuple(_row_change(was, now, old, new) for was, now in pairs if was != now),
        _moved(list(before), list(after)),
        _header(old.table, new.table) if old and new else (),
        bool(old and new and old.table.examples != new.table.examples),
        answers,
    )


def _moved(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """The rows that stand in another place among those both books have: as few as explain the new order."""
    kept = [row_id for row_id in after if row_id in set(before)]
    place = {row_id: number for number, row_id in enumerate(before)}
    staying = _longest_rising([place[row_id] for row_id in kept])
    return tuple(row_id for row_id in kept if place[row_id] not in staying)


def _longest_rising(places: Sequence[int]) -> set[int]:
    """The members of one longest rising run of the places, not necessarily neighbours."""
    ends: list[int] = []
    earlier: dict[int, int | None] = {}
    for place in places:
        at = bisect_left(ends, place)
        earlier[place] = ends[at - 1] if at else None
        ends[at : at + 1] = [place]
    found: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = earlier[last]
    return found


def _header(old: Table, new: Table) -> tuple[Change, ...]:
    before, after = _heading(old), _heading(new)
    return tuple(Change(name, before[name], after[name]) for name in before if before[name] != after[name])


def _heading(table: Table) -> dict[str, str]:
    """What stands above the rows, key by key, in words."""
    return {
        "hit": table.hit,
        "inputs": "; ".join(map(_column, table.inputs)),
        "outputs": "; ".join(map(_column, table.outputs)),
        "sums": "; ".join(f"{each.output} over {each.over} to {each.to}" for each in table.sums),
        "complete": write_fact(table.complete),
        "about": table.about,
    }


def _column(column: Input | Output) -> str:
    """An input or output with what it may be: `days: 0..30`, `channel: web, app`."""
    if column.kind == "int":
        said = f"{column.least}..{column.most}"
    else:
        said = ", ".join(column.values) or column.kind
    return f"{column.name}: {said}{' or none' if isinstance(column, Output) and column.none else ''}"


def _row_change(was: Row, now: Row, old: Compiled | None, new: Compiled | None) -> RowChange:
    assert old is not None
    assert new is not None
    before, after = _written(was, old.table), _written(now, new.table)
    names = [*before, *(name for name in after if name not in before)]
    changes = tuple(
        Change(name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    )
    return RowChange(now.row_id, changes)


def _written(row: Row, table: Table) -> dict[str, str]:
    """The row as it is written, field by field."""
    when = {
        f"when {given.name}": write_condition(row.when[given.name], given)
        for given in table.inputs
        if given.name in row.when
    }
    then = {
        f"then {output.name}": write_value(row.then[output.name], output)
        for output in table.outputs
        if output.name in row.then
    }
    dates = {"from": row.starts, "until": row.until}
    return {
        **when,
        **then,
        "why": row.why,
        "owner": row.owner,
        **{name: write_instant(date) for name, date in dates.items() if date is not None},
    }
