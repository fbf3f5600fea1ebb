"""Broken and hostile rule files: each gets a message that says what to do, quickly, and nothing is read.

How long each answer took is printed with the test's report (-rP); the machine decides that, so nothing is
asserted of it.
"""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.policies import shipped
from rules.problems import GUESSES_MOST
from rules.sheets import write_xlsx
from rules.table import BadTable, Problem, read_table
from tests.rules.profile import quick
from tests.rules.table_files import HEAD, PRIORITY, SHEET, problems_of

WORKBOOK = write_xlsx(read_table("40-priority.yaml", PRIORITY))
FULL_SHEET = SHEET.splitlines(keepends=True)


def the_one(problems: tuple[Problem, ...]) -> str:
    (problem,) = problems
    return str(problem)


def test_a_yaml_bomb_is_refused_at_its_first_anchor():
    """Nine lists that each hold the one before nine times would unfold to a billion words."""
    lines = [b"a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for before, name in zip(b"abcdefgh", b"bcdefghi", strict=True):
        lines.append(b"%c: &%c [" % (name, name) + b", ".join([b"*%c" % before] * 9) + b"]")
    said = the_one(problems_of(b"\n".join(lines)))
    assert said == (
        "40-priority.yaml:1: `&a` is an anchor: remove it. A text that begins with & is put in quotes."
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"    owner: *desk", "`*desk` stands for text elsewhere: write the text out."),
        (b"    owner: !!python/object/apply:os.system [ls]", "is a tag: remove it."),
        (b"    owner: !desk planning", "`!desk` is a tag: remove it."),
        (b"    <<: {owner: x}", "`<<` copies nothing here: write the keys out."),
        (b"    owner: a\n    owner: b", "`owner` stands here for the second time; the first is in line 13."),
        (b"    ? [a, b]\n    : x", "a name must stand before the colon, not a list."),
    ],
)
def test_nothing_in_a_file_stands_for_something_else(line: bytes, said: str):
    broken = PRIORITY.replace(b"    owner: allocation desk", line, 1)
    problems = problems_of(broken)
    assert any(said in problem.message and problem.line >= 13 for problem in problems), problems


def test_a_file_nested_without_end_is_refused():
    said = the_one(problems_of(b"decides: " + b"[" * 400_000))
    assert said.startswith("40-priority.yaml:1: lists and mappings stand more than 12 deep in one another")


def test_ten_thousand_rows_are_refused_by_their_number():
    rows = b"".join(
        b"  - {id: P%d, then: {rank: 1}, why: because, owner: desk}\n" % number for number in range(10_000)
    )
    said = the_one(problems_of(HEAD + b"rows:\n" + rows))
    assert said == (
        "40-priority.yaml:9: the list has more than 2,000 entries; a table may have so many rows. "
        "Use classes instead of single items or customers."
    )


@pytest.mark.parametrize("before", [b"", b"inputs:\n", b"rows:\n  - id: P1\n    when:\n"])
def test_sixty_thousand_names_are_refused_by_their_number(before: bytes):
    """None of them is compared with the names there are."""
    indent = b"      " if before else b""
    names = b"".join(b"%sk%d: 1\n" % (indent, number) for number in range(60_000))
    said = the_one(problems_of(before + names))
    assert "more than 100 names stand below each other here" in said


def test_a_sheet_that_goes_on_empty_is_refused():
    said = the_one(problems_of(HEAD, ("40-priority.csv", SHEET + b"\n" * 900_000)))
    assert said == (
        "40-priority.csv:20001: the sheet goes on below row 20,000: delete the empty rows below the table."
    )


def test_ten_thousand_rows_of_a_sheet_are_refused_by_their_number():
    rows = b"".join(b"P%d,,,1,because,desk,,\n" % number for number in range(10_000))
    said = the_one(problems_of(HEAD, ("40-priority.csv", FULL_SHEET[0] + rows)))
    assert said.startswith("40-priority.csv:2002: the sheet has more than 2,000 rows. Use classes instead")


def test_six_hundred_values_of_one_input_are_refused_by_their_number():
    """Whoever lists 600 items wants a class: the message says so, once and not for each row."""
    values = b", ".join(b"item%d" % number for number in range(600))
    said = the_one(problems_of(PRIORITY.replace(b"contract, wholesale, retail, spot", values)))
    assert said == (
        "40-priority.yaml:4: demand_class has 600 values; an input or output may have 256. "
        "Use a class instead; which class a thing has is data."
    )


