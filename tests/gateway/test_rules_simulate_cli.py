"""Rules tried on what was really asked, and put in force under a gateway that goes on answering."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.rule_files import SHUT
from tests.gateway.commands import Ended, Gateway
from tests.gateway.rules_commands import rules, working_copy

ASK = """{ availability(channel: "web", lines: [{sku: "BK-1003", quantity: 4, wanted: "2026-03-02"}]) {
  inquiry lines { promisable } } }"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulate") / "demo"


@pytest.fixture(scope="module")
def serving(data: Path) -> Iterator[Gateway]:
    with Gateway(data, "--demo", "--small") as gateway:
        yield gateway.answers()
        gateway.stops()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = working_copy(tmp_path / "policies")
    (copy / "60-sourcing.yaml").write_text(SHUT)
    return copy


def ask(gateway: Gateway) -> Any:
    headers = {"authorization": f"Bearer {gateway.tokens['storefront']}"}
    answer = httpx.post(f"{gateway.address}/graphql", json={"query": ASK}, headers=headers, timeout=10)
    return answer.json()["data"]["availability"]


def test_a_change_is_simulated_then_approved_and_a_running_gateway_follows_it_and_back(serving, data, folder):
    """The web shop is shut by one row: who would have lost by it, and which row; then it is, for a while."""

    def command(name: str, *arguments: object) -> Ended:
        return rules(name, *arguments, "--data", data)

    silent = command("simulate", "--since", "1d", "--as", "ana").out
    assert "on 0 inquiries since" in silent
    assert silent.endswith("Nothing was asked in that time, so there is nothing to compare.\n")
    assert ask(serving)["lines"][0]["promisable"] > 0
    version = command("submit", folder, "--note", "Shut", "--as", "ana", "--json").json["version"]
    untried = command("approve", version, "--as", "ben")
    assert (untried.code, "was not tried on the logged inquiries" in untried.sentence) == (2, True)

    file = folder / "changed.txt"
    found = command("simulate", folder, "--since", "1d", "--csv", file, "--as", "ana")
    assert found.code == 0
    assert "on 1 inquiry since" in found.out
    assert found.out.endswith(f"1 line is in {file}.\n")
    assert ": SHUT of 60-sourcing.yaml instead of" in found.out
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    assert {(row["channel"], row["sku"], row["change"], row["row"]) for row in rows} == {
        ("web", "BK-1003", "lost", "SHUT")
    }
    assert {row["after"] for row in rows} == {"4 open"}

    assert command("approve", version, "--as", "ben").code == 0
    assert command("activate", version, "--as", "ben").code == 0
    shut = ask(serving)
    assert shut["lines"][0]["promisable"] == 0
    why = command("why", shut["inquiry"])
    assert "SHUT (60-sourcing.yaml): =nobody() is served while the web shop is shut." in why.out
    decisions = command("why", shut["inquiry"], "--json").json["lines"][0]["decisions"]
    assert {row["row"] for each in decisions if each["decision"] == "sourcing" for row in each["fired"]} == {
        "SHUT"
    }
    assert command("rollback", "--reason", "Open again").code == 0
    assert ask(serving)["lines"][0]["promisable"] > 0


def test_a_folder_with_errors_is_not_simulated(serving, data, folder):
    (folder / "60-sourcing.yaml").write_text(SHUT.replace("serves: false, turn", "serves: perhaps, turn"))
    ended = rules("simulate", folder, "--data", data)
    assert (ended.code, "Nothing was simulated" in ended.out) == (1, True)


@pytest.mark.parametrize("since", ["7", "0d", "9y", "400d"])
def test_a_time_that_is_none_is_refused(folder, since):
    ended = rules("simulate", folder, "--since", since)
    assert (ended.code, "is no time. Write 7d, 12h or 30m" in ended.err) == (2, True)
