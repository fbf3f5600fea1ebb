"""A folder of files as a source: what its rows become, what is set aside, and when it is not read at all."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasources.connectors.cells import readers
from datasources.connectors.folder import IDENTITY, FolderSource
from datasources.connectors.lines import FolderUnreadable
from datasources.connectors.mapping import FACTS, GIVEN
from datasources.facts import (
    AliasFact,
    CalendarFact,
    ChannelFact,
    DemandFact,
    Fact,
    HoldFact,
    ItemFact,
    SiteFact,
    StockFact,
    SupplyFact,
)
from tests.connectors.folders import DAY, STOCK_MAPPING, a_source, facts_in, read, stock

SUPPLY = """
source: erp
states: [supply]
tables:
  - fact: supply
    file: lines.csv
    joins:
      - {as: header, file: headers.csv, on: {Order: Order}}
    where:
      header.State: {in: [open, late]}
      header.Ordered: {as: date, at_most: day}
      Due: {as: date, above: day, at_most: day + 89}
    fields:
      line_id: {text: "{Order}-{Line}"}
      kind: {value: purchase}
      code: Code
      site_id: {value: S1}
      quantity: Quantity
      due: Due
      supplier: {column: header.Vendor, default: unknown}
"""
HEADERS = "Order,State,Ordered,Vendor\n1,open,2026-02-01,Ames\n2,closed,2026-02-01,Bell\n3,late,2026-02-01,\n"


def test_a_file_becomes_facts_with_their_places(tmp_path):
    """The row knows its file and line, so that a later refusal can name it."""
    good, bad = stock(tmp_path, "Code,Quantity\nA-1,12\nA-2,0.5\n")
    assert [(row.file, row.line) for row in good] == [("stock.csv", 2), ("stock.csv", 3)]
    assert [row.fact for row in good] == [
        StockFact("A-1", "S1", Decimal(12)),
        StockFact("A-2", "S1", Decimal("0.5")),
    ]
    assert bad == []


def test_a_bad_row_is_set_aside_and_the_rest_is_read(tmp_path):
    """File, line, reason and the row itself are kept for whoever mends it."""
    good, bad = stock(tmp_path, "Code,Quantity\nA,twelve\n,3\nB,\nC,4\n")
    assert [row.fact for row in good] == [StockFact("C", "S1", Decimal(4))]
    assert [(row.file, row.line, row.reason, row.row) for row in bad] == [
        ("stock.csv", 2, "Quantity: 'twelve' is not a number such as 1234.5", "A,twelve"),
        ("stock.csv", 3, "code is empty (from Code)", ",3"),
        ("stock.csv", 4, "quantity is empty (from Quantity)", "B,"),
    ]


def test_the_name_and_what_is_stated_whole_come_from_the_mapping(tmp_path):
    """A line of a stated kind that is absent is closed, so the kinds are named by a person."""
    source = a_source(tmp_path, STOCK_MAPPING, {"stock.csv": "Code,Quantity\n"})
    assert (source.name, source.states) == ("shop", frozenset({"stock"}))
    assert list(source.read(DAY)) == []


def test_rows_are_joined_and_filtered_as_at_the_day(tmp_path):
    """Open orders only, due within the horizon of the day; an absent vendor has a name all the same."""
    lines = "Order,Line,Code,Quantity,Due\n1,1,A,5,2026-03-03\n1,2,A,6,2026-03-02\n1,3,A,7,2026-05-30\n"
    lines += "1,4,A,8,2026-05-31\n2,1,A,9,2026-03-03\n3,1,A,10,2026-03-03\n"
    found = facts_in(tmp_path, SUPPLY, {"lines.csv": lines, "headers.csv": HEADERS})
    assert [(fact.line_id, fact.supplier) for fact in found if isinstance(fact, SupplyFact)] == [
        ("1-1", "Ames"),
        ("1-3", "Ames"),
        ("3-1", "unknown"),
    ]


def test_another_day_shows_other_lines(tmp_path):
    """The same files as at the day before: what is due on the 2nd is open, what is due in 90 days not yet."""
    lines = "Order,Line,Code,Quantity,Due\n1,2,A,6,2026-03-02\n1,3,A,7,2026-05-30\n"
    found = facts_in(tmp_path, SUPPLY, {"lines.csv": lines, "headers.csv": HEADERS}, date(2026, 3, 1))
    assert [fact.line_id for fact in found if isinstance(fact, SupplyFact)] == ["1-2"]


def test_a_row_whose_partner_is_missing_is_set_aside(tmp_path):
    """Whether it counts cannot be known. A row that its own cells rule out is no trouble."""
    lines = "Order,Line,Code,Quantity,Due\n9,1,A,5,2026-03-03\n9,2,A,5,2025-01-01\n,3,A,5,2026-03-03\n"
    good, bad = read(tmp_path, SUPPLY, {"lines.csv": lines, "headers.csv": HEADERS})
    assert good == []
    assert [(row.line, row.reason) for row in bad] == [
        (2, "no row of headers.csv has Order '9'"),
        (4, "Order is empty, so there is no header to look up"),
    ]


def test_a_partner_that_stands_twice_is_not_chosen_between(tmp_path):
    """Either header could be meant; counting both would count the line twice."""
    lines = "Order,Line,Code,Quantity,Due\n1,1,A,5,2026-03-03\n3,1,A,5,2026-03-03\n"
    headers = HEADERS + "1,closed,2026-02-01,Ames\n"
    good, bad = read(tmp_path, SUPPLY, {"lines.csv": lines, "headers.csv": headers})
    assert len(good) == 1
    assert [(row.line, row.reason) for row in bad] == [(2, "'1' stands on lines 2 and 5 of headers.csv")]


def test_a_bad_row_of_a_joined_file_is_told_of_once(tmp_path):
    """However many tables join it."""
    table = SUPPLY.split("tables:\n")[1]
    mapping = SUPPLY + table.replace("purchase", "transfer").replace("{Order}-{Line}", "T{Order}-{Line}")
    lines = "Order,Line,Code,Quantity,Due\n1,1,A,5,2026-03-03\n"
    good, bad = read(tmp_path, mapping, {"lines.csv": lines, "headers.csv": HEADERS + "4,open\n"})
    assert len(good) == 2
    assert [(row.file, row.line) for row in bad] == [("headers.csv", 5)]


def test_a_day_that_cannot_be_read_sets_the_row_aside(tmp_path):
    """A filter on it cannot be judged, and leaving the row out in silence would hide it."""
    lines = "Order,Line,Code,Quantity,Due\n1,1,A,5,03/03/2026\n"
    good, bad = read(tmp_path, SUPPLY, {"lines.csv": lines, "headers.csv": HEADERS})
    assert good == []
    assert bad[0].reason == "Due: '03/03/2026' is not a day such as 2025-06-01"


def test_one_file_can_be_joined_in_several_ways(tmp_path):
    """By one key or by two: each table finds its own partner."""
    mapping = """
