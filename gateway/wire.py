"""HTTP on the wire: uvicorn's protocol, with heads that are small, come at once and mean one thing."""

import asyncio
import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64_000
HOST = re.compile(rb"[A-Za-z0-9._~:\[\]-]{1,255}")


class BadHead(ValueError):
    """The head of a request cannot be taken; the parser answers 400 and the connection is closed."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Where a head is too long in bytes or in seconds, it ends."""

    head_wait_s = 10.0
    _head_bytes = 0
    _head_is_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_is_due is not None and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self.send_400_response(f"The head is larger than {HEAD_BYTES_MAX} bytes.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._has_head()
        hosts = self._values(b"host")
        if self.parser.get_http_version() == "1.1" and not (len(hosts) == 1 and HOST.fullmatch(hosts[0])):
            raise BadHead
        if self._values(b"transfer-encoding") not in ([], [b"chunked"]):
            raise BadHead
        super().on_headers_complete()

    def _values(self, name: bytes) -> list[bytes]:
        return [value for each, value in self.headers if each == name]

    def _await_head(self) -> None:
        self._has_head()
        self._head_bytes = 0
        self._head_is_due = self.loop.call_later(self.head_wait_s, self.transport.close)

    def _has_head(self) -> None:
        if self._head_is_due is not None:
            self._head_is_due.cancel()
            self._head_is_due = None
