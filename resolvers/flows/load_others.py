"""Substitutes and successors as a source states them, each row checked; nothing follows itself."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from datasources.facts import Row, SubstituteFact, SupersededFact
from datasources.store import others
from datasources.store.unit import Tx
from resolvers.flows.masters import Sorter
from resolvers.flows.translate import Translator, Untranslatable
from rules.model import SUCCESSORS_MAX, Successor
from rules.packs import SupersededInACircle, items_to_ask

RATIO_MAX = 10**9
TURN_MAX = 1_000
OTHERS_MAX = 100
"""So many substitutes one statement may name for an item."""

RowsOf = Callable[[type], Sequence[Row]]


async def put(tx: Tx, translator: Translator, rows: RowsOf, told: Sorter) -> set[str]:
    """What else may be sent is as stated; the items for which that has changed."""
    changed = await others.put_substitutes(tx, _substitutes(translator, rows(SubstituteFact), told))
    stated = rows(SupersededFact)
    if stated:
        known = await others.all_successors(tx)
        changed |= await others.put_successors(tx, _successors(translator, stated, known, told))
    return changed


def _substitutes(
    translator: Translator, rows: Sequence[Row], told: Sorter
) -> dict[tuple[str, str], tuple[Fraction, int, int]]:
    stated: dict[tuple[str, str], tuple[Fraction, int, int]] = {}
    counts: dict[str, int] = {}
    for row in rows:
        assert isinstance(row.fact, SubstituteFact), "rows of this kind hold no other"
        try:
            pair, terms = _substitute(translator, row.fact)
        except Untranslatable as refused:
            told.put_aside(row, str(refused))
            continue
        if pair not in stated and counts.get(pair[0], 0) >= OTHERS_MAX:
            told.put_aside(row, f"{pair[0]} has {OTHERS_MAX} substitutes already: name fewer.")
            continue
        counts[pair[0]] = counts.get(pair[0], 0) + (pair not in stated)
        stated[pair] = terms
        told.accept("substitute")
    return stated


def _substitute(
    translator: Translator, fact: SubstituteFact
) -> tuple[tuple[str, str], tuple[Fraction, int, int]]:
    """The item and the other, and the ratio and pack of the other in smallest units."""
    item, other = translator.any_meaning(fact.code), translator.any_meaning(fact.other)
    if item.sku == other.sku:
        raise Untranslatable(f"{item.sku} cannot be a substitute of itself.")
    if not 0 <= fact.ratio <= RATIO_MAX or fact.ratio.denominator > RATIO_MAX:
        raise Untranslatable(f"A ratio of {fact.ratio} cannot be: name one above 0, or 0 for no longer.")
    if not 0 <= fact.turn <= TURN_MAX:
        raise Untranslatable(f"A turn of {fact.turn} cannot be: 0 to {TURN_MAX:,} can.")
    pack = translator.quantity(fact.pack, other) if fact.pack else 1
    ratio = Fraction(fact.ratio) * Fraction(10) ** (other.precision - item.precision)
    return (item.sku, other.sku), (ratio, pack, fact.turn)


def _successors(
    translator: Translator, rows: Sequence[Row], known: Mapping[str, Successor], told: Sorter
) -> dict[str, Successor | None]:
    after, before = dict(known), _followed(known)
    stated: dict[str, Successor | None] = {}
    for row in rows:
        assert isinstance(row.fact, SupersededFact), "rows of this kind hold no other"
        try:
            sku, said = _successor(translator, row.fact, after, before)
        except (Untranslatable, SupersededInACircle) as refused:
            told.put_aside(row, str(refused))
            continue
        stated[sku] = said
        told.accept("superseded")
    return stated


def _successor(
    translator: Translator,
    fact: SupersededFact,
    after: dict[str, Successor],
    before: dict[str, set[str]],
) -> tuple[str, Successor | None]:
    """The item and what took its place, as both ways round then say. Raises SupersededInACircle."""
    item = translator.any_meaning(fact.code)
    if not fact.by:
        _follow(item.sku, None, after, before)
        return item.sku, None
    by = translator.any_meaning(fact.by)
    if by.precision != item.precision:
        raise Untranslatable(
            f"{item.sku} is counted to {item.precision} decimals and {by.sku} to {by.precision}: "
            "name a substitute with a ratio instead."
        )
    if fact.use_up not in {0, 1}:
        raise Untranslatable(f"use_up is {fact.use_up}: 1 uses old goods up first, 0 does not.")
    said = Successor(by.sku, bool(fact.use_up))
    was = after.get(item.sku)
    _follow(item.sku, said, after, before)
    try:
        items_to_ask(_furthest(item.sku, before), after)
    except SupersededInACircle:
        _follow(item.sku, was, after, before)
        raise
    return item.sku, said


def _followed(after: Mapping[str, Successor]) -> dict[str, set[str]]:
    """By item those whose place it took."""
    before: dict[str, set[str]] = {}
    for sku, said in after.items():
        before.setdefault(said.by, set()).add(sku)
    return before


def _follow(
    sku: str, said: Successor | None, after: dict[str, Successor], before: dict[str, set[str]]
) -> None:
    """The item has that successor, or none."""
    was = after.pop(sku, None)
    if was is not None:
        before[was.by].discard(sku)
    if said is not None:
        after[sku] = said
        before.setdefault(said.by, set()).add(sku)


def _furthest(sku: str, before: Mapping[str, set[str]]) -> str:
    """The item most steps before it, of those that are not more than can be: its way leads through `sku`."""
    level = [sku]
    for _ in range(SUCCESSORS_MAX + 1):
        earlier = [each for of in level for each in before.get(of, ())]
        if not earlier:
            break
        level = earlier
    return min(level)
