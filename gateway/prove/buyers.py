"""Buyers who all come at once and do what goes wrong in shops: late, twice, crosswise, hanging up."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields

from gateway.prove.history import MAKES, Ask, Line
from gateway.prove.sending import Desk, Ended
from gateway.prove.shop import BASKET, BRIEF, HOT, LAST

SECOND_US = 1_000_000
HERE_AT_ONCE = 400
"""Buyers who are in the shop at one time."""
NEAR_US = 50_000
"""So near to a reservation's end many are confirmed, before or after."""
SENDS_MAX = 4


@dataclass(slots=True)
class Deeds:
    """What the buyers did, so that a report can show that it was done."""

    came: int = 0
    twice_at_once: int = 0
    other_payloads: int = 0
    hung_up: int = 0
    near_the_end: int = 0
    before_the_end: int = 0
    past_the_end: int = 0
    baskets: int = 0
    promised: int = 0
    shipped: int = 0
    lowered: int = 0
    raised: int = 0
    not_raised: int = 0

    def told(self) -> Iterator[str]:
        """Each deed with how often."""
        return (f"{getattr(self, each.name):,} {WORDS[each.name]}" for each in fields(self))


WORDS = {
    "came": "buyers came",
    "twice_at_once": "requests were sent to two gateways at once under one key",
    "other_payloads": "keys were used again with another payload",
    "hung_up": "buyers hung up before the answer and asked again under the same key",
    "near_the_end": f"confirmations were decided within {NEAR_US // 1000} ms of the reservation's end",
    "before_the_end": "of them were accepted",
    "past_the_end": "of them were refused as too late",
    "baskets": "baskets of five items were asked for, half of them in the opposing order",
    "promised": "promises were given",
    "shipped": "shipments were accepted",
    "lowered": "changes to less or the same were accepted",
    "raised": "changes to more were accepted",
    "not_raised": "changes to more were refused, as there was too little",
}


