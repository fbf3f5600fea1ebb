"""`earmark prove` on Earmark itself, in small."""

import re
from collections import Counter

import pytest

from gateway.prove import load
from tests.gateway.commands import programs_in
from tests.gateway.proving import DEEDS, figure, prove

PATIENCE_S = 300
"""On a machine however crowded. It ends as soon as all has happened, long before."""


@pytest.mark.timeout(PATIENCE_S + 10)
def test_earmark_holds_under_buyers_who_do_what_goes_wrong(tmp_path):
    """And each thing that goes wrong in shops did go wrong, and PostgreSQL died once."""
    ended = prove(tmp_path, PATIENCE_S, "--buyers", 120, "--seconds", 120, "--store-kills", 1)
    assert ended.code == 0, ended.out + ended.err
    assert ended.out.startswith("HOLDS")
    assert "Items: 8 proven by the order the store gave, 0 searched." in ended.out
    for deed in DEEDS:
        assert figure(ended, deed) > 0, ended.out
    assert figure(ended, "buyers came") >= 120
    assert figure(ended, "of the 12 units of P-LAST were given") == 12
    assert figure(ended, "deadlocks") == 0
    [under_way] = re.findall(r"postmaster was killed with -9 while (\d+) calls", ended.out)
    assert int(under_way) > 0
    history = load((tmp_path / "history").read_bytes())
    kinds = Counter(event.kind for event in history.events)
    assert min(kinds[kind] for kind in ("ok", "refused", "unknown")) > 0
    assert list((tmp_path / "temporary").iterdir()) == []
    assert programs_in(tmp_path) == []
