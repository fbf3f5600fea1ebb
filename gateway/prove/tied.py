"""A gateway that ends with the process that started it, even where that one is killed with -9."""

import ctypes
import os
import signal
import sys

PDEATHSIG = 1
TIED_TO = "EARMARK_TIED_TO"
"""The number of the process it must not outlive."""


def tie() -> None:
    """This process is killed when its parent ends; where the system cannot do so, nothing is changed."""
    parent = os.environ.pop(TIED_TO, "")
    if sys.platform != "linux" or not parent:
        return
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit("Who started this gateway has gone.")


def main() -> None:
    """`python -m gateway.prove.tied serve ...` is `earmark serve ...`, tied."""
    tie()
    from gateway.cli import main as earmark

    earmark(prog_name="earmark")


if __name__ == "__main__":
    main()
