"""The checker accepts what a right store gives, and catches each wrong one that struck.

Its search is held against trying every order; its evidence comes from a store that shares no code with it.
"""

from dataclasses import replace
from itertools import combinations, permutations
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.prove import (
    NEVER,
    Ask,
    BadHistory,
    Books,
    Bounds,
    Given,
    History,
    Line,
    Outcome,
    Parts,
    Recorder,
    Report,
    check,
    dump,
    load,
    merged,
    told,
)
from tests.gateway.reserving import Crowd, bare
from tests.gateway.reserving_store import FAULTS

SEEDS = st.integers(0, 2**32 - 1)
TRIES = 60
"""How many crowds are let loose until a fault strikes; the rarest needs five on average."""


def a_legal_history(seed: int, clients: int = 3, calls: int = 24) -> History:
    history, _ = Crowd(Random(seed), clients=clients, calls=calls).run()  # noqa: S311
    return history


def a_history_struck_by(fault: str, seed: int) -> History:
    for count in range(TRIES):
        history, store = Crowd(Random(f"{seed} {count}"), fault).run()  # noqa: S311
        if store.struck:
            return history
    raise AssertionError(f"{fault} never struck in {TRIES} histories from seed {seed}.")


class Told:
    """A history written by hand: calls of item `bolt` as (began, ended, ask, kind, outcome)."""

    def __init__(self, units: int = 5) -> None:
        self.units, self.recorder = units, Recorder()

    def call(self, began, ended, ask, kind="ok", outcome=None, key=None):
        client = f"client {self.recorder.first_call}"
        number = self.recorder.invoke(client, began, ask, key)
        if kind != "unknown":
            self.recorder.end(number, client, ended, kind, outcome)
        return self

    def reserve(self, began, ended, units, name="", kind="ok", **more):
        ask = Ask("reserve", (Line("bolt", units),), ttl_us=more.get("ttl_us"))
        given = Given("bolt", more.get("free", units if kind == "ok" else None), name, more.get("expires_us"))
        outcome = Outcome((given,), "" if kind == "ok" else "short", more.get("at_us"))
        return self.call(began, ended, ask, kind, outcome, more.get("key"))

    def change(self, act, began, ended, name, kind="ok", reason="", **more):
        ask = Ask(act, (Line("bolt", more.get("units"), name),))
        return self.call(began, ended, ask, kind, Outcome((), reason, more.get("at_us")), more.get("key"))

    def read(self, began, ended, free):
        return self.call(began, ended, Ask("read", (Line("bolt"),)), "ok", Outcome((Given("bolt", free),)))

    def history(self, **more) -> History:
        return History({"bolt": self.units}, tuple(self.recorder.events), **more)

    def judged(self, **more) -> Report:
        return check(self.history(**more))


class TestRightStores:
    @given(SEEDS)
    @settings(max_examples=120)
    def test_a_right_store_holds(self, seed):
        """With its own order and its books, every item is proven without a search."""
        report = check(a_legal_history(seed))
        assert report.verdict == "HOLDS", told(report)
        assert {one.by for one in report.items} == {"the store's own order"}

    @given(SEEDS, st.sampled_from([None, 2]))
    @settings(max_examples=120)
    def test_a_right_store_is_never_called_broken_on_less_evidence(self, seed, clock_error_us):
        """Without order, instants and books an order of each item is found; only baskets may stay open."""
        report = check(bare(a_legal_history(seed), clock_error_us=clock_error_us))
        assert report.findings == (), told(report)
        assert {one.verdict for one in report.items} == {"HOLDS"}
        assert all(says.startswith("Across items") for says in report.undecided)

    @given(SEEDS)
    @settings(max_examples=30)
    def test_many_clients_on_few_units_hold(self, seed):
        """More at once, and reservations that end while others are confirmed."""
        report = check(a_legal_history(seed, clients=10, calls=120))
        assert report.verdict == "HOLDS", told(report)

    @given(SEEDS)
    @settings(max_examples=20)
    def test_books_without_the_order_suffice_for_the_order(self, seed):
        """Answers that carry no sequence have it from the rows of the ledger; the rest is searched."""
        history = a_legal_history(seed)
        report = check(replace(bare(history, clock_error_us=2), books=history.books))
        assert report.findings == (), told(report)


