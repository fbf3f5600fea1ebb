"""The books of the store as evidence: read after everything that was sent has come to its end."""

import asyncio
import time
from collections import Counter
from itertools import count
from typing import cast

from datasources.store import evidence
from datasources.store.unit import Store
from gateway.prove.history import NEVER, Act, Books, Effect, Parts
from gateway.prove.ledger import parted
from gateway.prove.wire import micros

LOOK_EVERY_S, LOOKS_MAX = 0.05, 600


class NeverQuiet(RuntimeError):
    """The database still worked after the last gateway had ended."""

    def __init__(self) -> None:
        seconds = LOOK_EVERY_S * LOOKS_MAX
        super().__init__(f"The database was still at work {seconds:.0f} s after the last gateway had ended.")


async def read_books(store: Store) -> Books:
    """The books, once no statement is under way any more. Raises NeverQuiet."""
    for _ in range(LOOKS_MAX):
        if not await evidence.at_work(store.pool):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    else:
        raise NeverQuiet
    began = time.time_ns() // 1000
    return books(await evidence.read(store.pool), began)


def books(found: evidence.Evidence, instant_us: int) -> Books:
    """The rows in the words of the checker."""
    moved = Counter[tuple[str, str]]()
    rows = (*map(_effect, found.rows), *map(_receipt, found.stated, count()))
    for effect, part in parted(rows):
        moved[effect.reservation, part] += effect.quantity
    return Books(
        instant_us,
        micros(found.at),
        found.on_hand,
        tuple(_parts(kept, moved) for kept in found.kept),
        rows,
        found.inquiries,
    )


def _parts(kept: evidence.Kept, moved: Counter[tuple[str, str]]) -> Parts:
    return Parts(
        kept.reservation,
        kept.sku,
        kept.quantity,
        active=kept.open if kept.state == "active" else 0,
        confirmed=kept.open if kept.state == "confirmed" else 0,
        released=moved[kept.reservation, "released"],
        shipped=moved[kept.reservation, "shipped"],
        expires_us=NEVER if kept.expires_at is None else micros(kept.expires_at),
    )


def _receipt(stated: evidence.Stated, place: int) -> Effect:
    return Effect(stated.event_id, "receive", stated.sku, stated.units, at_us=micros(stated.at), place=place)


def _effect(row: evidence.Row) -> Effect:
    return Effect(
        row.key,
        cast("Act", row.act),
        row.sku,
        row.units,
        row.reservation,
        None if row.expires_at is None else micros(row.expires_at),
        row.sequence,
        micros(row.at),
        row.place,
    )
