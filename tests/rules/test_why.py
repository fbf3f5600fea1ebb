"""Which rules an answer rests on: every decision asked for, with its facts and the row that fired."""

from rules.model import Profile, SiteStock
from rules.position import prepare
from rules.why import ASKED_MAX, Asked, asked_for
from tests.builders import NOON, held, on_hand, profile, receipt
from tests.rules.test_choices import choices, setup_of_choices


def asked(*stocks: SiteStock, channel: str = "web", site_id: str | None = None) -> list[Asked]:
    found = choices()
    item = prepare(profile(*stocks), setup_of_choices(found), NOON)
    return asked_for(item, found, channel, NOON, site_id)


BERLIN = SiteStock(
    "BER",
    (on_hand(5), on_hand(2, ownership="consignment"), on_hand(1, "damaged")),
    (held(1),),
    (receipt(3, -2), receipt(4, 2)),
)


def rows(found: list[Asked]) -> list[tuple[str, str, str]]:
    return [(each.decision, each.about, each.verdict.fired[0].row_id) for each in found]


def test_every_decision_is_told_once_with_what_it_is_about():
    """Of the channel, the site, its source, then goods on hand, holds and receipts."""
    found = rows(asked(BERLIN))
    assert [decision for decision, _, _ in found[:6]] == [
        "demand_class",
        "sourcing",
        "split",
        "promise",
        "position",
        "sources",
    ]
    told = {(decision, about): row for decision, about, row in found}
    assert len(told) == len(found)
    assert told["supply", "goods on hand, own"] == "SUP050"
    assert told["supply", "goods on hand, consignment"] == "SUP070"
    late, coming = (each for (decision, about), each in told.items() if about.startswith("purchase"))
    assert (late, coming) == ("SUP040", "SUP050")
    assert ("holds", "hold quality") in told
    assert ("holds", "goods in status damaged") in told


def test_the_facts_told_are_those_the_row_fired_on():
    """Deciding by them again gives the same row."""
    for each in asked(BERLIN, channel="amazon"):
        assert each.at.decide(each.decision, each.facts).fired == each.verdict.fired


def test_another_channel_rests_on_other_rows():
    told = {
        about: row for decision, about, row in rows(asked(BERLIN, channel="amazon")) if decision == "supply"
    }
    assert told["goods on hand, consignment"] == "SUP060"


def test_equal_facts_at_two_sites_are_told_once():
    """New York is of the same kind, keeps the same source, and the same rows hold there."""
    both = asked(BERLIN, SiteStock("NYC", (on_hand(5),)))
    assert rows(both) == rows(asked(BERLIN))
    assert {each.site_id for each in both} == {"BER"}


def test_a_site_alone_is_told_where_it_is_named():
    there = asked(BERLIN, SiteStock("SHOP", (on_hand(5),)), site_id="SHOP")
    assert {each.site_id for each in there} == {"SHOP"}
    assert ("supply", "goods on hand, own") in {(each.decision, each.about) for each in there}


def test_no_more_is_listed_than_there_is_room_for():
    """Overdue by ever more days, each receipt is another fact."""
    late = tuple(receipt(1, -days, line_id=str(days)) for days in range(1, ASKED_MAX + 9))
    assert len(asked(SiteStock("BER", receipts=late))) == ASKED_MAX


def test_an_item_nobody_holds_rests_on_nothing():
    found = choices()
    item = prepare(Profile("NONE", "EA", 0), setup_of_choices(found), NOON)
    assert asked_for(item, found, "web", NOON) == []
