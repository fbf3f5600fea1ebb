"""A log line stays one line, says which trace it belongs to, and cannot be forged from inside."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest

from telemetry.logs import MESSAGE_MAX, configure
from telemetry.spans import continued

log = logging.getLogger("earmark.test")
ATTACK = 'ok\n{"level": "error", "message": "forged"}\r\x1b[2J\x9b31m\u2028\u202e%s %d\x00'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def log_failure(message: str) -> None:
    log.error("it failed", exc_info=ValueError(message))


def lines_of(out: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_attack_in_a_message_is_one_line_of_json():
    out = io.StringIO()
    configure(stream=out)
    log.warning(ATTACK)
    (line,) = lines_of(out)
    assert line["message"] == ATTACK
    assert line["level"] == "warning"
    assert out.getvalue()[:-1].isprintable()


def test_an_attack_in_a_message_is_one_line_on_a_terminal():
    out = Terminal()
    configure(stream=out)
    log.warning(ATTACK)
    assert len(out.getvalue().splitlines()) == 1
    assert out.getvalue()[:-1].isprintable()
    assert "\\x1b[2J" in out.getvalue()


def test_an_attack_in_an_exception_cannot_pass_for_a_record():
    out = Terminal()
    configure(stream=out)
    log_failure("x\n12:00:00 INFO    earmark: all is well\x1b[2J")
    head, *rest = out.getvalue().splitlines()
    assert "it failed" in head
    assert rest
    assert all(line.startswith("    | ") and line.isprintable() for line in rest)


def test_a_traceback_is_inside_its_json_line():
    out = io.StringIO()
    configure(stream=out)
    log_failure("first\nsecond")
    (line,) = lines_of(out)
    assert line["error"].endswith("ValueError: first\nsecond")


def test_each_line_names_its_trace():
    out = io.StringIO()
    configure(stream=out)
    with continued("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        log.info("inside")
    log.info("outside")
    inside, outside = lines_of(out)
    assert inside["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert "trace_id" not in outside


def test_below_the_level_nothing_is_said_and_long_messages_are_cut():
    out = io.StringIO()
    configure("warning", stream=out)
    log.info("quiet")
    log.warning("x" * 1_000_000)
    (line,) = lines_of(out)
    assert len(line["message"]) == MESSAGE_MAX


def test_warnings_are_logged():
    out = io.StringIO()
    configure(stream=out)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        logging.captureWarnings(capture=False)
        configure(stream=out)
        warnings.warn("an old call", stacklevel=1)
    assert "an old call" in lines_of(out)[0]["message"]
