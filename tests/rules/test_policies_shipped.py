"""The shipped rule files: sound in themselves, and promising what the product's definitions say."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from datasources.policies import shipped
from rules.cells import space_of
from rules.decisions import DECISIONS, ROLES
from rules.table import Table, Value, read_table
from tests.rules.plain_rules import answer, rows_that_fit

FILES = shipped()
TABLES: Mapping[str, Table] = {
    table.decides: table for table in (read_table(file, content) for file, content in FILES.items())
}
NOON = datetime(2026, 3, 2, 12)  # noqa: DTZ001  rule files know the site's local time
CELLS_MOST = 2_000
"""What an analyst can still look through; the engine would take many more."""


def given_by(decision: str, at: datetime = NOON, /, **facts: Value) -> Mapping[str, Value]:
    """What the shipped table of the decision gives for the facts."""
    table = TABLES[decision]
    (place,) = answer(table, facts, at)
    return table.rows[place].then


def counts_for(channel_kind: str, **facts: Value) -> Mapping[str, Value]:
    """What becomes of goods: own, on hand and not overdue where `facts` do not say otherwise."""
    goods: dict[str, Value] = {"kind": "on_hand", "ownership": "own", "firmness": "here", "days_overdue": 0}
    return given_by("supply", **{**goods, **facts, "channel_kind": channel_kind})


def test_each_decision_has_its_file():
    assert {decision: table.file for decision, table in TABLES.items()} == {
        name: f"{decision.file}.yaml" for name, decision in DECISIONS.items()
    }


@pytest.mark.parametrize("decision", TABLES)
def test_each_row_is_exercised_by_an_example_that_comes_out(decision: str):
    table = TABLES[decision]
    exercised: set[int] = set()
    for example in table.examples:
        fired = answer(table, example.given, example.at or NOON)
        exercised.update(fired)
        ids = tuple(table.rows[place].row_id for place in fired)
        expected = example.expect["row"]
        assert ids == (expected if isinstance(expected, tuple) else (expected,)), example
        for name, value in example.expect.items():
            assert name == "row" or all(table.rows[place].then[name] == value for place in fired), example
    unexercised = [row.row_id for place, row in enumerate(table.rows) if place not in exercised]
    assert not unexercised


@pytest.mark.parametrize("decision", TABLES)
def test_each_table_says_what_it_is_about_and_is_small_enough_to_look_through(decision: str):
    table = TABLES[decision]
    assert len(table.about) > 60
    assert space_of(table).size < CELLS_MOST


@pytest.mark.parametrize("decision", [name for name, table in TABLES.items() if table.complete])
def test_a_complete_table_has_a_row_for_every_cell(decision: str):
    table, space = TABLES[decision], space_of(TABLES[decision])
    at = [NOON, datetime(2026, 3, 7)]  # noqa: DTZ001  and in the promotion
    for moment in at:
        for cell in range(space.size):
            found = rows_that_fit(table, space.facts_of(cell), moment)
            assert found, space.describe(cell)
            assert table.hit != "unique" or len(found) == 1, space.describe(cell)


CHANNEL_KINDS = ("web", "marketplace", "contract", "wholesale", "counter", "a kind of tomorrow")


@pytest.mark.parametrize("channel_kind", CHANNEL_KINDS)
class TestSupplyCounts:
    def test_our_own_goods_here_and_confirmed_count_for_everyone(self, channel_kind: str):
        goods: tuple[dict[str, Value], ...] = (
            {},
            {"kind": "purchase", "firmness": "confirmed"},
            {"kind": "a kind of tomorrow", "firmness": "firm"},
        )
        for facts in goods:
            found = counts_for(channel_kind, **facts)
            assert found == {"counts": True, "position": "own", "from_days": 0}

    @pytest.mark.parametrize("firmness", ["unconfirmed", "planned", "hoped for"])
    def test_what_nobody_has_confirmed_counts_for_nobody(self, channel_kind: str, firmness: str):
        assert not counts_for(channel_kind, kind="purchase", firmness=firmness)["counts"]

    def test_overdue_production_is_expected_today_and_nothing_else_overdue_counts(self, channel_kind: str):
        late: dict[str, Value] = {"firmness": "firm", "days_overdue": 3}
        assert counts_for(channel_kind, kind="production", **late) == {
            "counts": True,
            "position": "own",
            "from_days": 0,
        }
        for kind in ("purchase", "in_transit", "transfer", "a kind of tomorrow"):
            assert not counts_for(channel_kind, kind=kind, **late)["counts"]

    def test_returns_and_other_people_s_goods_count_for_nobody(self, channel_kind: str):
        assert not counts_for(channel_kind, kind="return", firmness="confirmed")["counts"]
        for ownership in ("customer", "project", "somebody else's"):
            assert not counts_for(channel_kind, ownership=ownership)["counts"]

    @pytest.mark.parametrize("ownership", ["consignment", "vendor_managed"])
    def test_a_suppliers_goods_here_count_for_all_but_marketplaces(self, channel_kind: str, ownership: str):
        found = counts_for(channel_kind, ownership=ownership)
        assert found["counts"] == (channel_kind != "marketplace")
        assert found["position"] == "consignment"

    def test_a_suppliers_goods_at_his_place_count_for_the_shop_windows(self, channel_kind: str):
        here = counts_for(channel_kind, ownership="drop_ship")
        dated = counts_for(channel_kind, ownership="drop_ship", kind="drop_ship", firmness="confirmed")
        sells = channel_kind in {"web", "marketplace"}
        assert (here["counts"], dated["counts"]) == (sells, sells)
        assert {here["position"], dated["position"]} == {"drop_ship"}
        if sells:
            assert (here["from_days"], dated["from_days"]) == (3, 0)


def test_positions_are_taken_own_goods_first():
    (position,) = (output for output in TABLES["supply"].outputs if output.name == "position")
    assert position.values == ("own", "consignment", "drop_ship")


@pytest.mark.parametrize("site_kind", ["distribution_centre", "store", "supplier", "a kind of tomorrow"])
def test_safety_stock_is_withheld_and_nothing_is_without_limit(site_kind: str):
    found = given_by("position", site_kind=site_kind)
    assert found == {"safety_stock": "withheld", "unlimited_after_days": None}


def test_a_source_of_stock_may_be_silent_for_a_week():
    found = given_by("sources", fact="stock")
    assert found == {"allowed_minutes": 10_080, "step_minutes": 1_440, "percent": 10, "at_least": 0}


@pytest.mark.parametrize("status", ["received", "quality", "damaged", "in_process", "picked", "unheard of"])
def test_only_goods_in_the_status_available_are_promised(status: str):
    assert given_by("holds", what="status", code="available")["promisable"]
    assert not given_by("holds", what="status", code=status)["promisable"]


@pytest.mark.parametrize("code", ["quality", "customs", "count", "recall", "rma", "available", "unheard of"])
def test_every_hold_blocks_but_a_note(code: str):
    assert not given_by("holds", what="hold", code=code)["promisable"]
    assert given_by("holds", what="hold", code="info")["promisable"]


def test_a_storefront_sees_only_what_is_promised():
    seen = given_by("holds", what="status", code="available")["seen_by"]
    kept = {what: given_by("holds", what=what, code="quality")["seen_by"] for what in ("status", "hold")}
    assert set(seen) <= set(ROLES)  # type: ignore[arg-type]
    for by in kept.values():
        assert set(by) == set(seen) - {"storefront"}  # type: ignore[arg-type]


@pytest.mark.parametrize("stated", ["contract", "wholesale", "retail", "spot"])
@pytest.mark.parametrize("channel_kind", CHANNEL_KINDS)
def test_the_class_a_source_states_is_taken(stated: str, channel_kind: str):
    assert given_by("demand_class", stated_class=stated, channel_kind=channel_kind)["demand_class"] == stated


def test_contracts_are_served_before_spot_sales():
    ranks = [
        given_by("priority", demand_class=name, days_late=0)["rank"]
        for name in ("contract", "wholesale", "retail", "spot")
    ]
    assert ranks == sorted(set(ranks))  # type: ignore[type-var]


@pytest.mark.parametrize("at", [NOON, datetime(2026, 3, 6, 18), datetime(2026, 3, 9)])  # noqa: DTZ001
def test_the_shares_of_a_pool_make_a_whole_in_and_out_of_the_promotion(at: datetime):
    (kinds,) = (given.values for given in TABLES["allocation"].inputs)
    assert sum(given_by("allocation", at, channel_kind=kind)["share_percent"] for kind in kinds) == 100  # type: ignore[misc]
    web = given_by("allocation", at, channel_kind="web")["share_percent"]
    assert web == (60 if at.day == 6 else 50)


@pytest.mark.parametrize("channel_kind", CHANNEL_KINDS)
@pytest.mark.parametrize("site_kind", ["distribution_centre", "store", "supplier", "plant", "other"])
def test_stores_do_not_serve_marketplaces_and_contracts_and_all_else_serves_in_turn(
    channel_kind: str, site_kind: str
):
    found = given_by("sourcing", channel_kind=channel_kind, site_kind=site_kind)
    assert found["serves"] == (site_kind != "store" or channel_kind not in {"marketplace", "contract"})
    assert (found["turn"], found["floor"], found["orders_a_day"]) == (1, 0, None)


@pytest.mark.parametrize("channel_kind", CHANNEL_KINDS)
def test_everyone_is_promised_ninety_days_in_parts(channel_kind: str):
    assert given_by("promise", channel_kind=channel_kind) == {
        "horizon_days": 90,
        "partial": True,
        "backorder": True,
        "min_shipment_percent": 0,
        "cut_off": None,
    }
