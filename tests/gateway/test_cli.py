"""The commands, run as processes: what they do, what they say, how they end, what they leave behind."""

import asyncio
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from datasources.connectors.demo import DEMO_DAY
from tests.databases import administer, database_url
from tests.gateway.commands import CHECKOUT, Gateway, earmark, programs_in
from tests.gateway.servers import careless_server

SHOP = """
source: shop
states: [stock]
sites:
  - {site_id: HAM, name: Hamburg, kind: store, zone: Europe/Berlin}
channels:
  - {code: web, name: Web shop, kind: web, demand_class: retail}
tables:
  - {fact: item, file: items.csv, fields: {sku: Sku, name: Name}}
  - fact: stock
    file: stock.csv
    fields: {code: Item, site_id: {value: HAM}, quantity: Pieces}
"""

_numbers = count(1)

ASK = """{ availability(channel: "web", lines: [{sku: "BK-1003", quantity: 40, wanted: "2026-03-02"}]) {
  inquiry lines { promisable } } }"""


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo company was served once, for a short while."""
    folder = tmp_path_factory.mktemp("cli") / "demo"
    with Gateway(folder, "--demo", "--small") as gateway:
        gateway.answers()
        ended = gateway.stops(signal.SIGINT)
    assert (ended.code, "First start" in ended.err) == (0, True)
    return folder


@pytest.fixture
def new_database(server) -> str:
    """The address of a database with nothing in it, not even tables."""
    name = f"cli_{next(_numbers)}"
    asyncio.run(administer(server, f"CREATE DATABASE {name}"))
    return database_url(server, name)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small folder of facts, one of which cannot be read."""
    (tmp_path / "items.csv").write_text("Sku,Name\nMUG,Mug\nCUP,Cup\n")
    (tmp_path / "stock.csv").write_text("Item,Pieces\nMUG,40\nCUP,twelve\n")
    (tmp_path / "mapping.yaml").write_text(SHOP)
    return tmp_path


def ask(gateway: Gateway, query: str = ASK, role: str = "storefront") -> Any:
    headers = {"authorization": f"Bearer {gateway.tokens[role]}"}
    answer = httpx.post(f"{gateway.address}/graphql", json={"query": query}, headers=headers, timeout=10)
    return answer.json()["data"]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        yield port


@pytest.fixture(scope="module")
def running(demo_folder) -> Iterator[Gateway]:
    """The demo company, served for the second time."""
    with Gateway(demo_folder, "--demo", "--small") as gateway:
        yield gateway.answers()
        gateway.stops()


def test_a_second_start_serves_again_and_a_signal_leaves_nothing_behind(demo_folder):
    """Data stays, the server goes, and the exit code says that all went well."""
    with Gateway(demo_folder, "--demo", "--small") as gateway:
        gateway.answers()
        assert programs_in(demo_folder) != []
        ended = gateway.stops(signal.SIGTERM)
    assert (ended.code, ended.err) == (0, "")
    assert programs_in(demo_folder) == []
    assert list((demo_folder / "database" / "socket").iterdir()) == []


def test_a_first_start_that_is_told_to_stop_puts_its_server_away(tmp_path):
    """SIGTERM in the middle of the load: nothing runs on, and the next start makes the whole company."""
    with Gateway(tmp_path, "--demo", "--small") as gateway:
        gateway.says("wms: writing")
        ended = gateway.stops()
        assert ended.code != 0
        assert programs_in(tmp_path) == []
    with Gateway(tmp_path, "--demo", "--small") as gateway:
        assert ask(gateway.answers())["availability"]["lines"][0]["promisable"] > 0
        gateway.stops()


def test_a_stop_while_the_server_starts_undoes_the_start(tmp_path):
    with Gateway(tmp_path, "--demo", "--small") as gateway:
        gateway.says("First start")
        assert gateway.stops(signal.SIGINT).code == 130
    assert programs_in(tmp_path) == []


def test_a_taken_port_is_said_in_one_sentence(tmp_path, taken_port):
    """Nothing is started for it, not even the database."""
    ended = earmark("serve", "--demo", "--data", tmp_path / "new", "--port", taken_port)
    assert ended.code == 2
    assert str(taken_port) in ended.sentence
    assert "--port" in ended.sentence
    assert not (tmp_path / "new").exists()


