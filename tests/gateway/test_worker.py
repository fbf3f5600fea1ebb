"""The rules process: real faults of the library end it, and never the gateway that asked."""

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from datasources.policies import shipped
from gateway.worker import EngineFailed, Limits, RulesWorker
from gateway.worker.frames import FRAME_MOST, LENGTH, BadFrame, framed, heading_in, length_of
from gateway.worker.supervisor import rss_of
from rules.answers import encode
from rules.engine import evaluate
from rules.errors import TooBusy
from rules.problems import BadTable
from rules.table import read_table

FAULTY = (sys.executable, "-m", "tests.gateway.faulty_engine")
TABLE = shipped()["40-priority.yaml"]
SOUND = ("40-priority.yaml", TABLE, None)


def named(name: str):
    return (name, TABLE, None)


@pytest.fixture
async def worker():
    limits = Limits(seconds=3, memory_bytes=250_000_000)
    made = RulesWorker(limits, FAULTY)
    yield made
    await made.close()


async def goes_on(worker: RulesWorker) -> None:
    """The next table is evaluated, as if nothing had been."""
    (answers,) = await worker.evaluate([SOUND])
    assert encode(answers) == encode(evaluate(read_table(*SOUND)))


async def test_every_shipped_file_is_evaluated_in_one_process():
    """Nothing is started before it is needed, and the process stays for the next."""
    worker = RulesWorker()
    assert worker.pid is None
    files = [(name, content, None) for name, content in shipped().items() if name.endswith(".yaml")]
    answers = await worker.evaluate(files)
    assert [encode(each) for each in answers] == [encode(evaluate(read_table(*file))) for file in files]
    first = worker.pid
    await goes_on(worker)
    assert (worker.pid, worker.started) == (first, 1)
    await worker.close()


async def test_a_large_gateway_keeps_its_process():
    """What the gateway holds is not held against the process it starts."""
    held = bytearray(os.urandom(1)) * 80_000_000
    worker = RulesWorker(Limits(warm_bytes=rss_of(os.getpid()) - 20_000_000))
    for _ in range(3):
        await goes_on(worker)
    assert (worker.started, len(held)) == (1, 80_000_000)
    await worker.close()


@pytest.mark.parametrize(
    ("fault", "reason", "said"),
    [
        (
            "crash.yaml",
            "crash",
            "crash.yaml: the rules engine crashed (by SIGSEGV). The rules in force stay as",
        ),
        (
            "divide.yaml",
            "crash",
            "divide.yaml: the rules engine crashed (by SIGFPE). The rules in force stay as",
        ),
        (
            "hang.yaml",
            "hang",
            "hang.yaml: the rules engine had no answer after 3 s and was stopped. The rules in",
        ),
        (
            "swell.yaml",
            "memory",
            "swell.yaml: the rules engine wanted more than 250 MB of memory and was stopped.",
        ),
        (
            "deny.yaml",
            "error",
            "deny.yaml: the rules engine failed: EngineFault: The engine fired a row twice",
        ),
    ],
)
async def test_a_fault_of_the_library_is_named_and_the_next_table_is_evaluated(worker, fault, reason, said):
    """Meanwhile the gateway does other things: its loop is never held up."""
    await goes_on(worker)
    before = worker.started
    turns = 0
    asked = asyncio.ensure_future(worker.evaluate([named(fault)]))
    while not asked.done():
        await asyncio.wait([asked], timeout=0.01)
        turns += 1
    failed = asked.exception()
    assert isinstance(failed, EngineFailed)
    assert (failed.reason, failed.file) == (reason, fault)
    assert str(failed).startswith(said)
    await goes_on(worker)
    assert worker.started == before + 1
    assert turns > 20 or reason != "hang"