source: pim
tables:
  - fact: item
    file: items.csv
    joins: [{as: text, file: texts.csv, on: {Sku: Sku}}]
    fields: {sku: Sku, name: text.Name}
  - fact: channel
    file: channels.csv
    joins: [{as: text, file: texts.csv, on: {Sku: Sku, Code: Name}}]
    fields: {code: Code, name: text.Name, kind: {value: web}, demand_class: {value: all}}
"""
    files = {
        "items.csv": "Sku\nA\n",
        "channels.csv": "Sku,Code\nA,Mug\n",
        "texts.csv": "Sku,Name\nA,Mug\n",
    }
    assert facts_in(tmp_path, mapping, files) == [
        ChannelFact("Mug", "Mug", "web", "all"),
        ItemFact("A", "Mug"),
    ]


def test_an_optional_partner_may_be_missing(tmp_path):
    """Joins go through joins, and attributes that are not there are left out."""
    mapping = """
source: pim
tables:
  - fact: item
    file: items.csv
    joins:
      - {as: group, file: groups.csv, on: {Group: Id}, optional: true}
      - {as: family, file: families.csv, on: {group.Family: Id}, optional: true}
    fields:
      sku: Sku
      name: Name
      attributes: {group: group.Name, family: family.Name}
"""
    files = {
        "items.csv": "Sku,Name,Group\nA,Mug,1\nB,Jug,2\nC,Cup,\nD,Pot,7\n",
        "groups.csv": "Id,Name,Family\n1,Mugs,9\n2,Jugs,\n",
        "families.csv": "Id,Name\n9,Tableware\n",
    }
    assert facts_in(tmp_path, mapping, files) == [
        ItemFact("A", "Mug", attributes={"group": "Mugs", "family": "Tableware"}),
        ItemFact("B", "Jug", attributes={"group": "Jugs"}),
        ItemFact("C", "Cup"),
        ItemFact("D", "Pot"),
    ]


def test_facts_may_stand_in_the_mapping_and_master_facts_come_first(tmp_path):
    """Calendar, site and channel before items, and items before their stock, however listed."""
    mapping = (
        STOCK_MAPPING
        + """
  - {fact: item, file: items.csv, fields: {sku: Sku, name: Name, unit: {value: KG}, precision: {value: 3}}}
