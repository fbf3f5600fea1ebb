"""Asking about the past: as things were at an instant, and by what was known at one."""

from datetime import datetime
from typing import Annotated

import strawberry

from datasources.store.as_known import Moment
from resolvers.context import Context
from resolvers.roles import expand
from rules.errors import Forbidden

INSIDERS = expand(["inside"])

At = Annotated[
    datetime | None,
    strawberry.argument(
        description="As things were at this instant, late reports included; left out: now. Inside roles only."
    ),
]
AsKnownAt = Annotated[
    datetime | None,
    strawberry.argument(
        description="By what was known at this instant, without later reports; left out: all known now. "
        "Inside roles only."
    ),
]


def moment(context: Context, at: datetime | None, known: datetime | None) -> Moment | None:
    """The moment asked about, or None for now. An instant ahead of the clock means now.

    Raises Forbidden for a caller from outside.
    """
    if at is None and known is None:
        return None
    if not context.is_inside:
        raise Forbidden("answers about the past", INSIDERS)
    return Moment(at, known)
