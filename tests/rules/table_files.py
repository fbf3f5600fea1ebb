"""A small rule file, whole and with its rows in a sheet, for tests to break."""

from time import perf_counter

from rules.table import BadTable, Problem, read_table

PRIORITY = b"""\
decides: priority
hit: first
inputs:
  demand_class: {type: enum, values: [contract, wholesale, retail, spot]}
  days_late: {type: int, min: 0, max: 365}
outputs:
  rank: {type: int, min: 1, max: 99}
rows:
  - id: P010
    when: {demand_class: contract, days_late: ">= 3"}
    then: {rank: 10}
    why: Contracts are honoured before spot sales.
    owner: allocation desk
    from: 2026-01-01
  - id: P020
    when: {demand_class: [wholesale, retail]}
    then: {rank: 20}
    why: Wholesale comes next.
    owner: allocation desk
  - id: P999
    when: {}
    then: {rank: 50}
    why: Everyone else.
    owner: allocation desk
examples:
  - given: {demand_class: contract, days_late: 4}
    expect: {rank: 10, row: P010}
"""

HEAD = PRIORITY.split(b"rows:", maxsplit=1)[0]
"""The file up to its rows."""

SHEET = b"""\
id,when demand_class,when days_late,then rank,why,owner,from,until
P010,contract,>= 3,10,"Contracts are honoured, then spot sales.",allocation desk,2026-01-01,
P020,wholesale,,20,Wholesale comes next.,allocation desk,,
P999,,,50,Everyone else.,allocation desk,,
"""
"""The same rows, or nearly, beside a head that has none."""


def problems_of(content: bytes, sheet: tuple[str, bytes] | None = None) -> tuple[Problem, ...]:
    """All that is wrong with 40-priority.yaml, if its content is this; nothing wrong fails the test."""
    begun = perf_counter()
    try:
        read_table("40-priority.yaml", content, sheet)
    except BadTable as bad:
        print(f"answered in {(perf_counter() - begun) * 1000:,.0f} ms")  # noqa: T201  # seen with -rP
        return bad.problems
    raise AssertionError("the file was read without a problem")
