"""What an answer rests on, on the wire."""

from datetime import date

import strawberry

from resolvers.flows.resting import Resting
from resolvers.roles import EVERYONE, roles, shown
from resolvers.scalars import Quantity
from rules.quantity import to_base


@strawberry.type(
    description="How punctual a supplier has been, by the receipts that named its lines, the latest 200.",
    directives=[roles(EVERYONE)],
)
class Confidence:
    percent: int | None = shown(
        "So many percent of them came early enough for this part; null with fewer than five."
    )
    receipts: int = shown("How many were looked at.")
    supplier: str | None = shown("The supplier; null for a storefront.")


@strawberry.type(
    description="The supply that a part of an answer would be served by. It explains and binds nothing.",
    directives=[roles(EVERYONE)],
)
class RestsOn:
    day: date = shown("The day of the part.")
    site: str = shown("The site it comes from.")
    quantity: Quantity = shown("How much of the part.")
    supply: str = shown("on_hand, hold_end (goods that a hold sets free), or the kind of supply.")
    comes_on: date | None = shown("The day it counts from; null is there already.")
    slack_days: int = shown("So many days it may be late without the part being late.")
    line: str | None = shown("The supply line; null for a storefront, and for goods that are there.")
    source: str | None = shown("The system that has the line; null for a storefront.")
    confidence: Confidence | None = shown("How punctual its supplier has been; null where none is named.")


def rests_on(found: Resting, precision: int, *, is_inside: bool) -> RestsOn:
    """The supply of a part as the caller may see it."""
    receipt = found.peg.receipt
    inside = receipt is not None and is_inside
    return RestsOn(
        day=found.part.day,
        site=found.part.site_id,
        quantity=Quantity(to_base(found.peg.quantity, precision)),
        supply=found.peg.supply,
        comes_on=found.peg.comes_on,
        slack_days=found.slack_days,
        line=receipt.line_id if receipt is not None and inside else None,
        source=receipt.source if receipt is not None and inside else None,
        confidence=Confidence(
            percent=found.percent,
            receipts=found.receipts,
            supplier=found.supplier if is_inside else None,
        )
        if found.supplier
        else None,
    )
