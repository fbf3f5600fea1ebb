"""Reservations under a whole crowd and under kills; and builds broken on purpose, each of which is caught."""

import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.gateway.commands import Ended, environment, programs_in
from tests.gateway.proving import DEEDS, figure, prove
from tests.proof.broken_builds import STRUCK

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

PATIENCE_S, SECONDS, KILLS, STORE_KILLS = 560, 360, 3, 3


def test_five_thousand_buyers_of_five_hundred_units_while_gateways_and_postgresql_are_killed(tmp_path, tell):
    """Nothing is sold twice, lost or kept too long; what was killed had calls under way."""
    kills = ("--kills", KILLS, "--store-kills", STORE_KILLS)
    ended = prove(tmp_path, PATIENCE_S, "--seconds", SECONDS, *kills)
    assert ended.code == 0, ended.out + ended.err
    assert ended.out.startswith("HOLDS")
    assert figure(ended, "buyers came") == 5_000, ended.out
    for deed in DEEDS:
        assert figure(ended, deed) > 0, ended.out
    assert figure(ended, "of the 500 units of P-LAST were given to 5,000 buyers") == 500, ended.out
    assert figure(ended, "deadlocks") == 0, ended.out
    whom = Counter(
        who
        for who, under_way in re.findall(r"(gateway|postmaster|backend of).* while ([\d,]+) calls", ended.out)
        if int(under_way.replace(",", "")) > 0
    )
    assert whom == {"gateway": KILLS, "postmaster": 2, "backend of": 1}, ended.out
    assert figure(ended, "told to come again") > 0, ended.out
    lost = figure(ended, "calls lost their connection")
    assert lost > 0, ended.out
    assert list((tmp_path / "temporary").iterdir()) == []
    assert programs_in(tmp_path) == []
    tell("prove: " + "; ".join(line.strip() for line in ended.out.splitlines()))


def prove_broken(place: Path, fault: str) -> tuple[Ended, int]:
    """How it ended, and how often the fault made a difference."""
    struck = place / "struck"
    struck.touch()
    build = f"tests.proof.broken_builds {fault}"
    ended = prove(place, PATIENCE_S, "--buyers", 300, "--seconds", 6, build=build, **{STRUCK: str(struck)})
    return ended, len(struck.read_text().splitlines())


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("no-lock", "[sequence]"),
        ("dedupe-outside", "[key]"),
        ("late-confirms", "was accepted though it had expired"),
        ("answers-early", "was answered 2 ways"),
        ("stale-profile", "[sequence]"),
        ("stale-reading", "had ended, yet comes before it"),
        ("own-clock", "[clock]"),
        ("no-transaction", "[sequence]"),
        ("unsorted-locks", "[deadlock]"),
    ],
)
def test_a_broken_build_is_caught(tmp_path, tell, fault, finding):
    ended, struck = prove_broken(tmp_path, fault)
    assert struck > 0, "The fault made no difference, so nothing could be caught."
    assert ended.code == 1, ended.out + ended.err
    assert ended.out.startswith("BROKEN")
    assert finding in ended.out
    tell(f"prove: {fault} struck {struck} times and was caught: {ended.out.splitlines()[1].strip()}")


def test_a_build_that_tells_nobody_is_no_pass(tmp_path):
    ended, struck = prove_broken(tmp_path, "no-answers")
    assert struck > 0
    assert ended.code == 2, ended.out + ended.err
    assert ended.out.startswith("UNDECIDED")
    assert "No call was answered" in ended.out


def test_gateways_of_a_proof_that_is_killed_end_with_it(tmp_path):
    """Also with -9, when it can tell nobody."""
    place = tmp_path / "temporary"
    place.mkdir()
    command = [sys.executable, "-m", "gateway", "prove", "--buyers", "3000"]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(TMPDIR=str(place)),
    ) as proof:
        assert proof.stderr is not None
        assert "two gateways" in proof.stderr.readline()
        gateways = within(PATIENCE_S, lambda: at_work_for(place))
        assert gateways, "No gateway had started, so none could be left."
        proof.kill()
    assert within(20, lambda: not at_work_for(place)), "A gateway outlived its proof."


def at_work_for(place: Path) -> list[str]:
    """Gateways that serve from this folder."""
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_text().split("\0")
            commands += [" ".join(words)] if "serve" in words and str(place) in " ".join(words) else []
    return commands


def within(seconds: float, found: Callable[[], object]) -> object:
    """What was looked for, as soon as it is there, or at the end all the same."""
    until = time.monotonic() + seconds
    while not (it := found()) and time.monotonic() < until:
        time.sleep(0.1)
    return it
