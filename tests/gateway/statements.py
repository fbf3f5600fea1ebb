"""What a client says to PostgreSQL, read off the wire: every statement that is run, by whichever driver."""

STARTUP_HEAD, HEAD = 4, 5
ASKS_FOR_TLS = (80877103).to_bytes(4)


class Statements:
    """One connection's. Fed the bytes sent to the server, it gives the text of each statement that is run."""

    def __init__(self) -> None:
        self._waiting = b""
        self._has_started = False
        self._prepared: dict[bytes, str] = {}

    def read(self, sent: bytes) -> list[str]:
        """The statements run by these bytes: plain ones, and prepared ones each time they are executed."""
        self._waiting += sent
        found = []
        while (message := self._message()) is not None:
            kind, body = message
            if kind == b"Q":
                found.append(_plain(body.rstrip(b"\0")))
            elif kind == b"P":
                name, text = body.split(b"\0")[:2]
                self._prepared[name] = _plain(text)
            elif kind == b"B":
                found.append(self._prepared[body.split(b"\0")[1]])
        return found

    def _message(self) -> tuple[bytes, bytes] | None:
        head = HEAD if self._has_started else STARTUP_HEAD
        if len(self._waiting) < head:
            return None
        end = head + int.from_bytes(self._waiting[head - 4 : head]) - 4
        if len(self._waiting) < end:
            return None
        message, self._waiting = self._waiting[:end], self._waiting[end:]
        if not self._has_started:
            self._has_started = message[STARTUP_HEAD:] != ASKS_FOR_TLS
            return b"", b""
        return message[:1], message[HEAD:]


def _plain(text: bytes) -> str:
    return " ".join(text.decode().split())
