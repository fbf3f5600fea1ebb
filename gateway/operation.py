"""One pass over each document: what kind of operation it is and which roles its fields name. Cached by document."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    visit,
)
from graphql.type import GraphQLField, GraphQLInterfaceType

from resolvers.flows.deps import Caller
from resolvers.roles import SCHEMA_READERS, Roles, expand
from rules.errors import Forbidden

CACHED_MAX = 500
TOKENS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Operation:
    """What a document needs: the kind of each operation in it by name, and each field's roles."""

    kinds: dict[str, OperationType]
    needs: tuple[tuple[str, frozenset[str]], ...]

    def kind(self, name: str | None) -> OperationType | None:
        """The kind of the operation to be run, or None where that is not clear."""
        if name is not None:
            return self.kinds.get(name)
        return next(iter(self.kinds.values())) if len(self.kinds) == 1 else None

    def check(self, caller: Caller) -> None:
        """Nothing, where the caller may read every field. Raises Forbidden for the first it may not."""
        for field, allowed in self.needs:
            if not allowed & caller.roles:
                raise Forbidden(field, allowed)


class Operations:
    """The pass, for one schema."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema._schema  # noqa: SLF001  # Strawberry has no public way to its GraphQL schema
        self._cached: OrderedDict[str, Operation | None] = OrderedDict()

    def read(self, document: str) -> Operation | None:
        """What the document needs, or None where it is no document: the executor then says what is wrong with it."""
        if document in self._cached:
            self._cached.move_to_end(document)
            return self._cached[document]
        try:
            operation = _read(self._schema, parse(document, max_tokens=TOKENS_MAX))
        except GraphQLSyntaxError:
            operation = None
        self._cached[document] = operation
        while len(self._cached) > CACHED_MAX:
            self._cached.popitem(last=False)
        return operation


def _read(schema: GraphQLSchema, document: DocumentNode) -> Operation:
    info = TypeInfo(schema)
    needs: dict[str, frozenset[str]] = {}

    class Collect(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent, field = info.get_parent_type(), info.get_field_def()
            if parent is None or field is None or node.name.value == "__typename":
                return
            needs.setdefault(f"{parent.name}.{node.name.value}", allowed(parent, field, node.name.value))

    visit(document, TypeInfoVisitor(info, Collect()))
    kinds = {
        definition.name.value if definition.name else "": definition.operation
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
    return Operation(kinds, tuple(sorted(needs.items())))


def allowed(parent: object, field: GraphQLField, name: str) -> frozenset[str]:
    """The roles that may read a field: its own, else its type's, else nobody."""
    if name in ("__schema", "__type") or getattr(parent, "name", "").startswith("__"):
        return SCHEMA_READERS
    for definition in (field.extensions, getattr(parent, "extensions", {})):
        for directive in getattr(definition.get("strawberry-definition"), "directives", None) or ():
            if isinstance(directive, Roles):
                return expand(directive.names)
    return frozenset()


def fields_of(schema: strawberry.Schema) -> Iterator[tuple[str, frozenset[str]]]:
    """Every field of the schema with the roles that may read it."""
    for name, kind in sorted(schema._schema.type_map.items()):  # noqa: SLF001
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", allowed(kind, field, field_name)
