"""What the proofs found is told at the end of the run, not only that they passed."""

from collections.abc import Callable

import pytest

FOUND = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """A line for the report."""
    found = request.config.stash.setdefault(FOUND, [])
    return found.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in terminalreporter.config.stash.get(FOUND, []):
        terminalreporter.write_line(line)
