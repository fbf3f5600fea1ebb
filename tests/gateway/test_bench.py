"""The bench runs end to end: its own database, its own gateways, its own asker, and nothing left behind."""

import tempfile
from pathlib import Path
from typing import Any

import pytest

from gateway.bench import figures, table
from gateway.bench.cells import Cell, together
from gateway.bench.figures import Figures
from gateway.bench.plan import Plan
from gateway.bench.ruling import RulesCost, table_of
from gateway.bench.run import measure
from gateway.bench.simulating import Simulated
from rules.cells import space_of
from rules.table import read_table
from tests.gateway.commands import programs_in

TINY = Plan(
    small=20,
    large=40,
    seconds=0.05,
    lines=(1, 5),
    connections=(1, 16),
    turns=3,
    positions=50,
    event_requests=2,
    carts=400,
    rows=20,
    facts=500,
    inquiries=300,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Where the run makes its temporary folder."""
    folder: Path = tmp_path_factory.mktemp("bench")
    return folder


@pytest.fixture(scope="module")
async def measured(place: Path) -> Figures:
    """A tiny run."""
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(place))
        found = await measure(TINY, steps.append)
    assert len(steps) == len(set(steps)), "each step is told once"
    return found


def test_no_request_fails(measured: Figures):
    assert {cell.first_failure for cell in measured.cells} == {""}
    assert measured.failed == 0


def test_each_size_of_ask_is_measured_beside_memory_and_an_echo(measured: Figures):
    grid = {(cell.what, cell.lines, cell.connections) for cell in measured.cells}
    for lines in TINY.lines:
        for connections in TINY.connections:
            assert {(what, lines, connections) for what in ("earmark", "from memory", "echo")} <= grid
        for what in (
            "as served",
            "without spans",
            "without the log",
            "constants, no book",
            "large company",
            "explained",
        ):
            assert (what, lines, figures.COMPARED_AT) in grid


def test_every_cell_has_answers_and_what_they_took(measured: Figures):
    for cell in measured.cells:
        assert cell.requests > 0, cell.what
        assert cell.per_s > 0, cell.what
        assert 0 < cell.p50_ms <= cell.p99_ms, cell.what


def test_each_new_event_is_sent_once(measured: Figures):
    (told,) = [cell for cell in measured.cells if cell.what == "receive"]
    assert told.requests == TINY.event_requests


def test_carts_are_reserved_of_one_item_and_of_all_in_turn(measured: Figures):
    carts = {cell.what: cell for cell in measured.cells if cell.what.startswith("reserve")}
    assert set(carts) == {figures.RESERVE_HOT, figures.RESERVE_MANY}
    assert all(0 < cell.requests <= TINY.carts for cell in carts.values())


def test_a_program_reads_the_same_figures(measured: Figures):
    content = measured.as_json()
    assert content.keys() == {
        *(
            "machine",
            "plan",
            "cells",
            "bulk",
            "loads",
            "rules",
            "simulated",
            "events_per_request",
            "ratios",
            "failed",
        )
    }
    assert content["machine"].keys() == {
        *("cores", "platform", "python", "postgresql", "load_before", "load_after", "seconds")
    }
    assert content["cells"][0].keys() == set(Cell.__dataclass_fields__)
    assert [load["items"] for load in content["loads"]] == [TINY.small, TINY.large]
    assert content["bulk"]["positions"] == TINY.positions


def test_the_table_tells_every_cell_and_every_ratio(measured: Figures):
    text = "\n".join(table.told(measured))
    for cell in measured.cells:
        assert cell.what == "receive" or cell.what in text
    for ratio in measured.ratios():
        assert ratio.name in text
    assert "FAILED" not in text


def test_what_the_rules_cost_is_measured(measured: Figures):
    """The table has the rows asked for; every figure is one."""
    cost = measured.rules
    assert (cost.inputs, cost.rows, cost.facts) == (6, TINY.rows, TINY.facts)
    assert cost.cells > TINY.rows
    times = (cost.decision_ns, cost.batch_ms, cost.batch_words_ms, cost.activation_s, cost.shipped_s)
    assert min(times) > 0
    assert {ratio.lines for ratio in measured.ratios() if ratio.name.startswith("rules:")} == set(TINY.lines)


def test_the_table_of_rules_has_nearly_as_many_cells_as_may_be():
    table = read_table("10-supply.yaml", table_of(400))
    assert (len(table.rows), space_of(table).size) == (400, 49_000)


def test_a_simulation_decides_the_whole_log_again(measured: Figures):
    """Those asked over HTTP in this run, too; some change."""
    done = measured.simulated
    assert done.inquiries >= TINY.inquiries
    assert 0 < done.changed < done.lines
    assert done.per_s > 0
    assert any(cell.what == figures.ALONE for cell in measured.cells)


def test_nothing_is_left_behind(measured: Figures, place: Path):
    assert list(place.iterdir()) == []
    assert programs_in(place) == []


def test_a_failed_request_is_told_with_what_was_answered():
    cell = a_cell(failed=3, first_failure="STORE_UNAVAILABLE")
    found = a_run([cell, a_cell(what="receive")])
    assert "3 requests FAILED; the first: STORE_UNAVAILABLE" in table.told(found)


def test_an_asker_without_rest_is_told():
    """Otherwise its own limit would pass for the gateway's."""
    found = a_run([a_cell(what="echo", connections=64, asker_busy=0.95), a_cell(what="receive")])
    assert "It may have been the limit itself in: echo over 64." in table.told(found)


def test_the_middle_turn_by_cost_stands_for_all():
    """One turn in which the machine did something else decides nothing; every failure is counted."""
    quick, usual = a_cell(gateway_ms=1.0, per_s=90.0), a_cell(gateway_ms=1.2, per_s=80.0)
    disturbed = a_cell(gateway_ms=5.0, per_s=9.0, failed=2, first_failure="lost", asker_busy=0.3)
    cell = together([disturbed, quick, usual])
    assert (cell.gateway_ms, cell.per_s) == (1.2, 80.0)
    assert (cell.requests, cell.failed, cell.first_failure, cell.asker_busy) == (30, 2, "lost", 0.3)


def test_where_the_processors_time_is_not_known_the_middle_turn_by_rate_stands():
    turns = [a_cell(gateway_ms=None, postgresql_ms=None, per_s=rate) for rate in (50.0, 80.0, 60.0)]
    assert together(turns).per_s == 60.0


def test_ratios_compare_what_was_asked_alike():
    """Same lines, same connections; what was not measured beside it gives no ratio."""
    cells = [
        a_cell(what="earmark", lines=20, connections=16, gateway_ms=4.0, postgresql_ms=1.0),
        a_cell(what="echo", lines=20, connections=16, gateway_ms=0.5, postgresql_ms=0.0),
        a_cell(what="echo", lines=20, connections=1, gateway_ms=0.1, postgresql_ms=0.0),
        a_cell(what="from memory", lines=1, connections=16),
    ]
    (ratio,) = a_run(cells, lines=(1, 20)).ratios()
    assert (ratio.lines, ratio.ratio) == (20, 10.0)


def test_a_quick_run_is_a_smaller_one():
    whole, quick = Plan.of(None, None, quick=False), Plan.of(None, None, quick=True)
    assert Plan.of(None, None, quick=True, inquiries=7).inquiries == 7
    assert (whole.small, whole.large) == (1_000, 100_000)
    assert quick.large < whole.large
    assert quick.seconds < whole.seconds


def test_what_is_asked_for_goes_before_what_is_quick():
    chosen = Plan.of(500, 2.0, quick=True)
    assert (chosen.small, chosen.large, chosen.seconds) == (500, 500, 2.0)


def a_cell(**figures_) -> Cell:
    plain: dict[str, Any] = {
        "what": "earmark",
        "lines": 1,
        "connections": 16,
        "requests": 10,
        "failed": 0,
        "seconds": 1.0,
        "per_s": 10.0,
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "gateway_ms": 1.0,
        "postgresql_ms": 0.5,
        "asker_busy": 0.1,
        "first_failure": "",
    }
    return Cell(**plain | figures_)


def a_run(cells: list[Cell], lines: tuple[int, ...] = (1,)) -> Figures:
    load = (1.0, 1.0, 1.0)
    machine = {
        "cores": 2,
        "platform": "here",
        "python": "3.11",
        "postgresql": "18",
        "load_before": load,
        "load_after": load,
        "seconds": 1.0,
    }
    cost = RulesCost(6, 900.0, 10, 1.0, 2.0, 4, 50, 0.5, 15, 3.0)
    simulated = Simulated(10, 20, 3, 0.5)
    return Figures(machine, Plan(lines=lines), cells, figures.Bulk(1, 1, 1.0), [], cost, simulated, 100)
