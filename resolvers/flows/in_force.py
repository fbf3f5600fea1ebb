"""What decides at this instant: the company and its rule book, as one transaction reads it."""

from collections import OrderedDict
from typing import Any

from datasources.store import catalogue, rulebooks, shelf
from datasources.store.unit import Tx
from rules.choices import setup_of
from rules.company import Setup
from rules.errors import UnknownRuleBook

SETUPS_MAX = 4

_kept: OrderedDict[tuple[str, str], Setup] = OrderedDict()


async def setup_in_force(tx: Tx) -> Setup | None:
    """The set-up and the rule book in force; None where there is no company, or no book that is at hand."""
    setup_hash, version = await catalogue.in_force(tx), await rulebooks.in_force(tx)
    if setup_hash is None or version is None:
        return None
    setup = _kept.get((setup_hash, version))
    if setup is None:
        driver: Any = (await tx.get_raw_connection()).driver_connection
        try:
            book = await shelf.book(driver, version)
        except UnknownRuleBook:
            return None
        setup = _kept[setup_hash, version] = setup_of(await catalogue.current(tx), book)
        while len(_kept) > SETUPS_MAX:
            _kept.popitem(last=False)
    return setup
