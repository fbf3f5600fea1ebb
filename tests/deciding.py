"""Rule books for tests: the shipped one with some files written anew, in force from now on."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from datasources.policies import shipped
from datasources.store import clock, rulebooks
from resolvers.flows.deps import Deps
from resolvers.flows.rulebook_check import check_files, kept
from resolvers.flows.rulebook_first import AUTHOR
from resolvers.flows.rulebook_steps import open_books
from rules.decisions import DECISIONS
from rules.table import Row, Table, read_table

Chosen = tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]
"""When, then, and a fact that the row answers."""


def written(decision: str, *rows: Chosen, inputs: Mapping[str, Any]) -> dict[str, bytes]:
    """The file of a decision with these rows, each with its example. JSON is YAML too."""
    known = DECISIONS[decision]
    content = {
        "decides": decision,
        "hit": "first",
        "about": "Written by a test.",
        "inputs": inputs,
        "outputs": _outputs(decision),
        "rows": [
            {"id": f"R{number:03}", "when": when, "then": then, "why": f"Row {number}.", "owner": "a test"}
            for number, (when, then, _) in enumerate(rows)
        ],
        "examples": [
            {"given": given, "expect": {"row": f"R{number:03}"}} for number, (_, _, given) in enumerate(rows)
        ],
    }
    return {f"{known.file}.yaml": orjson.dumps(content)}


def _outputs(decision: str) -> dict[str, Any]:
    """The outputs as the shipped file declares them."""
    file = f"{DECISIONS[decision].file}.yaml"
    declared: dict[str, Any] = {}
    for output in read_table(file, shipped()[file]).outputs:
        one: dict[str, Any] = {"type": output.kind}
        if output.values:
            one["values"] = list(output.values)
        if output.kind == "int":
            one |= {"min": output.least, "max": output.most}
        if output.none:
            one["none"] = True
        declared[output.name] = one
    return declared


def shipped_table(decision: str) -> Table:
    file = f"{DECISIONS[decision].file}.yaml"
    return read_table(file, shipped()[file])


def shipped_rows(decision: str) -> Sequence[Row]:
    return shipped_table(decision).rows


async def decide_by(deps: Deps, *files: Mapping[str, bytes]) -> str:
    """The shipped book with these files in place of its own decides from now on; its version."""
    book = dict(shipped())
    for changed in files:
        book |= changed
    found = await check_files(book, kept(deps), None)
    assert not found.errors, [str(problem) for problem in found.errors]
    async with deps.store.writing() as tx:
        books = await open_books(tx)
        standing = await books.put(found, AUTHOR, "A test's.")
        if await rulebooks.in_force(tx) != standing.book.version:
            now = await clock.now(tx)
            await books.take_over(standing.book, now, (AUTHOR.person, "A test.", "activate"))
    return standing.book.version


KINDS = {"site_kind": {"type": "enum", "values": ["distribution_centre", "store"]}}
PROMISE: dict[str, Any] = {
    "horizon_days": 90,
    "partial": True,
    "backorder": True,
    "min_shipment_percent": 0,
    "cut_off": "none",
}


def promising(**then: Any) -> dict[str, bytes]:
    """Everything is promised so, whoever asks."""
    kinds = {"channel_kind": {"type": "enum", "values": ["web"]}}
    return written("promise", ({}, PROMISE | then, {"channel_kind": "web"}), inputs=kinds)


def position(at_stores: Mapping[str, Any] | None = None, **then: Any) -> dict[str, bytes]:
    """The days of every position are bent so, at stores otherwise."""
    usual = {"safety_stock": "withheld", "unlimited_after_days": "none"} | then
    rows: list[Chosen] = [({}, usual, {"site_kind": "distribution_centre"})]
    if at_stores is not None:
        rows.insert(0, ({"site_kind": "store"}, {**usual, **at_stores}, {"site_kind": "store"}))
    return written("position", *rows, inputs=KINDS)


def balance(projection: str, demand_fence_days: int = 0) -> dict[str, bytes]:
    """The planner's balance is drawn so."""
    then = {"projection": projection, "demand_fence_days": demand_fence_days}
    return written("balance", ({}, then, {"site_kind": "store"}), inputs=KINDS)
