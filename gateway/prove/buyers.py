"""Buyers who all come at once and do what goes wrong in shops: late, twice, crosswise, hanging up.

Beside them lorries come to the warehouse, and counts take out again what was not on them.
"""

import asyncio
import time
from dataclasses import dataclass

from gateway.prove.asking import Asking
from gateway.prove.deeds import NEAR_US
from gateway.prove.history import Ask, Line
from gateway.prove.shop import BASKET, BRIEF, HOT, LAST

SECOND_US = 1_000_000
HERE_AT_ONCE = 400
"""Buyers who are in the shop at one time."""
LAG_STEP_US = 15_000
BRIEF_TRIES = 3
LORRY_EVERY = 20
"""Buyers to a stock event."""
SENT_AGAIN_EVERY = 3
"""Stock events to one that is sent again though it was answered."""


@dataclass(slots=True)
class Buyers:
    """All of them, and whom they ask."""

    asking: Asking
    lag_us: int = 0
    """About the median of how long it took of late until what was sent was decided."""

    async def come(self, count: int, until: float) -> None:
        """So many more come, each once, while there is time by the monotonic clock; who has come finishes.

        Raises NobodyListens and Unexpected.
        """
        first = self.asking.deeds.came
        coming = iter(range(first, first + count))

        async def one_after_the_other() -> None:
            for number in coming:
                if time.monotonic() >= until:
                    return
                self.asking.deeds.came += 1
                if number % LORRY_EVERY == 0:
                    await self._come_with_goods(number // LORRY_EVERY)
                await self._buy(f"buyer {number}")

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(count, HERE_AT_ONCE)):
                    group.create_task(one_after_the_other())
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed  # whatever stopped the first stopped them all

    async def _come_with_goods(self, number: int) -> None:
        """Goods of the hot item come in, or a count finds less of it; then it is looked at."""
        client, comes = f"lorry {number}", number % 2 == 0
        units = self.asking.chance.choice((1, 2, 4, 6) if comes else (-1, -2))
        send = self.asking.send_again if number % SENT_AGAIN_EVERY == 0 else self.asking.send
        kind, _ = await send(client, Ask("receive", (Line(HOT, units),)))
        self.asking.deeds.received += kind == "ok" and comes
        self.asking.deeds.corrected += kind == "ok" and not comes
        await self.asking.read(client, HOT)

    async def _buy(self, client: str) -> None:
        await self._want_the_last(client)
        roll = self._rolls()
        if roll < 0.2:
            self.asking.deeds.baskets += 1
            turn = self.asking.chance.choice((1, -1))
            lines = tuple(Line(item, self.asking.chance.randint(1, 2)) for item in BASKET[::turn])
            ask = Ask("reserve", lines, ttl_us=self._lasting(2, 4))
        elif roll < 0.4:
            await self._want_briefly(client)
            return
        else:
            whole = self._rolls() < 0.75
            lines = (Line(HOT, self.asking.chance.randint(1, 2)),)
            ask = Ask("reserve", lines, whole=whole, ttl_us=self._lasting(2, 4))
        kind, outcome = await self.asking.send(client, ask)
        if self._rolls() < 0.3:
            await self.asking.read(client, *(line.item for line in ask.lines))
        if kind == "ok" and outcome is not None:
            for given in outcome.given:
                if given.reservation and given.expires_us is not None:
                    held = Line(given.item, None, given.reservation)
                    await self._go_on(client, held, int(given.quantity or 0), given.expires_us)

    async def _want_briefly(self, client: str) -> None:
        """Kept for a second, confirmed at its end and given back; who misses the end by far comes again."""
        for _ in range(BRIEF_TRIES):
            ask = Ask("reserve", (Line(BRIEF, 1),), ttl_us=SECOND_US)
            kind, outcome = await self.asking.send(client, ask)
            if kind != "ok" or outcome is None:
                return
            for given in outcome.given:
                held = Line(given.item, None, given.reservation)
                was_near = await self._confirm_near_the_end(client, held, given.expires_us or 0)
                await self.asking.send(client, Ask("release", (held,)))
                if was_near:
                    return

    async def _want_the_last(self, client: str) -> None:
        """One is wanted for good; half of those that are given leave at once."""
        kind, outcome = await self.asking.send(client, Ask("promise", (Line(LAST, 1),)))
        if outcome is not None and outcome.reason == "short":
            self.asking.deeds.sold_out += 1
        if kind == "ok" and outcome is not None:
            self.asking.deeds.promised += 1
            for given in outcome.given:
                if self._rolls() < 0.5:
                    await self._ship(client, Line(LAST, None, given.reservation))
        if self._rolls() < 0.05:
            await self.asking.read(client, LAST)

    async def _ship(self, client: str, held: Line) -> None:
        kind, _ = await self.asking.send(client, Ask("ship", (held,)))
        self.asking.deeds.shipped += kind == "ok"

    async def _change(self, client: str, held: Line, units: int) -> None:
        wanted = self.asking.chance.randint(1, 3)
        ask = Ask("change", (Line(held.item, wanted, held.reservation),))
        kind, outcome = await self.asking.send(client, ask)
        deeds = self.asking.deeds
        deeds.lowered += kind == "ok" and wanted <= units
        deeds.raised += kind == "ok" and wanted > units
        deeds.not_raised += outcome is not None and outcome.reason == "short"

    def _rolls(self) -> float:
        return self.asking.chance.random()

    def _lasting(self, shortest: int, longest: int) -> int:
        return self.asking.chance.randint(shortest, longest) * SECOND_US

    async def _go_on(self, client: str, held: Line, units: int, expires_us: int) -> None:
        roll, send = self._rolls(), self.asking.send
        if roll < 0.2:
            await self._confirm_near_the_end(client, held, expires_us)
        elif roll < 0.4:
            await send(client, Ask("confirm", (held,)))
            if self._rolls() < 0.5:
                await self._ship(client, Line(held.item, 1, held.reservation))
        elif roll < 0.5:
            some = self.asking.chance.choice((None, self.asking.chance.randint(1, max(1, units))))
            await send(client, Ask("release", (Line(held.item, some, held.reservation),)))
            await self.asking.read(client, held.item)
        elif roll < 0.85:
            await self._change(client, held, units)
        elif roll < 0.95:
            await send(client, Ask("extend", (held,), ttl_us=self._lasting(1, 3)))

    async def _confirm_near_the_end(self, client: str, held: Line, expires_us: int) -> bool:
        """It goes out so near to the end that only the database's clock can say on which side it fell.

        Whether it was decided that near.
        """
        at_us = expires_us + self.asking.chance.randint(-NEAR_US, NEAR_US) - self.lag_us
        await asyncio.sleep(max(0, at_us - _now_us()) / SECOND_US)
        sent_us = _now_us()
        kind, outcome = await self.asking.send(client, Ask("confirm", (held,)), in_turn=False)
        if outcome is None or outcome.at_us is None:
            return False
        longer = outcome.at_us - sent_us > self.lag_us
        self.lag_us = max(0, self.lag_us + (LAG_STEP_US if longer else -LAG_STEP_US))
        if abs(outcome.at_us - expires_us) > NEAR_US:
            return False
        deeds = self.asking.deeds
        deeds.near_the_end += 1
        deeds.before_the_end += kind == "ok"
        deeds.past_the_end += outcome.reason == "expired"
        return True


def _now_us() -> int:
    return time.time_ns() // 1000
