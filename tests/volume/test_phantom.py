"""The phantom series: pydicom and SimpleITK see the slices and the place that the formulas say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from radiogram.errors import ArgumentError
from radiogram.volume.phantom import Phantom, write_series

if TYPE_CHECKING:
    from pathlib import Path

pydicom = pytest.importorskip("pydicom")

OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)


def small(**options: object) -> Phantom:
    return Phantom(slices=6, rows=16, columns=24, spacing=(3.0, 0.8, 0.6), **options)


@pytest.mark.parametrize("orientation", [(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), OBLIQUE])
@pytest.mark.parametrize("tilt", [0.0, -12.5])
def test_every_slice_stands_where_the_affine_says(
    tmp_path: Path, orientation: tuple[float, ...], tilt: float
) -> None:
    phantom = small(orientation=orientation, tilt=tilt)
    paths = write_series(tmp_path, phantom)
    affine, array = phantom.affine(), phantom.array()
    for place, path in enumerate(paths):
        ds = pydicom.dcmread(path)
        np.testing.assert_allclose(ds.ImagePositionPatient, (affine @ (place, 0, 0, 1))[:3], atol=1e-8)
        directions = np.array(ds.ImageOrientationPatient, float)
        np.testing.assert_allclose(directions[:3] * ds.PixelSpacing[1], affine[:3, 2], atol=1e-8)
        np.testing.assert_allclose(directions[3:] * ds.PixelSpacing[0], affine[:3, 1], atol=1e-8)
        assert np.linalg.norm(directions.reshape(2, 3), axis=1) == pytest.approx([1, 1])
        values = ds.pixel_array * ds.RescaleSlope + ds.RescaleIntercept
        np.testing.assert_array_equal(values, array[place])
        assert ds.GantryDetectorTilt == tilt
    assert len(paths) == 6


def test_simpleitk_reads_the_same_volume(tmp_path: Path) -> None:
    sitk = pytest.importorskip("SimpleITK")
    phantom = small(orientation=OBLIQUE)
    write_series(tmp_path, phantom, order="shuffled")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path)))
    image = reader.Execute()
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), phantom.array())
    np.testing.assert_allclose(image.GetSpacing(), (0.6, 0.8, 3.0), atol=1e-6)
    point = image.TransformIndexToPhysicalPoint((5, 7, 4))
    np.testing.assert_allclose(point, (phantom.affine() @ (4, 7, 5, 1))[:3], atol=1e-6)


def test_the_files_are_sound(tmp_path: Path) -> None:
    path = write_series(tmp_path, small())[0]
    ds = pydicom.dcmread(path)
    assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
    assert ds.file_meta.MediaStorageSOPClassUID == ds.SOPClassUID
    uids = [ds.SOPInstanceUID, ds.SeriesInstanceUID, ds.StudyInstanceUID, ds.FrameOfReferenceUID]
    assert len(set(uids)) == 4
    assert all(uid.is_valid for uid in uids)
    for element in ds:
        for value in element.value if element.VM > 1 else [element.value]:
            text = value if element.VR in ("US", "OW") else str(value)
            pydicom.valuerep.validate_value(element.VR, text, pydicom.config.RAISE)
    assert len(ds.PixelData) == 2 * 16 * 24


def test_order_and_gaps(tmp_path: Path) -> None:
    def heights(folder: str, **options: object) -> list[float]:
        paths = write_series(tmp_path / folder, small(), **options)
        return [float(pydicom.dcmread(path).ImagePositionPatient[2]) for path in paths]

    upward = heights("up")
    assert upward == sorted(upward)
    assert heights("down", order="descending") == upward[::-1]
    shuffled = heights("mixed", order="shuffled")
    assert sorted(shuffled) == upward != shuffled
    assert heights("gap", missing=[2, 4]) == [upward[place] for place in (0, 1, 3, 5)]


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    first, second, third = (
        write_series(tmp_path / str(number), small(seed=seed)) for number, seed in enumerate((1, 1, 2))
    )
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[0].read_bytes() != third[0].read_bytes()


def test_the_phantom_holds_what_it_says() -> None:
    array = Phantom(slices=60, rows=128, columns=128).array()
    assert array.dtype == np.int16
    assert array.min() >= -1024
    assert array.max() <= 3071
    for value in (-1000, -850, -100, 50, 900):
        assert (abs(array - value) <= 24).mean() > 0.001, value
    # Noise of about 12 HU, other in every slice.
    corner = array[:, :8, :8].astype(float)
    assert 8 < corner.std() < 14
    assert not np.array_equal(corner[0], corner[1])


def test_two_hundred_slices_take_no_time(tmp_path: Path) -> None:
    start = time.perf_counter()
    paths = write_series(tmp_path)
    took = time.perf_counter() - start
    assert len(paths) == 200
    # Half a second on a quiet machine.
    assert took < 10


@pytest.mark.parametrize(
    "options",
    [{"slices": 0}, {"spacing": (1.0, 0.0, 1.0)}, {"orientation": (1.0, 0.0)}, {"tilt": 60.0}],
)
def test_what_is_no_phantom_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        Phantom(**options)


def test_another_order_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError):
        write_series(tmp_path, small(), order="random")
