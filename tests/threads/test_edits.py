"""Threads that change one dataset: each edit is there or not, nothing is lost, and nobody waits for ever."""

from __future__ import annotations

import copy
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import radiogram as rg

from tests import build

CONTENT = build.file(
    build.element(0x00080008, "CS", "A\\B")
    + build.sequence(0x00081140, *[build.item(build.element(0x00100020, "LO", f"{n}")) for n in range(20)])
    + build.element(0x00100010, "PN", "Doe")
)
THREADS = 6


def _together(*work: object) -> None:
    """Run each in a thread of its own, begun at the same moment."""
    start = threading.Barrier(len(work))

    def run(each: object) -> None:
        start.wait()
        assert callable(each)
        each()

    with ThreadPoolExecutor(len(work)) as pool:
        for done in [pool.submit(run, each) for each in work]:
            done.result(timeout=60)


def test_one_element_is_taken_over_once() -> None:
    """Whoever comes first: all views are of the same element afterwards, all lists the same."""
    for _ in range(50):
        ds = rg.read(CONTENT)
        views = [ds["PatientName"] for _ in range(THREADS)]

        def rename(view: rg.DataElement, number: int) -> None:
            view.value = f"N{number}"

        def lists(ds: rg.Dataset = ds) -> None:
            ds.ImageType.append("C")

        _together(
            *[lambda view=view, n=n: rename(view, n) for n, view in enumerate(views)],  # type: ignore[misc]
            *[lists] * THREADS,
        )
        assert {str(view.value) for view in views} == {str(ds.PatientName)}
        assert len(ds.ImageType) == 2 + THREADS


def test_edits_of_different_elements_are_all_there() -> None:
    """Set, removed, put into sequences, while others read, copy, compare, draft and collect."""
    ds = rg.read(CONTENT)
    rounds = 100

    def write(number: int) -> None:
        block = ds.private_block(0x0009 + 2 * number, "MINE", create=True)
        for count in range(rounds):
            block.add_new(count % 200, "LO", f"{number} {count}")
            ds.ReferencedImageSequence[number].PatientID = f"{count}"
            ds.ReferencedImageSequence.append(rg.Dataset())

    def look() -> None:
        for _ in range(20):
            _ = [elem.value for elem in ds.iterall()]
            assert copy.deepcopy(ds) is not ds
            assert ds._drafted() is not None
            _ = repr(ds), ds._is_edited, len(ds), ds.keys()
            gc.collect(0)

    _together(*[lambda n=n: write(n) for n in range(THREADS)], look, look)  # type: ignore[misc]
    assert len(ds.ReferencedImageSequence) == 20 + THREADS * rounds
    for number in range(THREADS):
        assert len(ds.group_dataset(0x0009 + 2 * number)) == 1 + rounds
        assert ds.ReferencedImageSequence[number].PatientID == f"{rounds - 1}"
