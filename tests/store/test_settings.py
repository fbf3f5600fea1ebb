"""Settings are checked before they are in force, the company's and each site's own."""

from dataclasses import fields

import pytest

from datasources.store.settings import BadSetting, check_setting, policy, site_policies
from rules.model import Grace, Policy

GOOD: dict[str, object] = {
    "horizon_days": 1_000,
    "counted_statuses": ["available"],
    "counted_ownerships": (),
    "counted_firmness": ["firm"],
    "past_due_supply": {
        "purchase": "today",
        "production": "ignore",
        "transfer": {"within_days": 3, "move_to_days": 1},
    },
    "excluded_kinds": ["transfer"],
    "withhold_safety_stock": False,
    "infinite_after_days": 10,
    "projection": "larger",
    "demand_fence_days": 0,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Policy)])
def test_every_setting_the_rules_know_can_be_set(name: str):
    """Its own default, and another value, pass the check."""
    check_setting(name, getattr(Policy(), name))
    check_setting(name, GOOD[name])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("horizon_days", 0),
        ("horizon_days", 1_001),
        ("horizon_days", True),
        ("horizon_days", "90"),
        ("counted_statuses", "available"),
        ("counted_firmness", [1]),
        ("past_due_supply", {"purchase": "tomorrow"}),
        ("past_due_supply", {"purchase": {"within_days": 3}}),
        ("past_due_supply", "ignore"),
        ("withhold_safety_stock", 1),
        ("infinite_after_days", -1),
        ("projection", "smaller"),
        ("demand_fence_days", None),
        ("site_policy", {"HAM": "strict"}),
        ("site_policy", {"HAM": {"horizon_days": 7}}),
        ("site_policy", {"HAM": {"projection": "smaller"}}),
        ("mood", "good"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(name: str, value: object):
    """It says what it may be."""
    with pytest.raises(BadSetting, match=r"it is|Known: counted_firmness|Leave it out"):
        check_setting(name, value)


def test_settings_are_the_policy_in_force():
    """What none of them names is as the rules have it."""
    told = policy(GOOD)
    assert (told.horizon_days, told.counted_statuses) == (1_000, ("available",))
    assert told.past_due_supply["transfer"] == Grace(within_days=3, move_to_days=1)
    assert policy({}) == Policy()


def test_a_site_has_the_companys_settings_but_for_its_own():
    """Hamburg counts goods at the dock, and keeps the company's horizon."""
    told = {"horizon_days": 30, "site_policy": {"HAM": {"counted_statuses": ["available", "received"]}}}
    [(site_id, own)] = site_policies(told).items()
    assert (site_id, own.horizon_days, own.counted_statuses) == ("HAM", 30, ("available", "received"))
