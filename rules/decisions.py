"""The decisions analysts own: what each may look at, and what it must give.

A rule file uses as many of its decision's inputs as it needs and gives all of its outputs. Inputs are
classes and figures, never single items or customers; which class an item, site or customer belongs to is
stated by the sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

InputKind = Literal["enum", "int", "bool"]
OutputKind = Literal["enum", "int", "bool", "time", "list"]


@dataclass(frozen=True, slots=True)
class Known:
    """One thing a decision may look at. `least` and `most` bound a whole number.

    `of` names the company's own words it takes: channels, channel_kinds, demand_classes, item_classes,
    site_kinds or sources. Empty: the words are the file's.
    """

    name: str
    kind: InputKind
    meaning: str
    of: str = ""
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """One thing a decision gives.

    `values` are the only words it may give, where there are any; `none` lets it give nothing.
    """

    name: str
    kind: OutputKind
    meaning: str
    values: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    none: bool = False
    optional: bool = False
    """Whether files may leave it out, as those written before it was known do; it is then no, or nothing."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: the file it stands in, its inputs and outputs, and who asks for it."""

    name: str
    file: str
    meaning: str
    inputs: tuple[Known, ...]
    outputs: tuple[Given, ...]
    waits: bool = False
    """Whether what asks for it is not built yet: the file is checked, and changes no answer."""


CHANNEL = Known("channel", "enum", "the channel's code", of="channels")
CHANNEL_KIND = Known("channel_kind", "enum", "what kind of channel it is", of="channel_kinds")
DEMAND_CLASS = Known("demand_class", "enum", "what 30-demand-class made of it", of="demand_classes")
ITEM_CLASS = Known("item_class", "enum", "the item's class, as its source states it", of="item_classes")
SITE_KIND = Known("site_kind", "enum", "what kind of site it is", of="site_kinds")
WHO = (CHANNEL, CHANNEL_KIND, DEMAND_CLASS)
YEAR = 366
ROLES = (
    "storefront",
    "oms",
    "planner",
    "steward",
    "warehouse",
    "integrator",
    "analyst",
    "auditor",
    "developer",
    "admin",
)
"""What a caller can be; a test holds them equal to those the schema knows."""


def _by_name(*decisions: Decision) -> Mapping[str, Decision]:
    return {decision.name: decision for decision in decisions}


