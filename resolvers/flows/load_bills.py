"""Bills of materials as a source states them: taken whole or not at all, and never in a circle.

A version that lacks one of its components would promise what cannot be made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from datasources.facts import Row, SetAside
from datasources.store.mirror import Key, Values
from rules.ctp_terms import BillsInACircle, BillsTooDeep, check_bills
from rules.terms import LEVELS_MAX

COMPONENTS_MAX = 500
"""Components of one version. Each is read and tried for every ask that is short of the item."""

Lines = dict[Key, tuple[Row, Values]]
Edge = tuple[Key, str, str]
"""A bill line's key, the item, and the component that goes into it."""
Version = tuple[str, str]
"""An item and one of its versions."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Bill lines that cannot be taken, each with why, and the versions that are not made by them.

    A `broken` version ends; one that is `unsure`, as a row nobody could read may be its, stays as it was.
    """

    lines: Mapping[Key, str]
    broken: frozenset[Version] = field(default_factory=frozenset)
    unsure: frozenset[Version] = field(default_factory=frozenset)


def refused(
    stated: Lines,
    unusable: Iterable[Key],
    unreadable: Sequence[SetAside],
    standing: Iterable[tuple[str, str]],
) -> Refused:
    """What cannot be taken of the bill lines stated, beside the lines that stand already."""
    files = {row.file for row in unreadable}
    unread = {key for key, (row, _) in stated.items() if row.file in files}
    why = dict.fromkeys(unread, "A row of this file could not be read; it may be of the same bill.")
    edges = [
        (key, values["sku"], values["component"]) for key, (_, values) in stated.items() if key not in unread
    ]
    why |= dict(_in_circles(edges, standing))
    why |= dict(_too_many([key for key, _, _ in edges if key not in why]))
    broken = {_version(key) for key in (*unusable, *(key for key in why if key not in unread))}
    why |= {
        key: "Another component of this version could not be used, so nothing is made by it."
        for key in stated
        if key not in why and _version(key) in broken
    }
    return Refused(why, frozenset(broken), frozenset({_version(key) for key in unread}) - broken)


def _version(key: Key) -> Version:
    sku, version, _ = key
    return str(sku), str(version)


def _too_many(keys: Iterable[Key]) -> Iterator[tuple[Key, str]]:
    components: dict[Version, int] = {}
    for key in keys:
        number = components[_version(key)] = components.get(_version(key), 0) + 1
        if number > COMPONENTS_MAX:
            yield key, f"A version takes at most {COMPONENTS_MAX} components; this is one more."


def _in_circles(stated: Sequence[Edge], standing: Iterable[tuple[str, str]]) -> Iterator[tuple[Key, str]]:
    """The lines by which an item would go into itself, or lie more levels deep than are followed."""
    bills: dict[str, list[str]] = {}
    for item, component in standing:
        bills.setdefault(item, []).append(component)
    together = {item: list(components) for item, components in bills.items()}
    for _, item, component in stated:
        together.setdefault(item, []).append(component)
    try:
        check_bills(together)
    except (BillsInACircle, BillsTooDeep):
        yield from _one_by_one(stated, bills)


def _one_by_one(stated: Iterable[Edge], bills: dict[str, list[str]]) -> Iterator[tuple[Key, str]]:
    """Each row tried on those before it: some row of the statement cannot be taken."""
    users: dict[str, list[str]] = {}
    for item, components in bills.items():
        for component in components:
            users.setdefault(component, []).append(item)
    for key, item, component in stated:
        try:
            _check_one(item, component, bills, users)
        except (BillsInACircle, BillsTooDeep) as refused:
            yield key, str(refused)
            continue
        bills.setdefault(item, []).append(component)
        users.setdefault(component, []).append(item)


def _check_one(
    item: str, component: str, bills: Mapping[str, list[str]], users: Mapping[str, list[str]]
) -> None:
    """Nothing, where the component may go into the item. Raises BillsInACircle and BillsTooDeep."""
    below, above = _longest(component, bills, item), _longest(item, users, component)
    if item in below:
        raise BillsInACircle([item, *below])
    path = [*reversed(above), *below]
    if len(path) - 1 > LEVELS_MAX:
        raise BillsTooDeep(path)


def _longest(start: str, onward: Mapping[str, list[str]], target: str) -> list[str]:
    """The longest way on from `start`, or one that leads to `target`. What stands has no circles."""
    paths: dict[str, list[str]] = {}
    open_ones = [start]
    while open_ones:
        node = open_ones[-1]
        following = onward.get(node, ()) if node != target else ()
        missing = [each for each in following if each not in paths]
        if missing:
            open_ones += missing
            continue
        open_ones.pop()
        ways = [paths[each] for each in following]
        leading = [way for way in ways if way[-1] == target]
        paths[node] = [node, *max(leading or ways, key=len, default=[])]
    return paths[start]