calendars: [{name: weekdays, open_weekdays: [1, 2, 3, 4, 5], closed: [2026-04-03]}]
sites: [{site_id: S1, name: Shop, kind: store, zone: Europe/Berlin, calendar: weekdays}]
channels: [{code: web, name: Web, kind: web, demand_class: retail}]
"""
    )
    files = {"stock.csv": "Code,Quantity\nA,1\n", "items.csv": "Sku,Name\nA,Apples\n"}
    assert facts_in(tmp_path, mapping, files) == [
        CalendarFact("weekdays", (1, 2, 3, 4, 5), (date(2026, 4, 3),)),
        SiteFact("S1", "Shop", "store", "Europe/Berlin", "weekdays"),
        ChannelFact("web", "Web", "web", "retail"),
        ItemFact("A", "Apples", "KG", 3),
        StockFact("A", "S1", Decimal(1)),
    ]


def test_a_site_whose_zone_is_unknown_is_set_aside(tmp_path):
    """Without its zone a site has no days; the other sites have."""
    mapping = """
source: hr
tables:
  - {fact: site, file: sites.csv, fields: {site_id: Id, name: Id, kind: {value: store}, zone: Zone}}
"""
    good, bad = read(tmp_path, mapping, {"sites.csv": "Id,Zone\nBONN,Europe/Bonn\nKIEL,Europe/Berlin\n"})
    assert [row.fact for row in good] == [SiteFact("KIEL", "KIEL", "store", "Europe/Berlin")]
    assert [row.reason for row in bad] == ["Zone: 'Europe/Bonn' is not an IANA zone such as Europe/Berlin"]


def test_units_have_exact_factors_and_quantities_may_be_multiplied(tmp_path):
    """A box is 12, a piece of a dozen one twelfth; a file that counts in thousands is put right."""
    mapping = """
source: wms
tables:
  - fact: alias
    file: units.csv
    fields: {code: Code, sku: Sku, unit: Unit, factor: Factor}
  - fact: stock
    file: stock.csv
    fields: {code: Code, site_id: {value: S1}, unit: Unit, quantity: {column: Thousands, times: 1000}}
