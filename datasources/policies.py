"""The rule files that come with Earmark, as bytes: what a database without rules of its own starts with."""

from importlib.resources import files

MOST_FILES = 64


def shipped() -> dict[str, bytes]:
    """Return every shipped rule file by its name, with the sheets beside them, in name order."""
    folder = files("rules").joinpath("policies")
    rule_files = {
        entry.name: entry.read_bytes()
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith((".yaml", ".csv", ".xlsx"))
    }
    assert 0 < len(rule_files) <= MOST_FILES, f"{len(rule_files)} rule files are shipped"
    return rule_files
