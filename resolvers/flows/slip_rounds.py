"""Promises put at risk by nobody's word: supply was due and has not come, or a reservation has ended."""

from contextlib import suppress
from dataclasses import replace

from datasources.store import clock, firm_orders, pages, proposals
from datasources.store.locks import lock_profiles
from datasources.store.unit import Contended, Tx
from resolvers.flows import slips, transfers_of_ours
from resolvers.flows.deps import Deps
from resolvers.flows.slip_causes import Written

ITEMS_MAX = 10_000
"""Items looked at in one round; the others have their turn once these are settled."""
ITEMS_AT_ONCE = 100
TRANSFERS_MAX = 100
"""Reservations whose transfers are called off in one round."""


async def review_waiting(deps: Deps) -> int:
    """Items with overdue supply, or with an open proposal, have the proposals of this moment; how many items.

    What was to be brought for reservations that have ended stays where it is. Where another writer is in the
    way they are left to the next round. Raises StoreUnavailable.
    """
    with suppress(Contended):
        async with deps.store.writing() as tx:
            await _call_off(tx)
    async with deps.store.reading() as tx:
        skus = await proposals.items_to_review(tx, ITEMS_MAX)
    for start in range(0, len(skus), ITEMS_AT_ONCE):
        some = skus[start : start + ITEMS_AT_ONCE]
        with suppress(Contended):
            async with deps.store.writing() as tx:
                await lock_profiles(tx, some)
                await slips.review(tx, replace(await slips.watch(tx), seen=some, short=set(some)))
    return len(skus)


async def _call_off(tx: Tx) -> None:
    """The transfers for reservations that have ended without their goods are over, at both ends."""
    ended = await firm_orders.transfers_for_nobody(tx, TRANSFERS_MAX)
    if not ended:
        return
    skus = {sku for _, sku in ended}
    await lock_profiles(tx, skus)
    now = await clock.now(tx)
    transfers = await transfers_of_ours.for_reservations(tx, [reservation for reservation, _ in ended])
    for orders in transfers.by_reservation.values():
        transfers.call_off(orders, now)
    precisions = {sku: row["precision"] for sku, row in (await pages.items(tx, sorted(skus))).items()}
    await transfers.write(tx, precisions, now)
    await slips.rebuild(tx, skus, Written())
