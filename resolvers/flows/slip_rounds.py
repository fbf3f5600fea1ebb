"""Promises put at risk by nobody's word: supply was due and has not come."""

from contextlib import suppress
from dataclasses import replace

from datasources.store import proposals
from datasources.store.locks import lock_profiles
from datasources.store.unit import Contended
from resolvers.flows import slips
from resolvers.flows.deps import Deps

ITEMS_MAX = 10_000
"""Items looked at in one round; the others have their turn once these are settled."""
ITEMS_AT_ONCE = 100


async def review_waiting(deps: Deps) -> int:
    """Items with overdue supply, or with an open proposal, have the proposals of this moment; how many items.

    Where another writer is in the way they are left to the next round. Raises StoreUnavailable.
    """
    async with deps.store.reading() as tx:
        skus = await proposals.items_to_review(tx, ITEMS_MAX)
    for start in range(0, len(skus), ITEMS_AT_ONCE):
        some = skus[start : start + ITEMS_AT_ONCE]
        with suppress(Contended):
            async with deps.store.writing() as tx:
                await lock_profiles(tx, some)
                await slips.review(tx, replace(await slips.watch(tx), seen=some, short=set(some)))
    return len(skus)