def test_six_hundred_numbers_of_one_input_are_refused_by_their_number():
    """A number may be cut at 256 places; as many single days as rows are a slip."""
    head = HEAD.replace(b"days_late: {type: int, min: 0, max: 365}", b"days_late: {type: int, max: 365}")
    rows = b"".join(b"P%d,,%d,1,because,desk,,\n" % (number, number) for number in range(300))
    said = the_one(problems_of(head, ("40-priority.csv", FULL_SHEET[0] + rows)))
    assert "the rows name 300 different numbers for days_late; they may name 256. Use ranges" in said


def test_two_rows_with_one_id_are_both_named():
    said = the_one(problems_of(PRIORITY.replace(b"P020", b"P999")))
    assert said == (
        "40-priority.yaml:20: row P999: the id stands here for the second time; the first is in line 15. "
        "Give this row an id of its own."
    )


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_formula_in_a_cell_is_refused_by_the_name_of_the_cell(ending: str):
    """A formula's value is not in the file: the analyst writes the value."""
    content = SHEET.replace(b",20,", b",=10+10,") if ending == "csv" else with_formula("D3", "=10+10")
    problems = problems_of(HEAD, (f"40-priority.{ending}", content))
    formula = next(problem for problem in problems if problem.code == "NOT_PLAIN")
    assert (formula.file, formula.line) == (f"40-priority.{ending}", 3)
    assert "D3: " in formula.message
    assert "formula" in formula.message
    assert "write the value itself" in formula.message


def with_formula(where: str, formula: str) -> bytes:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(WORKBOOK))
    book["rows"][where] = formula
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize("until", [b"2026-01-01", b"2025-06-30", b'"2025-12-31 23:59"'])
def test_dates_that_never_hold_are_refused(until: bytes):
    broken = PRIORITY.replace(b"from: 2026-01-01", b"from: 2026-01-01\n    until: " + until)
    said = the_one(problems_of(broken))
    assert said.startswith("40-priority.yaml:15: row P010: from 2026-01-01 00:00 until 202")
    assert said.endswith("can never hold: `until` is the first moment it no longer does.")


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (b"31.01.2026", "`from: 31.01.2026` is no day: write 2026-01-31 or 2026-01-31 14:00"),
        (b"2026-02-30", "`from: 2026-02-30` is no day"),
        (b"2026-01-31T14:00+01:00", "(the time at the site, without a zone)"),
        (b"0226-01-31", "lies in the year 226: is it a slip?"),
    ],
)
def test_a_date_in_another_form_is_refused_with_the_right_one(date: bytes, said: str):
    assert said in the_one(problems_of(PRIORITY.replace(b"from: 2026-01-01", b"from: " + date)))


@pytest.mark.parametrize(
    ("encoding", "line", "said"),
    [
        ("latin-1", 12, "looks like Latin-1 or Windows-1252 near"),
        ("utf-16", 1, "the file is written in UTF-16, not in UTF-8."),
        ("utf-16-le", 1, "the file is written in UTF-16, not in UTF-8."),
    ],
)
def test_another_encoding_is_named_with_how_to_save(encoding: str, line: int, said: str):
    text = PRIORITY.decode().replace("Contracts are", "Verträge sind")
    problem = the_one(problems_of(text.encode(encoding)))
    assert problem.startswith(f"40-priority.yaml:{line}: ")
    assert said in problem
    assert problem.endswith("Save it again with the encoding UTF-8 (in a spreadsheet: `CSV UTF-8`).")


def test_a_sheet_in_another_encoding_is_named_too():
    text = SHEET.decode().replace("Wholesale comes", "Größere kommen")
    said = the_one(problems_of(HEAD, ("40-priority.csv", text.encode("cp1252"))))
    assert said.startswith("40-priority.csv:3: the file is not written in UTF-8")


@pytest.mark.parametrize("sign", [b"\x00", b"\x1b", "\u200b".encode(), "\u202e".encode()])
def test_a_character_that_cannot_be_seen_is_refused(sign: bytes):
    said = the_one(problems_of(PRIORITY.replace(b"Wholesale comes", b"Wholesale" + sign + b"comes")))
    assert said.startswith("40-priority.yaml:18: the character U+")


def test_a_file_of_two_megabytes_is_refused_by_its_size():
    said = the_one(problems_of(PRIORITY + b"#" * 2_000_000))
    assert "bytes; a rule file may have 1,000,000" in said


