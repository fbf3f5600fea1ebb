"""What a part of a schedule rests on, as the schema names it."""

from enum import Enum

import strawberry


@strawberry.enum(description="What a part of a schedule rests on; one part never rests on two of them.")
class SupplyLabel(Enum):
    ON_HAND = strawberry.enum_value("on_hand", description="Goods that are there.")
    RECEIPT = strawberry.enum_value("receipt", description="Goods that are on their way.")
    SUPPLY = strawberry.enum_value(
        "supply",
        description="Either of these, in outcomes decided before they were told apart.",
        deprecation_reason="What is reserved now is told as ON_HAND or RECEIPT.",
    )
    CTP_BUY = strawberry.enum_value("ctp_buy", description="Goods still to be bought.")
    CTP_MAKE = strawberry.enum_value("ctp_make", description="Goods still to be made.")
    TRANSFER = strawberry.enum_value("transfer", description="Goods still to be brought from another site.")
    LEAD_TIME = strawberry.enum_value(
        "lead_time",
        description="The lead time after which supply has no limit, where nobody knows how the item is had.",
    )
