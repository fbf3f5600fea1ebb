"""CSV as it is found: the line numbers are those an editor shows, and a broken row costs only itself."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.connectors.cells import Format
from datasources.connectors.csv_lines import LINE_MAX, ROW_LINES_MAX, csv_columns, csv_lines
from datasources.connectors.lines import BadLine, FolderUnreadable, Line
from datasources.facts import StockFact
from tests.connectors.folders import stock


def places(folder: Path, content: str | bytes) -> tuple[list[tuple[str, int, int]], list[tuple[int, str]]]:
    good, bad = stock(folder, content)
    kept = [
        (row.fact.code, row.line, int(row.fact.quantity)) for row in good if isinstance(row.fact, StockFact)
    ]
    return kept, [(row.line, row.reason) for row in bad]


def test_a_row_knows_the_line_it_starts_on(tmp_path):
    """Cells with line breaks, blank lines and either line ending do not shift the count."""
    content = 'Code,Quantity,Note\r\nA,1,x\r\n\r\nB,2,"two\r\nlines"\r\nC,3,y\r\n'
    assert places(tmp_path, content) == ([("A", 2, 1), ("B", 4, 2), ("C", 6, 3)], [])


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    """Spreadsheets save one; the column is still called Code."""
    assert places(tmp_path, b"\xef\xbb\xbfCode,Quantity\nA,1\n") == ([("A", 2, 1)], [])


def test_cells_are_trimmed(tmp_path):
    """Codes padded to a fixed width are the codes without the padding."""
    assert places(tmp_path, "Code , Quantity\nA  , 1\n") == ([("A", 2, 1)], [])


def test_a_row_with_too_few_or_too_many_cells_is_set_aside(tmp_path):
    """A quantity in the wrong column must not be guessed at."""
    kept, bad = places(tmp_path, "Code,Quantity\nA\nB,2\nC,3,4\n")
    assert kept == [("B", 3, 2)]
    assert bad == [(2, "1 cells where the header has 2"), (4, "3 cells where the header has 2")]


def test_an_open_quote_costs_one_row(tmp_path):
    """The rows after a quote that never closes are still read, each on its own line."""
    kept, bad = places(tmp_path, 'Code,Quantity\nA,1\n"B,2\nC,3\nD,4\n')
    assert kept == [("A", 2, 1), ("C", 4, 3), ("D", 5, 4)]
    assert bad == [(3, "a quote is opened and never closed")]


def test_an_open_quote_is_given_up_after_a_bounded_number_of_lines(tmp_path):
    """A later quote far down does not swallow the rows between."""
    rows = "".join(f"C{n},{n}\n" for n in range(ROW_LINES_MAX + 5))
    kept, bad = places(tmp_path, f'Code,Quantity\n"B,2\n{rows}"Z",1\n')
    assert [line for line, _ in bad] == [2]
    assert kept[0] == ("C0", 3, 0)
    assert kept[-1] == ("Z", ROW_LINES_MAX + 8, 1)


def test_an_open_quote_is_given_up_after_a_bounded_number_of_characters(tmp_path):
    """A row of few but long lines is given up as well."""
    rows = "".join(f"C{n},{n},{'x' * (LINE_MAX // 3)}\n" for n in range(4))
    kept, bad = places(tmp_path, f'Code,Quantity,Note\n"B,2,\n{rows}"Z",1,\n')
    assert [line for line, _ in bad] == [2]
    assert kept == [("C0", 3, 0), ("C1", 4, 1), ("C2", 5, 2), ("C3", 6, 3), ("Z", 7, 1)]


def test_text_after_a_closing_quote_is_set_aside(tmp_path):
    """Half a quoted cell is not a cell."""
    kept, bad = places(tmp_path, 'Code,Quantity\n"A"x,1\nB,2\n')
    assert kept == [("B", 3, 2)]
    assert [line for line, _ in bad] == [2]


def test_a_line_that_is_too_long_is_skipped_whole(tmp_path):
    """Its end is found without holding it, and the count goes on."""
    kept, bad = places(tmp_path, f"Code,Quantity\n{'x' * (3 * LINE_MAX)},1\nB,2\n")
    assert kept == [("B", 3, 2)]
    assert bad == [(2, f"longer than {LINE_MAX:,} characters")]


def test_a_line_that_is_too_long_ends_an_open_quote(tmp_path):
    """Both rows are told of, and the next is read."""
    kept, bad = places(tmp_path, f'Code,Quantity\n"A,1\n{"x" * (LINE_MAX + 1)}\nB,2\n')
    assert kept == [("B", 4, 2)]
    assert [line for line, _ in bad] == [2, 3]


def test_a_nul_byte_is_set_aside_with_a_row_that_can_be_stored(tmp_path):
    """PostgreSQL keeps no NUL in a text, so none may come out of here."""
    good, bad = stock(tmp_path, b"Code,Quantity\nA\x00B,1\nC,2\n")
    assert [row.line for row in good] == [3]
    assert bad[0].reason == "Code: a NUL byte stands in the text"
    assert bad[0].row == "A\\0B,1"


def test_bytes_of_another_encoding_are_set_aside_where_they_are_used(tmp_path):
    """A Latin-1 file read as UTF-8 loses the rows with such codes; an unused column may hold anything."""
    good, bad = stock(tmp_path, "Code,Quantity,Note\nKäse,1,x\nB,2,Käse\n".encode("iso-8859-1"))
    assert [row.line for row in good] == [3]
    assert bad[0].reason.startswith("Code: bytes that are not of the file's encoding")
    assert bad[0].row.encode()  # no lone surrogate is left


def test_the_encoding_and_delimiter_of_a_file_can_be_said(tmp_path):
    """The same file with its encoding named is read."""
    more = "format: {encoding: iso-8859-1, delimiter: ;}\n"
    good, bad = stock(tmp_path, "Code;Quantity\nKäse;1\n".encode("iso-8859-1"), more)
    assert bad == []
    assert good[0].fact == StockFact("Käse", "S1", Decimal(1))


@pytest.mark.parametrize(
    ("content", "why"),
    [("", "it is empty"), ("\n\n", "it is empty"), ('"Code,Quantity\nA,1\n', "first row cannot be read")],
)
def test_a_file_without_a_header_is_refused(tmp_path, content, why):
    """Without column names nothing can be told, so the source is refused before any fact."""
    with pytest.raises(FolderUnreadable, match=why):
        stock(tmp_path, content)


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=20),
            min_size=2,
            max_size=2,
        ).filter(any),
        max_size=20,
    )
)
def test_whatever_a_csv_writer_wrote_is_read_back(tmp_path_factory, rows):
    """Quotes, delimiters and spaces come back as they went, less the outer spaces."""
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["a", "b"], *rows])
    path.write_bytes(buffer.getvalue().encode())
    found = list(csv_lines(path, Format(), ("a", "b")))
    assert [line.cells for line in found if isinstance(line, Line)] == [
        tuple(cell.strip() or None for cell in row) for row in rows
    ]


@given(st.binary(max_size=300))
def test_no_bytes_stop_the_reading(tmp_path_factory, content):
    """Any bytes below a header are rows, good or bad, and the last good row is always reached."""
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    path.write_bytes(b"a,b\n" + content.replace(b'"', b"'") + b"\nlast,row\n")
    found = list(csv_lines(path, Format(), csv_columns(path, Format())))
    assert isinstance(found[-1], Line)
    assert found[-1].cells == ("last", "row")
    assert all(line.number >= 2 for line in found)


@given(st.binary(max_size=300))
def test_no_bytes_with_quotes_stop_the_reading(tmp_path_factory, content):
    """With open quotes among them too: every line is accounted for."""
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    path.write_bytes(b"a,b\n" + content)
    for line in csv_lines(path, Format(), ("a", "b")):
        assert isinstance(line, Line | BadLine)