def test_a_production_database_is_kept_from_demos(new_database, tmp_path):
    """The demo company is not put into it, and its clock keeps the true time."""
    common = ("--data", tmp_path, "--port", 0)
    made = earmark("migrate", "--data", tmp_path, "--json", DATABASE_URL=new_database)
    demo = earmark("serve", "--demo", *common, DATABASE_URL=new_database)
    dated = earmark("serve", "--today", DEMO_DAY, *common, DATABASE_URL=new_database)
    assert made.json == {"changed": True}
    assert (demo.code, "made for production, not for demo" in demo.sentence) == (2, True)
    assert (dated.code, "its clock cannot be set" in dated.sentence) == (2, True)


def test_a_test_database_may_be_given_a_day(new_database, tmp_path):
    """The mark a database was made with is kept; --today asks only that it is not production."""
    assert earmark("migrate", "--mark", "test", "--data", tmp_path, DATABASE_URL=new_database).code == 0
    with Gateway(tmp_path, "--today", DEMO_DAY, DATABASE_URL=new_database) as gateway:
        assert ask(gateway.answers(), "{ sites { today } }") == {"sites": []}
        gateway.stops()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--source", CHECKOUT / "docs"), "--source and --mapping go together"),
        (("--demo", "--source", CHECKOUT / "docs"), "not both"),
        (("--today", "the 2nd of March"), "is not a day"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments, said, tmp_path):
    ended = earmark("serve", *arguments, "--data", tmp_path)
    assert (ended.code, said in ended.err) == (2, True)


def test_a_load_says_what_it_took_and_what_it_set_aside(shop, new_database):
    """Exit code 1, as a row needs a person; the second load says the same and changes nothing."""
    load = partial(earmark, "load", shop, "--mapping", shop / "mapping.yaml", "--data", shop / "data")
    first = load("--json", DATABASE_URL=new_database)
    assert (first.code, first.json["set_aside"], first.json["changed"]) == (1, 1, 1)
    assert first.json["rows"][0]["file"] == "stock.csv"
    assert "twelve" in first.json["rows"][0]["reason"]
    assert "shop: reading" in first.err
    again = load(DATABASE_URL=new_database)
    assert again.code == 1
    assert "\n0 lines and balances changed" in again.out
    assert "stock.csv line 3" in again.out


def test_a_mapping_that_cannot_be_used_is_refused_with_its_place(shop):
    (shop / "mapping.yaml").write_text(SHOP.replace("fact: stock", "fact: stok"))
    ended = earmark("load", shop, "--mapping", shop / "mapping.yaml", "--data", shop / "data")
    assert ended.code == 2
    assert "mapping.yaml: tables" in ended.sentence
    assert not (shop / "data").exists()


def test_a_folder_without_mapping_is_refused(shop):
    ended = earmark("load", shop, "--data", shop / "data")
    assert (ended.code, "--mapping FILE" in ended.sentence) == (2, True)


def test_an_inquiry_is_explained_and_decided_again(demo_folder, running):
    """In words, and as JSON for a program; both say that it is identical."""
    inquiry = ask(running)["availability"]["inquiry"]
    in_words = earmark("explain", inquiry, "--data", demo_folder)
    as_json = earmark("explain", inquiry, "--data", demo_folder, "--json")
    assert (in_words.code, as_json.code) == (0, 0)
    assert f"Inquiry {inquiry}" in in_words.out
    assert "binds" in in_words.out
    assert in_words.out.endswith("identical.\n")
    assert as_json.json["identical"] is True
    assert as_json.json["answered"] == as_json.json["decided_again"]


def test_an_inquiry_nobody_asked_is_refused(demo_folder, running):
    unknown = uuid4()
    ended = earmark("explain", unknown, "--data", demo_folder)
    assert (ended.code, str(unknown) in ended.sentence) == (2, True)


def test_explaining_makes_no_database(tmp_path):
    ended = earmark("explain", uuid4(), "--data", tmp_path / "none")
    assert (ended.code, "There is no database" in ended.sentence) == (2, True)
    assert not (tmp_path / "none").exists()


def test_tokens_are_for_known_roles(demo_folder):
    ended = earmark("token", "--role", "king", "--data", demo_folder)
    assert (ended.code, "storefront" in ended.sentence) == (2, True)


