"""Segmentations of slides: regions of the total pixel matrix are those of the arrays they were made of, and only their tiles are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from radiogram.errors import (
    ArgumentError,
    DicomError,
    GeometryError,
    LimitError,
    MalformedError,
    OverlapError,
    PixelError,
)
from radiogram.segmentation.tiled import write_tiled
from radiogram.volume.tiles import write_slide

from tests.segmentation.made import disjoint, labelled
from tests.volume.microscopy import for_highdicom

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def _plane(count: int, rows: int, columns: int) -> NDArray[np.bool_]:
    """Give disjoint masks of a plane, large parts of it empty."""
    masks = disjoint(count, (2, rows, columns))[:, 0]
    masks[:, rows // 2 :, : columns // 3] = False
    return masks


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 4),
    size=st.tuples(st.integers(4, 40), st.integers(4, 50)),
    tile=st.tuples(st.integers(1, 17), st.integers(1, 19)),
    kind=st.sampled_from(["BINARY", "FRACTIONAL", "LABELMAP"]),
    sparse=st.booleans(),
    data=st.data(),
)
def test_regions_are_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    size: tuple[int, int],
    tile: tuple[int, int],
    kind: str,
    sparse: bool,
    data: st.DataObject,
) -> None:
    """Every kind, in full and sparse, any tile, any region; labels, masks and fractions."""
    masks = _plane(count, *size)
    masks[:, 0, :count] = np.eye(count, dtype=bool)
    array: NDArray[Any] = {
        "BINARY": masks,
        "FRACTIONAL": masks * np.uint8(200),
        "LABELMAP": labelled(masks).astype(np.uint8),
    }[kind]
    path = tmp_path_factory.mktemp("law") / "seg.dcm"
    seg = rg.read_segmentation(write_tiled(path, array, tile=tile, kind=kind, sparse=sparse, maximum=200))
    assert seg.matrix is not None
    assert (seg.shape, seg.matrix.tile, seg.matrix.is_sparse) == ((1, *size), tile, sparse)
    np.testing.assert_array_equal(seg.labels().array[0], labelled(masks))
    row = data.draw(st.integers(0, size[0] - 1))
    column = data.draw(st.integers(0, size[1] - 1))
    height = data.draw(st.integers(1, size[0] - row))
    width = data.draw(st.integers(1, size[1] - column))
    region = (row, column, height, width)
    there = np.s_[row : row + height, column : column + width]
    for threads in (1, 3):
        part = seg.labels(region=region, threads=threads)
        np.testing.assert_array_equal(part.array[0], labelled(masks)[there])
    np.testing.assert_array_equal(seg.masks(region=region).array[:, 0], masks[(slice(None), *there)])
    np.testing.assert_array_equal(
        seg.fractions(region=region).array[:, 0], masks[(slice(None), *there)].astype(np.float32)
    )
    np.testing.assert_allclose(part.affine @ (0, 0, 0, 1), seg.affine @ (0, row, column, 1))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(
    "syntax",
    ["RLELossless", "JPEG2000Lossless", "DeflatedImageFrameCompression", "DeflatedExplicitVRLittleEndian"],
)
@pytest.mark.parametrize("kind", ["FRACTIONAL", "LABELMAP"])
def test_compressed_tiles_give_the_same(tmp_path: Path, kind: str, syntax: str, sparse: bool) -> None:
    """RLE, JPEG 2000, deflated frames, deflated files."""
    masks = _plane(3, 37, 41)
    array: NDArray[Any] = masks * np.uint8(255) if kind == "FRACTIONAL" else labelled(masks).astype(np.uint8)
    path = write_tiled(tmp_path / "seg.dcm", array, kind=kind, sparse=sparse, transfer_syntax=syntax)
    np.testing.assert_array_equal(rg.read_segmentation(path).labels().array[0], labelled(masks))


def test_focal_planes_are_slices(tmp_path: Path) -> None:
    """(plane, row, column), with heights; the matrix leads to the slide."""
    masks = np.zeros((2, 3, 33, 35), bool)
    masks[0, 0, 3, 4] = masks[1, 1, 20, 30] = masks[0, 2, 32, 34] = True
    for sparse in (False, True):
        seg = rg.read_segmentation(write_tiled(tmp_path / "seg.dcm", masks, sparse=sparse))
        assert (seg.shape, seg.matrix and seg.matrix.focal_planes) == ((3, 33, 35), (0.0, 2.0, 4.0))
        np.testing.assert_array_equal(seg.labels().array, labelled(masks))
        np.testing.assert_array_equal(seg.masks().array, masks)
        place = seg.labels().affine @ (2, 10, 5, 1)
        np.testing.assert_allclose(place, [20 - 0.010, 40 - 0.005, 0.004, 1], atol=1e-12)


def test_overlaps_are_refused_or_ruled(tmp_path: Path) -> None:
    """As of slices in a patient: the error names segments, frames and plane, and a region without one is read.

    Taking the first segment in place of an error made this fail, and its twin of slices.
    """
    masks = np.zeros((3, 40, 40), bool)
    masks[0, 5:20, 5:20] = masks[1, 18:30, 18:30] = masks[2, 35, 35] = True
    seg = rg.read_segmentation(write_tiled(tmp_path / "seg.dcm", masks))
    with pytest.raises(OverlapError, match="segments 1 and 2 overlap in slice 0") as caught:
        seg.labels()
    groups = seg.dataset.PerFrameFunctionalGroupsSequence
    for segment, frame in zip(caught.value.segments, caught.value.frames, strict=True):
        group = groups[frame - 1]
        assert group.SegmentIdentificationSequence[0].ReferencedSegmentNumber == segment
        place = group.PlanePositionSlideSequence[0]
        assert (place.RowPositionInTotalImagePixelMatrix, place.ColumnPositionInTotalImagePixelMatrix) == (
            17,
            17,
        )
    assert seg.labels(region=(0, 0, 18, 40)).array.max() == 1
    first = np.where(masks[0], 1, np.where(masks[1], 2, np.where(masks[2], 3, 0)))
    last = np.where(masks[2], 3, np.where(masks[1], 2, np.where(masks[0], 1, 0)))
    np.testing.assert_array_equal(seg.labels(overlap="first").array[0], first)
    np.testing.assert_array_equal(seg.labels([3, 2, 1], overlap="first").array[0], last)
    np.testing.assert_array_equal(seg.labels(overlap="max").array[0], last)
    stack = seg.labels(overlap="stack", region=(10, 10, 20, 20)).array[:, 0]
    np.testing.assert_array_equal(stack, (masks * np.array([1, 2, 3])[:, None, None])[:, 10:30, 10:30])
    np.testing.assert_array_equal(seg.labels([3]).array[0], np.where(masks[2], 3, 0))


def test_the_largest_fraction_wins(tmp_path: Path) -> None:
    """Pixel by pixel, across tiles."""
    stored = np.random.default_rng(5).integers(0, 256, (3, 30, 30)).astype(np.uint8)
    seg = rg.read_segmentation(write_tiled(tmp_path / "seg.dcm", stored, kind="FRACTIONAL", tile=(7, 9)))
    best = np.where(stored.max(axis=0) >= 127.5, 3 - stored[::-1].argmax(axis=0), 0)
    np.testing.assert_array_equal(seg.labels(overlap="max").array[0], best)
    np.testing.assert_allclose(seg.fractions().array[:, 0], stored / np.float32(255))


def test_only_the_tiles_of_a_region_are_read(tmp_path: Path) -> None:
    """Every other tile is broken: the region is read all the same. Reading all tiles and cutting the region out of them failed."""
    masks = np.ones((1, 64, 64), bool)
    path = write_tiled(
        tmp_path / "seg.dcm",
        masks * np.uint8(255),
        kind="FRACTIONAL",
        transfer_syntax="RLELossless",
        sparse=False,
    )
    whole = path.read_bytes()
    begins = [at for at in range(len(whole) - 4) if whole[at : at + 4] == b"\xfe\xff\x00\xe0"][-16:]
    broken = bytearray(whole)
    for number, begin in enumerate(begins):
        if number != 5:
            length = int.from_bytes(whole[begin + 4 : begin + 8], "little")
            broken[begin + 8 : begin + 8 + length] = b"\xff" * length
    path.write_bytes(broken)
    seg = rg.read_segmentation(path)
    assert seg.labels(region=(16, 16, 16, 16)).array.all()
    with pytest.raises(DicomError):
        seg.labels()


def test_a_region_takes_the_memory_of_a_region(tmp_path: Path) -> None:
    """Of a plane of 4,096 million pixels 300 x 300 are read; of one that has all tiles no more than the region is held.

    Reading all and cutting the region out of it took 16 MB for the second one, and failed.
    """
    psutil = pytest.importorskip("psutil")
    ds = rg.read(write_tiled(tmp_path / "seg.dcm", np.ones((1, 32, 32), bool), tile=(16, 16)))
    ds.TotalPixelMatrixRows = ds.TotalPixelMatrixColumns = 1 << 16
    before = psutil.Process().memory_info().rss
    part = rg.read_segmentation(ds).labels(region=(0, 0, 300, 300))
    assert (part.array.shape, int(part.array.sum())) == ((1, 300, 300), 32 * 32)
    assert psutil.Process().memory_info().rss - before < 32 << 20
    path = write_tiled(tmp_path / "full.dcm", np.ones((1, 4096, 4096), bool), tile=(256, 256), sparse=False)
    seg = rg.read_segmentation(path)
    before = psutil.Process().memory_info().rss
    assert seg.labels(region=(1000, 1000, 64, 64)).array.all()
    assert psutil.Process().memory_info().rss - before < 6 << 20


def test_a_plane_of_too_many_rows_of_tiles_is_refused(tmp_path: Path) -> None:
    """Before anything is made for each of them; a region of it is read."""
    ds = rg.read(write_tiled(tmp_path / "seg.dcm", np.ones((1, 3, 2), bool), tile=(1, 1)))
    ds.TotalPixelMatrixRows, ds.TotalPixelMatrixColumns = 0xFFFF_FFFF, 2
    seg = rg.read_segmentation(ds)
    for read in (seg.labels, seg.masks):
        with pytest.raises(LimitError):
            read()
    assert seg.labels(region=(1, 0, 3, 1)).array[0].tolist() == [[1], [1], [0]]


def test_many_segments_are_told_apart(tmp_path: Path) -> None:
    """A segment a cell: 3,000 of them, one tile each."""
    array = np.zeros((3000, 120, 100), bool)
    array[np.arange(3000), np.arange(3000) // 50 * 2, np.arange(3000) % 50 * 2] = True
    seg = rg.read_segmentation(write_tiled(tmp_path / "seg.dcm", array, tile=(2, 2)))
    expected = np.zeros((120, 100), np.uint16)
    expected[::2, ::2] = np.arange(1, 3001).reshape(60, 50)
    np.testing.assert_array_equal(seg.labels().array[0], expected)


def test_a_level_of_the_slide_is_what_it_is_put_on(tmp_path: Path) -> None:
    """Of the same size, distances and place; others are refused with what differs."""
    level = rg.read_slide(write_slide(tmp_path / "slide", rows=40, columns=50, levels=2)).levels
    seg = rg.read_segmentation(write_tiled(tmp_path / "seg.dcm", _plane(2, 40, 50)))
    assert seg.labels(on=level[0]).array.shape == (1, 40, 50)
    with pytest.raises(GeometryError, match="40 rows and 50 columns, the level 20 and 25"):
        seg.labels(on=level[1])
    other = rg.read_segmentation(write_tiled(tmp_path / "other.dcm", _plane(2, 40, 50), spacing=0.002))
    with pytest.raises(GeometryError, match="far apart"):
        other.masks(on=level[0])
    with pytest.raises(ArgumentError, match="level of a slide"):
        seg.labels(on=((1, 40, 50), np.eye(4)))


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    """Regions outside, tiles without a place or a segment, holes, a place that is not said."""
    masks = _plane(2, 40, 50)
    path = write_tiled(tmp_path / "seg.dcm", masks)
    seg = rg.read_segmentation(path)
    for region in ((0, 0, 41, 1), (-1, 0, 1, 1), (0, 50, 1, 1), (0, 0, 0, 1), (1, 2, 3), "all"):
        with pytest.raises(ArgumentError, match="region"):
            seg.labels(region=region)  # type: ignore[arg-type]
    ds = rg.read(path)
    del ds.PerFrameFunctionalGroupsSequence[3].PlanePositionSlideSequence
    with pytest.raises(PixelError, match="no place in the total pixel matrix"):
        rg.read_segmentation(ds)
    ds = rg.read(path)
    del ds.PerFrameFunctionalGroupsSequence[3].SegmentIdentificationSequence
    with pytest.raises(PixelError, match="of no segment"):
        rg.read_segmentation(ds)
    ds = rg.read(write_tiled(tmp_path / "full.dcm", masks, sparse=False))
    ds.NumberOfFrames = ds.NumberOfFrames - 1
    with pytest.raises(PixelError, match="tiles of a total pixel matrix"):
        rg.read_segmentation(ds)
    ds = rg.read(tmp_path / "full.dcm")
    ds.SegmentSequence[0].SegmentNumber = 0
    with pytest.raises(MalformedError, match="number is none"):
        rg.read_segmentation(ds)
    ds = rg.read(path)
    del ds.ImageOrientationSlide
    seg = rg.read_segmentation(ds)
    np.testing.assert_array_equal(seg.labels().array[0], labelled(masks))
    assert np.isnan(seg.affine).any()
    with pytest.raises(GeometryError, match="where on the slide"):
        seg.labels().to_nifti(tmp_path / "no.nii")


def test_tiles_that_are_nowhere_or_overlap_are_refused(tmp_path: Path) -> None:
    """One outside of the plane was lost, and of two that overlap the later one won, in silence."""
    masks = _plane(2, 40, 50)
    path = write_tiled(tmp_path / "seg.dcm", masks)
    for name, place in (("Row", 41), ("Column", 51)):
        ds = rg.read(path)
        position = ds.PerFrameFunctionalGroupsSequence[3].PlanePositionSlideSequence[0]
        setattr(position, f"{name}PositionInTotalImagePixelMatrix", place)
        with pytest.raises(PixelError, match="frame 4 lies outside of the total pixel matrix"):
            rg.read_segmentation(ds)
    array = np.full((1, 32, 16), 200, np.uint8)
    ds = rg.read(write_tiled(tmp_path / "two.dcm", array, kind="FRACTIONAL"))
    groups = ds.PerFrameFunctionalGroupsSequence
    places = [group.PlanePositionSlideSequence[0] for group in groups]
    lower = max(places, key=lambda place: place.RowPositionInTotalImagePixelMatrix)
    lower.RowPositionInTotalImagePixelMatrix = 10
    with pytest.raises(PixelError, match="overlap"):
        rg.read_segmentation(ds)


def test_segments_in_full_order_have_numbers_of_their_own(tmp_path: Path) -> None:
    """Two of one number were one segment, of the pixels of both."""
    ds = rg.read(write_tiled(tmp_path / "full.dcm", _plane(2, 40, 50), sparse=False))
    ds.SegmentSequence[1].SegmentNumber = 1
    with pytest.raises(MalformedError, match="several segments have one number"):
        rg.read_segmentation(ds)


def test_highdicom_writes_what_is_read(tmp_path: Path) -> None:
    """Its tiled segmentations of a slide of ours, in full and sparse: the same pixels in the same places."""
    highdicom, pydicom = pytest.importorskip("highdicom"), pytest.importorskip("pydicom")
    from highdicom.seg.enum import SegmentationTypeValues
    from pydicom.sr.codedict import codes

    path = write_slide(tmp_path / "slide", rows=50, columns=70, levels=1, tile=16)[0]
    source = for_highdicom(pydicom.dcmread(path))
    masks = _plane(2, 50, 70)
    descriptions = [
        highdicom.seg.SegmentDescription(
            number, f"s{number}", codes.SCT.Tissue, codes.SCT.Tissue,
            highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number in (1, 2)
    ]  # fmt: skip
    for kind in (SegmentationTypeValues.BINARY, SegmentationTypeValues.LABELMAP):
        for organization in ("TILED_FULL", "TILED_SPARSE"):
            made = highdicom.seg.Segmentation(
                [source],
                pixel_array=labelled(masks).astype(np.uint8)[None],
                segmentation_type=kind,
                segment_descriptions=descriptions,
                series_instance_uid=highdicom.UID(),
                series_number=2,
                sop_instance_uid=highdicom.UID(),
                instance_number=1,
                manufacturer="M",
                manufacturer_model_name="M",
                software_versions="1",
                device_serial_number="1",
                tile_pixel_array=True,
                tile_size=(16, 32),
                dimension_organization_type=organization,
                omit_empty_frames=organization == "TILED_SPARSE",
            )
            made.save_as(tmp_path / "hd.dcm")
            seg = rg.read_segmentation(tmp_path / "hd.dcm")
            assert seg.matrix is not None
            np.testing.assert_array_equal(seg.labels().array[0], labelled(masks), f"{kind} {organization}")
            theirs = highdicom.seg.segread(tmp_path / "hd.dcm").get_total_pixel_matrix(combine_segments=True)
            np.testing.assert_array_equal(seg.labels().array[0], theirs)
