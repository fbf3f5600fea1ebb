"""Whether this process lives, and whether it can answer: the store is there and we are not shutting down."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from datasources.store.unit import Store
from rules.errors import StoreUnavailable

PATIENCE_S = 1.0


@dataclass(slots=True)
class Health:
    store: Store
    is_leaving: bool = False

    async def live(self, _: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(self, _: Request) -> Response:
        if self.is_leaving:
            return JSONResponse({"status": "leaving"}, 503)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.store.answers()
        except (StoreUnavailable, TimeoutError):
            return JSONResponse({"status": "the store does not answer"}, 503)
        return JSONResponse({"status": "ready"})