class TestWrongStores:
    @pytest.mark.parametrize("fault", FAULTS)
    @given(seed=SEEDS)
    @settings(max_examples=15)
    @example(seed=1033)  # a lost answer gave one item of two, where there was some of the other
    def test_a_wrong_store_is_caught(self, fault, seed):
        """Whenever the fault made a difference that somebody could see."""
        report = check(a_history_struck_by(fault, seed))
        assert report.verdict == "BROKEN", f"{fault} was not caught. {told(report)}"

    @pytest.mark.parametrize(
        "fault",
        ["oversold by one", "lost reservation", "release twice gives back twice", "stale read accepted"],
    )
    def test_most_are_caught_by_search_alone(self, fault):
        """Also where the store says nothing of its order and nobody reads its books."""
        verdicts = [
            check(bare(a_history_struck_by(fault, seed), clock_error_us=2)).verdict for seed in range(20)
        ]
        assert verdicts.count("BROKEN") >= 15, verdicts


class TestSearch:
    def test_one_unit_too_many_is_found(self):
        """Two at once for the last units, both accepted."""
        report = Told(5).reserve(0, 10, 3, "a").reserve(1, 11, 3, "b").judged()
        assert report.verdict == "BROKEN"
        assert "3 of 3 wanted were reserved where 2 were free" in told(report)

    def test_sold_out_where_there_was_enough_is_found(self):
        """A refusal is judged as strictly as a reservation: it is a lost sale."""
        report = Told(5).reserve(0, 10, 3, "a").reserve(20, 30, 2, kind="refused").judged()
        assert "2 were refused (short) where 2 were free" in told(report)

    def test_a_reading_may_come_before_or_after_what_overlaps_it(self):
        for free in (5, 2):
            assert Told(5).reserve(0, 10, 3, "a").read(5, 15, free).judged().verdict == "HOLDS"

    def test_a_reading_that_began_after_the_answer_must_show_it(self):
        assert Told(5).reserve(0, 10, 3, "a").read(11, 15, 5).judged().verdict == "BROKEN"

    @pytest.mark.parametrize(("free", "verdict"), [(5, "HOLDS"), (2, "HOLDS"), (3, "BROKEN")])
    def test_an_unknown_one_has_happened_or_not_but_not_by_half(self, free, verdict):
        told_by_hand = Told(5).reserve(0, 0, 3, kind="unknown").read(1_000, 1_010, free)
        assert told_by_hand.judged().verdict == verdict

    def test_what_has_no_end_does_not_end_beside_one_that_is_unknown(self):
        made = Told(3).reserve(0, 1, 1, "a").reserve(0, 0, 1, kind="unknown")
        assert made.read(2, 3, 3).judged().verdict == "BROKEN"

    def test_a_sequence_against_real_time_is_told(self):
        """The reading began after the answer, and says it saw the item as it was before."""
        made = Told(5)
        ask = Ask("receive", (Line("bolt", 0),))
        made.call(0, 10, ask, "ok", Outcome((Given("bolt", 0, sequence=1),), at_us=5))
        given = Outcome((Given("bolt", 5, sequence=0),), at_us=25)
        report = made.call(20, 30, Ask("read", (Line("bolt"),)), "ok", given).judged()
        assert "after call 1 had ended, yet comes before it" in told(report)

    def test_an_unknown_one_cannot_be_undone(self):
        """Seen once, its units stay taken."""
        made = Told(5).reserve(0, 0, 3, kind="unknown", ttl_us=100)
        report = made.read(10, 20, 2).read(30, 40, 5).judged(clock_error_us=0)
        assert report.verdict == "BROKEN"

    def test_an_unknown_reservation_ends_within_its_time(self):
        """It was made from 0 to 12, when a reading saw it, for 100: it may be there at 111, not at 112."""
        before = Told(5).reserve(0, 0, 3, kind="unknown", ttl_us=100)
        for at_us, verdict in ((105, "HOLDS"), (111, "HOLDS"), (112, "BROKEN")):
            tried = Told(5)
            tried.recorder.events += before.recorder.events
            tried.recorder.first_call = 1
            tried.read(8, 12, 2).reserve(at_us - 1, at_us + 1, 5, kind="refused", free=2, at_us=at_us)
            assert tried.judged(clock_error_us=0).verdict == verdict, at_us

    @pytest.mark.parametrize(("at_us", "verdict"), [(99, "HOLDS"), (100, "BROKEN"), (150, "BROKEN")])
    def test_a_confirmation_counts_before_the_instant_only(self, at_us, verdict):
        made = Told(5).reserve(0, 10, 3, "a", expires_us=100, at_us=5)
        assert made.change("confirm", 90, 200, "a", at_us=at_us).judged().verdict == verdict

    def test_an_end_by_another_clock_is_found(self):
        """The reservation was asked for 100 from the instant it was decided at."""
        made = Told(5).reserve(0, 10, 3, "a", ttl_us=100, expires_us=505, at_us=5)
        assert "it ends 500 µs after it was decided" in told(made.judged())

    def test_an_instant_of_another_clock_is_found(self):
        report = Told(5).reserve(0, 10, 3, "a", at_us=500, expires_us=600).judged(clock_error_us=5)
        assert "decided 485 µs after it ended" in told(report)

    @pytest.mark.parametrize("act", ["confirm", "release", "ship", "extend"])
    def test_nothing_is_done_to_what_was_released(self, act):
        made = Told(5).reserve(0, 10, 3, "a").change("release", 20, 30, "a")
        assert made.change(act, 40, 50, "a").judged().verdict == "BROKEN"
        assert "released or shipped before" in told(made.judged())

    def test_another_payload_of_one_key_happens_instead_never_as_well(self):
        both = Told(5).reserve(0, 0, 3, kind="unknown", key="k").reserve(0, 0, 1, kind="unknown", key="k")
        for free, verdict in ((5, "HOLDS"), (4, "HOLDS"), (2, "HOLDS"), (1, "BROKEN")):
            tried = Told(5)
            tried.recorder.events += both.recorder.events
            tried.recorder.first_call = 2
            assert tried.read(10, 20, free).judged().verdict == verdict, free

    def test_a_bound_that_is_hit_is_told_and_is_no_pass(self):
        crowded = Told(20)
        for number in range(12):
            crowded.reserve(number, 1_000, 1, f"r{number}")
        crowded.read(2_000, 2_001, 7)
        report = check(crowded.history(), Bounds(steps_per_item=50))
        assert report.verdict == "UNDECIDED"
        assert "after 50 steps" in told(report)
        assert "This is not a pass" in told(report)

    def test_nothing_answered_is_no_pass(self):
        made = Told(5).reserve(0, 0, 3, kind="unknown", key="k")
        assert made.judged().verdict == "UNDECIDED"
        ask = Ask("reserve", (Line("bolt", 1),))
        made.call(0, 9, ask, "refused", Outcome((), "conflict"), key="k")
        assert made.judged().verdict == "UNDECIDED"
        assert check(History({"bolt": 5}, ())).verdict == "UNDECIDED"