def test_a_folder_no_gateway_has_used_signs_no_tokens(tmp_path):
    ended = earmark("token", "--role", "planner", "--data", tmp_path / "none")
    assert (ended.code, "no signing key" in ended.sentence) == (2, True)
    assert not (tmp_path / "none").exists()


def test_the_signing_key_is_for_its_owner_alone(demo_folder):
    """Readable by nobody else, and in nothing that is said."""
    file = demo_folder / "issuer.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = earmark("token", "--role", "planner", "--data", demo_folder)
    private = file.read_text().split('"d": "')[1].split('"')[0]
    assert said.out.count(".") == 2
    assert private not in said.out + said.err


def test_a_damaged_key_is_said_in_one_sentence(tmp_path):
    (tmp_path / "issuer.json").write_text("{}")
    ended = earmark("token", "--role", "planner", "--data", tmp_path)
    assert (ended.code, "Remove it to have new ones made" in ended.sentence) == (2, True)


def test_the_doctor_finds_a_good_machine_well(tmp_path):
    """Before the first start too, and without leaving anything."""
    ended = earmark("doctor", "--data", tmp_path / "new", "--port", 1, "--json")
    assert [finding["what"] for finding in ended.json] == ["machine", "disk", "port", "database", "clock"]
    assert [finding["mend"] for finding in ended.json] == [""] * 5
    assert ended.code == 0
    assert not (tmp_path / "new").exists()


def test_the_doctor_tells_a_gateway_from_a_stranger_on_the_port(demo_folder, running, taken_port):
    port = running.address.rpartition(":")[2]
    ours = earmark("doctor", "--data", demo_folder, "--port", port)
    theirs = earmark("doctor", "--data", demo_folder, "--port", taken_port)
    assert (ours.code, theirs.code) == (0, 1)
    assert "BAD  port" in theirs.out
    assert "--port" in theirs.out


def test_the_doctor_says_that_a_database_cannot_be_reached(tmp_path):
    """With what to do, without the password, and soon."""
    url = "postgresql://someone:a-secret@127.0.0.1:1/earmark"
    ended = earmark("doctor", "--data", tmp_path, DATABASE_URL=url)
    assert ended.code == 1
    assert "BAD  database" in ended.out
    assert "Connection refused" in ended.out
    assert "a-secret" not in ended.out + ended.err


def test_an_address_that_is_none_is_refused(tmp_path):
    ended = earmark("migrate", "--data", tmp_path, DATABASE_URL="nonsense")
    assert (ended.code, "postgresql://user:password@host" in ended.sentence) == (2, True)


def test_a_server_that_would_forget_is_refused(tmp_path):
    """With fsync off a crash takes back what was promised; the doctor names the setting."""
    with careless_server(tmp_path) as url:
        ended = earmark("doctor", "--data", tmp_path / "keys", "--json", DATABASE_URL=url)
        served = earmark("serve", "--data", tmp_path / "keys", "--port", 0, DATABASE_URL=url)
    assert (ended.code, served.code) == (1, 2)
    assert "fsync = off" in ended.json[3]["found"]
    assert "Set fsync = on" in served.sentence


def test_a_database_that_commits_in_memory_is_refused(server, tmp_path):
    """The setting may also be made for one database alone."""
    asyncio.run(administer(server, "CREATE DATABASE careless"))
    asyncio.run(administer(server, "ALTER DATABASE careless SET synchronous_commit = off"))
    ended = earmark("migrate", "--data", tmp_path, DATABASE_URL=database_url(server, "careless"))
    assert (ended.code, "synchronous_commit = off" in ended.sentence) == (2, True)


def test_the_printed_schema_is_the_one_in_the_checkout():
    assert earmark("schema").out == (CHECKOUT / "schema.graphql").read_text()


def test_help_is_quick_and_names_every_command():
    ended = earmark("--help")
    for command in ("serve", "load", "schema", "migrate", "explain", "token", "doctor"):
        assert f"  {command} " in ended.out
    assert "..." not in ended.out.replace("ARGS]...", "")


def test_make_help_lists_what_make_can_do():
    told = subprocess.run(["make", "help"], capture_output=True, text=True, check=True, cwd=CHECKOUT).stdout
    for target in ("serve", "test", "install", "proof", "help"):
        assert f"make {target} " in told
