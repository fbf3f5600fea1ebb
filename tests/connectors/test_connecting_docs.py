"""The page for connector writers says what the code does: every key, and an example with its real output."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from datasources.connectors.cells import ENCODINGS
from datasources.connectors.mapping import FACTS, KEYS, STATED

CHECKOUT = Path(__file__).parents[2]
PAGE = (CHECKOUT / "docs" / "connecting-a-source.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return re.split(r"^#{2,3} ", PAGE.split(f"### {title}\n")[1], flags=re.MULTILINE)[0]


def meanings(title: str) -> dict[str, str]:
    return dict(re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", section(title), flags=re.MULTILINE))


@pytest.mark.parametrize("part", KEYS)
def test_every_key_is_documented_and_no_other(part):
    """In the order in which the code names them."""
    assert tuple(meanings(part)) == KEYS[part]


def test_every_choice_is_documented():
    """Kinds of fact, what can be stated, and encodings."""
    assert re.findall(r"`([a-z_]+)`", meanings("table")["fact"]) == list(FACTS)
    assert [kind for kind in STATED if kind not in meanings("mapping")["states"]] == []
    assert re.findall(r"`([a-z0-9-]+)`", meanings("format")["encoding"]) == list(ENCODINGS)


def test_the_worked_example_gives_what_the_page_shows(tmp_path):
    """Typed in as printed, it prints what is printed."""
    (tmp_path / "shop").mkdir()
    for name, content in re.findall(
        r"^`(shop/[a-z_.]+)`:\n\n```[a-z]+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    program, shown = re.findall(r"^```(?:python\nfrom|text)\n?(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    ran = subprocess.run(
        [sys.executable, "-c", f"from{program}"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stderr == ""
    assert ran.stdout == shown