def test_a_megabyte_of_anything_is_answered():
    """Whatever is in a file of the greatest size, an answer comes."""
    for filling in (b"a", b"- ", b"a: {", b"\n", b'"', b"x: y\n", b"- - ", b"? ", b"[],", b"| "):
        assert problems_of((filling * 1_000_000)[:1_000_000])


def test_only_so_many_problems_are_told():
    rows = b"".join(b"  - {id: P%d, then: {rank: 0}, why: because, owner: desk}\n" % n for n in range(1_000))
    problems = problems_of(HEAD + b"rows:\n" + rows)
    assert len(problems) == 201
    assert problems[-1].message == "and 800 more: mend these first"


PIECES = [
    "[",
    "]",
    "{",
    "}",
    ": ",
    "- ",
    "\n",
    "  ",
    "#",
    "'",
    '"',
    "&a",
    "*a",
    "!",
    "|",
    ">",
    "not ",
    "row",
    "none",
    "any",
]


@quick
@given(
    st.integers(0, len(PRIORITY)),
    st.integers(0, 40),
    st.sampled_from(PIECES).map(str.encode) | st.binary(max_size=9),
)
def test_whatever_is_changed_in_a_file_it_is_read_or_told(at: int, left_out: int, put_in: bytes):
    """No slip of the keyboard ends in anything but a table or a list of problems."""
    read_or_told(PRIORITY[:at] + put_in + PRIORITY[at + left_out :])


@quick
@given(
    st.integers(0, len(SHEET)),
    st.integers(0, 40),
    st.sampled_from([b",", b";", b'"', b"\n", b"'"]) | st.binary(max_size=9),
)
def test_whatever_is_changed_in_a_sheet_it_is_read_or_told(at: int, left_out: int, put_in: bytes):
    read_or_told(HEAD, ("40-priority.csv", SHEET[:at] + put_in + SHEET[at + left_out :]))


@quick
@given(st.integers(0, len(WORKBOOK)), st.integers(0, 9), st.binary(max_size=9))
def test_whatever_is_changed_in_a_workbook_it_is_read_or_told(at: int, left_out: int, put_in: bytes):
    read_or_told(HEAD, ("40-priority.xlsx", WORKBOOK[:at] + put_in + WORKBOOK[at + left_out :]))


def read_or_told(content: bytes, sheet: tuple[str, bytes] | None = None) -> None:
    try:
        assert read_table("40-priority.yaml", content, sheet).rows
    except BadTable as bad:
        assert bad.problems  # noqa: PT017  # either is right; anything else raised fails the test


# Workbooks