SPAN = st.tuples(st.integers(0, 12), st.integers(1, 8))
SMALL = st.lists(
    st.tuples(
        SPAN, st.sampled_from(["reserve", "read", "receive"]), st.integers(0, 3), st.sampled_from("okru")
    ),
    min_size=1,
    max_size=5,
)
ONE_LOST = [((0, 1), "reserve", 1, "o"), ((0, 1), "reserve", 1, "r"), ((0, 1), "reserve", 2, "u")]
"""One is given, one refused, two are unanswered: of two units that fits only if the two come back."""
Held = tuple[int, ...]


def every_order_fails(units: int, calls, *, may_end: bool) -> bool:
    """Tried by brute force: all orders that real time allows, with and without each unknown call."""
    sure = [call for call in calls if call[3] != "u"]
    unknown = [call for call in calls if call[3] == "u"]
    chosen = [some for count in range(len(unknown) + 1) for some in combinations(unknown, count)]
    return not any(
        fits(units, order, may_end=may_end)
        for some in chosen
        for order in permutations([*sure, *some])
        if all(late[0][0] <= end(early) for at, late in enumerate(order) for early in order[at + 1 :])
    )


def end(call) -> float:
    return float("inf") if call[3] == "u" else call[0][0] + call[0][1]


def fits(units: int, order, *, may_end: bool) -> bool:
    """Where `may_end`, units of an unknown one may come back at any time; a reading ends nothing."""
    states: set[tuple[int, Held]] = {(units, ())}
    for call in order:
        ended = {each for state in states for each in endings(*state)} if may_end else states
        if call[1] == "read":
            states = {state for state in states if call[3] == "u" or call[2] in seen(*state, may_end=may_end)}
        else:
            states = {after for free, held in ended for after in taken(free, held, call)}
    return bool(states)


def seen(free: int, held: Held, *, may_end: bool) -> set[int]:
    return {units for units, _ in endings(free, held)} if may_end else {free}


