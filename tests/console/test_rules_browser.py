"""The rule pages in a browser: a change goes from its first letter into force by the keyboard alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn

from gateway.app import build_app
from gateway.health import Health
from gateway.serving import listen
from tests.application import Client, client_of
from tests.console.browser import CHROMIUM, Browser, Tab, browsing
from tests.console.rule_files import ASK, SHUT, SOURCING
from tests.console.test_browser import CONTRASTS, SCHEMES
from tests.databases import administer, database_url, open_deps

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here; on Debian: apt-get install chromium"
)

STOPS_MAX = 90
SHIFT = 8
FACTS = "fact.demand_class=retail&fact.days_late=2"
PAGES = {
    "Rules": "/rules",
    "Rule book": "/rules/current",
    "50-allocation.yaml": "/rules/current/50-allocation.yaml",
    "Row PRI040": "/rules/current/40-priority.yaml/PRI040",
    "Checks": "/rules/current/checks",
    "Try a fact": f"/rules/current/try?decision=priority&try=1&{FACTS}",
    "What rule book": "/rules/current/difference",
    "Try rule book": "/rules/current/simulation",
    "Change the rules": "/rules/change",
    "Edit 40-priority.yaml": "/rules/change?file=40-priority.yaml",
}


@dataclass(frozen=True)
class Served:
    """A demo company of these tests' own behind a real server."""

    address: str
    client: Client

    def token(self, person: str, role: str) -> str:
        return self.client.tokens.issue(person, [role], None)

    async def promised_on_the_web(self) -> int:
        """What the web shop is promised, asked as anyone does."""
        answer = await self.client.ask(ASK, channel="web")
        promised: int = answer["availability"]["lines"][0]["promisable"]
        return promised


@pytest.fixture(scope="module")
async def served(server, demo_template, keys) -> AsyncIterator[Served]:
    await administer(server, f"CREATE DATABASE demo_rules TEMPLATE {demo_template}")
    deps = await open_deps(database_url(server, "demo_rules"))
    app = build_app(deps, keys, Health(deps.store))
    running = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    listening = listen("127.0.0.1", 0)
    serving = asyncio.create_task(running.serve(sockets=[listening]))
    caller = client_of(deps, keys)
    yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", caller)
    running.should_exit = True
    await serving
    await caller.http.aclose()
    await deps.jobs.close()
    await deps.inquiries.close()
    await deps.store.close()


@pytest.fixture(scope="module")
async def browser(tmp_path_factory) -> AsyncIterator[Browser]:
    async with browsing(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
async def tab(served, browser) -> AsyncIterator[Tab]:
    async with browser.tab() as opened:
        await opened.look("light")
        yield opened
        elsewhere = [url for url in opened.requested if not url.startswith((served.address, "data:"))]
        assert elsewhere == []


async def sign_in(tab: Tab, served: Served, person: str, role: str, back: str = "/rules") -> None:
    """The person is signed in, by the keyboard: the field for the token has the focus."""
    await tab.open(f"{served.address}/signin?next={back}")
    await write(tab, served.token(person, role))
    await reach(tab, "main button")
    await enter(tab)


async def write(tab: Tab, text: str) -> None:
    """What stands in the focused field is replaced by the text, as with Ctrl-A and typing."""
    for kind in ("rawKeyDown", "keyUp"):
        await tab.send(
            "Input.dispatchKeyEvent",
            type=kind,
            key="a",
            code="KeyA",
            modifiers=2,
            windowsVirtualKeyCode=65,
            commands=["selectAll"] if kind == "rawKeyDown" else [],
        )
    await tab.send("Input.insertText", text=text)


async def press(tab: Tab, key: str, code: int, modifiers: int = 0) -> None:
    for kind in ("rawKeyDown", "keyUp"):
        await tab.send(
            "Input.dispatchKeyEvent",
            type=kind,
            key=key,
            code=key,
            windowsVirtualKeyCode=code,
            modifiers=modifiers,
        )


async def reach(tab: Tab, selector: str, text: str = "", *, back: bool = False) -> None:
    """Tab was pressed until the element has the focus, and shows that it has it."""
    is_there = (
        f"document.activeElement.matches({json.dumps(selector)}) && "
        f"document.activeElement.textContent.includes({json.dumps(text)})"
    )
    for _ in range(STOPS_MAX):
        await press(tab, "Tab", 9, SHIFT if back else 0)
        if await tab.run(is_there):
            assert await tab.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"the keyboard does not reach {selector} {text}")


