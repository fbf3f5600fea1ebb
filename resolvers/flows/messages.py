"""Messages for other systems: taken for a while, and acknowledged once they have had their effect there."""

from collections.abc import Sequence

from datasources.store import outbox
from datasources.store.outbox import Taken
from resolvers.flows.deps import Caller, Deps
from rules.errors import BadCount, BadDuration

MESSAGES_MAX = 500
LEASE_SECONDS_MAX = 3_600


async def take(deps: Deps, most: int, lease_seconds: int, caller: Caller) -> list[Taken]:
    """The oldest messages nobody has, of the caller's channels; they are the caller's until their leases end.

    Raises BadCount, BadDuration and StoreUnavailable: what was taken then is free again as the lease ends.
    """
    if not 1 <= most <= MESSAGES_MAX:
        raise BadCount("messages", most, MESSAGES_MAX)
    if not 1 <= lease_seconds <= LEASE_SECONDS_MAX:
        raise BadDuration(lease_seconds, LEASE_SECONDS_MAX)
    async with deps.store.writing() as tx:
        return await outbox.take(tx, most, lease_seconds, caller.channels)


async def acknowledge(deps: Deps, ids: Sequence[str], caller: Caller) -> list[bool]:
    """Whether each is done: a message of the caller's channels that there is. Again, it changes nothing.

    Raises BadCount and StoreUnavailable; then send the same again.
    """
    if not 1 <= len(ids) <= MESSAGES_MAX:
        raise BadCount("messages", len(ids), MESSAGES_MAX)
    numbers = [
        int(each) if each.isascii() and each.isdigit() and len(each) <= ID_DIGITS else 0 for each in ids
    ]
    async with deps.store.writing() as tx:
        done = await outbox.done(tx, numbers, caller.channels)
    return [number in done for number in numbers]


ID_DIGITS = 18
"""So many figures always fit the store's ids."""


def _number(name: str) -> int:
    """The id as the store has it; 0, which none has, for what cannot be one."""
    return int(name) if name.isascii() and name.isdigit() and len(name) <= ID_DIGITS else 0
