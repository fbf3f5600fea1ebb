"""The case files of kind `reserve` on PostgreSQL: what the product commits is what the cases say."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from datasources.store import clock
from resolvers.flows.deps import Deps
from resolvers.flows.reserve_requests import HeldLine, WantedLine
from rules.ask import RequestLine
from tests.builders import ALL, channel, item, site, stock, tell
from tests.flows.reserving import Told, held, reserve

SHARED = Path(__file__).parents[3] / "shared" / "cases"
ON_POSTGRESQL = {
    "S09-reserve-confirm-release.yaml": ["S09"],
    "C21-reservation-runs-out.yaml": ["C21"],
    "C24-reserved-stock-is-not-issued.yaml": ["two part reservations"],
    "C26a-refuse-backorder-and-two-sites.yaml": ["two sites"],
}
"""Issues and backorders are no reservations: those variants are judged by `earmark cases` alone."""
TICKED = timedelta(minutes=2)
"""A case's time stands still between its steps; the database's has ticked on by less than this."""
CODES = {"SHORT": "short", "RESERVATION_EXPIRED": "ended", "UNKNOWN_RESERVATION": "unknown"}
ACTS = {"confirm": "confirm", "release": "release", "ship": "ship", "adjust": "change"}


class Played:
    """One run of a case: its reservations by the case's names."""

    def __init__(self, deps: Deps, now: datetime) -> None:
        self.deps, self.now, self.keys = deps, now, 0
        self.names: dict[str, list[str]] = {}

    async def play(self, do: Mapping[str, Any]) -> Told | None:
        self.keys += 1
        if do["op"] == "clock":
            self.now = datetime.fromisoformat(do["now"]) + TICKED
            async with self.deps.store.writing() as tx:
                await clock.set_now(tx, self.now)
            return None
        if do["op"] == "reserve":
            return await self.reserve(do)
        quantity = None if "qty" not in do else Decimal(do["qty"])
        lines = [HeldLine(name, quantity) for name in self.names[do["id"]]]
        return await held(self.deps, ACTS[do["op"]], f"k{self.keys}", *lines)

    async def reserve(self, do: Mapping[str, Any]) -> Told:
        lines = [
            WantedLine(
                RequestLine("X", Decimal(line["qty"]), self.now.date(), line.get("site", "S")),
                order_id=line.get("order", ""),
                line_id="1" if line.get("order") else "",
            )
            for line in do["lines"]
        ]
        seconds = do["minutes"] * 60 if "minutes" in do else 30 * 86_400
        made = await reserve(self.deps, f"k{self.keys}", *lines, seconds=seconds)
        self.names[do["id"]] = [line["reservation"] for line in made["lines"]]
        return made

    async def judge(self, expect: Mapping[str, Any], last: Told | None) -> None:
        pool = self.deps.store.pool
        if "outcome" in expect:
            assert last is not None
            assert (last["status"] == "ACCEPTED") == (expect["outcome"] == "accepted")
        if "code" in expect:
            assert last is not None
            assert CODES[last["lines"][0]["problem"][0]] == expect["code"]
        kept, there = await pool.fetchval(KEPT), await pool.fetchval(THERE)
        told = {"reserved": kept, "on_hand": there, "atp_total": there - kept}
        told |= {} if isinstance(expect.get("atp"), dict) else {"atp": there - kept}
        assert {key: told[key] for key in told if key in expect} == {
            key: value for key, value in expect.items() if key in told
        }
        for name, wanted in expect.get("reservations", {}).items():
            states = await pool.fetch(STATES, self.names[name])
            assert {row["state"] for row in states} == {wanted["status"]}


KEPT = """SELECT CAST(coalesce(sum(open), 0) AS int)
  FROM reservation_part JOIN reservation USING (reservation_id)
  WHERE expires_at IS NULL OR expires_at > earmark_now()"""
THERE = "SELECT CAST(coalesce(sum(quantity), 0) AS int) FROM stock_position"
STATES = """SELECT
  CASE WHEN state = 'active' AND expires_at <= earmark_now() THEN 'expired' ELSE state END AS state
  FROM reservation WHERE reservation_id = ANY(CAST($1::text[] AS uuid[]))"""


def runs() -> list[Any]:
    found = []
    for file, chosen in ON_POSTGRESQL.items():
        if not (SHARED / file).is_file():
            continue
        case = yaml.safe_load((SHARED / file).read_text())
        variants = case.get("variants") or [{"name": case["id"], "steps": case["steps"]}]
        found += [
            pytest.param({**case["given"], **each.get("given", {})}, each["steps"], id=each["name"])
            for each in variants
            if each["name"] in chosen
        ]
    return found


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared case files are not beside this checkout")
@pytest.mark.parametrize(("given", "steps"), runs())
async def test_a_case_holds_on_postgresql(deps: Deps, given, steps):
    now = datetime.fromisoformat(given["now"])
    rows = given["on_hand"] if isinstance(given["on_hand"], list) else [{"qty": given["on_hand"]}]
    sites = sorted({row.get("site", "S") for row in rows})
    await tell(deps, item("X"), channel("web"), *(site(name) for name in sites), source="master")
    there = (stock(row["qty"], code="X", site_id=row.get("site", "S")) for row in rows)
    await tell(deps, *there, states=ALL)
    async with deps.store.writing() as tx:
        await clock.set_now(tx, now)
    played = Played(deps, now)
    for step in steps:
        last = None
        for do in step["do"]:
            last = await played.play(do)
        await played.judge(step["expect"], last)
