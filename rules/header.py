"""The head of a rule file: what it decides, by which inputs, and what it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.columns import (
    INPUTS_MOST,
    NAME_MOST,
    OUTPUTS_MOST,
    TEXT_MOST,
    VALUES_MOST,
    Hit,
    Input,
    Output,
    Sum,
)
from rules.decisions import Decision, Given, Known
from rules.plain_yaml import Fields, Items, Node, Text
from rules.problems import Found, nearest
from rules.written import RESERVED, plain, read_bool, read_int

KEYS = ("decides", "hit", "about", "complete", "inputs", "outputs", "sums", "rows", "examples")
KINDS = ("enum", "int", "bool", "time", "list")
_KEYS_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "enum": ("type", "values", "none"),
    "list": ("type", "values"),
    "int": ("type", "min", "max", "none"),
    "bool": ("type",),
    "time": ("type", "none"),
}
_HITS: Mapping[str | None, Hit] = {"first": "first", "unique": "unique", "collect": "collect"}
_NOT_IN_A_WORD = frozenset(",[]{}\"'`")


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


def read_head(fields: Fields, decisions: Mapping[str, Decision], found: Found) -> Head:
    """The head, checked against the decision the file names; problems are added to `found`."""
    refuse_unknown_keys(fields, KEYS, "a rule file", found)
    decides = _decides(fields, decisions, found)
    decision = decisions.get(decides)
    hit = _hit(fields, found)
    complete = fields.by_name.get("complete")
    said = read_bool(complete, "complete", found) if complete else None
    inputs = _inputs(fields, decision, found)
    outputs = _outputs(fields, decision, found)
    about = fields.by_name.get("about")
    return Head(
        decides,
        hit,
        read_text(about, "about", found, most=4 * TEXT_MOST) if about else "",
        hit != "collect" if said is None else said,
        inputs,
        outputs,
        _sums(fields, inputs, outputs, found),
    )


def refuse_unknown_keys(fields: Fields, known: Sequence[str], of: str, found: Found) -> None:
    """Every key that is not among the known ones is reported, with the nearest one."""
    for key, line in fields.lines.items():
        if key not in known:
            found.add("UNKNOWN_KEY", line, f"`{shown(key)}` is no key of {of}: {nearest(key, known)}")


def shown(text: str) -> str:
    """The text, cut where it would make the message unreadable."""
    return text if len(text) <= NAME_MOST else text[:NAME_MOST] + "..."


def read_text(node: Node, name: str, found: Found, *, most: int = TEXT_MOST) -> str:
    """A sentence; one that is empty, too long or no text is reported."""
    text = plain(node)
    where = node.where if isinstance(node, Text) else ""
    if not text:
        found.add("MISSING", node.line, f"`{name}` is empty: write a few plain words.", where=where)
    elif len(text) > most:
        said = f"`{name}` has {len(text):,} characters; it may have {most:,}. Say it in fewer."
        found.add("TOO_LONG", node.line, said, where=where)
    return text or ""


def fields_of(fields: Fields, name: str, form: str, found: Found) -> Fields | None:
    """The mapping under the key; None where it is absent or empty, and where it is no mapping, reported."""
    node = fields.by_name.get(name)
    if node is None or isinstance(node, Fields):
        return node
    if plain(node) != "":
        found.add("BAD_FORM", node.line, f"`{name}` is written as {form}.")
    return None


def _decides(fields: Fields, decisions: Mapping[str, Decision], found: Found) -> str:
    node = fields.by_name.get("decides")
    if node is None:
        found.add("MISSING", 1, f"`decides:` is missing: {nearest('', decisions)}")
        return ""
    decides = plain(node) or ""
    if decides not in decisions:
        said = f"there is no decision `{shown(decides)}`"
        found.add("UNKNOWN_DECISION", node.line, f"{said}: {nearest(decides, decisions)}")
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


def _inputs(fields: Fields, decision: Decision | None, found: Found) -> dict[str, Input]:
    known = {known.name: known for known in decision.inputs} if decision else None
    form = "names with their types, such as `channel_kind: {type: enum, values: [web, app]}`"
    written = fields_of(fields, "inputs", form, found)
    if written is None:
        return {}
    if len(written.by_name) > INPUTS_MOST:
        said = f"there are {len(written.by_name):,} inputs; a table may have {INPUTS_MOST}"
        found.add("TOO_MANY", written.line, f"{said}. Leave out those no row needs.")
        return {}
    inputs = {}
    for name, node in written.by_name.items():
        if known is not None and name not in known:
            _unknown_column(
                "UNKNOWN_INPUT", "input", written.lines[name], name, decision, tuple(known), found
            )
            known_input = None
        else:
            known_input = known[name] if known else None
        read = _input(name, node, known_input, found)
        if read is not None:
            inputs[name] = read
    return inputs


def _unknown_column(
    code: str, what: str, line: int, name: str, decision: Decision | None, known: Sequence[str], found: Found
) -> None:
    of = f"the decision {decision.name}" if decision else "the decision"
    said = f"`{shown(name)}` is no {what} of {of}"
    found.add(code, line, f"{said}: {nearest(name, known)}")


def _input(name: str, node: Node, known: Known | None, found: Found) -> Input | None:
    kinds = (known.kind,) if known else ("enum", "int", "bool")
    column = _column(name, node, kinds, found)
    if column is None:
        return None
    fields, kind = column
    if "none" in fields.by_name:
        found.add("UNKNOWN_KEY", fields.lines["none"], f"`none` belongs to outputs: remove it from {name}.")
    if kind == "enum":
        return Input(name, "enum", _values(name, fields, None, found))
    if kind == "int":
        least, most = _bounds(name, fields, known, found)
        return Input(name, "int", (), least, most)
    return Input(name, "bool")


def _outputs(fields: Fields, decision: Decision | None, found: Found) -> dict[str, Output]:
    given = {given.name: given for given in decision.outputs} if decision else None
    form = "names with their types, such as `rank: {type: int, min: 1, max: 99}`"
    written = fields_of(fields, "outputs", form, found)
    if written is None:
        names = f" {decision.name} gives {', '.join(given)}." if decision and given else ""
        found.add("MISSING", 1, f"`outputs:` is missing.{names}")
        return {}
    if len(written.by_name) > OUTPUTS_MOST:
        said = f"there are {len(written.by_name):,} outputs; a table may have {OUTPUTS_MOST}"
        found.add("TOO_MANY", written.line, f"{said}.")
        return {}
    outputs = {}
    for name, node in written.by_name.items():
        if given is not None and name not in given:
            _unknown_column(
                "UNKNOWN_OUTPUT", "output", written.lines[name], name, decision, tuple(given), found
            )
            known = None
        else:
            known = given[name] if given else None
        read = _output(name, node, known, found)
        if read is not None:
            outputs[name] = read
    for name in given or ():
        if name not in written.by_name:
            said = f"the output `{name}` is missing: {decides_line(decision)} must give it"
            found.add("MISSING", written.line, f"{said} in every row.")
    return outputs


def decides_line(decision: Decision | None) -> str:
    """The decision's name, in a message."""
    return decision.name if decision else "the table"


