"""The inquiry log: every ask and all it rested on, durable before its answer leaves, many to a commit."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from uuid import UUID

import asyncpg

from datasources.store.unit import unavailable_is_typed
from rules.errors import DecidedBySettings, StoreUnavailable, TooBusy

BATCH_MAX = 500
WAITING_MAX = 10_000
KNOWN_SNAPSHOTS_MAX = 500_000


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One ask as it was decided. Texts are JSON; `skus` and `sequences` name the profiles read."""

    inquiry_id: UUID
    asked_at: datetime
    actor: str
    channel: str
    ask: str
    skus: tuple[str, ...]
    sequences: tuple[int, ...]
    watermarks: str
    setup_hash: str
    book_version: str
    outcome: str
    outcome_hash: str
    trace_id: str
    known_at: datetime | None = None
    """Decided by what was known then; None: by what was known when asked."""

    @property
    def decided_at(self) -> datetime:
        """The instant that was `now` for the decision."""
        return self.known_at or self.asked_at


COLUMNS = tuple(Inquiry.__dataclass_fields__)
_row = attrgetter(*COLUMNS)
Entry = tuple[Inquiry, dict[tuple[str, int], str], asyncio.Future[None]]


class InquiryLog:
    """Group commit: whoever asks while a commit is under way is in the next one."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._waiting: asyncio.Queue[Entry] = asyncio.Queue(WAITING_MAX)
        self._known: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._months: set[tuple[int, int]] = set()
        self._task: asyncio.Task[None] | None = None

    async def record(self, inquiry: Inquiry, contents: dict[tuple[str, int], str]) -> None:
        """The inquiry and the profiles it read are durable. Raises StoreUnavailable or TooBusy."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        unknown = {key: content for key, content in contents.items() if key not in self._known}
        try:
            self._waiting.put_nowait((inquiry, unknown, done))
        except asyncio.QueueFull:
            raise TooBusy(WAITING_MAX) from None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_waiting())
        await done

    async def close(self) -> None:
        """What was waiting is written."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _write_waiting(self) -> None:
        while not self._waiting.empty():
            count = min(BATCH_MAX, self._waiting.qsize())
            batch = [self._waiting.get_nowait() for _ in range(count)]
            try:
                await self._write(batch)
            except asyncio.CancelledError:
                _settle(batch, StoreUnavailable())
                raise
            except Exception as failed:  # noqa: BLE001  # every caller in the batch must hear of it
                _settle(batch, failed)
            else:
                _settle(batch, None)

    async def _write(self, batch: Sequence[Entry]) -> None:
        contents = dict(sorted({key: text for _, read, _ in batch for key, text in read.items()}.items()))
        months = {(inquiry.asked_at.year, inquiry.asked_at.month) for inquiry, _, _ in batch} - self._months
        rows = [_row(inquiry) for inquiry, _, _ in batch]
        async with unavailable_is_typed(), self._pool.acquire() as connection:
            if not contents and not months:  # a COPY by itself is a transaction
                await connection.copy_records_to_table("inquiry", records=rows, columns=COLUMNS)
                return
            async with connection.transaction():
                for month in months:
                    await _ensure_month(connection, month)
                skus, sequences = [key[0] for key in contents], [key[1] for key in contents]
                await connection.execute(KEEP_SNAPSHOTS, skus, sequences, list(contents.values()))
                await connection.copy_records_to_table("inquiry", records=rows, columns=COLUMNS)
        self._months |= months
        self._remember(contents)

    def _remember(self, contents: dict[tuple[str, int], str]) -> None:
        for key in contents:
            self._known[key] = None
        while len(self._known) > KNOWN_SNAPSHOTS_MAX:
            self._known.popitem(last=False)


async def _ensure_month(connection: asyncpg.Connection, month: tuple[int, int]) -> None:
    first = datetime(*month, 1, tzinfo=UTC)
    following = datetime(month[0] + month[1] // 12, month[1] % 12 + 1, 1, tzinfo=UTC)
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('inquiry month'))")
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS inquiry_{month[0]:04}_{month[1]:02} PARTITION OF inquiry"
        f" FOR VALUES FROM ('{_first_id(first)}') TO ('{_first_id(following)}')"
    )


def _settle(batch: Sequence[Entry], failed: BaseException | None) -> None:
    for _, _, done in batch:
        if done.cancelled():
            continue
        if failed is None:
            done.set_result(None)
        else:
            done.set_exception(failed)


def _first_id(instant: datetime) -> UUID:
    """The least id that can be given at an instant: its milliseconds, then zeros."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


KEEP_SNAPSHOTS = """
INSERT INTO profile_snapshot (sku, sequence, content)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]) ON CONFLICT DO NOTHING
"""
"""Sent in key order, so that two processes keeping the same profiles never wait for each other in a ring."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An inquiry with the contents needed to decide it again."""

    inquiry: Inquiry
    setup_content: str
    contents: dict[str, str]


async def find(pool: asyncpg.Pool, inquiry_id: UUID) -> Logged | None:
    """The logged inquiry with its set-up and profiles, or None. Raises DecidedBySettings."""
    async with unavailable_is_typed(), pool.acquire() as connection, connection.transaction(readonly=True):
        row = await connection.fetchrow("SELECT * FROM inquiry WHERE inquiry_id = $1", inquiry_id)
        if row is None:
            return None
        setup = await connection.fetchval(
            "SELECT content FROM setup WHERE setup_hash = $1", row["setup_hash"]
        )
        contents = await connection.fetch(
            "SELECT sku, content FROM profile_snapshot"
            " JOIN unnest($1::text[], $2::bigint[]) AS read(sku, sequence) USING (sku, sequence)",
            row["skus"],
            row["sequences"],
        )
    fields = {name: row[name] for name in COLUMNS} | {
        "skus": tuple(row["skus"]),
        "sequences": tuple(row["sequences"]),
    }
    if row["book_version"] is None:
        raise DecidedBySettings(str(inquiry_id))
    fields |= {name: at and at.astimezone(UTC) for name in ("asked_at", "known_at") if (at := row[name])}
    return Logged(Inquiry(**fields), setup, {found["sku"]: found["content"] for found in contents})
