"""Rules as YAML, as CSV and as a workbook: each reads back as the same table, and none carries a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from rules.sheets import write_csv, write_xlsx
from rules.table import Table, read_table
from rules.text_sheet import tame, untame
from rules.yaml_form import write_yaml
from tests.rules.profile import quick
from tests.rules.random_tables import decisions_of, tables
from tests.rules.table_files import HEAD, PRIORITY, SHEET, problems_of

SHEETS = {"csv": write_csv, "xlsx": write_xlsx}


def again(table: Table, sheet: tuple[str, bytes] | None = None) -> Table:
    content = write_yaml(table, rows=sheet is None)
    return read_table(table.file, content, sheet, decisions_of(table))


@quick
@given(tables(awkward=True))
def test_a_table_as_yaml_reads_back_as_itself(table: Table):
    assert again(table) == table


@quick
@given(tables(awkward=True))
def test_a_table_as_csv_reads_back_as_itself(table: Table):
    assert again(table, ("00-made-up.csv", write_csv(table))) == table


@quick
@given(tables(awkward=True, rows_most=4))
def test_a_table_as_workbook_reads_back_as_itself(table: Table):
    assert again(table, ("00-made-up.xlsx", write_xlsx(table, decisions_of(table)))) == table


@quick
@given(tables(awkward=True))
def test_the_same_table_is_written_in_the_same_bytes(table: Table):
    """The form is canonical: reading and writing again changes no byte."""
    assert write_yaml(again(table)) == write_yaml(table)


def test_a_workbook_has_the_same_bytes_whenever_it_is_written():
    table = read_table("40-priority.yaml", PRIORITY)
    assert write_xlsx(table) == write_xlsx(table)


@quick
@given(st.text(alphabet="'=+-@;, \t\ra＝", max_size=12))
def test_what_a_spreadsheet_would_run_is_tamed_and_comes_back(text: str):
    """No cell begins with a formula's sign, nor does any part of it between semicolons."""
    signs = tuple("=+-@\t\r＝")
    assert untame(tame(text)) == text
    assert not any(
        part.lstrip(" ").startswith(signs) for part in tame(text).split(";") if part == part.lstrip()
    )


@quick
@given(tables(awkward=True))
def test_no_cell_of_an_exported_csv_begins_like_a_formula(table: Table):
    text = write_csv(table).decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_sheet_may_use_commas_semicolons_or_tabs(separator: str, mark: bytes):
    """What a spreadsheet of another country saves is read just as well, with or without its mark."""
    lines = csv.reader(io.StringIO(SHEET.decode()))
    saved = io.StringIO(newline="")
    csv.writer(saved, delimiter=separator).writerows(lines)
    table = read_table("40-priority.yaml", HEAD, ("40-priority.csv", mark + saved.getvalue().encode()))
    assert table == read_table("40-priority.yaml", HEAD, ("40-priority.csv", SHEET))
    assert [row.row_id for row in table.rows] == ["P010", "P020", "P999"]


def test_a_row_of_a_sheet_is_named_by_its_sheet_line_and_cell():
    """The message leads to the cell, by the name the spreadsheet has for it."""
    broken = SHEET.replace(b"P020,wholesale", b"P020,wholsale")
    (problem,) = problems_of(HEAD, ("40-priority.csv", broken))
    assert str(problem) == (
        "40-priority.csv:3: row P020: B3: `wholsale` is no value of demand_class: did you mean wholesale?"
    )


def test_a_table_knows_in_which_file_its_rows_stand():
    assert read_table("40-priority.yaml", PRIORITY).rows_file == "40-priority.yaml"
    assert read_table("40-priority.yaml", HEAD, ("40-priority.csv", SHEET)).rows_file == "40-priority.csv"


def test_a_cell_over_several_lines_does_not_shift_the_lines_of_those_below():
    """Editors count lines, spreadsheets count rows: the message has both."""
    tall = SHEET.replace(b"Wholesale comes next.", b'"Wholesale\ncomes next."').replace(
        b"P999,,,50", b"P999,,,0"
    )
    (problem,) = problems_of(HEAD, ("40-priority.csv", tall))
    assert str(problem).startswith("40-priority.csv:5: row P999: D4: rank is 0; it may be 1 to 99")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            b"when days_late",
            b"days_late",
            "C1: the heading `days_late` means nothing: write `when days_late`",
        ),
        (
            b"when days_late",
            b"when dayslate",
            "C1: the heading `when dayslate` means nothing: did you mean when days_late?",
        ),
        (b",why,", b",reason,", "the column `why` is missing: add it to the headings."),
        (b"when days_late", b"when demand_class", "C1: the heading `when demand_class` stands twice"),
        (
            b"allocation desk,,",
            b"allocation desk,,,see below",
            "I3: `see below` stands in a column without a heading",
        ),
        (b"P020,", b",", "`id` is missing: give the row a short name of its own, such as P010."),
        (b"P020,", b"P010,", "row P010: the id stands here for the second time; the first is in line 2."),
        (b'sales."', b'sales."!', "40-priority.csv:2: the sheet cannot be read as CSV"),
    ],
)
def test_a_slip_in_a_sheet_is_named(old: bytes, new: bytes, said: str):
    assert old in SHEET
    problems = problems_of(HEAD, ("40-priority.csv", SHEET.replace(old, new, 1)))
    assert any(said in str(problem) for problem in problems), "\n".join(map(str, problems))


def test_rows_stand_in_one_place():
    (problem,) = problems_of(PRIORITY, ("40-priority.csv", SHEET))
    assert "rows stand here and in 40-priority.csv. Remove `rows:` here, or remove the sheet." in str(problem)


def test_an_empty_sheet_says_which_headings_it_needs():
    (problem,) = problems_of(HEAD, ("40-priority.csv", b"\n"))
    assert "id, when demand_class, when days_late, then rank, why, owner, from, until" in str(problem)


def test_a_workbook_offers_words_and_explains_its_columns():
    """Drop-downs for words, a frozen heading, a sheet of notes with the meaning of each column."""
    book = load_workbook(io.BytesIO(write_xlsx(read_table("40-priority.yaml", PRIORITY))))
    rows, notes, words = book["rows"], book["notes"], book["words"]
    (offered,) = rows.data_validations.dataValidation
    assert str(offered.sqref) == "B2:B2001"
    assert [words[f"B{n}"].value for n in range(1, 6)] == ["contract", "wholesale", "retail", "spot", "other"]
    assert rows.freeze_panes == "B2"
    explained = {line[0]: line[1:] for line in notes.iter_rows(values_only=True)}
    assert explained["then rank"] == ("1 is served first", "a whole number, 1 to 99")
    assert rows["D2"].value == 10


def test_what_a_spreadsheet_makes_of_numbers_days_and_ticks_is_understood():
    """A date typed into a cell is a date, a number a number, TRUE is yes: nobody need know the difference."""
    table = read_table("40-priority.yaml", HEAD, ("40-priority.csv", SHEET))
    book = load_workbook(io.BytesIO(write_xlsx(table)))
    rows = book["rows"]
    rows["C2"].value = 3
    rows["G2"].value = table.rows[0].starts
    saved = io.BytesIO()
    book.save(saved)
    read = read_table("40-priority.yaml", HEAD, ("40-priority.xlsx", saved.getvalue()))
    assert read.rows[0].starts == table.rows[0].starts
    assert str(read.rows[0].when["days_late"]) == "Range(least=3, most=3)"
