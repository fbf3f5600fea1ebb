"""The whole application over a real store, spoken to over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from datasources.connectors.demo import DEMO_DAY, demo_sources
from datasources.store import clock
from gateway.app import build_app
from gateway.auth import Keys, Tokens, load_keys
from gateway.health import Health
from resolvers.flows.deps import Deps
from resolvers.flows.sync import sync
from tests.databases import Opened, administer, database_url, open_deps


@dataclass(frozen=True)
class Client:
    """A caller in one role."""

    http: httpx.AsyncClient
    tokens: Tokens
    deps: Deps
    role: str = "planner"
    channels: tuple[str, ...] | None = None

    def as_(self, role: str, *channels: str) -> "Client":
        return Client(self.http, self.tokens, self.deps, role, channels or None)

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        token = self.tokens.issue(f"a {self.role}", [self.role], self.channels)
        return await self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {token}"},
        )

    async def ask(self, query: str, **variables: Any) -> Any:
        """The answer's data; any error fails the test."""
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refused(self, query: str, **variables: Any) -> Any:
        """The first error."""
        return (await self.post(query, **variables)).json()["errors"][0]


def client_of(deps: Deps, keys: Keys) -> Client:
    app = build_app(deps, keys, Health(deps.store))
    transport = httpx.ASGITransport(app=app)
    return Client(httpx.AsyncClient(transport=transport, base_url="http://earmark"), Tokens(keys), deps)


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> Keys:
    return load_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
async def demo_template(server: str, template: str) -> str:
    """The demo company, loaded once; each test that wants it gets a copy."""
    await administer(server, f"CREATE DATABASE template_demo TEMPLATE {template}")
    deps = await open_deps(database_url(server, "template_demo"))
    async with deps.store.writing() as tx:
        await clock.start_day(tx, DEMO_DAY)
    for source in demo_sources():
        await sync(deps, source, DEMO_DAY, lambda _: None)
    await deps.store.close()
    return "template_demo"


@pytest.fixture(scope="session")
async def demo(server: str, demo_template: str, keys: Keys) -> AsyncIterator[Client]:
    """The demo company, for tests that only read it."""
    deps = await _copy(server, demo_template, "demo_read")
    client = client_of(deps, keys)
    yield client
    await _close(client)


@pytest.fixture
async def own_demo(server: str, demo_template: str, keys: Keys) -> AsyncIterator[Client]:
    """The demo company, this test's own copy."""
    deps = await _copy(server, demo_template, "demo_own")
    client = client_of(deps, keys)
    yield client
    await _close(client)
    await administer(server, "DROP DATABASE demo_own WITH (FORCE)")


async def _copy(server: str, template: str, name: str) -> Deps:
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return await open_deps(database_url(server, name))


async def _close(client: Client) -> None:
    await client.http.aclose()
    await client.deps.inquiries.close()
    await client.deps.store.close()


@pytest.fixture
async def client(opened: Opened, keys: Keys) -> AsyncIterator[Client]:
    """A caller of an empty company of this test's own."""
    caller = client_of(opened.deps, keys)
    yield caller
    await caller.http.aclose()
