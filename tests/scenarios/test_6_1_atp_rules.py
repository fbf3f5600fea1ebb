"""Requirement 6.1: receipts, commitments and production count in what is promised, by a method that is named.

The case files of kind `atp` are told to the gateway as any source would tell them, and asked over GraphQL.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from datasources.facts import (
    DemandFact,
    Fact,
    ForecastFact,
    HoldFact,
    ItemFact,
    KitFact,
    LotFact,
    SafetyStockFact,
    StockFact,
    SupplyFact,
)
from datasources.store import clock
from gateway import cases
from gateway.auth import Keys
from gateway.cases.days import Grace, past_due
from gateway.cases.facts import Facts, Place, facts
from gateway.cases.judging import _row_differs
from gateway.cases.plan import NOON, Options, bucket_day, options, stock_of
from gateway.cases.reading import document, mapping, maps
from rules.atp import UNLIMITED
from rules.company import Policy
from tests.application import Client, client_of
from tests.databases import administer, database_url, open_deps
from tests.deciding import Chosen, balance, decide_by, position, promising, written
from tests.scenarios.company import WEB, site, tell

OWN = Path(__file__).parents[1] / "cases"
SHARED = Path(__file__).parents[3] / "shared" / "cases"
FILES = sorted([*OWN.glob("*.yaml"), *SHARED.glob("*.yaml")])
READ = {file.stem: document(file.read_bytes()) for file in FILES}
CASES = {name: case for name, case in READ.items() if case["kind"] == "atp"}

PROJECTION = """query($sku: Sku!, $methods: [AtpMethod!], $days: Int!) {
  item(sku: $sku) { projection(methods: $methods, days: $days) {
    days { usable netPosition } methods { method atp } } } }"""

_numbers = count(1)


@pytest.fixture(scope="module")
async def gateway(server: str, template: str, keys: Keys) -> AsyncIterator[Client]:
    """A gateway that knows one site and one channel; its clock stands at the day that cases begin with."""
    await administer(server, f"CREATE DATABASE cases TEMPLATE {template}")
    deps = await open_deps(database_url(server, "cases"))
    async with deps.store.writing() as tx:
        await clock.set_now(tx, NOON)
    client = client_of(deps, keys)
    await tell(client, "case", site("S"), WEB)
    yield client
    await client.http.aclose()
    await deps.store.close()


def looks(case: Mapping[str, Any]) -> Iterator[tuple[str, Facts, Mapping[str, Any]]]:
    """Each moment of a case at which something is expected: where, what is so by then, and what."""
    given = mapping(case.get("given"), "given")
    for run in maps(case.get("variants"), "variants") or [dict(case)]:
        varied = cases._varied(given, mapping(run.get("given"), "given")) if "variants" in case else given
        state = facts(varied, case)
        for number, step in enumerate(maps(run.get("steps"), "steps") or [run], 1):
            for operation in maps(step.get("do"), "do"):
                state, _ = cases._performed(cases.ANSWERED["atp"], state, operation)
            yield f"{run.get('name', '')} {number}", state, mapping(step.get("expect"), "expect")


def told(state: Facts, chosen: Options, place: Place, sku: str) -> Iterator[Fact]:
    """What is so of one item at one site, as a source tells it."""
    stock = stock_of(state, chosen, place)
    yield ItemFact(sku, sku)
    for row in stock.on_hand:
        yield StockFact(sku, "S", Decimal(row.quantity), lot=row.lot or f"{sku} {row.usable_until}")
        yield LotFact(sku, row.lot or f"{sku} {row.usable_until}", row.usable_until)
    for hold in stock.holds:
        quantity = None if hold.quantity is None else Decimal(hold.quantity)
        name = f"{sku} {hold.hold_id}"
        yield HoldFact(
            name, hold.code or "held", sku, "S", quantity, hold.lots, starts=hold.starts, until=hold.until
        )
    for number, line in enumerate(stock.receipts):
        yield SupplyFact(
            f"{sku} {number}",
            line.kind or "purchase",
            sku,
            "S",
            Decimal(line.quantity),
            line.day,
            line.firmness,
            usable_until=line.usable_until,
        )
    for number, owed in enumerate(stock.commitments):
        yield DemandFact(f"{number}", sku, "web", sku, "S", Decimal(owed.quantity), owed.day)
    for kept in stock.safety_stock:
        starts = None if kept.starts == date.min else kept.starts
        yield SafetyStockFact(sku, "S", Decimal(kept.quantity), starts)


def expected_sales(state: Facts, chosen: Options, sku: str) -> Iterator[Fact]:
    for number, line in enumerate(state.forecast):
        start = bucket_day(chosen.clock.holding(line.due))
        end = start + timedelta(days=1)
        yield ForecastFact(f"{sku} {number}", sku, "S", "web", start, end, Decimal(line.quantity))


def rules(state: Facts, policy: Policy) -> list[Mapping[str, bytes]]:
    """The policy of the case as rule files."""
    never = policy.infinite_after_days is None
    return [
        _supply(state),
        promising(horizon_days=policy.horizon_days),
        position(unlimited_after_days="none" if never else policy.infinite_after_days),
        balance(policy.projection, policy.demand_fence_days),
    ]


def _supply(state: Facts) -> Mapping[str, bytes]:
    """What counts: no kind that is left out, and overdue lines as the case has it."""
    counts = {"counts": True, "position": "own", "from_days": 0}
    left_out = counts | {"counts": False}
    here = {"kind": "on_hand", "days_overdue": 0}
    rows: list[Chosen] = []
    kinds = sorted(str(kind) for kind in state.policy.get("exclude_types") or ())
    if kinds:
        rows.append(({"kind": kinds}, left_out, here | {"kind": kinds[0]}))
    overdue = past_due(state.policy.get("past_due_supply"), "ignore")
    if isinstance(overdue, Grace):
        within, then = overdue.within_days, counts | {"from_days": overdue.move_to_days}
        rows.append(({"days_overdue": f"1..{within}"}, then, here | {"days_overdue": 1}))
        rows.append(({"days_overdue": f"> {within}"}, left_out, here | {"days_overdue": within + 1}))
    elif overdue == "ignore":
        rows.append(({"days_overdue": ">= 1"}, left_out, here | {"days_overdue": 1}))
    inputs = {
        "kind": {"type": "enum", "values": sorted({"on_hand", "purchase", *kinds})},
        "days_overdue": {"type": "int", "min": 0, "max": 366},
    }
    return written("supply", *rows, ({}, counts, here), inputs=inputs)


async def ask(gateway: Client, state: Facts, chosen: Options, methods: list[str]) -> dict[str, list[int]]:
    """The rows that the gateway answers, by name, in the case's smallest units."""
    prefix = f"{next(_numbers)} "
    sku = prefix + state.place[0]
    await decide_by(gateway.deps, *rules(state, chosen.policy))
    facts_told: list[Fact] = []
    for name in {state.place[0], *(part for part, _ in state.kit)}:
        facts_told += told(state, chosen, (name, state.place[1]), prefix + name)
    facts_told += expected_sales(state, chosen, sku)
    facts_told += [KitFact(sku, prefix + part, Decimal(per)) for part, per in state.kit]
    report = await tell(gateway, "case", *facts_told)
    assert report.set_aside == []
    answer = await gateway.ask(
        PROJECTION, sku=sku, methods=[method.upper() for method in methods], days=chosen.horizon
    )
    [at_site] = answer["item"]["projection"]
    rows = {row["method"].lower(): row["atp"] for row in at_site["methods"]}
    rows |= {
        "usable": [day["usable"] for day in at_site["days"]],
        "net_position": [day["netPosition"] for day in at_site["days"]],
    }
    return {name: [UNLIMITED if cell is None else cell for cell in row] for name, row in rows.items()}