@dataclass(slots=True)
class Buyers:
    """All of them, and the gateways they go to."""

    desks: Sequence[Desk]
    chance: random.Random
    deeds: Deeds = field(default_factory=Deeds)
    _keys: int = 0

    async def come(self, count: int, until: float) -> None:
        """Each comes once, while there is time by the monotonic clock; those who have come finish.

        Raises NobodyListens and Unexpected.
        """
        coming = iter(range(count))

        async def one_after_the_other() -> None:
            for number in coming:
                if time.monotonic() >= until:
                    return
                self.deeds.came += 1
                await self._buy(f"buyer {number}")

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(count, HERE_AT_ONCE)):
                    group.create_task(one_after_the_other())
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed  # whatever stopped the first stopped them all

    async def _buy(self, client: str) -> None:
        await self._want_the_last(client)
        roll = self.chance.random()
        if roll < 0.2:
            self.deeds.baskets += 1
            turn = self.chance.choice((1, -1))
            lines = tuple(Line(item, self.chance.randint(1, 2)) for item in BASKET[::turn])
            ask = Ask("reserve", lines, ttl_us=self._lasting(2, 5))
        elif roll < 0.4:
            ask = Ask("reserve", (Line(BRIEF, 1),), ttl_us=SECOND_US)
        else:
            whole = self.chance.random() < 0.75
            lines = (Line(HOT, self.chance.randint(1, 2)),)
            ask = Ask("reserve", lines, whole=whole, ttl_us=self._lasting(2, 6))
        kind, outcome = await self._send(client, ask)
        if kind == "ok" and outcome is not None:
            for given in outcome.given:
                if given.reservation and given.expires_us is not None:
                    held = Line(given.item, None, given.reservation)
                    await self._go_on(client, held, int(given.quantity or 0), given.expires_us)

    async def _want_the_last(self, client: str) -> None:
        """One is wanted for good; half of those that are given leave at once."""
        kind, outcome = await self._send(client, Ask("promise", (Line(LAST, 1),)))
        if kind == "ok" and outcome is not None:
            self.deeds.promised += 1
            for given in outcome.given:
                if self.chance.random() < 0.5:
                    await self._ship(client, Line(LAST, None, given.reservation))

    async def _ship(self, client: str, held: Line) -> None:
        kind, _ = await self._send(client, Ask("ship", (held,)))
        self.deeds.shipped += kind == "ok"

    async def _change(self, client: str, held: Line, units: int) -> None:
        wanted = self.chance.randint(1, 3)
        kind, outcome = await self._send(client, Ask("change", (Line(held.item, wanted, held.reservation),)))
        self.deeds.lowered += kind == "ok" and wanted <= units
        self.deeds.raised += kind == "ok" and wanted > units
        self.deeds.not_raised += outcome is not None and outcome.reason == "short"

    def _lasting(self, shortest: int, longest: int) -> int:
        return self.chance.randint(shortest, longest) * SECOND_US

    async def _go_on(self, client: str, held: Line, units: int, expires_us: int) -> None:
        roll = self.chance.random()
        if held.item == BRIEF or roll < 0.1:
            await self._confirm_near_the_end(client, held, expires_us)
        elif roll < 0.3:
            await self._send(client, Ask("confirm", (held,)))
            if self.chance.random() < 0.5:
                await self._ship(client, Line(held.item, 1, held.reservation))
        elif roll < 0.45:
            some = self.chance.choice((None, self.chance.randint(1, max(1, units))))
            await self._send(client, Ask("release", (Line(held.item, some, held.reservation),)))
        elif roll < 0.85:
            await self._change(client, held, units)
        elif roll < 0.95:
            await self._send(client, Ask("extend", (held,), ttl_us=self._lasting(1, 3)))

    async def _confirm_near_the_end(self, client: str, held: Line, expires_us: int) -> None:
        """It goes out so near to the end that only the database's clock can say on which side it fell."""
        at_us = expires_us + self.chance.randint(-NEAR_US, NEAR_US // 5)
        await asyncio.sleep(max(0, at_us - time.time_ns() // 1000) / SECOND_US)
        kind, outcome = await self._send(client, Ask("confirm", (held,)))
        if outcome is not None and outcome.at_us is not None and abs(outcome.at_us - expires_us) <= NEAR_US:
            self.deeds.near_the_end += 1
            self.deeds.before_the_end += kind == "ok"
            self.deeds.past_the_end += outcome.reason == "expired"

    async def _send(self, client: str, ask: Ask) -> Ended:
        """Until it is answered, under one key: to one gateway, to two at once, or hanging up in between."""
        self._keys += 1
        key, roll = f"key {self._keys}", self.chance.random()
        here, there = self.chance.sample(self.desks, 2)
        if roll < 0.12:
            self.deeds.twice_at_once += 1
            ended, _ = await asyncio.gather(
                here.call(client, ask, key), there.call(f"{client}, other window", ask, key)
            )
            return ended if ended[0] != "unknown" else await self._again(client, ask, key)
        if roll < 0.15 and ask.act in MAKES:
            self.deeds.other_payloads += 1
            other = Ask(ask.act, (Line(ask.lines[0].item, 3),), ttl_us=ask.ttl_us)
            await asyncio.gather(
                here.call(client, ask, key), there.call(f"{client}, other window", other, key)
            )
            return "unknown", None
        if roll < 0.18:
            self.deeds.hung_up += 1
            await here.call(client, ask, key, hang_up=True)
        return await self._again(client, ask, key)

    async def _again(self, client: str, ask: Ask, key: str) -> Ended:
        """Where no answer comes some gateway is asked once more, a few times."""
        ended: Ended = "unknown", None
        for desk in self.chance.choices(self.desks, k=SENDS_MAX):
            ended = await desk.call(client, ask, key)
            if ended[0] != "unknown":
                break
        return ended
