"""From a source's words to the store's rows. What cannot be translated says why, for the worklist."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches

from datasources.facts import (
    AllocationFact,
    DemandFact,
    ForecastFact,
    HoldFact,
    KitFact,
    Leg,
    SafetyStockFact,
    StockFact,
    SupplyFact,
)
from datasources.store.ledger import Place
from datasources.store.mirror import Values
from datasources.store.sources import Meaning, Vocabulary
from rules.calendar import receipt_day
from rules.company import Company
from rules.quantity import BadQuantity, to_smallest

TEXT_MAX = 200
NAME_BYTES_MAX = 200
"""What names a thing goes into keys, and a key of several names must fit an index."""
DAYS_AWAY_MAX = 3_660
"""Days further than this from today are a mistake, not a plan."""


class Untranslatable(ValueError):
    """A fact that cannot be used, and why, in a sentence."""


@dataclass(slots=True)
class Nearest:
    """Names an unknown code may have meant. Looking is slow, so only the first few codes get a hint."""

    names: Sequence[str] = ()
    lookups_left: int = 50
    _found: dict[str, list[str]] = field(default_factory=dict)
    _spelt: dict[str, list[str]] = field(default_factory=dict)

    def to(self, code: str) -> list[str]:
        """The two nearest names, nearest first; none where nothing is near or enough was looked up."""
        if code not in self._found and self.lookups_left > 0:
            self.lookups_left -= 1
            self._found[code] = self._look_up(code)
        return self._found.get(code, [])

    def _look_up(self, code: str) -> list[str]:
        if not self._spelt:
            for known in self.names:
                self._spelt.setdefault(_letters(known), []).append(known)
        nearest = get_close_matches(_letters(code), self._spelt, n=2, cutoff=0.4)
        return [known for letters in nearest for known in self._spelt[letters]][:2]


@dataclass(frozen=True, slots=True)
class Translator:
    """The words of one source against the set-up in force."""

    source: str
    vocabulary: Vocabulary
    setup: Company
    today: date
    near: Nearest = field(default_factory=Nearest)

    def meaning(self, code: str, unit: str) -> Meaning:
        found = self.vocabulary.meanings.get((code, unit))
        if found is not None:
            return found
        units = sorted(filter(None, self.vocabulary.by_code.get(code, ())))
        if units:
            raise Untranslatable(f"Unit {unit!r} of {code} is not mapped. Known: {_some(units)}.")
        nearest = self.near.to(text(code))
        hint = f" Nearest: {', '.join(nearest)}." if nearest else ""
        raise Untranslatable(f"No item is known as {code} at {self.source}.{hint} Add an alias for it.")

    def any_meaning(self, code: str) -> Meaning:
        """What the code means, whatever the unit: for facts that carry no quantity."""
        by_unit = self.vocabulary.by_code.get(code)
        return next(iter(by_unit.values())) if by_unit else self.meaning(code, "")

    def unit_of_item(self, sku: str, unit: str) -> Meaning:
        """What one `unit` of our item is at this source, whichever of its codes it uses."""
        direct = self.vocabulary.meanings.get((sku, unit))
        named = {m for (_, u), m in self.vocabulary.meanings.items() if m.sku == sku and u == unit}
        if direct is None and len(named) != 1:
            raise Untranslatable(f"Unit {unit!r} of {sku} is {'ambiguous' if named else 'not mapped'}.")
        return direct or named.pop()

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
            word(fact.status),
            word(fact.ownership),
            name(fact.lot),
            name(fact.bin),
        )

    def supply(self, fact: SupplyFact) -> Values:
        meaning = self.meaning(fact.code, fact.unit)
        zone = self.setup.sites[self.site(fact.site_id)].zone
        return {
            "source": self.source,
            "line_id": text(fact.line_id),
            "kind": word(fact.kind),
            "firmness": word(fact.firmness),
            "ownership": word(fact.ownership),
            "sku": meaning.sku,
            "site_id": fact.site_id,
            "quantity": self.quantity(fact.quantity, meaning),
            "due": self.day(receipt_day(fact.due, zone)),
            "due_at": fact.due if isinstance(fact.due, datetime) else None,
            "supplier": plain(fact.supplier),
            "usable_until": fact.usable_until,
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

    def safety_stock(self, fact: SafetyStockFact) -> Values:
        meaning = self.meaning(fact.code, fact.unit)
        return {
            "source": self.source,
            "sku": meaning.sku,
            "site_id": self.site(fact.site_id),
            "starts": date.min if fact.starts is None else fact.starts,
            "quantity": self.quantity(fact.quantity, meaning),
        }

    def kit(self, fact: KitFact) -> tuple[tuple[str, str], int]:
        """The kit and its component, and how much of it one kit takes."""
        kit, component = self.any_meaning(fact.kit), self.meaning(fact.component, fact.unit)
        if kit.precision:
            raise Untranslatable(
                f"{kit.sku} is counted to {kit.precision} decimals; a kit is put together whole."
            )
        if kit.sku == component.sku:
            raise Untranslatable(f"{kit.sku} cannot be a part of itself.")
        return (kit.sku, component.sku), self.quantity(fact.per, component)

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


def _letters(code: str) -> str:
    """What two spellings of a code have in common: its letters and figures."""
    return "".join(letter for letter in code.casefold() if letter.isalnum())


def _some(names: Iterable[str], most: int = 10) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return (", ".join(ordered[:most]) or "none yet") + more


def _check_span(starts: date | None, ends: date | None) -> None:
    if starts is not None and ends is not None and ends <= starts:
        raise Untranslatable(f"It ends on {ends}, which is not after its start, {starts}.")


WORD_MAX = 40


def word(value: str) -> str:
    """The value, where it can be one of the trade's words: a status, an owner, a kind."""
    if len(text(value).encode()) > WORD_MAX:
        raise Untranslatable(f"{value[:20]!r}... is too long for a status, owner, kind or firmness.")
    return value


def text(value: str) -> str:
    """The value, where it can name a thing: printable, not long, not empty."""
    if not value.strip():
        raise Untranslatable("A name that must be given is empty.")
    return name(value)


def name(value: str) -> str:
    """The value, where it can name a thing or is empty, which names none."""
    if len(plain(value).encode()) > NAME_BYTES_MAX:
        raise Untranslatable(f"{value[:20]!r}... is too long for a name: it takes {NAME_BYTES_MAX} bytes.")
    return value


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
    if occurred_at.tzinfo is None:
        raise Untranslatable(f"{occurred_at.isoformat()} does not say how far it is from UTC.")
    if occurred_at > now + timedelta(minutes=5):
        raise Untranslatable(
            f"It says it happened at {occurred_at}, but it is {now:%Y-%m-%d %H:%M:%S} UTC here."
        )
    return min(occurred_at, now)
