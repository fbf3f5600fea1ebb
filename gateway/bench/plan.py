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
    positions: int = 100_000
    event_requests: int = 60

    @classmethod
    def of(cls, items: int | None, seconds: float | None, *, quick: bool) -> Self:
        """What to measure: as chosen, and where nothing is chosen in full or quickly."""
        large = items or (5_000 if quick else 100_000)
        return cls(min(1_000, large), large, seconds or (0.3 if quick else 1.5))
