"""Parametric maps that are tiled on a slide: any region of any channel is what was written, and what highdicom reads."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from radiogram import errors
from radiogram.volume.maps import write_map
from radiogram.volume.tiles import write_slide

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TYPES = ("float32", "float64", "uint16", "int16", "uint8")


def values(count: int, rows: int, columns: int, dtype: str) -> NDArray[Any]:
    """Give channels of known values."""
    found = np.random.default_rng(rows * columns).random((count, rows, columns)) * 200
    return (found - (100 if np.dtype(dtype).kind == "f" or dtype == "int16" else 0)).astype(dtype)


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 3),
    size=st.tuples(st.integers(1, 40), st.integers(1, 50)),
    tile=st.tuples(st.integers(1, 17), st.integers(1, 19)),
    dtype=st.sampled_from(TYPES),
    sparse=st.booleans(),
    by=st.sampled_from(["mapping", "path", "time"]),
    data=st.data(),
)
def test_regions_are_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    size: tuple[int, int],
    tile: tuple[int, int],
    dtype: str,
    sparse: bool,
    by: str,
    data: st.DataObject,
) -> None:
    """Every type of values, in full and sparse, whatever tells channels apart, any tile, any region; stored and as what they measure."""
    array = values(count, *size, dtype)
    path = tmp_path_factory.mktemp("law") / "map.dcm"
    lines = [(2.0, 1.0), (0.5, 0.0), (-1.0, 3.0)][:count]
    write_map(path, array, tile=tile, sparse=sparse, by=by, lines=lines)
    level = rg.read_slide(path).levels[0]
    assert (level.shape, level.tile, level.is_map, level.is_sparse) == (size, tile, True, sparse)
    assert (level.dtype, len(level.channels), level.optical_paths) == (dtype, count, ())
    real = rg.read_slide(path, units="real_world").levels[0]
    assert real.dtype == "float64"
    row = data.draw(st.integers(0, size[0] - 1))
    column = data.draw(st.integers(0, size[1] - 1))
    height = data.draw(st.integers(1, size[0] - row))
    width = data.draw(st.integers(1, size[1] - column))
    there = np.s_[row : row + height, column : column + width]
    region = {"row": row, "column": column, "height": height, "width": width}
    for channel in range(count):
        # The channels of a sparse one come in the order of its frames.
        at = _channel(level.channels, channel, by)
        np.testing.assert_array_equal(level.read(channel=at, **region), array[channel][there])
        slope, intercept = lines[channel if by == "mapping" else 0]
        expected = array[channel][there].astype(np.float64) * slope + intercept
        np.testing.assert_allclose(real.read(channel=level.channels[at], **region), expected, rtol=1e-12)


def _channel(names: tuple[str, ...], channel: int, by: str) -> int:
    """Give which of the names a channel has."""
    if len(names) == 1:
        return 0
    wanted = {
        "mapping": f"map {channel}",
        "path": f"{channel}, map 0",
        "time": f"map 0, TemporalPositionIndex {channel + 1}",
    }[by]
    return names.index(wanted) if wanted in names else names.index(str(channel))


@pytest.mark.parametrize("syntax", ["RLELossless", "JPEGLSLossless", "JPEG2000Lossless"])
def test_compressed_tiles_give_the_same(tmp_path: Path, syntax: str) -> None:
    array = values(2, 40, 50, "uint16")
    path = write_map(tmp_path / "map.dcm", array, transfer_syntax=syntax, labels=["T1", "T2"])
    level = rg.read_slide(path).levels[0]
    for number, name in enumerate(("T1", "T2")):
        np.testing.assert_array_equal(level.read(channel=name), array[number])


def test_focal_planes(tmp_path: Path) -> None:
    array = np.stack([values(3, 30, 20, "float32"), values(3, 30, 20, "float32") + 1])
    for sparse in (False, True):
        level = rg.read_slide(write_map(tmp_path / "map.dcm", array, sparse=sparse)).levels[0]
        assert level.focal_planes == (0.0, 2.0, 4.0)
        for channel in range(2):
            for plane in range(3):
                found = level.read(channel=f"map {channel}", focal_plane=plane)
                np.testing.assert_array_equal(found, array[channel, plane])


def test_pixels_without_a_tile_are_no_number(tmp_path: Path) -> None:
    """Zero is a value of a map; where values are whole numbers it is what else there is, unless the caller says what."""
    for dtype in ("float32", "uint16"):
        array = values(1, 40, 40, dtype)
        path = write_map(tmp_path / "map.dcm", array, left_out=[4])
        level = rg.read_slide(path).levels[0]
        found = level.array
        hole = np.s_[16:32, 16:32]
        assert np.isnan(found[hole]).all() if dtype == "float32" else (found[hole] == 0).all()
        assert (level.read(fill=7)[hole] == 7).all()
        found[hole] = array[0][hole]
        np.testing.assert_array_equal(found, array[0])
        with pytest.raises(errors.PixelError, match="256 pixels of the region have no tile"):
            level.read(missing="error")
        assert np.isnan(rg.read_slide(path, units="real_world").levels[0].array[hole]).all()


def test_several_mappings_of_one_value(tmp_path: Path) -> None:
    path = write_map(tmp_path / "map.dcm", values(1, 20, 20, "uint16"), labels=["a"])
    ds = rg.read(path)
    shared = ds.SharedFunctionalGroupsSequence[0]
    other = copy.deepcopy(shared.RealWorldValueMappingSequence[0])
    other.LUTLabel, other.RealWorldValueSlope = "b", 4.0
    shared.RealWorldValueMappingSequence.append(other)
    ds.save_as(path)
    stored = rg.read_slide(path, units="stored").levels[0]
    assert stored.channels == ("a/b",)
    for mapping, slope in enumerate((1, 4)):
        found = rg.read_slide(path, units="real_world", mapping=mapping).levels[0].array
        np.testing.assert_array_equal(found, stored.array * float(slope))
    with pytest.raises(errors.ArgumentError, match="there are 2 real world mappings"):
        rg.read_slide(path, units="real_world", mapping=2)


def test_tiles_that_nothing_tells_apart_are_an_error(tmp_path: Path) -> None:
    path = write_map(tmp_path / "map.dcm", values(2, 20, 20, "float32"), labels=["same", "same"])
    with pytest.raises(errors.PixelError, match="several frames of one level are at one place"):
        rg.read_slide(path)


def test_tiles_that_overlap_are_an_error(tmp_path: Path) -> None:
    """A pixel of two frames has no value, and the sum of their sizes says nothing of what is covered."""
    path = write_map(tmp_path / "map.dcm", values(1, 32, 32, "uint16"), sparse=True, tile=(16, 16))
    moved = rg.read(path)
    places = [frame.PlanePositionSlideSequence[0] for frame in moved.PerFrameFunctionalGroupsSequence]
    last = max(
        places,
        key=lambda place: (
            place.RowPositionInTotalImagePixelMatrix,
            place.ColumnPositionInTotalImagePixelMatrix,
        ),
    )
    last.ColumnPositionInTotalImagePixelMatrix = 16
    moved.save_as(tmp_path / "overlap.dcm")
    with pytest.raises(errors.PixelError, match="frames of one level overlap"):
        rg.read_slide(tmp_path / "overlap.dcm")
    for place in places:
        place.ColumnPositionInTotalImagePixelMatrix += 5 if place is not last else 6
    moved.TotalPixelMatrixColumns = 60
    moved.save_as(tmp_path / "beside.dcm")
    assert rg.read_slide(tmp_path / "beside.dcm").levels[0].shape == (32, 60), (
        "off the grid, and side by side"
    )


def test_files_at_other_places_are_no_level(tmp_path: Path) -> None:
    paths = [
        write_map(tmp_path / f"{name}.dcm", values(1, 20, 20, "uint16"), labels=[name]) for name in ("a", "b")
    ]
    ds = rg.read(paths[1])
    ds.SeriesInstanceUID = rg.read(paths[0]).SeriesInstanceUID
    ds.TotalPixelMatrixOriginSequence[0].XOffsetInSlideCoordinateSystem += 1
    ds.save_as(paths[1])
    with pytest.raises(errors.PixelError, match="several places of the slide"):
        rg.read_slide(paths)


def test_files_of_other_types_are_one_level(tmp_path: Path) -> None:
    """A channel each in a file of its own: the type of the level holds both."""
    first, second = values(1, 20, 20, "uint16"), values(1, 20, 20, "float32")
    paths = [
        write_map(tmp_path / "a.dcm", first, labels=["a"]),
        write_map(tmp_path / "b.dcm", second, labels=["b"]),
    ]
    ds = rg.read(paths[1])
    ds.SeriesInstanceUID = rg.read(paths[0]).SeriesInstanceUID
    ds.save_as(paths[1])
    level = rg.read_slide(paths, units="stored").levels[0]
    assert (level.dtype, level.channels) == ("float32", ("a", "b"))
    np.testing.assert_array_equal(level.read(channel="a"), first[0])
    np.testing.assert_array_equal(level.read(channel="b"), second[0])
    with pytest.raises(errors.ArgumentError, match="no such channel"):
        level.read(channel="c")
    with pytest.raises(errors.ArgumentError, match="the same thing"):
        level.read(channel=0, optical_path=0)


def test_read_volume_says_who_reads_them(tmp_path: Path) -> None:
    path = write_map(tmp_path / "map.dcm", values(1, 20, 20, "float32"))
    with pytest.raises(errors.UnsupportedError, match="tiles of a slide, which read_slide"):
        rg.read_volume(path)
    (series,) = rg.scan([path]).series()
    assert (series.verdict, "read_slide" in series.reason) == ("unsupported", True)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint16", "uint8"])
@pytest.mark.parametrize(
    ("organization", "count"), [("TILED_FULL", 1), ("TILED_SPARSE", 1), ("TILED_SPARSE", 2)]
)
def test_highdicom_writes_what_is_read(tmp_path: Path, dtype: str, organization: str, count: int) -> None:
    """Its maps of a slide of ours: the same values in the same places, stored and as what they measure."""
    highdicom, pydicom = pytest.importorskip("highdicom"), pytest.importorskip("pydicom")
    from pydicom.sr.codedict import codes

    from tests.volume.microscopy import for_highdicom

    source = for_highdicom(
        pydicom.dcmread(write_slide(tmp_path / "s", rows=50, columns=70, levels=1, tile=16)[0])
    )
    array = np.moveaxis(values(count, 50, 70, dtype), 0, -1)

    def mapping(label: str, slope: float, intercept: float) -> Any:
        whole = np.iinfo(dtype) if np.dtype(dtype).kind == "u" else np.finfo(dtype)
        limits = (
            (whole.min, whole.max) if np.dtype(dtype).kind == "u" else (float(whole.min), float(whole.max))
        )
        return highdicom.pm.RealWorldValueMapping(
            lut_label=label, lut_explanation=label, unit=codes.UCUM.NoUnits, value_range=limits, slope=slope,
            intercept=intercept,
        )  # fmt: skip

    mappings = [[mapping("one", 2.0, 1.0)], [mapping("two", 0.5, -3.0)]][:count]
    made = highdicom.pm.ParametricMap(
        [source],
        pixel_array=array[None],
        series_instance_uid=highdicom.UID(),
        series_number=2,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="M",
        manufacturer_model_name="M",
        software_versions="1",
        device_serial_number="1",
        contains_recognizable_visual_features=False,
        real_world_value_mappings=mappings,
        voi_lut_transformations=[highdicom.VOILUTTransformation(window_center=50, window_width=100)],
        tile_pixel_array=True,
        tile_size=(16, 32),
        dimension_organization_type=organization,
    )
    path = tmp_path / "hd.dcm"
    made.save_as(path)
    stored = rg.read_slide(path, units="stored").levels[0]
    real = rg.read_slide(path, units="real_world").levels[0]
    assert (stored.dtype, stored.channels, stored.tile) == (dtype, ("one", "two")[:count], (16, 32))
    theirs = highdicom.imread(path)
    for channel in range(count):
        np.testing.assert_array_equal(stored.read(channel=channel), array[..., channel])
        slope, intercept = ((2.0, 1.0), (0.5, -3.0))[channel]
        expected = array[..., channel].astype(np.float64) * slope + intercept
        np.testing.assert_allclose(real.read(channel=channel), expected, rtol=1e-12)
    if count == 1:
        np.testing.assert_array_equal(
            stored.array, theirs.get_total_pixel_matrix(apply_real_world_transform=False, dtype=dtype)
        )
        if np.dtype(dtype).kind == "f":
            # Of floats highdicom 0.28 applies no mapping: it looks for the type of their samples, and fails.
            return
        part = theirs.get_total_pixel_matrix(row_start=9, row_end=40, column_start=5, column_end=50)
        np.testing.assert_allclose(real[8:39, 4:49], part, rtol=1e-12)
