"""A rules process whose library really fails, by the name of the file it is asked about.

What tables are compiled to never reaches these faults; here rules that do are given to the library.
"""

import sys

from durable.engine import Ruleset

from gateway.worker.child import serve
from rules.columns import Table
from rules.engine import Answers, EngineFault, evaluate


def _nothing(_told: object) -> None:
    """What a rule does that does nothing."""


def _ended(*_told: object) -> None:
    """The library's word that it has ended."""


def crash() -> None:
    """A segmentation fault: no events are told, and the actions of their session looked for."""
    ruleset = Ruleset("crash", None, {"r": {"all": [{"m": {"a": 1}}], "run": _nothing}})
    ruleset.do_actions(ruleset.assert_events([]), _ended)


def divide() -> None:
    """A division by zero in a rule is one in the processor."""
    divided = {"$gt": {"b": {"$div": {"$l": {"first": "c"}, "$r": 0}}}}
    ruleset = Ruleset(
        "divide", None, {"r": {"all": [{"first": {"a": 1}}, {"second": divided}], "run": _nothing}}
    )
    for fact in ({"sid": "1", "a": 1, "c": 4}, {"sid": "1", "b": 3}):
        ruleset.do_actions(ruleset.assert_fact(fact), _ended)


def hang() -> None:
    """Loading never ends: a rule's comparisons find no place among 512."""
    Ruleset(
        "hang", None, {f"r{n}": {"all": [{"m": {"$and": [{"a": n}]}}], "run": _nothing} for n in range(600)}
    )


def swell() -> None:
    """Sessions nobody deletes, of rulesets with many rules, hold megabytes each."""
    for number in range(100):
        rules = {f"r{n}": {"all": [{"m": {"$and": [{"a": n}]}}], "run": _nothing} for n in range(200)}
        ruleset = Ruleset(f"swell{number}", None, rules)
        for session in range(500):
            ruleset.do_actions(ruleset.assert_fact({"sid": f"s{session}", "a": 1}), _ended)


def deny() -> None:
    raise EngineFault("The engine fired a row twice for one fact.")


FAULTS = {"crash": crash, "divide": divide, "hang": hang, "swell": swell, "deny": deny}


def faulty(table: Table) -> Answers:
    """The fault the file is named after, else the answers."""
    FAULTS.get(table.file.removesuffix(".yaml"), _nothing_wrong)()
    return evaluate(table)


def _nothing_wrong() -> None:
    """Most files are sound."""


if __name__ == "__main__":
    serve(faulty, sys.argv[1:])
