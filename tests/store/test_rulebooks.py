"""What is kept of rule books: files and answers as they were put, and which book decides at which instant."""

from collections import OrderedDict

import pytest

from datasources.store import clock, rulebooks, shelf
from datasources.store.rulebooks import Activation, Rulebook, Step, StoredFile
from datasources.store.unit import Store, Tx
from resolvers.flows import rulebooks as life
from resolvers.flows.deps import Deps
from rules.errors import NoRuleBook, UnknownRuleBook
from tests.book_life import NO_BOOKS, activated, book_where_spot_ranks, ready
from tests.builders import NOON, at

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


@pytest.fixture(autouse=True)
async def no_books(deps: Deps) -> None:
    """There is no rule book yet."""
    await deps.store.pool.execute(NO_BOOKS)


async def keep(store: Store, *versions: str, files: tuple[StoredFile, ...] = ()) -> None:
    """Books of these versions are in the store."""
    async with store.writing() as tx:
        for version in versions:
            await rulebooks.put(tx, Rulebook(version, "label", NOON, "anna", "note"), files)


async def activate(store: Store, version: str, hours: float | None) -> None:
    """The version decides from so many hours after noon on; None is from the beginning."""
    instant = None if hours is None else at(hours)
    async with store.writing() as tx:
        await rulebooks.activate(tx, Activation(version, instant, NOON, "anna", "", "activate"))


async def in_force(store: Store, hours: float) -> str | None:
    async with store.reading() as tx:
        return await rulebooks.in_force(tx, at(hours))


async def set_clock(store: Store, hours: float) -> None:
    async with store.writing() as tx:
        await clock.set_now(tx, at(hours))


async def version_of(tx: Tx, name: str) -> str | None:
    found = await rulebooks.find(tx, name)
    return None if found is None else found.version


async def test_without_a_book_none_is_in_force(deps):
    assert await in_force(deps.store, 0) is None
    async with deps.store.reading() as tx:
        assert await rulebooks.in_force(tx) is None


async def test_the_first_book_has_decided_from_the_beginning(deps):
    """Whatever instant is asked about: inquiries from before the book are decided by it too."""
    await keep(deps.store, A)
    await activate(deps.store, A, None)
    assert [await in_force(deps.store, hours) for hours in (-100_000, 0, 100_000)] == [A, A, A]
    async with deps.store.reading() as tx:
        (only,) = await rulebooks.activations(tx)
    assert (only.active_from, only.has_begun(at(-1_000_000))) == (None, True)


async def test_a_book_decides_from_its_instant_on_and_not_before(deps):
    await keep(deps.store, A, B)
    await activate(deps.store, A, None)
    await activate(deps.store, B, 2)
    assert [await in_force(deps.store, hours) for hours in (0, 1.999, 2, 3)] == [A, A, B, B]


async def test_one_recorded_later_for_an_earlier_instant_decides_until_the_other_begins(deps):
    """The order of instants counts, not that of recording."""
    await keep(deps.store, A, B, C)
    for version, hours in ((A, None), (B, 10), (C, 5)):
        await activate(deps.store, version, hours)
    assert [await in_force(deps.store, hours) for hours in (0, 5, 9, 10)] == [A, C, C, B]


async def test_of_two_from_one_instant_the_later_recorded_counts(deps):
    """So that what was recorded for an instant to come can be taken back before it comes."""
    await keep(deps.store, A, B)
    for version, hours in ((A, None), (B, 5), (A, 5)):
        await activate(deps.store, version, hours)
    assert await in_force(deps.store, 6) == A


async def test_the_statement_fragment_tells_the_same_as_the_clock_goes(deps):
    """It is asked within the statement that reads everything else."""
    await keep(deps.store, A, B)
    await activate(deps.store, A, None)
    await activate(deps.store, B, 2)
    found = []
    for hours in (1, 3):
        await set_clock(deps.store, hours)
        found.append(await deps.store.pool.fetchval(f"SELECT {rulebooks.IN_FORCE_SQL}"))
    assert found == [A, B]


async def test_a_book_put_again_stays_as_it_was(deps):
    """Its first author and date count."""
    await keep(deps.store, A, files=(StoredFile("x.yaml", b"1", None),))
    async with deps.store.writing() as tx:
        other = Rulebook(A, "other", at(1), "bert", "other")
        await rulebooks.put(tx, other, [StoredFile("y.yaml", b"2", None)])
        assert await rulebooks.find(tx, A) == Rulebook(A, "label", NOON, "anna", "note")
        assert await rulebooks.files(tx, A) == [StoredFile("x.yaml", b"1", None)]


async def test_a_book_is_found_by_the_letters_only_it_begins_with(deps):
    near = "ab" + "c" * 62
    await keep(deps.store, A, near, B)
    async with deps.store.reading() as tx:
        assert await version_of(tx, "ab") == near
        assert await version_of(tx, "b") == B
        assert await version_of(tx, "a") is None
        assert await version_of(tx, "%") is None


