"""What a list is filtered by: the query string of its address, read strictly, with what to write instead."""

import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from starlette.datastructures import QueryParams

from rules.errors import Refusal

TEXT_MAX = 200


class BadFilter(Refusal):
    """A filter that cannot be read."""

    code = "BAD_FILTER"

    def __init__(self, what: str, said: str, instead: str) -> None:
        super().__init__(f"“{said[:40]}” cannot be read as {what}.", f"Go back and {instead}.")


def text(query: QueryParams, name: str) -> str | None:
    """The text, or None where the field was left empty."""
    said = unicodedata.normalize("NFC", query.get(name, "")).strip()
    if len(said) > TEXT_MAX or not said.isprintable():
        raise BadFilter("a name", said, f"write at most {TEXT_MAX} printable characters")
    return said or None


def is_on(query: QueryParams, name: str) -> bool:
    return query.get(name, "") not in ("", "0")


def day_start(query: QueryParams, name: str) -> datetime | None:
    """The first instant of the day, in UTC."""
    said = text(query, name)
    return None if said is None else datetime.combine(_day(said), time(), UTC)


def day_end(query: QueryParams, name: str) -> datetime | None:
    """The first instant after the day, in UTC."""
    start = day_start(query, name)
    return None if start is None else start + timedelta(days=1)


def instant(query: QueryParams, name: str) -> datetime | None:
    """The instant, in UTC: a browser's field for day and time has no zone."""
    said = text(query, name)
    if said is None:
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        found = None
    if found is None or not 1970 < found.year < 9000:
        raise BadFilter("a day and time", said, "write it as 2026-05-04T10:00, in UTC")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def least(query: QueryParams, name: str) -> float | None:
    """The least duration in milliseconds."""
    said = text(query, name)
    if said is None:
        return None
    try:
        found = float(said)
    except ValueError:
        found = -1
    if not 0 <= found <= 10**9:
        raise BadFilter("a duration", said, "write milliseconds, such as 250")
    return found


def position(query: QueryParams, name: str) -> int | None:
    """Which one of a list, counted from 1."""
    said = text(query, name)
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= 10**6):
        raise BadFilter("the number of a line", said, "use the links of the page")
    return int(said)


def place(query: QueryParams) -> UUID | None:
    """Where the page before ended."""
    said = text(query, "before")
    try:
        return None if said is None else UUID(said)
    except ValueError as bad:
        raise BadFilter("a place in this list", said or "", "start again from the newest") from bad


def _day(said: str) -> date:
    try:
        found = date.fromisoformat(said)
    except ValueError:
        found = date.min
    if not 1970 < found.year < 9000:
        raise BadFilter("a day", said, "write it as 2026-05-04")
    return found
