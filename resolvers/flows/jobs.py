"""Work that takes longer than a request may: it runs beside everything else, one after the other."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from rules.errors import NotFound, Refusal, TooManySimulations

log = logging.getLogger(__name__)

KEPT_MAX = 10
"""Jobs kept to be looked at; the oldest that has ended goes first."""
WAITING_MAX = 5


@dataclass(slots=True)
class Job:
    """How far something is, and in the end what it `found` or why it `failed`."""

    job_id: str
    about: str
    by: str
    done: int = 0
    of: int = 0
    found: Any = None
    failed: str = ""

    @property
    def has_ended(self) -> bool:
        return self.found is not None or bool(self.failed)


@dataclass(slots=True)
class Jobs:
    """The jobs of one gateway. What it has not finished when it stops is lost; nothing else is."""

    by_id: OrderedDict[str, Job] = field(default_factory=OrderedDict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, about: str, by: str, work: Callable[[Job], Awaitable[object]]) -> Job:
        """The work is under way, or waits for its turn. Raises TooManySimulations."""
        if sum(not job.has_ended for job in self.by_id.values()) > WAITING_MAX:
            raise TooManySimulations(WAITING_MAX)
        job = Job(str(uuid4()), about, by)
        self.by_id[job.job_id] = job
        self._forget()
        task = asyncio.create_task(self._run(job, work), name="job")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def find(self, job_id: str) -> Job:
        """The job. Raises NotFound, also once it was forgotten."""
        job = self.by_id.get(job_id)
        if job is None:
            raise NotFound("simulation", job_id[:80])
        return job

    async def close(self) -> None:
        """None runs any more."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _forget(self) -> None:
        ended = [job_id for job_id, job in self.by_id.items() if job.has_ended]
        for job_id in ended[: max(0, len(self.by_id) - KEPT_MAX)]:
            del self.by_id[job_id]

    async def _run(self, job: Job, work: Callable[[Job], Awaitable[object]]) -> None:
        async with self._turn:
            try:
                job.found = await work(job)
            except Refusal as refused:
                job.failed = str(refused)
            except Exception:
                log.exception("Job %s, %s, failed.", job.job_id, job.about)
                job.failed = "It failed for a reason of Earmark's own; the log of the gateway has it."
