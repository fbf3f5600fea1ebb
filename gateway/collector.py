"""The garbage collector, told what a gateway's memory is like."""

import gc

YOUNG_MAX = 10_000
"""New objects before they are looked through: a large answer makes thousands, and drops them by itself."""


def settle() -> None:
    """What was made so far is never looked through again, and what is new more rarely.

    To be called once all is open and nothing has been asked: schema, modules and connections stay to the end.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, 20, 50)
