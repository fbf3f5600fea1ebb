"""A slow judge: every ATP method by its definition, unit by unit, sharing no code with rules/."""

from tests.rules.plans import Plan

UNITS_MAX = 10_000


def margin(plan: Plan, cell: int) -> int:
    """What is left in a bucket once everything due by then has come and gone."""
    come = sum(plan.receipts[s] for s in plan.buckets if s <= cell)
    gone = sum(plan.commitments[s] for s in plan.buckets if s <= cell)
    return plan.usable[cell] + come - gone - plan.withheld[cell]


def whole_from(plan: Plan, cell: int) -> bool:
    """Whether no bucket from this one on is short."""
    return all(margin(plan, s) >= 0 for s in plan.buckets if s >= cell)


def cumulative(plan: Plan) -> list[int]:
    return [margin(plan, cell) for cell in plan.buckets]


def suffix_min(plan: Plan) -> list[int]:
    return [min(margin(plan, s) for s in plan.buckets if s >= cell) for cell in plan.buckets]


def cumulative_with_look_ahead(plan: Plan) -> list[int]:
    """Try one unit more, until some later bucket is short."""

    def most(cell: int) -> int:
        return next(n for n in range(UNITS_MAX) if not whole_from(plan.owing(n + 1, cell), cell))

    return [most(cell) for cell in plan.buckets]


def period(plan: Plan) -> list[int]:
    """How much the margin changes from the bucket before."""
    return [margin(plan, cell) - (margin(plan, cell - 1) if cell else 0) for cell in plan.buckets]


def paid_from_before(missing: list[int]) -> list[int]:
    """Every missing unit, left to right, is paid with one unit of the nearest earlier bucket that has one."""
    cells = list(missing)
    for cell in range(len(cells)):
        while cells[cell] < 0:
            payer = next((s for s in reversed(range(cell)) if cells[s] > 0), None)
            if payer is None:
                break
            cells[payer] -= 1
            cells[cell] += 1
    return cells


def backward(plan: Plan) -> list[int]:
    return paid_from_before(period(plan))


def backward_accumulate(plan: Plan) -> list[int]:
    cells = backward(plan)
    return [
        cells[cell] if cells[cell] < 0 else sum(c for c in cells[: cell + 1] if c >= 0)
        for cell in plan.buckets
    ]


def _gain(plan: Plan, cell: int) -> int:
    return period(plan)[cell] + plan.commitments[cell]


def discrete(plan: Plan, *, carry_back: bool = True) -> list[int]:
    """Each bucket's balance goes to the supply before it; then missing units are paid from before."""
    owner: dict[int, int] = {}
    for cell in plan.buckets:
        owner[cell] = cell if cell == 0 or _gain(plan, cell) > 0 else owner[cell - 1]
    cells = [sum(period(plan)[s] for s in plan.buckets if owner[s] == cell) for cell in plan.buckets]
    if carry_back:
        cells = paid_from_before(cells)
    return [max(0, cell) for cell in cells]
