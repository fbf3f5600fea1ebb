"""The pages for analysts are true: decisions, limits, codes and examples, held against the code."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from datasources.policies import shipped
from rules.body import ROW_KEYS
from rules.cells import CELLS_MOST as SPACE_MOST
from rules.checks import CHECK_CODES, check
from rules.columns import (
    CELLS_MOST,
    EXAMPLES_MOST,
    INPUTS_MOST,
    NAME_MOST,
    OUTPUTS_MOST,
    ROWS_MOST,
    TEXT_MOST,
    VALUES_MOST,
)
from rules.decisions import DECISIONS, Decision, Given, Known
from rules.engine import evaluate
from rules.header import KEYS, KINDS
from rules.plain_yaml import FILE_BYTES_MOST
from rules.table import READING_CODES, BadTable, read_table
from tests.rules.plain_rules import answer

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "docs" / "rules.md").read_text()
README = (ROOT / "rules" / "policies" / "README.md").read_text()
LATER = datetime(2030, 1, 1)  # noqa: DTZ001  after every date that is shown
CODES: Mapping[str, str] = {**READING_CODES, **CHECK_CODES}


def typed(column: Known | Given) -> str:
    """The column's type as the reference writes it."""
    if isinstance(column, Known) and column.of:
        return f"{column.kind}, {column.of.replace('_', ' ')}"
    if isinstance(column, Given) and column.values:
        words = ", ".join(f"`{value}`" for value in column.values)
        return f"{column.kind}: {words}" + (" or `none`" if column.none else "")
    bounds = f", {column.least:,} to {column.most:,}" if column.kind == "int" else ""
    none = " or `none`" if isinstance(column, Given) and column.none else ""
    return f"{column.kind}{bounds}{none}"


def section(decision: Decision) -> str:
    """What the reference says of the decision."""
    waits = (
        "\nIt waits: the file is checked, and what asks for it is still to come.\n" if decision.waits else ""
    )
    rows = [
        *(f"| looks at | `{known.name}` | {typed(known)} | {known.meaning} |" for known in decision.inputs),
        *(f"| gives | `{given.name}` | {typed(given)} | {given.meaning} |" for given in decision.outputs),
    ]
    head = "| | name | type | meaning |\n|---|---|---|---|"
    title = f"### {decision.name} · `{decision.file}.yaml`"
    return f"{title}\n\n{decision.meaning}\n{waits}\n{head}\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize("name", DECISIONS)
def test_the_reference_tells_what_each_decision_looks_at_and_gives(name: str):
    assert section(DECISIONS[name]) in RULES


def test_the_reference_tells_of_no_other_decision():
    assert re.findall(r"^### (\w+) · ", RULES, re.MULTILINE) == list(DECISIONS)


def test_each_code_of_a_check_is_told_with_its_cause_and_a_cure():
    told = {
        code: (cause, cure)
        for code, cause, cure in re.findall(r"^\| `([A-Z_]+)` \| (.+) \| (.+) \|$", RULES, re.MULTILINE)
    }
    assert {code: cause for code, (cause, _) in told.items()} == CODES
    assert all(len(cure) > 20 for _, cure in told.values())


def test_each_key_and_type_is_told():
    file_keys, row_keys = ("## A file, key by key", "### inputs"), ("### rows", "### conditions")
    for (start, end), keys in ((file_keys, KEYS), (row_keys, ROW_KEYS)):
        part = RULES[RULES.index(start) : RULES.index(end)]
        assert set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) == set(keys)
    outputs = RULES[RULES.index("### outputs") : RULES.index("### rows")]
    assert re.findall(r"^\| `(\w+)` \|", outputs, re.MULTILINE) == ["enum", "int", "bool", "time", "list"]
    assert set(KINDS) == {"enum", "int", "bool", "time", "list"}


def test_each_limit_is_the_one_that_is_kept():
    part = RULES[RULES.index("## How many") : RULES.index("**Cells.**")]
    told = [int(most.replace(",", "")) for most in re.findall(r"\| ([\d,]+) \|$", part, re.MULTILINE)]
    assert told == [
        ROWS_MOST,
        EXAMPLES_MOST,
        INPUTS_MOST,
        OUTPUTS_MOST,
        VALUES_MOST,
        NAME_MOST,
        TEXT_MOST,
        CELLS_MOST,
        SPACE_MOST,
        FILE_BYTES_MOST,
    ]


@pytest.mark.parametrize(
    "text",
    [block for block in re.findall(r"```yaml\n(.*?)```", RULES + README, re.DOTALL) if "decides:" in block],
)
def test_each_whole_file_shown_can_be_read_and_its_examples_come_out(text: str):
    table = read_table("shown.yaml", text.encode())
    assert table.examples
    for example in table.examples:
        assert example.at is None
        (place,) = answer(table, example.given, LATER)
        assert table.rows[place].row_id == example.expect["row"]


def test_the_readme_tells_what_each_file_decides_and_which_still_wait():
    for decision in DECISIONS.values():
        (line,) = re.findall(rf"^\| `{decision.file}` \| (.+) \|$", README, re.MULTILINE)
        assert ("waits" in line) == decision.waits, decision.name


@pytest.mark.parametrize(
    ("page", "link"),
    [
        (page, link)
        for page in ("docs/rules.md", "rules/policies/README.md")
        for link in re.findall(r"\]\(([^)#h][^)#]*)(?:#[^)]*)?\)", (ROOT / page).read_text())
    ],
)
def test_each_page_pointed_to_is_there(page: str, link: str):
    assert (ROOT / page).parent.joinpath(link).exists()


MISTAKES = re.findall(r"In `(\S+)`, `(.+)` has become `(.+)`\.\n\n```text\n(.+)\n```", README)


def said_of(file: str, content: bytes) -> list[str]:
    """What a check says of the file."""
    try:
        table = read_table(file, content)
    except BadTable as bad:
        return [str(problem) for problem in bad.problems]
    return [str(problem) for problem in check(table, DECISIONS[table.decides], evaluate(table), None)]


@pytest.mark.parametrize(("file", "was", "became", "message"), MISTAKES)
def test_each_mistake_in_the_readme_is_answered_as_it_says(file: str, was: str, became: str, message: str):
    name = f"{file}.yaml"
    right = shipped()[name]
    assert was.encode() in right
    assert message in said_of(name, right.replace(was.encode(), became.encode(), 1))
    assert message not in said_of(name, right)


def test_the_readme_shows_a_dozen_mistakes_or_more():
    assert len(MISTAKES) == README.count(" has become ") >= 12


@pytest.mark.parametrize(
    "row", [row for row in re.findall(r"```yaml\n(  - id:.*?)```", README, re.DOTALL) if "retial" not in row]
)
def test_each_row_the_readme_reads_aloud_stands_in_a_file(row: str):
    assert any(row.encode() in content for content in shipped().values())
