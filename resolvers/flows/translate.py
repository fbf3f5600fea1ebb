"""From a source's words to the store's rows. What cannot be translated says why, for the worklist."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches

from datasources.facts import AllocationFact, DemandFact, ForecastFact, HoldFact, Leg, StockFact, SupplyFact
from datasources.store.ledger import Place
from datasources.store.mirror import Values
from datasources.store.sources import Meaning, Vocabulary
from rules.calendar import receipt_day
from rules.model import Setup
from rules.quantity import BadQuantity, to_smallest

TEXT_MAX = 200
DAYS_AWAY_MAX = 3_660
"""Days further than this from today are a mistake, not a plan."""


class Untranslatable(ValueError):
    """A fact that cannot be used, and why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Translator:
    """The words of one source against the set-up in force."""

    source: str
    vocabulary: Vocabulary
    setup: Setup
    today: date
    near: tuple[str, ...] = ()
    """Names an unknown code may have meant, for the two nearest candidates."""

    def meaning(self, code: str, unit: str) -> Meaning:
        found = self.vocabulary.meanings.get((code, unit))
        if found is not None:
            return found
        units = sorted(u for c, u in self.vocabulary.meanings if c == code and u)
        if units:
            raise Untranslatable(f"Unit {unit!r} of {code} is not mapped. Known: {', '.join(units)}.")
        nearest = get_close_matches(code, self.near, n=2, cutoff=0.5)
        hint = f" Nearest: {', '.join(nearest)}." if nearest else ""
        raise Untranslatable(f"No item is known as {code} at {self.source}.{hint} Add an alias for it.")

    def any_meaning(self, code: str) -> Meaning:
        """What the code means, whatever the unit: for facts that carry no quantity."""
        found = (meaning for (name, _), meaning in self.vocabulary.meanings.items() if name == code)
        return next(found, None) or self.meaning(code, "")

    def quantity(self, quantity: Decimal, meaning: Meaning, *, signed: bool = False) -> int:
        try:
            smallest = to_smallest(quantity, meaning.precision, meaning.factor)
        except BadQuantity as refused:
            raise Untranslatable(str(refused)) from refused
        if smallest < 0 and not signed:
            raise Untranslatable(f"A quantity of {quantity} is below 0.")
        return smallest

    def site(self, site_id: str) -> str:
        if site_id not in self.setup.sites:
            raise Untranslatable(f"No site is called {site_id}. Known: {_some(self.setup.sites)}.")
        return site_id

    def channel(self, code: str) -> str:
        if code not in self.setup.channels:
            raise Untranslatable(f"No channel is called {code}. Known: {_some(self.setup.channels)}.")
        return code

    def day(self, day: date) -> date:
        if abs((day - self.today).days) > DAYS_AWAY_MAX:
            raise Untranslatable(f"{day} is more than {DAYS_AWAY_MAX:,} days away from today, {self.today}.")
        return day

    def place(self, meaning: Meaning, fact: StockFact | Leg) -> Place:
        return Place(
            meaning.sku,
            self.site(fact.site_id),
            text(fact.status),
            text(fact.ownership),
            plain(fact.lot),
            plain(fact.bin),
        )

    def supply(self, fact: SupplyFact) -> Values:
        meaning = self.meaning(fact.code, fact.unit)
        zone = self.setup.sites[self.site(fact.site_id)].zone
        return {
            "source": self.source,
            "line_id": text(fact.line_id),
            "kind": text(fact.kind),
            "firmness": text(fact.firmness),
            "ownership": text(fact.ownership),
            "sku": meaning.sku,
            "site_id": fact.site_id,
            "quantity": self.quantity(fact.quantity, meaning),
            "due": self.day(receipt_day(fact.due, zone)),
            "due_at": fact.due if isinstance(fact.due, datetime) else None,
            "supplier": plain(fact.supplier),
        }

    def demand(self, fact: DemandFact) -> Values:
        meaning = self.meaning(fact.code, fact.unit)
        return {
            "source": self.source,
            "channel": self.channel(fact.channel),
            "order_id": text(fact.order_id),
            "line_id": text(fact.line_id),
            "sku": meaning.sku,
            "site_id": self.site(fact.site_id),
            "quantity": self.quantity(fact.quantity, meaning),
            "needed_on": self.day(fact.needed_on),
            "wanted": self.day(fact.wanted or fact.needed_on),
            "customer": plain(fact.customer),
        }

    def hold(self, fact: HoldFact) -> Values:
        meaning = self.meaning(fact.code, fact.unit)
        if fact.quantity is None and not fact.lots and not fact.bins:
            raise Untranslatable(
                f"Hold {fact.hold_id} names no quantity, lot or bin, so it would hold nothing."
            )
        _check_span(fact.starts, fact.until)
        return {
            "source": self.source,
            "hold_id": text(fact.hold_id),
            "hold_code": text(fact.hold_code),
            "reason": plain(fact.reason),
            "sku": meaning.sku,
            "site_id": self.site(fact.site_id),
            "quantity": None if fact.quantity is None else self.quantity(fact.quantity, meaning),
            "lots": [text(lot) for lot in fact.lots],
            "bins": [text(place) for place in fact.bins],
            "starts": fact.starts,
            "until": fact.until,
        }

    def forecast(self, fact: ForecastFact) -> Values:
        meaning = self.meaning(fact.code, fact.unit)
        _check_span(fact.start, fact.end)
        return {
            "source": self.source,
            "forecast_id": text(fact.forecast_id),
            "sku": meaning.sku,
            "site_id": self.site(fact.site_id),
            "channel": self.channel(fact.channel),
            "starts": self.day(fact.start),
            "ends": self.day(fact.end),
            "quantity": self.quantity(fact.quantity, meaning),
        }

    def allocation(self, fact: AllocationFact) -> Values:
        meaning = self.meaning(fact.code, fact.unit)
        _check_span(fact.start, fact.end)
        if fact.kind not in ("quota", "protection", "share"):
            raise Untranslatable(f"An allocation is a quota, a protection or a share, not {fact.kind!r}.")
        return {
            "source": self.source,
            "allocation_id": text(fact.allocation_id),
            "kind": fact.kind,
            "sku": meaning.sku,
            "channel": self.channel(fact.channel),
            "starts": self.day(fact.start),
            "ends": self.day(fact.end),
            "quantity": self.quantity(fact.quantity, meaning),
            "rank": fact.rank,
        }


