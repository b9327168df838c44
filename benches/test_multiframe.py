"""An enhanced CT to a HU volume in one call, and how long a header of 100,000 frames takes to open."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.volume.phantom import Phantom

from benches import data, enhanced
from benches.conftest import keep
from benches.interleave import Gate, Row

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benches.conftest import Measure


def test_enhanced_volume(size: data.Size, measure: Measure) -> None:
    """400 shuffled frames; SimpleITK leaves them in the order of the file, and is wrong."""
    path = enhanced.enhanced_ct(size)
    side, frames = (512, 400) if size == data.FULL else (32, 12)
    expected = Phantom(slices=frames, rows=side, columns=side).array()
    measure(
        f"enhanced CT of {frames} frames to HU",
        {
            name: way if isinstance(way, str) else (lambda way=way: way(path))
            for name, way in enhanced.WAYS.items()
        },
        Gate("pydicom", 0.67),
        right=lambda _, volume: np.array_equal(volume, expected),
        unit="s",
        rounds=5,
        slow=frozenset({"SimpleITK", "highdicom"}),
    )


@pytest.mark.parametrize(("lengths", "most"), [("defined", 0.5), ("undefined", 2.0)])
def test_header_of_very_many_frames(size: data.Size, measure: Measure, lengths: str, most: float) -> None:
    """Open it, count the frames, and ask the last one where it is."""
    import pydicom

    path = enhanced.header(size, lengths)

    def ask(ds: Any) -> tuple[int, float]:  # noqa: ANN401
        groups = ds.PerFrameFunctionalGroupsSequence
        return len(groups), float(groups[len(groups) - 1].PlanePositionSequence[0].ImagePositionPatient[2])

    count = 100_000 if size == data.FULL else 200
    measure(
        f"header of {count} frames, {lengths} lengths",
        {"radiogram": lambda: ask(rg.read(path)), "pydicom": lambda: ask(pydicom.dcmread(path))},
        Gate(absolute=most),
        right=lambda _, told: told == (count, count - 1),
        unit="s",
        rounds=5,
        slow=frozenset({"pydicom"}),
    )


@pytest.mark.parametrize("lengths", ["defined", "undefined"])
def test_index_of_very_many_frames(size: data.Size, benchmark: BenchmarkFixture, lengths: str) -> None:
    """What is kept of a header beside its bytes, once every item was touched: each element and each item counts."""
    path = enhanced.header(size, lengths)
    ds = rg.read(path, mmap=True)
    groups = len(ds.PerFrameFunctionalGroupsSequence)
    rows = sum(1 + (len(element.value) if element.VR == "SQ" else 0) for element in ds.iterall())
    # The two data sets of the file have a row each, and those of the file meta information count as well.
    rows += 2 + len(ds.file_meta)
    row = Row(f"index of a header of {groups} frames, {lengths} lengths", "B an element", Gate(absolute=24))
    row.figures["radiogram"] = (sys.getsizeof(ds) - sys.getsizeof(rg.Dataset())) / rows
    row.correct["radiogram"] = rows > 10 * groups
    benchmark.pedantic(lambda: rg.read(path, mmap=True), rounds=1)
    keep(row, benchmark)
