"""The rows of a position by each named method, side by side. Only one of them makes promises."""

from collections.abc import Sequence

from rules import atp, kits
from rules.position import METHOD, ItemPosition, SitePosition, kept


def site_row(rows: SitePosition, method: str, *, carry_back: bool = True) -> list[int]:
    """The method's row of one item at one site; a name nobody knows is an UnknownMethod.

    Lots that expire bend the look-ahead only: the other methods count what lies there.
    """
    if method == METHOD:
        return list(rows.free)
    limited = (row[: rows.limited] for row in (rows.usable, rows.receipts, rows.commitments, kept(rows)))
    row = (
        atp.discrete(*limited, carry_back=carry_back)
        if method == "discrete"
        else atp.by_method(method, *limited)
    )
    return atp.then_unlimited(row, len(rows.usable))


def kit_row(
    finished: SitePosition,
    parts: Sequence[tuple[SitePosition | None, int]],
    method: str,
    *,
    carry_back: bool = True,
) -> list[int]:
    """The method's row of a kit at one site: of finished ones, and of the sets that its parts there allow."""
    nothing = [0] * len(finished.usable)
    rows = [
        (nothing if part is None else site_row(part, method, carry_back=carry_back), per)
        for part, per in parts
    ]
    return kits.with_finished(site_row(finished, method, carry_back=carry_back), kits.sets(rows))


def atp_row(
    item: ItemPosition, rows: SitePosition, method: str = METHOD, *, carry_back: bool = True
) -> list[int]:
    """The method's row of an item or a kit at the site of `rows`."""
    if not item.parts:
        return site_row(rows, method, carry_back=carry_back)
    parts = [(part.site(rows.site_id), per) for part, per in item.parts]
    return kit_row(rows, parts, method, carry_back=carry_back)
