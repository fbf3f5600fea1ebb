"""Takes the pictures of the rule pages anew: `python -m tests.console.rule_pictures ADDRESS ANALYST ADMIN`.

The address is that of `earmark serve --demo`, the others are tokens of two people in these roles. The demo's
rules are changed by it up to the approval. A person looks at the pictures before they are kept.
"""

import asyncio
import json
import re
import sys
import tempfile
from pathlib import Path

from tests.console.browser import Tab, browsing
from tests.console.pictures import ask, sign_in, take

WIDTH = 1100
WIDE = 1280
NARROW = 420
FACTS = "decision=priority&try=1&fact.demand_class=retail&fact.days_late=2"
CHANNELS = ("web", "contract", "marketplace")
SKUS = ("BK-1003", "CK-1010", "LT-1005", "ST-1004", "TW-1001", "BK-1183", "BK-1263", "CK-1133", "CL-1163")
QUANTITIES = (4, 12, 40, 90)
SOURCING = "60-sourcing.yaml"


def stores_for_contracts(text: str) -> str:
    """The sourcing file with stores that serve contracts and no longer the web shop."""
    swap = {"contract": "web", "web": "contract"}
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if "site_kind: store}" in line:
            lines[number] = re.sub("contract|web", lambda found: swap[found[0]], line)
    return "\n".join(lines)


async def click(tab: Tab, selector: str) -> None:
    async with tab.loading():
        await tab.run(f"document.querySelector({json.dumps(selector)}).click()")


async def main(address: str, analyst: str, admin: str) -> None:
    """All pictures are taken."""
    for channel in CHANNELS:
        for quantity in QUANTITIES:
            ask(address, admin, channel, [(sku, quantity) for sku in SKUS])
    with tempfile.TemporaryDirectory() as profile:
        async with browsing(Path(profile)) as browser:
            async with browser.tab() as tab:
                await tab.look("light", WIDTH)
                await tab.open(f"{address}/signin?next=/rules")
                await sign_in(tab, address, analyst)
                await reading(tab, address)
                await changing(tab, address)
                book = await tab.run("location.pathname")
            async with browser.tab() as tab:
                await tab.look("light", WIDTH)
                await tab.open(f"{address}/signin?next={book}")
                await sign_in(tab, address, admin)
                await take(tab, "rule-book", 600)


async def reading(tab: Tab, address: str) -> None:
    await take(tab, "rules", 640)
    await tab.look("light", WIDE)
    await tab.open(f"{address}/rules/current/10-supply.yaml")
    await take(tab, "rule-file", 800)
    await tab.look("light", WIDTH)
    await tab.open(f"{address}/rules/current/try?{FACTS}")
    await take(tab, "rule-fact", 900)


async def changing(tab: Tab, address: str) -> None:
    await tab.look("dark", NARROW)
    await tab.open(f"{address}/rules/change?file=40-priority.yaml")
    await tab.run("(field => field.value = field.value.replace('retail}', 'retial}'))(text)")
    await tab.run("document.querySelector('.buttons button').click()")
    await tab.until("document.querySelector('#result table') !== null")
    await take(tab, "rule-check", 540, ".change .hint")
    await tab.look("light", WIDTH)
    await tab.open(f"{address}/rules/change?file={SOURCING}")
    changed = stores_for_contracts(await tab.run("document.getElementById('text').value"))
    await tab.run(f"document.getElementById('text').value = {json.dumps(changed)}")
    await tab.run(
        "document.getElementById('note').value = 'Stores ship for contracts, no longer for the web shop'"
    )
    await click(tab, ".buttons .second")
    book = address + await tab.run("location.pathname")
    await tab.open(f"{book}/difference")
    await take(tab, "rule-difference", 700)
    await tab.open(f"{book}/simulation")
    await click(tab, "main button")
    await tab.until("document.querySelector('#lines') !== null")
    await take(tab, "rule-simulation", 800)
    await tab.open(book)
    await click(tab, ".next button")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
