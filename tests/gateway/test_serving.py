"""What runs beside the answers, and how the process comes to listen."""

import asyncio
import contextlib
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.serving import PortTaken, _keep_house, listen
from rules.errors import StoreUnavailable


class Stumbling:
    """A store that fails in one way and another, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.asked_thrice = asyncio.Event()

    @contextlib.asynccontextmanager
    async def reading(self):
        self.asked += 1
        if self.asked == 3:
            self.asked_thrice.set()
        raise (ZeroDivisionError, StoreUnavailable, StoreUnavailable)[self.asked % 3 - 1]
        yield


async def test_the_housekeeping_outlives_every_fault(caplog):
    """An outage is a warning, a fault of ours an error with its stack; the next round comes all the same."""
    store = Stumbling()
    runtime: Any = SimpleNamespace(deps=SimpleNamespace(store=store))
    keeping = asyncio.create_task(_keep_house(runtime, every_s=0))
    async with asyncio.timeout(5):
        await store.asked_thrice.wait()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert [line.levelname for line in caplog.records[:2]] == ["ERROR", "WARNING"]


def test_a_free_port_is_found_and_a_taken_one_refused():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port} cannot be used"):
            listen("127.0.0.1", port)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine speaks no IPv6")
def test_an_address_of_the_newer_kind_can_be_listened_on():
    with listen("::1", 0) as listening:
        assert listening.family is socket.AF_INET6


def test_a_name_nobody_has_is_refused_like_a_taken_port():
    with pytest.raises(PortTaken, match="cannot be used"):
        listen("nowhere.invalid", 0)
