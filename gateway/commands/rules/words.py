"""Problems, facts and answers, as commands tell them to people and to programs."""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rules.columns import OTHER, Output, Value
from rules.decisions import DECISIONS
from rules.problems import Problem
from rules.trail import Trail
from rules.written import write_fact, write_instant, write_value


def place(folder: Path, name: str) -> str:
    """The file as it is named from where the command was started."""
    return os.path.relpath(folder / name)


def problem_lines(folder: Path, problems: Iterable[Problem]) -> list[str]:
    """Each problem in a line that editors understand, errors last: there they are seen, above the end."""
    ordered = sorted(problems, key=lambda problem: problem.severity != "warning")
    return [
        f"{place(folder, problem.file)}:{problem.line}: "
        f"{'warning: ' if problem.severity == 'warning' else ''}{problem.message}"
        for problem in ordered
    ]


def problem_content(folder: Path, problem: Problem) -> dict[str, Any]:
    """The problem for a program."""
    return {
        "file": place(folder, problem.file),
        "line": problem.line,
        "row": problem.row,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
    }


def counted(number: int, what: str) -> str:
    """So many of them, in words: no files, 1 file, 2 files."""
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else f"no {what}s"


def facts_words(facts: Mapping[str, Value]) -> str:
    """Facts as they are written in an example."""
    return ", ".join(f"{name} {write_fact(value)}" for name, value in facts.items()) or "any facts"


def answer_words(decision: str, then: Mapping[str, Value]) -> str:
    """What a row of the decision gives, as it is written in its file."""
    return ", ".join(f"{name} {_written(decision, name, value)}" for name, value in then.items())


def _written(decision: str, name: str, value: Value) -> str:
    kinds = {given.name: given.kind for given in DECISIONS[decision].outputs} if decision in DECISIONS else {}
    return write_value(value, Output(name, kinds.get(name, "enum")))


def plain(facts: Mapping[str, Value]) -> dict[str, Value]:
    """Facts or answers for a program: a word nobody declared is `other`, as it is written in a file."""
    return {name: "other" if value == OTHER else value for name, value in facts.items()}


def local_words(local: datetime | None) -> str:
    """A site's local time; None is the beginning."""
    return "the beginning" if local is None else write_instant(local)


def instant_words(instant: datetime | None) -> str:
    """An instant; None is the beginning."""
    return "the beginning" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def trail_content(found: Trail) -> dict[str, Any]:
    """A decision with its rows, for a program."""
    return {
        "decision": found.decision,
        "file": found.file,
        "facts": plain(found.facts),
        "cell": found.cell,
        "from": found.starts,
        "until": found.until,
        "fired": [
            {"row": row.row_id, "why": row.why, "then": plain(verdict.then)}
            for verdict in found.verdicts
            for row in verdict.fired
        ],
        "passed": [
            {
                "row": row.row_id,
                "why": row.why,
                "not_now": row.not_now,
                "misses": [{"input": m.name, "wanted": m.wanted, "given": m.given} for m in row.misses],
            }
            for row in found.passed
        ],
        "below": found.below,
    }
