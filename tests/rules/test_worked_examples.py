"""Every example of docs/worked-examples.md gives what the page shows."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "worked-examples.md"


def test_every_worked_example_gives_what_the_page_shows():
    """There are dozens; one that fails is printed."""
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 100
    assert result.failed == 0
