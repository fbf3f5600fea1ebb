"""The demo company: kitchen and household goods, made up by rule, the same on every machine.

It lives on Monday 2 March 2026 (`DEMO_DAY`). Five systems tell of it: `erp` (items, sites, channels,
kits, supply, allocations), `wms` (stock, lots and holds of the centres), `pos` (stock of the
stores), `oms` (order lines) and `planning` (forecasts, safety stock). Most items are ordinary. These have a
story, and their skus never change:

| sku     | story |
|---------|-------|
| TW-1001 | Plenty: 1,200 in Hamburg, 800 in Columbus, some in two stores; 30 sold. |
| CK-1002 | Short now: 6 in Hamburg, 4 owed tomorrow; 48 come on 9 March. |
| BK-1003 | Held: 50 in Hamburg, 20 on quality hold until 12 March, 5 on RMA hold without end. |
| ST-1004 | Owed later: 100 in Hamburg, 80 of them for 23 March; 60 come on 30 March. |
| LT-1005 | Sold out, nothing on order. |
| TX-1006 | 10 in Hamburg, 40 in transit for 6 March, 100 on an unconfirmed purchase line: not counted. |
| CL-1007 | 8 in Hamburg, a purchase line of 60 overdue since 25 February: not counted; 24 come on 16 March. |
| PN-1008 | By weight: 182.350 kg in Hamburg, 4.285 kg in Berlin; 12.750 sold, 250.500 come on 11 March. |
| ST-1009 | 87 in Hamburg, 30 of them usable: 12 in quality, 18 returned, 2 damaged, 25 consigned to us. |
| CK-1010 | Several sites: 7 in Hamburg, 5 in Columbus, 2 in Berlin, 3 in New York. |
| PN-1011 | Expiring: 40 usable until 11 March, 60 until 30 April; 30 sold for 22 March. |
| TX-1012 | 3 in Hamburg, 20 from the workshop overdue since 27 February: expected today, by the rules. |
| PN-1013 | 60 in Hamburg: a lot of 25 recalled, a bin of 20 (10 of them recalled) recounted until 4 March. |
| LT-1014 | Scarce: 100 in Hamburg, 12 sold; 40 protected for contract; quotas: web 50, marketplace 15. |
| TW-1015 | Shared: 90 in Hamburg, 60 in Columbus, 120 due 13 March; web 50, contract 30, marketplace 20. |

A full company (`DemoSize.full`, as `GROWN` is) also sells kits and has makers who ship to its customers:

| sku     | story |
|---------|-------|
| ST-1016 | Not ours: 10 own and 5 consigned in Hamburg; the maker sends 20 more itself within three days. |
| TW-1017 | A kit of 4 TW-1001 and 4 TW-1015, one of them put together already. |
| LT-1018 | A kit that nobody can put together: 2 LT-1005, which are sold out, and 1 LT-1014. |

`demo_history` tells the half year before the demo day. docs/demo.md describes it all.
"""

from datasources.connectors.demo.company import demo_sources
from datasources.connectors.demo.kits import KITS
from datasources.connectors.demo.network import DEMO_DAY, GROWN, DemoSize
from datasources.connectors.demo.past.history import demo_history
from datasources.connectors.demo.stories import STORIES

__all__ = ["DEMO_DAY", "GROWN", "KITS", "STORIES", "DemoSize", "demo_history", "demo_sources"]