async def test_a_file_that_is_no_table_comes_back_with_its_problems(worker):
    """The process that read it is as good as before."""
    await goes_on(worker)
    with pytest.raises(BadTable) as bad:
        await worker.evaluate([("40-priority.yaml", b"decides: priority\nhit: first\nhit: last\n", None)])
    assert (3, "DUPLICATE") in [(each.line, each.code) for each in bad.value.problems]
    await goes_on(worker)
    assert worker.started == 1


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.proof)])
async def test_memory_stays_flat_over_many_activations(capsys, times: int):
    """All files of a book each time; the process is replaced on the way."""
    each_process = times * 7 // 2
    worker = RulesWorker(Limits(tables=each_process))
    files = [(name, content, None) for name, content in shipped().items() if name.endswith(".yaml")]
    held: list[int] = []
    for _ in range(times):
        await worker.evaluate(files)
        held.append(rss_of(os.getpid()) + (rss_of(worker.pid) if worker.pid else 0))
    started = worker.started
    await worker.close()
    early, late = max(held[times // 20 : times // 5]), max(held[-times // 7 :])
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{times} activations of {len(files)} files in {started} processes: both hold "
            f"{early / 1e6:.0f} MB early, {late / 1e6:.0f} MB late, {max(held) / 1e6:.0f} MB at most"
        )
    assert started == -(-times * len(files) // each_process)
    assert late < early + 40_000_000


async def test_a_process_that_has_grown_is_replaced():
    worker = RulesWorker(Limits(warm_bytes=1))
    for _ in range(2):
        await goes_on(worker)
        assert worker.pid is None
    assert worker.started == 2


async def test_the_process_holds_no_socket_of_the_gateway_and_none_of_its_secrets(monkeypatch, worker):
    """A port stays free to whoever comes after the gateway."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://a:secret@b/c")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.set_inheritable(True)
        await goes_on(worker)
        theirs = open_in(worker.pid)
        assert any("pipe:" in each for each in theirs)
        assert f"socket:[{os.fstat(listening.fileno()).st_ino}]" not in theirs
        assert b"secret" not in environment_of(worker.pid)


def open_in(pid: int | None) -> list[str]:
    return [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()]


def environment_of(pid: int | None) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_closing_ends_the_process_within_a_second_even_while_it_hangs(worker):
    await goes_on(worker)
    asked = asyncio.ensure_future(worker.evaluate([named("hang.yaml")]))
    await asyncio.wait([asked], timeout=0.3)
    gone = os.pidfd_open(worker.pid)
    begun = time.monotonic()
    await worker.close()
    assert time.monotonic() - begun < 1
    assert select.select([gone], [], [], 0)[0]
    os.close(gone)
    with pytest.raises(EngineFailed, match="the gateway is being stopped"):
        await asked
    with pytest.raises(EngineFailed, match="the gateway is being stopped"):
        await worker.evaluate([SOUND])


async def test_who_stops_waiting_for_a_hanging_table_leaves_the_turn_to_others(worker):
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(worker.evaluate([named("hang.yaml")]), 0.5)
    await goes_on(worker)


async def test_too_many_waiting_are_sent_away():
    worker = RulesWorker(Limits(waiting=2))
    asked = [asyncio.ensure_future(worker.evaluate([SOUND])) for _ in range(3)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(each, TooBusy) for each in found] == [False, False, True]
    await worker.close()


PARENT = """
import asyncio, sys
from gateway.worker import Limits, RulesWorker
from gateway.worker.supervisor import rss_of
from tests.gateway.test_worker import FAULTY, SOUND, named
async def main():
    worker = RulesWorker(Limits(seconds=60), FAULTY)
    await worker.evaluate([SOUND])
    print(worker.pid, flush=True)
    await worker.evaluate([named(sys.argv[1])] if sys.argv[1:] else [SOUND])
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.mark.parametrize("doing", [["hang.yaml"], []], ids=["in a hanging table", "idle"])
def test_the_process_ends_with_a_gateway_that_is_killed(doing):
    """SIGKILL to the gateway: nothing of it is left to end anything."""
    with subprocess.Popen([sys.executable, "-c", PARENT, *doing], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        gone = os.pidfd_open(child)
        parent.send_signal(signal.SIGKILL)
    assert select.select([gone], [], [], 5)[0]
    os.close(gone)


def test_frames_are_bounded_on_both_sides():
    assert length_of(framed(b"abc")[: LENGTH.size]) == 3
    with pytest.raises(BadFrame, match="32,000,001 bytes are more"):
        framed(bytes(FRAME_MOST + 1))
    with pytest.raises(BadFrame, match="was announced"):
        length_of(b"\xff\xff\xff\xff")
    for nonsense in (b"[]", b"{", b"\xff", b"[" * 100_000):
        with pytest.raises(BadFrame, match="cannot be read"):
            heading_in(nonsense)


@pytest.mark.parametrize(
    "printed", ["x" * 4 + "y" * 20, "\\0\\0\\0\\2[]\\0\\0\\0\\0", "\\0\\0\\0\\2{}\\0\\0\\0\\0"]
)
async def test_a_process_that_talks_nonsense_is_refused(printed):
    code = f"import sys, time; sys.stdout.write('{printed}'); sys.stdout.flush(); sys.stdin.read()"
    worker = RulesWorker(Limits(seconds=10), (sys.executable, "-c", code))
    with pytest.raises(EngineFailed, match="answered with nonsense"):
        await worker.evaluate([SOUND])
    assert worker.pid is None
