"""The shelf of example operations in GraphiQL. Each runs on the demo company; a test runs them all."""

from typing import Any

ASK = """query Ask($lines: [AvailabilityLineInput!]!, $channel: String!) {
  availability(lines: $lines, channel: $channel) {
    inquiry
    asOf
    lines {
      sku
      promisable
      earliest
      schedule { day site quantity }
      open
      method
      problem { code message nextStep }
      explanation { summary }
    }
  }
}"""

DELIVERED = """query Delivered($lines: [AvailabilityLineInput!]!, $channel: String!, $to: String!) {
  destinations { code name zone }
  availability(lines: $lines, channel: $channel, shipTo: $to) {
    inquiry
    lines {
      sku
      earliest
      schedule { day neededOn shipOn service site quantity }
      explanation { sites { site days { startWhy lanes { service promised taken whyNot } } } }
    }
  }
}"""

WHY = """query Why($lines: [AvailabilityLineInput!]!, $channel: String!) {
  availability(lines: $lines, channel: $channel) {
    inquiry
    traceId
    lines {
      sku
      promisable
      earliest
      explanation {
        summary
        sites {
          site
          usable
          receiptsToDay
          commitmentsToDay
          binding { day netPosition margin }
          onHand { status ownership quantity counted why }
          holds { holdCode hold blocked until }
          supplies { kind line source quantity due countedOn why }
          demands { kind order channel quantity countedOn }
          earlier { kind what gain }
        }
        sources { source kind asOf ageSeconds }
      }
    }
  }
}"""

AGAIN = """query Again($id: ID!) {
  inquiry(id: $id) {
    identical
    actor
    answer { asOf channel lines { sku promisable earliest } }
  }
}"""

ITEM = """query Item($sku: Sku!) {
  item(sku: $sku) {
    name
    unit
    stock { site status ownership quantity counted held }
    projection(days: 14) { site today days { day usable receipts commitments netPosition atp atpDiscrete } }
    orders { order line channel site quantity neededOn }
    supplies { line kind firmness site quantity due supplier }
    forecasts { channel site start end gross }
    allocations { kind channel start end quantity rank }
  }
}"""

KNOWN = """query Known($sku: Sku!, $at: DateTime!) {
  item(sku: $sku) {
    asItIs: stock { site status quantity }
    asItWasThen: stock(at: $at) { site status quantity }
    asWeKnewThen: stock(asKnownAt: $at) { site status quantity }
  }
}"""

METHODS = """query Methods($sku: Sku!) {
  item(sku: $sku) {
    projection(days: 10, methods: [DISCRETE, CUMULATIVE, PERIOD]) {
      site
      days { day netPosition atp }
      methods { method atp }
    }
  }
}"""

FIND = """query Find($contains: String!) {
  items(filter: {contains: $contains}, first: 10) {
    edges { node { sku name unit } }
    pageInfo { hasNextPage endCursor }
  }
}"""

COMPANY = """query Company {
  sites { site name kind zone today }
  channels { code name kind demandClass }
}"""

ORDERS = """query Orders($channel: String) {
  orders(filter: {channel: $channel}, first: 10) {
    edges { node { order line channel sku site quantity neededOn source } }
    pageInfo { hasNextPage endCursor }
  }
}"""

MOVES = """query Moves($site: String!, $day: Date!) {
  moves(site: $site, day: $day, first: 10) {
    edges { node { sku status quantity cause source occurredAt localDay } }
    pageInfo { hasNextPage endCursor }
  }
}"""

RELEASE = """mutation Release($events: [EventInput!]!) {
  receive(events: $events) { receipts { eventId outcome reason } }
}"""

WORKLIST = """query Worklist {
  worklist(first: 20) { edges { node { kind source reference reason recordedAt } } }
}"""

_HELD = [{"sku": "BK-1003", "quantity": 40, "wanted": "2026-03-02"}]

EXAMPLES: list[dict[str, Any]] = [
    {
        "group": "storefront",
        "title": "Can I have 40, and when?",
        "query": ASK,
        "variables": {"channel": "web", "lines": _HELD},
    },
    {
        "group": "storefront",
        "title": "A whole cart",
        "query": ASK,
        "variables": {
            "channel": "web",
            "lines": [
                {"sku": "TW-1001", "quantity": 2, "wanted": "2026-03-02"},
                {"sku": "CK-1010", "quantity": 15, "wanted": "2026-03-04"},
                {"sku": "PN-1008", "quantity": "1.250", "wanted": "2026-03-02"},
                {"sku": "LT-1005", "quantity": 1, "wanted": "2026-03-02"},
            ],
        },
    },
    {
        "group": "storefront",
        "title": "When will it be at my door?",
        "query": DELIVERED,
        "variables": {
            "channel": "web",
            "to": "DE",
            "lines": [{"sku": "CK-1002", "quantity": 40, "wanted": "2026-03-02"}],
        },
    },
    {
        "group": "order management",
        "title": "Why?",
        "query": WHY,
        "variables": {"channel": "web", "lines": _HELD},
    },
    {"group": "order management", "title": "Open orders", "query": ORDERS, "variables": {"channel": "web"}},
    {
        "group": "order management",
        "title": "Decide an inquiry again",
        "query": AGAIN,
        "variables": {"id": ""},
    },
    {"group": "planner", "title": "Everything about an item", "query": ITEM, "variables": {"sku": "ST-1004"}},
    {
        "group": "planner",
        "title": "What was there, and what we knew of it",
        "query": KNOWN,
        "variables": {"sku": "TW-1001", "at": "2026-02-02T12:00:00Z"},
    },
    {"group": "planner", "title": "Methods side by side", "query": METHODS, "variables": {"sku": "ST-1004"}},
    {"group": "planner", "title": "Find items", "query": FIND, "variables": {"contains": "mug"}},
    {"group": "planner", "title": "Sites and channels", "query": COMPANY, "variables": {}},
    {
        "group": "integrator",
        "title": "What moved at a site on a day",
        "query": MOVES,
        "variables": {"site": "DC-HAM", "day": "2026-03-02"},
    },
    {
        "group": "integrator",
        "title": "Five pass inspection",
        "query": RELEASE,
        "variables": {
            "events": [
                {
                    "source": "wms",
                    "eventId": "inspection-1",
                    "movement": {
                        "sku": "ST-1009",
                        "cause": "status change",
                        "legs": [
                            {"site": "DC-HAM", "status": "quality", "quantity": -5},
                            {"site": "DC-HAM", "status": "available", "quantity": 5},
                        ],
                    },
                }
            ]
        },
    },
    {"group": "integrator", "title": "What needs a person", "query": WORKLIST, "variables": {}},
]
