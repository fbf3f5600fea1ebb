"""What a case expects, compared with what the product answers. Each difference states both figures."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.cases.comparing import rows_differ
from gateway.cases.facts import Facts, required
from gateway.cases.pegging import pegging
from gateway.cases.plan import Options, atp_row, demand, net_position, options, position
from gateway.cases.reading import Unclear, mapping, maps, only, rows, shown, units, when
from rules import atp
from rules.position import SitePosition

PEG_ROW_KEYS: Final = {"demand", "supply", "qty", "late"}


def judge_atp(facts: Facts, expect: Mapping[str, Any]) -> list[str]:
    """What differs in a case of kind `atp`."""
    only(ATP_CHECKS, expect, "expect")
    chosen = options(facts)
    return [found for key, wanted in expect.items() for found in ATP_CHECKS[key](facts, chosen, wanted)]


def judge_peg(facts: Facts, expect: Mapping[str, Any]) -> list[str]:
    """What differs in a case of kind `peg`."""
    only({"pegs", "unpegged"}, expect, "expect")
    made = pegging(facts)
    found: list[str] = []
    if "pegs" in expect:
        pegs = [
            {"demand": peg.demand_id, "supply": peg.supply_id, "qty": peg.quantity, "late": peg.late}
            for peg in made.pegs
        ]
        found += rows_differ("peg", PEG_ROW_KEYS, pegs, expect["pegs"], facts.scale)
    for demand_id, quantity in mapping(expect.get("unpegged"), "unpegged").items():
        rest = made.unpegged.get(str(demand_id))
        if rest != units(quantity, facts.scale):
            left = "no demand" if rest is None else shown(rest, facts.scale)
            found.append(f"unpegged {demand_id}: {left}, expected {quantity}")
    return found


def _atp(facts: Facts, chosen: Options, wanted: object) -> Iterator[str]:
    for method, cells in mapping(wanted, "atp").items():
        yield from _row_differs(f"atp.{method}", atp_row(facts, chosen, method), cells, facts.scale)


def _usable(facts: Facts, chosen: Options, wanted: object) -> Iterator[str]:
    yield from _row_differs("usable", _rows(facts, chosen).usable, wanted, facts.scale)


def _net_position(facts: Facts, chosen: Options, wanted: object) -> Iterator[str]:
    yield from _row_differs(
        "net_position", net_position(facts, chosen, _rows(facts, chosen)), wanted, facts.scale
    )


def _short(facts: Facts, chosen: Options, wanted: object) -> Iterator[str]:
    net = net_position(facts, chosen, _rows(facts, chosen))
    due = demand(facts, chosen.clock, facts.place)
    short = sorted(line.line_id for line, cell in due if cell < chosen.horizon and net[cell] < 0)
    named = [line_id for line_id in short if line_id]
    if named != sorted(str(line_id) for line_id in rows(wanted, "short")):
        yield f"short: {named}, expected {wanted}"


def _fits(facts: Facts, chosen: Options, wanted: object) -> Iterator[str]:
    for asked in maps(wanted, "fits"):
        cell = chosen.clock.holding(when(required(asked, "bucket")))
        if not 0 <= cell < chosen.horizon:
            raise Unclear(f"fits asks for {asked['bucket']}, which is not within the horizon")
        row = atp_row(facts, chosen, str(required(asked, "method")))
        fits = atp.fits(row, units(required(asked, "qty"), facts.scale), cell)
        if fits is not required(asked, "fits"):
            yield f"fits {asked}: {fits}, the cell is {_cell(row[cell], facts.scale)}"


def _earliest(facts: Facts, chosen: Options, wanted: object) -> Iterator[str]:
    for asked in maps(wanted, "earliest"):
        row = atp_row(facts, chosen, str(required(asked, "method")))
        bucket = atp.earliest(row, units(required(asked, "qty"), facts.scale))
        named = asked.get("bucket")
        if bucket != (None if named in {None, "none"} else chosen.clock.holding(when(named))):
            yield f"earliest {asked}: cell {bucket} of {_cells(row, facts.scale)}"


ATP_CHECKS: Final[dict[str, Callable[[Facts, Options, object], Iterator[str]]]] = {
    "usable": _usable,
    "net_position": _net_position,
    "atp": _atp,
    "fits": _fits,
    "earliest": _earliest,
    "short": _short,
}


def _rows(facts: Facts, chosen: Options) -> SitePosition:
    if facts.kit:
        raise Unclear("a kit has no goods of its own: usable, net_position and short mean nothing")
    return position(facts, chosen, facts.place)


def _row_differs(name: str, row: Sequence[int], wanted: object, scale: int) -> Iterator[str]:
    """One sentence if any asserted cell differs; `null` asserts nothing."""
    cells = rows(wanted, name)
    expected = [None if cell is None else _limit(cell, scale) for cell in cells]
    same = len(cells) == len(row) and all(
        cell is None or cell == found for cell, found in zip(expected, row, strict=True)
    )
    if not same:
        yield f"{name}: {_cells(row, scale)}, expected [{', '.join(map(_written, cells))}]"


def _limit(cell: object, scale: int) -> int:
    return atp.UNLIMITED if cell == "unlimited" else units(cell, scale)


def _cells(row: Iterable[int], scale: int) -> str:
    return f"[{', '.join(_cell(cell, scale) for cell in row)}]"


def _cell(cell: int, scale: int) -> str:
    return "unlimited" if cell == atp.UNLIMITED else shown(cell, scale)


def _written(cell: object) -> str:
    return "null" if cell is None else str(cell)
