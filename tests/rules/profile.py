"""One fixed, fast Hypothesis profile for the laws of arithmetic: the same examples on every run."""

from hypothesis import settings

quick = settings(max_examples=100, derandomize=True, deadline=None, database=None)
