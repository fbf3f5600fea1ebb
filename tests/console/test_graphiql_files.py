"""The GraphiQL page that is committed: whole, ours alone, not heavy, and built from the sources beside it."""

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

CONSOLE = Path(__file__).parents[2] / "gateway" / "console"
SOURCES = CONSOLE / "graphiql"
BUILT = CONSOLE / "static" / "graphiql"
BUILT_BYTES_MAX = 7_500_000
LICENCE_CHARS_MIN = 300

ASSET = re.compile(r"""(?:assets/|["'`]\./)([\w.-]+\.(?:js|css|ttf))\b""")

# A place where a browser is told to load something, followed by an address with a host in it.
SCRIPT_LOAD = re.compile(
    r"""(?:\bimport\s*\(?|\bfrom|\bfetch\s*\(|\bimportScripts\s*\(|\bsendBeacon\s*\(
    |\bnew\s+(?:Shared)?Worker\s*\(|\bnew\s+(?:WebSocket|EventSource|URL|Request)\s*\(
    |\.(?:src|href|action)\s*=|\.open\s*\(\s*["'`]\w+["'`]\s*,)
    \s*["'`](?:(?:https?|wss?):)?//[^"'`]*""",
    re.VERBOSE,
)
STYLE_LOAD = re.compile(r"""(?:url\(\s*|@import\s+)["']?(?:https?:)?//[^"')]*""")

# Hosts that scripts may name: in namespaces, schema names, licences, messages, links to follow by hand.
HOSTS_IN_TEXT = {
    "code.visualstudio.com",
    "commonmark.org",
    "en.wikipedia.org",
    "github.com",
    "json-schema.org",
    "microsoft.com",
    "prettier.io",
    "react.dev",
    "www.onegraph.com",
    "www.w3.org",
}


class Page(HTMLParser):
    """What a page loads (src and href) and whether it carries a script in its own text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline_scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.loads += [value for name, value in attrs if name in {"src", "href"} and value]
        self.inline_scripts += tag == "script" and "src" not in named


def built(suffix: str) -> list[Path]:
    return sorted(BUILT.rglob(f"*{suffix}"))


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def loads_from_elsewhere(pattern: re.Pattern[str], text: str) -> list[str]:
    return [found.group()[:120] for found in pattern.finditer(text)]


def licences() -> dict[str, str]:
    """Each package named in LICENSES.txt as 'name version', with its licence text."""
    _, *parts = re.split(r"\n={100}\n", text_of(BUILT / "LICENSES.txt"))
    headings, texts = parts[::2], parts[1::2]
    return {heading.rsplit(" (", 1)[0]: text for heading, text in zip(headings, texts, strict=True)}


def lock_entries() -> list[tuple[str, dict[str, str]]]:
    """Each package of the lock file by its name; the entry without a path is the page itself."""
    lock = json.loads(text_of(SOURCES / "package-lock.json"))
    return [(path.rsplit("node_modules/", 1)[-1], entry) for path, entry in lock["packages"].items() if path]


def test_the_page_is_built_from_the_sources_beside_it() -> None:
    """A source changed after the last build is a page that does not do what its source says."""
    written = dict(line.split("  ")[::-1] for line in text_of(BUILT / "SOURCES.sha256").splitlines())
    kept = [file for file in SOURCES.iterdir() if file.is_file() and file.name != "README.md"]
    assert written == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in kept}


def test_every_file_is_there_and_none_is_left_over() -> None:
    """Following the names from index.html on reaches exactly the files in assets."""
    reached: set[str] = set()
    ahead = [BUILT / "index.html"]
    while ahead:
        named = set(ASSET.findall(ahead.pop().read_text(encoding="utf-8", errors="replace"))) - reached
        ahead += [BUILT / "assets" / name for name in named]
        reached |= named
    assert reached == {file.name for file in (BUILT / "assets").iterdir()}


def test_the_page_loads_only_its_own_files_and_has_no_inline_script() -> None:
    """A strict content security policy can hold: every script is a file of ours."""
    page = Page(text_of(BUILT / "index.html"))
    assert page.inline_scripts == 0
    assert page.loads
    assert all(load.startswith(("/static/graphiql/", "data:")) for load in page.loads)


@pytest.mark.parametrize("file", [*built(".js"), *built(".css")], ids=lambda file: file.name)
def test_no_script_and_no_style_loads_from_another_host(file: Path) -> None:
    pattern = SCRIPT_LOAD if file.suffix == ".js" else STYLE_LOAD
    assert loads_from_elsewhere(pattern, text_of(file)) == []


def test_scripts_name_no_host_that_nobody_looked_at() -> None:
    """A host new in the scripts is looked at by a person before it is added to the list."""
    named = {
        host
        for file in built(".js")
        for host in re.findall(r"(?:https?|wss?)://([\w.-]+\.\w+)", text_of(file))
    }
    assert named <= HOSTS_IN_TEXT


@pytest.mark.parametrize(
    "planted",
    [
        'import("https://cdn.test/x.js")',
        'import a from"https://cdn.test/x.js"',
        'import"//cdn.test/x.js"',
        "fetch(`https://api.test/graphql`)",
        'new Worker("https://cdn.test/w.js")',
        'new URL("https://cdn.test/w.js")',
        'new WebSocket("wss://api.test")',
        'script.src="//cdn.test/x.js"',
        'request.open("GET","https://api.test")',
    ],
)
def test_a_planted_script_load_is_found(planted: str) -> None:
    """The search itself is tried, so that finding nothing means something."""
    assert loads_from_elsewhere(SCRIPT_LOAD, f"var a=1;{planted};") != []


@pytest.mark.parametrize("planted", ["a{b:url(https://cdn.test/f.ttf)}", '@import "//cdn.test/x.css";'])
def test_a_planted_style_load_is_found(planted: str) -> None:
    assert loads_from_elsewhere(STYLE_LOAD, planted) != []


@pytest.mark.parametrize("harmless", ['ns="http://www.w3.org/2000/svg"', 'see("https://react.dev/errors/")'])
def test_a_name_that_is_not_loaded_is_not_found(harmless: str) -> None:
    assert loads_from_elsewhere(SCRIPT_LOAD, harmless) == []


def test_the_page_stays_light_and_without_source_maps() -> None:
    total_bytes = sum(file.stat().st_size for file in BUILT.rglob("*") if file.is_file())
    assert total_bytes <= BUILT_BYTES_MAX
    assert built(".map") == []
    assert not [file.name for file in built(".js") if "sourceMappingURL=" in text_of(file)]


def test_each_package_in_the_page_has_its_licence_text() -> None:
    short = [package for package, text in licences().items() if len(text) < LICENCE_CHARS_MIN]
    assert short == []


def test_the_packages_in_the_page_are_those_of_the_lock_file() -> None:
    """What was built is what is locked, and what we ask for by name is really in it."""
    wanted = json.loads(text_of(SOURCES / "package.json"))["dependencies"]
    assert licences().keys() <= {f"{name} {entry['version']}" for name, entry in lock_entries()}
    assert {f"{name} {version}" for name, version in wanted.items()} <= licences().keys()


def test_versions_are_exact_and_the_lock_holds_digests_and_no_addresses() -> None:
    manifest = json.loads(text_of(SOURCES / "package.json"))
    versions = [*manifest["dependencies"].values(), *manifest["devDependencies"].values()]
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert all("integrity" in entry and "resolved" not in entry for _, entry in lock_entries())
