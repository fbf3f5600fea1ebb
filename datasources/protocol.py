"""The one seam to outside systems. A connector is anything with these members."""

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from datasources.facts import Row, SetAside


class Source(Protocol):
    """A system that can state what it knows as at a day.

    `states` names the kinds of fact it states completely: stock, hold, supply, demand, safety_stock,
    forecast, allocation. A line of such a kind that is absent from what `read` yields is closed; a difference
    of stock becomes a move. Master facts (items, aliases, calendars, sites, channels, settings, lots, kits,
    what else may be sent) are only ever added or changed.
    """

    @property
    def name(self) -> str: ...

    @property
    def states(self) -> frozenset[str]: ...

    def read(self, day: date) -> Iterator[Row | SetAside]:
        """Yield every fact as at `day`, master facts first, and bad rows with file, line and reason."""
        ...
