"""The head of a rule file: what it decides, by which inputs, and what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from rules.columns import TEXT_MOST, Hit, Input, Output, Sum
from rules.decisions import Decision
from rules.declared import KINDS, read_inputs, read_outputs, unreadable
from rules.fields import fields_of, read_text, refuse_unknown_keys, shown
from rules.plain_yaml import Fields, Node
from rules.problems import Found
from rules.written import plain, read_bool, read_int

__all__ = ["KEYS", "KINDS", "Head", "read_head"]

KEYS = ("decides", "hit", "about", "complete", "inputs", "outputs", "sums", "rows", "examples")
_HITS: Mapping[str | None, Hit] = {"first": "first", "unique": "unique", "collect": "collect"}


@dataclass(frozen=True, slots=True)
class Head:
    """The head as read. After a problem it holds what could be read."""

    decides: str
    hit: Hit
    about: str
    complete: bool
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    sums: tuple[Sum, ...]
    unreadable: frozenset[str] = frozenset()
    """Inputs and outputs declared so wrongly that no row is measured by them."""


def read_head(fields: Fields, decisions: Mapping[str, Decision], found: Found) -> Head:
    """The head, checked against the decision the file names; problems are added to `found`."""
    refuse_unknown_keys(fields, KEYS, "a rule file", found)
    decides = _decides(fields, decisions, found)
    decision = decisions.get(decides)
    hit = _hit(fields, found)
    complete = fields.by_name.get("complete")
    said = read_bool(complete, "complete", found) if complete else None
    inputs = read_inputs(fields, decision, found)
    outputs = read_outputs(fields, decision, found)
    about = fields.by_name.get("about")
    return Head(
        decides,
        hit,
        read_text(about, "about", found, most=4 * TEXT_MOST) if about else "",
        hit != "collect" if said is None else said,
        inputs,
        outputs,
        _sums(fields, inputs, outputs, found),
        unreadable(fields, inputs, "inputs") | unreadable(fields, outputs, "outputs"),
    )


def _decides(fields: Fields, decisions: Mapping[str, Decision], found: Found) -> str:
    node = fields.by_name.get("decides")
    if node is None:
        found.add("MISSING", 1, f"`decides:` is missing: {found.near('', decisions)}")
        return ""
    decides = plain(node) or ""
    if decides not in decisions:
        said = f"there is no decision `{shown(decides)}`"
        found.add("UNKNOWN_DECISION", node.line, f"{said}: {found.near(decides, decisions)}")
    return decides


def _hit(fields: Fields, found: Found) -> Hit:
    node = fields.by_name.get("hit")
    said = plain(node) if node else None
    if said in _HITS:
        return _HITS[said]
    forms = "write `hit: first` (the first row that fits), `unique` (only one may fit) or `collect` (all)"
    if node is None:
        found.add("MISSING", 1, f"`hit:` is missing: {forms}.")
    else:
        found.add("BAD_FORM", node.line, f"`hit` is `{shown(said or 'a list')}`: {forms}.")
    return "first"


def _sums(
    fields: Fields, inputs: Mapping[str, Input], outputs: Mapping[str, Output], found: Found
) -> tuple[Sum, ...]:
    written = fields_of(fields, "sums", "`share_percent: {over: channel, to: 100}`", found)
    sums = (
        _sum(name, node, inputs, outputs, found)
        for name, node in (written.by_name if written else {}).items()
    )
    return tuple(read for read in sums if read is not None)


def _sum(
    name: str, node: Node, inputs: Mapping[str, Input], outputs: Mapping[str, Output], found: Found
) -> Sum | None:
    if not isinstance(node, Fields) or set(node.by_name) != {"over", "to"}:
        said = f"the sum of {shown(name)} is written as {{over: channel, to: 100}}."
        found.add("BAD_FORM", node.line, said)
        return None
    over = plain(node.by_name["over"]) or ""
    to = read_int(node.by_name["to"], "to", found)
    numbers = [output.name for output in outputs.values() if output.kind == "int"]
    words = [column.name for column in inputs.values() if column.kind == "enum"]
    if name not in numbers:
        said = f"`{shown(name)}` is no number this table gives: {found.near(name, numbers)}"
        found.add("UNKNOWN_OUTPUT", node.line, said)
    if over not in words:
        said = f"`{shown(over)}` is no input with values: {found.near(over, words)}"
        found.add("UNKNOWN_INPUT", node.line, said)
    return None if to is None else Sum(name, over, to)
