"""The words every part shares: frozen values without behaviour that waits, reads or guesses.

Quantities are whole numbers of an item's smallest unit (10^-precision of its base unit). Days are local days
of the site that is named beside them; instants are UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from rules.terms import NO_TERMS, Terms


@dataclass(frozen=True, slots=True)
class Arrival:
    """So much of goods on hand came at the instant, newest known first; they are where they were received.

    `counts_from` is the day they would be put away.
    """

    at: datetime
    quantity: int
    counts_from: date | None = None


@dataclass(frozen=True, slots=True)
class OnHand:
    """Physical quantity of one item at one site, whatever its state."""

    status: str
    ownership: str
    quantity: int
    lot: str = ""
    bin: str = ""
    usable_until: date | None = None
    arrived: tuple[Arrival, ...] = ()
    """When what came straight into this state did, as far as it is told; the newest first."""
    in_days: int | None = None
    """From so many days ahead it counts once put away; None: only its status says whether it counts."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A quantity, or whole lots and bins, set apart from promising.

    In force from `starts` up to, not on, `until`. With `quantity` it names separate goods and adds up;
    without, it blocks the lots and bins it names whole.
    """

    hold_id: str
    code: str
    source: str
    quantity: int | None = None
    lots: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    starts: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Supply that is not here yet: the open quantity of one supply line, on the local day it counts from."""

    source: str
    line_id: str
    kind: str
    firmness: str
    ownership: str
    day: date
    quantity: int
    usable_until: date | None = None
    put_away: date | None = None
    """The day it counts from, where putting goods away takes its site time; None: its own."""

    @property
    def counts_from(self) -> date:
        return self.put_away or self.day


@dataclass(frozen=True, slots=True)
class Commitment:
    """Quantity owed to one demand line on its `needed_on` day.

    With `kit` it is owed to the orders of that kit: sets that its finished kits cannot cover.
    """

    source: str
    line_id: str
    order_id: str
    channel: str
    day: date
    quantity: int
    kit: str = ""
    position: str = ""
    """The position it is owed from, where it was promised from one: it is then owed from no other."""
    lasting: date | None = None
    """Only goods that may be promised on that day as well serve it; None: any that are there on its own."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """What reservations of one channel keep for a day, in one position, up to the same instant.

    It counts before `expires_at`, and not on it; without one it is confirmed, and counts until it is given
    back or shipped.
    """

    position: str
    channel: str
    day: date
    quantity: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SafetyStock:
    """From `starts` on, until a later row, this much is kept from new promises. `date.min` is always."""

    starts: date
    quantity: int


@dataclass(frozen=True, slots=True)
class SiteStock:
    """All that bears on promising one item at one site, or in one position of it.

    Goods that some channel may not use are a position of their own: `users` are the channels that may be
    promised from it, None being every channel. A profile's stock is of all positions together.
    """

    site_id: str
    on_hand: tuple[OnHand, ...] = ()
    holds: tuple[Hold, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    safety_stock: tuple[SafetyStock, ...] = ()
    position: str = "own"
    users: frozenset[str] | None = None
    reserved: tuple[Reserved, ...] = ()
    """What reservations keep, of positions and instants together; not parted like the rest."""


@dataclass(frozen=True, slots=True)
class KitPart:
    """One kit takes `per` smallest units of this item."""

    sku: str
    per: int


@dataclass(frozen=True, slots=True)
class KitOrders:
    """A kit that an item is part of and that is owed somewhere: one takes `per` of the item."""

    kit: str
    per: int
    sites: tuple[SiteStock, ...]
    """What there is of the finished kit, by site, and what is owed of it."""
    item_class: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """`ratio` of this item stand for one, in smallest units; it is sent in packs of its own."""

    sku: str
    ratio: Fraction = Fraction(1)
    pack: int = 1


SUCCESSORS_MAX = 10
"""So many times over an item may be superseded."""


@dataclass(frozen=True, slots=True)
class Successor:
    """The item that took another's place; with `use_up` only once the other's own goods are gone."""

    by: str
    use_up: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """One item over all its sites, as of one sequence. Sites in id order.

    `parts` are what it is put together from, if it is a kit; `part_of` the kits on order that it goes into.
    """

    sku: str
    unit: str
    precision: int
    sites: tuple[SiteStock, ...] = ()
    parts: tuple[KitPart, ...] = ()
    part_of: tuple[KitOrders, ...] = ()
    item_class: str = ""
    """What rule files see of the item."""
    terms: Terms = NO_TERMS
    """How more of it can be had."""
    instead: tuple[Other, ...] = ()
    """What may be sent for it, in turn."""
    superseded: Successor | None = None

    @property
    def sent_instead(self) -> tuple[str, ...]:
        """The items that may be sent for it."""
        successor = () if self.superseded is None else (self.superseded.by,)
        return (*successor, *(other.sku for other in self.instead))
