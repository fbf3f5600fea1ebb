"""The only place a row is locked, always in key order, so that no two writers wait for each other."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import pegs
from datasources.store.unit import LOCK_TIMEOUT_MS


async def lock_profiles(tx: AsyncConnection, skus: Iterable[str]) -> set[str]:
    """The items' profiles are ours until the transaction ends; those that had none, and must be rebuilt.

    Stock, lines and holds of an item are only written under this lock. With a kit come its components: what
    is owed of it is owed of them. With an item come those whose promises rest on it.
    """
    chosen = set(skus)
    known = await pegs.concerned(tx, chosen)
    made = await _lock(tx, known)
    # While we waited for a kit's lock it may have been put together otherwise; from here on it cannot be.
    return made | await _lock(tx, await pegs.concerned(tx, chosen) - known)


async def _lock(tx: AsyncConnection, skus: set[str]) -> set[str]:
    if not skus:
        return set()
    ordered = sorted(skus)
    made = await tx.execute(
        text(
            "INSERT INTO profile (sku, sequence, content)"
            " SELECT sku, 0, '' FROM unnest(CAST(:skus AS text[])) AS sku ORDER BY sku ON CONFLICT DO NOTHING"
            " RETURNING sku"
        ),
        {"skus": ordered},
    )
    await tx.execute(
        text("SELECT 1 FROM profile WHERE sku = ANY(CAST(:skus AS text[])) ORDER BY sku FOR UPDATE"),
        {"skus": ordered},
    )
    return set(made.scalars())


async def lock_source(tx: AsyncConnection, source: str) -> None:
    """One whole load of a source at a time; the next one waits for it, as long as a statement may take."""
    await tx.execute(text("SET LOCAL lock_timeout = 0"))
    await tx.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('source'), hashtext(:source))"), {"source": source}
    )
    await tx.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))


async def lock_rule_books(tx: AsyncConnection) -> None:
    """No other transaction adds a step of a rule book until this one ends."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(hashtext('rule books'), 0)"))


async def lock_promised(driver: Any, held: Mapping[str, int]) -> list[Any]:
    """The profiles of these items are ours, on an asyncpg connection; rows of sku, sequence and content.

    The content is null where the sequence is the one held. An item without a profile has nothing to
    promise and no row.
    """
    rows: list[Any] = await driver.fetch(LOCK_PROMISED, list(held), list(held.values()))
    return rows


async def lock_slots(driver: Any, sites: Iterable[str]) -> None:
    """The slots of these sites are ours, on an asyncpg connection; the profiles must be locked before.

    A site is locked for all its days: which of them a decision will try is not known before it.
    """
    ordered = sorted(set(sites))
    await driver.execute(MAKE_SLOT_SITES, ordered)
    await driver.execute(LOCK_SLOT_SITES, ordered)


MAKE_SLOT_SITES = """
INSERT INTO slot_site SELECT site_id FROM unnest($1::text[]) AS site_id ORDER BY site_id
ON CONFLICT DO NOTHING
"""
LOCK_SLOT_SITES = "SELECT 1 FROM slot_site WHERE site_id = ANY($1::text[]) ORDER BY site_id FOR UPDATE"
LOCK_PROMISED = """
SELECT profile.sku, profile.sequence,
  CASE WHEN profile.sequence <> held.sequence THEN profile.content END AS content
FROM profile JOIN unnest($1::text[], $2::bigint[]) AS held(sku, sequence) USING (sku)
ORDER BY profile.sku FOR UPDATE OF profile
"""
