"""The tour in the README is true: each request in it is sent, and its printed answer is the answer."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.application import Client

README = (Path(__file__).parents[1] / "README.md").read_text()

STEP = re.compile(r"ask \"\$(\w+)\" '(.*?)'\n```\n+```json\n(.*?)```", re.DOTALL)

ROLES = {"TOKEN": "oms", "WAREHOUSE": "warehouse"}

VOLATILE = {"inquiry", "asOf", "traceId", "trace", "reservation"}
"""Ids and times are new each time."""


def steady(value: Any) -> Any:
    """The value without what is new each time."""
    if isinstance(value, dict):
        return {name: steady(v) for name, v in value.items() if name not in VOLATILE}
    return [steady(v) for v in value] if isinstance(value, list) else value


async def test_each_step_of_the_tour_gives_the_printed_answer(own_demo: Client):
    steps = STEP.findall(README)
    assert len(steps) == 6
    for who, query, printed in steps:
        answer = (await own_demo.as_(ROLES[who]).post(query)).json()
        assert steady(answer) == steady(json.loads(printed))


async def test_the_tour_told_again_has_no_second_effect(own_demo: Client):
    """And twelve more tins can be promised."""
    _, _, (who, ask, _), _, _, (warehouse, told, _) = STEP.findall(README)
    outcomes = [
        (await own_demo.as_(ROLES[warehouse]).ask(told))["receive"]["receipts"][0]["outcome"]
        for _ in range(2)
    ]
    assert outcomes == ["APPLIED", "DUPLICATE"]
    again = await own_demo.as_(ROLES[who]).ask(ask)
    assert again["availability"]["lines"][0]["explanation"]["sites"][0]["usable"] == 37


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#h][^)#]*)\)", README))
def test_each_page_the_readme_points_to_is_there(path: str):
    assert (Path(__file__).parents[1] / path).exists()
