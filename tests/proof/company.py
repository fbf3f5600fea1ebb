"""A company in a folder of files, as small or as large as a proof needs it, and its content in one word."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

SITE, SOURCE, CHANNEL = "HAM", "shop", "web"

MAPPING = f"""
source: {SOURCE}
states: [stock, supply]
sites:
  - {{site_id: {SITE}, name: Hamburg, kind: distribution_centre, zone: Europe/Berlin}}
channels:
  - {{code: {CHANNEL}, name: Web shop, kind: web, demand_class: retail}}
tables:
  - {{fact: item, file: items.csv, fields: {{sku: Sku, name: Name}}}}
  - fact: stock
    file: stock.csv
    fields: {{code: Item, site_id: {{value: {SITE}}}, status: Status, quantity: Pieces}}
  - fact: supply
    file: supplies.csv
    fields:
      line_id: Line
      kind: {{value: purchase}}
      code: Item
      site_id: {{value: {SITE}}}
      quantity: Pieces
      due: Due
"""


def write_company(folder: Path, items: int, *, edition: int = 1) -> Path:
    """The files and their mapping stand in the folder; of another edition every quantity is another."""
    folder.mkdir(exist_ok=True)
    skus = [f"SKU-{number:05}" for number in range(items)]
    due = datetime.now(UTC).date() + timedelta(days=5)
    _write(folder / "items.csv", "Sku,Name", (f"{sku},Thing {sku}" for sku in skus))
    _write(folder / "stock.csv", "Item,Status,Pieces", (row for sku in skus for row in _stock(sku, edition)))
    lines = (f"{sku}-{line},{sku},{edition * (line + 1)},{due}" for sku in skus for line in range(3))
    _write(folder / "supplies.csv", "Line,Item,Pieces,Due", lines)
    mapping = folder / "mapping.yaml"
    mapping.write_text(MAPPING)
    return mapping


def _stock(sku: str, edition: int) -> tuple[str, str]:
    return f"{sku},available,{100 * edition}", f"{sku},quality,{10_000 * edition}"


def _write(file: Path, head: str, rows: Iterator[str]) -> None:
    file.write_text("\n".join((head, *rows, "")))


CONTENT = (
    "SELECT sku, name, unit FROM item",
    "SELECT sku, site_id, status, ownership, lot, bin, quantity FROM stock_position",
    "SELECT source, line_id, sku, quantity, due FROM supply_line WHERE recorded_until IS NULL",
    "SELECT sku, content FROM profile",
    "SELECT site_id, kind, source FROM owner",
    "SELECT DISTINCT source, kind FROM watermark",
)


async def content(address: str) -> str:
    """One word for all the company consists of, empty while there is none: same content, same word."""
    connection = await asyncpg.connect(address)
    try:
        if await connection.fetchval("SELECT to_regclass('watermark')") is None:
            return ""
        rows = [await connection.fetch(f"{query} ORDER BY {_columns(query)}") for query in CONTENT]
    finally:
        await connection.close()
    return hashlib.sha256(repr(rows).encode()).hexdigest() if any(rows) else ""


def _columns(query: str) -> str:
    return query.removeprefix("SELECT ").removeprefix("DISTINCT ").partition(" FROM ")[0]