DECISIONS: Mapping[str, Decision] = _by_name(
    Decision(
        "supply",
        "10-supply",
        "Which goods count for new promises, for whom, and from when.",
        (
            Known("kind", "enum", "on_hand, or the kind of supply that is on its way"),
            Known("ownership", "enum", "whose goods they are"),
            Known("firmness", "enum", "how sure supply is; goods on hand are `here`"),
            Known("days_overdue", "int", "how many days its day has gone by", most=YEAR),
            *WHO,
            ITEM_CLASS,
            SITE_KIND,
        ),
        (
            Given("counts", "bool", "whether they count"),
            Given(
                "position", "enum", "under which name they are counted; the first in the list is taken first"
            ),
            Given("from_days", "int", "counted no sooner than so many days from today", most=YEAR),
        ),
    ),
    Decision(
        "position",
        "12-position",
        "What bends the days of a position.",
        (ITEM_CLASS, SITE_KIND),
        (
            Given(
                "safety_stock",
                "enum",
                "whether safety stock is kept from new promises",
                ("withheld", "promised"),
            ),
            Given(
                "unlimited_after_days",
                "int",
                "working days after which supply is without limit; none: never",
                most=3_660,
                none=True,
            ),
        ),
    ),
    Decision(
        "sources",
        "15-sources",
        "How much of what a silent source last said still counts.",
        (
            Known("source", "enum", "the system's name", of="sources"),
            Known("fact", "enum", "what it owns: stock"),
            SITE_KIND,
        ),
        (
            Given("allowed_minutes", "int", "silence that changes nothing", most=525_600),
            Given(
                "step_minutes", "int", "after that, one step for each so many minutes", least=1, most=525_600
            ),
            Given(
                "percent", "int", "each step leaves out so many percent of the last known quantity", most=100
            ),
            Given("at_least", "int", "so many percent always count", most=100),
        ),
    ),
    Decision(
        "holds",
        "20-holds",
        "Which statuses and hold codes keep goods from being promised, and who sees them.",
        (
            Known("what", "enum", "`status` of goods on hand, or `hold`"),
            Known("code", "enum", "the status, or the hold's code"),
        ),
        (
            Given("promisable", "bool", "whether the goods may be promised"),
            Given(
                "once_put_away",
                "bool",
                "whether goods in the state, where not promisable, count from the day they will be put away",
                optional=True,
            ),
            Given(
                "seen_by",
                "list",
                "the roles that see it",
                ROLES,
            ),
        ),
    ),
    Decision(
        "demand_class",
        "30-demand-class",
        "Which class the demand of a channel belongs to.",
        (
            CHANNEL,
            CHANNEL_KIND,
            Known("stated_class", "enum", "the class its source states for the channel", of="demand_classes"),
        ),
        (Given("demand_class", "enum", "the class"),),
    ),
    Decision(
        "priority",
        "40-priority",
        "Who is served first when there is not enough.",
        (
            *WHO,
            ITEM_CLASS,
            Known("days_late", "int", "days since the wanted day", most=365),
        ),
        (Given("rank", "int", "1 is served first", least=1, most=99),),
    ),
    Decision(
        "allocation",
        "50-allocation",
        "How a pool is divided between channels.",
        (*WHO, ITEM_CLASS),
        (
            Given("share_percent", "int", "its share of the pool", most=100),
            Given("protect_percent", "int", "so much of its share is kept for it", most=100),
            Given("rank", "int", "whose protection is served first; 1 is first", least=1, most=99),
            Given(
                "overflow", "enum", "what it may take beyond its share", ("none", "unallocated", "lenders")
            ),
        ),
        waits=True,
    ),
    Decision(
        "sourcing",
        "60-sourcing",
        "Which sites may serve, and in what order.",
        (*WHO, ITEM_CLASS, SITE_KIND),
        (
            Given("serves", "bool", "whether such a site serves the channel"),
            Given("turn", "int", "1 is asked first; sites of one turn follow their ids", least=1, most=99),
            Given("floor", "int", "so many of an item stay at the site for its own counter", most=1_000_000),
            Given(
                "orders_a_day",
                "int",
                "orders that can leave it a day, one slot each; none: no limit",
                most=1_000_000,
                none=True,
            ),
        ),
    ),
    Decision(
        "split",
        "62-split",
        "Into how many parts a line may be split.",
        (*WHO, ITEM_CLASS),
        (
            Given("max_sites", "int", "from so many sites at most", least=1, most=99),
            Given("max_dates", "int", "on so many days at most", least=1, most=99),
            Given("min_split", "int", "no part from one site smaller than this", most=1_000_000),
            Given("choose", "enum", "how sites are chosen", ("listed", "fewest_first", "highest")),
        ),
    ),
    Decision(
        "transfer",
        "64-transfer",
        "Whether goods of one site may be brought to another for an ask that is late or short there.",
        (
            ITEM_CLASS,
            Known("from_kind", "enum", "what kind of site they would leave", of="site_kinds"),
            SITE_KIND,
        ),
        (Given("allowed", "bool", "whether they may be promised so, over a lane between the two sites"),),
    ),
    Decision(
        "promise",
        "70-promise",
        "How an ask may be answered.",
        (*WHO, ITEM_CLASS),
        (
            Given(
                "horizon_days",
                "int",
                "promised so many days ahead, today being the first",
                least=1,
                most=1_000,
            ),
            Given("partial", "bool", "whether a line may come in parts"),
            Given("backorder", "bool", "whether what is missing stays open"),
            Given("min_shipment_percent", "int", "no part smaller than so much of the line", most=100),
            Given(
                "cut_off",
                "time",
                "orders from this local time on count as the next day's; none: never",
                none=True,
            ),
        ),
    ),
    Decision(
        "capable",
        "72-capable",
        "Whether goods that are still to be bought or made may be shown or promised.",
        (*WHO, ITEM_CLASS),
        (
            Given(
                "standing",
                "enum",
                "no: not told of; quote: only shown; approve: promised if a planner asks; promise: promised",
                ("no", "quote", "approve", "promise"),
            ),
        ),
    ),
    Decision(
        "repromise",
        "74-repromise",
        "What becomes of a promise that can no longer be kept as it stands.",
        (*WHO, ITEM_CLASS),
        (
            Given(
                "apply_within_days",
                "int",
                "new days late by at most so many are applied at once; none: a person decides",
                most=YEAR,
                none=True,
            ),
            Given(
                "grace_days",
                "int",
                "overdue supply is still expected for so many days; asked without a channel",
                most=YEAR,
            ),
        ),
    ),
    Decision(
        "replenishment",
        "80-replenishment",
        "How stock is filled up again.",
        (ITEM_CLASS, SITE_KIND),
        (
            Given("method", "enum", "how much is ordered", ("none", "min_max", "lot_for_lot", "time_phased")),
            Given("rounding", "enum", "to the supplier's multiple", ("up", "down")),
            Given("review_days", "int", "looked at every so many days", least=1, most=YEAR),
        ),
        waits=True,
    ),
    Decision(
        "forecast",
        "85-forecast",
        "How forecast and orders are set against each other.",
        (DEMAND_CLASS, ITEM_CLASS, SITE_KIND),
        (
            Given("back_days", "int", "an order uses up forecast so many days back", most=YEAR),
            Given("ahead_days", "int", "and so many ahead", most=YEAR),
            Given("direction", "enum", "in which order", ("back_then_ahead", "alternate")),
        ),
        waits=True,
    ),
    Decision(
        "balance",
        "86-balance",
        "Which demand the planner's balance is drawn with. It changes no promise.",
        (ITEM_CLASS, SITE_KIND),
        (
            Given("projection", "enum", "the demand it is drawn with", ("orders", "larger", "fenced_larger")),
            Given("demand_fence_days", "int", "so many days from today count orders only", most=3_660),
        ),
    ),
    Decision(
        "approval",
        "90-approval",
        "Which changes a second person must approve, and who.",
        (
            Known("change", "enum", "what is to be changed"),
            Known(
                "worth", "int", "what it is worth, in whole units of the company's currency", most=100_000_000
            ),
            ITEM_CLASS,
        ),
        (
            Given("approvals", "int", "so many other people must approve", most=2),
            Given(
                "by",
                "list",
                "the roles that may approve",
                ROLES,
            ),
        ),
        waits=True,
    ),
    Decision(
        "alerts",
        "95-alerts",
        "What is told to whom, and how urgently.",
        (
            Known("event", "enum", "what was noticed"),
            Known("minutes", "int", "for how long", most=525_600),
            Known("count", "int", "how often in the last seven days", most=1_000_000),
            SITE_KIND,
        ),
        (
            Given("gravity", "enum", "how grave it is", ("notice", "warning", "critical")),
            Given("owner", "enum", "whose it is"),
            Given("told_by", "enum", "how it is told", ("console", "message", "call")),
        ),
        waits=True,
    ),
)
"""Every decision by name. Those that wait are complete and checked, and asked for by flows still to come."""
