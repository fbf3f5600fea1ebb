"""What those who were let loose did, so that a report can show that it was done."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

NEAR_US = 50_000
"""So near to a reservation's end many are confirmed, before or after."""


@dataclass(slots=True)
class Deeds:
    """How often each thing was done."""

    came: int = 0
    twice_at_once: int = 0
    other_payloads: int = 0
    hung_up: int = 0
    near_the_end: int = 0
    before_the_end: int = 0
    past_the_end: int = 0
    baskets: int = 0
    promised: int = 0
    sold_out: int = 0
    shipped: int = 0
    lowered: int = 0
    raised: int = 0
    not_raised: int = 0
    read: int = 0
    received: int = 0
    corrected: int = 0

    def told(self) -> Iterator[str]:
        """Each deed with how often."""
        return (f"{getattr(self, each.name):,} {WORDS[each.name]}" for each in fields(self))


WORDS = {
    "came": "buyers came",
    "twice_at_once": "requests were sent to two gateways at once under one key",
    "other_payloads": "keys were used again with another payload",
    "hung_up": "clients hung up before the answer and asked again under the same key",
    "near_the_end": f"confirmations were decided within {NEAR_US // 1000} ms of the reservation's end",
    "before_the_end": "of them were accepted",
    "past_the_end": "of them were refused as too late",
    "baskets": "baskets of five items were asked for, half of them in the opposing order",
    "promised": "promises were given",
    "sold_out": "promises were refused, as all had been given",
    "shipped": "shipments were accepted",
    "lowered": "changes to less or the same were accepted",
    "raised": "changes to more were accepted",
    "not_raised": "changes to more were refused, as there was too little",
    "read": "readings of what is free were answered",
    "received": "goods were received at the dock",
    "corrected": "corrections took goods out of the books",
}