def _some(names: Iterable[str], most: int = 10) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return (", ".join(ordered[:most]) or "none yet") + more


def _check_span(starts: date | None, ends: date | None) -> None:
    if starts is not None and ends is not None and ends <= starts:
        raise Untranslatable(f"It ends on {ends}, which is not after its start, {starts}.")


def text(value: str) -> str:
    """The value, where it is a name: not empty, not long, printable."""
    if not value.strip():
        raise Untranslatable("A name that must be given is empty.")
    return plain(value)


def plain(value: str) -> str:
    """The value, where it is printable and no longer than `TEXT_MAX`."""
    if len(value) > TEXT_MAX:
        raise Untranslatable(
            f"{value[:20]!r}... has {len(value):,} characters; at most {TEXT_MAX} are taken."
        )
    if not value.isprintable():
        raise Untranslatable(f"{value[:40]!r} has characters that cannot be printed.")
    return value


def not_ahead(occurred_at: datetime, now: datetime) -> datetime:
    """The instant, unless it lies ahead of the store's clock by more than five minutes."""
    if occurred_at > now + timedelta(minutes=5):
        raise Untranslatable(
            f"It says it happened at {occurred_at}, but it is {now:%Y-%m-%d %H:%M:%S} UTC here."
        )
    return min(occurred_at, now)
