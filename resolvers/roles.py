"""Who may read or do what: every field names its roles, on itself or on its type; no name means nobody."""

from collections.abc import Iterable
from typing import Any

import strawberry
from strawberry.schema_directive import Location

ROLES = frozenset(
    {
        "storefront",
        "oms",
        "planner",
        "steward",
        "warehouse",
        "integrator",
        "analyst",
        "auditor",
        "developer",
        "admin",
    }
)
"""What a caller can be."""

EVERYONE = ("everyone",)
INSIDE = ("inside",)
"""People and systems of the company: they see stock, lines and sources, not only kinds and quantities."""

REPORTERS = ("integrator", "warehouse")
"""Who may tell us that something happened."""

GROUPS = {"everyone": ROLES, "inside": ROLES - {"storefront"}}
"""Names that stand for several roles."""

SCHEMA_READERS = frozenset({"developer", "admin"})
"""Who may read the schema through introspection."""


@strawberry.schema_directive(
    locations=[Location.OBJECT, Location.INTERFACE, Location.FIELD_DEFINITION],
    name="roles",
    description="Who may read this field, or every field of this type that does not say otherwise. "
    "`everyone` is every role, `inside` every role but storefront; no token is no role.",
)
class Roles:
    names: list[str]


def roles(allowed: Iterable[str]) -> Roles:
    return Roles(names=list(allowed))


def expand(names: Iterable[str]) -> frozenset[str]:
    """The single roles these names stand for."""
    return frozenset(role for name in names for role in GROUPS.get(name, {name}))


def shown(description: str, *, to: Iterable[str] | None = None, **options: Any) -> Any:
    """A field with its description; `to` names who may read it, where not all who read its type may."""
    directives = [] if to is None else [roles(to)]
    return strawberry.field(description=description, directives=directives, **options)
