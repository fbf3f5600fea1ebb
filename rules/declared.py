"""The inputs and outputs a rule file declares, checked against those its decision has."""

from collections.abc import Mapping, Sequence

from rules.columns import INPUTS_MOST, NAME_MOST, OUTPUTS_MOST, VALUES_MOST, Input, Output
from rules.decisions import Decision, Given, Known
from rules.fields import fields_of, refuse_unknown_keys, shown
from rules.plain_yaml import Fields, Items, Node
from rules.problems import Found
from rules.written import RESERVED, plain, read_bool, read_int

KINDS = ("enum", "int", "bool", "time", "list")
_KEYS_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "enum": ("type", "values", "none"),
    "list": ("type", "values"),
    "int": ("type", "min", "max", "none"),
    "bool": ("type",),
    "time": ("type", "none"),
}
_NOT_IN_A_WORD = frozenset(",[]{}\"'`")


def read_inputs(fields: Fields, decision: Decision | None, found: Found) -> dict[str, Input]:
    """The inputs by name, in the order they are declared; problems are added to `found`."""
    known = {known.name: known for known in decision.inputs} if decision else {}
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
        if decision and name not in known:
            said = f"`{shown(name)}` is no input of {decision.name}: {found.near(name, known)}"
            listed = f"It may look at {', '.join(known)}."
            found.add("UNKNOWN_INPUT", written.lines[name], f"{said} {listed}")
        read = _input(name, node, known.get(name), found)
        if read is not None:
            inputs[name] = read
    return inputs


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


def read_outputs(fields: Fields, decision: Decision | None, found: Found) -> dict[str, Output]:
    """The outputs by name, in the order they are declared; problems are added to `found`."""
    given = {given.name: given for given in decision.outputs} if decision else {}
    form = "names with their types, such as `rank: {type: int, min: 1, max: 99}`"
    written = fields_of(fields, "outputs", form, found)
    if written is None:
        names = f" {decision.name} gives {', '.join(given)}." if decision else ""
        found.add("MISSING", 1, f"`outputs:` is missing.{names}")
        return {}
    if len(written.by_name) > OUTPUTS_MOST:
        said = f"there are {len(written.by_name):,} outputs; a table may have {OUTPUTS_MOST}"
        found.add("TOO_MANY", written.line, f"{said}.")
        return {}
    outputs = {}
    for name, node in written.by_name.items():
        if decision and name not in given:
            said = f"`{shown(name)}` is no output of {decision.name}: {found.near(name, given)}"
            found.add("UNKNOWN_OUTPUT", written.lines[name], f"{said} It gives {', '.join(given)}.")
        read = _output(name, node, given.get(name), found)
        if read is not None:
            outputs[name] = read
    for name, one in given.items():
        if name not in written.by_name and not one.optional:
            said = f"the output `{name}` is missing: this decision gives it in every row"
            found.add("MISSING", written.line, f"{said}. Add it here and to the rows.")
    return outputs


def unreadable(fields: Fields, columns: Mapping[str, Input | Output], key: str) -> frozenset[str]:
    """The names declared under `inputs` or `outputs` that no row can be read by; each is reported already."""
    written = fields.by_name.get(key)
    declared = written.by_name if isinstance(written, Fields) else {}
    sound = {name for name, one in columns.items() if one.values or one.kind not in {"enum", "list"}}
    return frozenset(declared) - sound


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
            found.add("UNKNOWN_VALUE", item.line, f"{name} never gives `{word}`: {found.near(word, known)}")
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
