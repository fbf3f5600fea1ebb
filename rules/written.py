"""Conditions and values as analysts write them, in YAML and in a sheet, read by the type the header names."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from rules.columns import OTHER, Condition, Input, OneOf, Output, Range, Value
from rules.plain_yaml import Fields, Items, Node, Text
from rules.problems import Found

TRUE = ("true", "yes")
FALSE = ("false", "no")
RESERVED = frozenset({"any", "other", "not", "none", "row", OTHER, *TRUE, *FALSE})
"""Words that mean something in a rule file: no value, input or output is called so."""

_INT = re.compile(r"-?\d{1,12}")
_COMPARED = re.compile(r"(>=|<=|>|<|=)\s*(-?\d{1,12})")
_FROM_TO = re.compile(r"(-?\d{1,12})\s*\.\.\s*(-?\d{1,12})")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::00)?")
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_INT_FORMS = '`5`, `">= 3"`, `"< 3"` or `1..5`'


def plain(node: Node) -> str | None:
    """The text of a scalar, its white space made single spaces; None for a list or a mapping."""
    return " ".join(node.text.split()) if isinstance(node, Text) else None


def is_any(node: Node | None) -> bool:
    """Whether the node says nothing: absent, empty, or `any`."""
    return node is None or plain(node) in {"", "any"}


def read_condition(node: Node, to: Input, found: Found) -> Condition | None:
    """The condition on the input; None where it holds for anything, or is wrong and reported."""
    if is_any(node):
        return None
    if to.kind == "int":
        return _range(node, to, found)
    if to.kind == "bool":
        said = _bool(node, to.name, found)
        return None if said is None else OneOf(frozenset({said}))
    return _one_of(node, to, found)


def _one_of(node: Node, to: Input, found: Found) -> OneOf | None:
    negated, words = words_of(node, found)
    if words is None:
        return None
    values: set[str | bool] = set()
    for word in words:
        if word.text == "other":
            value = OTHER
        elif word.text in to.values:
            value = word.text
        else:
            said = f"`{word.text}` is no value of {to.name}"
            _say(found, "UNKNOWN_VALUE", word, f"{said}: {found.near(word.text, (*to.values, 'other'))}")
            continue
        if value in values:
            _say(found, "DUPLICATE", word, f"`{word.text}` stands twice for {to.name}. Remove one.")
        values.add(value)
    if not words:
        _say(found, "NEVER_HOLDS", node, f"{to.name} has no value here, so the row can never fire: name one.")
    elif negated and len(values) == len(to.values) + 1:
        _say(found, "NEVER_HOLDS", node, f"nothing is left of {to.name}, so the row can never fire.")
    return OneOf(frozenset(values), negated) if values else None


def words_of(node: Node, found: Found) -> tuple[bool, list[Text] | None]:
    """Whether `not` stands before them, and the words of `web`, `[web, app]`, `web, app` or `not web`.

    Anything else is reported, and the words are None.
    """
    if isinstance(node, Fields):
        if list(node.by_name) == ["not"]:
            return True, words_of(node.by_name["not"], found)[1]
        _say(found, "BAD_FORM", node, "a word or a list of words is needed here, such as [web, app].")
        return False, None
    if isinstance(node, Items):
        words = [item for item in node.items if isinstance(item, Text)]
        if len(words) < len(node.items):
            _say(found, "BAD_FORM", node, "a list holds words only, such as [web, app].")
            return False, None
        return False, [Text(" ".join(word.text.split()), word.line, word.where) for word in words]
    text = plain(node) or ""
    negated = text == "not" or text.startswith(("not ", "not["))
    text = text[3:].strip() if negated else text
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    words = [Text(word.strip(), node.line, node.where) for word in text.split(",") if word.strip()]
    return negated, words


def _range(node: Node, to: Input, found: Found) -> Range | None:
    text = plain(node)
    read = _bounds(text or "")
    if read is None:
        shown = f"`{text}`" if text is not None else "a list"
        _say(found, "BAD_FORM", node, f"{shown} is no condition on the number {to.name}: write {_INT_FORMS}.")
        return None
    numbers = [bound for bound in (read.least, read.most) if bound is not None]
    most = to.most if read.most is None else read.most
    least = to.least if read.least is None else read.least
    within = f"{to.name} lies in {to.least:,} to {to.most:,}"
    if least > most:
        _say(found, "NEVER_HOLDS", node, f"`{text}` can never hold: {within}. The row can never fire.")
    elif any(not to.least <= number <= to.most for number in numbers):
        _say(found, "OUT_OF_RANGE", node, f"`{text}` reaches beyond what is possible: {within}.")
    return read


def _bounds(text: str) -> Range | None:
    if _INT.fullmatch(text):
        return Range(int(text), int(text))
    between = _FROM_TO.fullmatch(text)
    if between:
        return Range(int(between[1]), int(between[2]))
    compared = _COMPARED.fullmatch(text)
    if not compared:
        return None
    number = int(compared[2])
    return {
        ">=": Range(number, None),
        ">": Range(number + 1, None),
        "<=": Range(None, number),
        "<": Range(None, number - 1),
        "=": Range(number, number),
    }[compared[1]]


def _bool(node: Node, name: str, found: Found) -> bool | None:
    text = (plain(node) or "").lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    _say(found, "BAD_FORM", node, f"{name} is `true` or `false`, not `{text}`.")
    return None


def read_int(node: Node, name: str, found: Found) -> int | None:
    """The whole number, or None, reported."""
    text = plain(node)
    if text is not None and _INT.fullmatch(text):
        return int(text)
    _say(found, "BAD_FORM", node, f"{name} is a whole number, such as 30, not `{text or 'a list'}`.")
    return None


def read_bool(node: Node, name: str, found: Found) -> bool | None:
    """True or False, or None, reported."""
    return _bool(node, name, found)


def read_value(node: Node, to: Output, found: Found) -> Value:
    """What a row gives. What is written wrongly is reported, and None."""
    if to.none and plain(node) == "none":
        return None
    if to.kind == "list":
        return _list(node, to, found)
    if to.kind == "bool":
        return _bool(node, to.name, found)
    if to.kind == "int":
        number = read_int(node, to.name, found)
        if number is not None and not to.least <= number <= to.most:
            said = f"{to.name} is {number:,}; it may be {to.least:,} to {to.most:,}"
            _say(found, "OUT_OF_RANGE", node, f"{said}.")
        return number
    text = plain(node)
    if to.kind == "time":
        return _time(node, text, to, found)
    return _known(Text(text or "", node.line, _where(node)), to.name, to.values, found)


def _time(node: Node, text: str | None, to: Output, found: Found) -> int | None:
    time = _TIME.fullmatch(text or "")
    if time:
        return int(time[1]) * 60 + int(time[2])
    or_none = " or `none`" if to.none else ""
    _say(found, "BAD_FORM", node, f'{to.name} is a time such as "16:30"{or_none}, not `{text}`.')
    return None


def _list(node: Node, to: Output, found: Found) -> tuple[str, ...]:
    negated, words = words_of(node, found)
    if negated:
        _say(found, "BAD_FORM", node, f"{to.name} is a list: `not` means nothing here. List the words.")
    values = [_known(word, to.name, to.values, found) for word in words or ()]
    for place, value in enumerate(values):
        if value and value in values[:place]:
            _say(found, "DUPLICATE", node, f"`{value}` stands twice in {to.name}. Remove one.")
    return tuple(value for value in values if value is not None)


def _known(word: Text, name: str, values: Sequence[str], found: Found) -> str | None:
    if word.text in values:
        return word.text
    said = f"`{word.text}` is no value of {name}"
    _say(found, "UNKNOWN_VALUE", word, f"{said}: {found.near(word.text, values)}")
    return None


def read_fact(node: Node, to: Input, found: Found) -> Value:
    """What an example gives for the input; `other` is OTHER. What is wrong is reported, and None."""
    if to.kind == "bool":
        return _bool(node, to.name, found)
    if to.kind == "enum":
        word = Text(plain(node) or "", node.line, _where(node))
        return OTHER if word.text == "other" else _known(word, to.name, (*to.values, "other"), found)
    number = read_int(node, to.name, found)
    if number is not None and not to.least <= number <= to.most:
        said = f"{to.name} is {number:,}; it lies in {to.least:,} to {to.most:,}"
        _say(found, "OUT_OF_RANGE", node, f"{said}.")
    return number


def read_instant(node: Node, name: str, found: Found) -> datetime | None:
    """The site's local day or time. What is written wrongly is reported, and None."""
    text = plain(node) or ""
    instant = _INSTANT.fullmatch(text)
    written = f"{instant[1]}T{instant[2]}" if instant else text if _DAY.fullmatch(text) else ""
    try:
        read = datetime.fromisoformat(written)  # naive: the time at the site the decision is for
    except ValueError:
        forms = "2026-01-31 or 2026-01-31 14:00 (the time at the site, without a zone)"
        _say(found, "BAD_FORM", node, f"`{name}: {text}` is no day: write {forms}.")
        return None
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        said = f"`{name}: {text}` lies in the year {read.year}: is it a slip?"
        _say(found, "OUT_OF_RANGE", node, f"{said} Years are {_FIRST_YEAR} to {_LAST_YEAR}.")
    return read


