"""The worklist of promises at risk, in a browser and without one."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from gateway.app import build_app
from gateway.health import Health
from gateway.serving import listen
from resolvers.promises.at_risk import DECIDERS
from resolvers.roles import ROLES
from tests.application import Client
from tests.console.browser import CHROMIUM, Tab, browsing
from tests.console.reading import FROM_OUR_PAGE, Page, Reader, signed_in
from tests.console.test_browser import CONTRASTS, SCHEMES
from tests.databases import Opened
from tests.scenarios.test_supply_that_slips import SLIP, at_risk, company, expected, promised, told

__all__ = ["company", "promised"]

BROWSED = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here; on Debian: apt-get install chromium")


@dataclass(frozen=True)
class Served:
    """The company whose supply slipped, behind a real server."""

    address: str
    client: Client

    def token(self, role: str) -> str:
        return self.client.tokens.issue(f"a {role}", [role], None)


@pytest.fixture
async def served(promised: Client, opened: Opened, keys) -> AsyncIterator[Served]:
    await told(promised, expected(*SLIP))
    app = build_app(opened.deps, keys, Health(opened.deps.store))
    running = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    listening = listen("127.0.0.1", 0)
    serving = asyncio.create_task(running.serve(sockets=[listening]))
    yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", promised)
    running.should_exit = True
    await serving


@pytest.fixture
async def tab(served, tmp_path: Path) -> AsyncIterator[Tab]:
    async with browsing(tmp_path) as browser, browser.tab() as opened_tab:
        await opened_tab.look("light")
        yield opened_tab
        elsewhere = [url for url in opened_tab.requested if not url.startswith((served.address, "data:"))]
        assert elsewhere == []


async def sign_in(tab: Tab, served: Served, role: str = "planner") -> None:
    await tab.open(f"{served.address}/signin?next=/at-risk")
    async with tab.loading():
        await tab.run(f"document.getElementById('token').value = {json.dumps(served.token(role))}")
        await tab.run("document.querySelector('main button').click()")


async def texts(tab: Tab, selector: str) -> list[str]:
    found: list[str] = await tab.run(
        f"[...document.querySelectorAll('{selector}')].map((e) => e.textContent.replace(/\\s+/g, ' ').trim())"
    )
    return found


@BROWSED
async def test_the_worklist_shows_old_and_new_days_and_takes_a_decision_by_keyboard(tab, served):
    await sign_in(tab, served)
    rows = await texts(tab, "#found tbody tr")
    assert len(rows) == 4
    assert "ADC 12 on Thu 2026-06-04 2 on Thu 2026-06-04 10 on Sun 2026-06-07 3" in rows[0]
    assert "supply comes later" in rows[0]
    assert "erp: R1" in rows[0]
    assert "better ranks need what was to serve it" in rows[3]
    await tab.run("document.querySelector('#pick-1').focus()")
    await space(tab)
    await tab.run("document.querySelector('button[value=apply]').focus()")
    async with tab.loading():
        await tab.press("Enter")
    assert await texts(tab, "[role=status]") == ["Done. 1 proposal applied."]
    assert set(await at_risk(served.client)) == {"P3", "P5", "P4"}
    assert (tab.failed, tab.complaints) == ([], [])


@BROWSED
async def test_a_rejection_needs_a_reason_and_stays_on_record(tab, served):
    await sign_in(tab, served)
    await tab.run("document.querySelector('#pick-2').checked = true")
    async with tab.loading():
        await tab.run("document.querySelector('button[value=reject]').click()")
    assert "A proposal is not rejected without a reason." in await tab.run("document.body.textContent")
    await tab.open(served.address + "/at-risk")
    await tab.run("document.querySelector('#pick-2').checked = true")
    await tab.run("document.querySelector('#reason').value = 'They will wait for us.'")
    async with tab.loading():
        await tab.run("document.querySelector('button[value=reject]').click()")
    await tab.open(served.address + "/at-risk?state=rejected")
    [row] = await texts(tab, "#found tbody tr")
    assert row.endswith("They will wait for us.")
    assert "by a planner" in row


@BROWSED
async def test_it_is_read_in_light_and_dark_on_narrow_screens_and_without_scripts(tab, served):
    await tab.send("Emulation.setScriptExecutionDisabled", value=True)
    await sign_in(tab, served)
    for scheme in SCHEMES:
        await tab.look(scheme)
        assert [found for found in await tab.run(CONTRASTS) if found[0] < 4.5] == []
    await tab.look("light", width=400)
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    async with tab.loading():
        await tab.run("document.querySelector('#channel').value = 'web'")
        await tab.run("document.querySelector('.filters button').click()")
    assert len(await texts(tab, "#found tbody tr")) == 1
    assert "At risk" in await texts(tab, "nav a[aria-current]")


async def chosen(reader: Reader, status: int, step: str, *proposals: str, **fields: str) -> tuple[str, Page]:
    """The form was sent from our page with these proposals chosen; where it led to, or what it answered."""
    token = (await reader.open("/at-risk")).values["token"]
    picks = {f"pick.{each}": "1" for each in proposals}
    given = {"token": token, "step": step, "reason": ""} | picks | fields
    answer = await reader.http.post("/at-risk", data=given, headers=FROM_OUR_PAGE)
    assert answer.status_code == status, answer.text
    return answer.headers.get("location", ""), Page(status, answer.text or "<p></p>")


async def test_what_could_not_be_decided_is_told_beside_what_was(promised: Client):
    """One was superseded while the page lay open; the other is applied all the same."""
    await told(promised, expected(*SLIP))
    found = await at_risk(promised)
    reader = await signed_in(promised)
    token = (await reader.open("/at-risk")).values["token"]
    await told(promised, expected("R1", 8, 16), expected("R2", 7, 15))
    now = await at_risk(promised)
    assert now["P2"]["proposal"] != found["P2"]["proposal"]
    chosen_now = now["P2"]["proposal"], found["P2"]["proposal"]
    picks = {f"pick.{each}": "1" for each in chosen_now} | {"token": token, "step": "apply"}
    answer = await reader.http.post("/at-risk", data=picks, headers=FROM_OUR_PAGE)
    page = Page(answer.status_code, answer.text)
    assert page.status == 409
    assert "1 proposal was not decided; 1 other was." in page.text
    assert set(await at_risk(promised, "APPLIED")) == {"P2"}


@pytest.mark.parametrize(
    ("step", "fields", "status", "says"),
    [
        ("apply", {}, 400, "0 proposals cannot be taken at once."),
        ("burn", {}, 404, "There is no step burn."),
        ("apply", {"token": "somebody else's"}, 400, "This form was made for another sign-in"),
    ],
)
async def test_a_form_that_cannot_be_taken_changes_nothing(promised: Client, step, fields, status, says):
    await told(promised, expected(*SLIP))
    _, page = await chosen(await signed_in(promised), status, step, **fields)
    assert says in page.text
    assert len(await at_risk(promised)) == 4


@pytest.mark.parametrize("query", ["state=lost", "after=2026-13-01.4", "after=2026-06-01.x"])
async def test_an_address_that_cannot_be_read_is_told_so(company: Client, query: str):
    page = await (await signed_in(company)).open(f"/at-risk?{query}", 400)
    assert "cannot be read as" in page.text


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_the_worklist_is_for_those_who_decide(company: Client, role: str):
    reader = await signed_in(company, role)
    page = await reader.open("/at-risk", 200 if role in DECIDERS else 403)
    assert ("/at-risk" in page.hrefs) == (role in DECIDERS)


async def test_a_reader_sees_the_promises_of_his_channels(promised: Client):
    await told(promised, expected(*SLIP))
    page = await (await signed_in(promised, "planner", "wholesale")).open("/at-risk")
    assert [row[1] for row in page.table("2 proposals")] == [
        "order P3, line 1 wholesale",
        "order P5, line 1 wholesale",
    ]


async def space(tab: Tab) -> None:
    for kind in ("keyDown", "keyUp"):
        text = {"text": " "} if kind == "keyDown" else {}
        await tab.send(
            "Input.dispatchKeyEvent", type=kind, key=" ", code="Space", windowsVirtualKeyCode=32, **text
        )
