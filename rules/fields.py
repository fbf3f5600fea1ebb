"""What a mapping of a rule file holds under its keys, with what is missing or means nothing reported."""

from collections.abc import Sequence

from rules.columns import NAME_MOST, TEXT_MOST
from rules.plain_yaml import Fields, Node, Text
from rules.problems import Found
from rules.written import plain


def refuse_unknown_keys(fields: Fields, known: Sequence[str], of: str, found: Found) -> None:
    """Every key that is not among the known ones is reported, with the nearest one."""
    for key, line in fields.lines.items():
        if key not in known:
            found.add("UNKNOWN_KEY", line, f"`{shown(key)}` is no key of {of}: {found.near(key, known)}")


def shown(text: str) -> str:
    """The text, cut where it would make the message unreadable."""
    return text if len(text) <= NAME_MOST else text[:NAME_MOST] + "..."


def read_text(node: Node, name: str, found: Found, *, most: int = TEXT_MOST) -> str:
    """A sentence; one that is empty, too long or no text is reported."""
    text = plain(node)
    where = node.where if isinstance(node, Text) else ""
    if not text:
        found.add("MISSING", node.line, f"`{name}` is empty: write a few plain words.", where=where)
    elif len(text) > most:
        said = f"`{name}` has {len(text):,} characters; it may have {most:,}. Say it in fewer."
        found.add("TOO_LONG", node.line, said, where=where)
    return text or ""


def fields_of(fields: Fields, name: str, form: str, found: Found) -> Fields | None:
    """The mapping under the key; None where it is absent or empty, and where it is no mapping, reported."""
    node = fields.by_name.get(name)
    if node is None or isinstance(node, Fields):
        return node
    if plain(node) != "":
        found.add("BAD_FORM", node.line, f"`{name}` is written as {form}.")
    return None
