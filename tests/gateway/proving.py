"""`earmark prove` run as a person runs it."""

import subprocess
import sys
from pathlib import Path

from tests.gateway.commands import CHECKOUT, Ended, environment


def prove(place: Path, patience_s: float, *options: object, build: str = "", **variables: str) -> Ended:
    """The command has ended; its history and its temporary folder were made in the place.

    `build` names a module and a fault: a build that is broken on purpose.
    """
    (place / "temporary").mkdir()
    module = build.split() or ["gateway"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", *module, "prove", "--history", str(place / "history")),
            *map(str, options),
        ],
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
        cwd=CHECKOUT,
        env=environment(TMPDIR=str(place / "temporary"), **variables),
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def figure(ended: Ended, words: str) -> int:
    """The figure that the report has before these words."""
    (line,) = [line for line in ended.out.splitlines() if words in line]
    return int(line.split()[0].replace(",", ""))


DEEDS = (
    "sent to two gateways at once",
    "with another payload",
    "hung up before the answer",
    "ms of the reservation's end",
    "baskets of five items",
    "with one of the opposing order",
    "at both gateways at one time",
    "readings of what is free",
    "after a change of their item",
    "goods were received",
    "took goods out of the books",
    "sent again under the same id",
)
