"""Mapping files as plain text, lists and maps: no tags, no anchors, no guessed types.

Every scalar stays the text that was written, so `no`, `010` and `2025-06-01` mean just that until the place
where they stand asks for a number or a day.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

SIZE_MAX = 256 * 1024
DEPTH_MAX = 12

Plain = str | list["Plain"] | dict[str, "Plain"]


class MappingRefused(ValueError):
    """A mapping file cannot be used: which file, where in it, and why."""

    def __init__(self, file: str, where: str, why: str) -> None:
        self.file, self.where, self.why = file, where, why
        super().__init__(f"{file}: {where}: {why}" if where else f"{file}: {why}")


@dataclass(frozen=True, slots=True)
class Node:
    """One place in a mapping file: what stands there, and the way to it so that a refusal can name it."""

    file: str
    where: str
    value: Plain

    def refused(self, why: str) -> MappingRefused:
        return MappingRefused(self.file, self.where, why)

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.refused(f"a text is wanted, not a {_kind(self.value)}")
        if not self.value:
            raise self.refused("a text is wanted, and nothing stands here")
        return self.value

    def one_of(self, choices: Collection[str]) -> str:
        text = self.text()
        if text not in choices:
            raise self.refused(f"{text!r} is not one of {', '.join(choices)}")
        return text

    def flag(self) -> bool:
        return self.one_of(("true", "false")) == "true"

    def whole(self, low: int, high: int) -> int:
        text = self.text()
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 9 and low <= int(text) <= high):
            raise self.refused(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    def rows(self) -> list["Node"]:
        if not isinstance(self.value, list):
            raise self.refused(f"a list is wanted, not a {_kind(self.value)}")
        return [Node(self.file, f"{self.where}[{n}]", value) for n, value in enumerate(self.value, 1)]

    def texts(self) -> tuple[str, ...]:
        return tuple(row.text() for row in self.rows())

    def entries(self) -> dict[str, "Node"]:
        if not isinstance(self.value, dict):
            raise self.refused(f"keys with values are wanted, not a {_kind(self.value)}")
        return {key: Node(self.file, self._below(key), value) for key, value in self.value.items()}

    def keys(self, known: Collection[str], required: Collection[str] = ()) -> dict[str, "Node"]:
        """The entries, all of them known and none of the required ones missing."""
        entries = self.entries()
        for key, entry in entries.items():
            if key not in known:
                raise entry.refused(f"no such key. Known here: {', '.join(known)}")
        if missing := [key for key in required if key not in entries]:
            raise self.refused(f"{', '.join(missing)} is missing")
        return entries

    def _below(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key


def read_plain(path: Path) -> Node:
    """The file's content, proven to be plain text, lists and maps of bounded size and depth."""
    text = _text_of(path)
    try:
        _refuse_tricks(path.name, text)
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise MappingRefused(path.name, "", f"not YAML: {' '.join(str(error).split())[:300]}") from None
    if root is None:
        raise MappingRefused(path.name, "", "the file is empty")
    return Node(path.name, "", _plain(path.name, "", root))


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_MAX + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise MappingRefused(path.name, "", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise MappingRefused(
            path.name, "", f"byte {error.start + 1} is not UTF-8. Save it as UTF-8"
        ) from None
    if len(content) > SIZE_MAX:
        raise MappingRefused(path.name, "", f"over {SIZE_MAX} bytes. Split it into two sources")
    return text


def _refuse_tricks(file: str, text: str) -> None:
    # Judged on the event stream: composing would follow the aliases, and a few of them make a billion nodes.
    depth = 0
    for event in _events(text):
        line = f"line {event.start_mark.line + 1}" if event.start_mark else ""
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise MappingRefused(file, line, f"nested deeper than {DEPTH_MAX}")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise MappingRefused(file, line, "anchors and aliases are not taken. Write the value out")
        if tag := getattr(event, "tag", None):
            raise MappingRefused(file, line, f"the tag {tag} is not taken. Write the value alone")


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=yaml.BaseLoader)


def _plain(file: str, where: str, node: yaml.Node) -> Plain:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(file, f"{where}[{n}]", item) for n, item in enumerate(node.value, 1)]
    return _plain_map(file, where, node)


def _plain_map(file: str, where: str, node: yaml.Node) -> dict[str, Plain]:
    entries: dict[str, Plain] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise MappingRefused(file, where, "a key must be a text")
        key = str(key_node.value)
        if key in entries:
            raise MappingRefused(file, where, f"the key {key} stands here twice")
        entries[key] = _plain(file, f"{where}.{key}" if where else key, value_node)
    return entries


def _kind(value: Plain) -> str:
    return "text" if isinstance(value, str) else "list" if isinstance(value, list) else "map"
