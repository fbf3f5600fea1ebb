"""Documents made ready once and kept: parsed, measured, validated, their fields' roles read."""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    execute,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.type import GraphQLField, GraphQLInterfaceType
from graphql.validation import ValidationRule, recommended_rules
from strawberry.execution import optimized_is_awaitable

from gateway.errors import ERRORS_MAX
from gateway.limits import CHARACTERS_MAX, DEPTH_MAX, TOKENS_MAX, TooComplex, check_size
from resolvers.flows.deps import Caller
from resolvers.roles import SCHEMA_READERS, Roles, expand
from rules.errors import Forbidden

KEPT_CHARACTERS_MAX = 500_000
"""Of documents kept ready; one is some hundred times larger in memory than as text."""

DIGITS_MAX = 400
LONG_NUMBER = re.compile(f"[0-9]{{{DIGITS_MAX + 1}}}")


@dataclass(frozen=True, slots=True)
class Operation:
    """A document made ready: the kind of each operation in it by name, the roles each of its fields names.

    One with `problems` cannot be run.
    """

    document: DocumentNode | None
    kinds: Mapping[str, OperationType]
    needs: tuple[tuple[str, frozenset[str]], ...]
    problems: tuple[GraphQLError, ...] = ()

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
    """Makes documents ready for one schema, and runs them."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema._schema  # noqa: SLF001  # Strawberry has no public way to its GraphQL schema
        self._executor = schema.execution_context_class
        self._kept: OrderedDict[str, Operation] = OrderedDict()
        self._kept_characters = 0

    def read(self, text: str) -> Operation:
        """The document made ready. Raises TooComplex and TooManyMutations."""
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text]
        if len(text) > CHARACTERS_MAX:
            raise TooComplex("characters", len(text), CHARACTERS_MAX)
        try:
            operation = _ready(self._schema, _parsed(text))
        except GraphQLSyntaxError as wrong:
            return Operation(None, {}, (), (wrong,))
        self._keep(text, operation)
        return operation

    def _keep(self, text: str, operation: Operation) -> None:
        self._kept[text] = operation
        self._kept_characters += len(text)
        while self._kept_characters > KEPT_CHARACTERS_MAX:
            dropped, _ = self._kept.popitem(last=False)
            self._kept_characters -= len(dropped)

    async def run(
        self, operation: Operation, name: str | None, variables: dict[str, Any] | None, context: object
    ) -> ExecutionResult:
        """What the operation answers: data, errors or both."""
        if operation.document is None or operation.problems:
            return ExecutionResult(None, list(operation.problems))
        result = execute(
            self._schema,
            operation.document,
            context_value=context,
            variable_values=variables,
            operation_name=name,
            max_coercion_errors=ERRORS_MAX,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # Strawberry's is no TypeGuard
            executor_class=self._executor,
            hide_suggestions=True,
        )
        return await result if isawaitable(result) else result


def _parsed(text: str) -> DocumentNode:
    if LONG_NUMBER.search(text):
        raise TooComplex("digits in a row", None, DIGITS_MAX)
    try:
        return parse(text, max_tokens=TOKENS_MAX)
    except GraphQLSyntaxError as wrong:
        if f"more than {TOKENS_MAX} tokens" in wrong.message:
            raise TooComplex("tokens", None, TOKENS_MAX) from None
        if "nested too deeply" in wrong.message:
            raise TooComplex("levels", None, DEPTH_MAX) from None
        raise


class TextCanBeKept(ValidationRule):
    """No text in a document holds U+0000, which PostgreSQL cannot hold."""

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        if "\0" in node.value:
            self.report_error(GraphQLError("A text holds the character U+0000. Leave it out.", node))


RULES = (*specified_rules, *recommended_rules, TextCanBeKept)


def _ready(schema: GraphQLSchema, document: DocumentNode) -> Operation:
    check_size(document)
    problems = validate(schema, document, RULES, max_errors=ERRORS_MAX, hide_suggestions=True)
    kinds = {
        definition.name.value if definition.name else "": definition.operation
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
    return Operation(document, kinds, _needs(schema, document), tuple(problems))


def _needs(schema: GraphQLSchema, document: DocumentNode) -> tuple[tuple[str, frozenset[str]], ...]:
    """The roles of every field in the document, fragments included, whichever operation will be run."""
    info = TypeInfo(schema)
    needs: dict[str, frozenset[str]] = {}

    class Collect(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent, field = info.get_parent_type(), info.get_field_def()
            if parent is None or field is None or node.name.value == "__typename":
                return
            needs.setdefault(f"{parent.name}.{node.name.value}", allowed(parent, field, node.name.value))

    visit(document, TypeInfoVisitor(info, Collect()))
    return tuple(sorted(needs.items()))


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
