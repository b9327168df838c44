"""A multi-frame object of a known volume gives that volume back, whatever the order of its frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from radiogram import errors
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom, Storage

if TYPE_CHECKING:
    from pathlib import Path

SMALL = Phantom(slices=5, rows=12, columns=14, spacing=(2.5, 0.75, 0.5))
SHELL = [(0, None), (1000, (1, 0, 0)), (1000, (0, 0.6, 0.8)), (0, None)]


def shuffled(count: int, seed: int = 3) -> list[int]:
    """Give an order of frames that is none."""
    return [int(one) for one in np.random.default_rng(seed).permutation(count)]


def expected(phantom: Phantom, *lengths: int) -> np.ndarray[Any, Any]:
    """Give the voxels: those of the phantom, one more in each volume."""
    count = int(np.prod(lengths, dtype=int))
    volumes = phantom.array()[None] + np.arange(count, dtype=np.int16)[:, None, None, None]
    return volumes.reshape(*lengths, *volumes.shape[1:])


@pytest.mark.parametrize("kind", ["CT", "MR", "PT", "CT legacy", "MR legacy", "PT legacy"])
@pytest.mark.parametrize("lengths", ["defined", "undefined"])
def test_shuffled_frames_give_the_volume(tmp_path: Path, kind: str, lengths: str) -> None:
    path = write_multiframe(tmp_path / "mf.dcm", SMALL, kind=kind, order=shuffled(5), lengths=lengths)
    vol = rg.read_volume(path)
    assert vol.dims == ("slice", "row", "column")
    assert np.array_equal(vol.array, SMALL.array())
    assert np.allclose(vol.affine, SMALL.affine(), atol=1e-6)
    assert vol.report.modality == kind[:2]
    assert vol.paths == (str(path),) * 5
    assert [shuffled(5)[frame or 0] for frame in vol.frames] == [0, 1, 2, 3, 4]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_axes_in_any_order_of_frames(tmp_path: Path, data: st.DataObject) -> None:
    known = {
        "time": [0.0, 1.5, 4.0],
        "contrast": ["PRE", "POST"],
        "phase": [0.0, 310.5],
        "b_value": SHELL,
        "echo": [4.6, 9.2],
    }
    names = data.draw(st.lists(st.sampled_from(list(known)), unique=True, max_size=2))
    axes = {name: known[name] for name in known if name in names}
    sizes = [len(values) for values in axes.values()]
    order = data.draw(st.permutations(range(5 * int(np.prod(sizes, dtype=int)))))
    tilt = data.draw(st.sampled_from([0.0, 12.0]))
    phantom = Phantom(slices=5, rows=6, columns=7, spacing=(2.5, 0.75, 0.5), tilt=tilt)
    path = write_multiframe(tmp_path / "mf.dcm", phantom, kind="MR", axes=axes, order=order)
    vol = rg.read_volume(path)
    assert vol.dims == (*axes, "slice", "row", "column")
    assert np.allclose(vol.affine, phantom.affine(), atol=1e-6)
    voxels = phantom.array()
    assert vol.array.shape == (*sizes, *voxels.shape)
    seen = set()
    for place in np.ndindex(*sizes):
        # Each voxel of volume n of the file is n larger: the volume here says which it is.
        number = int(vol.array[place][0, 0, 0] - voxels[0, 0, 0])
        assert np.array_equal(vol.array[place], voxels + number)
        seen.add(number)
        for name, at, was in zip(axes, place, np.unravel_index(number, sizes), strict=True):
            assert _stands(vol, name, at) == _said(name, axes[name], int(was))
    assert len(seen) == int(np.prod(sizes, dtype=int))


def _stands(vol: rg.Volume, name: str, at: int) -> object:
    """Give what the coordinates say of a place on an axis."""
    if name == "b_value":
        direction = tuple(vol.coords["gradient"][at].tolist())
        return vol.coords[name][at], None if np.isnan(direction[0]) else direction
    return vol.coords[{"echo": "echo_time", "phase": "trigger_delay"}.get(name, name)][at].item()


def _said(name: str, values: list[Any], at: int) -> object:
    """Give what was written."""
    return f"{at + 1} {values[at]}" if name == "contrast" else values[at]


def test_coordinates_are_what_the_frames_say(tmp_path: Path) -> None:
    axes = {"time": [0.0, 2.0], "b_value": SHELL}
    path = write_multiframe(tmp_path / "mf.dcm", SMALL, kind="MR", axes=axes)
    vol = rg.read_volume(path)
    assert vol.dims == ("time", "b_value", "slice", "row", "column")
    assert np.array_equal(vol.array, expected(SMALL, 2, 4))
    assert vol.coords["time"].tolist() == [0.0, 2.0]
    assert vol.coords["b_value"].tolist() == [0, 1000, 1000, 0]
    assert np.array_equal(vol.coords["gradient"][1:3], [[1, 0, 0], [0, 0.6, 0.8]])
    assert np.isnan(vol.coords["gradient"][[0, 3]]).all()
    assert vol.units["time"] == "s"
    assert vol.units["b_value"] == "s/mm2"
    assert vol.coord_dims["gradient"] == "b_value"


def test_a_rescale_of_each_frame_is_its_own(tmp_path: Path) -> None:
    storage = Storage(bits_stored=16, intercept=-2000.0)
    path = write_multiframe(
        tmp_path / "mf.dcm", SMALL, storage=storage, order=shuffled(5), slopes=[1.0, 0.5, 0.25]
    )
    vol = rg.read_volume(path)
    assert vol.array.dtype == np.float32
    assert vol.report.rescale == "per slice"
    assert np.array_equal(vol.array, SMALL.array())
    assert rg.read_volume(path, units="stored").array.dtype == np.uint16


def test_a_missing_frame_is_an_error_or_filled(tmp_path: Path) -> None:
    order = [frame for frame in range(15) if frame != 7]
    path = write_multiframe(tmp_path / "mf.dcm", SMALL, kind="MR", axes={"time": [0, 1, 2]}, order=order)
    with pytest.raises(errors.MissingSliceError, match="1 of 15 slices are missing"):
        rg.read_volume(path)
    vol = rg.read_volume(path, missing="fill")
    assert vol.report.missing == ((1, 2),)
    there = np.delete(vol.array.reshape(15, 12, 14), 7, axis=0)
    assert np.array_equal(there, np.delete(expected(SMALL, 3).reshape(15, 12, 14), 7, axis=0))
    assert (vol.array[1, 2] == vol.report.fill).all()
    assert vol.report.fill == there.min()
    with pytest.warns(rg.MissingSliceWarning, match="1 slices are missing"):
        rg.read_volume(path, missing="warn")


def test_several_files_are_one_volume(tmp_path: Path) -> None:
    from radiogram.volume.phantom import _uid

    for number, order in enumerate(([0, 2, 4], [3, 1])):
        elements = {0x0008_0018: ("UI", _uid(7, f"part {number}"))}
        write_multiframe(tmp_path / f"{number}.dcm", SMALL, order=order, elements=elements)
    vol = rg.read_volume(tmp_path)
    assert np.array_equal(vol.array, SMALL.array())
    assert vol.frames == (0, 1, 1, 0, 2)


def test_frames_without_a_place_are_refused(tmp_path: Path) -> None:
    path = write_multiframe(tmp_path / "mf.dcm", SMALL)
    ds = rg.read(path)
    for item in ds.PerFrameFunctionalGroupsSequence:
        del item.PlanePositionSequence
    ds.save_as(tmp_path / "nowhere.dcm")
    with pytest.raises(errors.GeometryError, match="no usable Image Position"):
        rg.read_volume(tmp_path / "nowhere.dcm")


def test_groups_for_other_frames_than_there_are_is_an_error(tmp_path: Path) -> None:
    path = write_multiframe(tmp_path / "mf.dcm", SMALL)
    ds = rg.read(path)
    del ds.PerFrameFunctionalGroupsSequence[4]
    ds.save_as(tmp_path / "short.dcm")
    with pytest.raises(errors.PixelError, match="5 frames with functional groups for 4"):
        rg.read_volume(tmp_path / "short.dcm")


def localizers(path: Path) -> Path:
    """Write three planes of three frames each in one file."""
    write_multiframe(path, Phantom(slices=9, rows=12, columns=14, spacing=(2.5, 0.75, 0.75)), kind="MR")
    ds = rg.read(path)
    shared = ds.SharedFunctionalGroupsSequence[0]
    del shared.PlaneOrientationSequence
    planes = [([1, 0, 0, 0, 1, 0], 2), ([0, 1, 0, 0, 0, -1], 0), ([1, 0, 0, 0, 0, -1], 1)]
    for number, item in enumerate(ds.PerFrameFunctionalGroupsSequence):
        orientation, axis = planes[number // 3]
        position = [0.0, 0.0, 0.0]
        position[axis] = 4.0 * (number % 3)
        plane = rg.Dataset()
        plane.ImageOrientationPatient = orientation
        item.PlaneOrientationSequence = [plane]
        item.PlanePositionSequence[0].ImagePositionPatient = position
    ds.save_as(path)
    return path


def test_volumes_in_one_file_are_chosen_by_their_frames(tmp_path: Path) -> None:
    path = localizers(tmp_path / "mf.dcm")
    with pytest.raises(
        errors.AmbiguousSeriesError, match=r"Image Orientation .* differs.*frames of one"
    ) as caught:
        rg.read_volume(path)
    assert [choice.rpartition(", ")[2] for choice in caught.value.choices] == [
        "frames 0-2",
        "frames 3-5",
        "frames 6-8",
    ]
    for first in (0, 3, 6):
        vol = rg.read_volume(path, frames=range(first, first + 3))
        assert vol.array.shape == (3, 12, 14)
        assert vol.spacing == (4.0, 0.75, 0.75)
        assert sorted(frame or 0 for frame in vol.frames) == [first, first + 1, first + 2]
        assert rg.open_volume(path, frames={first, first + 1}).shape == (2, 12, 14)
    with pytest.raises(errors.ArgumentError, match="none of the files has such frames"):
        rg.read_volume(path, frames=[9])


def test_what_a_parametric_map_shows_is_an_axis(tmp_path: Path) -> None:
    """Frames of one place whose mappings have labels of their own, which no dimension need count."""
    path = write_multiframe(tmp_path / "map.dcm", SMALL, kind="MR", axes={"echo": [1.0, 2.0]})
    ds = rg.read(path)
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.30"
    del ds.DimensionIndexSequence
    for number, group in enumerate(ds.PerFrameFunctionalGroupsSequence):
        del group.MREchoSequence, group.FrameContentSequence
        item = rg.Dataset({"LUTLabel": "T1" if number < SMALL.slices else "T2"})
        item.RealWorldValueSlope, item.RealWorldValueIntercept = float(1 + number // SMALL.slices), 0.0
        item.RealWorldValueFirstValueMapped, item.RealWorldValueLastValueMapped = 0, 65535
        group.RealWorldValueMappingSequence = [item]
    ds.save_as(path)
    vol = rg.read_volume(path)
    assert vol.dims == ("channel", "slice", "row", "column")
    assert vol.coords["channel"].tolist() == ["T1", "T2"]
    np.testing.assert_array_equal(vol.array[0], SMALL.array())
    np.testing.assert_array_equal(vol.array[1], SMALL.array() + 1)


def test_real_world_values_of_frames(tmp_path: Path) -> None:
    """PS3.3 C.7.6.16.2.11: a mapping of all frames, and no number outside of it."""
    path = write_multiframe(tmp_path / "mf.dcm", SMALL, kind="MR", order=shuffled(5))
    ds = rg.read(path)
    mapping = rg.Dataset()
    mapping.add_new(0x0040_9211, "US", 2000)
    mapping.add_new(0x0040_9216, "US", 0)
    mapping.RealWorldValueIntercept = -0.5
    mapping.RealWorldValueSlope = 0.25
    ds.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence = [mapping]
    ds.save_as(path)
    stored = rg.read_volume(path, units="stored").array.astype(np.float64)
    vol = rg.read_volume(path, units="real_world")
    assert vol.array.dtype == np.float64
    assert np.array_equal(vol.array, np.where(stored <= 2000, stored * 0.25 - 0.5, np.nan), equal_nan=True)


def test_an_ultrasound_volume_has_a_space_of_its_own(tmp_path: Path) -> None:
    path = write_multiframe(tmp_path / "mf.dcm", SMALL, order=shuffled(5))
    ds = rg.read(path)
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.6.2"
    ds.Modality = "US"
    shared = ds.SharedFunctionalGroupsSequence[0]
    plane = rg.Dataset()
    plane.ImageOrientationVolume = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    shared.PlaneOrientationVolumeSequence = [plane]
    del shared.PlaneOrientationSequence
    for item in ds.PerFrameFunctionalGroupsSequence:
        place = rg.Dataset()
        place.ImagePositionVolume = [
            float(part) for part in item.PlanePositionSequence[0].ImagePositionPatient
        ]
        item.PlanePositionVolumeSequence = [place]
        del item.PlanePositionSequence
    ds.save_as(path)
    vol = rg.read_volume(path)
    assert np.array_equal(vol.array, SMALL.array())
    assert np.allclose(vol.affine, SMALL.affine(), atol=1e-6)
    assert vol.report.space == "volume"
    assert any("own frame of reference" in note for note in vol.report.notes)
