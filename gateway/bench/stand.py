"""The gateway under test, a process of its own, with variants of it at other paths.

    /graphql     as it is served
    /untraced    the same without spans
    /unlogged    the same without the inquiry log
    /constants   the same with constants in place of the rule book
    /memory      the same schema, the same document, one answer kept in memory: no store, nothing decided
    /echo        JSON read and written again on the same server

Run as `python -m gateway.bench.stand ORDER`; it prints its port and ends with its input, so it never outlives
who started it.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import orjson
import strawberry
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from datasources.store.inquiries import Inquiry, InquiryLog
from gateway import serving
from gateway.app import build_app
from gateway.auth import Tokens
from gateway.bench.company import CHANNEL, QUANTITY, WANTED_ON, sku
from gateway.bench.constants import ConstantReader
from gateway.collector import settle
from gateway.graphql_http import GraphQLEndpoint
from gateway.health import Health
from gateway.operation import Operations
from gateway.runtime import Runtime, opened
from gateway.settings import Settings
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.quote import Quote, quote
from resolvers.promises.queries import AvailabilityLineInput
from resolvers.promises.types import Availability
from resolvers.roles import EVERYONE, shown
from resolvers.scalars import SCALARS
from resolvers.schema import QuietSchema, build_schema
from rules.ask import RequestLine
from telemetry.spans import untraced


@dataclass(frozen=True, slots=True)
class Order:
    """The database to stand on, the folder of its keys, and the sizes of ask kept in memory."""

    url: str
    folder: str
    lines: Sequence[int]


class Unlogged(InquiryLog):
    """A log that keeps nothing."""

    async def record(self, inquiry: Inquiry, contents: dict[tuple[str, int], str]) -> None:
        """Nothing is kept."""


async def stand(order: Order) -> None:
    """Requests are answered until the input ends."""
    settings = Settings(Path(order.folder), database_url=order.url)
    async with opened(settings, lambda _: None) as runtime:
        app = build_app(runtime.deps, runtime.keys, Health(runtime.deps.store))
        app.routes[1:1] = await _variants(runtime, order.lines)
        await _answer_until_input_ends(app)


async def _answer_until_input_ends(app: Starlette) -> None:
    listening = serving.listen("127.0.0.1", 0)
    settle()
    server = uvicorn.Server(serving._config(app))  # noqa: SLF001  # served exactly as `earmark serve` does
    answering = asyncio.create_task(server.serve(sockets=[listening]))
    print(orjson.dumps({"port": listening.getsockname()[1]}).decode(), flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.buffer.read)
    server.should_exit = True
    await answering


async def _variants(runtime: Runtime, lines: Sequence[int]) -> list[Route]:
    schema = build_schema()

    def endpoint(schema: strawberry.Schema, deps: Deps) -> GraphQLEndpoint:
        return GraphQLEndpoint(Operations(schema), Tokens(runtime.keys), deps, runtime.keys.cursor_secret)

    as_served = endpoint(schema, runtime.deps)
    unlogged = replace(runtime.deps, inquiries=Unlogged(runtime.deps.store.pool))
    constant = replace(runtime.deps, snapshots=ConstantReader(runtime.deps.store.pool))
    await _answers_alike(runtime.deps, constant, max(lines))
    remembering = from_memory({count: await _one_quote(runtime.deps, count) for count in lines})

    async def without_spans(request: Request) -> Response:
        with untraced():
            return await as_served(request)

    return [
        Route("/untraced", without_spans, methods=["POST"]),
        Route("/unlogged", endpoint(schema, unlogged).__call__, methods=["POST"]),
        Route("/constants", endpoint(schema, constant).__call__, methods=["POST"]),
        Route("/memory", endpoint(remembering, runtime.deps).__call__, methods=["POST"]),
        Route("/echo", _echo, methods=["POST"]),
    ]


async def _answers_alike(by_book: Deps, by_constants: Deps, lines: int) -> None:
    """Nothing, where the book and the constants say the same: else they could not be compared."""
    one, other = [await _one_quote(deps, lines) for deps in (by_book, by_constants)]
    assert one.outcomes == other.outcomes, "the constants do not say what the shipped book says"


async def _one_quote(deps: Deps, lines: int) -> Quote:
    requests = [RequestLine(sku(number), Decimal(QUANTITY), WANTED_ON) for number in range(lines)]
    return await quote(deps, requests, CHANNEL, Caller("bench", frozenset({"storefront"}), None))


def from_memory(kept: Mapping[int, Quote]) -> strawberry.Schema:
    """A schema whose one query gives the kept answer to an ask of as many lines."""

    @strawberry.type(name="Query")
    class Remembering:
        @shown("The kept answer.", to=EVERYONE)  # type: ignore[untyped-decorator]
        async def availability(self, lines: list[AvailabilityLineInput], channel: str) -> Availability:  # noqa: ARG002  # as asked of the store
            return Availability.of(kept[len(lines)])

    config = StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True)  # type: ignore[arg-type]
    return QuietSchema(query=Remembering, config=config)


async def _echo(request: Request) -> Response:
    return Response(orjson.dumps(orjson.loads(await request.body())), media_type="application/json")


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(stand(Order(**orjson.loads(sys.argv[1]))))


if __name__ == "__main__":
    main()