"""
    files = {
        "units.csv": "Code,Sku,Unit,Factor\nA/BX,A,BX,12\nA/PC,A,PC,1/12\nA/0,A,XX,0\n",
        "stock.csv": "Code,Unit,Thousands\nA/BX,BX,0.005\n",
    }
    good, bad = read(tmp_path, mapping, files)
    assert [row.fact for row in good] == [
        AliasFact("A/BX", "A", "BX", Fraction(12)),
        AliasFact("A/PC", "A", "PC", Fraction(1, 12)),
        StockFact("A/BX", "S1", Decimal(5), unit="BX"),
    ]
    assert [row.reason for row in bad] == ["Factor: 0 is not a factor above 0"]


def test_codes_are_looked_up_in_a_map(tmp_path):
    """A state the map does not know is set aside, never taken for sellable."""
    mapping = STOCK_MAPPING.replace(
        "quantity: Quantity", "quantity: Quantity, status: {column: State, map: {1: available, 2: quality}}"
    )
    good, bad = read(tmp_path, mapping, {"stock.csv": "Code,Quantity,State\nA,1,1\nA,2,2\nA,3,7\nA,4,\n"})
    assert [(row.fact.status, int(row.fact.quantity)) for row in good if isinstance(row.fact, StockFact)] == [
        ("available", 1),
        ("quality", 2),
        ("available", 4),
    ]
    assert [(row.line, row.reason) for row in bad] == [(4, "State: '7' is not in the map. Known: 1, 2")]


@pytest.mark.parametrize(
    ("test", "kept"),
    [
        ("{equals: x}", "b"),
        ("{not: x}", "acd"),
        ("{in: [x, 3]}", "bc"),
        ("{not_in: [x, 3]}", "ad"),
        ("{empty: true}", "e"),
        ("{empty: false}", "abcd"),
        ("{equals: x, or_empty: true}", "be"),
    ],
)
def test_a_text_condition_keeps_the_rows_it_says(tmp_path, test, kept):
    """An empty cell passes only where the condition speaks of it."""
    mapping = STOCK_MAPPING + f"    where: {{State: {test}}}\n"
    rows = "Code,Quantity,State\na,1,10\nb,1,x\nc,1,3\nd,1,X\ne,1,\n"
    found = facts_in(tmp_path, mapping, {"stock.csv": rows})
    assert "".join(fact.code for fact in found if isinstance(fact, StockFact)) == kept


@pytest.mark.parametrize(
    ("test", "kept"),
    [
        ("{as: number, above: 3}", "a"),
        ("{as: number, at_least: 3}", "abc"),
        ("{as: number, below: 3}", "d"),
        ("{as: number, at_most: 3}", "bcd"),
        ("{as: number, equals: 3}", "bc"),
        ("{as: number, above: 2.5, below: 10}", "bc"),
        ("{as: number, in: [10, 2.5]}", "ad"),
    ],
)
def test_a_number_condition_compares_numbers(tmp_path, test, kept):
    """10 is above 3, and 3.0 is 3."""
    mapping = STOCK_MAPPING + f"    where: {{N: {test}}}\n"
    found = facts_in(tmp_path, mapping, {"stock.csv": "Code,Quantity,N\na,1,10\nb,1,3\nc,1,3.0\nd,1,2.5\n"})
    assert "".join(fact.code for fact in found if isinstance(fact, StockFact)) == kept


def test_every_date_of_a_file_can_be_moved(tmp_path):
    """Old files serve a new day: the shift is made before the filters look."""
    lines = "Order,Line,Code,Quantity,Due\n1,1,A,5,2025-03-04\n1,2,A,5,2025-03-03\n"
    headers = HEADERS.replace("2026-", "2025-")
    found = facts_in(
        tmp_path, SUPPLY + "date_shift_days: 364\n", {"lines.csv": lines, "headers.csv": headers}
    )
    assert [(fact.line_id, fact.due) for fact in found if isinstance(fact, SupplyFact)] == [
        ("1-1", date(2026, 3, 3))
    ]


def test_how_one_file_is_written_can_differ_from_the_others(tmp_path):
    """A legacy file with decimal commas and its own dates beside one in ISO."""
    more = """
format: {empty: ["NULL"]}
files:
  lines.csv: {delimiter: ;, decimal: ",", dates: "%d.%m.%Y", encoding: cp1252, zone: Europe/Berlin}
"""
    lines = "Order;Line;Code;Quantity;Due\n1;1;Ä;2,5;03.03.2026\n3;1;B;1.000;03.03.2026\n"
    headers = HEADERS.replace(",\n", ",NULL\n").encode()
    files = {"lines.csv": lines.encode("cp1252"), "headers.csv": headers}
    good, bad = read(tmp_path, SUPPLY + more, files)
    assert [row.fact for row in good] == [
        SupplyFact("1-1", "purchase", "Ä", "S1", Decimal("2.5"), date(2026, 3, 3), supplier="Ames")
    ]
    assert [row.reason for row in bad] == ["Quantity: '1.000' is not a number such as 1234,5"]


def test_constants_may_name_the_day(tmp_path):
    """A hold in a file without dates starts on the day the file is read as at."""
    mapping = """
source: qa
tables:
  - fact: hold
    file: holds.csv
    fields:
      hold_id: Id
      hold_code: {value: QA}
      code: Code
      site_id: {value: S1}
      lots: [Lot1, Lot2]
      starts: {value: day}
      until: {column: Until, default: day + 7}
