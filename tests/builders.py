"""Builders with plain defaults, so that a test writes only what matters: one item, TEA, at one site, HAM."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any

from datasources.facts import (
    AliasFact,
    ChannelFact,
    DemandFact,
    Event,
    EventFact,
    Fact,
    HoldFact,
    HoldLifted,
    ItemFact,
    Leg,
    LotFact,
    Movement,
    Row,
    SetAside,
    SiteFact,
    StockFact,
    SupplyFact,
)
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.receive import Receipt as Outcome
from resolvers.flows.receive import receive
from resolvers.flows.sync import LoadReport, sync
from rules.ask import RequestLine
from rules.company import (
    Calendar,
    Channel,
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
from rules.explanation import NOT_COUNTED
from rules.model import Commitment, Hold, OnHand, Profile, Receipt, SiteStock

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = NOON.date()
ALL = frozenset({"stock", "hold", "supply", "demand", "forecast", "allocation"})
ANYONE = Caller("tester", frozenset({"admin"}), None)

_ids = count(1)


def day(ahead: int) -> date:
    """The day that lies so many days ahead of TODAY."""
    return TODAY + timedelta(days=ahead)


def at(hours: float) -> datetime:
    """The instant that lies so many hours after NOON."""
    return NOON + timedelta(hours=hours)


# What a source tells.


def item(sku: str = "TEA", **more: Any) -> ItemFact:
    return ItemFact(sku, more.pop("name", f"Item {sku}"), **more)


def alias(code: str, sku: str = "TEA", unit: str = "", factor: Fraction | int = 1) -> AliasFact:
    return AliasFact(code, sku, unit, Fraction(factor))


def site(site_id: str = "HAM", zone: str = "UTC", **more: Any) -> SiteFact:
    return SiteFact(site_id, f"Site {site_id}", "distribution_centre", zone, **more)


def channel(code: str = "web", **more: Any) -> ChannelFact:
    return ChannelFact(code, f"Channel {code}", "web", "retail", **more)


def stock(quantity: float | str, code: str = "TEA", site_id: str = "HAM", **more: Any) -> StockFact:
    return StockFact(code, site_id, Decimal(str(quantity)), **more)


def lot(name: str, usable_until: date | None, code: str = "TEA") -> LotFact:
    return LotFact(code, name, usable_until)


def hold(quantity: float | str | None = 1, hold_id: str = "H1", **more: Any) -> HoldFact:
    given: dict[str, Any] = {"hold_code": "quality", "code": "TEA", "site_id": "HAM"} | more
    return HoldFact(hold_id, quantity=None if quantity is None else Decimal(str(quantity)), **given)


def lifted(hold_id: str = "H1", quantity: float | str | None = None, unit: str = "") -> HoldLifted:
    return HoldLifted(hold_id, None if quantity is None else Decimal(str(quantity)), unit)


def supply(quantity: float | str, line_id: str = "PO-1", ahead: int = 5, **more: Any) -> SupplyFact:
    given: dict[str, Any] = {"kind": "purchase", "code": "TEA", "site_id": "HAM", "due": day(ahead)} | more
    return SupplyFact(line_id, quantity=Decimal(str(quantity)), **given)


def demand(quantity: float | str, line_id: str = "1", order_id: str = "SO-1", **more: Any) -> DemandFact:
    given: dict[str, Any] = {"channel": "web", "code": "TEA", "site_id": "HAM", "needed_on": day(2)} | more
    return DemandFact(line_id, order_id, quantity=Decimal(str(quantity)), **given)


def leg(quantity: float | str, site_id: str = "HAM", **more: Any) -> Leg:
    return Leg(site_id, Decimal(str(quantity)), **more)


def moved(quantity: float | str, cause: str = "adjustment", code: str = "TEA", **more: Any) -> Movement:
    """A movement of one leg at HAM, or of the `legs` given."""
    legs = more.pop("legs", (leg(quantity, more.pop("site_id", "HAM")),))
    return Movement(code, cause, legs, **more)


def event(
    fact: EventFact, event_id: str | None = None, source: str = "wms", occurred_at: datetime | None = None
) -> Event:
    return Event(source, event_id or f"e{next(_ids)}", occurred_at, fact)


@dataclass
class Told:
    """A source that states these facts, each from its own line of one file; a SetAside is told as it is."""

    facts: Sequence[Fact | SetAside]
    name: str = "erp"
    states: frozenset[str] = ALL

    def read(self, day: date) -> Iterator[Row | SetAside]:
        for number, fact in enumerate(self.facts, 1):
            yield fact if isinstance(fact, SetAside) else Row(f"{self.name}.csv", number, fact)


MASTERS: tuple[Fact, ...] = (
    item("TEA"),
    item("CUP"),
    item("OIL", unit="KG", precision=3),
    site("HAM"),
    site("COL"),
    channel("web"),
    channel("contract"),
)


async def tell(
    deps: Deps, *facts: Fact | SetAside, source: str = "erp", states: Iterable[str] = ()
) -> LoadReport:
    """The source has stated these facts; of the kinds in `states` these are all there are."""
    told = Told(facts, source, frozenset(states))
    return await sync(deps, told, TODAY, lambda _: None)


async def tell_masters(deps: Deps) -> LoadReport:
    """A small company: items TEA, CUP and OIL, sites HAM and COL, channels web and contract."""
    return await tell(deps, *MASTERS, source="master")


async def send(deps: Deps, *events: Event) -> list[Outcome]:
    """What became of the events, received together."""
    return await receive(deps, events, ANYONE)


async def outcomes(deps: Deps, *events: Event) -> list[str]:
    return [receipt.outcome for receipt in await send(deps, *events)]


def ask(
    quantity: float | str = 1, sku: str = "TEA", ahead: int = 0, site_id: str | None = None
) -> RequestLine:
    return RequestLine(sku, Decimal(str(quantity)), day(ahead), site_id)


# What the rules decide from.


def on_hand(quantity: int, status: str = "available", ownership: str = "own", **more: Any) -> OnHand:
    return OnHand(status, ownership, quantity, **more)


def held(quantity: int | None = None, hold_id: str = "H1", source: str = "wms", **more: Any) -> Hold:
    return Hold(hold_id, "quality", source, quantity, **more)


def receipt(quantity: int, ahead: int, **more: Any) -> Receipt:
    given: dict[str, Any] = {
        "source": "erp",
        "line_id": f"PO-{ahead}",
        "kind": "purchase",
        "firmness": "confirmed",
    }
    given |= {"ownership": "own", "day": day(ahead), "quantity": quantity}
    return Receipt(**given | more)


def owed(quantity: int, ahead: int, **more: Any) -> Commitment:
    given: dict[str, Any] = {"source": "oms", "line_id": "1", "order_id": f"SO-{ahead}", "channel": "web"}
    given |= {"day": day(ahead), "quantity": quantity}
    return Commitment(**given | more)


@dataclass(frozen=True)
class Late:
    """Overdue by at most `within_days`, supply is still expected `from_days` from today."""

    within_days: int = 366
    from_days: int = 0


def policy(
    statuses: Iterable[str] = ("available",),
    ownerships: Iterable[str] = ("own",),
    firmness: Iterable[str] = ("here", "confirmed", "firm"),
    late: Mapping[str, Late] | None = None,
    excluded: Iterable[str] = (),
    **more: Any,
) -> Policy:
    """Choices as plain rules would make them, for tests of the arithmetic alone."""

    def choice(kind: str, ownership: str, sure: str, days_overdue: int) -> SupplyChoice:
        overdue = (late or {}).get(kind) if days_overdue else Late()
        in_time = overdue is not None and days_overdue <= overdue.within_days
        counts = ownership in ownerships and sure in firmness and kind not in excluded and in_time
        from_days = overdue.from_days if overdue is not None else 0
        return SupplyChoice(None if counts else frozenset(), "own", from_days, "" if counts else NOT_COUNTED)

    return Policy(choice, lambda what, code: what == "status" and code in statuses, **more)


@dataclass(frozen=True)
class PlainChoices:
    """The same policy everywhere but where a site has one of its own; every site serves everybody."""

    policy: Policy
    of_sites: Mapping[str, Policy] = field(default_factory=dict)
    served: Mapping[str, Sourcing] = field(default_factory=dict)
    served_so: Manner = field(default_factory=Manner)
    kept: Mapping[str, Keeping] = field(default_factory=dict)

    def limits_orders(self) -> bool:
        return any(each.orders_a_day is not None for each in self.served.values())

    def basis(self, now: datetime) -> object:
        return None

    def policy_at(self, site_id: str, item_class: str, now: datetime) -> Policy:
        return self.of_sites.get(site_id, self.policy)

    def sourcing(self, channel: str, site_id: str, item_class: str, now: datetime) -> Sourcing:
        return self.served.get(site_id, Sourcing())

    def manner(self, channel: str, site_id: str, item_class: str, now: datetime) -> Manner:
        return self.served_so

    def may_bring(self, from_site: str, to_site: str, item_class: str, now: datetime) -> bool:
        return False

    def standing(self, channel: str, site_id: str, item_class: str, now: datetime) -> Standing:
        return "quote"

    def keeping(self, channel: str, site_id: str, item_class: str, days_late: int, now: datetime) -> Keeping:
        return self.kept.get(channel, Keeping())

    def grace_days(self, site_id: str, item_class: str, now: datetime) -> int:
        return 2

    def seen_by(self, site_id: str, what: str, code: str, now: datetime) -> frozenset[str]:
        return frozenset({"admin"})

    def silent(self, ages: Sequence[SourceAge], now: datetime) -> Mapping[str, Silence]:
        return {}


@dataclass(frozen=True)
class World:
    """The set-up of a pure test: sites in UTC unless zones say otherwise."""

    zones: dict[str, str] = field(default_factory=lambda: {"HAM": "UTC", "COL": "UTC"})
    policy: Policy = field(default_factory=lambda: policy(horizon_days=10))
    of_sites: Mapping[str, Policy] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=lambda: {"every day": Calendar("every day")})

    @property
    def setup(self) -> Setup:
        sites = {name: Site(name, name, "store", zone) for name, zone in self.zones.items()}
        channels = {"web": Channel("web", "Web", "web", "retail")}
        choices = PlainChoices(self.policy, self.of_sites)
        return Setup("a set-up", sites, channels, self.calendars, {}, choices)


def profile(*sites: SiteStock, sku: str = "TEA", precision: int = 0) -> Profile:
    return Profile(sku, "EA", precision, sites)
