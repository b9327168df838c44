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


INTERRUPTED = """
import sys, radiogram as rg
ds = rg.read(sys.argv[1])
print("ready", flush=True)
try:
    while True:
        for elem in rg.read(sys.argv[1]).iterall():
            elem.value
except KeyboardInterrupt:
    print(ds.PatientID, rg.read(sys.argv[1]).PatientID, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_an_interrupt_is_a_keyboard_interrupt_and_nothing_breaks() -> None:
    """Ctrl-C in the middle of reading: Python's own exception, and reading goes on afterwards."""
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, CT], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        assert child.stdout.read() == "1CT1 1CT1\n"
        assert child.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_the_program_ends_by_an_interrupt() -> None:
    """With the exit code that a shell expects, and no traceback."""
    command = [sys.executable, "-m", "radiogram", "dump", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 130
        assert child.stderr is not None
        assert child.stderr.read() == ""
