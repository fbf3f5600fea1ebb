"""What a resolver has at hand: the flows' dependencies, the caller, this request's loaders."""

from dataclasses import dataclass, field
from functools import cached_property

import strawberry

from resolvers.flows.deps import Caller, Deps
from resolvers.loaders import Loaders
from resolvers.relay import Cursors


@dataclass
class Context:
    deps: Deps
    caller: Caller
    cursor_key: bytes
    trace_id: str = ""
    extensions: dict[str, object] = field(default_factory=dict)

    @cached_property
    def loaders(self) -> Loaders:
        return Loaders(self.deps)

    def cursors(self, *of: object) -> Cursors:
        """The cursors of one list: `of` is its name and filter."""
        return Cursors(self.cursor_key, [self.caller.person, *of])

    @property
    def is_inside(self) -> bool:
        """Whether the caller belongs to the company, and so sees lines and sources."""
        return bool(self.caller.roles - {"storefront"})


Info = strawberry.Info[Context, None]
