"""What is available to promise of a whole catalogue, day by day, a few items in memory at a time."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass

from datasources.store.whole import WholeCatalogue, whole_catalogue
from resolvers.flows.deps import Deps
from rules.bulk import free_rows
from rules.methods import atp_row
from rules.model import Profile
from rules.position import Drawn, SitePosition, drawn_everywhere, owing_kits, prepare, together

BATCH = 500
"""Items worked out at a time."""


@dataclass(frozen=True, slots=True)
class SitePlan:
    """One item at one site: its rows, and what is available to promise on each day of them."""

    sku: str
    precision: int
    rows: Drawn | SitePosition
    atp: Sequence[int]


async def plan_all(deps: Deps) -> AsyncGenerator[SitePlan, None]:
    """Every item at every site that holds, expects or owes it, by sku and site, all as of one moment.

    Raises StoreUnavailable.
    """
    async with whole_catalogue(deps.store.pool) as whole:
        last = ""
        while batch := await whole.after(last, BATCH):
            last = batch[-1].sku
            for plan in await _planned(batch, whole):
                yield plan


async def plan_some(deps: Deps, skus: Sequence[str]) -> list[SitePlan]:
    """Those of the items that exist, in the same way. Raises StoreUnavailable."""
    async with whole_catalogue(deps.store.pool) as whole:
        return await _planned(await whole.of(skus), whole)


async def _planned(batch: Sequence[Profile], whole: WholeCatalogue) -> list[SitePlan]:
    parts = await whole.of(part.sku for item in batch for part in item.parts)
    kits = list(_of_kits([item for item in batch if item.parts], parts, whole))
    others = _at_once([item for item in batch if not item.parts], whole)
    return sorted([*kits, *others], key=lambda plan: (plan.sku, plan.rows.site_id))


def _at_once(items: Sequence[Profile], whole: WholeCatalogue) -> list[SitePlan]:
    """Items that are no kits: their rows are added up together."""
    setup, now, silent = whole.setup, whole.now, whole.silent
    drawn = [
        (item, rows)
        for item in items
        for rows in drawn_everywhere(owing_kits(item, setup, now), setup, now, silent)
    ]
    free = free_rows([rows for _, rows in drawn])
    return [
        SitePlan(item.sku, item.precision, rows, atp) for (item, rows), atp in zip(drawn, free, strict=True)
    ]


def _of_kits(kits: Sequence[Profile], parts: Sequence[Profile], whole: WholeCatalogue) -> Iterator[SitePlan]:
    """Kits, each beside its parts: finished ones and sets."""
    setup, now, silent = whole.setup, whole.now, whole.silent
    positions = together({item.sku: prepare(item, setup, now, silent) for item in (*parts, *kits)})
    for kit in kits:
        item = positions[kit.sku]
        for rows in item.sites:
            yield SitePlan(kit.sku, kit.precision, rows, atp_row(item, rows))
