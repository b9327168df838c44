"""Siemens' mosaics: every tile in its place, whichever way the scanner counts, and refusals where nothing says which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import GeometryError
from radiogram.volume.phantom import Phantom

from tests.volume.mosaics import csa, write_mosaics

if TYPE_CHECKING:
    from pathlib import Path

OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def phantom(**options: Any) -> Phantom:
    return Phantom(**{"slices": 7, "rows": 10, "columns": 12, "spacing": (3.0, 0.8, 0.6), **options})


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("orientation", [(1.0, 0, 0, 0, 1.0, 0), OBLIQUE, SAGITTAL])
def test_every_tile_stands_where_the_slice_does(
    tmp_path: Path, version: int, *, is_reversed: bool, orientation: tuple[float, ...]
) -> None:
    """The phantom's own matrix and voxels, whichever end the scanner begins to count at."""
    made = phantom(orientation=orientation)
    volume = rg.read_volume(write_mosaics(tmp_path, made, version=version, is_reversed=is_reversed))
    np.testing.assert_array_equal(volume.array, made.array())
    np.testing.assert_allclose(volume.affine, made.affine(), atol=1e-6)
    assert volume.dims == ("slice", "row", "column")
    assert volume.report.present == 7
    assert set(volume.frames) == set(range(7))


@pytest.mark.parametrize("count", [1, 2, 4, 5, 9, 10])
def test_squares_of_any_size(tmp_path: Path, count: int) -> None:
    made = phantom(slices=count)
    volume = rg.read_volume(write_mosaics(tmp_path, made))
    np.testing.assert_array_equal(volume.array, made.array())
    np.testing.assert_allclose(volume.affine, made.affine(), atol=1e-6)


def test_mosaics_in_time_are_four_axes(tmp_path: Path) -> None:
    made = phantom()
    volume = rg.read_volume(write_mosaics(tmp_path, made, times=3))
    assert (volume.dims, volume.array.shape) == (("time", "slice", "row", "column"), (3, 7, 10, 12))
    np.testing.assert_array_equal(volume.coords["acquisition_time"], [0, 2, 4])
    np.testing.assert_array_equal(volume.coords["slice_time"], 100.0 * np.arange(7))
    assert (volume.coord_dims["slice_time"], volume.units["slice_time"]) == ("slice", "ms")
    part = rg.open_volume(tmp_path).read[1:, 2:7:2]
    np.testing.assert_array_equal(part.coords["slice_time"], [200, 400, 600])
    assert "slice_time" in volume.resample().coords
    assert "slice_time" not in volume.resample((1.0, 1.0, 1.0)).coords
    assert volume.to_xarray().coords["slice_time"].dims == ("slice",)
    backwards = rg.read_volume(
        write_mosaics(tmp_path.parent / f"{tmp_path.name}b", made, times=2, is_reversed=True)
    )
    np.testing.assert_array_equal(backwards.coords["slice_time"], 100.0 * np.arange(7)[::-1])
    for time in range(3):
        np.testing.assert_array_equal(volume.array[time], made.array().astype(int) + 1000 * time)


def test_parts_of_tiles_are_read_alone(tmp_path: Path) -> None:
    made = phantom()
    lazy = rg.open_volume(write_mosaics(tmp_path, made, times=2))
    whole = np.stack([made.array().astype(int), made.array().astype(int) + 1000])
    for key in (
        (slice(None), 3),
        (1, slice(1, 6, 2), slice(2, 9, 3), slice(1, 11, 4)),
        (0, 6, slice(9, 10), slice(None)),
        (..., slice(None, None, -1)),
    ):
        np.testing.assert_array_equal(lazy[key], whole[key])


def test_compressed_mosaics_hold_the_same(tmp_path: Path) -> None:
    made = phantom()
    (path,) = write_mosaics(tmp_path, made)
    ds = rg.read(path)
    ds.compress("RLELossless")
    ds.save_as(path)
    volume = rg.read_volume(path)
    np.testing.assert_array_equal(volume.array, made.array())
    assert rg.open_volume(path)[2, 3:5, 1:12:2].tolist() == made.array()[2, 3:5, 1:12:2].tolist()


CSA = (0x0029_1010, "OB")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"elements": {0x0029_0010: None, 0x0029_1010: None}}, "without its CSA header"),
        ({"elements": {0x0029_1010: ("OB", b"SV10broken")}}, "without its CSA header"),
        ({"entries": {"SliceNormalVector": None}}, "which way its slices are counted"),
        ({"entries": {"SliceNormalVector": [1.0, 0.0, 0.0]}}, "do not follow the normal"),
        ({"entries": {"SliceNormalVector": [0.0, 0.0]}}, "which way its slices are counted"),
        (
            {"entries": {"NumberOfImagesInMosaic": [0]}, "elements": {0x0019_100A: None}},
            "no number of slices",
        ),
        ({"entries": {"NumberOfImagesInMosaic": [26]}}, "different numbers of slices"),
        (
            {"entries": {"NumberOfImagesInMosaic": [17]}, "elements": {0x0019_100A: None}},
            "no multiple of its tiles",
        ),
        ({"elements": {0x0018_0050: ("DS", None), 0x0018_0088: ("DS", None)}}, "how far slices are apart"),
    ],
)
def test_a_mosaic_that_cannot_be_taken_apart_is_refused(
    tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    """It is never one large slice: that would be a picture of the wrong place."""
    with pytest.raises(GeometryError, match=reason):
        rg.read_volume(write_mosaics(tmp_path, phantom(), **options))


def test_the_count_may_stand_in_one_header_alone(tmp_path: Path) -> None:
    made = phantom()
    for name, options in (
        ("a", {"entries": {"NumberOfImagesInMosaic": None}}),
        ("b", {"elements": {0x0019_0010: None, 0x0019_100A: None}}),
    ):
        volume = rg.read_volume(write_mosaics(tmp_path / name, made, **options))
        np.testing.assert_array_equal(volume.array, made.array())


def test_private_blocks_are_found_by_their_creator(tmp_path: Path) -> None:
    """The headers in the second blocks of their groups, behind those of somebody else."""
    entries = {"NumberOfImagesInMosaic": [7], "SliceNormalVector": [0.0, 0.0, 1.0]}
    elements = {
        0x0019_0010: ("LO", "SOMEBODY ELSE"),
        0x0019_0011: ("LO", "SIEMENS MR HEADER"),
        0x0019_100A: ("US", 3),
        0x0019_110A: ("US", 7),
        0x0029_0010: ("LO", "SOMEBODY ELSE"),
        0x0029_0011: ("LO", "SIEMENS CSA HEADER"),
        0x0029_1010: ("OB", b"nothing"),
        0x0029_1110: ("OB", csa(entries)),
    }
    volume = rg.read_volume(write_mosaics(tmp_path, phantom(), elements=elements))
    np.testing.assert_array_equal(volume.array, phantom().array())
