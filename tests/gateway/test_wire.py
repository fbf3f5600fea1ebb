"""Bytes on a real socket: what a proxy and we might read differently is refused, and nobody is waited for."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.requests import Request
from starlette.types import Message

from gateway.app import build_app
from gateway.health import Health
from gateway.request import BadRequest, read_request
from gateway.serving import Draining, _config, listen
from gateway.wire import HEAD_BYTES_MAX, BoundedProtocol
from tests.application import Client
from tests.gateway.requests import LEAKS, SITES, bearer

PATIENCE_S = 5
BODY = f'{{"query": "{SITES}"}}'.encode()
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)


class Impatient(BoundedProtocol):
    """As in production, but a head has to come within a tenth of a second."""

    head_wait_s = 0.1


class Line:
    """A way to send bytes to the application and to hear what it answers."""

    def __init__(self, port: int, client: Client) -> None:
        self.port = port
        self._token = b"Authorization: %b\r\n" % bearer(client)["authorization"].encode()

    def head(self, start: bytes = b"POST /graphql HTTP/1.1\r\nHost: earmark\r\n") -> bytes:
        return start + b"Content-Type: application/json\r\n" + self._token

    async def send(self, *parts: bytes, until: bytes = b"never said") -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        heard = b""
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            async with asyncio.timeout(PATIENCE_S):
                while until not in heard and (more := await reader.read(65_536)):
                    heard += more
        except ConnectionError:
            pass
        finally:
            writer.close()
        return heard


@asynccontextmanager
async def listening(client: Client, keys, protocol: type[BoundedProtocol]) -> AsyncIterator[Line]:
    """The application behind a real socket."""
    health, ready = Health(client.deps.store), asyncio.Event()
    door = listen("127.0.0.1", 0)
    server = Draining(_config(build_app(client.deps, keys, health), protocol), health, ready.set)
    answering = asyncio.create_task(server.serve(sockets=[door]))
    await ready.wait()
    yield Line(door.getsockname()[1], client)
    server.should_exit = True
    await answering


@pytest.fixture(scope="module")
async def line(demo, keys) -> AsyncIterator[Line]:
    async with listening(demo, keys, BoundedProtocol) as line:
        yield line


async def test_a_plain_request_is_answered(line):
    heard = await line.send(line.head() + LENGTH + b"Connection: close\r\n\r\n" + BODY)
    assert heard.startswith(b"HTTP/1.1 200 OK")
    assert b'"data":{"sites":[{"site":"' in heard
    assert b"server:" not in heard


@pytest.mark.parametrize(
    "rest",
    [
        LENGTH + CHUNKED + b"\r\n" + CHUNKS,
        CHUNKED + LENGTH + b"\r\n" + CHUNKS,
        LENGTH + b"Content-Length: 5\r\n\r\n" + BODY,
        LENGTH + LENGTH + b"\r\n" + BODY,
        b"Content-Length: +%d\r\n\r\n" % len(BODY) + BODY,
        b"Content-Length: 31, 31\r\n\r\n" + BODY,
        b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKS,
        b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS,
        b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKS,
        CHUNKED + b"\r\nzz\r\n" + BODY,
        CHUNKED + b"\r\n-5\r\n" + BODY,
        b"X-Folded: a\r\n b\r\n" + LENGTH + b"\r\n" + BODY,
        b"X-Spaced : a\r\n" + LENGTH + b"\r\n" + BODY,
        b"X-Nul: a\0b\r\n" + LENGTH + b"\r\n" + BODY,
        b"X-Escape: a\x1b[31mb\r\n" + LENGTH + b"\r\n" + BODY,
        b"Host: other\r\n" + LENGTH + b"\r\n" + BODY,
    ],
)
async def test_what_two_might_read_differently_is_refused_and_the_connection_closed(line, rest):
    """Two lengths, a length and chunks, folded or dirty headers, two hosts: smuggling begins there."""
    heard = await line.send(line.head() + rest)
    assert heard.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in heard
    assert not [leak for leak in LEAKS if leak.encode() in heard]


@pytest.mark.parametrize(
    "host", [b"", b"Host:\r\n", b"Host: earmark/x?y\r\n", b"Host: a b\r\n", b"Host: a@b\r\n"]
)
async def test_a_request_names_one_host_and_nothing_else(line, host):
    heard = await line.send(line.head(b"POST /graphql HTTP/1.1\r\n" + host) + LENGTH + b"\r\n" + BODY)
    assert heard.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "bytes_", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"\0" * 100, b"HELO\r\n\r\n"]
)
async def test_another_protocol_is_refused(line, bytes_):
    assert (await line.send(bytes_)).startswith(b"HTTP/1.1 400 ")


async def test_an_old_client_is_answered_and_let_go(line):
    """HTTP/1.0 knows no host and no second request."""
    heard = await line.send(
        line.head(b"POST /graphql HTTP/1.0\r\nConnection: keep-alive\r\n") + LENGTH + b"\r\n" + BODY
    )
    assert heard.startswith(b"HTTP/1.1 200 OK")


async def test_names_that_a_stranger_forwards_are_not_believed(line):
    """Neither an address in the request line nor X-Forwarded-* leads anywhere, and none is echoed."""
    start = b"POST http://evil.example/graphql HTTP/1.1\r\nHost: earmark\r\n"
    forwarded = b"X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n"
    heard = await line.send(
        line.head(start) + forwarded + LENGTH + b"Connection: close\r\n\r\n" + BODY,
    )
    assert heard.startswith(b"HTTP/1.1 200 OK")
    assert b"evil" not in heard


async def test_a_websocket_is_not_opened(line):
    upgrade = b"GET /graphql HTTP/1.1\r\nHost: earmark\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    heard = await line.send(line.head(upgrade) + b"\r\n", until=b"traceId")
    assert heard.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("header", [b"X-Long: " + b"a" * 1_000_000, b"X-A: a\r\n" * 100_000])
async def test_a_head_that_does_not_end_is_cut_off(line, header):
    """Whoever sends it has shown no token yet, so it must not fill the memory."""
    heard = await line.send(*(header[start : start + 8_000] for start in range(0, len(header), 8_000)))
    assert heard == b"" or f"larger than {HEAD_BYTES_MAX}".encode() in heard or b" 400 " in heard


async def test_a_head_that_dribbles_in_is_not_waited_for(demo, keys):
    """Nor one that never begins: an open connection costs memory."""
    async with listening(demo, keys, Impatient) as line:
        began = time.monotonic()
        assert await line.send(b"") == b""
        assert await line.send(line.head()) == b""
        assert time.monotonic() - began < PATIENCE_S
        assert (await line.send(line.head() + LENGTH + b"\r\n" + BODY, until=b"traceId")) != b""


async def test_a_body_that_dribbles_in_is_not_waited_for():
    """The caller is told, if he is still there."""
    pieces = asyncio.Queue[Message]()
    pieces.put_nowait({"type": "http.request", "body": BODY[:5], "more_body": True})
    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(BadRequest) as refused:
        await read_request(Request(scope, pieces.get), wait_max_s=0.05)
    assert refused.value.status == 408


async def test_a_caller_who_hangs_up_is_no_fault_of_ours(line, caplog):
    """In the middle of the body, and in the middle of the answer: nothing is logged as an error."""
    await line.send(line.head() + LENGTH + b"\r\n" + BODY[:5], until=b"")
    await line.send(line.head() + LENGTH + b"\r\n" + BODY, until=b"")
    assert (await line.send(line.head() + LENGTH + b"Connection: close\r\n\r\n" + BODY)) != b""
    assert caplog.records == []
