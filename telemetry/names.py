"""The names under which spans are found again. One place, so that a viewer and a search agree with the code.

A span is named after what is done, never after what it is done to: the sku, the count and the source are
attributes, which `spans.span` files under `earmark.`.
"""

SERVICE = "earmark"

OPERATION = "operation"
"""One GraphQL request, from the first byte read to the answer written."""

GATHER = "gather"
"""A flow reads the snapshot it will decide from."""

DECIDE = "decide"
"""A flow calls the rules. Nothing waits inside."""

RECORD = "record"
"""A flow waits until what it decided is durable."""

RECEIVE = "receive"
"""Events of one call, from the inbox to their effect."""

RESERVE = "reserve"
"""A request that commits waits for its batch, and until that is durable."""

LOAD = "load"
"""One source states all it knows."""

STORE = "store"
"""One transaction or statement of the store; the attribute `what` says which."""
