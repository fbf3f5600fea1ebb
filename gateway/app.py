"""The process wired together: what answers at which path, and what runs beside it."""

from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.auth import Keys, Tokens
from gateway.console.examples import EXAMPLES
from gateway.console.routes import console_routes
from gateway.graphql_http import GraphQLEndpoint
from gateway.health import Health
from gateway.operation import Operations
from gateway.safe_headers import SafeHeaders
from resolvers.flows.deps import Deps
from resolvers.schema import build_schema

STATIC = Path(__file__).parent / "console" / "static"


def build_app(deps: Deps, keys: Keys, health: Health) -> Starlette:
    """The application over an open store."""
    endpoint = GraphQLEndpoint(Operations(build_schema()), Tokens(keys), deps, keys.cursor_secret)
    routes = [
        Route("/", _home),
        Route("/graphql", endpoint.__call__, methods=["GET", "POST"]),
        Route("/graphiql", _graphiql),
        Route("/graphiql/examples.json", _examples),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        *console_routes(deps, endpoint.tokens),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(SafeHeaders)])


async def _home(_: Request) -> Response:
    return RedirectResponse("/inquiries", status_code=302)


async def _graphiql(_: Request) -> Response:
    return FileResponse(STATIC / "graphiql" / "index.html", headers={"cache-control": "no-cache"})


async def _examples(_: Request) -> Response:
    return Response(orjson.dumps(EXAMPLES), media_type="application/json")
