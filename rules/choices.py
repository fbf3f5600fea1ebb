"""What the rule book says of items, sites and channels, asked by class at an instant.

Rows of rule files begin and end in the local time of the site that is asked about. Whatever is looked up
is kept, by class, for as long as the same rows are in force.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, Self

from rules.book import Book, BookAt, Verdict
from rules.calendar import zone_of
from rules.company import (
    Channel,
    Company,
    Keeping,
    Manner,
    Policy,
    Setup,
    Silence,
    Site,
    SourceAge,
    Sourcing,
    Standing,
    SupplyChoice,
)
from rules.slip import GRACE_DAYS

KEPT_MAX = 10_000
"""Looked-up choices kept; then all are looked up anew."""
FACTS_MAX = 4_096
"""Sorts of goods kept by class and site."""
LOCALS_MAX = 256
"""Instants kept as clocks somewhere show them: an ask needs the same ones several times."""
PERCENT = 100
DAYS_LATE_MAX = 365
"""Later than that is as late as that."""


EVERYWHERE = ""
"""Stands for all zones together."""


class _Second(NamedTuple):
    """What holds in one whole second."""

    begins: datetime
    ends: datetime
    holds: Any

    @classmethod
    def of(cls, now: datetime, holds: object) -> Self:
        begins = now.replace(microsecond=0)
        return cls(begins, begins + timedelta(seconds=1), holds)


class _Quiet(NamedTuple):
    """Who is silent, as long as nothing is heard, no other rows come into force, and no step is reached."""

    ages: Sequence[SourceAge]
    basis: object
    begins: datetime
    silent: Mapping[str, Silence]
    ends: datetime

    def is_of(self, ages: Sequence[SourceAge], basis: object, now: datetime) -> bool:
        return self.ages is ages and self.begins <= now < self.ends and self.basis == basis


@dataclass(frozen=True, slots=True)
class BookChoices:
    """The choices of one book for one company. `owners` are the sources that own the stock of each site."""

    book: Book
    sites: Mapping[str, Site]
    channels: Mapping[str, Channel]
    owners: Mapping[str, str]
    kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)
    latest: dict[str, _Second] = field(default_factory=dict, compare=False, repr=False)
    """By zone, and for all of them, what held in the second last asked about: rows change on whole ones."""
    quiet: list[_Quiet] = field(default_factory=list, compare=False, repr=False)
    """What was last found out about silence, at most one."""

    def limits_orders(self) -> bool:
        """Whether any row limits the orders that leave a site a day, in force or not."""
        rows = self.book.compiled["sourcing"].table.rows
        found: bool = self.kept.setdefault(
            "limits_orders", any(row.then["orders_a_day"] is not None for row in rows)
        )
        return found

    def basis(self, now: datetime) -> object:
        """The rows in force in each zone: equal at two instants if all rows are the same."""
        latest = self.latest.get(EVERYWHERE)
        if latest is None or not latest.begins <= now < latest.ends:
            zones = sorted({site.zone for site in self.sites.values()})
            keys = tuple(self.book.interval_key(_local(now, zone)) for zone in zones)
            latest = self.latest[EVERYWHERE] = _Second.of(now, (self.book.version, keys))
        return latest.holds

    def policy_at(self, site_id: str, item_class: str, now: datetime) -> Policy:
        """What bends the arithmetic of the class of item at the site."""
        at, site = self._at(site_id, now), self.sites[site_id]
        key = ("policy", at, site.kind, item_class)
        found: Policy = self._keep(key, lambda: self._policy(at, site.kind, item_class))
        return found

    def sourcing(self, channel: str, site_id: str, item_class: str, now: datetime) -> Sourcing:
        """How the site serves the channel for the class of item."""
        at, site = self._at(site_id, now), self.sites[site_id]
        key = ("sourcing", at, channel, site.kind, item_class)
        found: Sourcing = self._keep(key, lambda: self._sourcing(at, channel, site.kind, item_class))
        return found

    def manner(self, channel: str, site_id: str, item_class: str, now: datetime) -> Manner:
        """How the channel's lines may be served, by the rows in force at the site."""
        at = self._at(site_id, now)
        key = ("manner", at, channel, item_class)
        found: Manner = self._keep(key, lambda: self._manner(at, channel, item_class))
        return found

    def standing(self, channel: str, site_id: str, item_class: str, now: datetime) -> Standing:
        """What the channel may do with goods still to be bought or made; a book that does not say quotes."""
        if "capable" not in self.book.compiled:
            return "quote"
        at = self._at(site_id, now)
        found: Standing = self._keep(
            ("standing", at, channel, item_class),
            lambda: at.decide("capable", {**self.who(channel, at), "item_class": item_class}).then[
                "standing"
            ],
        )
        return found

    def may_bring(self, from_site: str, to_site: str, item_class: str, now: datetime) -> bool:
        """Whether goods may be brought there for an ask; a book that does not say lets none."""
        if "transfer" not in self.book.compiled:
            return False
        at, kinds = self._at(to_site, now), (self.sites[from_site].kind, self.sites[to_site].kind)
        facts = {"item_class": item_class, "from_kind": kinds[0], "site_kind": kinds[1]}
        return bool(
            self._keep(
                ("may_bring", at, item_class, *kinds), lambda: at.decide("transfer", facts).then["allowed"]
            )
        )

    def keeping(self, channel: str, site_id: str, item_class: str, days_late: int, now: datetime) -> Keeping:
        """How a promise to the channel is kept, whose wanted day has gone by for so many days."""
        at, late = self._at(site_id, now), min(max(days_late, 0), DAYS_LATE_MAX)
        key = ("keeping", at, channel, item_class, late)
        found: Keeping = self._keep(key, lambda: self._keeping(at, channel, item_class, late))
        return found

    def grace_days(self, site_id: str, item_class: str, now: datetime) -> int:
        """For so many days overdue supply is still expected there."""
        at = self._at(site_id, now)
        key = ("grace", at, item_class)
        found: int = self._keep(key, lambda: self._repromise(at, "", item_class)[1])
        return found

    def silent(self, ages: Sequence[SourceAge], now: datetime) -> Mapping[str, Silence]:
        """The sites whose source of stock has been silent for longer than allowed."""
        last = self.quiet[0] if self.quiet else None
        if last is None or not last.is_of(ages, self.basis(now), now):
            last = _Quiet(ages, self.basis(now), now, *self._silences(ages, now))
            self.quiet[:] = [last]
        return last.silent

    def _silences(self, ages: Sequence[SourceAge], now: datetime) -> tuple[Mapping[str, Silence], datetime]:
        """The silent sites, and until when it is so if nothing is heard meanwhile."""
        heard = {age.source: age.heard_at for age in ages if age.kind == "stock"}
        silent, until = {}, datetime.max.replace(tzinfo=UTC)
        for site_id, source in self.owners.items():
            if source in heard and site_id in self.sites:
                minutes = int((now - heard[source]).total_seconds() // 60)
                silence, next_minute = self._silence(source, site_id, minutes, now)
                until = min(until, heard[source] + timedelta(minutes=next_minute))
                if silence is not None:
                    silent[site_id] = silence
        return silent, until

    def seen_by(self, site_id: str, what: str, code: str, now: datetime) -> frozenset[str]:
        """The roles that see goods in the status, or under the hold."""
        at = self._at(site_id, now)
        verdict = self._keep(
            ("seen", at, what, code), lambda: at.decide("holds", {"what": what, "code": code})
        )
        return frozenset(verdict.then["seen_by"])

    def demand_class(self, channel: str, site_id: str, now: datetime) -> str:
        """The class that the channel's demand belongs to."""
        return str(self.who(channel, self._at(site_id, now))["demand_class"])

    def who(self, code: str, at: BookAt) -> dict[str, Any]:
        """The facts of a channel that rules may look at."""
        known = self.channels.get(code)
        kind, stated = (known.kind, known.demand_class) if known else ("", "")
        facts = {"channel": code, "channel_kind": kind, "stated_class": stated}
        verdict = at.decide("demand_class", facts)
        return {"channel": code, "channel_kind": kind, "demand_class": verdict.then["demand_class"]}

    def at(self, site_id: str, now: datetime) -> BookAt:
        """The rows in force at the site."""
        return self._at(site_id, now)

    def _at(self, site_id: str, now: datetime) -> BookAt:
        zone = self.sites[site_id].zone
        latest = self.latest.get(zone)
        if latest is None or not latest.begins <= now < latest.ends:
            latest = self.latest[zone] = _Second.of(now, self.book.at(_local(now, zone)))
        found: BookAt = latest.holds
        return found

    def _keep(self, key: tuple[Any, ...], look_up: Callable[[], Any]) -> Any:
        key = (key[0], id(key[1]), *key[2:])  # the book keeps what holds at a moment, so ids stay theirs
        found = self.kept.get(key)
        if found is None:
            if len(self.kept) >= KEPT_MAX:
                self.kept.clear()
            found = self.kept[key] = look_up()
        return found

    def _policy(self, at: BookAt, site_kind: str, item_class: str) -> Policy:
        place = {"item_class": item_class, "site_kind": site_kind}
        bends, balance = at.decide("position", place).then, at.decide("balance", place).then
        supply, holds = at.ruling("supply"), at.ruling("holds")
        callers = [self.who(code, at) for code in sorted(self.channels)]

        @lru_cache(maxsize=FACTS_MAX)
        def choice(kind: str, ownership: str, firmness: str, days_overdue: int) -> SupplyChoice:
            facts = {"kind": kind, "ownership": ownership, "firmness": firmness, **place}
            facts["days_overdue"] = days_overdue  # type: ignore[assignment]
            verdicts = {str(who["channel"]): supply.decide({**facts, **who}) for who in callers}
            return _joined(verdicts or {"": supply.decide({**facts, **self.who("", at)})})

        @lru_cache(maxsize=FACTS_MAX)
        def promisable(what: str, code: str) -> bool:
            return bool(holds.decide({"what": what, "code": code}).then["promisable"])

        @lru_cache(maxsize=FACTS_MAX)
        def once_put_away(status: str) -> bool:
            said = holds.decide({"what": "status", "code": status}).then
            return bool(said.get("once_put_away", False))

        return Policy(
            supply=choice,
            promisable=promisable,
            once_put_away=once_put_away,
            positions=_positions(self.book),
            horizon_days=_longest_horizon(self.book),
            withhold_safety_stock=bends["safety_stock"] == "withheld",
            infinite_after_days=bends["unlimited_after_days"],  # type: ignore[arg-type]
            projection=balance["projection"],  # type: ignore[arg-type]
            demand_fence_days=balance["demand_fence_days"],  # type: ignore[arg-type]
        )

    def _sourcing(self, at: BookAt, channel: str, site_kind: str, item_class: str) -> Sourcing:
        who = {**self.who(channel, at), "item_class": item_class}
        by_rule: Any = at.decide("sourcing", {**who, "site_kind": site_kind}).then
        promise: Any = at.decide("promise", who).then
        return Sourcing(
            serves=bool(by_rule["serves"]),
            turn=by_rule["turn"],
            floor=by_rule["floor"],
            horizon_days=promise["horizon_days"],
            orders_a_day=by_rule["orders_a_day"],
            cut_off=promise["cut_off"],
        )

    def _manner(self, at: BookAt, channel: str, item_class: str) -> Manner:
        who = {**self.who(channel, at), "item_class": item_class}
        promise: Any = at.decide("promise", who).then
        split: Any = at.decide("split", who).then
        return Manner(
            partial=promise["partial"],
            backorder=promise["backorder"],
            least_percent=promise["min_shipment_percent"],
            choose=split["choose"],
            max_sites=split["max_sites"],
            max_dates=split["max_dates"],
            min_split=split["min_split"],
        )

    def _keeping(self, at: BookAt, channel: str, item_class: str, days_late: int) -> Keeping:
        who = {**self.who(channel, at), "item_class": item_class}
        promise = at.decide("promise", who).then
        within, _, why = self._repromise(at, channel, item_class)
        return Keeping(
            rank=at.decide("priority", {**who, "days_late": days_late}).then["rank"],  # type: ignore[arg-type]
            partial=bool(promise["partial"]),
            min_shipment_percent=promise["min_shipment_percent"],  # type: ignore[arg-type]
            apply_within_days=within,
            why=why,
        )

    def _repromise(self, at: BookAt, channel: str, item_class: str) -> tuple[int | None, int, str]:
        """Days within which is applied at once, days of grace, and why; a book of before has no such file."""
        if "repromise" not in self.book.compiled:
            return None, GRACE_DAYS, ""
        verdict = at.decide("repromise", {**self.who(channel, at), "item_class": item_class})
        return verdict.then["apply_within_days"], verdict.then["grace_days"], _why(verdict)  # type: ignore[return-value]

    def _silence(self, source: str, site_id: str, minutes: int, now: datetime) -> tuple[Silence | None, int]:
        """None while the source is not silent for longer than allowed; and the minute that changes it.

        steps = floor((age - allowed) / step); counted percent = max(at_least, 100 - percent x steps).
        """
        at, site = self._at(site_id, now), self.sites[site_id]
        facts = {"source": source, "fact": "stock", "site_kind": site.kind}
        rule: Any = self._keep(("silence", at, source, site.kind), lambda: at.decide("sources", facts)).then
        steps = max(0, (minutes - rule["allowed_minutes"]) // rule["step_minutes"])
        if not steps:
            return None, rule["allowed_minutes"] + rule["step_minutes"]
        counted = max(rule["at_least"], PERCENT - rule["percent"] * steps)
        return Silence(source, minutes, steps, counted), minutes + 1


def setup_of(company: Company, book: Book) -> Setup:
    """The company, deciding by the book."""
    choices = BookChoices(book, company.sites, company.channels, company.owners)
    return Setup(
        company.setup_hash,
        company.sites,
        company.channels,
        company.calendars,
        company.owners,
        choices,
        book.version,
        destinations=company.destinations,
        lanes=company.lanes,
    )


@lru_cache(maxsize=LOCALS_MAX)
def _local(now: datetime, zone: str) -> datetime:
    return now.astimezone(zone_of(zone)).replace(tzinfo=None)


def _joined(verdicts: Mapping[str, Verdict]) -> SupplyChoice:
    """One choice of what the channels may each use: where they differ in the day, the latest."""
    users = frozenset(channel for channel, verdict in verdicts.items() if verdict.then["counts"])
    first = next(iter(verdicts.values()))
    if not users:
        return SupplyChoice(users, str(first.then["position"]), 0, _why(first))
    using = [verdict for channel, verdict in verdicts.items() if channel in users]
    from_days = max(int(verdict.then["from_days"]) for verdict in using)  # type: ignore[arg-type]
    everybody = len(users) == len(verdicts)
    return SupplyChoice(
        None if everybody else users, str(using[0].then["position"]), from_days, _why(using[0])
    )


def _why(verdict: Verdict) -> str:
    return " ".join(f"{fired.why} ({fired.file} {fired.row_id})" for fired in verdict.fired)


def _positions(book: Book) -> tuple[str, ...]:
    """Names of positions in the order they are taken: as the file lists them."""
    outputs = {output.name: output for output in book.compiled["supply"].table.outputs}
    return outputs["position"].values


def _longest_horizon(book: Book) -> int:
    """So many days are counted of every position: as far ahead as any row promises."""
    return max(int(row.then["horizon_days"]) for row in book.compiled["promise"].table.rows)  # type: ignore[arg-type]