"""
    found = facts_in(
        tmp_path, mapping, {"holds.csv": "Id,Code,Lot1,Lot2,Until\n1,A,L1,,\n2,A,L1,L2,2026-04-01\n"}
    )
    assert found == [
        HoldFact("1", "QA", "A", "S1", lots=("L1",), starts=DAY, until=date(2026, 3, 9)),
        HoldFact("2", "QA", "A", "S1", lots=("L1", "L2"), starts=DAY, until=date(2026, 4, 1)),
    ]


def test_a_line_that_stands_twice_counts_once(tmp_path):
    """The first one counts and the second is set aside; stock rows of one key add up instead."""
    lines = "Order,Line,Code,Quantity,Due\n1,1,A,5,2026-03-03\n1,1,A,9,2026-03-04\n"
    good, bad = read(tmp_path, SUPPLY, {"lines.csv": lines, "headers.csv": HEADERS})
    assert [row.line for row in good] == [2]
    assert [row.reason for row in bad] == ["line_id 1-1 stands already on line 2 of lines.csv"]
    good, bad = stock(tmp_path, "Code,Quantity\nA,1\nA,1\n")
    assert (len(good), bad) == (2, [])


def test_only_stock_may_be_below_zero(tmp_path):
    """A negative count is a fact of life; a negative order line is a mistake."""
    lines = "Order,Line,Code,Quantity,Due\n1,1,A,-5,2026-03-03\n"
    good, bad = read(tmp_path, SUPPLY, {"lines.csv": lines, "headers.csv": HEADERS})
    assert good == []
    assert [row.reason for row in bad] == ["the quantity -5 is below zero"]
    good, bad = stock(tmp_path, "Code,Quantity\nA,-1\n")
    assert [row.fact for row in good] == [StockFact("A", "S1", Decimal(-1))]


DEMAND = """
source: shop
states: [demand]
tables:
  - fact: demand
    file: orders.parquet
    where: {Shipped: {as: date, above: day, or_empty: true}}
    fields:
      line_id: {text: "{Order}-{Line}"}
      order_id: Order
      channel: Channel
      code: Code
      site_id: {value: S1}
      quantity: Quantity
      needed_on: {column: Shipped, default: day}
