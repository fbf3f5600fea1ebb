"""The one schema a single process serves: every folder's queries and mutations, joined."""

from collections.abc import Sequence

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from resolvers.allocations.queries import AllocationsQuery
from resolvers.forecasts.queries import ForecastsQuery
from resolvers.governance.mutations import GovernanceMutation
from resolvers.governance.queries import GovernanceQuery
from resolvers.governance.simulations import SimulationMutation, SimulationQuery
from resolvers.messages import MessagesMutation
from resolvers.node import NodeQuery
from resolvers.orders.queries import OrdersQuery
from resolvers.promises.at_risk import AtRiskMutation, AtRiskQuery
from resolvers.promises.mutations import PromisesMutation
from resolvers.promises.queries import PromisesQuery
from resolvers.scalars import SCALARS
from resolvers.stock.mutations import StockMutation
from resolvers.stock.queries import StockQuery

DOCUMENTS_CACHED = 500


@strawberry.type(description="What can be asked.")
class Query(
    NodeQuery,
    PromisesQuery,
    AtRiskQuery,
    StockQuery,
    OrdersQuery,
    ForecastsQuery,
    AllocationsQuery,
    GovernanceQuery,
    SimulationQuery,
):
    pass


@strawberry.type(description="What can be told.")
class Mutation(
    PromisesMutation,
    AtRiskMutation,
    MessagesMutation,
    StockMutation,
    GovernanceMutation,
    SimulationMutation,
):
    pass


class QuietSchema(strawberry.Schema):
    """A schema that does not log: the gateway tells our own faults from what was refused, and logs those."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing is logged here."""


def build_schema(extensions: Sequence[type[SchemaExtension]] = ()) -> strawberry.Schema:
    """The schema, with parsed and validated documents cached."""
    return QuietSchema(
        query=Query,
        mutation=Mutation,
        extensions=[
            lambda: ParserCache(DOCUMENTS_CACHED),
            lambda: ValidationCache(DOCUMENTS_CACHED),
            *extensions,
        ],
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),  # type: ignore[arg-type]
    )
