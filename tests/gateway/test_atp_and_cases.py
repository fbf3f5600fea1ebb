"""`earmark atp` and `earmark cases`, run as processes."""

import csv
import io
from pathlib import Path

import pytest

from tests.application import Client
from tests.databases import database_url
from tests.gateway.commands import CHECKOUT, Ended, earmark

OWN = CHECKOUT / "tests" / "cases"

PROJECTION = """query($sku: Sku!) { item(sku: $sku) { projection {
  site position days { day atp usable receipts commitments withheld } } } }"""

TAKEN = ("own", "consignment")
"""The demo company's positions, in the order the shipped rules take them."""

CASE = """
format: 1
id: T1
title: Ten on hand
kind: {kind}
given: {{today: 2026-05-04, horizon: 1, on_hand: 10}}
expect: {{{expect}}}
"""


@pytest.fixture
def demo_database(server: str, demo: Client) -> str:
    """The address of the demo company's database."""
    return database_url(server, "demo_read")


def cells(ended: Ended) -> list[dict[str, str]]:
    assert (ended.code, ended.err) == (0, "")
    return list(csv.DictReader(io.StringIO(ended.out)))


async def test_a_whole_catalogue_is_written_as_each_item_is_asked(demo: Client, demo_database: str):
    """A row for each item, site, position and day, positions as they are taken, as the projection has it."""
    rows = cells(earmark("atp", "--all", "--csv", DATABASE_URL=demo_database))
    keys = [(row["sku"], row["site"], TAKEN.index(row["position"]), row["day"]) for row in rows]
    assert keys == sorted(set(keys))
    assert {row["position"] for row in rows} == set(TAKEN)
    for sku in ("PN-1008", "PN-1011", "CK-1002", "CK-1010", "ST-1004", "ST-1009"):
        asked = (await demo.ask(PROJECTION, sku=sku))["item"]["projection"]
        told = [
            {"sku": sku, "site": site["site"], "position": site["position"]}
            | {name: str(cell) for name, cell in day.items()}
            for site in asked
            for day in site["days"]
        ]
        assert [row for row in rows if row["sku"] == sku] == told


def test_some_items_are_told_in_a_line_each(demo_database: str):
    """Today's quantity, then each day on which it changes; consigned goods in a line of their own."""
    ended = earmark("atp", "CK-1002", "PN-1011", "ST-1009", DATABASE_URL=demo_database)
    assert [line.split(maxsplit=2) for line in ended.out.splitlines()] == [
        ["CK-1002", "DC-HAM", "2, 50 from 2026-03-09"],
        ["PN-1011", "DC-HAM", "70, 30 from 2026-03-12, 0 from 2026-05-01"],
        ["ST-1009", "DC-HAM", "30"],
        ["ST-1009", "DC-HAM", "consignment: 25"],
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name some skus, or use --all"),
        (("TW-1001", "--all"), "Name some skus, or use --all"),
        (("NOPE",), "None of these items"),
    ],
)
def test_nothing_to_tell_is_refused(demo_database: str, arguments, sentence):
    ended = earmark("atp", *arguments, DATABASE_URL=demo_database)
    assert (ended.code, sentence in ended.sentence) == (2, True)


def test_a_folder_without_a_database_is_told_so(tmp_path: Path):
    """Nothing is made there."""
    ended = earmark("atp", "--all", "--data", tmp_path / "none")
    assert (ended.code, "There is no database in" in ended.sentence) == (2, True)
    assert not (tmp_path / "none").exists()


def test_our_own_cases_pass():
    """With their number; as JSON each with its verdict."""
    ended = earmark("cases", OWN)
    count = len(list(OWN.glob("*.yaml")))
    assert (ended.code, ended.out.strip()) == (
        0,
        f"{count} passed, 0 failed, 0 unclear, 0 unsupported",
    )
    told = earmark("cases", OWN, "--kind", "peg", "--json").json
    assert {case["kind"] for case in told["cases"]} == {"peg"}
    assert told["counts"] == {"passed": len(told["cases"])}


@pytest.mark.parametrize(
    ("kind", "expect", "arguments", "code", "says"),
    [
        ("atp", "usable: [9]", (), 1, "usable: [10], expected [9]"),
        ("atp", "magic: [9]", ("--allow-unsupported",), 1, "1 unclear"),
        ("replenish", "usable: [9]", (), 1, "unsupported: 1 of kind replenish"),
        ("replenish", "usable: [9]", ("--allow-unsupported",), 0, "1 unsupported"),
        ("atp", "usable: [10]", ("--kind", "atp"), 0, "1 passed"),
    ],
)
def test_what_does_not_pass_is_told_and_ends_with_1(tmp_path: Path, kind, expect, arguments, code, says):
    """Kinds not answered yet count as well, unless they are allowed."""
    (tmp_path / "T1.yaml").write_text(CASE.format(kind=kind, expect=expect))
    ended = earmark("cases", tmp_path, *arguments)
    assert ended.code == code
    assert says in ended.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [((), "No case (*.yaml) is in"), (("--kind", "magic"), "magic is no kind of case. Use one of: atp")],
)
def test_no_case_or_no_such_kind_is_refused(tmp_path: Path, arguments, says):
    ended = earmark("cases", tmp_path, *arguments)
    assert (ended.code, says in ended.sentence) == (2, True)
