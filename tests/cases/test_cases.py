"""Case files are put through the product; what differs is told, and nothing is passed over in silence."""

from pathlib import Path

import pytest

from gateway.cases import CaseResult, NoCases, report, run_case, run_cases
from rules.atp import METHODS

HERE = Path(__file__).parent
SHARED = HERE.parent.parent.parent / "shared" / "cases"

ATP = """
format: 1
id: T1
title: Ten on hand and four owed tomorrow
kind: atp
given:
  today: 2026-05-04
  horizon: 2
  on_hand: 10
  demand: [{id: D1, qty: 4, due: 2026-05-05}]
"""
PEG = ATP.replace("kind: atp", "kind: peg")


def judged(text: str) -> CaseResult:
    return run_case("T1.yaml", text.encode())


def failing(folder: Path, *kinds: str) -> str:
    results = run_cases(folder, kinds)
    assert results
    return "" if all(result.verdict == "passed" for result in results) else report(results)


def test_every_case_of_ours_passes():
    """Our own cases: each method, policy and operation, worked by hand."""
    assert not failing(HERE)


def test_our_cases_name_every_method():
    """No method is left without a worked case."""
    texts = "".join(file.read_text() for file in HERE.glob("*.yaml"))
    assert all(f"{method}:" in texts for method in METHODS)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared case files are not beside this checkout")
@pytest.mark.parametrize("kind", ["atp", "peg", "promise", "reserve", "safety", "sourcing"])
def test_every_shared_case_passes(kind):
    """Cases from published sources and others' definitions."""
    assert not failing(SHARED, kind)


@pytest.mark.parametrize(
    ("expect", "difference"),
    [
        (
            "atp: {cumulative_with_look_ahead: [6, 7]}",
            "atp.cumulative_with_look_ahead: [6, 6], expected [6, 7]",
        ),
        ("atp: {discrete: [6]}", "atp.discrete: [6, 0], expected [6]"),
        ("usable: [10, unlimited]", "usable: [10, 10], expected [10, unlimited]"),
        ("net_position: [null, 5]", "net_position: [10, 6], expected [null, 5]"),
        ("short: [D1]", "short: [], expected ['D1']"),
        ("outcome: refused", "outcome: accepted, expected refused"),
        (
            "fits: [{qty: 7, method: cumulative, bucket: 2026-05-05, fits: true}]",
            "'fits': True}: False, the cell is 6",
        ),
        (
            "earliest: [{qty: 7, method: cumulative, bucket: 2026-05-05}]",
            "datetime.date(2026, 5, 5)}: cell 0 of [10, 6]",
        ),
    ],
)
def test_a_wrong_figure_is_told_with_the_right_one(expect, difference):
    """A case that cannot fail would be worth nothing."""
    result = judged(f"{ATP}expect: {{{expect}}}")
    assert result.verdict == "failed"
    assert len(result.differences) == 1
    assert difference in result.differences[0]


@pytest.mark.parametrize(
    ("expect", "difference"),
    [
        ("pegs: []", "unexpected peg {'demand': 'D1', 'supply': 'on_hand', 'qty': '4', 'late': False}"),
        ("pegs: [{demand: D1}, {demand: D2}]", "no peg {'demand': 'D2'}"),
        ("unpegged: {D1: 1}", "unpegged D1: 0, expected 1"),
        ("unpegged: {D2: 0}", "unpegged D2: no demand, expected 0"),
    ],
)
def test_a_wrong_peg_is_told(expect, difference):
    """A peg too many, a peg missing, another rest."""
    assert judged(f"{PEG}expect: {{{expect}}}").differences == (difference,)


def test_a_row_compares_only_the_keys_it_writes():
    """The order of rows does not matter either."""
    assert judged(f"{PEG}expect: {{pegs: [{{supply: on_hand, late: false}}]}}").verdict == "passed"