def _output(name: str, node: Node, given: Given | None, found: Found) -> Output | None:
    column = _column(name, node, (given.kind,) if given else KINDS, found)
    if column is None:
        return None
    fields, kind = column
    none_node = fields.by_name.get("none")
    none = bool(read_bool(none_node, f"none of {name}", found)) if none_node else False
    if none and given and not given.none:
        found.add("BAD_FORM", fields.lines["none"], f"{name} always gives something: remove `none` here.")
    if kind in {"enum", "list"}:
        values = _values(name, fields, given.values if given else None, found)
        if none and "none" in values:
            found.add("BAD_FORM", fields.line, f"`none` cannot be both a value of {name} and no value.")
        return Output(name, "list" if kind == "list" else "enum", values, none=none)
    if kind == "int":
        least, most = _bounds(name, fields, given, found)
        return Output(name, "int", (), least, most, none)
    return Output(name, "time" if kind == "time" else "bool", none=none)


def _column(name: str, node: Node, kinds: Sequence[str], found: Found) -> tuple[Fields, str] | None:
    """The keys of an input or output, and its type, which is one of `kinds`."""
    if name in RESERVED or len(name) > NAME_MOST:
        found.add("BAD_FORM", node.line, f"`{shown(name)}` cannot be the name of an input or output.")
    if not isinstance(node, Fields):
        said = "is written as `{type: ...}` with what belongs to the type"
        found.add("BAD_FORM", node.line, f"{shown(name)} {said}, such as {{type: {kinds[0]}}}.")
        return None
    written = node.by_name.get("type")
    kind = (plain(written) or "") if written else ""
    if kind not in kinds:
        said = f"its type is `{shown(kind)}`" if kind else "its type is missing"
        line = written.line if written else node.line
        code = "BAD_FORM" if kind else "MISSING"
        found.add(code, line, f"{shown(name)}: {said}: write `type: {' or '.join(kinds)}`.")
        return None
    refuse_unknown_keys(node, _KEYS_OF_KIND[kind], f"{name}, which is {kind}", found)
    return node, kind


