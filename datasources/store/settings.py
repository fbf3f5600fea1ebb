"""Settings: checked when they are told, and read as the policy in force, of the company and of each site."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, get_args

from rules.model import Grace, Policy, Projection

HORIZON_DAYS_MAX = 1_000
DAYS_MAX = 3_660

SITE_POLICY = "site_policy"
"""The setting that holds, by site, those it has of its own."""
COMPANY_ONLY = frozenset({"horizon_days", SITE_POLICY})
"""Settings no site may have of its own: answers of all sites end on one day."""


class BadSetting(ValueError):
    """A setting that does not exist, or a value it cannot have."""


def policy(settings: Mapping[str, Any]) -> Policy:
    """The company's policy by these settings, each of which `check_setting` has passed."""
    return Policy(**{name: _value(name, value) for name, value in settings.items() if name != SITE_POLICY})


def site_policies(settings: Mapping[str, Any]) -> dict[str, Policy]:
    """The whole policy of each site that has settings of its own."""
    return {site: policy({**settings, **own}) for site, own in settings.get(SITE_POLICY, {}).items()}


def _value(name: str, value: Any) -> Any:
    if name == "past_due_supply":
        return {
            kind: Grace(**overdue) if isinstance(overdue, dict) else overdue
            for kind, overdue in value.items()
        }
    return tuple(value) if isinstance(value, list) else value


def check_setting(name: str, value: object) -> None:
    """Nothing, for a setting that can be put in force. Raises BadSetting, naming what would be right."""
    names = [*(field.name for field in fields(Policy)), SITE_POLICY]
    if name not in names:
        raise BadSetting(f"No setting is called {name!r}. Known: {', '.join(sorted(names))}.")
    fits, right = CHECKS.get(name, (_is_names, "a list of names"))
    if not fits(value):
        raise BadSetting(f"{name} cannot be {value!r}: it is {right}.")
    if name == SITE_POLICY:
        _check_sites(value)


def _check_sites(by_site: Any) -> None:
    """Nothing, where each site's own settings could be in force."""
    for site, settings in by_site.items():
        for name, value in settings.items():
            if name in COMPANY_ONLY:
                raise BadSetting(f"{name} is the whole company's. Leave it out of {SITE_POLICY} of {site}.")
            check_setting(name, value)


def _is_days(least: int, most: int) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return check


def _is_past_due(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_overdue(kept) for kept in value.values())


def _is_overdue(value: object) -> bool:
    if isinstance(value, Mapping):
        in_range = _is_days(0, DAYS_MAX)
        return value.keys() == {"within_days", "move_to_days"} and all(map(in_range, value.values()))
    return value in ("ignore", "today")


def _is_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


def _is_days_or_none(value: object) -> bool:
    return value is None or _is_days(0, DAYS_MAX)(value)


def _is_by_site(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(own, Mapping) for own in value.values())


CHECKS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "horizon_days": (_is_days(1, HORIZON_DAYS_MAX), f"a whole number of days, 1 to {HORIZON_DAYS_MAX:,}"),
    "past_due_supply": (
        _is_past_due,
        "of each kind of supply ignore, today or {within_days, move_to_days}",
    ),
    "withhold_safety_stock": (lambda value: isinstance(value, bool), "true or false"),
    "infinite_after_days": (_is_days_or_none, f"a whole number of working days, 0 to {DAYS_MAX:,}, or none"),
    "projection": (lambda value: value in get_args(Projection), f"one of {', '.join(get_args(Projection))}"),
    "demand_fence_days": (_is_days(0, DAYS_MAX), f"a whole number of days, 0 to {DAYS_MAX:,}"),
    SITE_POLICY: (_is_by_site, "of each site its own settings by name"),
}
