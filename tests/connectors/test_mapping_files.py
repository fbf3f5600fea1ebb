"""Mapping files that are wrong or hostile: refused at once, with file, place and what is known there."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.connectors.mapping_reader import read_mapping
from datasources.connectors.plain_yaml import DEPTH_MAX, SIZE_MAX, MappingRefused
from tests.connectors.folders import STOCK_MAPPING


def refusal(folder: Path, text: str | bytes) -> str:
    path = folder / "erp.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(MappingRefused) as refused:
        read_mapping(path)
    return str(refused.value)


def changed(old: str, new: str) -> str:
    assert old in STOCK_MAPPING
    return STOCK_MAPPING.replace(old, new)


def test_a_whole_mapping_is_read(tmp_path):
    """The one that the refusals below start from is fine."""
    path = tmp_path / "erp.yaml"
    path.write_text(STOCK_MAPPING)
    mapping = read_mapping(path)
    assert (mapping.source, mapping.states, len(mapping.tables)) == ("shop", frozenset({"stock"}), 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: *x\n", "erp.yaml: line 1: anchors and aliases are not taken"),
        ("a: *x\n", "erp.yaml: line 1: anchors and aliases are not taken"),
        ("a: !!python/object/apply:os.system [ls]\n", "erp.yaml: line 1: the tag"),
        ("a: !include other.yaml\n", "erp.yaml: line 1: the tag !include is not taken"),
        ("source: a\nsource: b\n", "erp.yaml: the key source stands here twice"),
        ("? [a, b]\n: c\n", "erp.yaml: a key must be a text"),
        ("a: [\n", "erp.yaml: not YAML: "),
        ("a: 1\n---\nb: 2\n", "erp.yaml: not YAML: expected a single document"),
        ("", "erp.yaml: the file is empty"),
        ("- a\n", "erp.yaml: keys with values are wanted, not a list"),
        ("[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1), f"erp.yaml: line 1: nested deeper than {DEPTH_MAX}"),
        ("[" * 100_000, f"erp.yaml: line 1: nested deeper than {DEPTH_MAX}"),
        ("#" * (SIZE_MAX + 1), f"erp.yaml: over {SIZE_MAX} bytes"),
        (b"source: caf\xe9\n", "erp.yaml: byte 12 is not UTF-8"),
        ("source: a\0b\n", "erp.yaml: not YAML: "),
    ],
)
def test_yaml_that_is_not_plain_is_refused(tmp_path, text, said):
    """No tag builds an object, no alias a billion nodes, no depth a stack without end."""
    assert refusal(tmp_path, text).startswith(said)


def test_a_billion_laughs_are_refused_at_the_first(tmp_path):
    """Before anything is composed."""
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    said = refusal(tmp_path, "l0: &l0 [ha]\n" + "\n".join(levels))
    assert "anchors and aliases" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("states: []\n", "erp.yaml: source is missing"),
        ("source:\n", "erp.yaml: source: a text is wanted, and nothing stands here"),
        (STOCK_MAPPING + "colour: red\n", "erp.yaml: colour: no such key. Known here: source, states,"),
        (
            changed("file: stock.csv", "files: stock.csv"),
            "erp.yaml: tables[1].files: no such key. Known here: fact, file, joins, where, fields",
        ),
        (changed("    file: stock.csv\n", ""), "erp.yaml: tables[1]: file is missing"),
        (
            changed("fact: stock", "fact: stocks"),
            "erp.yaml: tables[1].fact: 'stocks' is not one of site, destination",
        ),
        (
            changed("Code,", "Code, colour: C,"),
            "erp.yaml: tables[1].fields.colour: no such key. Known here: code,",
        ),
        (changed("code: Code, ", ""), "erp.yaml: tables[1].fields: code is missing"),
        (
            changed("[stock]", "[hold]"),
            "erp.yaml: states[1]: no table holds hold, so every hold of this source",
        ),
        (changed("[stock]", "[item]"), "erp.yaml: states[1]: 'item' is not one of stock, hold"),
        (changed("[stock]", "stock"), "erp.yaml: states: a list is wanted, not a text"),
        (
            changed("stock.csv", "/etc/passwd.csv"),
            "erp.yaml: tables[1].file: '/etc/passwd.csv' leaves the folder",
        ),
        (changed("stock.csv", "../stock.csv"), "erp.yaml: tables[1].file: '../stock.csv' leaves the folder"),
        (
            changed("stock.csv", "..\\stock.csv"),
            "erp.yaml: tables[1].file: '..\\\\stock.csv' leaves the folder",
        ),
        (changed("stock.csv", "stock.xlsx"), "erp.yaml: tables[1].file: 'stock.xlsx' does not end in .csv"),
        (
            changed(
                "{code: Code, site_id: {value: S1}, quantity: Quantity}",
                "{code: {value: A}, site_id: {value: B}, quantity: {value: 1}}",
            ),
            "erp.yaml: tables[1].fields: no field comes from a column",
        ),
        (
            changed("{value: S1}", "{}"),
            "erp.yaml: tables[1].fields.site_id: one of column, text and value is wanted",
        ),
        (
            changed("{value: S1}", "{value: S1, column: Site}"),
            "erp.yaml: tables[1].fields.site_id: one of column",
        ),
        (
            changed("{value: S1}", "{value: S1, default: S2}"),
            "erp.yaml: tables[1].fields.site_id: a value stands alone",
        ),
        (
            changed("{value: S1}", "{column: S, times: 2}"),
            "erp.yaml: tables[1].fields.site_id.times: only a quantity can",
        ),
        (
            changed("{value: S1}", "{text: S1}"),
            "erp.yaml: tables[1].fields.site_id.text: 'S1' needs column names",
        ),
        (
            changed("{value: S1}", "{text: 'a}b{C}'}"),
            "erp.yaml: tables[1].fields.site_id.text: 'a}b{C}' needs",
        ),
        (
            changed("{value: S1}", "[A]"),
            "erp.yaml: tables[1].fields.site_id: keys with values are wanted, not a list",
        ),
        (
            changed("quantity: Quantity", "quantity: {column: Quantity, default: none}"),
            "erp.yaml: tables[1].fields.quantity.default: 'none' is not a number",
        ),
        (
            changed("quantity: Quantity", "quantity: {column: Quantity, times: 1e3}"),
            "erp.yaml: tables[1].fields.quantity.times: '1e3' is not a number",
        ),
        (
            STOCK_MAPPING + "date_shift_days: 1.5\n",
            "erp.yaml: date_shift_days: '1.5' is not a whole number from",
        ),
        (
            STOCK_MAPPING + "date_shift_days: 99999\n",
            "erp.yaml: date_shift_days: '99999' is not a whole number from",
        ),
        (STOCK_MAPPING + "sites: [{site_id: S1}]\n", "erp.yaml: sites[1]: name, kind, zone is missing"),
        (
            STOCK_MAPPING + "sites: [{site_id: S1, name: Shop, kind: store, zone: Europe/Bonn}]\n",
            "erp.yaml: sites[1].zone: 'Europe/Bonn' is not an IANA zone",
        ),
        (
            STOCK_MAPPING + "sites: [{site_id: S1, name: Shop, kind: store, zone: ../../etc/passwd}]\n",
            "erp.yaml: sites[1].zone: '../../etc/passwd' is not an IANA zone",
        ),
        (
            STOCK_MAPPING + "calendars: [{name: a}, {name: a}]\n",
            "erp.yaml: calendars[2]: a stands here twice",
        ),
        (
            STOCK_MAPPING + "calendars: [{name: a, open_weekdays: [0]}]\n",
            "erp.yaml: calendars[1].open_weekdays[1]: '0' is not a whole number from 1 to 7",
        ),
        (
            STOCK_MAPPING + "calendars: [{name: a, open_weekdays: []}]\n",
            "erp.yaml: calendars[1].open_weekdays: at least one open weekday",
        ),
        (
            STOCK_MAPPING + "calendars: [{name: a, closed: [Friday]}]\n",
            "erp.yaml: calendars[1].closed[1]: 'Friday' is not a day",
        ),
        (
            STOCK_MAPPING + "format: {delimiter: ' '}\n",
            "erp.yaml: format.delimiter: ' ' is not one of ,, ;, |, tab",
        ),
        (
            STOCK_MAPPING + "format: {encoding: rot13}\n",
            "erp.yaml: format.encoding: 'rot13' is not one of utf-8,",
        ),
        (STOCK_MAPPING + "format: {decimal: x}\n", "erp.yaml: format.decimal: 'x' is not one of ., ,"),
        (
            STOCK_MAPPING + "format: {dates: '%d.%m'}\n",
            "erp.yaml: format.dates: '%d.%m' is neither iso nor a pattern",
        ),
        (STOCK_MAPPING + "format: {zone: Mars}\n", "erp.yaml: format.zone: 'Mars' is not an IANA zone"),
        (
            STOCK_MAPPING + "files: {stok.csv: {}}\n",
            "erp.yaml: files.stok.csv: no such key. Known here: stock.csv",
        ),
        (
            STOCK_MAPPING + "    where: {State: {}}\n",
            "erp.yaml: tables[1].where.State: a test is wanted: equals,",
        ),
        (
            STOCK_MAPPING + "    where: {State: {above: x}}\n",
            "erp.yaml: tables[1].where.State.above: texts are not ordered",
        ),
        (
            STOCK_MAPPING + "    where: {N: {as: number, above: day}}\n",
            "erp.yaml: tables[1].where.N.above: 'day' is not a",
        ),
        (
            STOCK_MAPPING + "    where: {D: {as: date, above: today}}\n",
            "erp.yaml: tables[1].where.D.above: 'today' is not",
        ),
        (STOCK_MAPPING + "    where: {N: {in: 3}}\n", "erp.yaml: tables[1].where.N.in: a list is wanted"),
        (
            STOCK_MAPPING + "    where: {N: {empty: no}}\n",
            "erp.yaml: tables[1].where.N.empty: 'no' is not one of true",
        ),
        (
            STOCK_MAPPING + "    joins: [{as: a.b, file: a.csv, on: {A: A}}]\n",
            "erp.yaml: tables[1].joins[1].as: 'a.b' is not a name",
        ),
        (
            STOCK_MAPPING + "    joins: [{as: a, file: a.csv, on: {}}]\n",
            "erp.yaml: tables[1].joins[1].on: at least one",
        ),
        (
            STOCK_MAPPING
            + "    joins: [{as: a, file: a.csv, on: {A: A}}, {as: a, file: b.csv, on: {A: A}}]\n",
            "erp.yaml: tables[1].joins[2]: the name a is taken",
        ),
        (
            STOCK_MAPPING
            + "    joins: [{as: a, file: a.csv, on: {b.A: A}}, {as: b, file: b.csv, on: {A: A}}]\n",
            "erp.yaml: tables[1].joins[1]: b.A comes from a join that is not made yet",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, text, said):
    """Whoever wrote the line finds it without counting."""
    assert refusal(tmp_path, text).startswith(said)


def test_a_mapping_that_is_not_there_is_refused(tmp_path):
    """By its name alone: where the file was looked for is nobody's business downstream."""
    with pytest.raises(MappingRefused, match=r"^gone\.yaml: cannot be read: No such file or directory$"):
        read_mapping(tmp_path / "gone.yaml")


