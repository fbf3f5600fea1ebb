"""What processes have used of the processors, as Linux tells it in /proc; elsewhere it is not known."""

import os
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
OWN = slice(11, 13)
OWN_AND_REAPED = slice(11, 15)
"""Of the fields after a process's name: time as user and system, and the same of children that have ended."""


def used_s(process: int) -> float | None:
    """Seconds of processor the process has used so far, all its threads together; None where not known."""
    return _seconds(process, OWN)


def used_by_server_s(postmaster: int) -> float | None:
    """Seconds a PostgreSQL server has used so far: every backend and helper, also those that have ended."""
    own = _seconds(postmaster, OWN_AND_REAPED)
    if own is None:
        return None
    return own + sum(_seconds(child, OWN) or 0.0 for child in _children(postmaster))


def _children(process: int) -> list[int]:
    told = Path(f"/proc/{process}/task/{process}/children")
    try:
        return [int(child) for child in told.read_text().split()]
    except OSError:
        return []


def _seconds(process: int, fields: slice) -> float | None:
    try:
        line = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return None
    after_name = line.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in after_name[fields]) / TICKS_PER_S


def resident_mb(process: int) -> float | None:
    """Megabytes of memory the process has; None where not known."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), None)
