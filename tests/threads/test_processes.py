"""Forks in the middle of the work, children of every kind, Ctrl-C."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file

from tests import build

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

CT = get_testdata_file("CT_small.dcm")


def _everything(ds: rg.Dataset) -> int:
    return sum(len(repr(elem)) for elem in ds.iterall()) + int(ds["PixelData"].array.sum())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_while_others_read(tmp_path: Path) -> None:
    """The child reads the parent's dataset, and the file anew; the parent goes on."""
    path = tmp_path / "a.dcm"
    path.write_bytes(build.file(build.PLAIN + build.element(0x7FE00010, "OW", bytes(range(256)) * 8192)))
    shared = rg.read(path)
    wanted = _everything(rg.read(path))
    stop = threading.Event()

    def read_on() -> None:
        while not stop.is_set():
            assert _everything(rg.read(path)) == wanted

    threads = [threading.Thread(target=read_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                # Whatever happens here must not return into pytest.
                signal.alarm(30)
                right = _everything(shared) == wanted == _everything(rg.read(path))
                os._exit(0 if right else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert _everything(shared) == wanted


def _answer(ds: rg.Dataset) -> int:
    return _everything(ds) + _everything(rg.read(CT))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_every_kind_read(method: str) -> None:
    """The dataset that was sent, and a file of their own."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("this system has no such children")
    ds = rg.read(CT)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(_answer, [ds] * 4) == [2 * _everything(ds)] * 4


# A shell starts what runs in the background with SIGINT ignored, and children inherit that: they take it back.
LISTEN = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"

INTERRUPTED = """
import sys, radiogram as rg
ds = rg.read(sys.argv[1])
try:
    print("ready", flush=True)
    while True:
        for elem in rg.read(sys.argv[1]).iterall():
            elem.value
except KeyboardInterrupt:
    print(ds.PatientID, rg.read(sys.argv[1]).PatientID, flush=True)
"""

ONE_LONG_READ = """
import os, signal, struct, sys, threading, time, radiogram as rg
# Some millions of elements: private ones, four bytes each.
block = b"".join(struct.pack("<HH2sH", 0x0029, 0x1000 + n % 0xE000, b"US", 2) + b"ab" for n in range(0xE000))
data = bytes(128) + b"DICM" + block * 150
def press():
    time.sleep(0.12)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press).start()
begin = time.perf_counter()
try:
    rg.read(data, force=True)
except KeyboardInterrupt:
    print("heard", time.perf_counter() - begin < 0.6, rg.read(sys.argv[1]).PatientID, flush=True)
else:
    print("read to the end in", time.perf_counter() - begin, flush=True)
"""

PROGRAM = """
import sys
from radiogram.cli import main
print("ready", flush=True)
sys.exit(main(["dump", "-"]))
"""


def _interrupted(program: str, given: bytes = b"") -> tuple[int, str, str]:
    """Run a program until it says that it is ready and has taken what it is given, interrupt it; give its exit code and what it said."""
    with subprocess.Popen(
        [sys.executable, "-c", LISTEN + program, CT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stderr is not None
            assert child.stdin is not None
            assert child.stdout.readline() == b"ready\n"
            # More than a pipe holds: some of it was read when this is done.
            child.stdin.write(given)
            child.stdin.flush()
            time.sleep(0.3)
            child.send_signal(signal.SIGINT)
            # What is sent to its input must not end it: the interrupt has to.
            child.wait(60)
            said = child.stdout.read().decode()
            return child.returncode, said, child.stderr.read().decode()
        finally:
            child.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_an_interrupt_is_a_keyboard_interrupt_and_nothing_breaks() -> None:
    """Ctrl-C in the middle of reading: Python's own exception, and reading goes on afterwards."""
    assert _interrupted(INTERRUPTED) == (0, "1CT1 1CT1\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_an_interrupt_is_heard_within_one_long_read() -> None:
    """One call that walks over millions of elements ends soon after Ctrl-C, and reading goes on afterwards: the best of three."""
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", LISTEN + ONE_LONG_READ, CT],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        # It is always heard, unless the machine stands still until all is read.
        assert done.stdout.startswith(("heard", "read to the end")), done.stderr
        if done.stdout.startswith("heard True"):
            break
    assert (done.stdout, done.stderr) == ("heard True 1CT1\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_the_program_ends_by_an_interrupt() -> None:
    """With the exit code that a shell expects, and no traceback."""
    assert _interrupted(PROGRAM, bytes(4 << 20)) == (130, "", "")
