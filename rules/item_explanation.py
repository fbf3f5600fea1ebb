"""Why an answer is what it is, site by site; of a kit, with the sets that its parts allow there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from rules import kits
from rules.atp import UNLIMITED
from rules.company import Policy, Setup
from rules.explanation import Earlier, KitReason, PartReason, SiteExplanation, best, explain_site, sooner
from rules.position import ItemPosition


def explain_item(
    item: ItemPosition,
    setup: Setup,
    now: datetime,
    wanted: date,
    site_id: str | None = None,
    needed: Mapping[str, date] | None = None,
) -> list[SiteExplanation]:
    """The derivation of each position at the site, or of all, for `wanted` or the nearest day there is.

    Where a site's goods are `needed` on another day, it is for that one.
    """
    days = needed or {}
    chosen = [(part, rows) for part, rows in item.with_stock() if site_id in (None, rows.site_id)]
    explained = [
        explain_site(part, rows, _policy(item, rows.site_id, setup, now), days.get(rows.site_id, wanted))
        for part, rows in chosen
    ]
    return [_of_kit(item, site, setup, now) for site in explained] if item.parts else explained


def _policy(item: ItemPosition, site_id: str, setup: Setup, now: datetime) -> Policy:
    return setup.choices.policy_at(site_id, item.profile.item_class, now)


def _of_kit(item: ItemPosition, site: SiteExplanation, setup: Setup, now: datetime) -> SiteExplanation:
    """The derivation of the finished kits with that of the sets beside it."""
    parts = tuple(_part_reason(part, per, item, site) for part, per in item.parts)
    sets = min(part.sets for part in parts)
    free = kits.both(site.free, sets)
    more = [
        change
        for part, _ in item.parts
        for change in _more_sets(part, parts, site, _policy(part, site.site_id, setup, now))
    ]
    earlier = tuple(best([*site.earlier, *more]))
    return replace(site, free=free, kit=KitReason(site.free, sets, parts), earlier=earlier)


def _part_reason(part: ItemPosition, per: int, item: ItemPosition, site: SiteExplanation) -> PartReason:
    all_sets = [kits.sets_of(_free(other, site), of_it) for other, of_it in item.parts]
    free = _free(part, site)
    sets = kits.sets_of(free, per)
    limits = sets == min(all_sets) != UNLIMITED
    return PartReason(part.profile.sku, per, part.profile.precision, free, sets, limits)


def _free(part: ItemPosition, site: SiteExplanation) -> int:
    rows = part.site(site.site_id)
    return 0 if rows is None else rows.free_on(site.day)


def _more_sets(
    part: ItemPosition, parts: Sequence[PartReason], site: SiteExplanation, policy: Policy
) -> Iterator[Earlier]:
    """The changes to a part that would allow more sets on the day: only where it alone limits them."""
    limiting = [reason for reason in parts if reason.limits]
    here = [(stock, rows) for stock, rows in part.with_stock() if rows.site_id == site.site_id]
    if not here or [reason.sku for reason in limiting] != [part.profile.sku]:
        return
    stock, rows = here[0]
    others = [reason.sets for reason in parts if not reason.limits]
    for change in sooner(stock, rows, policy, site.day):
        sets = min([kits.sets_of(limiting[0].free + change.gain, limiting[0].per), *others])
        if sets > limiting[0].sets:
            yield replace(change, what=f"{change.what} ({part.profile.sku})", gain=sets - limiting[0].sets)
