"""An ask and its answer are logged so that both can be read again exactly."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.ask import RequestLine, answer, ask_record, asking, outcome_record, read_ask, read_outcomes
from rules.asked import LineAnswer, LineProblem, MethodAnswer, ScheduleLine, SetPart
from rules.company import Lane
from rules.model import SiteStock
from rules.position import METHOD, prepare
from rules.promise import ANYBODY
from tests.builders import NOON, TODAY, World, ask, on_hand, profile, receipt
from tests.rules.profile import quick

TEXTS = st.text(max_size=20)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
REQUESTS = st.builds(
    RequestLine,
    TEXTS,
    st.decimals(allow_nan=False, allow_infinity=False),
    DAYS,
    st.none() | TEXTS,
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from(["up", "down"]),
) | st.builds(RequestLine, TEXTS, st.decimals(allow_nan=False, allow_infinity=False), DAYS, st.none() | TEXTS)
LABELS, POSITIONS = st.sampled_from(["supply", "lead_time"]), st.sampled_from(["own", "consignment"])
UNITS = st.integers(1, 10**15)
HERE = st.builds(ScheduleLine, DAYS, TEXTS, UNITS, LABELS, POSITIONS)
DELIVERED = st.builds(ScheduleLine, DAYS, TEXTS, UNITS, LABELS, POSITIONS, DAYS, DAYS, TEXTS)
OTHERS = st.builds(
    lambda part, sku, sent: replace(part, sku=sku, sent=sent), HERE | DELIVERED, TEXTS.filter(bool), UNITS
)
SETS = st.builds(
    lambda part, sets: replace(part, made_of=tuple(sets)),
    HERE | DELIVERED | OTHERS,
    st.lists(st.builds(SetPart, TEXTS, POSITIONS, UNITS, TEXTS), min_size=1, max_size=3),
)
PARTS = HERE | DELIVERED | OTHERS | SETS
METHODS = st.lists(st.builds(MethodAnswer, TEXTS, st.integers(-(10**15), 10**15)), max_size=2).map(tuple)
ANSWERS = st.builds(
    LineAnswer,
    st.integers(0, 999),
    st.integers(0, 10**15),
    st.none() | DAYS,
    st.lists(PARTS, max_size=4).map(tuple),
    st.integers(0, 10**15),
    st.just(METHOD),
    METHODS,
    st.booleans(),
)
PROBLEMS = st.builds(LineProblem, st.integers(0, 999), TEXTS, TEXTS, TEXTS)


@settings(quick, max_examples=50)
@given(st.lists(REQUESTS, max_size=4))
def test_an_ask_is_read_as_it_was_logged(requests):
    """With every digit it was sent with."""
    assert read_ask(json.loads(json.dumps(ask_record(requests)))) == requests


@settings(quick, max_examples=50)
@given(st.lists(ANSWERS | PROBLEMS, max_size=4).map(tuple))
def test_an_answer_is_read_as_it_was_logged(outcomes):
    """Answers and problems alike."""
    assert read_outcomes(json.loads(json.dumps(outcome_record(outcomes)))) == outcomes


def test_each_line_has_its_outcome_in_order():
    """Problems stand between the answers, under the numbers of their lines."""
    world = World()
    tea = prepare(profile(SiteStock("HAM", (on_hand(5),))), world.setup, NOON)
    asked = [ask(0), ask(3), ask(1, "NOPE"), ask(3), ask(1, site_id="MARS")]
    outcomes = answer(asked, {"TEA": tea}, world.setup, ANYBODY)
    assert [outcome.number for outcome in outcomes] == [0, 1, 2, 3, 4]
    assert [getattr(outcome, "code", "answered") for outcome in outcomes] == [
        "BAD_QUANTITY",
        "answered",
        "UNKNOWN_SKU",
        "answered",
        "UNKNOWN_SITE",
    ]


def test_quantities_are_asked_for_in_base_units():
    """A kilogram and a half of what is counted in grams."""
    world = World()
    oil = prepare(profile(SiteStock("HAM", (on_hand(1_200),)), sku="OIL", precision=3), world.setup, NOON)
    [found] = answer([RequestLine("OIL", Decimal("1.5"), NOON.date())], {"OIL": oil}, world.setup, ANYBODY)
    assert isinstance(found, LineAnswer)
    assert (found.atp_wanted, found.open) == (1_200, 300)


def test_the_same_ask_of_the_same_profiles_has_the_same_record():
    """To the byte: what replay compares."""
    world = World()
    stock = SiteStock("HAM", (on_hand(5),), receipts=(receipt(7, 3),))
    records = {
        json.dumps(outcome_record(answer([ask(9), ask(4)], {"TEA": prepared}, world.setup, ANYBODY)))
        for prepared in (prepare(profile(stock), world.setup, NOON) for _ in range(3))
    }
    assert len(records) == 1


class Unlooked(tuple[Lane, ...]):
    """Lanes that nobody may look through."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Lane]:
        raise AssertionError("the lanes were looked through")


def test_what_is_had_in_time_is_not_looked_for_elsewhere():
    """Four of ten, from the site that is asked; eleven are late, and then lanes are looked at."""
    setup = replace(World().setup, lanes=Unlooked())
    positions = {"TEA": prepare(profile(SiteStock("HAM", (on_hand(10),))), setup, NOON)}
    (told,) = answer([RequestLine("TEA", Decimal(4), TODAY)], positions, setup, asking("web", setup, NOON))
    assert isinstance(told, LineAnswer)
    assert told.earliest == TODAY
    with pytest.raises(AssertionError, match="looked through"):
        answer([RequestLine("TEA", Decimal(11), TODAY)], positions, setup, asking("web", setup, NOON))
