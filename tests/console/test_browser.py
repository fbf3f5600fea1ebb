"""The pages as a browser shows them: drawn, readable, complaining of nothing, asking nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from datasources.store.spans import SpanSink
from gateway.app import build_app
from gateway.health import Health
from gateway.serving import listen
from telemetry.setup import setup
from tests.application import Client
from tests.console.browser import CHROMIUM, Browser, Tab, browsing

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here; on Debian: apt-get install chromium"
)

SCHEMES = ("light", "dark")
ASK = """query Ask($lines: [AvailabilityLineInput!]!) {
  availability(lines: $lines, channel: "web") { inquiry traceId } }"""
WANTED = [("CK-1002", 12), ("BK-1003", 40), ("TW-1001", 6), ("NOPE", 1)]

CONTRASTS = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((p) => p / 255)
    .map((p) => (p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4))
    .reduce((sum, p, at) => sum + p * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const seen = (element) => element.checkVisibility() && element.textContent.trim();
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.body.querySelectorAll("*")].filter((element) => seen(element) && own(element))
    .map((element) => {
      const [text, back] = [light(getComputedStyle(element).color), light(ground(element))];
      return [(Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05), element.textContent.trim()];
    });
})()"""

INKED = """(() => {
  const canvas = document.querySelector("figure.projection canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const found = new Map();
  for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] === 255) {
    const colour = "#" + [0, 1, 2].map((p) => pixels[at + p].toString(16).padStart(2, "0")).join("");
    found.set(colour, (found.get(colour) || 0) + 1);
  }
  const named = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const names = ["supply", "demand", "atp", "binding"];
  return Object.fromEntries(names.map((name) => [name, found.get(named(name)) || 0]));
})()"""


@dataclass(frozen=True)
class Served:
    """The demo company behind a real server, with one answered ask."""

    address: str
    client: Client
    inquiry: str
    trace: str

    def token(self, role: str) -> str:
        return self.client.tokens.issue(f"a {role}", [role], None)

    @property
    def pages(self) -> dict[str, str]:
        return {
            "Inquiries": "/inquiries",
            "Inquiry": f"/inquiries/{self.inquiry}",
            "Traces": "/traces",
            "Trace": f"/traces/{self.trace}",
        }


@pytest.fixture(scope="module")
async def served(demo, keys) -> AsyncIterator[Served]:
    app = build_app(demo.deps, keys, Health(demo.deps.store))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    listening = listen("127.0.0.1", 0)
    async with setup(SpanSink(demo.deps.store.pool)).running():
        lines = [{"sku": sku, "quantity": quantity, "wanted": "2026-03-04"} for sku, quantity in WANTED]
        answer = (await demo.ask(ASK, lines=lines))["availability"]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", demo, answer["inquiry"], answer["traceId"])
    server.should_exit = True
    await serving


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


async def sign_in(tab: Tab, served: Served, role: str = "planner", back: str = "/inquiries") -> None:
    await tab.open(f"{served.address}/signin?next={back}")
    async with tab.loading():
        await tab.run(f"document.getElementById('token').value = {json.dumps(served.token(role))}")
        await tab.run("document.querySelector('main button').click()")


def assert_nothing_wrong(tab: Tab) -> None:
    assert (tab.failed, tab.complaints) == ([], [])


async def test_every_page_opens_without_complaint_and_can_be_read_in_light_and_dark(tab, served):
    await sign_in(tab, served)
    grounds: dict[str, set[Any]] = {scheme: set() for scheme in SCHEMES}
    for scheme in SCHEMES:
        await tab.look(scheme)
        for heading, path in served.pages.items():
            await tab.open(served.address + path)
            assert (await tab.run("document.querySelector('h1').textContent")).startswith(heading)
            weak = [found for found in await tab.run(CONTRASTS) if found[0] < 4.5]
            assert weak == []
            grounds[scheme].add(await tab.run("getComputedStyle(document.body).backgroundColor"))
    assert_nothing_wrong(tab)
    assert grounds["light"].isdisjoint(grounds["dark"])


async def test_the_projection_is_drawn_and_drawn_again_in_the_colours_of_the_night(tab, served):
    await sign_in(tab, served, back=served.pages["Inquiry"])
    for scheme in SCHEMES:
        await tab.look(scheme)
        await tab.until("document.querySelector('figure.projection').dataset.drawn === 'yes'")
        await tab.until(f"Object.values({INKED}).every((pixels) => pixels > 20)")
    assert_nothing_wrong(tab)