def test_a_mapping_may_not_list_tables_without_end(tmp_path):
    """Two hundred are more than any system has."""
    table = STOCK_MAPPING.split("tables:\n")[1]
    assert refusal(tmp_path, STOCK_MAPPING + table * 200).startswith(
        "erp.yaml: tables: 201 tables are over the 200"
    )


def test_words_that_yaml_would_guess_at_stay_words(tmp_path):
    """Site 010 is not 8, and the status no is not false."""
    path = tmp_path / "erp.yaml"
    path.write_text(
        changed("{value: S1}", "{value: 010}") + "    where: {State: {in: [no, 1_000, 2026-01-01]}}\n"
    )
    table = read_mapping(path).tables[0]
    assert table.where[0].tests == (("in", ("no", "1_000", "2026-01-01")),)
    assert getattr(table.fields["site_id"], "value", None) == "010"


@given(st.text(max_size=200))
def test_no_text_gets_another_kind_of_error(tmp_path_factory, text):
    """Whatever is in a mapping file, it is a mapping or it is refused."""
    path = tmp_path_factory.mktemp("mapping") / "erp.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(MappingRefused):
        read_mapping(path)


@given(
    st.recursive(
        st.sampled_from(["source", "day", "stock", "Code", "x.csv", "{A}", "1", "", "true"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "source",
                        "states",
                        "tables",
                        "fact",
                        "file",
                        "fields",
                        "code",
                        "value",
                        "where",
                        "as",
                        "in",
                        "joins",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_no_shape_gets_another_kind_of_error(tmp_path_factory, shape):
    """Known words in places where they do not belong are refused as well."""
    path = tmp_path_factory.mktemp("mapping") / "erp.yaml"
    path.write_text(repr(shape).replace("'", '"'))
    try:
        assert read_mapping(path).source
    except MappingRefused as refused:
        said = str(refused)
        assert said.startswith("erp.yaml: ")
