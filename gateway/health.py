"""Whether this process lives, and whether it can answer: the store is there and we are not shutting down."""

import asyncio
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from datasources.store.unit import Store
from rules.errors import StoreUnavailable

PATIENCE_S = 1.0


@dataclass(slots=True)
class Health:
    store: Store
    is_leaving: bool = False
    _looking: asyncio.Task[bool] | None = field(default=None, init=False)

    async def live(self, _: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(self, _: Request) -> Response:
        if self.is_leaving:
            return JSONResponse({"status": "leaving"}, 503)
        if not await self._store_answers():
            return JSONResponse({"status": "the store does not answer"}, 503)
        return JSONResponse({"status": "ready"})

    async def _store_answers(self) -> bool:
        """One look at a time, as one at a store that hangs lasts; nobody waits longer than PATIENCE_S."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(_answers(self.store), name="health")
        await asyncio.wait([self._looking], timeout=PATIENCE_S)
        return self._looking.done() and self._looking.result()


async def _answers(store: Store) -> bool:
    try:
        await store.answers()
    except StoreUnavailable:
        return False
    return True
