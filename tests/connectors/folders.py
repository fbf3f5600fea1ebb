"""Small folders of files with a mapping, made by a test and read through the real connector."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from datasources.connectors.folder import FolderSource
from datasources.facts import Fact, Row, SetAside

DAY = date(2026, 3, 2)

STOCK_MAPPING = """
source: shop
states: [stock]
tables:
  - fact: stock
    file: stock.csv
    fields: {code: Code, site_id: {value: S1}, quantity: Quantity}
"""


def a_source(folder: Path, mapping: str, files: Mapping[str, str | bytes]) -> FolderSource:
    """The files and the mapping stand in the folder, and a source reads them."""
    for name, content in files.items():
        written = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(written)
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    return FolderSource(folder, folder / "mapping.yaml")


def read(
    folder: Path, mapping: str, files: Mapping[str, str | bytes], day: date = DAY
) -> tuple[list[Row], list[SetAside]]:
    """The good rows and the bad ones."""
    found = list(a_source(folder, mapping, files).read(day))
    return [row for row in found if isinstance(row, Row)], [row for row in found if isinstance(row, SetAside)]


def facts_in(folder: Path, mapping: str, files: Mapping[str, str | bytes], day: date = DAY) -> list[Fact]:
    """The facts of a folder in which no row is bad."""
    good, bad = read(folder, mapping, files, day)
    assert bad == []
    return [row.fact for row in good]


def stock(folder: Path, content: str | bytes, more: str = "") -> tuple[list[Row], list[SetAside]]:
    """What a stock.csv with the columns Code and Quantity gives."""
    return read(folder, STOCK_MAPPING + more, {"stock.csv": content})
