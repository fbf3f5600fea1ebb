"""The proof of what was promised: concurrent histories of reservations, judged without trusting the store."""

from gateway.prove.checker import Bounds, Judged, Report, check
from gateway.prove.findings import Finding
from gateway.prove.history import (
    NEVER,
    Ask,
    BadHistory,
    Books,
    Effect,
    Event,
    Given,
    History,
    Line,
    Outcome,
    Parts,
    Recorder,
    dump,
    load,
    merged,
)
from gateway.prove.report import told

__all__ = [
    "NEVER",
    "Ask",
    "BadHistory",
    "Books",
    "Bounds",
    "Effect",
    "Event",
    "Finding",
    "Given",
    "History",
    "Judged",
    "Line",
    "Outcome",
    "Parts",
    "Recorder",
    "Report",
    "check",
    "dump",
    "load",
    "merged",
    "told",
]
