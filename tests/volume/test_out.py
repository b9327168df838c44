"""The caller's own array: filled where it fits, refused where it would be filled wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from pathlib import Path

SMALL = Phantom(slices=6, rows=8, columns=10)
SHAPE = (6, 8, 10)


def read_only() -> np.ndarray[Any, Any]:
    array = np.zeros(SHAPE, np.int16)
    array.flags.writeable = False
    return array


UNFIT = {
    "another type": np.zeros(SHAPE, np.int32),
    "another type of this size": np.zeros(SHAPE, np.uint16),
    "another byte order": np.zeros(SHAPE, ">i2"),
    "another shape": np.zeros((6, 10, 8), np.int16),
    "Fortran's order": np.zeros(SHAPE, np.int16, order="F"),
    "every second column": np.zeros((6, 8, 20), np.int16)[:, :, ::2],
    "read-only": read_only(),
}


def test_an_array_that_fits_is_filled(tmp_path: Path) -> None:
    write_series(tmp_path, SMALL)
    out = np.empty(SHAPE, np.int16)
    assert rg.read_volume(tmp_path, out=out).array is out
    np.testing.assert_array_equal(out, SMALL.array())


@pytest.mark.parametrize("what", UNFIT)
def test_an_array_that_does_not_fit_is_refused(tmp_path: Path, what: str) -> None:
    write_series(tmp_path, SMALL)
    with pytest.raises(ArgumentError):
        rg.read_volume(tmp_path, out=UNFIT[what])
    first = rg.read(tmp_path / "CT0001.dcm").pixels
    with pytest.raises(ArgumentError):
        first.array(units="modality", out=UNFIT[what].T[:, :, 0].T)


def test_a_million_threads_are_not_started(tmp_path: Path) -> None:
    write_series(tmp_path, SMALL)
    with pytest.raises(rg.errors.ArgumentError, match="threads"):
        rg.read_volume(tmp_path, threads=1_000_000)
