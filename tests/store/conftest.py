"""The same shared database as the flows' tests, emptied before each test."""

from tests.flows.conftest import deps, second, stores

__all__ = ["deps", "second", "stores"]