def test_a_difference_says_in_which_variant_and_step():
    """Where a case has several."""
    steps = "steps: [{do: [], expect: {usable: [10, 10]}}, {do: [], expect: {usable: [1, 1]}}]"
    result = judged(f"{ATP}variants: [{{name: second try, {steps}}}]")
    assert result.differences == ("second try: step 2: usable: [10, 10], expected [1, 1]",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[1, 2]", "the file should be a map"),
        ("a: [", "this is not YAML"),
        (ATP, "exactly one of expect and steps"),
        (f"{ATP}expect: {{}}\nvariants: []", "exactly one of expect, steps and variants"),
        (f"{ATP.replace('format: 1', 'format: 2')}expect: {{}}", "only format 1"),
        (f"{ATP.replace('kind: atp', 'kind: guess')}expect: {{}}", "'guess' is no kind of case"),
        (f"{ATP}colour: red\nexpect: {{}}", "the case has colour"),
        (f"{ATP}  threshold: 5\nexpect: {{}}", "given has threshold"),
        (f"{ATP}  policy: {{rounding: up}}\nexpect: {{usable: [1, 1]}}", "policy has rounding"),
        (f"{ATP}expect: {{atp: {{magic: [1, 1]}}}}", "'magic' is no ATP method"),
        (f"{ATP}expect: {{stock: 10}}", "expect has stock"),
        (f"{ATP}steps: [{{do: [{{op: burn}}], expect: {{}}}}]", "'burn' is no operation"),
        (f"{ATP}steps: [{{do: [{{op: move, line: D1}}], expect: {{}}}}]", "needs due"),
        (f"{ATP}steps: [7]", "each of steps should be a map, not 7"),
        (f"{ATP.replace('qty: 4', 'qty: four')}expect: {{}}", "'four' is no quantity"),
        (f"{ATP.replace('qty: 4', 'qty: .inf')}expect: {{}}", "is no quantity"),
        (f"{ATP.replace('qty: 4', 'qty: 0.00000000001')}expect: {{}}", "more than 9 decimals"),
        (f"{ATP.replace('2026-05-05', 'tomorrow')}expect: {{}}", "'tomorrow' is no day"),
        (f"{ATP.replace('2026-05-05', 'p2')}expect: {{usable: [1, 1]}}", "not both days or both periods"),
        (f"{ATP.replace('today: 2026-05-04', 'today: p1')}expect: {{usable: [1, 1]}}", "not of bucket day"),
        (f"{ATP.replace('horizon: 2', 'horizon: 0')}expect: {{usable: []}}", "1 to 1000"),
        (f"{ATP}  bucket: month\nexpect: {{usable: [1, 1]}}", "'month' is no bucket"),
        (f"{ATP}  zone: Mars/Olympus\nexpect: {{usable: [10, 10]}}", "is not an IANA time zone"),
        (f"{ATP}  holds: [{{id: H1, code: quality}}]\nexpect: {{}}", "needs either qty or lots"),
        (
            f"{ATP}  kit: [{{item: A, per: 1}}]\nexpect: {{atp: {{period: [1, 1]}}}}",
            "X is no component of the kit",
        ),
        (f"{PEG}  safety_stock: 3\nexpect: {{pegs: []}}", "mean nothing to pegs"),
        (
            f"{ATP}  policy: {{past_due_demand: later}}\nexpect: {{usable: [1, 1]}}",
            "'later' is no policy for overdue lines",
        ),
    ],
)
def test_what_a_case_does_not_make_clear_is_said(text, why):
    """A key that means nothing here, a figure that is none: nothing is passed over."""
    result = judged(text)
    assert result.verdict == "unclear"
    assert why in result.differences[0]


def test_a_kind_not_answered_yet_is_counted_apart():
    """It neither passes nor fails."""
    result = judged(ATP.replace("kind: atp", "kind: replenish"))
    assert result.verdict == "unsupported"
    assert (
        report([result]) == "unsupported: 1 of kind replenish\n0 passed, 0 failed, 0 unclear, 1 unsupported"
    )


def test_the_report_names_each_case_that_did_not_pass():
    """With its file, its title and what differs, then the counts."""
    results = [judged(f"{ATP}expect: {{usable: [9, 9]}}"), judged(f"{ATP}expect: {{usable: [10, 10]}}")]
    assert report(results) == (
        "failed T1.yaml (atp): Ten on hand and four owed tomorrow\n"
        "    usable: [10, 10], expected [9, 9]\n"
        "1 passed, 1 failed, 0 unclear, 0 unsupported"
    )


def test_a_folder_without_cases_is_said_so(tmp_path):
    """Passing because nothing ran would be no pass."""
    with pytest.raises(NoCases, match="Name the folder that holds the case files"):
        run_cases(tmp_path)


def test_cases_of_other_kinds_are_left_out(tmp_path):
    """A file whose kind cannot be read stays in, lest it be lost."""
    (tmp_path / "a.yaml").write_text(f"{ATP}expect: {{}}")
    (tmp_path / "b.yaml").write_text(f"{PEG}expect: {{}}")
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe\xfa")
    assert [(r.file, r.verdict) for r in run_cases(tmp_path, ["peg"])] == [
        ("b.yaml", "passed"),
        ("c.yaml", "unclear"),
    ]
