"""What the shipped rules say of items, sites and channels, asked by class at an instant."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from datasources.policies import shipped
from rules import choices as asked
from rules.answers import Answers
from rules.book import Book, book_of, read_tables
from rules.choices import BookChoices, setup_of
from rules.company import Channel, Company, Setup, Silence, Site, SourceAge, SupplyChoice
from rules.engine import evaluate
from rules.table import read_table
from tests.builders import NOON

SITES = {
    "BER": Site("BER", "Berlin", "distribution_centre", "Europe/Berlin"),
    "NYC": Site("NYC", "New York", "distribution_centre", "America/New_York"),
    "SHOP": Site("SHOP", "The shop", "store", "Europe/Berlin"),
}
CHANNELS = {
    "web": Channel("web", "Web", "web", "retail"),
    "amazon": Channel("amazon", "A marketplace", "marketplace", "retail"),
    "frame": Channel("frame", "A contract", "contract", "contract"),
}
OWNERS = {"BER": "wms", "NYC": "wms", "SHOP": "till"}
SUPPLY, SOURCES = "10-supply.yaml", "15-sources.yaml"


@cache
def shipped_answers() -> Mapping[str, Answers]:
    return {decision: evaluate(table) for decision, table in read_tables(shipped()).items()}


def book(**changed: bytes) -> Book:
    """The shipped book with these files, by decision, in place of its own."""
    files, answers = dict(shipped()), dict(shipped_answers())
    for decision, content in changed.items():
        file = {"supply": SUPPLY, "sources": SOURCES}[decision]
        files[file] = content
        answers[decision] = evaluate(read_table(file, content))
    return book_of(files, answers)


def choices(**changed: bytes) -> BookChoices:
    return BookChoices(book(**changed), SITES, CHANNELS, OWNERS)


def setup_of_choices(found: BookChoices) -> Setup:
    return setup_of(Company("a hash", SITES, CHANNELS, {}, OWNERS), found.book)


def test_a_policy_says_who_may_use_which_goods_from_when():
    """Our own for all; consigned goods not on marketplaces; drop-ship not for contracts, in three days."""
    policy = choices().policy_at("BER", "", NOON)
    own = policy.supply("on_hand", "own", "here", 0)
    consigned = policy.supply("on_hand", "consignment", "here", 0)
    dropped = policy.supply("on_hand", "drop_ship", "here", 0)
    assert (own.users, own.position, own.from_days) == (None, "own", 0)
    assert (consigned.users, consigned.position) == (frozenset({"web", "frame"}), "consignment")
    assert (dropped.users, dropped.from_days) == (frozenset({"web", "amazon"}), 3)
    assert policy.positions == ("own", "consignment", "drop_ship")


@pytest.mark.parametrize(
    ("goods", "row"),
    [
        (("purchase", "own", "unconfirmed", 0), "SUP010"),
        (("purchase", "own", "confirmed", 1), "SUP040"),
        (("on_hand", "customer", "here", 0), "SUP999"),
    ],
)
def test_goods_that_count_for_nobody_say_by_which_row(goods, row):
    choice: SupplyChoice = choices().policy_at("BER", "", NOON).supply(*goods)
    assert (choice.counts, choice.why.endswith(f"({SUPPLY} {row})")) == (False, True)


def test_a_policy_says_what_may_be_promised_by_status_and_hold():
    policy = choices().policy_at("BER", "", NOON)
    assert [policy.promisable("status", code) for code in ("available", "damaged", "quality")] == [
        True,
        False,
        False,
    ]
    assert not policy.promisable("hold", "quality")


def test_the_longest_horizon_that_any_row_promises_is_counted():
    found = choices()
    promises = found.book.compiled["promise"].table.rows
    policy = found.policy_at("BER", "", NOON)
    assert policy.horizon_days == max(int(str(row.then["horizon_days"])) for row in promises)
    assert (policy.withhold_safety_stock, policy.infinite_after_days) == (True, None)


@pytest.mark.parametrize("channel", [*CHANNELS, "nobody knows"])
@pytest.mark.parametrize("site_id", SITES)
def test_sourcing_is_what_its_tables_say_of_the_channel_and_the_site(channel, site_id):
    """Of a channel nobody knows too."""
    found = choices()
    kind = CHANNELS[channel].kind if channel in CHANNELS else ""
    at = found.at(site_id, NOON)
    who = {**found.who(channel, at), "item_class": ""}
    assert (who["channel"], who["channel_kind"]) == (channel, kind)
    by_rule = at.decide("sourcing", {**who, "site_kind": SITES[site_id].kind}).then
    given = found.sourcing(channel, site_id, "", NOON)
    assert (given.serves, given.turn, given.floor) == (by_rule["serves"], by_rule["turn"], by_rule["floor"])
    assert given.horizon_days == at.decide("promise", who).then["horizon_days"]


def test_a_marketplace_is_not_served_from_the_shop():
    found = choices()
    assert [found.sourcing("amazon", site, "", NOON).serves for site in ("BER", "SHOP")] == [True, False]


TEN_MINUTES = b"""decides: sources
hit: first
inputs: {fact: {type: enum, values: [stock]}}
outputs:
  allowed_minutes: {type: int, min: 0, max: 525600}
  step_minutes: {type: int, min: 1, max: 525600}
  percent: {type: int, min: 0, max: 100}
  at_least: {type: int, min: 0, max: 100}