async def enter(tab: Tab) -> None:
    """Enter was pressed, and the page that it led to has loaded."""
    async with tab.loading():
        await tab.press("Enter")


async def follow(tab: Tab, text: str) -> None:
    await reach(tab, "main a", text)
    await enter(tab)


async def choose(tab: Tab, value: str) -> None:
    """The focused list was gone down to the value."""
    for _ in range(STOPS_MAX):
        if await tab.run("document.activeElement.value") == value:
            return
        await press(tab, "ArrowDown", 40)
    raise AssertionError(f"the list has no {value}")


async def text(tab: Tab) -> str:
    said: str = await tab.run("document.body.innerText")
    return said


async def assert_readable(tab: Tab, scheme: str) -> None:
    """All text stands out from its ground, and on a narrow screen nothing runs out of the page."""
    await tab.look(scheme, width=1280)
    assert [found for found in await tab.run(CONTRASTS) if found[0] < 4.5] == []
    await tab.look(scheme, width=400)
    assert await tab.run("document.documentElement.scrollWidth") <= 400


def assert_nothing_wrong(tab: Tab) -> None:
    assert (tab.failed, tab.complaints) == ([], [])


async def test_every_rule_page_can_be_read_in_light_and_dark_wide_and_narrow(tab, served):
    await sign_in(tab, served, "anna", "analyst")
    for scheme in SCHEMES:
        for heading, path in PAGES.items():
            await tab.look(scheme, width=1280)
            await tab.open(served.address + path)
            assert (await tab.run("document.querySelector('h1').textContent")).startswith(heading)
            await assert_readable(tab, scheme)
    assert_nothing_wrong(tab)


async def test_every_field_has_a_label_every_column_a_scope_and_every_scrolled_table_a_name(tab, served):
    await sign_in(tab, served, "anna", "analyst")
    for path in PAGES.values():
        await tab.open(served.address + path)
        fields = "input:not([type=hidden]), select, textarea, progress"
        bare = f"[...document.querySelectorAll('{fields}')].filter((field) => !field.labels.length).length"
        assert await tab.run(bare) == 0
        assert await tab.run("document.querySelectorAll('th:not([scope])').length") == 0
        assert await tab.run("document.querySelectorAll('.wide:not([aria-label][tabindex])').length") == 0
        levels = await tab.run("[...document.querySelectorAll('h1, h2, h3')].map((each) => each.tagName)")
        assert levels.count("H1") == 1
        assert levels[0] == "H1"
        ids = await tab.run("[...document.querySelectorAll('[id]')].map((each) => each.id)")
        assert len(ids) == len(set(ids))


async def test_a_search_answers_while_it_is_typed_and_stays_in_the_address(tab, served):
    await sign_in(tab, served, "anna", "analyst")
    await tab.run("window.mark = 'the same page'")
    await reach(tab, "#q")
    await write(tab, "household that has")
    await tab.until("document.querySelector('#found caption')?.textContent.startsWith('1 row with')")
    assert await tab.run("[window.mark, document.activeElement.id]") == ["the same page", "q"]
    assert "q=household" in await tab.run("location.search")
    assert await tab.run("document.querySelector('#found').getAttribute('aria-live')") == "polite"
    assert_nothing_wrong(tab)


async def test_a_fact_is_tried_in_place(tab, served):
    await sign_in(tab, served, "anna", "analyst", "/rules/current/try%3Fdecision=priority")
    await tab.run("window.mark = 'the same page'")
    await reach(tab, "#fact-1")
    await choose(tab, "retail")
    await reach(tab, "#fact-2")
    await write(tab, "7")
    await reach(tab, "main button", "Try it")
    await tab.press("Enter")
    await tab.until("document.querySelector('#found').textContent.includes('PRI020 decides: rank 15')")
    assert await tab.run("window.mark") == "the same page"
    assert_nothing_wrong(tab)