def endings(free: int, held: Held) -> list[tuple[int, Held]]:
    kept = [some for count in range(len(held) + 1) for some in combinations(held, count)]
    return [(free + sum(held) - sum(some), some) for some in kept]


def taken(free: int, held: Held, call) -> list[tuple[int, Held]]:
    _, act, number, kind = call
    if act == "receive":
        return [(free + number, held)]
    if kind == "r" or (kind == "u" and free < number):
        return [(free, held)] if free < number else []
    if free < number:
        return []
    return [(free - number, (*held, number) if kind == "u" else held)]


@given(st.integers(0, 4), SMALL, st.sampled_from([None, NEVER]))
@settings(max_examples=600)
@example(2, ONE_LOST, None)
@example(2, ONE_LOST, NEVER)
def test_the_search_finds_what_trying_every_order_finds(units, drawn, ttl_us):
    """No more and no less."""
    calls = []
    for span, act, number, letter in drawn:
        kind = letter if act == "reserve" else {"r": "o", "k": "o"}.get(letter, letter)
        calls.append(
            (span, act, max(1, number) if act == "reserve" else number, "o" if kind == "k" else kind)
        )
    by_hand = Told(units)
    for count, ((began, lasted), act, number, letter) in enumerate(calls):
        kind = {"o": "ok", "r": "refused", "u": "unknown"}[letter]
        if act == "reserve":
            by_hand.reserve(began, began + lasted, number, f"r{count}", kind, ttl_us=ttl_us)
        elif act == "read":
            by_hand.call(
                began, began + lasted, Ask("read", (Line("bolt"),)), kind, Outcome((Given("bolt", number),))
            )
        else:
            by_hand.change("receive", began, began + lasted, "", kind, units=number)
    searched = check(by_hand.history()).items[0]
    fails = every_order_fails(units, calls, may_end=ttl_us is None)
    assert (searched.verdict == "BROKEN") == fails, calls


@pytest.mark.parametrize(
    ("ttl_us", "clock_error_us", "verdict"),
    [
        (None, 0, "HOLDS"),  # the answer that was lost may have said when it ends
        (NEVER, None, "BROKEN"),
        (NEVER, 0, "BROKEN"),
        (1_000, 0, "BROKEN"),
        (1_000, None, "HOLDS"),  # no clock says how long all of it took
    ],
)
def test_units_of_a_lost_answer_come_back_only_where_their_time_can_be_over(ttl_us, clock_error_us, verdict):
    made = Told(2)
    for (began, lasted), _, number, letter in ONE_LOST:
        kind = {"o": "ok", "r": "refused", "u": "unknown"}[letter]
        made.reserve(began, began + lasted, number, f"r{number} {kind}", kind, ttl_us=ttl_us)
    assert made.judged(clock_error_us=clock_error_us).verdict == verdict


class TestAcrossItems:
    def baskets(self, *orders: tuple[int, int]) -> Report:
        """Two baskets at once; `orders` are the sequences bolt and nut gave to each."""
        recorder = Recorder()
        for number, (bolt, nut) in enumerate(orders):
            call = recorder.invoke(f"c{number}", number, Ask("reserve", (Line("bolt", 1), Line("nut", 1))))
            given = (Given("bolt", 1, f"b{number}", 900, bolt), Given("nut", 1, f"n{number}", 900, nut))
            recorder.end(call, f"c{number}", 100, "ok", Outcome(given, at_us=50))
        return check(History({"bolt": 5, "nut": 5}, tuple(recorder.events)))

    def test_baskets_in_one_order_hold(self):
        assert self.baskets((1, 1), (2, 2)).verdict == "HOLDS"

    def test_baskets_each_before_the_other_are_no_single_steps(self):
        report = self.baskets((1, 2), (2, 1))
        assert report.verdict == "BROKEN"
        assert "would each come before the next" in told(report)

    def test_items_whose_orders_only_real_time_contradicts_are_told(self):
        """The basket is after the bolt and before the nut; the nut had ended when the bolt began."""
        recorder = Recorder()
        for began, ended, answer in (
            (0, 100, (Given("bolt", 1, "b1", 900, 2), Given("nut", 1, "n1", 900, 1))),
            (0, 10, (Given("nut", 1, "n2", 900, 2),)),
            (50, 100, (Given("bolt", 1, "b2", 900, 1),)),
        ):
            ask = Ask("reserve", tuple(Line(one.item, 1) for one in answer))
            call = recorder.invoke(f"c{began}{ended}", began, ask)
            recorder.end(call, f"c{began}{ended}", ended, "ok", Outcome(answer, at_us=50))
        report = check(History({"bolt": 5, "nut": 5}, tuple(recorder.events)))
        assert "would each come before the next" in told(report)

    def test_a_basket_given_by_half_is_told(self):
        recorder = Recorder()
        call = recorder.invoke("c", 0, Ask("reserve", (Line("bolt", 2), Line("nut", 1))))
        recorder.end(call, "c", 9, "ok", Outcome((Given("bolt", 2, "b"),)))
        report = check(History({"bolt": 5, "nut": 5}, tuple(recorder.events)))
        assert "of 2 bolt, 1 nut it was given 2 bolt, 0 nut" in told(report)


