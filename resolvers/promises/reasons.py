"""The words of a derivation on the wire."""

from collections.abc import Callable
from datetime import date, datetime

import strawberry

from resolvers.flows.rulebook_trying import Tried
from resolvers.governance.trails import RuleTrail
from resolvers.governance.types import READERS
from resolvers.promises.considered import SiteConsidered
from resolvers.promises.days import SiteDays
from resolvers.promises.ways import CapableWay
from resolvers.roles import EVERYONE, INSIDE, roles, shown
from resolvers.scalars import Quantity, Sku


@strawberry.type(description="When a source last spoke of one kind of fact.", directives=[roles(EVERYONE)])
class SourceAge:
    kind: str = shown("stock, supply, demand, hold, ...")
    source: str | None = shown("The system; null for a storefront.")
    as_of: datetime = shown("When it last spoke.")
    age_seconds: int = shown("How long before the answer that was.")


@strawberry.type(
    description="A site whose source of stock has been silent for longer than the rules allow.",
    directives=[roles(EVERYONE)],
)
class SilentSource:
    site: str = shown("The site.")
    source: str | None = shown("The system; null for a storefront.")
    minutes: int = shown("How long it has been silent.")
    steps: int = shown("How many steps of silence that is.")
    percent: int = shown("So much of what it last said is still counted for new promises.")


@strawberry.type(description="A row of a rule file that an answer rests on.", directives=[roles(INSIDE)])
class RuleFired:
    decision: str = shown("What it decides.")
    about: str = shown("What it was asked about.")
    site: str = shown("The site it was asked at.")
    file: str = shown("The rule file.")
    row: str = shown("The row.")
    why: str = shown("Why the row is there, in its owner's words.")
    gives: list[str] = shown("What it gives, each as `name: value`.")
    tried: strawberry.Private[Callable[[], Tried]]

    @shown("How it came to: the facts, and the rows above that did not fit, each with why not.", to=READERS)  # type: ignore[untyped-decorator]
    def trail(self) -> RuleTrail:
        return RuleTrail.of(self.tried())


@strawberry.type(description="On hand in one state, and whether it counted.", directives=[roles(EVERYONE)])
class OnHandReason:
    status: str = shown("The state.")
    ownership: str = shown("Whose goods.")
    quantity: Quantity = shown("How much.")
    counted: bool = shown("Whether it counts for promising.")
    why: str = shown("Why.")


@strawberry.type(
    description="A hold and what it blocks on the day, taken alone.", directives=[roles(EVERYONE)]
)
class HoldReason:
    hold_code: str = shown("The reason it was set.")
    hold: str | None = shown("The hold's id; null for a storefront.")
    blocked: Quantity = shown("What it blocks of counted stock on the day; holds on the same goods overlap.")
    starts: date | None = shown("From this day; null is always.")
    until: date | None = shown("Up to, not on, this day; null is without end.")
    source: str | None = shown("The system that set it; null for a storefront.")


@strawberry.type(description="Supply on its way, and whether it counted.", directives=[roles(EVERYONE)])
class SupplyReason:
    kind: str = shown("purchase, production, in_transit, ...")
    quantity: Quantity = shown("How much.")
    due: date = shown("When it is due.")
    counted_on: date | None = shown("The day it counts from; null where it does not count.")
    why: str = shown("Why.")
    firmness: str = shown("confirmed, firm, unconfirmed or planned.")
    line: str | None = shown("The line's id; null for a storefront.")
    source: str | None = shown("The system that said so; null for a storefront.")


@strawberry.type(description="Quantity owed that stands before this ask.", directives=[roles(EVERYONE)])
class DemandReason:
    kind: str = shown("order line, orders of a kit, or several together where the caller may not see them.")
    quantity: Quantity = shown("How much.")
    counted_on: date = shown("The day it counts on.")
    channel: str | None = shown("The channel, where the caller may see it.")
    order: str | None = shown("The order, where the caller may see it.")
    line: str | None = shown("The line, where the caller may see it.")
    source: str | None = shown("The system that said so; null for a storefront.")