"""


def orders(folder, **columns):
    base = {
        "Order": pa.array([7, 8], pa.int64()),
        "Line": pa.array([1.0, 2.0], pa.float64()),
        "Channel": pa.array(["web", "web "], pa.large_string()).dictionary_encode(),
        "Code": pa.array([11, 12], pa.int32()),
        "Quantity": pa.array([3, 4], pa.int16()),
        "Shipped": pa.array([datetime(2026, 3, 5), None], pa.timestamp("us")),  # noqa: DTZ001
    }
    pq.write_table(pa.table(base | columns), folder / "orders.parquet")


def test_parquet_is_read_with_its_types(tmp_path):
    """Numbers that are names become texts, empty dates pass where that is said, rows are numbered from 1."""
    orders(tmp_path)
    good, bad = read(tmp_path, DEMAND, {})
    assert bad == []
    assert [(row.line, row.fact) for row in good] == [
        (1, DemandFact("7-1", "7", "web", "11", "S1", Decimal(3), date(2026, 3, 5))),
        (2, DemandFact("8-2", "8", "web", "12", "S1", Decimal(4), DAY)),
    ]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pa.array([3, 0.1 + 0.2], pa.float64()), "Quantity: 0.30000000000000004 has more than 15 digits"),
        (pa.array([3, None], pa.int32()), "quantity is empty (from Quantity)"),
        (pa.array(["3", "few"]), "Quantity: 'few' is not a number"),
        (pa.array([3, 10**17], pa.int64()), "Quantity: 100000000000000000 is not below"),
    ],
)
def test_a_bad_row_of_a_parquet_file_is_set_aside(tmp_path, column, reason):
    """By its number, with the cells that were read."""
    orders(tmp_path, Quantity=column)
    good, bad = read(tmp_path, DEMAND, {})
    assert [row.line for row in good] == [1]
    assert [(row.file, row.line) for row in bad] == [("orders.parquet", 2)]
    assert bad[0].reason.startswith(reason)
    assert "Order=8" in bad[0].row


def test_a_parquet_text_that_is_no_text_costs_its_row(tmp_path):
    """Broken bytes in one cell do not stop the batch."""
    broken = pa.StringArray.from_buffers(
        2, pa.py_buffer(b"\x00\x00\x00\x00\x03\x00\x00\x00\x05\x00\x00\x00"), pa.py_buffer(b"web\xff\xfe")
    )
    orders(tmp_path, Channel=broken)
    good, bad = read(tmp_path, DEMAND, {})
    assert [row.line for row in good] == [1]
    assert bad[0].reason.startswith("Channel: bytes that are not")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parquet_instants_keep_their_moment(tmp_path, unit):
    """Whatever the unit of the clock, an instant becomes the day at the file's zone."""
    evening = int(datetime(2026, 3, 2, 20, tzinfo=UTC).timestamp())
    ticks = evening * 10 ** {"s": 0, "ms": 3, "us": 6, "ns": 9}[unit] + (unit == "ns")
    late = pa.array([ticks, None], pa.timestamp(unit, "UTC"))
    orders(tmp_path, Shipped=late)
    mapping = DEMAND + "files: {orders.parquet: {zone: Asia/Tokyo}}\n"
    good, _ = read(tmp_path, mapping, {}, date(2026, 3, 1))
    assert good[0].fact == DemandFact("7-1", "7", "web", "11", "S1", Decimal(3), date(2026, 3, 3))


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "stock.csv: there is no such file"),
        ({"stock.csv": "Code,Qty\nA,1\n"}, "the column Quantity is not there. Its columns: Code, Qty"),
        ({"stock.csv": "Code,Code,Quantity\nA,B,1\n"}, "the column Code stands there more than once"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused_before_the_first_fact(tmp_path, files, why):
    """Reading half of it would close the lines of the other half."""
    source = a_source(tmp_path, STOCK_MAPPING, files)
    with pytest.raises(FolderUnreadable) as refused:
        source.read(DAY)
    assert why in str(refused.value)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    """With its name."""
    (tmp_path / "mapping.yaml").write_text(STOCK_MAPPING)
    with pytest.raises(FolderUnreadable, match="gone: there is no such folder"):
        FolderSource(tmp_path / "gone", tmp_path / "mapping.yaml").read(DAY)


@pytest.mark.parametrize("content", [b"", b"PAR1 not really", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_a_broken_parquet_file_is_refused(tmp_path, content):
    """It is named, and nothing of the library's innards comes out as another kind of error."""
    source = a_source(tmp_path, DEMAND, {"orders.parquet": content})
    with pytest.raises(FolderUnreadable, match=r"orders\.parquet: it is no parquet file that can be read"):
        source.read(DAY)


def test_a_parquet_file_cut_short_inside_is_refused_while_it_is_read(tmp_path):
    """The footer is fine and a page is not: reading ends in a refusal, never in facts that look complete."""
    pq.write_table(
        pa.table({"Code": [f"C{n}" for n in range(9)], "Quantity": list(range(9))}), tmp_path / "s.parquet"
    )
    content = bytearray((tmp_path / "s.parquet").read_bytes())
    content[4:60] = b"\xff" * 56
    mapping = STOCK_MAPPING.replace("stock.csv", "s.parquet")
    rows = a_source(tmp_path, mapping, {"s.parquet": bytes(content)}).read(DAY)
    with pytest.raises(FolderUnreadable, match=r"s.parquet"):
        list(rows)


def test_reading_twice_gives_the_same(tmp_path):
    """A source keeps nothing from one reading to the next."""
    source = a_source(tmp_path, STOCK_MAPPING, {"stock.csv": "Code,Quantity\nA,1\nB,x\n"})
    assert list(source.read(DAY)) == list(source.read(DAY))


@pytest.mark.parametrize("fact", sorted({*FACTS.values(), *GIVEN.values()}, key=repr))
def test_every_field_of_every_fact_can_be_read(fact):
    """A field of a new kind must be given a reader before a mapping may name it."""
    assert readers(fact).keys() == set(fact.__dataclass_fields__)


def test_every_fact_but_stock_has_a_name():
    """What names it keeps it from counting twice."""
    assert IDENTITY.keys() | {StockFact} == set(Fact.__args__)
