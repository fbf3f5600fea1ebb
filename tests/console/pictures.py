"""Takes the pictures of docs/screens.md anew: `python -m tests.console.pictures ADDRESS TOKEN`.

The address is that of `earmark serve --demo`, the token one of a planner. A person looks at them before they
are kept.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.request import Request, urlopen

from tests.console.browser import Tab, browsing

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH = 1100
ASK = """query Ask($lines: [AvailabilityLineInput!]!, $channel: String!) {
  availability(lines: $lines, channel: $channel) { inquiry traceId } }"""
ASKS: tuple[tuple[str, Sequence[tuple[str, int]]], ...] = (
    ("web", [("TW-1001", 6)]),
    ("contract", [("CK-1010", 12), ("BK-1003", 40), ("NOPE-1", 1)]),
    ("web", [("LT-1005", 1)]),
    ("web", [("ST-1004", 30)]),
)


def ask(address: str, token: str, channel: str, wishes: Sequence[tuple[str, int]]) -> dict[str, str]:
    """The inquiry and the trace of one answered ask."""
    lines = [{"sku": sku, "quantity": quantity, "wanted": "2026-03-06"} for sku, quantity in wishes]
    body = {"query": ASK, "variables": {"lines": lines, "channel": channel}}
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = Request(f"{address}/graphql", json.dumps(body).encode(), headers)  # noqa: S310  # by hand only
    with urlopen(request) as answer:  # noqa: S310
        told: dict[str, str] = json.loads(answer.read())["data"]["availability"]
        return told


async def take(tab: Tab, name: str, height: int, start: str = "body") -> None:
    """The page as it stands, from an element on, so high, is a picture of this name."""
    await tab.run("document.activeElement.blur()")
    top = await tab.run(f"document.querySelector('{start}').getBoundingClientRect().top + scrollY")
    (PICTURES / f"{name}.png").write_bytes(await tab.picture(height, top))


async def sign_in(tab: Tab, address: str, token: str) -> None:
    async with tab.loading():
        await tab.run(f"document.getElementById('token').value = {json.dumps(token)}")
        await tab.run("document.querySelector('main button').click()")


async def main(address: str, token: str) -> None:
    """All pictures are taken."""
    PICTURES.mkdir(exist_ok=True)
    asked = [ask(address, token, channel, wishes) for channel, wishes in ASKS]
    await asyncio.sleep(2)  # the last spans are on their way to the store
    with tempfile.TemporaryDirectory() as profile:
        async with browsing(Path(profile)) as browser, browser.tab() as tab:
            await tab.look("light", WIDTH)
            await tab.open(f"{address}/signin")
            await take(tab, "sign-in", 400)
            await sign_in(tab, address, token)
            await take(tab, "inquiries", 560)
            await tab.open(f"{address}/inquiries/{asked[-1]['inquiry']}")
            await take(tab, "promise", 700)
            await tab.open(f"{address}/traces/{asked[-1]['traceId']}")
            await tab.run("document.querySelector('details').open = true")
            await take(tab, "trace", 560)
            await tab.look("dark", WIDTH)
            await tab.open(f"{address}/traces")
            await take(tab, "traces", 560)
            await tab.open(f"{address}/inquiries/{asked[-1]['inquiry']}")
            await take(tab, "derivation", 1060, ".site")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