@strawberry.type(description="The day that limits what can be promised.", directives=[roles(EVERYONE)])
class Binding:
    day: date = shown("The day.")
    net_position: Quantity = shown("What is left on it after all that is owed up to it.")
    withheld: Quantity = shown("What of it is kept from new promises.")
    expired: Quantity = shown("What of it will have expired without being taken.")
    owed_behind: Quantity = shown("What of it is owed behind the horizon and not covered there.")
    margin: Quantity = shown("What then remains; below 0 is shortage.")


@strawberry.type(description="One part of a kit on the day.", directives=[roles(EVERYONE)])
class PartReason:
    sku: Sku = shown("The part.")
    per: Quantity = shown("How much of it one kit takes, in its own unit.")
    promisable: Quantity | None = shown("What can be promised of it, in its own unit; null is without limit.")
    sets: Quantity | None = shown("How many sets that is enough for; null is without limit.")
    limits: bool = shown("Whether no other part allows fewer sets.")


@strawberry.type(
    description="How a kit comes to be promised: finished ones first, then sets of its parts at the site.",
    directives=[roles(EVERYONE)],
)
class KitReason:
    finished: Quantity | None = shown("How many finished ones can be promised; null is without limit.")
    sets: Quantity | None = shown("How many sets its parts allow beside them; null is without limit.")
    parts: list[PartReason] = shown("Each part.")


@strawberry.type(
    description="A change that would free more on the wanted day, worked out by making it.",
    directives=[roles(EVERYONE)],
)
class Earlier:
    kind: str = shown("lift_hold, bring_forward or release_safety_stock.")
    what: str = shown("The change in words.")
    gain: Quantity = shown("How much more could be promised for the day.")
    line: str | None = shown("The hold or supply line it is about, if any; null for a storefront.")
    source: str | None = shown("The system that has it, if any; null for a storefront.")


@strawberry.type(
    description="The derivation at one site, for the day its goods must be free for the day wanted.",
    directives=[roles(EVERYONE)],
)
class SiteExplanation:
    site: str = shown("The site.")
    days: SiteDays = shown("From the order to the day of receipt, and the lanes that were considered.")
    position: str = shown("The name under which the goods are counted: whose they are.")
    serves: bool = shown("Whether the channel asked for may be promised from it.")
    day: date = shown("The day it is derived for.")
    promisable: Quantity | None = shown(
        "What can be promised for that day from this site, before this ask took anything; null: no limit."
    )
    usable: Quantity = shown("Counted on hand less what holds block.")
    receipts_to_day: Quantity = shown("Supply that counts up to the day.")
    commitments_to_day: Quantity = shown("What is owed up to the day.")
    withheld: Quantity = shown("Kept from new promises: safety stock in force, and the buffer.")
    buffer: Quantity = shown("What is not counted because the source of the stock is silent.")
    binding: Binding = shown("The day that limits it.")
    on_hand: list[OnHandReason] = shown("Every state goods are in.")
    holds: list[HoldReason] = shown("Every hold.")
    supplies: list[SupplyReason] = shown("Supply on its way, at most 100 lines.")
    demands: list[DemandReason] = shown("What is owed, at most 100 lines.")
    earlier: list[Earlier] = shown("What would make it earlier, best first.")
    left_out: int = shown("How many holds, supplies and demands are not listed.")
    kit: KitReason | None = shown(
        "Of a kit: finished ones, and sets. All else but `promisable` and `earlier` is of finished ones."
    )


@strawberry.type(description="Why an answer is what it is.", directives=[roles(EVERYONE)])
class Explanation:
    summary: str = shown("The answer in a sentence or two.")
    sites: list[SiteExplanation] = shown("The derivation at each site that was asked.")
    sources: list[SourceAge] = shown("When each source last spoke.")
    ways: list[CapableWay] = shown(
        "Where it is late or short and could be bought or made: the ways there are. A storefront sees the "
        "best one only."
    )
    considered: list[SiteConsidered] = shown(
        "The sites thought of, in the order they are asked, with what each could give and why it did not; "
        "at most 500."
    )