rows:
  - id: S1
    when: {}
    then: {allowed_minutes: 5, step_minutes: 10, percent: 10, at_least: AT_LEAST}
    why: A tenth less each ten minutes.
    owner: a test
examples: [{given: {fact: stock}, expect: {row: S1}}]
"""


def silence(found: BookChoices, minutes: float, kind: str = "stock") -> Silence | None:
    """What the silence of BER's source for so long says, a word having come just then about another site."""
    ages = [
        SourceAge("wms", kind, NOON - timedelta(days=9), NOON - timedelta(minutes=minutes)),
        SourceAge("till", "stock", NOON, NOON),
    ]
    silent = found.silent(ages, NOON)
    assert "SHOP" not in silent
    assert silent.get("NYC") == silent.get("BER")
    return silent.get("BER")


@pytest.mark.parametrize(
    ("minutes", "counted"), [(5, 40), (14, 40), (15, 36), (25, 32), (105, 0), (9_000, 0)]
)
def test_forty_units_of_a_silent_source_count_less_each_ten_minutes(minutes, counted):
    """From when it was last heard, not from the instant its last word was true for."""
    found = silence(choices(sources=TEN_MINUTES.replace(b"AT_LEAST", b"0")), minutes)
    assert 40 * (100 if found is None else found.percent) // 100 == counted


def test_a_silence_says_its_source_its_age_and_its_steps():
    found = choices(sources=TEN_MINUTES.replace(b"AT_LEAST", b"0"))
    assert silence(found, 25.9) == Silence("wms", 25, 2, 80)


def test_a_silent_source_counts_at_least_what_its_rule_says():
    found = silence(choices(sources=TEN_MINUTES.replace(b"AT_LEAST", b"30")), 9_000)
    assert found is not None
    assert found.percent == 30


def test_a_source_that_has_never_spoken_of_stock_is_not_called_silent():
    """Nothing is known of it that could count less."""
    assert silence(choices(sources=TEN_MINUTES.replace(b"AT_LEAST", b"0")), 9_000, kind="demand") is None


JUNE = b"""    from: 2026-06-02
    until: 2026-06-03
"""
CONSIGNED_ON_TUESDAY = shipped()[SUPPLY].replace(
    b"""    why: A marketplace takes only goods we own when we list them.
""",
    b"""    why: A marketplace takes only goods we own when we list them.
"""
    + JUNE,
)


@pytest.mark.parametrize(
    ("site_id", "midnight"),
    [("BER", datetime(2026, 6, 1, 22, tzinfo=UTC)), ("NYC", datetime(2026, 6, 2, 4, tzinfo=UTC))],
)
def test_a_dated_row_begins_at_midnight_of_the_site(site_id, midnight):
    """From then on, and for a day, consigned goods are not for the marketplace; before and after they are."""
    found = choices(supply=CONSIGNED_ON_TUESDAY)
    second = timedelta(seconds=1)

    def users(now: datetime) -> frozenset[str] | None:
        return found.policy_at(site_id, "", now).supply("on_hand", "consignment", "here", 0).users

    end = midnight + timedelta(days=1)
    assert [users(now) for now in (midnight - second, end)] == [None, None]
    assert [users(now) for now in (midnight, end - second)] == [frozenset({"web", "frame"})] * 2


def test_the_basis_differs_where_the_rows_in_force_do():
    """In Berlin the row begins six hours before it does in New York."""
    found = choices(supply=CONSIGNED_ON_TUESDAY)
    moments = [datetime(2026, 6, 1, hour, tzinfo=UTC) for hour in (20, 21, 22, 23)]
    before, still, in_berlin, later = (found.basis(now) for now in moments)
    in_both = found.basis(datetime(2026, 6, 2, 4, tzinfo=UTC))
    assert before == still != in_berlin == later != in_both != before


def test_the_basis_of_another_book_is_another():
    assert choices().basis(NOON) != choices(sources=TEN_MINUTES.replace(b"AT_LEAST", b"0")).basis(NOON)


def test_what_is_looked_up_is_kept_and_the_same():
    found = choices()
    assert found.policy_at("BER", "", NOON) is found.policy_at("NYC", "", NOON)
    assert found.policy_at("BER", "", NOON) is not found.policy_at("SHOP", "", NOON)


def test_no_more_is_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch):
    """However many classes and channels are asked about; the answers stay right."""
    monkeypatch.setattr(asked, "KEPT_MAX", 20)
    found = choices()
    first = found.sourcing("web", "BER", "", NOON)
    for number in range(70):
        assert found.sourcing("web", "BER", f"class {number}", NOON) == first
        assert len(found.kept) <= 20
    assert found.sourcing("web", "BER", "", NOON) == first


def test_a_set_up_decides_by_its_book():
    made = book()
    setup = setup_of_choices(BookChoices(made, SITES, CHANNELS, OWNERS))
    assert (setup.book_version, setup.setup_hash) == (made.version, "a hash")
    assert setup.choices.policy_at("BER", "", NOON).positions == ("own", "consignment", "drop_ship")