async def test_steps_come_back_in_their_order_with_their_figures(deps):
    await keep(deps.store, A, B)
    taken = [
        Step(A, "draft", NOON, "anna", "first", {}),
        Step(B, "draft", NOON, "bert", "", {}),
        Step(A, "simulated", at(1), "anna", "", {"gained": 3, "by": ["web"]}),
    ]
    async with deps.store.writing() as tx:
        for step in taken:
            await rulebooks.add_step(tx, step)
        assert await rulebooks.steps(tx, [A, B]) == {A: [taken[0], taken[2]], B: [taken[1]]}
        assert await rulebooks.newest_steps(tx, 2) == taken[1:]


async def test_pages_of_books_meet_without_gap_or_overlap(deps):
    """Newest first; books of one instant by version."""
    await keep(deps.store, A, B, C)
    async with deps.store.reading() as tx:
        first = await rulebooks.page(tx, None, 2)
        rest = await rulebooks.page(tx, (first[-1].created_at, first[-1].version), 2)
    assert [book.version for book in [*first, *rest]] == [C, B, A]


async def test_answers_of_a_book_are_kept_and_of_others_only_the_newest(deps, monkeypatch):
    """Checks may come in any number; what decides must never be dropped for them."""
    monkeypatch.setattr(rulebooks, "UNUSED_ANSWERS_MAX", 2)
    await keep(deps.store, A, files=(StoredFile("x.yaml", b"1", "used"),))
    async with deps.store.writing() as tx:
        await rulebooks.put_answers(tx, {"used": b"0"}, NOON)
        for number in range(1, 5):
            await rulebooks.put_answers(tx, {f"check {number}": b"0"}, at(number))
        kept = await rulebooks.answers(tx, ["used", *(f"check {number}" for number in range(1, 5))])
    assert set(kept) == {"used", "check 3", "check 4"}


def test_answers_are_kept_apart_by_form_file_and_sheet():
    """And a byte that moves from the file to the sheet makes another key."""
    keys = {
        rulebooks.answers_key("1", b"ab", None),
        rulebooks.answers_key("2", b"ab", None),
        rulebooks.answers_key("1", b"ab", b"c"),
        rulebooks.answers_key("1", b"a", b"bc"),
        rulebooks.answers_key("1", b"abc", b""),
    }
    assert len(keys) == 5
    assert rulebooks.answers_key("1", b"ab", None) == rulebooks.answers_key("1", b"ab", None)


async def test_the_company_s_own_words_are_what_rule_files_are_held_to(deps):
    """Channels, kinds and classes as its sources stated them; an item's class is an attribute."""
    pool = deps.store.pool
    await pool.execute("UPDATE item SET attributes = '{\"item_class\": \"A\"}' WHERE sku = 'TEA'")
    async with deps.store.reading() as tx:
        known = await rulebooks.vocabulary(tx)
    assert known.item_classes == {"A"}
    assert known.channels == {row["code"] for row in await pool.fetch("SELECT code FROM channel")}
    assert known.channel_kinds == {row["kind"] for row in await pool.fetch("SELECT kind FROM channel")}
    assert known.site_kinds == {"distribution_centre"}
    assert known.sources >= {row["source"] for row in await pool.fetch("SELECT source FROM watermark")}


@pytest.fixture
def empty_shelf(monkeypatch):
    """No book is in memory, as in a process that has just started."""
    monkeypatch.setattr(shelf, "_kept", OrderedDict())


async def test_a_loaded_book_decides_as_its_files_say(deps, empty_shelf):
    deps = ready(deps)
    await life.ensure_first(deps, lambda _: None)
    version = await activated(deps, 12)
    book = await shelf.book(deps.store.pool, version)
    ruling = book.at(NOON.replace(tzinfo=None))
    verdict = ruling.decide("priority", {"demand_class": "spot", "days_late": 3})
    assert (verdict.then["rank"], verdict.fired[0].row_id) == (12, "PRI999")
    assert book.version == version
    assert dict(book.files) == book_where_spot_ranks(12)


async def test_books_stay_in_memory_up_to_a_number(deps, empty_shelf, monkeypatch):
    """The one not asked for longest goes; one that is there is not read again."""
    deps = ready(deps)
    monkeypatch.setattr(shelf, "BOOKS_MAX", 2)
    pool, versions = deps.store.pool, [await activated(deps, rank) for rank in (11, 12, 13)]
    first = await shelf.book(pool, versions[0])
    await shelf.book(pool, versions[1])
    assert await shelf.book(pool, versions[0]) is first
    await shelf.book(pool, versions[2])
    assert list(shelf._kept) == [versions[0], versions[2]]


async def test_a_book_the_store_does_not_have_is_refused(deps):
    with pytest.raises(UnknownRuleBook):
        await shelf.book(deps.store.pool, "f" * 64)
    with pytest.raises(NoRuleBook):
        await shelf.book(deps.store.pool, None)
