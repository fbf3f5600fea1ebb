"""Lists by pages and ids that name their type, as Relay has them. Cursors are sealed: only ours are taken."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry

from resolvers.roles import EVERYONE, roles, shown
from rules.errors import BadCursor, BadPage, NotFound

PAGE_MAX = 200
PAGE = 50
_SEAL_BYTES = 12

T = TypeVar("T")

WHICH = strawberry.argument(description="Which rows; left out: all.")
First = Annotated[int | None, strawberry.argument(description="How many rows, 1 to 200; left out: 50.")]
After = Annotated[
    str | None,
    strawberry.argument(description="The `endCursor` of the page before; left out: from the start."),
]


@strawberry.interface(description="Anything that has an id of its own.", directives=[roles(EVERYONE)])
class Node:
    id: strawberry.ID = shown("An id that is unique over all types; give it to `node`.")


@strawberry.type(description="Where a page stands in its list.", directives=[roles(EVERYONE)])
class PageInfo:
    has_next_page: bool = shown("Whether there are rows after this page.")
    end_cursor: str | None = shown("Give it as `after` to get the next page; null on an empty page.")


@strawberry.type(description="A row of a page.", directives=[roles(EVERYONE)])
class Edge(Generic[T]):
    cursor: str = shown("This row's place in the list.")
    node: T = shown("The row.")


@strawberry.type(description="A page of a list.", directives=[roles(EVERYONE)])
class Connection(Generic[T]):
    edges: list[Edge[T]] = shown("The rows, in the list's order.")
    page_info: PageInfo = shown("Whether and how to go on.")


def global_id(type_name: str, key: str) -> strawberry.ID:
    """The id of one thing over all types."""
    return strawberry.ID(base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).decode())


def read_global_id(text: str) -> tuple[str, str]:
    """The type and key an id names. Raises NotFound for what is no id of ours."""
    try:
        type_name, _, key = _unsealed(text).decode().partition(":")
    except ValueError as bad:
        raise NotFound("thing", text[:80]) from bad
    return type_name, key


def _unsealed(text: str) -> bytes:
    """The bytes of the text. A ValueError where anything in it is no base64."""
    return base64.b64decode(text.encode("ascii", "strict"), altchars=b"-_", validate=True)


class Cursors:
    """Seals places in one list: the list's name and filter are part of the seal."""

    def __init__(self, key: bytes, of: object) -> None:
        self._key = hmac.digest(key, orjson.dumps(of, default=str), hashlib.sha256)

    def seal(self, place: Sequence[Any]) -> str:
        text = orjson.dumps(list(place), default=str)
        return base64.urlsafe_b64encode(self._seal(text) + text).decode()

    def open(self, cursor: str | None) -> list[Any] | None:
        """The place, or None without a cursor. Raises BadCursor for any that `seal` did not make."""
        if cursor is None:
            return None
        try:
            content = _unsealed(cursor)
        except ValueError as bad:
            raise BadCursor from bad
        seal, text = content[:_SEAL_BYTES], content[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(text)):
            raise BadCursor
        place: list[Any] = orjson.loads(text)
        return place

    def _seal(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, hashlib.sha256)[:_SEAL_BYTES]


def page_size(first: int | None) -> int:
    """How many rows a page has. Raises BadPage outside 1 to PAGE_MAX."""
    size = PAGE if first is None else first
    if not 1 <= size <= PAGE_MAX:
        raise BadPage(size, PAGE_MAX)
    return size


def connection(
    rows: Sequence[Any],
    size: int,
    cursors: Cursors,
    place: Callable[[Any], Sequence[Any]],
    node: Callable[[Any], T],
) -> Connection[T]:
    """The page of `rows`, of which one more than `size` was fetched where there are more."""
    shown_rows = rows[:size]
    edges = [Edge(cursor=cursors.seal(place(row)), node=node(row)) for row in shown_rows]
    end = edges[-1].cursor if edges else None
    return Connection(edges=edges, page_info=PageInfo(has_next_page=len(rows) > size, end_cursor=end))
