"""One CT series to one HU volume, in the ways that people use: (slice, row, column), ascending."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Volume = npt.NDArray[Any]
ROWS = COLUMNS = 512
SLICE = ROWS * COLUMNS * 2


def by_radiogram(paths: Sequence[Path], threads: int = 1) -> Volume:
    """One call."""
    import radiogram as rg

    array: Volume = rg.read_volume(paths, dtype=np.int16, threads=threads).array
    return array


def by_radiogram_on_two(paths: Sequence[Path]) -> Volume:
    """One call on two threads."""
    return by_radiogram(paths, threads=2)


def by_dicomsdl(paths: Sequence[Path]) -> Volume:
    """Open each file once, sort, decode into the place, rescale while the slice is in the cache."""
    import dicomsdl

    opened = [dicomsdl.open(str(path)) for path in paths]
    keys = [0x00200032, 0x00281052, 0x00281053]
    heads = [dataset.getValues(keys) for dataset in opened]
    out = np.empty((len(paths), ROWS, COLUMNS), np.int16)
    stored = out.view(np.uint16)
    for place, number in enumerate(sorted(range(len(paths)), key=lambda one: heads[one][0][2])):
        opened[number].copyFrameData(0, stored[place])
        intercept, slope = heads[number][1:]
        if slope != 1:
            out[place] *= np.int16(slope)
        out[place] += np.int16(intercept)
    return out


def by_pydicom(paths: Sequence[Path]) -> Volume:
    """Write the loop that everybody writes."""
    import pydicom

    slices = sorted(map(pydicom.dcmread, paths), key=lambda one: float(one.ImagePositionPatient[2]))
    volume = np.stack([one.pixel_array for one in slices]).astype(np.int16)
    volume *= np.int16(slices[0].RescaleSlope)
    volume += np.int16(slices[0].RescaleIntercept)
    return volume


def by_simpleitk(paths: Sequence[Path]) -> Volume:
    """GDCM's series reader."""
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    reader.SetNumberOfWorkUnits(1)
    reader.SetFileNames(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(paths[0].parent)))
    volume: Volume = SimpleITK.GetArrayFromImage(reader.Execute()).astype(np.int16, copy=False)
    return volume


def by_hand(paths: Sequence[Path]) -> Volume:
    """`pread` into the place and convert: no header is read, order and rescale are known before."""
    order = sorted(paths, key=_known_position)
    out = np.empty((len(paths), ROWS, COLUMNS), np.int16)
    for place, path in enumerate(order):
        handle = os.open(path, os.O_RDONLY)
        os.preadv(handle, [memoryview(out[place]).cast("B")], os.fstat(handle).st_size - SLICE)
        os.close(handle)
        out[place] -= 1024
    return out


_POSITIONS: dict[Path, float] = {}


def prepare(paths: Sequence[Path]) -> None:
    """Do once what is outside the measured time: learn the positions that `by_hand` knows."""
    for path in paths:
        _known_position(path)


def _known_position(path: Path) -> float:
    """Give the position, looked up once outside the measured time."""
    if path not in _POSITIONS:
        import pydicom

        head = pydicom.dcmread(path, specific_tags=["ImagePositionPatient"], stop_before_pixels=True)
        _POSITIONS[path] = float(head.ImagePositionPatient[2])
    return _POSITIONS[path]


WAYS: dict[str, Callable[[Sequence[Path]], Volume]] = {
    "radiogram": by_radiogram,
    "radiogram, 2 threads": by_radiogram_on_two,
    "dicomsdl": by_dicomsdl,
    "pydicom": by_pydicom,
    "SimpleITK": by_simpleitk,
    "pread + convert": by_hand,
}
