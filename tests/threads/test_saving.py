"""Threads that save: two at a time overlap, nobody is held up, and one dataset can be read and saved at once."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file

from tests import build
from tests.threads.test_threads import _longest_silence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFLATED = "DeflatedExplicitVRLittleEndian"


@pytest.fixture(scope="module")
def slow() -> bytes:
    """Give a file that takes a good while to be deflated."""
    return build.file(build.element(0x7FE00010, "OW", os.urandom(16 << 20)))


def test_the_interpreter_is_released_while_saving(slow: bytes, tmp_path: Path) -> None:
    """Another thread goes on running during one call of `save_as`; measured three times, as the machine may be busy."""
    ds = rg.read(slow)
    shares = []
    for _ in range(3):
        took, longest = _longest_silence(lambda: ds.save_as(tmp_path / "a.dcm", transfer_syntax=DEFLATED))
        assert took > 0.05, "too quick to measure anything"
        shares.append(longest / took)
        if shares[-1] < 0.5:
            return
    pytest.fail(f"the other thread was silent for {min(shares):.0%} of the call")


def test_two_threads_save_at_the_same_time(slow: bytes, tmp_path: Path, note: Callable[[str], None]) -> None:
    """Each is within its call while the other is: neither waits for the other to be done."""
    datasets = [rg.read(slow), rg.read(slow)]
    for number, ds in enumerate(datasets):
        ds.PatientID = f"{number}"
    overlaps = []
    for _ in range(3):
        start = threading.Barrier(2)

        def save(number: int, start: threading.Barrier = start) -> tuple[float, float, float]:
            start.wait()
            begin, mine = time.perf_counter(), time.thread_time()
            datasets[number].save_as(tmp_path / f"{number}.dcm", transfer_syntax=DEFLATED)
            return begin, time.perf_counter(), time.thread_time() - mine

        with ThreadPoolExecutor(2) as pool:
            (a, b, one), (c, d, other) = pool.map(save, range(2))
        # Of two that took turns, one would have done all its work before the other began with its own.
        overlaps.append((min(b, d) - max(a, c)) / min(b - a, d - c))
        if overlaps[-1] > 0.5:
            break
    note(f"two threads that save: {max(overlaps):.0%} of the shorter call is within the other; {one:.2f} s, {other:.2f} s of work")
    assert max(overlaps) > 0.5
    for number in range(2):
        assert rg.read(tmp_path / f"{number}.dcm").PatientID == f"{number}"


def test_many_threads_read_while_one_saves(tmp_path: Path) -> None:
    """Readers see all of it, also what was left in the file, while it is written over that very file."""
    source = tmp_path / "a.dcm"
    samples = bytes(range(256)) * 4096
    with open(get_testdata_file("rtplan.dcm"), "rb") as file:  # noqa: PTH123
        plan = rg.read(file.read())
    plan.add_new(0x7FE00010, "OW", samples)
    plan.save_as(source)
    wanted = [repr(elem) for elem in rg.read(source).iterall() if elem.tag != 0x7FE00010]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(10):
            ds = rg.read(source)
            barrier = threading.Barrier(6)

            def look(ds: rg.Dataset = ds, barrier: threading.Barrier = barrier) -> bool:
                barrier.wait()
                same = all(
                    [repr(elem) for elem in ds.iterall() if elem.tag != 0x7FE00010] == wanted for _ in range(5)
                )
                return same and ds.PixelData == samples

            def save(ds: rg.Dataset = ds, barrier: threading.Barrier = barrier) -> bool:
                barrier.wait()
                for _ in range(5):
                    ds.save_as(source)
                    assert ds.to_bytes() == source.read_bytes()
                return True

            with ThreadPoolExecutor(6) as pool:
                assert all(done.result() for done in [pool.submit(save), *[pool.submit(look) for _ in range(5)]])
    finally:
        sys.setswitchinterval(interval)
    assert [path.name for path in tmp_path.iterdir()] == ["a.dcm"]


def test_many_threads_edit_while_one_saves() -> None:
    """Each file is of one moment that can be read: no element is half there."""
    ds = rg.read(get_testdata_file("rtplan.dcm"))
    done = threading.Event()

    def edit(number: int) -> None:
        block = ds.private_block(0x0009 + 2 * number, "MINE", create=True)
        for count in range(200):
            block.add_new(count % 20, "LO", "text" * (count % 9))
            ds.BeamSequence[0].BeamName = f"{count}"
            ds.BeamSequence.append(rg.Dataset())
            del ds.BeamSequence[-1]

    def save() -> int:
        count = 0
        while not done.is_set() or not count:
            again = rg.read(ds.to_bytes())
            assert not {problem.kind for problem in again.problems}
            assert again.BeamSequence[0].BeamNumber == 1
            count += 1
        return count

    with ThreadPoolExecutor(5) as pool:
        saver = pool.submit(save)
        for each in [pool.submit(edit, number) for number in range(4)]:
            each.result(timeout=60)
        done.set()
        assert saver.result(timeout=60) > 0