async def test_the_chart_reads_the_numbers_of_its_table(tab, served):
    """Whoever cannot see the chart reads the same numbers: there is only one set of them."""
    await sign_in(tab, served, back=served.pages["Inquiry"])
    rows = await tab.run("[...document.querySelector('#rows-1').rows].map((row) => row.textContent)")
    assert ["2026-03-04" in row for row in rows if "binds" in row] == [True]
    assert await tab.run("document.querySelector('.chart').getAttribute('role')") == "img"
    assert "The table below" in await tab.run("document.querySelector('.chart').getAttribute('aria-label')")


async def test_a_filter_answers_in_place_and_can_be_gone_back_from(tab, served):
    await sign_in(tab, served)
    await tab.run("window.mark = 'the same page'; document.getElementById('sku').value = 'NO-SUCH'")
    await tab.run("document.querySelector('.filters button').click()")
    await tab.until("document.querySelector('#found .empty') !== null")
    assert "sku=NO-SUCH" in await tab.run("location.search")
    assert await tab.run("window.mark") == "the same page"
    assert_nothing_wrong(tab)

    await tab.run("history.back()")
    await tab.until("document.querySelector('#found table') !== null")


async def test_a_bad_filter_is_explained_in_place(tab, served):
    await sign_in(tab, served, back="/traces")
    await tab.run("document.getElementById('least').value = 'fast'")
    await tab.run("document.querySelector('.filters button').click()")
    await tab.until("document.querySelector('#found').textContent.includes('What to do:')")


async def test_without_scripts_the_pages_say_the_same(tab, served):
    await tab.send("Emulation.setScriptExecutionDisabled", value=True)
    await sign_in(tab, served, back=served.pages["Inquiry"])
    assert "In full, but later" in await tab.run("document.body.textContent")
    await tab.open(served.address + "/inquiries")
    async with tab.loading():
        await tab.run("document.getElementById('sku').value = 'TW-1001'")
        await tab.run("document.querySelector('.filters button').click()")
    assert "sku=TW-1001" in await tab.run("location.search")


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(tab, served):
    await sign_in(tab, served)
    await tab.press("Tab")
    assert await tab.run("document.activeElement.textContent") == "Skip to the content"
    assert await tab.run("document.activeElement.getBoundingClientRect().left >= 0")
    await tab.press("Enter")
    assert await tab.run("document.activeElement.id") == "main"

    reached, bare = [], []
    for _ in range(9):
        await tab.press("Tab")
        reached.append(await tab.run("document.activeElement.id || document.activeElement.textContent"))
        if await tab.run("getComputedStyle(document.activeElement).outlineStyle") == "none":
            bare.append(reached[-1])
    assert [name for name in reached if name in ("sku", "channel", "short", "Show")] == ["sku", "channel"]
    assert bare == []


async def test_on_a_narrow_screen_nothing_runs_out_of_the_page(tab, served):
    await sign_in(tab, served)
    await tab.look("light", width=400)
    for path in served.pages.values():
        await tab.open(served.address + path)
        assert await tab.run("document.documentElement.scrollWidth") <= 400
    assert_nothing_wrong(tab)


async def test_a_link_from_another_site_opens_without_signing_in_again(tab, served):
    """The strict cookie stays behind on the way from elsewhere and is there on arrival."""
    await sign_in(tab, served)
    await tab.open("data:text/html,<a href='" + served.address + "/traces'>look</a>")
    async with tab.loading():
        await tab.run("document.querySelector('a').click()")
    await tab.until("document.querySelector('h1')?.textContent === 'Traces'")


async def test_a_page_of_another_site_cannot_sign_anyone_in(tab, served):
    token = served.token("planner")
    form = f"<form method=post action='{served.address}/signin'><input name=token value={token}></form>"
    await tab.open("data:text/html," + form)
    async with tab.loading():
        await tab.run("document.querySelector('form').submit()")
    assert "nothing was done" in await tab.run("document.body.textContent")
    await tab.open(served.address + "/inquiries")
    assert await tab.run("document.querySelector('h1').textContent") == "Sign in"
