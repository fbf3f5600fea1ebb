"""How large a document may be: measured before it is held against the schema, so that a refusal is cheap."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
)
from graphql.language import InlineFragmentNode

from rules.errors import Refusal

CHARACTERS_MAX = 50_000
TOKENS_MAX = 2_000
FRAGMENTS_MAX = 50
DEPTH_MAX = 10
FIELDS_MAX = 500
ALIASES_MAX = 15


class TooComplex(Refusal):
    """The document asks for more in one request than is answered in one."""

    code = "QUERY_TOO_COMPLEX"

    def __init__(self, what: str, found: int | None, most: int) -> None:
        have = f"{found:,} {what}" if found is not None else f"more than {most:,} {what}"
        super().__init__(
            f"The document has {have}; it may have {most:,}.",
            "Ask for less, or in several requests; give values as variables.",
            most=most,
        )


class TooManyMutations(Refusal):
    """One request changes one thing, so that it is clear what was done when an answer is lost."""

    code = "TOO_MANY_MUTATIONS"

    def __init__(self, found: int) -> None:
        super().__init__(
            f"The request has {found:,} mutation fields; it may have 1.",
            "Send each in a request of its own, or all the events in one `receive`.",
            fields=found,
            most=1,
        )


@dataclass(frozen=True, slots=True)
class Size:
    """A selection with all its fragments put in: fields at its top, and fields, aliases and levels in all."""

    top: int = 0
    fields: int = 0
    aliases: int = 0
    depth: int = 0

    def beside(self, other: "Size") -> "Size":
        return Size(
            self.top + other.top,
            self.fields + other.fields,
            self.aliases + other.aliases,
            max(self.depth, other.depth),
        )


def check_size(document: DocumentNode) -> None:
    """Nothing, where the document is small enough. Raises TooComplex and TooManyMutations."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    _check("fragments", len(fragments), FRAGMENTS_MAX)
    measure, whole = _Measure(fragments), Size()
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            size = measure.of(operation.selection_set.selections)
            if operation.operation is OperationType.MUTATION and size.top > 1:
                raise TooManyMutations(size.top)
            whole = whole.beside(size)
    _check("levels", whole.depth, DEPTH_MAX)
    _check("fields", whole.fields, FIELDS_MAX)
    _check("aliases", whole.aliases, ALIASES_MAX)


def _check(what: str, found: int, most: int) -> None:
    if found > most:
        raise TooComplex(what, found, most)


class _Measure:
    """Sizes of selections; each fragment is measured once, however often it is spread."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Size] = {}

    def of(self, selections: Sequence[SelectionNode]) -> Size:
        size = Size()
        for selection in selections:
            size = size.beside(self._one(selection))
        return size

    def _one(self, selection: SelectionNode) -> Size:
        if isinstance(selection, FieldNode):
            return self._field(selection)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value)
        if isinstance(selection, InlineFragmentNode):
            return self.of(selection.selection_set.selections)
        return Size()

    def _field(self, field: FieldNode) -> Size:
        inside = self.of(field.selection_set.selections) if field.selection_set else Size()
        is_about_schema = field.name.value.startswith("__")  # a rule of its own bounds its depth
        return Size(
            top=0 if is_about_schema else 1,
            fields=inside.fields + 1,
            aliases=inside.aliases + (field.alias is not None),
            depth=1 if is_about_schema else inside.depth + 1,
        )

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = Size()  # a fragment that spreads itself is refused by validation
            if name in self._fragments:
                self._known[name] = self.of(self._fragments[name].selection_set.selections)
        return self._known[name]
