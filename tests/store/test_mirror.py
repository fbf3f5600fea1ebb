"""Outside facts are kept in every version: what was known at any moment can be told."""

from datetime import datetime

import pytest

from datasources.store import mirror
from datasources.store.locks import lock_profiles
from datasources.store.mirror import DEMAND, SUPPLY, Key, Lines
from resolvers.flows.deps import Deps
from tests.builders import NOON, at, day
from tests.store import books

LINE = {
    "source": "erp",
    "line_id": "PO-1",
    "kind": "purchase",
    "firmness": "confirmed",
    "ownership": "own",
    "sku": "TEA",
    "site_id": "HAM",
    "quantity": 40,
    "due": day(5),
    "due_at": None,
    "supplier": "Leaf & Co",
    "usable_until": None,
}
KEY: Key = ("erp", "PO-1")


async def state(deps: Deps, as_of: datetime, recorded_at: datetime | None = None, **changed: object) -> int:
    """The line is stated so; how many lines changed."""
    row = LINE | changed
    async with deps.store.writing() as tx:
        await lock_profiles(tx, [str(row["sku"])])
        lines = Lines(SUPPLY)
        lines.learn(await mirror.newest(tx, SUPPLY, [KEY]))
        lines.state(row, as_of)
        return await lines.write(tx, recorded_at or as_of)


async def versions(deps: Deps) -> list[tuple[int, datetime, datetime, datetime | None]]:
    """Quantity, as of, recorded from and until, oldest first."""
    found = await books.rows(deps.store.pool, "SELECT * FROM supply_line ORDER BY version_id")
    return [(row["quantity"], row["as_of"], row["recorded_from"], row["recorded_until"]) for row in found]


async def test_a_change_closes_the_old_version_and_opens_a_new_one(deps: Deps):
    """The old one ends where the new one begins."""
    assert await state(deps, at(-2)) == 1
    assert await state(deps, at(-1), quantity=25) == 1
    assert await versions(deps) == [(40, at(-2), at(-2), at(-1)), (25, at(-1), at(-1), None)]


async def test_a_line_as_it_was_makes_no_version(deps: Deps):
    """It is only known as of later."""
    await state(deps, at(-2))
    assert await state(deps, at(-1)) == 0
    assert await versions(deps) == [(40, at(-1), at(-2), None)]


async def test_an_older_word_changes_nothing(deps: Deps):
    """Not the content, and not the instant it is known as of."""
    await state(deps, at(-1))
    assert await state(deps, at(-2), quantity=99) == 0
    assert await versions(deps) == [(40, at(-1), at(-1), None)]


async def test_a_word_of_the_same_instant_counts_as_newer(deps: Deps):
    """Two words of one second: the one that came last."""
    await state(deps, at(-1))
    assert await state(deps, at(-1), quantity=25) == 1


async def test_a_quantity_of_0_closes_the_line(deps: Deps):
    """Nothing is open, and the last version remembers when, without ever having been open."""
    await state(deps, at(-2))
    assert await state(deps, at(-1), quantity=0) == 1
    assert await versions(deps) == [(40, at(-2), at(-2), at(-1)), (0, at(-1), at(-1), at(-1))]


async def test_closing_what_is_closed_adds_nothing(deps: Deps):
    """A source that keeps telling of its closed lines does not fill the table."""
    await state(deps, at(-3), quantity=0)
    for hours in (-2, -1):
        assert await state(deps, at(hours), quantity=0) == 0
    assert await versions(deps) == [(0, at(-1), at(-3), at(-3))]


async def test_a_closed_line_opens_again_on_a_newer_word_only(deps: Deps):
    """Reopened orders exist."""
    await state(deps, at(-2), quantity=0)
    assert await state(deps, at(-3), quantity=7) == 0
    assert await state(deps, at(-1), quantity=7) == 1
    assert [version[0] for version in await versions(deps)] == [0, 7]


async def test_what_was_known_at_any_moment_can_be_told(deps: Deps):
    """Of each moment there is one version at most."""
    for hours, quantity in ((-4, 40), (-3, 25), (-2, 0), (-1, 12)):
        await state(deps, at(hours), quantity=quantity)
    known = [await known_at(deps, at(hours)) for hours in (-4.5, -3.5, -2.5, -1.5, -0.5)]
    assert known == [[], [40], [25], [], [12]]


async def known_at(deps: Deps, instant: datetime) -> list[int]:
    found = await books.rows(
        deps.store.pool,
        "SELECT quantity FROM supply_line WHERE recorded_from <= $1"
        " AND (recorded_until IS NULL OR recorded_until > $1)",
        instant,
    )
    return [row["quantity"] for row in found]


async def test_of_each_line_at_most_one_version_is_open(deps: Deps):
    """The database itself holds to it, whatever a writer forgets to lock."""
    await state(deps, NOON)
    columns = ", ".join(column.name for column in SUPPLY.table.columns if column.name != "version_id")
    with pytest.raises(Exception, match="supply_line_open"):
        await deps.store.pool.execute(
            f"INSERT INTO supply_line ({columns}) SELECT {columns} FROM supply_line"
        )


def test_lines_stated_in_memory_are_seen_by_the_next_word():
    """Opened, lowered and closed within one batch, before anything is written.

    Its item is touched all the same: goods may be kept for the line, which has come and gone.
    """
    lines = Lines(DEMAND)
    row = dict.fromkeys(("site_id", "needed_on", "wanted", "customer"))
    row |= {
        "source": "oms",
        "channel": "web",
        "order_id": "SO-1",
        "line_id": "1",
        "sku": "TEA",
        "quantity": 8,
    }
    key = ("web", "SO-1", "1")
    assert lines.state(row, NOON)
    assert lines.open[key]["quantity"] == 8
    assert lines.state(row | {"quantity": 0}, at(1))
    assert (key in lines.open, lines.changed(), lines.touched()) == (False, [], {"TEA"})
    assert not lines.state(row, at(0.5))
