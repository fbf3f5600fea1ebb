"""What is to be measured."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and for how long each cell lasts."""

    small: int = 1_000
    large: int = 100_000
    seconds: float = 1.5
    lines: tuple[int, ...] = (1, 20, 100)
    connections: tuple[int, ...] = (1, 16, 64)
    turns: int = 5
    """What is compared is measured so often, in turns, and the middle one stands."""
    positions: int = 100_000
    event_requests: int = 60
    carts: int = 30_000
    rows: int = 400
    facts: int = 1_000_000
    inquiries: int = 20_000
    """So many are decided again by a simulation."""

    @classmethod
    def of(
        cls, items: int | None, seconds: float | None, *, quick: bool, inquiries: int | None = None
    ) -> Self:
        """What to measure: as chosen, and where nothing is chosen in full or quickly."""
        large = items or (2_000 if quick else 100_000)
        small = min(1_000, large)
        if not quick:
            return cls(small, large, seconds or 1.5, inquiries=inquiries or 20_000)
        return cls(
            small,
            large,
            seconds or 0.3,
            connections=(1, 16),
            turns=3,
            event_requests=10,
            carts=10_000,
            rows=100,
            facts=100_000,
            inquiries=inquiries or 2_000,
        )
