"""The process that evaluates rule tables: it reads questions from its input until that ends.

Run as `python -m gateway.worker.child BYTES SECONDS PARENT`: the most memory it may map, the longest a table
may take, and the gateway's process number. It ends with that gateway, in whatever way that ends: its input
closes, on Linux the kernel ends it, and elsewhere the alarm of the table it is at does.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from gateway.worker.frames import framed, heading, heading_in, read_frame
from rules.answers import Answers, encode
from rules.cells import TooManyCells
from rules.columns import Table
from rules.problems import BadTable
from rules.rulesets import EngineLimit
from rules.table import read_table

Evaluate = Callable[[Table], Answers]

GRACE_SECONDS = 5
PDEATHSIG = 1


def serve(evaluate: Evaluate, argv: list[str]) -> None:
    """Every question has been answered, or the process has ended by what the engine did."""
    most, seconds, parent = (int(each) for each in argv)
    _bound(most)
    _end_with(parent)
    asked, told = sys.stdin.buffer, _output()
    while (question := _question(asked)) is not None:
        signal.alarm(seconds + GRACE_SECONDS)
        said, content = _answered(evaluate, *question)
        signal.alarm(0)
        told.write(heading(said | {"rss": rss_bytes()}) + framed(content))
        told.flush()


def _question(asked: BinaryIO) -> tuple[dict[str, Any], bytes, bytes] | None:
    frames = [read_frame(asked.read) for _ in range(3)]
    first, content, sheet = frames
    if first is None or content is None or sheet is None:
        return None
    return heading_in(first), content, sheet


def _answered(
    evaluate: Evaluate, asked: dict[str, Any], content: bytes, sheet: bytes
) -> tuple[dict[str, Any], bytes]:
    try:
        beside = None if asked["sheet"] is None else (asked["sheet"], sheet)
        return {"said": "answers"}, encode(evaluate(read_table(asked["file"], content, beside)))
    except BadTable as bad:
        problems = [
            [each.file, each.line, each.row, each.message, each.severity, each.code] for each in bad.problems
        ]
        return {"said": "problems", "problems": problems}, b""
    except (TooManyCells, EngineLimit) as beyond:
        return {"said": "limit", "message": beyond.message}, b""
    except MemoryError:
        return {"said": "memory"}, b""
    except Exception as failed:  # noqa: BLE001  the gateway is told whatever it was
        return {"said": "error", "message": f"{type(failed).__name__}: {failed}"[:500]}, b""


def rss_bytes() -> int:
    """The most memory this process has held so far.

    Linux hands the peak of who started a process on to it in `getrusage`, so its own book is read there.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        status = ""
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _output() -> BinaryIO:
    """The pipe to the gateway; what anything prints goes to the errors instead, where it harms nothing."""
    told = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return told


def _bound(most: int) -> None:
    """The process gets no more memory than that, and leaves no core behind."""
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with(parent: int) -> None:
    """On Linux the kernel kills this process when the gateway ends, even while the library hangs."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("The gateway has gone.")


def main() -> None:
    from rules.engine import evaluate

    serve(evaluate, sys.argv[1:])


if __name__ == "__main__":
    main()
