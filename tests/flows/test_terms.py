"""How more of an item can be had, as sources state it: in the store, in profiles, and what is refused."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from datasources.facts import BillFact, CapacityFact, Fact, ProductionFact, SetAside, SupplierFact
from datasources.store import profiles
from resolvers.flows.deps import Deps
from rules.terms import BillLine, Minutes, ProductionTerms, SupplierTerms, Terms
from tests.builders import day, item, site, tell

STATES = ("supplier", "production", "bill", "capacity")


def supplier(code: str = "TEA", **more: Any) -> SupplierFact:
    given: dict[str, Any] = {"supplier": "ACME", "site_id": "HAM", "supplier_days": 5} | more
    return SupplierFact(code, **given)


def production(code: str = "TEA", version: str = "V1", **more: Any) -> ProductionFact:
    return ProductionFact(code, "HAM", version, **more)


def bill(code: str, component: str, per: str = "1", version: str = "V1", **more: Any) -> BillFact:
    return BillFact(code, version, component, Decimal(per), **more)


async def stated(deps: Deps, *facts: Fact | SetAside) -> list[str]:
    """Why rows were set aside, when these are all there are."""
    report = await tell(deps, *facts, states=STATES)
    return [row.reason for row in report.set_aside]


async def terms(deps: Deps, sku: str = "TEA") -> Terms:
    content = await deps.store.pool.fetchval("SELECT content FROM profile WHERE sku = $1", sku)
    return profiles.decode(sku, content).terms


async def test_a_supplier_is_part_of_the_items_profile(deps: Deps):
    """Quantities are smallest units, costs fractions for one of them, the cut-off a minute of the day."""
    fact = supplier(
        "OIL",
        minimum=Decimal(20),
        multiple=Decimal("2.5"),
        cut_off="12:00",
        desk_zone="Europe/Berlin",
        transit_days=2,
        dock_to_stock_days=1,
        unit_cost=Decimal(15),
        order_cost=Decimal(900),
        fence_days=3,
    )
    assert await stated(deps, fact) == []
    [known] = (await terms(deps, "OIL")).suppliers
    assert known == SupplierTerms(
        supplier="ACME",
        site_id="HAM",
        supplier_days=5,
        transit_days=2,
        dock_to_stock_days=1,
        minimum=20_000,
        multiple=2_500,
        unit_cost=Fraction(15, 1_000),
        order_cost=Fraction(900),
        desk_zone="Europe/Berlin",
        cut_off=720,
        fence_days=3,
    )


async def test_what_a_version_takes_is_part_of_the_profile_of_what_is_made(deps: Deps):
    facts = (
        item("PRESS", unit="MIN"),
        production(resource="PRESS", set_up_minutes=30, minutes_a_unit=Decimal(6), fixed_days=1),
        bill("TEA", "CUP", "2", scrap_percent=Decimal(5)),
        bill("TEA", "OIL", "0.25"),
        CapacityFact("PRESS", "HAM", day(1), 60),
    )
    assert await stated(deps, *facts) == []
    [made] = (await terms(deps)).productions
    lines = (BillLine("CUP", Fraction(2), Fraction(1, 20)), BillLine("OIL", Fraction(250)))
    assert made == ProductionTerms("V1", "HAM", lines, "PRESS", 30, Fraction(6), 1)
    assert (await terms(deps, "PRESS")).minutes == (Minutes("HAM", day(1), 60),)
    assert await terms(deps, "CUP") == Terms()


async def test_what_is_no_longer_stated_ends(deps: Deps):
    await stated(deps, supplier(), production(), bill("TEA", "CUP"))
    assert await stated(deps, supplier(supplier="BETTER", supplier_days=None, lead_time_days=3)) == []
    known = await terms(deps)
    assert [(way.supplier, way.lead_time_days) for way in known.suppliers] == [("BETTER", 3)]
    assert known.productions == ()


async def test_rows_that_cannot_be_are_set_aside_with_the_reason(deps: Deps):
    refused = await stated(
        deps,
        supplier(supplier="A", lead_time_days=3),
        supplier(supplier="B", supplier_days=None),
        supplier(supplier="C", cut_off="24:00"),
        supplier(supplier="D", multiple=Decimal(0)),
        supplier(supplier="E", supplier_calendar="lunar"),
        supplier(supplier="F", transit_days=-1),
        supplier(supplier="G", desk_zone="Mars"),
        production(set_up_minutes=5),
        CapacityFact("OIL", "HAM", day(1), 60),
        CapacityFact("CUP", "HAM", day(1), -1),
    )
    assert refused == [
        "A has both a whole lead time and days of its own. State one of lead_time_days and supplier_days.",
        "B has neither a lead time nor days of its own. State one of lead_time_days and supplier_days.",
        "'24:00' is no time of day such as 15:00.",
        "Orders cannot come in multiples of 0. Leave it out for any.",
        "No calendar is called lunar. Known: every day.",
        "-1 days cannot be waited: 0 to 3,660 can.",
        "'Mars' is not an IANA time zone. Use a name such as Europe/Berlin or America/New_York.",
        "Minutes are stated, but not the resource that works them.",
        "OIL is not counted in whole minutes, so it is no resource.",
        "-1 minutes of CUP cannot be free on one day.",
    ]


async def test_an_item_never_goes_into_itself(deps: Deps):
    """The row that closes the circle is set aside, and the version that lacks it with it."""
    refused = await stated(
        deps,
        *(production(code) for code in ("TEA", "CUP", "OIL")),
        bill("TEA", "CUP"),
        bill("CUP", "OIL"),
        bill("OIL", "TEA"),
    )
    circle, broken = refused
    assert circle.startswith("OIL needs TEA needs CUP needs OIL: an item cannot go into itself. ")
    assert broken == "Its bill of materials could not be used whole."
    assert [len((await terms(deps, code)).productions) for code in ("TEA", "CUP", "OIL")] == [1, 1, 0]


async def test_bills_are_followed_ten_levels_deep_and_no_deeper(deps: Deps):
    chain = [f"L{level:02}" for level in range(12)]
    facts = [item(code) for code in chain]
    facts += [production(code) for code in chain[:-1]]  # type: ignore[misc]
    facts += [bill(made, of) for made, of in pairwise(chain)]  # type: ignore[misc]
    [why, broken] = await stated(deps, *facts)
    assert why.startswith("L00 needs L01 needs L02")
    assert why.endswith("State the lead time of one of them instead of its components.")
    assert broken == "Its bill of materials could not be used whole."


async def test_a_version_with_a_component_nobody_knows_ends(deps: Deps):
    """Without the unknown one it would promise what cannot be made."""
    await stated(deps, production(), bill("TEA", "CUP"))
    refused = await stated(deps, production(), bill("TEA", "CUP"), bill("TEA", "BRASS"))
    assert refused[0].startswith("No item is known as BRASS")
    assert refused[1] == "Another component of this version could not be used, so nothing is made by it."
    assert (await terms(deps)).productions == ()


async def test_while_a_row_of_the_file_cannot_be_read_bills_stay_as_they_were(deps: Deps):
    await stated(deps, production(), bill("TEA", "CUP"))
    unread = SetAside("erp.csv", 9, "too few cells", "TEA,V1")
    refused = await stated(deps, production(), bill("TEA", "CUP", "3"), unread)
    assert "A row of this file could not be read; it may be of the same bill." in refused
    [made] = (await terms(deps)).productions
    assert made.components == (BillLine("CUP", Fraction(1)),)


async def test_the_site_of_a_supplier_must_be_known(deps: Deps):
    await tell(deps, site("MUC"), source="master")
    assert await stated(deps, supplier(site_id="MUC"), supplier(site_id="XXX")) == [
        "No site is called XXX. Known: COL, HAM, MUC."
    ]
