"""Grids at right angles: shears taken out exactly where that can be checked, and peers' numbers elsewhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.volume.grid import between, upright
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from pathlib import Path

OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)


def phantom(**options: Any) -> Phantom:
    return Phantom(**{"slices": 6, "rows": 16, "columns": 12, "spacing": (4.0, 1.0, 0.8), **options})


@pytest.mark.parametrize("orientation", [(1.0, 0, 0, 0, 1.0, 0), OBLIQUE])
@pytest.mark.parametrize("tilt", [14.0, -9.5])
def test_a_tilt_is_taken_out_within_the_planes(
    tmp_path: Path, tilt: float, orientation: tuple[float, ...]
) -> None:
    """By hand: slice k moves by k times the table's step along the columns, and lies between two rows."""
    made = phantom(tilt=tilt, orientation=orientation)
    volume = rg.read_volume(write_series(tmp_path, made))
    level = volume.resample()
    drift = -4.0 * math.sin(math.radians(tilt))
    lost = math.ceil(abs(drift) * 5)
    assert level.array.shape == (6, 16 + lost, 12)
    axes = level.affine[:3, :3] / level.spacing
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-9)
    assert level.spacing == pytest.approx((4.0 * math.cos(math.radians(tilt)), 1.0, 0.8))
    assert level.report.tilt_degrees == 0
    smallest = volume.array.min()
    # The grid ends with the slice that reaches farthest.
    start = min(5 * drift, 0.0) - (lost - abs(5 * drift))
    for number, plane in enumerate(volume.array.astype(np.float64)):
        for row in range(16 + lost):
            at = row + start - number * drift
            below = math.floor(at + 1e-9)
            part = at - below
            if not -1e-9 <= at <= 15 + 1e-9:
                expected = np.full(12, smallest)
            elif abs(part) < 1e-6:
                expected = plane[below]
            else:
                expected = plane[below] + part * (plane[below + 1] - plane[below])
            np.testing.assert_allclose(level.array[number, row], expected, atol=0.501)
    # Every place in the patient that was a voxel is within the grid.
    corners = np.array([[s, r, c, 1] for s in (0, 5) for r in (0, 15) for c in (0, 11)]).T
    inside = np.linalg.solve(level.affine, volume.affine @ corners)[:3]
    assert (inside > -1e-6).all()
    assert (np.array(level.array.shape) - 1 + 1e-6 > inside.T).all()
    assert level.to_sitk().GetSize() == (12, 16 + lost, 6)
    assert level.report.notes[-1].startswith("resampled at right angles: linear")


def test_what_is_at_right_angles_is_copied(tmp_path: Path) -> None:
    volume = rg.read_volume(write_series(tmp_path, phantom(orientation=OBLIQUE)))
    for order in (0, 1):
        level = volume.resample(order=order)
        np.testing.assert_array_equal(level.array, volume.array)
        np.testing.assert_allclose(level.affine, volume.affine, atol=1e-9)
        assert level.paths == volume.paths


@pytest.mark.parametrize("dtype", ["int16", "float32", "float64"])
def test_other_spacings_equal_simpleitk(tmp_path: Path, dtype: str) -> None:
    sitk = pytest.importorskip("SimpleITK")
    volume = rg.read_volume(write_series(tmp_path, phantom(orientation=OBLIQUE)), dtype=dtype)
    level = volume.resample((2.5, 1.3, 0.7), fill=-5000.0)
    image = volume.to_sitk()
    frame = level.to_sitk()
    theirs = sitk.Resample(image, frame, sitk.Transform(), sitk.sitkLinear, -5000.0)
    inside = (sitk.GetArrayFromImage(theirs) != -5000) & (level.array != -5000)
    assert inside.mean() > 0.8
    apart = 1.0 if dtype == "int16" else 1e-2
    np.testing.assert_allclose(
        level.array[inside].astype(float), sitk.GetArrayFromImage(theirs)[inside].astype(float), atol=apart
    )
    assert level.paths == (None,) * len(level.array)


def test_further_axes_are_resampled_one_by_one(tmp_path: Path) -> None:
    made = phantom(tilt=10.0)
    paths = write_series(tmp_path / "a", made)
    for number, path in enumerate(write_series(tmp_path / "b", made)):
        ds = rg.read(path)
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = rg.uid()
        ds.AcquisitionNumber = 2
        ds.save_as(tmp_path / "a" / f"second{number}.dcm")
    both = rg.read_volume(tmp_path / "a")
    assert both.array.shape[0] == 2
    level = both.resample()
    single = rg.read_volume(paths).resample()
    for part in level.array:
        np.testing.assert_array_equal(part, single.array)


def test_threads_give_the_same(tmp_path: Path) -> None:
    volume = rg.read_volume(write_series(tmp_path, phantom(tilt=10.0)))
    one, two = (volume.resample((1.0, 1.0, 1.0), threads=threads).array for threads in (1, 2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (math.nan, 1.0, 1.0)])
def test_spacings_that_are_none_are_refused(spacing: tuple[float, ...]) -> None:
    with pytest.raises(ArgumentError, match="spacing"):
        upright(np.eye(4)[:, [2, 1, 0, 3]], (2, 2, 2), spacing)


def test_the_core_refuses_what_it_cannot_do() -> None:
    matrix = between(np.eye(4), np.eye(4)).tolist()
    volume = np.zeros((2, 2, 2), np.int16)
    options: dict[str, Any] = {"outside": 0.0, "threads": 1}
    with pytest.raises(ArgumentError, match="order"):
        _core.resample(volume, [2, 2, 2], matrix, order=3, **options)
    with pytest.raises(ArgumentError, match="slices, rows and columns"):
        _core.resample(volume[0], [2, 2, 2], matrix, order=1, **options)
    with pytest.raises(ArgumentError, match="complex128"):
        _core.resample(volume.astype(complex), [2, 2, 2], matrix, order=1, **options)
    with pytest.raises(ArgumentError, match="grid"):
        _core.resample(volume, [2, 0, 2], matrix, order=1, **options)


def test_every_type_keeps_its_voxels() -> None:
    matrix = between(np.eye(4), np.eye(4)).tolist()
    for name in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"):
        dtype = np.dtype(name)
        limits = np.iinfo(dtype) if dtype.kind in "iu" else np.finfo(dtype)
        volume = np.array([limits.min, limits.max, 1, 2], dtype).reshape(1, 2, 2)
        kept = _core.resample(volume, [1, 2, 2], matrix, order=1, outside=0.0, threads=1)
        assert kept.dtype == dtype
        np.testing.assert_array_equal(kept, volume)
