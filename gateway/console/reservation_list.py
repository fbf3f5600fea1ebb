"""The list of reservations: who keeps what, where it stands, and until when."""

from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import QueryParams
from starlette.responses import Response

from datasources.store import pages as rows
from datasources.store.reservation_pages import ReservationFilter, page_of_reservations
from gateway.console import filters
from gateway.console.pages import Frame, page
from resolvers.flows.deps import Deps
from resolvers.promises.reservations import reservation_of

PAGE = 50


async def reservation_list(deps: Deps, frame: Frame, query: QueryParams) -> Response:
    """The newest reservations the reader may see, as filtered."""
    assert frame.caller is not None, "pages are read by someone"
    where = ReservationFilter(
        filters.text(query, "sku"),
        filters.text(query, "channel"),
        filters.text(query, "order"),
        filters.text(query, "holder"),
        frame.caller.channels,
        filters.is_on(query, "keeps"),
    )
    before = filters.place(query)
    found, now = await page_of_reservations(deps.store.pool, where, before, PAGE + 1)
    async with deps.store.reading() as tx:
        items = await rows.items(tx, sorted({held.sku for held in found}))
    shown = [
        (reservation_of(held, now, items[held.sku]["precision"]), items[held.sku]["unit"])
        for held in found[:PAGE]
    ]
    older = found[PAGE - 1].reservation_id if len(found) > PAGE else None
    return page(
        "reservations.html",
        frame,
        found=shown,
        query=query,
        is_first=before is None,
        older=_address(query, older),
    )


def _address(query: QueryParams, older: UUID | None) -> str | None:
    """The address of the page that goes on from there, with the same filters."""
    if older is None:
        return None
    kept = {name: value for name, value in query.items() if name != "before" and value}
    return "/reservations?" + urlencode(kept | {"before": str(older)})
