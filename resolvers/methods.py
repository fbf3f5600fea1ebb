"""The ways to work out ATP, as the schema names them."""

from enum import Enum
from typing import Annotated

import strawberry

from resolvers.scalars import Quantity
from rules.atp import UNLIMITED
from rules.quantity import to_base


@strawberry.enum(
    description="A named way to work out what is available to promise. Promises are made by "
    "CUMULATIVE_WITH_LOOK_AHEAD, whatever else is shown."
)
class AtpMethod(Enum):
    CUMULATIVE = strawberry.enum_value(
        "cumulative", description="What lies there on the day, also if it is owed later. May be below 0."
    )
    SUFFIX_MIN = strawberry.enum_value(
        "suffix_min", description="The least of that from the day to the end of the horizon. May be below 0."
    )
    CUMULATIVE_WITH_LOOK_AHEAD = strawberry.enum_value(
        "cumulative_with_look_ahead",
        description="The most that can be newly promised for the day and leave every later day whole.",
    )
    PERIOD = strawberry.enum_value(
        "period", description="Each day by itself: what it gains less what it owes. May be below 0."
    )
    BACKWARD = strawberry.enum_value(
        "backward", description="The same, a shortfall being covered from surpluses of days before it."
    )
    BACKWARD_ACCUMULATE = strawberry.enum_value(
        "backward_accumulate", description="The same added up from today on."
    )
    DISCRETE = strawberry.enum_value(
        "discrete", description="What each receipt leaves until the next one, on the day of the receipt."
    )


Methods = Annotated[
    list[AtpMethod] | None,
    strawberry.argument(description="Show what these methods say as well; they decide nothing."),
]


def names(methods: list[AtpMethod] | None) -> tuple[str, ...]:
    """The methods' names, each once, in order."""
    return tuple(dict.fromkeys(str(method.value) for method in methods or ()))


def shown_quantity(smallest: int, precision: int) -> Quantity | None:
    """The quantity in base units; None where there is no limit."""
    return None if smallest == UNLIMITED else Quantity(to_base(smallest, precision))
