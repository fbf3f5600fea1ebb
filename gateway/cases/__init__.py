"""Conformance cases: YAML files that state facts and what must follow, put through the product's arithmetic.

`run_cases` loads every case of a folder, `report` tells of them. A case is only translated here, never
decided. Kinds the product does not answer yet are counted apart as unsupported.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from gateway.cases import promise, reserve, safety, sourcing
from gateway.cases.facts import facts, required
from gateway.cases.judging import judge_atp, judge_peg
from gateway.cases.operations import Refused, perform
from gateway.cases.reading import Unclear, document, mapping, maps, only

Verdict = Literal["passed", "failed", "unclear", "unsupported"]

CASES_MAX = 10_000
KINDS: Final = (
    *("atp", "promise", "shortage", "reserve", "allocate"),
    *("consume", "sourcing", "peg", "safety", "replenish"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of case is run.

    `start` reads what is given, for the whole case's smallest unit; `perform` makes a new state of the old
    or refuses; `judge` tells what differs.
    """

    start: Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
    perform: Callable[[Any, Mapping[str, Any]], Any]
    judge: Callable[[Any, Mapping[str, Any]], list[str]]


ANSWERED: Final[Mapping[str, Kind]] = {
    "atp": Kind(facts, perform, judge_atp),
    "peg": Kind(facts, perform, judge_peg),
    "promise": Kind(promise.start, promise.perform, promise.judge),
    "reserve": Kind(reserve.start, reserve.perform, reserve.judge),
    "safety": Kind(safety.start, safety.perform, safety.judge),
    "sourcing": Kind(sourcing.start, sourcing.perform, sourcing.judge),
}
"""The kinds the product answers."""
TOP_KEYS: Final = {"format", "id", "title", "notes", "kind", "source", "given", "expect", "steps", "variants"}


class NoCases(ValueError):
    """A folder in which there is no case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"No case (*.yaml) is in {folder}. Name the folder that holds the case files.")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case went. `differences` says, for one that failed or is unclear, where and by how much."""

    file: str
    case_id: str
    title: str
    kind: str
    verdict: Verdict
    differences: tuple[str, ...] = ()


def run_cases(folder: Path, kinds: Collection[str] = ()) -> tuple[CaseResult, ...]:
    """A result for each case of the folder, by file name; with `kinds` only for cases of these."""
    files = sorted(folder.glob("*.yaml"))[:CASES_MAX]
    if not files:
        raise NoCases(folder)
    results = (run_case(file.name, file.read_bytes()) for file in files)
    return tuple(result for result in results if not kinds or result.kind in {"", *kinds})


def run_case(file: str, text: bytes) -> CaseResult:
    """The result of one case, given as the bytes of its file."""
    try:
        case = document(text)
    except Unclear as why:
        return CaseResult(file, file, "", "", "unclear", (str(why),))
    kind, case_id, title = (str(case.get(key, "")) for key in ("kind", "id", "title"))
    if kind in KINDS and kind not in ANSWERED:
        return CaseResult(file, case_id, title, kind, "unsupported")
    try:
        differences = tuple(_differences(case, kind))
    except (ValueError, TypeError, OverflowError) as why:
        return CaseResult(file, case_id, title, kind, "unclear", (str(why),))
    return CaseResult(file, case_id, title, kind, "failed" if differences else "passed", differences)


def report(results: Iterable[CaseResult]) -> str:
    """A line for each case that did not pass, with its differences below, and the counts."""
    results = tuple(results)
    lines: list[str] = []
    for result in results:
        if result.verdict in {"failed", "unclear"}:
            lines.append(f"{result.verdict} {result.file} ({result.kind or 'no kind'}): {result.title}")
            lines += [f"    {difference}" for difference in result.differences]
    counted = Counter(result.verdict for result in results)
    unsupported = Counter(result.kind for result in results if result.verdict == "unsupported")
    lines += [f"unsupported: {number} of kind {kind}" for kind, number in sorted(unsupported.items())]
    verdicts: tuple[Verdict, ...] = ("passed", "failed", "unclear", "unsupported")
    lines.append(", ".join(f"{counted[verdict]} {verdict}" for verdict in verdicts))
    return "\n".join(lines)


def _differences(case: Mapping[str, Any], kind: str) -> Iterator[str]:
    """All that differs, each with the variant and step it was found in."""
    only(TOP_KEYS, case, "the case")
    if case.get("format") != 1:
        raise Unclear(f"format is {case.get('format')!r}; only format 1 is understood")
    if kind not in ANSWERED:
        raise Unclear(f"{kind!r} is no kind of case: {', '.join(KINDS)}")
    runs = ANSWERED[kind]
    given = mapping(case.get("given"), "given")
    if "variants" not in case:
        yield from _of_run(runs, runs.start(given, case), case, "")
        return
    if not case.keys().isdisjoint({"expect", "steps"}):
        raise Unclear("a case has exactly one of expect, steps and variants")
    for variant in maps(case["variants"], "variants"):
        only({"name", "given", "expect", "steps"}, variant, "a variant")
        changed = _varied(given, mapping(variant.get("given"), "given"))
        yield from _of_run(runs, runs.start(changed, case), variant, f"{variant.get('name', 'variant')}: ")


def _varied(given: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of the case with a variant's: each key replaced whole, only the policy merged key by key."""
    policy = mapping(given.get("policy"), "policy") | mapping(changes.get("policy"), "policy")
    return {**given, **changes, "policy": policy}


def _of_run(kind: Kind, start: Any, run: Mapping[str, Any], where: str) -> Iterator[str]:
    """What differs after each step of one run, the state being carried from step to step."""
    if ("expect" in run) == ("steps" in run):
        raise Unclear(f"{where}exactly one of expect and steps is needed")
    if "expect" in run:
        yield from _of_step(kind, start, "accepted", required(run, "expect"), where)
        return
    state = start
    for number, step in enumerate(maps(run["steps"], "steps"), 1):
        only({"do", "expect"}, step, "a step")
        outcome = "accepted"
        for operation in maps(step.get("do"), "do"):
            state, outcome = _performed(kind, state, operation)
        yield from _of_step(
            kind, state, outcome, mapping(step.get("expect"), "expect"), f"{where}step {number}: "
        )


def _performed(kind: Kind, state: Any, operation: Mapping[str, Any]) -> tuple[Any, str]:
    try:
        return kind.perform(state, operation), "accepted"
    except Refused as refused:
        return (state if refused.remembered is None else refused.remembered), refused.code


def _of_step(kind: Kind, state: Any, outcome: str, expect: Mapping[str, Any], where: str) -> Iterator[str]:
    """What differs in one step: the outcome of its last operation, and what the kind answers."""
    answered = {"outcome": "accepted" if outcome == "accepted" else "refused", "code": outcome}
    for key, got in answered.items():
        if key in expect and expect[key] != got:
            yield f"{where}{key}: {got}, expected {expect[key]}"
    asked = {key: wanted for key, wanted in expect.items() if key not in answered}
    for difference in kind.judge(state, asked):
        yield where + difference
