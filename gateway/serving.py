"""`earmark serve`: the store is opened and loaded, requests are answered, a signal drains it and stops."""

import asyncio
import itertools
import logging
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from datasources.facts import Event
from datasources.protocol import Source
from datasources.store import clock, spans
from datasources.store.sources import heard_of
from gateway.app import build_app
from gateway.collector import settle
from gateway.health import Health
from gateway.runtime import Runtime, Say, opened
from gateway.settings import Settings
from gateway.wire import BoundedProtocol
from resolvers.flows import history
from resolvers.flows.receive import finish_waiting
from resolvers.flows.slip_rounds import review_waiting
from resolvers.flows.sync import LoadReport, sync
from rules.calendar import local_day
from rules.errors import StoreUnavailable

log = logging.getLogger(__name__)

Past = Callable[[], Iterable[Event]]
"""Movements of the past, made when they are asked for."""

DRAIN_S = 10
HOUSEKEEPING_S = 10
ROUNDS_BETWEEN_SWEEPS = 360


class PortTaken(RuntimeError):
    """The address cannot be listened on."""


class Draining(uvicorn.Server):
    """Says when it is ready; readiness turns false before the last requests are waited for."""

    def __init__(self, config: uvicorn.Config, health: Health, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._health = health
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None are captured: the command hears them, also before and after anything is answered."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._health.is_leaving = True
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A socket listening there. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as taken:
        listening.close()
        raise PortTaken(
            f"{host}:{port} cannot be used ({taken.strerror}). Try another with --port."
        ) from taken
    listening.setblocking(False)  # noqa: FBT003
    return listening


async def serve(
    settings: Settings,
    sources: Sequence[Source],
    say: Say,
    announce: Callable[[Runtime, int], None],
    *,
    once: bool,
    past: Past | None = None,
) -> None:
    """Serves until a signal comes. What was acknowledged is in the store, and nothing we started is left.

    With `once`, a source that was loaded before is not loaded again. `past` gives the movements before what
    the sources state; they are taken by a ledger that has not begun.
    """
    listening = listen(settings.host, settings.port)
    async with opened(settings, say) as runtime:
        heard = await _heard(runtime) if once else set()
        await load_all(runtime, [source for source in sources if source.name not in heard], say, past)
        await finish_waiting(runtime.deps)
        health = Health(runtime.deps.store)
        app = build_app(runtime.deps, runtime.keys, health)
        settle()
        server = Draining(_config(app), health, lambda: announce(runtime, listening.getsockname()[1]))
        keeping = asyncio.create_task(_keep_house(runtime), name="housekeeping")
        try:
            await _until_told_to_stop(server, listening)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


async def _until_told_to_stop(server: uvicorn.Server, listening: socket.socket) -> None:
    """Requests are answered until this task is cancelled, and then those that had begun."""
    answering = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    try:
        await asyncio.shield(answering)
    except asyncio.CancelledError:
        server.should_exit = True
        await answering


def _config(app: Starlette, protocol: type[BoundedProtocol] = BoundedProtocol) -> uvicorn.Config:
    """How HTTP is spoken: few words of our own, no forwarded names believed, time to drain."""
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # a stranger's bad request is no line of ours
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whoever stands before us may say who called, but not here
        timeout_graceful_shutdown=DRAIN_S,
    )


async def load_all(
    runtime: Runtime, sources: Sequence[Source], say: Say, past: Past | None = None
) -> list[LoadReport]:
    """The store agrees with the sources, one after the other; the past comes before what is there now."""
    if not sources:
        return []
    async with runtime.deps.store.reading() as tx:
        day = local_day(await clock.now(tx), "UTC")
    reports = []
    for source in sources:
        if past is not None and "stock" in source.states:
            await history.load(runtime.deps, past, say)
        reports.append(await sync(runtime.deps, source, day, say))
    return reports


async def _heard(runtime: Runtime) -> set[str]:
    async with runtime.deps.store.reading() as tx:
        return await heard_of(tx)


async def _keep_house(runtime: Runtime, every_s: float = HOUSEKEEPING_S) -> None:
    """Round after round, whatever befalls one of them."""
    for round_ in itertools.count():
        try:
            await _tidy(runtime, sweeps=round_ % ROUNDS_BETWEEN_SWEEPS == 0)
        except StoreUnavailable:
            log.warning("The store did not answer the housekeeping; it is tried again in %s s.", every_s)
        except Exception:
            log.exception("The housekeeping failed; it is tried again in %s s.", every_s)
        await asyncio.sleep(every_s)


async def _tidy(runtime: Runtime, *, sweeps: bool) -> None:
    """Events left half done by a process that died are finished; now and then old spans go.

    Then too it is looked at which promises rest on supply that has not come.
    """
    await finish_waiting(runtime.deps)
    if sweeps:
        await review_waiting(runtime.deps)
        await spans.drop_old(runtime.deps.store.pool)
