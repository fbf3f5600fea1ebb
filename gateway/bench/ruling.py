"""What the rules cost by themselves: a decision, a batch of facts, bringing tables and books into force."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from random import Random
from typing import Any

import numpy as np
import orjson

from datasources.policies import shipped
from gateway.worker import RulesWorker
from resolvers.flows.rulebook_check import check_files
from rules.book import book_of
from rules.columns import Value
from rules.ruling import Compiled
from rules.table import read_table

FILE = "10-supply.yaml"
WORDS = {
    "kind": ("on_hand", "in_transit", "purchase", "production", "transfer", "drop_ship", "return"),
    "ownership": ("own", "consignment", "vendor_managed", "drop_ship", "customer", "project"),
    "firmness": ("here", "confirmed", "firm", "released", "unconfirmed", "planned"),
    "channel_kind": ("web", "marketplace", "contract", "wholesale"),
    "item_class": ("a", "b", "c", "d"),
}
OVERDUE = ("0", "1..7", "8..30", "31..90", ">= 91")
"""With the words 8 x 7 x 7 x 5 x 5 x 5 = 49,000 cells, 50,000 being the most."""
DECISIONS = 200_000
FACTS = 1_000
LOCAL = datetime(2026, 3, 2, 12)  # noqa: DTZ001  # local to a site
TURNS = 3


@dataclass(frozen=True, slots=True)
class RulesCost:
    """Times of the best of several turns; bringing into force is done once, by a fresh rules process."""

    inputs: int
    decision_ns: float
    facts: int
    batch_ms: float
    """Words as places in the input's list."""
    batch_words_ms: float
    """Words as text."""
    rows: int
    cells: int
    activation_s: float
    """From the file's bytes to a table that decides."""
    shipped_files: int
    shipped_s: float
    """The shipped book, checked and evaluated as where there was none."""


async def measure_rules(rows: int, facts: int) -> RulesCost:
    """A table of so many rows and as many cells as there may be, batches of so many facts.

    Raises EngineFailed.
    """
    content = table_of(rows)
    compiled, activation_s = await _activated(content)
    ruling = compiled.at(LOCAL)
    asked = list(_facts(FACTS))
    decision_s = min(_decided(ruling.decide, asked) for _ in range(TURNS)) / DECISIONS
    places, words = _columns(compiled, facts)
    book, shipped_s = await _shipped_activated()
    return RulesCost(
        inputs=len(compiled.space.shape),
        decision_ns=1e9 * decision_s,
        facts=facts,
        batch_ms=1000 * min(_timed(ruling.batch, places) for _ in range(TURNS)),
        batch_words_ms=1000 * min(_timed(ruling.batch, words) for _ in range(TURNS)),
        rows=len(compiled.table.rows),
        cells=compiled.space.size,
        activation_s=activation_s,
        shipped_files=book,
        shipped_s=shipped_s,
    )


def table_of(rows: int) -> bytes:
    """A rule file of six inputs whose rows name every word and bound. JSON is YAML too."""
    draw = Random(7)  # noqa: S311  # rows, not secrets
    named = {name: cycle(words) for name, words in (*WORDS.items(), ("days_overdue", OVERDUE))}
    written = [_row(number, _conditions(draw, named)) for number in range(rows - 1)]
    bounds: dict[str, Any] = {"days_overdue": {"type": "int", "min": 0, "max": 366}}
    enums: dict[str, Any] = {name: {"type": "enum", "values": list(words)} for name, words in WORDS.items()}
    content = {
        "decides": "supply",
        "hit": "first",
        "about": "Made by the bench.",
        "inputs": enums | bounds,
        "outputs": {
            "counts": {"type": "bool"},
            "position": {"type": "enum", "values": ["own", "consignment", "drop_ship"]},
            "from_days": {"type": "int", "min": 0, "max": 366},
        },
        "rows": [*written, _row(rows - 1, {})],
    }
    return orjson.dumps(content)


def _conditions(draw: Random, named: Mapping[str, Iterator[str]]) -> dict[str, str]:
    """Two to four inputs, each with the next of its words in turn."""
    return {name: next(named[name]) for name in draw.sample(sorted(named), draw.randint(2, 4))}


def _row(number: int, when: dict[str, str]) -> dict[str, Any]:
    then = {"counts": number % 3 > 0, "position": "own", "from_days": number % 7}
    return {"id": f"R{number:03}", "when": when, "then": then, "why": f"Row {number}.", "owner": "bench"}


async def _activated(content: bytes) -> tuple[Compiled, float]:
    worker = RulesWorker()
    try:
        began = time.perf_counter()
        (answers,) = await worker.evaluate([(FILE, content, None)])
        compiled = Compiled(read_table(FILE, content), answers)
        return compiled, time.perf_counter() - began
    finally:
        await worker.close()


async def _shipped_activated() -> tuple[int, float]:
    worker = RulesWorker()
    try:
        began = time.perf_counter()
        found = await check_files(shipped(), worker.evaluate, None)
        assert not found.errors, found.errors[0]
        book = book_of(found.files, found.answers)
        return len(book.compiled), time.perf_counter() - began
    finally:
        await worker.close()


def _facts(count: int) -> Iterator[dict[str, Value]]:
    draw = Random(11)  # noqa: S311  # facts, not secrets
    for _ in range(count):
        said: dict[str, Value] = {name: draw.choice(words) for name, words in WORDS.items()}
        yield {**said, "days_overdue": draw.randint(0, 120)}


def _decided(decide: Any, asked: list[dict[str, Value]]) -> float:
    """Seconds that all decisions took, each on a fact that was there already."""
    facts = list(islice(cycle(asked), DECISIONS))
    began = time.perf_counter()
    for fact in facts:
        decide(fact)
    return time.perf_counter() - began


def _columns(compiled: Compiled, facts: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same facts twice: words as places, and words as text."""
    draw = np.random.default_rng(7)
    overdue = {"days_overdue": draw.integers(0, 120, facts, np.int64)}
    values = {each.name: each.values for each in compiled.table.inputs if each.kind == "enum"}
    places = {name: draw.integers(0, len(words), facts, np.int64) for name, words in values.items()}
    return places | overdue, {name: np.array(values[name])[at] for name, at in places.items()} | overdue


def _timed(batch: Any, columns: dict[str, Any]) -> float:
    began = time.perf_counter()
    batch(columns)
    return time.perf_counter() - began