def workbook_with(name: str, content: bytes, *, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The workbook with one part put in, or in place of the one of that name."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as parts, zipfile.ZipFile(saved, "w", how) as written:
        for part in parts.infolist():
            if part.filename != name:
                written.writestr(part.filename, parts.read(part))
        written.writestr(name, content)
    return saved.getvalue()


def told_of_workbook(content: bytes) -> str:
    return the_one(problems_of(HEAD, ("40-priority.xlsx", content)))


def test_a_zip_bomb_as_workbook_is_never_unpacked():
    said = told_of_workbook(workbook_with("xl/worksheets/sheet1.xml", b" " * 300_000_000))
    assert "the workbook unpacks to 300,0" in said
    assert "it may unpack to 20,000,000. Remove other sheets and empty coloured rows." in said


def test_a_part_that_unpacks_as_no_sheet_does_is_refused():
    said = told_of_workbook(workbook_with("xl/more.xml", b" " * 10_000_000))
    assert "xl/more.xml unpacks from" in said
    assert "as no sheet does" in said


def test_a_part_that_lies_about_its_size_is_refused():
    """The directory says 999 bytes, the part would go on for megabytes: no more than said is unpacked."""
    content = workbook_with("xl/worksheets/sheet1.xml", b" " * 9_000_999)
    lying = content.replace((9_000_999).to_bytes(4, "little"), (999).to_bytes(4, "little"))
    assert lying != content
    assert "the file is no workbook" in told_of_workbook(lying)


def test_an_entity_bomb_in_a_workbook_is_never_expanded():
    entities = b"".join(
        b'<!ENTITY %c "%s">' % (name, b"&%c;" % before * 10)
        for before, name in zip(b"abcdefgh", b"bcdefghi", strict=True)
    )
    bomb = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "lol">' + entities + b"]><w>&i;</w>"
    said = told_of_workbook(workbook_with("xl/workbook.xml", bomb))
    assert "xl/workbook.xml of the workbook defines entities, as no spreadsheet does" in said


@pytest.mark.parametrize("encoding", ["utf-16", "cp500"])
def test_an_entity_bomb_cannot_hide_in_another_encoding(encoding: str):
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE w [<!ENTITY a "lol">]><w>&a;</w>'
    said = told_of_workbook(workbook_with("xl/workbook.xml", bomb.encode(encoding)))
    assert "xl/workbook.xml of the workbook is not written in UTF-8" in said


def test_a_workbook_of_many_parts_is_refused():
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as written:
        for number in range(20_000):
            written.writestr(f"{number}", b"")
    said = told_of_workbook(many.getvalue())
    assert "the workbook has 20,000 parts; it may have 200. Remove other sheets and pictures." in said


def test_a_workbook_with_macros_is_refused():
    assert "holds macros" in told_of_workbook(workbook_with("xl/vbaProject.bin", b"program"))


@pytest.mark.parametrize("content", [b"H\0P\0 \0", b"\x89PNG\r\n\x1a\n\0\0"])
def test_a_printers_settings_and_pictures_do_no_harm(content: bytes):
    """Spreadsheets put them in, and nothing parses them."""
    book = workbook_with("xl/printerSettings/printerSettings1.bin", content)
    assert read_table("40-priority.yaml", HEAD, ("40-priority.xlsx", book)).rows


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/media/image1.png"])
def test_an_entity_bomb_cannot_hide_behind_another_declaration(name: str):
    """Plain bytes that claim to be of an encoding in which they say something else."""
    bomb = b'<?xml version="1.0" encoding="cp500"?><w/>'
    assert f"{name} of the workbook is not written in UTF-8" in told_of_workbook(workbook_with(name, bomb))


def test_a_workbook_with_a_cell_in_its_last_row_is_refused():
    """The cell would make every row above it, a million of them."""
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    sheet += b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    said = told_of_workbook(workbook_with("xl/worksheets/sheet1.xml", sheet))
    assert "the sheet goes on below row 20,000: delete the empty rows below the table." in said


def test_a_workbook_stuffed_with_elements_is_refused():
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    sheet += b"".join(b'<row r="%d"><c><v>%d</v></c></row>' % (number, number) for number in range(150_000))
    said = told_of_workbook(workbook_with("xl/worksheets/sheet1.xml", sheet + b"</sheetData></worksheet>"))
    assert "elements; it may have" in said


def test_a_full_workbook_of_honest_rows_is_read():
    """None of the bounds is met by a table of the greatest size."""
    rows = b"".join(b"P%d,contract,%d,1,because it is so,desk,,\n" % (n, n % 250) for n in range(2_000))
    table = read_table("40-priority.yaml", HEAD, ("40-priority.csv", FULL_SHEET[0] + rows))
    again = read_table("40-priority.yaml", HEAD, ("40-priority.xlsx", write_xlsx(table)))
    assert again == table


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id,why", "the file is no workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "of the old kind (.xls), or locked with a password"),
        (WORKBOOK[:-400], "the file is no workbook"),
        (WORKBOOK + b"\0" * 2_000_000, "it may have 2,000,000"),
    ],
)
def test_what_is_no_workbook_is_told_how_to_save_one(content: bytes, said: str):
    assert said in told_of_workbook(content)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("content", [b"", b"<a/>", b"<a", b"not xml at all"])
def test_a_workbook_with_a_broken_part_is_refused(part: str, content: bytes):
    """Whatever the library makes of it, the analyst gets a message."""
    assert told_of_workbook(workbook_with(part, content)).endswith(".")


def test_many_names_that_are_nearly_right_are_told_at_once():
    """A nearest name is looked for only for the first few: each look takes as long as the names are alike."""
    rows = "".join(
        f"  - {{id: IDENTIFIER{n:054d}, when: {{}}, then: {{rank: 1}}, why: w, owner: o}}\n"
        for n in range(2_000)
    )
    examples = "".join(f"  - {{given: {{}}, expect: {{row: IDENTIFIEX{n:054d}}}}}\n" for n in range(2_000))
    whole = shipped()["40-priority.yaml"].decode()
    content = f"{whole[: whole.index('rows:')]}rows:\n{rows}examples:\n{examples}".encode()
    with pytest.raises(BadTable) as refused:
        read_table("40-priority.yaml", content)
    guesses = [each for each in refused.value.problems if "did you mean IDENTIFIER" in each.message]
    assert 0 < len(guesses) <= GUESSES_MOST