async def test_without_scripts_a_search_a_fact_and_a_check_say_the_same(tab, served):
    await tab.send("Emulation.setScriptExecutionDisabled", value=True)
    await sign_in(tab, served, "anna", "analyst")
    await reach(tab, "#q")
    await write(tab, "household that has")
    await enter(tab)
    assert "PRI020" in await text(tab)
    await tab.open(f"{served.address}{PAGES['Try a fact']}")
    assert "PRI040 decides: rank 30" in await text(tab)
    await tab.open(f"{served.address}/rules/change?file={SOURCING}")
    await reach(tab, "#text")
    await write(tab, SHUT.replace("[web]", "[wen]"))
    await reach(tab, "main button", "Check")
    await enter(tab)
    assert "`web` is no value of channel_kind: did you mean wen?" in await text(tab)
    assert "[wen]" in await tab.run("document.getElementById('text').value")


async def test_by_keyboard_alone_a_change_is_made_tried_approved_by_another_and_taken_back(
    tab, served, browser
):
    before = await served.promised_on_the_web()
    assert before > 0

    await sign_in(tab, served, "anna", "analyst")
    await follow(tab, "Change the rules")
    await reach(tab, "#file")
    await choose(tab, SOURCING)
    await reach(tab, "main button", "Edit")
    await enter(tab)
    await check_and_keep(tab)
    assert_nothing_wrong_but(tab, "400")

    await follow(tab, "Try it on past inquiries")
    await reach(tab, "main button", "Start")
    await enter(tab)
    await tab.until("document.querySelector('#job svg rect.lost') !== null")
    assert "1 of 1 line would be promised otherwise." in await text(tab)
    for scheme in SCHEMES:
        await assert_readable(tab, scheme)
    await follow(tab, "Back to the book")
    await reach(tab, "#submit-reason")
    await write(tab, "The web shop is shut for a day")
    await reach(tab, "main button", "Hand it in")
    await enter(tab)
    assert "You handed this in yourself." in await text(tab)
    await assert_readable(tab, "dark")
    book = await tab.run("location.pathname")

    async with browser.tab() as second:
        await sign_in(second, served, "bert", "steward", book)
        await reach(second, "main button", "Approve it")
        await enter(second)
        assert "approved, may be activated" in await text(second)

    assert await served.promised_on_the_web() == before
    await tab.open(served.address + book)
    await reach(tab, "main button", "Put it in force")
    await enter(tab)
    assert "It decides from now on" in await text(tab)
    await tab.open(f"{served.address}{book}/difference")
    await assert_readable(tab, "light")
    await tab.open(f"{served.address}{book}")
    assert await served.promised_on_the_web() == 0

    await take_back(tab)
    assert await served.promised_on_the_web() == before


async def check_and_keep(tab: Tab) -> None:
    """A slip was told of in place and mended, and the file is kept."""
    await tab.run("window.mark = 'the same page'")
    await reach(tab, "#text")
    await write(tab, SHUT.replace("[web]", "[wen]"))
    await reach(tab, "main button", "Check")
    await tab.press("Enter")
    await tab.until("document.querySelector('#result').textContent.includes('did you mean wen?')")
    assert await tab.run("window.mark") == "the same page"
    await assert_readable(tab, "dark")
    await reach(tab, "#text", back=True)
    await write(tab, SHUT)
    await reach(tab, "#note")
    await write(tab, "Shut the web shop")
    await reach(tab, "main button", "Check")
    await tab.press("Enter")
    await tab.until("document.querySelector('#result').textContent.includes('No errors')")
    await reach(tab, "main button", "Keep as a draft")
    await enter(tab)
    assert "It is kept as a draft" in await text(tab)


async def take_back(tab: Tab) -> None:
    await follow(tab, "roll back")
    await reach(tab, "summary")
    await tab.press("Enter")
    await reach(tab, "#why")
    await write(tab, "The shop complained")
    await reach(tab, "main button", "Roll back now")
    await enter(tab)
    assert "It decides again from now on" in await text(tab)


def assert_nothing_wrong_but(tab: Tab, status: str) -> None:
    """Chromium reports an answer with an error's status, which the check with the slip has."""
    assert [each for each in tab.failed if not each.startswith(status)] == []
    assert [each for each in tab.complaints if status not in each] == []