def _bounds(name: str, fields: Fields, known: Known | Given | None, found: Found) -> tuple[int, int]:
    """`min` and `max`; those left out are the decision's own."""
    bounds = []
    for key, default in (("min", known and known.least), ("max", known and known.most)):
        node = fields.by_name.get(key)
        number = read_int(node, f"{key} of {name}", found) if node else default
        if node is None and default is None:
            found.add("MISSING", fields.line, f"`{key}` of {name} is missing: write {{min: 0, max: 99}}.")
        bounds.append(number or 0)
    least, most = bounds
    if least > most:
        found.add("NEVER_HOLDS", fields.line, f"{name} would lie in {least:,} to {most:,}: swap the two.")
    elif known and (least < known.least or most > known.most):
        said = f"{name} may lie in {known.least:,} to {known.most:,}, not in {least:,} to {most:,}"
        found.add("OUT_OF_RANGE", fields.line, f"{said}.")
    return least, most


def _values(name: str, fields: Fields, known: Sequence[str] | None, found: Found) -> tuple[str, ...]:
    """The declared words; where the decision knows the words, no others."""
    node = fields.by_name.get("values")
    if not isinstance(node, Items) or not node.items:
        if known and node is None:
            return tuple(known)
        found.add(
            "MISSING", fields.line, f"the values of {name} are missing: write `values: [one, another]`."
        )
        return ()
    if len(node.items) > VALUES_MOST:
        said = f"{name} has {len(node.items):,} values; an input or output may have {VALUES_MOST}"
        found.add("TOO_MANY", node.line, f"{said}. Use a class instead; which class a thing has is data.")
        return ()
    values: dict[str, int] = {}
    for item in node.items:
        word = plain(item)
        if word is None or bad_word(word):
            said = f"`{shown(word)}` cannot be a value of {name}" if word else f"a value of {name} is empty"
            found.add("BAD_FORM", item.line, f"{said}: {_WORD_FORM}")
        elif word in values:
            found.add("DUPLICATE", item.line, f"`{word}` stands twice in {name}. Remove one.")
        elif known and word not in known:
            found.add("UNKNOWN_VALUE", item.line, f"{name} never gives `{word}`: {nearest(word, known)}")
        else:
            values[word] = item.line
    return tuple(values)


_WORD_FORM = (
    f"a word has 1 to {NAME_MOST} letters, figures or signs, without commas, quotes and brackets, "
    "and is not `any`, `other` or `not`."
)


def bad_word(word: str) -> bool:
    """Whether the word could not be told apart from the other things a condition may hold."""
    return (
        not 0 < len(word) <= NAME_MOST
        or word in {"any", "other", "not", "(other)"}
        or word.startswith("not ")
        or not word.isprintable()
        or not _NOT_IN_A_WORD.isdisjoint(word)
    )


def _sums(
    fields: Fields, inputs: Mapping[str, Input], outputs: Mapping[str, Output], found: Found
) -> tuple[Sum, ...]:
    written = fields_of(fields, "sums", "`share_percent: {over: channel, to: 100}`", found)
    sums = []
    for name, node in written.by_name.items() if written else ():
        if not isinstance(node, Fields) or set(node.by_name) != {"over", "to"}:
            found.add(
                "BAD_FORM", node.line, f"the sum of {shown(name)} is written as {{over: channel, to: 100}}."
            )
            continue
        over = plain(node.by_name["over"]) or ""
        to = read_int(node.by_name["to"], "to", found)
        numbers = [output.name for output in outputs.values() if output.kind == "int"]
        words = [column.name for column in inputs.values() if column.kind == "enum"]
        if name not in numbers:
            said = f"`{shown(name)}` is no number this table gives"
            found.add(
                "UNKNOWN_OUTPUT",
                written.lines[name] if written else node.line,
                f"{said}: {nearest(name, numbers)}",
            )
        elif over not in words:
            said = f"`{shown(over)}` is no input with values"
            found.add("UNKNOWN_INPUT", node.line, f"{said}: {nearest(over, words)}")
        elif to is not None:
            sums.append(Sum(name, over, to))
    return tuple(sums)
