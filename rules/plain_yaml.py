"""YAML as analysts mean it: mappings, lists and plain text, each with its line, and nothing else.

No anchor, alias, tag, merge key, second document or second key of one name. Every scalar is the text as it
is written: what `no`, `1e3` or `2026-01-01` means is for the header to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from rules.columns import EXAMPLES_MOST, ROWS_MOST
from rules.problems import Found

FILE_BYTES_MOST = 1_000_000
DEPTH_MOST = 12
USE_CLASSES = "Use classes instead of single items or customers."
EVENTS_MOST = 300_000
"""Enough for 50,000 cells with their names; a file with more is refused half-read."""
ITEMS_MOST = max(ROWS_MOST, EXAMPLES_MOST)
"""The most entries of any list: a table has no more rows or examples."""

NAMES_MOST = 100
"""The most names of any mapping: a file has 9 keys, 16 inputs and 12 outputs at most."""


@dataclass(frozen=True, slots=True)
class Text:
    """A word, number, date or sentence as written. `where` names the cell, in a sheet."""

    text: str
    line: int
    where: str = ""


@dataclass(slots=True)
class Items:
    """A list."""

    line: int
    items: list["Node"] = field(default_factory=list)


@dataclass(slots=True)
class Fields:
    """A mapping; `lines` are those of its keys."""

    line: int
    by_name: dict[str, "Node"] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Node = Text | Items | Fields

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(content: bytes, found: Found) -> Node:
    """The file as a tree of plain texts. What cannot be read at all raises BadTable."""
    if len(content) > FILE_BYTES_MOST:
        said = f"the file has {len(content):,} bytes; a rule file may have {FILE_BYTES_MOST:,}"
        raise found.stop("TOO_LARGE", 1, f"{said}. {USE_CLASSES}")
    text = decoded(content, found)
    refuse_control_characters(text, found)
    try:
        return _Reader(yaml.parse(text, Loader=_Loader), found).document()
    except yaml.MarkedYAMLError as bad:
        mark = bad.problem_mark or bad.context_mark
        line = mark.line + 1 if mark else 1
        raise found.stop("SYNTAX", line, _plainly(bad, text, line)) from bad
    except yaml.YAMLError as bad:
        raise found.stop("SYNTAX", 1, f"the file cannot be read as YAML: {bad}.") from bad


def decoded(content: bytes, found: Found) -> str:
    """The bytes as text, without the mark some programs put in front. Anything but UTF-8 raises BadTable."""
    how = "Save it again with the encoding UTF-8 (in a spreadsheet: `CSV UTF-8`)."
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
        raise found.stop("ENCODING", 1, f"the file is written in UTF-16, not in UTF-8. {how}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = content.count(b"\n", 0, bad.start) + 1
        around = content[max(0, bad.start - 12) : bad.start + 12].decode("latin-1")
        shown = "".join(sign if sign.isprintable() else " " for sign in around).strip()
        said = f"the file is not written in UTF-8: it looks like Latin-1 or Windows-1252 near `{shown}`"
        raise found.stop("ENCODING", line, f"{said}. {how}") from bad


def refuse_control_characters(text: str, found: Found) -> None:
    """A character that cannot be seen, anywhere in the text, raises BadTable with all their lines."""
    if text.replace("\n", "").replace("\r", "").isprintable():
        return
    for number, line in enumerate(text.split("\n"), start=1):
        bad = hidden_sign(line.removesuffix("\r"))
        if bad:
            said = f"the character U+{ord(bad):04X} cannot be seen and has no meaning here"
            found.add("CONTROL_CHARACTER", number, f"{said}: type the line again.")
    if found.problems:
        raise found.all()


def hidden_sign(text: str) -> str:
    """The first character that cannot be seen and is no space or joiner of letters; empty without one."""
    if text.isprintable():
        return ""
    return next((sign for sign in text if not sign.isprintable() and sign not in _HARMLESS), "")


_HARMLESS = frozenset(
    "\t\n\r"
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"  # spaces
    "\u200c\u200d"  # letters of Persian and Hindi, and some pictures, are joined and kept apart by these
)


class _Reader:
    """Builds the tree from events, and refuses what is not plain as soon as it is seen."""

    def __init__(self, events: Iterator[yaml.Event], found: Found) -> None:
        self._events = events
        self._found = found
        self._seen = 0

    def document(self) -> Node:
        self._next()
        event = self._next()
        if not isinstance(event, yaml.DocumentStartEvent):
            raise self._found.stop("MISSING", 1, "the file is empty. Begin with `decides:`.")
        if event.tags or event.version:
            raise self._found.stop("NOT_PLAIN", 1, "directives (%) mean nothing here: remove the line.")
        node = self._node(self._next(), 1)
        self._next()
        event = self._next()
        if isinstance(event, yaml.DocumentStartEvent):
            said = "a second document begins here: one file holds one table. Remove the `---`."
            raise self._found.stop("NOT_PLAIN", _line(event), said)
        return node

    def _next(self) -> yaml.Event:
        event = next(self._events)
        self._seen += 1
        if self._seen > EVENTS_MOST:
            said = "the file has too many parts by here; a table may have 2,000 rows and 50,000 cells"
            raise self._found.stop("TOO_MANY", _line(event), f"{said}. Use classes, and fewer rows.")
        return event

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._refuse_unplain(event)
        if isinstance(event, yaml.ScalarEvent):
            return Text(event.value, _line(event))
        if depth > DEPTH_MOST:
            said = f"lists and mappings stand more than {DEPTH_MOST} deep in one another here"
            raise self._found.stop("TOO_DEEP", _line(event), f"{said}. A rule file needs 4.")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(_line(event), depth)
        return self._fields(_line(event), depth)

    def _items(self, line: int, depth: int) -> Items:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
            if len(items) > ITEMS_MOST:
                said = f"the list has more than {ITEMS_MOST:,} entries; a table may have so many rows"
                raise self._found.stop("TOO_MANY", line, f"{said}. {USE_CLASSES}")
        return Items(line, items)

    def _fields(self, line: int, depth: int) -> Fields:
        fields = Fields(line)
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self._next(), depth + 1)
            if not isinstance(key, Text):
                self._found.add("BAD_FORM", key.line, "a name must stand before the colon, not a list.")
            elif key.text == "<<":
                self._found.add("NOT_PLAIN", key.line, "`<<` copies nothing here: write the keys out.")
            elif key.text in fields.by_name:
                before = fields.lines[key.text]
                said = f"`{key.text}` stands here for the second time; the first is in line {before}"
                self._found.add("DUPLICATE", key.line, f"{said}. Remove one of them.")
                if self._found.left_out:
                    raise self._found.all()
            else:
                fields.by_name[key.text] = value
                fields.lines[key.text] = key.line
            if len(fields.by_name) > NAMES_MOST:
                said = f"more than {NAMES_MOST} names stand below each other here; no rule file needs as many"
                raise self._found.stop(
                    "TOO_MANY", line, f"{said}. Look for rows without their `- ` in front."
                )
        return fields

    def _refuse_unplain(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            said = f"`*{event.anchor}` stands for text elsewhere: write the text out. A text that begins"
            raise self._found.stop("NOT_PLAIN", _line(event), f"{said} with * is put in quotes.")
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor:
            said = f"`&{anchor}` is an anchor: remove it. A text that begins with & is put in quotes."
            raise self._found.stop("NOT_PLAIN", _line(event), said)
        if tag:
            said = f"`{tag}` is a tag: remove it. A text that begins with ! is put in quotes."
            raise self._found.stop("NOT_PLAIN", _line(event), said)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _plainly(bad: yaml.MarkedYAMLError, text: str, line: int) -> str:
    """What is wrong with the line, and what most likely to do about it."""
    lines = text.split("\n")
    written = lines[line - 1] if line <= len(lines) else ""
    said = f"this line cannot be read as YAML ({bad.problem or bad.context})."
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return f"{said} It is indented with a tab: use spaces."
    if any(sign in written for sign in (": >", ": <", "[>", "{>")):
        return f'{said} Put comparisons in quotes: ">= 3".'
    if "not [" in written:
        return f'{said} Inside {{ }} put `not` with a list in quotes: "not [web, app]".'
    if "mapping values" in str(bad.problem):
        return f"{said} A text with a colon in it is put in quotes; a name ends with a colon and a space."
    return f"{said} Look here and in the line above: quotes and brackets left open, indentation."
