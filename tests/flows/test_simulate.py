"""A simulation says what deciding every inquiry again plainly says, and changes nothing.

The judge decides each inquiry by itself, as a replay does, keeping nothing from one to the next.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import orjson
import pytest

from datasources.facts import Fact
from datasources.policies import shipped
from datasources.store import clock, inquiries, profiles, shelf
from datasources.store.inquiries import Logged
from datasources.store.tables import metadata
from resolvers.flows import simulate as flow
from resolvers.flows import simulations
from resolvers.flows.deps import Deps
from resolvers.flows.jobs import Job
from resolvers.flows.quote import decide_again, quote
from resolvers.flows.rulebook_check import check_files, kept
from resolvers.flows.simulate import ChangedLine, Simulation, simulate
from rules.ask import RequestLine, outcome_record, read_outcomes
from rules.asked import LineAnswer, LineOutcome
from rules.book import Book, book_of
from rules.changes import CHANGES
from rules.choices import BookChoices
from rules.model import Reserved
from rules.why import asked_for
from tests.book_life import ANNA, ready, submitted
from tests.builders import ANYONE, NOON, TODAY, ask, demand, stock, supply, tell
from tests.builders import day as on
from tests.deciding import Chosen, decide_by, promising, written

CHANNELS = ("web", "contract")
SITES = ("HAM", "COL")
ASKS_A_DAY = 12
DAYS = 3
WEEK = timedelta(days=7)
BY_CHANNEL: dict[str, Any] = {"channel": {"type": "enum", "values": list(CHANNELS)}}
BY_KIND: dict[str, Any] = {
    "kind": {"type": "enum", "values": ["on_hand", "purchase", "transfer"]}
} | BY_CHANNEL
OPEN: dict[str, Any] = {"serves": True, "turn": 1, "floor": 0, "orders_a_day": "none"}
COUNTS: dict[str, Any] = {"counts": True, "position": "own", "from_days": 0}


def sourcing(**for_web: Any) -> dict[str, bytes]:
    """Every site serves everybody; the web so."""
    rows: list[Chosen] = [
        ({"channel": "web"}, OPEN | for_web, {"channel": "web"}),
        ({}, OPEN, {"channel": "contract"}),
    ]
    return written("sourcing", *rows, inputs=BY_CHANNEL)


def purchases(channel: str | None = None, **then: Any) -> dict[str, bytes]:
    """Everything counts; purchases so, for the channel or all."""
    when = {"kind": "purchase"} | ({} if channel is None else {"channel": channel})
    rows: list[Chosen] = [
        (when, COUNTS | then, {"kind": "purchase", "channel": channel or "web"}),
        ({}, COUNTS, {"kind": "on_hand", "channel": "web"}),
    ]
    return written("supply", *rows, inputs=BY_KIND)


def drafts(draw: Random) -> Iterator[dict[str, bytes]]:
    """Books that differ from one another in what counts, who is served, and how far ahead is promised."""
    for _ in range(8):
        bent = purchases(
            draw.choice([None, *CHANNELS]),
            counts=draw.random() < 0.6,
            position=draw.choice(["own", "consignment"]),
            from_days=draw.choice([0, 0, 2, 6]),
        )
        served = sourcing(serves=draw.random() < 0.8, floor=draw.choice([0, 0, 3]))
        yield shipped() | bent | served | promising(horizon_days=draw.choice([4, 30, 90]))


async def made(deps: Deps, files: Mapping[str, bytes]) -> Book:
    """The book of the files, which nobody handed in."""
    found = await check_files(files, kept(deps), None)
    assert not found.errors, [str(problem) for problem in found.errors]
    return book_of(files, found.answers)


async def asked(deps: Deps, seed: int) -> int:
    """Two channels have asked on some days, decided by two books; how many inquiries there are."""
    draw = Random(seed)  # noqa: S311  # asks, not secrets
    facts: list[Fact] = [
        *(stock(draw.randint(0, 12), sku, site) for sku in ("TEA", "CUP") for site in SITES),
        *(
            supply(draw.randint(5, 20), f"P-{n}", draw.randint(-2, 9), code=sku, kind=kind, site_id=site)
            for n, (sku, kind, site) in enumerate(
                (sku, kind, site)
                for sku in ("TEA", "CUP")
                for kind in ("purchase", "transfer")
                for site in SITES
            )
        ),
        *(
            demand(draw.randint(1, 6), f"{n}", f"SO-{n}", code=draw.choice(["TEA", "CUP"]), needed_on=on(n))
            for n in range(6)
        ),
    ]
    await tell(deps, *facts, states=["stock", "supply", "demand"])
    count = 0
    for number in range(DAYS):
        if number == 1:
            await decide_by(deps, sourcing(floor=2), purchases("contract", counts=False))
        async with deps.store.writing() as tx:
            await clock.set_now(tx, NOON + timedelta(days=number, hours=number * 5))
        for _ in range(ASKS_A_DAY):
            lines = [a_line(draw) for _ in range(draw.randint(1, 4))]
            methods = ["discrete"] if draw.random() < 0.2 else []
            await quote(deps, lines, draw.choice(CHANNELS), ANYONE, methods=methods)
            count += 1
    return count


def a_line(draw: Random) -> RequestLine:
    """Most can be answered; some name no item, no site, or half a piece."""
    quantity = draw.choice(["0.5", "0"]) if draw.random() < 0.05 else draw.randint(1, 60)
    sku = draw.choice(["TEA", "TEA", "CUP", "CUP", "OIL", "NONE"])
    site = draw.choice([None, None, None, *SITES, "NOWHERE"])
    return ask(quantity, sku, draw.randint(0, 12), site)


async def judged(deps: Deps, book: Book) -> tuple[dict[tuple[str, int], tuple[str, Any, str]], int]:
    """By inquiry and line, what changes about those that do, why and for which class; and all lines."""
    found: dict[tuple[str, int], tuple[str, Any, str]] = {}
    lines = 0
    rows = await deps.store.pool.fetch("SELECT inquiry_id FROM inquiry ORDER BY inquiry_id")
    for row in rows:
        logged = await inquiries.find(deps.store.pool, row["inquiry_id"])
        assert logged is not None
        inquiry = logged.inquiry
        then = decide_again(logged, await shelf.book(deps.store.pool, inquiry.book_version))
        now = decide_again(logged, book)
        assert then.identical
        before = read_outcomes(orjson.loads(inquiry.outcome))
        choices = [each.quote.setup.choices for each in (then, now)]
        assert all(isinstance(each, BookChoices) for each in choices)
        for n, request in enumerate(now.quote.requests):
            lines += 1
            change = plainly(before[n], now.again[n])
            if change is None:
                continue
            item = now.quote.positions.get(request.sku)
            said = [
                {}
                if item is None
                else rows_of(item, each, inquiry.channel, inquiry.decided_at, request.site_id)
                for each in choices
            ]
            differs = (row for key, row in said[1].items() if key in said[0] and row[1] != said[0][key][1])
            by = next((row[0] for row in differs), None)
            demand_class = choices[1].demand_class(inquiry.channel, "COL", inquiry.decided_at)  # type: ignore[attr-defined]
            found[str(inquiry.inquiry_id), n] = (change, by, demand_class)
    return found, lines


def rows_of(
    item: Any, choices: Any, *asked_by: Any
) -> dict[tuple[str, str, str], tuple[str, Mapping[str, Any]]]:
    """By decision the row that fires and what it gives, in the order they are asked for."""
    return {
        (each.decision, each.site_id, each.about): (each.verdict.fired[0].row_id, dict(each.verdict.then))
        for each in asked_for(item, choices, *asked_by)
    }


def plainly(before: LineOutcome, after: LineOutcome) -> str | None:
    """What changes, worked out from promised units, their days and places."""
    if before == after:
        return None
    (units, day, places), (units_now, day_now, places_now) = of(before), of(after)
    if units != units_now:
        return "gained" if units_now > units else "lost"
    if day != day_now:
        return "earlier" if day_now < day else "later"
    return "elsewhere" if places != places_now else "figure"


def of(outcome: LineOutcome) -> tuple[int, Fraction, Any]:
    """Units promised, the day they come on average, and from where."""
    parts = outcome.schedule if isinstance(outcome, LineAnswer) else ()
    units = sum(part.quantity for part in parts)
    days = sum(part.quantity * part.day.toordinal() for part in parts)
    return units, Fraction(days, units or 1), [(part.site_id, part.position, part.quantity) for part in parts]


async def simulated(deps: Deps, book: Book, most: int = flow.INQUIRIES_MAX) -> Simulation:
    return await simulate(deps, book, WEEK, lambda _done, _of: None, most)


def counted(found: Simulation) -> list[tuple[str, str]]:
    """Changed lines by inquiry and change."""
    return sorted((line.inquiry_id, line.change) for line in found.changed)


def row_of(line: ChangedLine) -> str | None:
    return line.by.row_id if line.by else None


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_simulation_says_what_deciding_each_inquiry_again_says(deps, seed):
    """Over random asks, decided by two books on three days, under random books; every change occurs."""
    count = await asked(deps, seed)
    occurred: Counter[str] = Counter()
    files_responsible: set[str] = set()
    for draft in drafts(Random(seed)):  # noqa: S311  # books, not secrets
        book = await made(deps, draft)
        found = await simulated(deps, book)
        expected, lines = await judged(deps, book)
        assert (found.inquiries, found.whole.lines) == (count, lines)
        assert counted(found) == sorted(
            (inquiry, change) for (inquiry, _), (change, _, _) in expected.items()
        )
        assert Counter(
            (each.inquiry_id, row_of(each), each.demand_class) for each in found.changed
        ) == Counter((inquiry, by, demand_class) for (inquiry, _), (_, by, demand_class) in expected.items())
        sums_add_up(found)
        occurred.update(line.change for line in found.changed)
        files_responsible.update(line.by.file for line in found.changed if line.by)
    assert {"gained", "lost", "earlier", "later", "figure"} <= occurred.keys()
    assert files_responsible == {"10-supply.yaml", "60-sourcing.yaml", "70-promise.yaml"}


def sums_add_up(found: Simulation) -> None:
    """Tallies of channels and classes sum to the whole, and the whole counts what is listed and left out."""
    assert sum(tally.lines for tally in found.by_class.values()) == found.whole.lines
    for change in CHANGES:
        assert sum(tally.changed[change] for tally in found.by_class.values()) == found.whole.changed[change]
    assert sum(found.whole.changed.values()) == len(found.changed) + found.left_out
    for side in ("units_gained", "units_lost"):
        assert sum(getattr(tally, side) for tally in found.by_class.values()) == getattr(found.whole, side)
    if not found.left_out:
        units = Counter[str]()
        for line in found.changed:
            units[line.change] += int(Decimal(str(line.units)) * (1000 if line.sku == "OIL" else 1))
        assert (units["gained"], units["lost"]) == (found.whole.units_gained, found.whole.units_lost)


async def test_what_is_kept_is_bounded_and_changes_nothing(deps, monkeypatch):
    """With room for a single item, set-up and changed line the figures are the same."""
    await asked(deps, 3)
    book = await made(deps, shipped() | purchases("web", counts=False) | sourcing(floor=3))
    whole = await simulated(deps, book)
    for name, most in (("PREPARED_MAX", 1), ("SETUPS_MAX", 1), ("CHANGED_MAX", 2)):
        monkeypatch.setattr(flow, name, most)
    little = await simulated(deps, book)
    assert len(whole.changed) > 2
    assert (little.whole, little.by_class) == (whole.whole, whole.by_class)
    assert (little.changed, little.left_out) == (whole.changed[:2], len(whole.changed) - 2)
    sums_add_up(little)


async def test_the_book_that_decided_changes_nothing(deps):
    await decide_by(deps)
    await tell(deps, stock(5), supply(7), states=["stock", "supply"])
    for wanted in (1, 8, 20):
        await quote(deps, [ask(wanted), ask(wanted, "NONE"), ask(wanted, site_id="COL")], "web", ANYONE)
    found = await simulated(deps, await made(deps, shipped()))
    assert (found.inquiries, found.whole.lines, found.changed) == (3, 9, [])


@pytest.mark.parametrize(
    ("files", "change", "row", "file", "after"),
    [
        (purchases(counts=False), "lost", "R000", "10-supply.yaml", "4 on {0} from HAM; 6 open"),
        (purchases(from_days=9), "later", "R000", "10-supply.yaml", "4 on {0} from HAM; 6 on {9} from HAM"),
        (sourcing(serves=False), "lost", "R000", "60-sourcing.yaml", "10 open"),
        (
            sourcing(floor=3),
            "lost",
            "R000",
            "60-sourcing.yaml",
            "1 on {0} from HAM; 6 on {5} from HAM; 3 open",
        ),
        (promising(horizon_days=3), "lost", "R000", "70-promise.yaml", "4 on {0} from HAM; 6 open"),
    ],
    ids=["not counted", "counted later", "not served", "kept back", "not that far"],
)
async def test_the_row_that_changes_an_answer_is_named(deps, files, change, row, file, after):
    """With its file and reason, the row that answered before, and both answers in words."""
    await decide_by(deps)
    await tell(deps, stock(4), supply(6), states=["stock", "supply"])
    given = await quote(deps, [ask(10)], "web", ANYONE)
    (line,) = (await simulated(deps, await made(deps, shipped() | files))).changed
    assert (line.inquiry_id, line.sku, line.quantity) == (str(given.inquiry_id), "TEA", Decimal(10))
    assert (line.change, line.before) == (change, f"4 on {on(0)} from HAM; 6 on {on(5)} from HAM")
    assert line.after == after.format(*(on(ahead) for ahead in range(10)))
    assert line.by is not None
    assert (line.by.row_id, line.by.file, line.by.why) == (row, file, "Row 0.")
    before = {each.verdict.fired[0].row_id for each in asked_before(given)}
    assert line.by.before_row in before


def asked_before(given: Any) -> Any:
    choices = given.setup.choices
    return asked_for(given.positions["TEA"], choices, given.channel, given.asked_at)


async def test_a_reservation_counts_up_to_its_end_in_each_inquiry(deps):
    """The same item, as of the same sequence, is asked about before a reservation ends and after."""
    await decide_by(deps)
    await tell(deps, stock(10), states=["stock"])
    first = await quote(deps, [ask(10)], "web", ANYONE)
    logged = await inquiries.find(deps.store.pool, first.inquiry_id)
    assert logged is not None
    book = await shelf.book(deps.store.pool, logged.inquiry.book_version)
    read = profiles.decode("TEA", logged.contents["TEA"])
    keeps = Reserved("own", "web", TODAY, 4, NOON + timedelta(hours=1))
    content = profiles.encode(replace(read, sites=tuple(replace(at, reserved=(keeps,)) for at in read.sites)))
    opens = []
    for hours in (0.5, 2):
        instant = NOON + timedelta(hours=hours)
        inquiry = replace(
            logged.inquiry, inquiry_id=clock.new_id(instant), asked_at=instant, sequences=(999,)
        )
        again = decide_again(Logged(inquiry, logged.setup_content, {"TEA": content}), book).again
        outcome = orjson.dumps(outcome_record(again)).decode()
        await deps.inquiries.record(replace(inquiry, outcome=outcome), {("TEA", 999): content})
        opens.append(again[0].open)  # type: ignore[union-attr]
    assert opens == [4, 0]
    assert (await simulated(deps, book)).changed == []


async def test_the_newest_inquiries_are_decided_again(deps):
    """At most as many as wanted, of those asked since then; progress is told up to the end."""
    count = await asked(deps, 4)
    book = await made(deps, shipped() | sourcing(serves=False))
    told: list[tuple[int, int]] = []
    found = await simulate(deps, book, WEEK, lambda done, of: told.append((done, of)), 5)
    assert (found.inquiries, told[-1]) == (5, (5, 5))
    newest = await deps.store.pool.fetch("SELECT inquiry_id FROM inquiry ORDER BY inquiry_id DESC LIMIT 5")
    assert {line.inquiry_id for line in found.changed} <= {str(row["inquiry_id"]) for row in newest}
    last_day = await simulate(deps, book, timedelta(hours=1), lambda _done, _of: None)
    assert (last_day.inquiries, (await simulated(deps, book)).inquiries) == (ASKS_A_DAY, count)


async def test_nothing_is_written_besides_the_step_in_the_books_history(deps):
    gateway = ready(deps)
    await asked(deps, 5)
    version = (await submitted(gateway, 12)).book.version
    before = await contents(deps)
    job = await simulations.start(gateway, version, WEEK, ANNA)
    await ended(job)
    assert isinstance(job.found, Simulation)
    after = await contents(deps)
    assert {table for table in before if before[table] != after[table]} == {"rulebook_event"}
    step = await deps.store.pool.fetchrow("SELECT * FROM rulebook_event ORDER BY 1 DESC LIMIT 1")
    assert step["state"] == "simulated"


async def ended(job: Job) -> None:
    """The job, which runs beside us, has ended."""
    while True:
        if job.has_ended:
            return
        await asyncio.sleep(0)


async def contents(deps: Deps) -> dict[str, str | None]:
    """By table a figure that changes with any of its rows."""
    return {
        table.name: await deps.store.pool.fetchval(
            f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table.name} AS t"
        )
        for table in metadata.sorted_tables
    }
