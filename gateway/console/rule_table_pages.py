"""A rule file as a readable table, the history of one of its rows, and its content to take along."""

from pathlib import PurePosixPath

from starlette.responses import Response

from gateway.console import filters
from gateway.console.pages import HEADERS
from gateway.console.rule_visit import Visit
from gateway.console.rule_words import HITS, grid, row_changes
from resolvers.flows import rulebook_reading as reading
from resolvers.flows.rulebook_standing import Standing
from rules.columns import Table
from rules.errors import NotFound, UnknownRuleFile
from rules.sheets import write_csv, write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {
    "yaml": "text/yaml; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
}


async def table_page(visit: Visit) -> Response:
    """The rows of a file, those with the text that is sought. Raises UnknownRuleFile."""
    now, table = await _table(visit)
    whole, sought = grid(table), filters.text(visit.query, "q")
    rows = [row for row in whole.rows if sought is None or row.has(sought)]
    return visit.page(
        "table.html", now=now, grid=whole, rows=rows, sought=sought, hit=HITS[table.hit], file=table.file
    )


async def row_page(visit: Visit) -> Response:
    """How a row read in the books that were in force, newest first. Raises UnknownRuleFile and NotFound."""
    now, table = await _table(visit)
    row_id = visit.named("row")
    found = await reading.row_history(visit.deps, table.file, row_id)
    whole = grid(table)
    row = next((row for row in whole.rows if row.row_id == row_id), None)
    if row is None and not found:
        raise NotFound("row", row_id[:80])
    changes = list(row_changes(found))
    return visit.page(
        "row.html", now=now, grid=whole, row=row, row_id=row_id, changes=changes, file=table.file
    )


async def download(visit: Visit) -> Response:
    """The file as it was written, or its rows as a sheet that no spreadsheet runs."""
    now, table = await _table(visit)
    form = visit.named("form")
    if form not in KINDS:
        raise NotFound("form of a rule file", form[:80])
    files = await reading.files(visit.deps, now.book.version)
    content = (
        files[table.file] if form == "yaml" else write_csv(table) if form == "csv" else write_xlsx(table)
    )
    return attachment(f"{PurePosixPath(table.file).stem}.{form}", content, KINDS[form])


def attachment(name: str, content: bytes, kind: str) -> Response:
    """A file to be saved under the name."""
    headers = HEADERS | {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, kind)


async def _table(visit: Visit) -> tuple[Standing, Table]:
    now = await reading.find(visit.deps, visit.version)
    tables = await reading.tables(visit.deps, now.book.version)
    by_file = {table.file: table for table in tables.values()}
    name = visit.named("file")
    if name not in by_file:
        raise UnknownRuleFile(name[:80], by_file)
    return now, by_file[name]
