"""Cases about sites and about what is kept from selling fail with both figures, and pass over nothing."""

import pytest

from gateway.cases import CaseResult, run_case

SOURCING = """
format: 1
id: T1
title: Five at A and nine at B
kind: sourcing
given:
  on_hand: [{site: A, qty: 5}, {site: B, qty: 9}]
  policy: {rule: listed, sites: [A, B]}
  asks: [{id: L1, qty: 7}]
"""
SELLABLE = """
format: 1
id: T2
title: Five on hand and two kept
kind: safety
given:
  on_hand: 5
  policy: {mode: sellable, threshold: 2}
  asks: [{id: A1, qty: 4}]
"""
SELECT = """
format: 1
id: T3
title: One rule
kind: safety
given:
  on_hand: 5
  policy: {mode: select, order: [lowest_rank]}
  rules: [{id: R, qty: 2}]
  queries: [{id: Q}]
"""


def judged(text: str) -> CaseResult:
    return run_case("T1.yaml", text.encode())


@pytest.mark.parametrize(
    ("text", "expect", "difference"),
    [
        (
            SOURCING,
            "lines: [{site: A, qty: 5}]",
            "unexpected line {'ask': 'L1', 'item': 'X', 'site': 'B', 'qty': '2'}",
        ),
        (SOURCING, "lines: [{site: A}, {site: B}, {site: C}]", "no line {'site': 'C'}"),
        (SOURCING, "open: {L1: 1}", "open L1: 0, expected 1"),
        (SOURCING, "open: {L2: 1}", "open L2: nothing is known of it, expected 1"),
        (SOURCING, "free: {B: 9}", "free B: 7, expected 9"),
        (SOURCING, "free: {C: 0}", "free C: nothing is known of it, expected 0"),
        (SOURCING, "outcome: refused", "outcome: accepted, expected refused"),
        (SELLABLE, "sellable: 4", "sellable: 3, expected 4"),
        (SELLABLE, "fits: {A1: true}", "fits A1: False, expected True"),
        (SELECT, "answers: {Q: {rule: S}}", "answers Q rule: R, expected S"),
        (SELECT, "answers: {Q: {rule: null}}", "answers Q rule: R, expected None"),
        (SELECT, "answers: {Q: {atp: 5}}", "answers Q atp: 3, expected 5"),
    ],
)
def test_a_wrong_figure_is_told_with_the_right_one(text, expect, difference):
    """One sentence for each."""
    result = judged(f"{text}expect: {{{expect}}}")
    assert (result.verdict, result.differences) == ("failed", (difference,))


@pytest.mark.parametrize(
    ("text", "old", "new", "why"),
    [
        (SOURCING, "rule: listed", "rule: nearest", "'nearest' is no rule of sourcing"),
        (SOURCING, ", sites: [A, B]", "", "needs sites"),
        (SOURCING, "rule: listed", "rank_by: size, rule: listed", "'size' is nothing to rank sites by"),
        (SOURCING, "rule: listed", "rule: listed, max_sites: 0", "a whole number above 0"),
        (SOURCING, "qty: 7}]", "qty: -7}]", "ask L1 is for less than nothing"),
        (SOURCING, "qty: 7}]", "qty: 7, pack: 6}]", "an ask has pack"),
        (SOURCING, "given:", "given:\n  holds: []", "given has holds"),
        (SOURCING, "asks:", "reservations: [{site: A}]\n  asks:", "needs qty"),
        (SELLABLE, "mode: sellable", "mode: guessed", "'guessed' is no mode of safety"),
        (SELLABLE, "threshold: 2", "limit: 2", "policy has limit"),
        (SELLABLE, "threshold: 2", "floor_at_zero: 1", "it is true or false"),
        (SELLABLE, "given:", "given:\n  demand: []", "given has demand"),
        (SELECT, "lowest_rank", "highest_rank", "highest_rank is nothing to order rules by"),
        (SELECT, "qty: 2", "qty: 2, rank: first", "it is a whole number"),
        (SELECT, "{id: Q}", "{id: Q, date: p1}", "is no day"),
    ],
)
def test_what_a_case_does_not_make_clear_is_said(text, old, new, why):
    """Nothing is passed over."""
    assert old in text
    asserting = {SOURCING: "open: {}", SELLABLE: "sellable: 3", SELECT: "answers: {}"}[text]
    result = judged(f"{text.replace(old, new)}expect: {{{asserting}}}")
    assert result.verdict == "unclear"
    assert why in result.differences[0]


@pytest.mark.parametrize(
    ("text", "step", "why"),
    [
        (SOURCING, "{do: [{op: burn}], expect: {}}", "'burn' is no operation of this kind: source"),
        (SOURCING, "{do: [{op: source, ask: {id: L2}}], expect: {}}", "needs qty"),
        (SELLABLE, "{do: [{op: sell}], expect: {}}", "'sell' is no operation of this kind: it has none"),
        (SELLABLE, "{do: [], expect: {atp: 3}}", "expect has atp"),
    ],
)
def test_an_operation_nobody_knows_is_unclear(text, step, why):
    """It is not passed over either."""
    result = judged(f"{text}steps: [{step}]")
    assert result.verdict == "unclear"
    assert why in result.differences[0]


def test_demand_tied_to_a_lot_of_which_nothing_is_given_is_unclear():
    """Its goods would be looked for nowhere."""
    by_lot = SELLABLE.replace("mode: sellable, threshold: 2", "mode: withheld_by_lot").replace(
        "asks: [{id: A1, qty: 4}]", "demand: [{id: D1, lot: L9, qty: 4}]"
    )
    result = judged(f"{by_lot}expect: {{atp: 1}}")
    assert result.verdict == "unclear"
    assert "nothing is given: L9" in result.differences[0]
