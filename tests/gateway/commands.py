"""The command line run as people and programs run it: as a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

CHECKOUT = Path(__file__).parents[2]
PATIENCE_S = 30


def environment(**more: str) -> dict[str, str]:
    """This process's, without what a user may have set for Earmark itself."""
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PYTHONPATH")}
    return own | {"PYTHONPATH": str(CHECKOUT)} | more


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line a refusal is told in."""
        (line,) = self.err.splitlines()
        return line


def earmark(*arguments: object, **variables: str) -> Ended:
    """The command has ended."""
    command = [sys.executable, "-m", "gateway", *map(str, arguments)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        cwd=CHECKOUT,
        env=environment(**variables),
    )
    return Ended(done.returncode, done.stdout, done.stderr)


class Gateway:
    """`earmark serve` in a process of its own, answering on a free port until told to stop or killed."""

    def __init__(self, folder: Path, *arguments: object, port: int = 0, **variables: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gateway", "serve", "--json", "--port", str(port)),
                *("--data", str(folder), *map(str, arguments)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env=environment(**variables),
        )

    def answers(self) -> Self:
        """It is ready; its address and tokens are known."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.ended().err)
        ready = json.loads(line)
        self.address, self.tokens = ready["address"], ready["tokens"]
        return self

    def says(self, pattern: str) -> str:
        """The first line of its progress in which the pattern is found."""
        assert self.process.stderr
        for line in self.process.stderr:
            if re.search(pattern, line):
                return line
        raise AssertionError(f"It ended without saying {pattern}.")

    def stops(self, by: signal.Signals = signal.SIGTERM) -> Ended:
        self.process.send_signal(by)
        return self.ended()

    def is_killed(self) -> None:
        self.process.kill()
        self.ended()

    def ended(self) -> Ended:
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Ended(self.process.returncode, out, err)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.is_killed()


def programs_in(folder: Path) -> list[str]:
    """What runs in the folder or below it: programs of PostgreSQL that were left behind."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            works_in = (process / "cwd").readlink()
            if works_in.is_relative_to(folder):
                found.append((process / "comm").read_text().strip())
        except OSError:
            continue
    return found
