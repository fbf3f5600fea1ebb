"""Logs to stderr: one JSON object a line for machines, plain lines for a person at a terminal.

A line is a line whatever is in it: newlines, escape codes and other control characters of a message cannot
forge a second line or command a terminal.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from telemetry.spans import trace_id_hex

MESSAGE_MAX = 8_000


class JsonLines(logging.Formatter):
    """One JSON object a record, in ASCII, with the trace it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _instant(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:MESSAGE_MAX],
            "trace_id": trace_id_hex(),
            "error": self.formatException(record.exc_info)[-MESSAGE_MAX:] if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in line.items() if value is not None})


class PlainLines(logging.Formatter):
    """A short line a record; the lines of a traceback are indented, so that none can pass for a record."""

    def format(self, record: logging.LogRecord) -> str:
        trace = trace_id_hex()
        head = f"{_instant(record):%H:%M:%S} {record.levelname:<7} {record.name}: "
        lines = [head + _visible(record.getMessage()[:MESSAGE_MAX]) + (f" (trace {trace})" if trace else "")]
        if record.exc_info:
            stack = self.formatException(record.exc_info).splitlines()
            lines += [f"    | {_visible(line)}" for line in stack]
        return "\n".join(lines)


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Everything logged from now on, warnings included, goes to the stream in the form its reader wants."""
    out = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(out)
    handler.setFormatter(PlainLines() if out.isatty() else JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)


def _instant(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _visible(text: str) -> str:
    """Return the text with every character that is not printable written as its escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
