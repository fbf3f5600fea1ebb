"""How clients of a proof ask: under one key until they are answered, late, twice, and hanging up."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.prove.deeds import Deeds
from gateway.prove.history import MAKES, Ask, Line
from gateway.prove.sending import Desk, Ended

SENDS_MAX, SEND_AGAIN_AFTER_S = 10, 0.5
OTHER_UNITS = 3
"""What a key is used again for; nobody asks for so many in the first place."""


@dataclass(slots=True)
class Asking:
    """The gateways, and everything anybody asks of them."""

    desks: Sequence[Desk]
    chance: random.Random
    deeds: Deeds = field(default_factory=Deeds)
    _keys: int = 0

    async def send(self, client: str, ask: Ask, *, in_turn: bool = True) -> Ended:
        """Until it is answered, under one key: to one gateway, to two at once, or hanging up in between.

        What is not sent `in_turn` goes out at this moment, however many calls are under way.
        """
        self._keys += 1
        key, roll = f"key {self._keys}", self.chance.random()
        here, there = self.chance.sample(self.desks, 2)
        if roll < 0.12:
            self.deeds.twice_at_once += 1
            ended, _ = await asyncio.gather(
                here.call(client, ask, key, in_turn=in_turn),
                there.call(f"{client}, other window", ask, key, in_turn=in_turn),
            )
            return ended if ended[0] != "unknown" else await self._again(client, ask, key)
        if roll < 0.15 and ask.act in MAKES | {"receive"}:
            self.deeds.other_payloads += 1
            other = replace(ask, lines=(Line(ask.lines[0].item, OTHER_UNITS),), whole=True)
            await asyncio.gather(
                here.call(client, ask, key), there.call(f"{client}, other window", other, key)
            )
            return "unknown", None
        if roll < 0.18:
            self.deeds.hung_up += 1
            await here.call(client, ask, key, hang_up=True)
        return await self._again(client, ask, key, in_turn=in_turn)

    async def send_again(self, client: str, ask: Ask) -> Ended:
        """Sent until it is answered, and then once more under the same key, as scanners do."""
        self._keys += 1
        key = f"key {self._keys}"
        await self._again(client, ask, key)
        return await self._again(f"{client}, once more", ask, key)

    async def _again(self, client: str, ask: Ask, key: str, *, in_turn: bool = True) -> Ended:
        """Where no answer comes some gateway is asked once more after a while, a few times."""
        for desk in self.chance.choices(self.desks, k=SENDS_MAX):
            ended = await desk.call(client, ask, key, in_turn=in_turn)
            if ended[0] != "unknown":
                return ended
            await asyncio.sleep(SEND_AGAIN_AFTER_S)
        return "unknown", None

    async def read(self, client: str, *items: str) -> None:
        """What is free of these items is read at some gateway, once."""
        desk = self.chance.choice(self.desks)
        kind, _ = await desk.call(client, Ask("read", tuple(Line(item) for item in items)), None)
        self.deeds.read += kind == "ok"