class TestEvidence:
    def test_parts_that_do_not_sum_are_told(self):
        history = a_legal_history(7)
        books = history.books
        assert books is not None
        first = books.reservations[0]
        worse = replace(first, active=first.active + 1)
        report = check(replace(history, books=replace(books, reservations=(worse, *books.reservations[1:]))))
        assert f"do not sum to the original {first.original}" in told(report)

    def test_a_refusal_of_several_items_that_names_none_is_counted_as_not_judged(self):
        recorder = Recorder()
        call = recorder.invoke("c", 0, Ask("reserve", (Line("bolt", 2), Line("nut", 1))))
        recorder.end(call, "c", 9, "refused", Outcome((), "short"))
        report = check(History({"bolt": 1, "nut": 5}, tuple(recorder.events)))
        assert "Not judged: 1 refusals of several items that name none." in told(report)

    def test_a_history_is_the_same_after_writing_and_reading(self):
        history = a_legal_history(11)
        assert load(dump(history)) == history

    def test_a_broken_line_is_named(self):
        lines = dump(a_legal_history(11)).splitlines()
        with pytest.raises(BadHistory, match="Line 3"):
            load(b"\n".join([*lines[:2], b'{"kind": "ok"}', *lines[3:]]))

    def test_an_end_without_a_beginning_is_no_history(self):
        recorder = Recorder()
        recorder.end(5, "c", 9, "unknown")
        with pytest.raises(BadHistory, match="Call 5 ends without having begun"):
            check(History({"bolt": 5}, tuple(recorder.events)))

    def test_an_item_without_a_start_is_no_history(self):
        with pytest.raises(BadHistory, match="its units at the start are not known"):
            check(History({}, Told(5).reserve(0, 1, 1, "a").history().events))

    def test_recorders_of_two_programs_make_one_history(self):
        one, two = Told(5).reserve(0, 10, 3, "a"), Told(5).reserve(20, 30, 3, "b")
        history = History({"bolt": 5}, merged([one.recorder.events, two.recorder.events]))
        assert check(history).verdict == "BROKEN"
        assert len({event.call for event in history.events}) == 2

    def test_five_thousand_buyers_of_five_hundred_units_are_proven_by_the_order_given(self):
        """Exactly 500 units go; the 4,500 refusals are each right; one more accepted is caught."""
        history = sale(buyers=5_000, units=500, accepted=500)
        report = check(history)
        assert report.verdict == "HOLDS", told(report)
        assert report.calls == {"ok": 500, "refused": 4_500}
        assert (
            check(sale(buyers=5_000, units=500, accepted=501), Bounds(steps_per_item=1)).verdict == "BROKEN"
        )


def sale(buyers: int, units: int, accepted: int) -> History:
    """All buyers call at once; the store takes them in order, one a microsecond."""
    recorder = Recorder()
    rows = []
    for number in range(buyers):
        at_us, ok = 1_000 + number, number < accepted
        sequence = min(number + 1, accepted)
        call = recorder.invoke(f"c{number}", 0, Ask("reserve", (Line("bolt", 1),), ttl_us=10**9))
        given = (
            Given("bolt", 1, f"r{number}", at_us + 10**9, sequence)
            if ok
            else Given("bolt", 0, sequence=sequence)
        )
        outcome = Outcome((given,), "" if ok else "short", at_us)
        recorder.end(call, f"c{number}", 10_000, "ok" if ok else "refused", outcome)
        if ok:
            rows.append(Parts(f"r{number}", "bolt", 1, active=1, expires_us=at_us + 10**9))
    books = Books(20_000, 20_000, {"bolt": units}, tuple(rows), ())
    events = tuple(recorder.events)
    return History({"bolt": units}, events, None if accepted == units else books, clock_error_us=0)
