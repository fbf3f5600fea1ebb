"""The only place a row is locked, always in key order, so that no two writers wait for each other."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def lock_profiles(tx: AsyncConnection, skus: Iterable[str]) -> None:
    """The items' profiles are ours until the transaction ends.

    An item without one gets an empty one first. Stock, lines and holds of an item are only written under
    this lock.
    """
    ordered = sorted(set(skus))
    if not ordered:
        return
    await tx.execute(
        text(
            "INSERT INTO profile (sku, sequence, content)"
            " SELECT sku, 0, '' FROM unnest(CAST(:skus AS text[])) AS sku ORDER BY sku ON CONFLICT DO NOTHING"
        ),
        {"skus": ordered},
    )
    await tx.execute(
        text("SELECT 1 FROM profile WHERE sku = ANY(CAST(:skus AS text[])) ORDER BY sku FOR UPDATE"),
        {"skus": ordered},
    )


async def lock_source(tx: AsyncConnection, source: str) -> None:
    """One whole load or batch of a source at a time; the next one waits."""
    await tx.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('source'), hashtext(:source))"), {"source": source}
    )
