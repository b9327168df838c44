"""Multi-frame objects without functional groups: dose grids, nuclear medicine, pictures in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram import errors
from radiogram.volume.multiframe import _item

if TYPE_CHECKING:
    from pathlib import Path

ROWS, COLUMNS = 4, 6
DOSE, NM, US = (f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("481.2", "20", "3.1"))
# Columns along x, rows along y, slices along z: one each.
COUNTING = np.eye(4)[[2, 1, 0, 3]]
GREY = {
    0x0028_0002: ("US", 1),
    0x0028_0004: ("CS", "MONOCHROME2"),
    0x0028_0010: ("US", ROWS),
    0x0028_0011: ("US", COLUMNS),
    0x0028_0100: ("US", 16),
    0x0028_0101: ("US", 16),
    0x0028_0102: ("US", 15),
    0x0028_0103: ("US", 0),
}


def frames(count: int) -> np.ndarray[Any, Any]:
    """Give frames whose every pixel is their number."""
    return np.broadcast_to(np.arange(count, dtype=np.uint16)[:, None, None], (count, ROWS, COLUMNS)).copy()


def write(
    path: Path, sop_class: str, modality: str, count: int, elements: dict[int, tuple[str, Any]]
) -> Path:
    """Write an object of so many frames."""
    identity = {
        0x0008_0016: ("UI", sop_class),
        0x0008_0018: ("UI", "1.2.3"),
        0x0008_0060: ("CS", modality),
        0x0020_000D: ("UI", "1.2.4"),
        0x0020_000E: ("UI", "1.2.5"),
        0x0028_0008: ("IS", count),
        0x7FE0_0010: ("OW", frames(count).tobytes()),
    }
    _item({**GREY, **identity, **elements}).save_as(path, transfer_syntax="ExplicitVRLittleEndian")
    return path


def dose(path: Path, offsets: list[float], *, orientation: tuple[float, ...] = (1, 0, 0, 0, 1, 0)) -> Path:
    """Write a dose grid whose first plane is at 30."""
    elements = {
        0x0020_0032: ("DS", [-10.0, -20.0, 30.0]),
        0x0020_0037: ("DS", [float(part) for part in orientation]),
        0x0020_0052: ("UI", "1.2.6"),
        0x0028_0009: ("AT", 0x3004_000C),
        0x0028_0030: ("DS", [2.0, 3.0]),
        0x3004_0002: ("CS", "GY"),
        0x3004_000C: ("DS", offsets),
        0x3004_000E: ("DS", 0.25),
    }
    return write(path, DOSE, "RTDOSE", len(offsets), elements)


@pytest.mark.parametrize("offsets", [[0, 2.5, 5, 7.5], [30, 32.5, 35, 37.5]])
def test_a_dose_grid_by_relative_and_by_absolute_offsets(tmp_path: Path, offsets: list[float]) -> None:
    vol = rg.read_volume(dose(tmp_path / "dose.dcm", offsets))
    assert np.array_equal(vol.array, frames(4) * 0.25)
    assert vol.affine.tolist() == [[0, 0, 3, -10], [0, 2, 0, -20], [2.5, 0, 0, 30], [0, 0, 0, 1]]
    assert vol.report.rescale == (0.25, 0.0)
    assert np.array_equal(rg.read(tmp_path / "dose.dcm").pixels.array(units="modality"), vol.array)
    assert rg.read_volume(tmp_path / "dose.dcm", units="stored").array.dtype == np.uint16


def test_descending_planes_are_turned(tmp_path: Path) -> None:
    vol = rg.read_volume(dose(tmp_path / "dose.dcm", [0, -2, -4]))
    assert np.array_equal(vol.array, frames(3)[::-1] * 0.25)
    assert (vol.affine @ [2, 0, 0, 1]).tolist() == [-10, -20, 30, 1]


def test_offsets_run_along_the_normal_of_oblique_planes(tmp_path: Path) -> None:
    vol = rg.read_volume(dose(tmp_path / "dose.dcm", [0, 2, 4], orientation=(0, 1, 0, 0, 0, -1)))
    assert (vol.affine @ [2, 0, 0, 1]).tolist() == [-14, -20, 30, 1]


@pytest.mark.parametrize("offsets", [[5, 7, 9], [29, 31, 33]])
def test_offsets_that_begin_anywhere_are_refused(tmp_path: Path, offsets: list[float]) -> None:
    with pytest.raises(errors.GeometryError, match="neither with 0 nor with the position"):
        rg.read_volume(dose(tmp_path / "dose.dcm", offsets))


def test_the_scaling_of_a_dose_grid_stands_in_the_place_of_a_rescale(tmp_path: Path) -> None:
    """A rescale of 1 and 0 beside it says nothing, and chooses no type."""
    ds = rg.read(dose(tmp_path / "dose.dcm", [0, 1, 2]))
    ds.RescaleSlope, ds.RescaleIntercept = 1, 0
    ds.save_as(tmp_path / "dose.dcm")
    vol = rg.read_volume(tmp_path / "dose.dcm")
    assert vol.array.dtype == np.float32
    np.testing.assert_array_equal(vol.array[:, 0, 0], [0, 0.25, 0.5])
    assert vol.report.rescale == (0.25, 0.0)


def test_a_dose_grid_without_its_scaling_is_no_dose(tmp_path: Path) -> None:
    ds = rg.read(dose(tmp_path / "dose.dcm", [0, 1, 2]))
    del ds.DoseGridScaling
    ds.save_as(tmp_path / "dose.dcm")
    with pytest.raises(errors.PixelError, match=r"dose\.dcm: a dose grid has no Dose Grid Scaling"):
        rg.read_volume(tmp_path / "dose.dcm")
    assert rg.read_volume(tmp_path / "dose.dcm", units="stored").array[2, 0, 0] == 2
    unscaled = rg.read(tmp_path / "dose.dcm")
    assert unscaled.pixels.array(units="modality")[2, 0, 0] == 2
    assert [problem.path for problem in unscaled.problems] == ["(3004,000E)"]


def test_offsets_for_other_planes_than_there_are_is_an_error(tmp_path: Path) -> None:
    path = dose(tmp_path / "dose.dcm", [0, 2, 4])
    ds = rg.read(path)
    ds.GridFrameOffsetVector = [0, 2]
    ds.save_as(path)
    with pytest.raises(errors.GeometryError, match="2 offsets for 3 frames"):
        rg.read_volume(path)
    del ds.GridFrameOffsetVector
    ds.save_as(path)
    with pytest.raises(errors.GeometryError, match="no usable Image Position"):
        rg.read_volume(path)


def nuclear(path: Path, elements: dict[int, tuple[str, Any]], count: int) -> Path:
    """Write an object of nuclear medicine."""
    return write(path, NM, "NM", count, elements)


@pytest.mark.parametrize("spacing", [4.0, -4.0])
def test_slices_of_a_reconstruction(tmp_path: Path, spacing: float) -> None:
    """PS3.3 C.8.4.15: behind the first, or in front of it where their spacing is negative."""
    detector = {0x0020_0032: ("DS", [1.0, 2.0, 3.0]), 0x0020_0037: ("DS", [1.0, 0, 0, 0, 1, 0])}
    elements = {
        0x0018_0088: ("DS", spacing),
        0x0028_0009: ("AT", 0x0054_0080),
        0x0028_0030: ("DS", [2.0, 2.0]),
        0x0054_0022: ("SQ", [_item(detector)]),
        0x0054_0080: ("US", [2, 1, 3]),
    }
    vol = rg.read_volume(nuclear(tmp_path / "nm.dcm", elements, 3))
    order = [1, 0, 2] if spacing > 0 else [2, 0, 1]
    assert vol.array[:, 0, 0].tolist() == order
    first = vol.array[:, 0, 0].tolist().index(1)
    assert (vol.affine @ [first, 0, 0, 1]).tolist() == [1, 2, 3, 1]
    assert vol.spacing == (4, 2, 2)


def test_what_nuclear_medicine_counts_by_are_axes(tmp_path: Path) -> None:
    pointers = [0x0054_0010, 0x0054_0020, 0x0054_0070]
    windows, detectors, slots = np.meshgrid([1, 2], [1, 2], [1, 2, 3], indexing="ij")
    elements = {
        0x0028_0009: ("AT", pointers),
        0x0054_0010: ("US", windows.ravel().tolist()),
        0x0054_0020: ("US", detectors.ravel().tolist()),
        0x0054_0070: ("US", slots.ravel().tolist()),
    }
    vol = rg.read_volume(nuclear(tmp_path / "nm.dcm", elements, 12))
    assert vol.dims == ("energy_window", "detector", "time_slot", "row", "column")
    assert vol.array.shape == (2, 2, 3, ROWS, COLUMNS)
    assert np.array_equal(vol.array[..., 0, 0], np.arange(12).reshape(2, 2, 3))
    assert vol.report.space == "none"
    assert np.array_equal(vol.affine, COUNTING)


def test_slices_without_a_place_are_counted(tmp_path: Path) -> None:
    vol = rg.read_volume(nuclear(tmp_path / "nm.dcm", {0x0054_0080: ("US", [1, 2, 3])}, 3))
    assert vol.dims == ("slice", "row", "column")
    assert vol.report.space == "none"
    assert np.array_equal(vol.affine, COUNTING)


def test_a_vector_of_another_length_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(errors.GeometryError, match="2 numbers for 3 frames"):
        rg.read_volume(nuclear(tmp_path / "nm.dcm", {0x0054_0080: ("US", [1, 2])}, 3))


@pytest.mark.parametrize(
    ("elements", "dim", "places"),
    [
        ({0x0018_1063: ("DS", 40.0)}, "time", [0, 0.04, 0.08]),
        ({0x0018_1065: ("DS", [0.0, 10.0, 30.0])}, "time", [0, 0.01, 0.04]),
        ({}, "frame", [0, 1, 2]),
    ],
)
def test_pictures_in_time_have_no_slices(
    tmp_path: Path, elements: dict[int, tuple[str, Any]], dim: str, places: list[float]
) -> None:
    path = write(tmp_path / "us.dcm", US, "US", 3, elements)
    vol = rg.read_volume(path)
    assert vol.dims == (dim, "row", "column")
    assert np.array_equal(vol.array, frames(3))
    assert vol.coords[dim].tolist() == pytest.approx(places)
    assert vol.units[dim] == ("s" if dim == "time" else "")
    assert "no place in the patient" in repr(vol)
    assert any("counts voxels" in note for note in vol.report.notes)
    out = np.empty((3, ROWS, COLUMNS), vol.array.dtype)
    assert np.shares_memory(rg.read_volume(path, out=out).array, out)
    lazy = rg.open_volume(path)
    assert np.array_equal(lazy[1:, 2, ::-2], frames(3)[1:, 2, ::-2])
    assert lazy.read[1:].coords[dim].tolist() == pytest.approx(places[1:])


def test_more_frames_than_there_are_bytes_for_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "us.dcm", US, "US", 3, {})
    ds = rg.read(path)
    ds.NumberOfFrames = 2_000_000_000
    ds.save_as(path)
    with pytest.raises(errors.PixelError, match="for 2000000000 frames"):
        rg.read_volume(path)
