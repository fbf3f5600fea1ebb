"""The commands of the rules, and a working copy to run them on."""

from pathlib import Path
from shutil import copytree

from click.testing import CliRunner

from gateway.commands.rules import rules as commands
from gateway.rulefiles import POLICIES
from tests.gateway.commands import Ended

PRIORITY = """\
# Ours.
decides: priority
hit: first
inputs:
  demand_class: {type: enum, values: [contract, retail]}
  days_late: {type: int, min: 0, max: 365}
outputs:
  rank: {type: int, min: 1, max: 99}
rows:
  - id: P010
    when: {demand_class: contract}
    then: {rank: 10}
    why: Contracts are honoured first.
    owner: allocation desk
  - id: P020
    when: {days_late: ">= 7"}
    then: {rank: 20}
    why: Who waited a week is next.
    owner: allocation desk
  - id: P999
    when: {}
    then: {rank: 50}
    why: Everyone else.
    owner: allocation desk
examples:
  - given: {demand_class: contract, days_late: 0}
    expect: {rank: 10, row: P010}
  - given: {demand_class: retail, days_late: 7}
    expect: {rank: 20}
  - given: {demand_class: retail, days_late: 0}
    expect: {rank: 50}
"""
NAME = "40-priority.yaml"


def rules(*arguments: object, **variables: str) -> Ended:
    """The command has ended; in this process, which has loaded already what a new one would wait for."""
    done = CliRunner().invoke(
        commands, list(map(str, arguments)), env=variables, catch_exceptions=False, prog_name="earmark rules"
    )
    return Ended(done.exit_code, done.stdout, done.stderr)


def working_copy(folder: Path) -> Path:
    """The shipped rules in a folder of their own, with a priority of ours."""
    copytree(POLICIES, folder, ignore=lambda _, names: [name for name in names if name.endswith(".md")])
    (folder / NAME).write_text(PRIORITY)
    return folder


def edit(folder: Path, before: str, after: str) -> None:
    text = (folder / NAME).read_text()
    assert before in text
    (folder / NAME).write_text(text.replace(before, after))
