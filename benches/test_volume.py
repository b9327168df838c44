"""A CT series to a HU volume in one call, beside the loops that people write; and what it takes in memory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benches import data, series, volumes
from benches.conftest import Measure, keep
from benches.interleave import Gate, Row
from benches.peak import peak

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture


def test_volume(size: data.Size, measure: Measure) -> None:
    """1,000 slices, all sides in one thread (and ours in two beside it), the same type, a new array."""
    paths = series.ct_series(size)
    expected = volumes.by_hand(paths)

    def right(name: str, volume: volumes.Volume) -> bool:
        del name
        return volume.dtype == expected.dtype and np.array_equal(volume, expected)

    measure(
        f"{len(paths)} CT slices to HU",
        {name: lambda way=way: way(paths) for name, way in volumes.WAYS.items()},
        Gate("dicomsdl", 1.0),
        right=right,
        unit="s",
        rounds=5,
        slow=frozenset({"pydicom", "SimpleITK"}),
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_of_a_volume(size: data.Size, benchmark: BenchmarkFixture) -> None:
    """The peak above the level before the call, as a multiple of the result; each side in its own process."""
    paths = series.ct_series(size)
    small = series.ct_series(data.SMOKE)[0].parent
    row = Row(f"{len(paths)} CT slices to HU, peak memory", "x the result", Gate(absolute=1.2))
    for name in volumes.WAYS:
        used, result = peak("benches.volumes", volumes.WAYS[name].__name__, paths[0].parent, small)
        row.figures[name] = used / result
        row.correct[name] = True
    benchmark.pedantic(lambda: None, rounds=1)
    keep(row, benchmark)
