"""What every flow is handed: the open store and its readers and writers."""

from dataclasses import dataclass

from datasources.store.inquiries import InquiryLog
from datasources.store.snapshot import SnapshotReader
from datasources.store.unit import Store


@dataclass(frozen=True, slots=True)
class Deps:
    store: Store
    snapshots: SnapshotReader
    inquiries: InquiryLog


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a person or system, in which roles, for which channels (None is every channel)."""

    person: str
    roles: frozenset[str]
    channels: frozenset[str] | None

    def may_see_channel(self, channel: str) -> bool:
        return self.channels is None or channel in self.channels
