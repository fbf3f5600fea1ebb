"""Each guarantee in the documentation names what shows it, and what it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.proof.broken_builds import FAULTS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "guarantees.md").read_text()
GUARANTEES = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_guarantees_are_numbered_and_there_are_as_many_as_lines():
    table = TEXT.split("## The guarantees")[1].split("### What is not guaranteed")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert [int(number) for number, *_ in GUARANTEES] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(("number", "says", "shown", "watched"), GUARANTEES)
def test_a_guarantee_names_tests_that_there_are(number, says, shown, watched):
    named = NAMED.findall(shown)
    assert named, f"guarantee {number} is shown by no test"
    assert [name for file, name in named if name not in functions_of(file)] == []


def test_each_broken_build_is_in_the_table():
    table = TEXT.split("| broken build |")[1].split("\n\n")[0]
    silent = {"no-answers"}
    assert len(table.strip().splitlines()) - 2 == len(FAULTS.keys() - silent)
