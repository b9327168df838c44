"""Threads overlap while reading, share one dataset, and nobody is held up."""

from __future__ import annotations

import os
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file

from tests import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def slow() -> bytes:
    """Give a file that takes a good while in one call: much to inflate, and many elements in it."""
    reference = build.item(
        build.element(0x00081155, "UI", "1.2.9") + build.element(0x00081150, "UI", "1.2.8")
    )
    content = build.sequence(0x00081140, *[reference] * 2_000_000)
    packer = zlib.compressobj(1, wbits=-15)
    return build.file(packer.compress(content) + packer.flush(), build.DEFLATED)


def _longest_silence(work: Callable[[], object]) -> tuple[float, float]:
    """Run `work` in a thread; give how long it took, and how long this thread did not get to run meanwhile."""
    done = threading.Event()
    took: list[float] = []

    def run() -> None:
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
        done.set()

    thread = threading.Thread(target=run)
    # The clock starts before the thread does: this one may not get to run again until the other is done.
    longest, last = 0.0, time.perf_counter()
    thread.start()
    while True:
        time.sleep(0.0005)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
        if done.is_set():
            break
    thread.join()
    return took[0], longest


def test_the_interpreter_is_released_while_reading(slow: bytes) -> None:
    """Another thread goes on running during one call of `read`: it is never silent for long.

    Without the release it is silent for the whole call. Measured three times, because the machine may be busy.
    """
    shares = []
    for _ in range(3):
        took, longest = _longest_silence(lambda: rg.read(slow))
        assert took > 0.05, "too quick to measure anything"
        shares.append(longest / took)
        if shares[-1] < 0.5:
            return
    pytest.fail(f"the other thread was silent for {min(shares):.0%} of the call")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_reader_that_waits_for_its_file_holds_nobody_up(tmp_path: Path) -> None:
    """A pipe that nobody writes to yet: the writer is a thread of the same interpreter."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    outcome: list[object] = []

    def read() -> None:
        try:
            with pipe.open("rb") as file:
                outcome.append(rg.read(file).PatientID)
        except rg.errors.DicomError as error:
            outcome.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    with pipe.open("wb") as file:
        file.write(build.file(build.PLAIN))
    thread.join(30)
    assert outcome == ["1"]


def test_many_threads_read_one_dataset() -> None:
    """Everyone gets the same objects and the same values, however they interleave."""
    path = get_testdata_file("rtplan.dcm")
    wanted = [repr(elem) for elem in rg.read(path).iterall()]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(20):
            ds = rg.read(path)
            barrier = threading.Barrier(8)

            def look(
                ds: rg.Dataset = ds, barrier: threading.Barrier = barrier
            ) -> tuple[list[str], object, object]:
                barrier.wait()
                item = ds.BeamSequence[0]
                return [repr(elem) for elem in ds.iterall()], ds.BeamSequence, item

            with ThreadPoolExecutor(8) as pool:
                results = [future.result() for future in [pool.submit(look) for _ in range(8)]]
            assert all(lines == wanted for lines, _, _ in results)
            assert len({id(sequence) for _, sequence, _ in results}) == 1
            assert len({id(item) for _, _, item in results}) == 1
    finally:
        sys.setswitchinterval(interval)


def test_many_threads_touch_one_deferred_value(tmp_path: Path) -> None:
    """It is read once: all arrays lie on the same memory."""
    path = tmp_path / "a.dcm"
    path.write_bytes(build.file(build.PLAIN + build.element(0x7FE00010, "OW", bytes(range(256)) * 8192)))
    for _ in range(10):
        ds = rg.read(path)
        barrier = threading.Barrier(8)

        def touch(ds: rg.Dataset = ds, barrier: threading.Barrier = barrier) -> tuple[int, int]:
            barrier.wait()
            array = ds["PixelData"].array
            return array.ctypes.data, int(array.sum())

        with ThreadPoolExecutor(8) as pool:
            results = {future.result() for future in [pool.submit(touch) for _ in range(8)]}
        assert len(results) == 1


def test_one_iterator_in_many_threads_gives_each_element_once() -> None:
    """Nothing is lost, nothing comes twice."""
    ds = rg.read(get_testdata_file("rtplan.dcm"))
    elements = ds.iterall()
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda _: [(id(elem._dataset), elem.tag) for elem in elements], range(4)))
    found = [one for part in parts for one in part]
    assert sorted(found) == sorted((id(elem._dataset), elem.tag) for elem in ds.iterall())


def test_problems_of_values_are_noted_once_by_many_threads() -> None:
    """However many touch the value at the same time."""
    content = build.file(build.element(0x00080018, "UI", "no"))
    for _ in range(50):
        ds = rg.read(content)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _, ds=ds: ds.SOPInstanceUID, range(16)))
        assert [problem.kind for problem in ds.problems].count("bad_uid") == 1
