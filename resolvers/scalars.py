"""The scalars on the wire, strict on the way in: a refusal says what to write instead."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NewType

import strawberry
from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode, ValueNode

Sku = NewType("Sku", str)
Quantity = NewType("Quantity", object)
"""On the way in a Decimal in base units; on the way out what `rules.quantity.to_base` gives."""

SKU_MAX = 64
_DECIMAL = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,6})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_sku(value: object) -> str:
    """The sku in one normal form (NFC), so that two spellings of one text are one item."""
    if not isinstance(value, str):
        raise GraphQLError(f"A Sku is a string, not {_said(value)}.")
    sku = unicodedata.normalize("NFC", value)
    if not 1 <= len(sku) <= SKU_MAX or not sku.isprintable() or sku != sku.strip():
        raise GraphQLError(f"A Sku has 1 to {SKU_MAX} printable characters and no space at its ends.")
    return sku


def parse_quantity(value: object) -> Decimal:
    """The exact quantity. JSON numbers with a point are refused: they cannot be read exactly."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**16 else "too long"
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise GraphQLError(
            f'A Quantity is an integer such as 12, or a string such as "1.250", not {_said(value)}.'
        )
    return Decimal(value)


def parse_day(value: object) -> date:
    """The day. Only YYYY-MM-DD, only days that exist."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError(f"A Date is a day that exists, written as 2026-05-04, not {_said(value)}.")


def parse_instant(value: object) -> datetime:
    """The instant in UTC. It must say how far it is from UTC."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not 1970 < instant.year < 9000:
        raise GraphQLError(f"A DateTime is an instant such as 2026-05-04T10:00:00Z, not {_said(value)}.")
    return instant.astimezone(UTC)


def _said(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _literal(node: ValueNode) -> object:
    """What was written in the document itself: a string, an integer, or something no scalar of ours is."""
    if isinstance(node, StringValueNode):
        return node.value
    if isinstance(node, IntValueNode) and len(node.value) <= 17:
        return int(node.value)
    if isinstance(node, FloatValueNode):
        return float("nan")
    return None


def _sku_literal(node: ValueNode, _variables: object = None) -> str:
    return parse_sku(_literal(node))


def _quantity_literal(node: ValueNode, _variables: object = None) -> Decimal:
    return parse_quantity(_literal(node))


def _day_literal(node: ValueNode, _variables: object = None) -> date:
    return parse_day(_literal(node))


def _instant_literal(node: ValueNode, _variables: object = None) -> datetime:
    return parse_instant(_literal(node))


def _instant_out(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


SCALARS: dict[object, object] = {
    Sku: strawberry.scalar(
        name="Sku",
        description="The identity of an item: 1 to 64 printable characters, compared in Unicode NFC.",
        serialize=str,
        parse_value=parse_sku,
        parse_literal=_sku_literal,
    ),
    Quantity: strawberry.scalar(
        name="Quantity",
        description="A quantity in the item's base unit: an integer if whole, else a decimal in a string.",
        serialize=lambda value: value,
        parse_value=parse_quantity,
        parse_literal=_quantity_literal,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A local day of the site or receiver it stands with, as 2026-05-04.",
        serialize=lambda value: value.isoformat(),
        parse_value=parse_day,
        parse_literal=_day_literal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, as 2026-05-04T10:00:00Z.",
        serialize=_instant_out,
        parse_value=parse_instant,
        parse_literal=_instant_literal,
    ),
}
