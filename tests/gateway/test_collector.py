"""The collector leaves alone what stays, and still finds what is dropped."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from gateway.collector import settle


@pytest.fixture
def settled() -> Iterator[None]:
    """Settled for this test alone."""
    threshold = gc.get_threshold()
    settle()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


class Ring:
    """Something that holds itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.own = self


def test_what_stands_at_the_start_is_left_alone(settled):
    assert gc.get_freeze_count() > 0


def test_what_is_dropped_later_is_freed(settled):
    dropped = weakref.ref(Ring())
    assert dropped() is not None
    gc.collect()
    assert dropped() is None