def in_case_units(row: list[int], state: Facts, method: str) -> list[int]:
    """Kits are counted whole; so is what can be promised of goods that expire."""
    lasts = [*(row.usable_until for row in state.on_hand), *(line.usable_until for line in state.supply)]
    lots = any(lasts)
    if state.kit:
        return [cell if cell == UNLIMITED else cell * state.scale for cell in row]
    if lots and method == "cumulative_with_look_ahead":
        return [cell if cell == UNLIMITED else cell - cell % state.scale for cell in row]
    return row


def asked_for(expect: Mapping[str, Any], chosen: Options) -> dict[str, Any]:
    """The rows that are expected, by name, of those that the gateway can be asked for."""
    rows = {**mapping(expect.get("atp"), "atp")}
    if not chosen.carry_back:
        rows.pop("discrete", None)
    return rows | {name: expect[name] for name in ("usable", "net_position") if name in expect}


def is_askable(state: Facts, chosen: Options) -> bool:
    """Whether a company can be so: demand past due always counts, and no lead time has ended before today."""
    ignored = state.policy.get("past_due_demand") not in (None, "today")
    return chosen.limited > 0 and not ignored


@pytest.mark.parametrize("name", CASES)
async def test_a_case_is_answered_through_the_gateway(gateway: Client, name: str):
    """Every row of every step and variant, asked as a planner would."""
    case = CASES[name]
    for where, state, expect in looks(case):
        chosen = options(state)
        wanted = asked_for(expect, chosen)
        if not wanted or not is_askable(state, chosen):
            continue
        methods = [method for method in wanted if method not in ("usable", "net_position")]
        rows = await ask(gateway, state, chosen, methods)
        for method, cells in wanted.items():
            row = in_case_units(rows[method], state, method)
            assert list(_row_differs(f"{where} {method}", row, cells, state.scale)) == []


async def test_the_answer_names_its_method(demo: Client):
    """Look-ahead unless another is asked to stand beside it."""
    query = """{ availability(channel: "web", methods: [DISCRETE],
        lines: [{sku: "CK-1002", quantity: 40, wanted: "2026-03-02"}]) {
      lines { method promisable methods { method promisable } } } }"""
    [line] = (await demo.ask(query))["availability"]["lines"]
    assert (line["method"], line["promisable"]) == ("cumulative_with_look_ahead", 2)
    assert line["methods"] == [{"method": "DISCRETE", "promisable": 2}]
