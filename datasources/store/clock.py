"""The one clock: PostgreSQL's, shifted only in databases marked demo or test when they were made."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

import uuid_utils
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection


class ClockIsTrue(RuntimeError):
    """A production database keeps the true time."""

    def __init__(self) -> None:
        super().__init__(
            "This database was made for production, so its clock cannot be set. "
            "Use --today with --demo, or with a database made by `earmark migrate --mark test`."
        )


def new_id(now: datetime) -> UUID:
    """An id nobody else has, and whose order is that of the instants ids are made at."""
    return UUID(bytes=uuid_utils.uuid7(nanoseconds=int(now.timestamp() * 1_000_000) * 1000).bytes)


async def now(tx: AsyncConnection) -> datetime:
    """The instant by the one clock, UTC. Read it after the locks are held."""
    instant: datetime = (await tx.execute(text("SELECT earmark_now()"))).scalar_one()
    return instant.astimezone(UTC)


async def set_now(tx: AsyncConnection, instant: datetime) -> None:
    """From now on the clock ticks on from `instant`. Raises ClockIsTrue on a production database."""
    statement = text("UPDATE deployment SET clock_offset = CAST(:instant AS timestamptz) - clock_timestamp()")
    try:
        await tx.execute(statement, {"instant": instant})
    except IntegrityError as refused:
        raise ClockIsTrue from refused


async def start_day(tx: AsyncConnection, day: date) -> datetime:
    """The clock stands at 12:00 UTC of `day`, or just after the last thing recorded, if that is later.

    It never goes back behind what was recorded, so what was known when stays true over restarts.
    """
    noon = datetime.combine(day, time(12), UTC)
    latest = (await tx.execute(text(LATEST))).scalar_one()
    await set_now(tx, noon if latest is None else max(noon, latest))
    return await now(tx)


LATEST = """
SELECT greatest(
  (SELECT max(received_at) FROM inbox),
  (SELECT max(recorded_at) FROM stock_move),
  (SELECT max(heard_at) FROM watermark),
  (SELECT at FROM reservation_move ORDER BY move_id DESC LIMIT 1),
  (SELECT asked_at FROM inquiry ORDER BY inquiry_id DESC LIMIT 1))
"""


@dataclass(frozen=True, slots=True)
class ClockState:
    """What the database was made for, and whether its clock is not the true one."""

    mark: str
    is_shifted: bool


async def state(tx: AsyncConnection) -> ClockState:
    row = (
        await tx.execute(text("SELECT mark, clock_offset <> interval '0' AS shifted FROM deployment"))
    ).one()
    return ClockState(row.mark, row.shifted)
