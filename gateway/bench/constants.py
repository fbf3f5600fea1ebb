"""Constants in place of the rule book: what the shipped one says of the bench's company, never looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from datasources.store.snapshot import SnapshotReader
from rules.company import Keeping, Manner, Policy, Setup, Silence, SourceAge, Sourcing, Standing, SupplyChoice

COUNTS = SupplyChoice()
SERVED = Sourcing(horizon_days=90)
FREE = Manner()
POLICY = Policy(
    supply=lambda _kind, _ownership, _firmness, _days_overdue: COUNTS,
    promisable=lambda _what, _code: True,
    horizon_days=90,
)


@dataclass(frozen=True, slots=True)
class Constants:
    """Everything counts and every site serves everybody."""

    def basis(self, now: datetime) -> object:  # noqa: ARG002  # the same at any time
        """The same at any time."""
        return None

    def limits_orders(self) -> bool:
        """No site ships only so many orders a day."""
        return False

    def policy_at(self, site_id: str, item_class: str, now: datetime) -> Policy:  # noqa: ARG002
        """The same everywhere."""
        return POLICY

    def sourcing(self, channel: str, site_id: str, item_class: str, now: datetime) -> Sourcing:  # noqa: ARG002
        """The same for everybody."""
        return SERVED

    def manner(self, channel: str, site_id: str, item_class: str, now: datetime) -> Manner:  # noqa: ARG002
        """As it comes."""
        return FREE

    def may_bring(self, from_site: str, to_site: str, item_class: str, now: datetime) -> bool:  # noqa: ARG002
        return False

    def standing(self, channel: str, site_id: str, item_class: str, now: datetime) -> Standing:  # noqa: ARG002
        """Shown, and no more."""
        return "quote"

    def keeping(
        self,
        channel: str,  # noqa: ARG002
        site_id: str,  # noqa: ARG002
        item_class: str,  # noqa: ARG002
        days_late: int,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> Keeping:
        """The same for everybody."""
        return Keeping()

    def grace_days(self, site_id: str, item_class: str, now: datetime) -> int:  # noqa: ARG002
        """None."""
        return 0

    def seen_by(self, site_id: str, what: str, code: str, now: datetime) -> frozenset[str]:  # noqa: ARG002
        """Nobody: it is not asked for."""
        return frozenset()

    def silent(self, ages: Sequence[SourceAge], now: datetime) -> Mapping[str, Silence]:  # noqa: ARG002
        """None ever is."""
        return {}


class ConstantReader(SnapshotReader):
    """Reads for decisions as ever, and prepares them for constants."""

    async def _read_setup(self, connection: Any, setup_hash: str, version: str | None) -> Setup:
        read = await super()._read_setup(connection, setup_hash, version)
        setup = self._setups[setup_hash, version] = replace(read, choices=Constants())
        return setup