def write_condition(condition: Condition, to: Input) -> str:
    """The condition as one text, the words in the header's order: it reads back as the same condition."""
    if isinstance(condition, OneOf):
        words = ", ".join(_ordered(condition.values, to.values))
        return f"not {words}" if condition.negated else words
    if condition.least is None:
        return f"<= {condition.most}"
    if condition.most is None:
        return f">= {condition.least}"
    if condition.least == condition.most:
        return str(condition.least)
    return f"{condition.least}..{condition.most}"


def _ordered(values: Iterable[str | bool], declared: Sequence[str]) -> list[str]:
    """The words in the order of the header, `other` last."""
    order = {word: place for place, word in enumerate(declared)}
    ranked = sorted(values, key=lambda value: order.get(str(value), len(order)))
    return [write_fact(value) for value in ranked]


def write_fact(value: Value) -> str:
    """A value of an input, or of an output that is no time and no list, as it is written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "other" if value == OTHER else "none" if value is None else str(value)


def write_value(value: Value, to: Output) -> str:
    """The value as one text that reads back as the same value; an empty list is `[]`."""
    if isinstance(value, tuple):
        return ", ".join(value) or "[]"
    if to.kind == "time" and value is not None:
        hours, minutes = divmod(int(str(value)), 60)
        return f"{hours:02}:{minutes:02}"
    return write_fact(value)


def write_instant(instant: datetime) -> str:
    """The day, with the time where it is not midnight."""
    day = instant.date().isoformat()
    return day if instant.time() == instant.min.time() else f"{day} {instant:%H:%M}"


def _where(node: Node) -> str:
    return node.where if isinstance(node, Text) else ""


def _say(found: Found, code: str, node: Node, message: str) -> None:
    found.add(code, node.line, message, where=_where(node))
