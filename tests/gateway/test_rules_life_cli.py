"""The steps of a rule book from the command line, on a database of its own: into force, and back."""

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from datasources.policies import shipped
from tests.databases import administer, database_url
from tests.gateway.commands import Ended
from tests.gateway.rules_commands import NAME, edit, rules, working_copy

Gateway = Callable[..., Ended]

_numbers = count(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return working_copy(tmp_path / "policies")


@pytest.fixture
def gateway(server, template, tmp_path: Path) -> Gateway:
    """The commands of a gateway with a new database: the shipped rules are in force, nobody ever asked."""
    name = f"rules_cli_{next(_numbers)}"
    asyncio.run(administer(server, f"CREATE DATABASE {name} TEMPLATE {template}"))
    return partial(_at, tmp_path / "keys", database_url(server, name))


def _at(data: Path, url: str, command: str, *arguments: object) -> Ended:
    return rules(command, *arguments, "--data", data, DATABASE_URL=url)


def test_a_change_of_who_is_served_first_goes_from_a_file_into_force_and_back(gateway, folder):
    """Checked, handed in by one person, approved by a second, in force, gone back from; all of it is told."""
    assert gateway("check", folder).code == 0
    handed_in = gateway("submit", folder, "--note", "Contracts before all", "--as", "ana", "--json").json
    version = handed_in["version"]
    assert (handed_in["state"], handed_in["author"]) == ("submitted", "ana")

    own = gateway("approve", version, "--as", " Ana ")
    assert (own.code, "nobody approves what is his own" in own.sentence) == (2, True)
    too_soon = gateway("activate", version[:12], "--as", "ana")
    assert (too_soon.code, "Have a second person approve it" in too_soon.sentence) == (2, True)
    approved = gateway("approve", version[:12], "--as", "ben", "--reason", "As agreed")
    assert f"Rule book {version[:12]} is approved." in approved.out
    assert "Approved by ben." in approved.out
    active = gateway("activate", version[:12], "--as", "ana")
    assert active.out.startswith(f"Rule book {version[:12]} is active.\n")

    ask = ("decide", "priority", "demand_class=retail", "days_late=9", "--version", "now")
    assert gateway(*ask).out.startswith("priority: rank 20\n  P020 ")
    back = gateway("rollback", "--reason", "Too many calls", "--as", "cy", "--json").json
    assert (back["author"], back["state"]) == ("earmark", "active")
    assert "P020" not in gateway(*ask).out
    told = gateway("history").out.splitlines()
    assert [line.split("  ")[2] for line in told][:4] == ["rolled back", "activated", "approved", "submitted"]
    assert told[0].endswith(": Too many calls")
    steps = gateway("history", version, "--json").json["entries"]
    assert [entry["person"] for entry in steps] == ["ana", "ben", "ana", "ana", "ana"]


def test_what_a_change_would_do_is_told_before_it_is_handed_in(gateway, folder):
    """Rows added, removed and changed, and the facts answered otherwise; of a folder or a stored book."""
    first = gateway("submit", folder, "--note", "Ours", "--as", "ana", "--json").json["version"]
    edit(folder, "then: {rank: 20}", "then: {rank: 30}")
    edit(folder, "expect: {rank: 20}", "expect: {rank: 30}")
    by_folder = gateway("diff", folder, "--against", first)
    assert by_folder.code == 0
    assert "  ~ P020: then rank: 20 -> 30" in by_folder.out
    assert "days_late 7..365: rank 20 (P020) -> rank 30 (P020)" in by_folder.out
    (file,) = gateway("diff", folder, "--against", first, "--json").json["files"]
    assert (file["file"], file["cells_changed"], file["outcomes_changed"]) == (NAME, 1, 1)
    stored = gateway("diff", "--version", first)
    assert "  + P010: rank 10 (Contracts are honoured first.)" in stored.out
    assert "every rule file says the same" in gateway("diff", "--version", first, "--against", first).out


def test_a_book_with_errors_is_not_handed_in_and_not_compared(gateway, folder):
    edit(folder, "{rank: 10}", "{rank: 100}")
    for command in (("submit", folder, "--note", "Slip"), ("diff", folder)):
        ended = gateway(*command)
        assert (ended.code, "rank is 100; it may be 1 to 99." in ended.out) == (1, True)
    assert "Slip" not in gateway("history").out


def test_a_book_that_is_rejected_says_why(gateway, folder):
    version = gateway("submit", folder, "--note", "Ours", "--as", "ana", "--json").json["version"]
    gateway("reject", version, "--reason", "Not in the peak season", "--as", "ben")
    told = gateway("show", version).out
    assert f"Rule book {version[:12]} is rejected." in told
    assert "Mend it and hand it in" in told
    assert "rejected     ben: Not in the peak season" in gateway("history", version).out


def test_a_later_instant_is_told_with_its_zone_and_waited_for(gateway, folder):
    version = gateway("submit", folder, "--note", "Ours", "--as", "ana", "--json").json["version"]
    gateway("approve", version, "--as", "ben")
    without_zone = gateway("activate", version, "--at", "2101-01-01T08:00")
    assert (without_zone.code, "is no instant with its zone" in without_zone.err) == (2, True)
    for beyond in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"):
        ended = gateway("activate", version, "--at", beyond)
        assert (ended.code, "is no instant with its zone" in ended.err) == (2, True)
    past = gateway("activate", version, "--at", "2001-01-01T08:00Z")
    assert (past.code, "has gone by" in past.sentence) == (2, True)
    later = gateway("activate", version, "--at", "2101-01-01T08:00+01:00")
    assert later.out.splitlines()[-2:] == [
        "  Decides from 2101-01-01 07:00:00 UTC on.",
        "Nothing is left to do: it takes over by itself then.",
    ]
    told = gateway("show", version, "--json").json
    assert (told["state"], told["active_from"]) == ("approved", "2101-01-01T07:00:00+00:00")
    assert gateway("show", "--json").json["author"] == "earmark"


def test_the_book_in_force_can_be_shown_and_written_out(gateway, tmp_path):
    """As it was handed in, byte for byte; and one row's story."""
    shown = gateway("show", "--json").json
    assert [file["file"] for file in shown["files"]] == [name for name in shipped() if name.endswith(".yaml")]
    assert gateway("export", tmp_path / "out").code == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == shipped()
    first = shown["files"][0]["file"].removesuffix(".yaml")
    row = gateway("history", "--row", f"{first}:NONE")
    assert (row.code, "has a row NONE" in row.sentence) == (2, True)


@pytest.mark.parametrize("name", ["ben\n2026-03-02  approved  ana", "ben\x1b[2J", "b" * 201, "an\u200ba"])
def test_a_name_that_cannot_be_read_in_the_history_is_refused(gateway, folder, name):
    """Nor does it say there what was not done."""
    before = gateway("history").out
    ended = gateway("submit", folder, "--note", "Ours", "--as", name)
    assert (ended.code, ended.sentence.startswith("earmark: No name is ")) == (2, True)
    assert gateway("history").out == before


def test_a_version_nobody_knows_is_refused(gateway):
    ended = gateway("show", "ffff")
    assert (ended.code, "No one rule book is called ffff" in ended.sentence) == (2, True)


def test_steps_need_a_database_and_make_none(tmp_path, folder):
    ended = rules("submit", folder, "--note", "Ours", "--data", tmp_path / "none")
    assert (ended.code, "There is no database" in ended.sentence) == (2, True)
    assert not (tmp_path / "none").exists()
