"""AdventureWorks counted a second time, straight from its files and without a line of the connector.

A plain script on purpose: it is what a person would do with the files open, and the judge of the real thing.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

HORIZON_DAYS = 90
STORAGE = {"1", "2", "3", "4", "5", "6", "7"}


@dataclass
class Plan:
    """One product on the day: what it has, gets and owes, and what may be promised on each of the 90 days."""

    on_hand: int = 0
    in_process: int = 0
    receipts: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    commitments: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    purchase_lines: int = 0
    work_orders: int = 0
    overdue_work_orders: int = 0
    sales_lines: int = 0
    net: list[int] = field(default_factory=list)
    atp: list[int] = field(default_factory=list)
    discrete: list[int] = field(default_factory=list)


def plan(folder: Path, day: date) -> dict[str, Plan]:
    """Each product's plan by product number, as at the day."""
    numbers = {row["ProductID"]: row["ProductNumber"] for row in _csv(folder, "Production.Product")}
    plans = {number: Plan() for number in numbers.values()}

    for row in _csv(folder, "Production.ProductInventory"):
        found = plans[numbers[row["ProductID"]]]
        if row["LocationID"] in STORAGE:
            found.on_hand += int(row["Quantity"])
        else:
            found.in_process += int(row["Quantity"])

    headers = {row["PurchaseOrderID"]: row for row in _csv(folder, "Purchasing.PurchaseOrderHeader")}
    for row in _csv(folder, "Purchasing.PurchaseOrderDetail"):
        header, due = headers[row["PurchaseOrderID"]], _day(row["DueDate"])
        if header["Status"] in ("1", "2", "4") and _day(header["OrderDate"]) <= day < due:
            found = plans[numbers[row["ProductID"]]]
            found.purchase_lines += 1
            found.receipts[due] += int(row["OrderQty"])

    for order in _parquet(folder, "Production.WorkOrder", "ProductID", "OrderQty", "Start", "End", "Due"):
        if order["StartDateAligned"].date() <= day < order["EndDateAligned"].date():
            found, due = plans[numbers[str(order["ProductID"])]], order["DueDateAligned"].date()
            found.work_orders += 1
            found.overdue_work_orders += due < day
            found.receipts[max(due, day)] += order["OrderQty"]

    for line in _parquet(folder, "Sales.SalesOrderLine", "ProductID", "OrderQuantity", "Order", "Ship"):
        if line["OrderDateAligned"].date() <= day < line["ShipDateAligned"].date():
            found = plans[numbers[str(line["ProductID"])]]
            found.sales_lines += 1
            found.commitments[line["ShipDateAligned"].date()] += line["OrderQuantity"]

    days = [day + timedelta(days=n) for n in range(HORIZON_DAYS)]
    for found in plans.values():
        # What is owed behind the horizon would lower the last day; this company ships within a week.
        assert max(found.commitments, default=day) <= days[-1]
        found.net = _net(found, days)
        found.atp = [max(0, min(found.net[n:])) for n in range(HORIZON_DAYS)]
        found.discrete = _discrete(found, days)
    return plans


def _net(found: Plan, days: list[date]) -> list[int]:
    row, level = [], found.on_hand
    for day in days:
        level += found.receipts.get(day, 0) - found.commitments.get(day, 0)
        row.append(level)
    return row


def _discrete(found: Plan, days: list[date]) -> list[int]:
    """What each receipt leaves over until the next one; a shortage takes from the receipts before it."""
    gain = [found.receipts.get(day, 0) for day in days]
    gain[0] += found.on_hand
    opens = [n for n in range(len(days)) if n == 0 or gain[n] > 0]
    row = [0] * len(days)
    for n, start in enumerate(opens):
        end = opens[n + 1] if n + 1 < len(opens) else len(days)
        row[start] = gain[start] - sum(found.commitments.get(day, 0) for day in days[start:end])
        for earlier in reversed(opens[:n]):
            taken = min(max(0, -row[start]), max(0, row[earlier]))
            row[start] += taken
            row[earlier] -= taken
    return [max(0, cell) for cell in row]


def _csv(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _parquet(folder: Path, name: str, *columns: str) -> list[dict[str, Any]]:
    dates = ("Start", "End", "Due", "Order", "Ship")
    names = [f"{column}DateAligned" if column in dates else column for column in columns]
    return list(pq.read_table(folder / f"{name}.parquet", columns=names).to_pylist())


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
