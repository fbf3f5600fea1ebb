"""GraphQL over plain HTTP/1.1 with the standard library: a few connections that are kept open."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

CONNECTIONS_MAX = 32
ANSWER_BYTES_MAX = 16_000_000
TIMEOUT_S = 30


class GatewayUnreachable(RuntimeError):
    """Nobody answers at the address, or not as a gateway would."""


class Refused(RuntimeError):
    """The gateway answered with an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Gateway(Protocol):
    """Whoever answers GraphQL."""

    async def ask(self, role: str, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer's data, asked in that role. Raises Refused and GatewayUnreachable."""
        ...


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class HttpGateway:
    """A gateway at an address, with a token for each role that will ask."""

    url: str
    tokens: Mapping[str, str]
    _idle: list[Streams] = field(default_factory=list)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS_MAX))

    async def ask(self, role: str, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer's data, asked in that role. Raises Refused and GatewayUnreachable."""
        body = orjson.dumps({"query": document, "variables": variables})
        try:
            async with self._room, asyncio.timeout(TIMEOUT_S):
                answer = orjson.loads(await self._post(self.tokens[role], body))
        except (OSError, ValueError, EOFError, TimeoutError) as failed:
            raise GatewayUnreachable(
                f"No gateway answers at {self.url} ({type(failed).__name__}). Start one with `make serve`, "
                "or name another with --url."
            ) from failed
        return data_of(answer)

    async def close(self) -> None:
        """No connection is open."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _post(self, token: str, body: bytes) -> bytes:
        """Return the body of the answer. Connections found closed are replaced: a request may be repeated."""
        while self._idle:
            with suppress(EOFError, ConnectionError):
                return await self._post_on(self._idle.pop(), token, body)
        return await self._post_on(await self._connect(), token, body)

    async def _post_on(self, streams: Streams, token: str, body: bytes) -> bytes:
        reader, writer = streams
        try:
            writer.write(self._head(token, len(body)) + body)
            await writer.drain()
            answer, stays_open = await _read_answer(reader)
        except BaseException:
            writer.close()
            raise
        if stays_open:
            self._idle.append((reader, writer))
        else:
            writer.close()
        return answer

    async def _connect(self) -> Streams:
        parts = urlsplit(self.url)
        secure = ssl.create_default_context() if parts.scheme == "https" else None
        port = parts.port or (443 if secure else 80)
        return await asyncio.open_connection(parts.hostname, port, ssl=secure)

    def _head(self, token: str, length: int) -> bytes:
        parts = urlsplit(self.url)
        lines = (
            f"POST {parts.path.rstrip('/')}/graphql HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Authorization: Bearer {token}",
            "Content-Type: application/json",
            f"Content-Length: {length}",
        )
        return "\r\n".join((*lines, "", "")).encode()


def data_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a GraphQL answer. Raises Refused for its first error."""
    errors = answer.get("errors")
    if errors:
        raise Refused(errors[0].get("extensions", {}).get("code", "ERROR"), errors[0]["message"])
    return dict(answer["data"])


async def _read_answer(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """Return the body, and whether the connection stays open. Raises ValueError and EOFError."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    length = int(headers["content-length"]) if "content-length" in headers else -1
    if not 0 <= length <= ANSWER_BYTES_MAX:
        raise ValueError(f"an answer of {length} bytes")
    return await reader.readexactly(length), headers.get("connection", "").lower() != "close"
