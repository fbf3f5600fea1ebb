"""What one gateway process is told at its start, from the command line and the environment."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` is the folder of the signing key and of the embedded database, which `database_url` replaces.

    `mark` is what a database made now is made for; with `must_be_marked` one made earlier must say the same.
    """

    data: Path
    database_url: str | None = None
    mark: str = "production"
    must_be_marked: bool = False
    today: date | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    otlp_endpoint: str | None = None

    @property
    def has_database(self) -> bool:
        """Whether there is something to open; otherwise opening makes it."""
        return self.database_url is not None or (self.data / "database" / "data").exists()


def default_data(name: str) -> Path:
    """The folder that is used where none is named: hidden in the checkout, one for each purpose."""
    return CHECKOUT / ".earmark" / name


def database_url() -> str | None:
    """DATABASE_URL, if it is set."""
    return os.environ.get("DATABASE_URL") or None


def otlp_endpoint() -> str | None:
    """Where spans are exported to, by OpenTelemetry's own variable."""
    return os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None
