"""What the rules on parts, sites and days keep from a line that goods would be there for, in words."""

from rules.company import Manner

MANY = 99
"""So many sites or days bind nobody; rule files cannot say more."""


def in_words(manner: Manner, unit_of: str) -> str:
    """The limits that a line is served within; empty where there are none. `unit_of` shows a least part."""
    said = []
    if not manner.partial:
        said.append("no parts")
    elif manner.least_percent:
        said.append(f"no part below {manner.least_percent} % of the line")
    if manner.max_sites is not None and manner.max_sites < MANY:
        said.append(f"at most {manner.max_sites} {'site' if manner.max_sites == 1 else 'sites'}")
    if manner.max_dates is not None and manner.max_dates < MANY:
        said.append(f"at most {manner.max_dates} {'day' if manner.max_dates == 1 else 'days'}")
    if manner.min_split:
        said.append(f"at least {unit_of} from each site")
    return ", ".join(said)
