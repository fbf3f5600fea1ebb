"""Why the number is what it is: figures add up, each row says whether it counted, every advice is true."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.company import SupplyChoice
from rules.explanation import EARLIER_MAX, ROWS_MAX, SiteExplanation, explain_site
from rules.model import SiteStock
from rules.position import SitePosition, site_position
from tests.builders import NOON, World, day, held, on_hand, owed, policy, receipt
from tests.rules.profile import quick
from tests.rules.test_promise import DAYS, STOCKS

WORLD = World()


def drawn(stock: SiteStock, world: World = WORLD) -> SitePosition:
    return site_position(stock, world.setup.sites[stock.site_id], world.policy, NOON)


def explained(stock: SiteStock, ahead: int = 0, world: World = WORLD) -> SiteExplanation:
    return explain_site(stock, drawn(stock, world), world.policy, day(ahead))


def told(kind: str, ownership: str, firmness: str, days_overdue: int) -> SupplyChoice:
    """What counts as the plain rules have it, each choice that it does not with its own reason."""
    choice = PLAIN.supply(kind, ownership, firmness, days_overdue)
    if choice.counts:
        return choice
    if ownership != "own":
        return replace(choice, why=f"goods owned by {ownership} do not count")
    return replace(choice, why="overdue: wait for a new date" if days_overdue else f"{firmness} may change")


PLAIN = policy(horizon_days=DAYS)
TOLD = World(policy=replace(PLAIN, supply=told))


def test_every_row_says_whether_it_counted():
    """And why not, in the words of the rule that says so."""
    stock = SiteStock(
        "HAM",
        (on_hand(50), on_hand(4, "quality"), on_hand(3, ownership="consignment")),
        (held(10, until=day(3)),),
        (receipt(7, 2), receipt(9, 1, firmness="planned"), receipt(5, -2)),
        (owed(6, -1), owed(2, 4)),
    )
    found = explained(stock, 1, TOLD)
    assert [(reason.counted, reason.why) for reason in found.on_hand] == [
        (True, "counted"),
        (False, "status quality does not count"),
        (False, "goods owned by consignment do not count"),
    ]
    assert [(reason.hold.hold_id, reason.blocked) for reason in found.holds] == [("H1", 10)]
    assert [(reason.counted_on, reason.why) for reason in found.supplies] == [
        (day(2), "counted"),
        (None, "planned may change"),
        (None, "overdue: wait for a new date"),
    ]
    assert [(reason.counted_on, reason.commitment.quantity) for reason in found.demands] == [
        (day(0), 6),
        (day(4), 2),
    ]


def test_the_binding_day_is_the_one_that_limits():
    """Forty free today but for the thirty-five owed on day 4, before the next receipt."""
    stock = SiteStock("HAM", (on_hand(40),), receipts=(receipt(90, 5),), commitments=(owed(35, 4),))
    found = explained(stock)
    assert (found.free, found.binding.day, found.binding.net_position) == (5, day(4), 5)


def test_advice_is_worked_out_best_first():
    """Lifting the hold frees more than bringing the receipt forward."""
    stock = SiteStock("HAM", (on_hand(20),), (held(15),), (receipt(6, 4),))
    found = explained(stock, 1)
    assert [(change.kind, change.line_id, change.gain) for change in found.earlier] == [
        ("lift_hold", "H1", 15),
        ("bring_forward", "PO-4", 6),
    ]
    assert found.earlier[1].what == f"purchase due {day(4)} here by {day(1)}"


def test_an_unconfirmed_receipt_is_worth_confirming():
    """It would count if it were confirmed and here in time."""
    stock = SiteStock("HAM", (on_hand(1),), receipts=(receipt(6, 0, firmness="planned"),))
    assert [(change.kind, change.gain) for change in explained(stock).earlier] == [("bring_forward", 6)]


def test_advice_that_would_not_help_is_not_given():
    """Goods of others do not count however early they come; nor does anything where nothing counts."""
    stock = SiteStock("HAM", (on_hand(1),), receipts=(receipt(6, 4, ownership="consignment"),))
    assert explained(stock).earlier == ()
    nothing_counts = World(policy=policy(firmness=(), horizon_days=DAYS))
    assert explained(SiteStock("HAM", receipts=(receipt(6, 4),)), world=nothing_counts).earlier == ()


def test_long_lists_are_cut_and_what_is_left_out_is_counted():
    """A hundred rows of each sort, ten pieces of advice."""
    lines = tuple(owed(1, 1, line_id=str(n)) for n in range(ROWS_MAX + 7))
    coming = tuple(receipt(1, 5, line_id=f"PO-{n}") for n in range(20))
    found = explained(SiteStock("HAM", (on_hand(200),), receipts=coming, commitments=lines))
    assert (len(found.demands), found.left_out, len(found.earlier)) == (ROWS_MAX, 7, EARLIER_MAX)


def test_a_day_without_rows_is_explained_by_the_nearest():
    """Yesterday by today, next year by the last planned day."""
    stock = SiteStock("HAM", (on_hand(1),))
    assert [explained(stock, ahead).day for ahead in (-9, 0, DAYS + 300)] == [day(0), day(0), day(DAYS - 1)]


@settings(quick, max_examples=50)
@given(STOCKS, st.integers(0, DAYS - 1))
def test_the_figures_add_up(stock, ahead):
    """Usable, what comes and what is owed make the net position; the binding day's margin is what is free."""
    found, rows = explained(stock, ahead), drawn(stock)
    net = found.usable + found.receipts_to_day - found.commitments_to_day
    assert net == rows.net_position[ahead]
    assert found.free == max(0, found.binding.margin)
    assert found.binding.day >= found.day
    taken_off = found.binding.withheld + found.binding.expired + found.binding.owed_behind
    assert found.binding.margin == found.binding.net_position - taken_off
    to_day = [reason for reason in found.supplies if reason.counted_on and reason.counted_on <= found.day]
    assert sum(reason.receipt.quantity for reason in to_day) == found.receipts_to_day


@settings(quick, max_examples=50)
@given(STOCKS, st.integers(0, DAYS - 1))
def test_every_advice_is_true(stock, ahead):
    """Done as advised, exactly that much more is free."""
    found = explained(stock, ahead)
    for change in found.earlier:
        if change.kind == "lift_hold":
            done = replace(stock, holds=tuple(h for h in stock.holds if h.hold_id != change.line_id))
        else:
            [late] = [r for r in stock.receipts if r.line_id == change.line_id]
            others = tuple(r for r in stock.receipts if r is not late)
            done = replace(stock, receipts=(*others, replace(late, day=found.day)))
        assert explained(done, ahead).free == found.free + change.gain
