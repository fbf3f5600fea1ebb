"""The schema: printed, described, and closed to whoever is not named."""

from pathlib import Path

from graphql import GraphQLInputObjectType, GraphQLObjectType, is_introspection_type

from gateway.operation import fields_of
from resolvers.roles import ROLES
from resolvers.schema import build_schema

PRINTED = Path(__file__).parents[2] / "schema.graphql"
SCHEMA = build_schema()


def test_the_printed_schema_is_the_schema():
    """`earmark schema > schema.graphql` was run after the last change."""
    assert PRINTED.read_text() == SCHEMA.as_str() + "\n"


def test_every_field_names_its_roles():
    """A field nobody may read is a field whose roles were forgotten."""
    nobody = [name for name, roles in fields_of(SCHEMA) if not roles]
    assert nobody == []


def test_only_known_roles_are_named():
    assert {role for _, roles in fields_of(SCHEMA) for role in roles} <= ROLES


def test_every_type_field_and_argument_is_described():
    undescribed = []
    for kind in SCHEMA._schema.type_map.values():
        if is_introspection_type(kind) or kind.name in ("Boolean", "Float", "ID", "Int", "String"):
            continue
        undescribed += [kind.name] if not kind.description else []
        if isinstance(kind, GraphQLObjectType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                undescribed += [f"{kind.name}.{name}"] if not field.description else []
                arguments = getattr(field, "args", {})
                undescribed += [
                    f"{kind.name}.{name}({a})" for a, arg in arguments.items() if not arg.description
                ]
    assert undescribed == []
