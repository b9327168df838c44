"""`rg.read_segmentation`: what was written comes back in its place, whatever the kind, the order and the syntax; what cannot is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from radiogram.errors import (
    ArgumentError,
    GeometryError,
    MalformedError,
    OverlapError,
    PixelError,
)
from radiogram.segmentation.phantom import write_segmentation
from radiogram.segmentation.tiled import write_tiled
from radiogram.volume.phantom import Phantom, write_series

from tests.segmentation.made import AXIAL, disjoint, labelled, oblique

if TYPE_CHECKING:
    from pathlib import Path

SYNTAXES = [
    "ExplicitVRLittleEndian",
    "ImplicitVRLittleEndian",
    "ExplicitVRBigEndian",
    "DeflatedExplicitVRLittleEndian",
    "RLELossless",
    "JPEG2000Lossless",
    "DeflatedImageFrameCompression",
]


def _file(tmp_path: Path, array: Any, affine: Any = AXIAL, **options: Any) -> Path:
    return write_segmentation(tmp_path / "seg.dcm", array, affine, **options)


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 6),
    shape=st.tuples(st.integers(2, 5), st.integers(1, 9), st.integers(7, 13)),
    by=st.sampled_from(["segment", "slice", "shuffled"]),
    sparse=st.booleans(),
    shared=st.booleans(),
    spacing_between=st.booleans(),
    tilt=st.sampled_from([None, 0.0, 12.0]),
)
def test_bits_come_back_in_their_places(
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    shape: tuple[int, int, int],
    tilt: float | None,
    **options: Any,
) -> None:
    """Frames that begin at any bit, in any order, some of them left out, in any plane."""
    affine = AXIAL if tilt is None else oblique(tilt)
    masks = disjoint(count, shape)
    path = write_segmentation(tmp_path_factory.mktemp("law") / "seg.dcm", masks, affine, **options)
    seg = rg.read_segmentation(path)
    labels, layers = seg.labels(), seg.masks()
    assert seg.kind == "BINARY"
    np.testing.assert_allclose(labels.affine, affine, atol=1e-7)
    np.testing.assert_array_equal(labels.array, labelled(masks))
    np.testing.assert_array_equal(layers.array, masks)
    np.testing.assert_array_equal(seg.fractions().array, masks.astype(np.float32))
    assert (labels.array.dtype, layers.array.dtype) == (np.uint8, bool)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_every_syntax_gives_the_same(tmp_path: Path, kind: str, syntax: str) -> None:
    """Native in both byte orders, deflated, RLE, JPEG 2000, deflated frames."""
    masks = disjoint(3, (3, 5, 7))
    array = {
        "BINARY": masks,
        "FRACTIONAL": masks * np.uint8(200),
        "LABELMAP": labelled(masks).astype(np.uint8),
    }[kind]
    plain = rg.read(_file(tmp_path, array, kind=kind, maximum=200, sparse=False))
    path = tmp_path / "other.dcm"
    plain.save_as(path, transfer_syntax=syntax)
    seg = rg.read_segmentation(path)
    np.testing.assert_array_equal(seg.labels().array, labelled(masks))
    np.testing.assert_array_equal(seg.masks().array, masks)


def test_sources_of_every_kind_give_the_same(tmp_path: Path) -> None:
    """A path, its bytes, a map of it, a dataset that was edited."""
    masks = disjoint(2, (3, 5, 7))
    path = _file(tmp_path, masks)
    edited = rg.read(path)
    edited.SegmentSequence[0].SegmentLabel = "Another"
    for source in (path, path.read_bytes(), rg.read(path, mmap=True), rg.read(path), edited):
        seg = rg.read_segmentation(source)
        np.testing.assert_array_equal(seg.labels().array, labelled(masks))
    assert rg.read_segmentation(edited)["Another"].number == 1


def test_fractions_are_parts_of_the_maximum(tmp_path: Path) -> None:
    """Float32 from 0 to 1; a map takes what reaches the threshold."""
    random = np.random.default_rng(3)
    stored = random.integers(0, 201, (2, 3, 5, 7)).astype(np.uint8)
    seg = rg.read_segmentation(
        _file(tmp_path, stored, kind="FRACTIONAL", maximum=200, fractional_type="OCCUPANCY")
    )
    assert (seg.kind, seg.fractional_type, seg.maximum_fraction) == ("FRACTIONAL", "OCCUPANCY", 200)
    fractions = seg.fractions().array
    np.testing.assert_array_equal(fractions, stored.astype(np.float32) / np.float32(200))
    for threshold in (0.001, 0.25, 0.5, 0.505, 1.0):
        np.testing.assert_array_equal(seg.masks(threshold=threshold).array, stored >= threshold * 200)
    best = np.where(stored.max(axis=0) >= 100, 2 - stored[::-1].argmax(axis=0), 0)
    np.testing.assert_array_equal(seg.labels(overlap="max").array, best)
    with pytest.raises(ArgumentError, match="threshold"):
        seg.labels(threshold=0)


def test_no_fraction_is_more_than_all(tmp_path: Path) -> None:
    """Samples above the Maximum Fractional Value were fractions above 1; they are all of a pixel, and told."""
    stored = np.array([[0, 50, 100, 250]], np.uint8)[None, None]
    path = write_segmentation(tmp_path / "seg.dcm", stored, AXIAL, kind="FRACTIONAL", maximum=100)
    seg = rg.read_segmentation(path)
    np.testing.assert_array_equal(seg.fractions().array.ravel(), [0.0, 0.5, 1.0, 1.0])
    assert [(str(problem.kind), problem.path) for problem in seg.dataset.problems] == [
        ("pixel_attributes", "(0062,000E)")
    ]
    np.testing.assert_array_equal(seg.masks(threshold=1.0).array.ravel(), [False, False, True, True])
    fine = rg.read_segmentation(
        write_segmentation(tmp_path / "fine.dcm", stored, AXIAL, kind="FRACTIONAL", maximum=250)
    )
    assert fine.fractions().array.max() == 1.0
    assert fine.dataset.problems == ()
    tiled = rg.read_segmentation(
        write_tiled(tmp_path / "tiled.dcm", stored[0], kind="FRACTIONAL", maximum=100)
    )
    np.testing.assert_array_equal(tiled.fractions().array.ravel(), [0.0, 0.5, 1.0, 1.0])
    assert [str(problem.kind) for problem in tiled.dataset.problems] == ["pixel_attributes"]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_label_maps_are_their_labels(tmp_path: Path, dtype: type) -> None:
    """8 and 16 bits, sparse, all labels or some; padding is nothing."""
    array = np.zeros((4, 5, 7), dtype)
    array[0, 1, 2:5], array[3, 2, :3], array[3, 4, 6] = 1, 2, 3 if dtype is np.uint8 else 700
    path = _file(tmp_path, array, kind="LABELMAP")
    seg = rg.read_segmentation(path)
    labels = seg.labels()
    assert (labels.array.dtype, labels.slices_with_frames) == (dtype, 2)
    np.testing.assert_array_equal(labels.array, array)
    np.testing.assert_array_equal(seg.labels([2]).array, np.where(array == 2, 2, 0))
    np.testing.assert_array_equal(seg.masks([2, 1]).array, np.stack([array == 2, array == 1]))
    ds = rg.read(path)
    ds.add_new("PixelPaddingValue", "US", 1)
    np.testing.assert_array_equal(rg.read_segmentation(ds).labels().array, np.where(array == 1, 0, array))


def test_labels_that_nothing_describes_are_told(tmp_path: Path) -> None:
    """They were in the map, and in no list of segments; what is asked for by number has none of them."""
    array = np.zeros((2, 3, 4), np.uint8)
    array[0, 0, :3] = 1, 2, 7
    path = write_segmentation(tmp_path / "seg.dcm", array, AXIAL, kind="LABELMAP", numbers=[1, 2])
    told = [("pixel_attributes", "(0062,0002)")]
    tiled = write_tiled(tmp_path / "tiled.dcm", array[0], kind="LABELMAP", numbers=[1, 2], tile=(2, 2))
    for one in (path, tiled):
        seg = rg.read_segmentation(one)
        assert seg.labels([1, 2]).array.max() == 2
        assert seg.dataset.problems == ()
        assert seg.labels().array[0, 0].tolist() == [1, 2, 7, 0]
        assert [(str(problem.kind), problem.path) for problem in seg.dataset.problems] == told
    array[0, 0, 2] = 0
    seg = rg.read_segmentation(
        write_segmentation(tmp_path / "fine.dcm", array, AXIAL, kind="LABELMAP", numbers=[1, 2])
    )
    seg.labels()
    assert seg.dataset.problems == ()


def test_large_numbers_take_two_bytes(tmp_path: Path) -> None:
    """The type is the smallest that holds the numbers that are asked for."""
    masks = disjoint(3, (3, 5, 7))
    seg = rg.read_segmentation(_file(tmp_path, masks, numbers=[4, 300, 65535]))
    np.testing.assert_array_equal(seg.labels().array, labelled(masks, [4, 300, 65535]))
    assert seg.labels().array.dtype == np.uint16
    assert seg.labels([4]).array.dtype == np.uint8


def test_overlaps_are_refused_or_ruled(tmp_path: Path) -> None:
    """The error names two segments, their frames and the slice; each rule is what it says."""
    masks = np.zeros((3, 3, 5, 7), bool)
    masks[0, :, 1:4, 1:4] = masks[1, 1, 2:5, 2:6] = masks[2, 2, 0:3, 0:3] = True
    seg = rg.read_segmentation(_file(tmp_path, masks, labels=["a", "b", "c"]))
    with pytest.raises(OverlapError, match="segments 1 and 2 overlap in slice 1") as caught:
        seg.labels()
    assert (caught.value.segments, caught.value.frames, caught.value.slice) == ((1, 2), (2, 4), 1)
    first = np.where(masks[0], 1, np.where(masks[1], 2, np.where(masks[2], 3, 0)))
    last = np.where(masks[2], 3, np.where(masks[1], 2, np.where(masks[0], 1, 0)))
    np.testing.assert_array_equal(seg.labels(overlap="first").array, first)
    np.testing.assert_array_equal(seg.labels(["c", "b", "a"], overlap="first").array, last)
    np.testing.assert_array_equal(seg.labels(overlap="max").array, last)
    stack = seg.labels(overlap="stack").array
    np.testing.assert_array_equal(stack, masks * np.array([1, 2, 3])[:, None, None, None])
    np.testing.assert_array_equal(seg.labels([2, 3]).array, np.where(masks[1], 2, np.where(masks[2], 3, 0)))
    with pytest.raises(ArgumentError):
        seg.labels(overlap="last")


def test_sparse_places_are_filled(tmp_path: Path) -> None:
    """Slices without a frame are background, and the matrix is true all the same."""
    masks = np.zeros((2, 9, 4, 6), bool)
    masks[0, 2, 1, 1] = masks[1, 6, 2, 3] = masks[0, 3, 0, 0] = True
    for spacing_between in (True, False):
        labels = rg.read_segmentation(_file(tmp_path, masks, spacing_between=spacing_between)).labels()
        assert (labels.array.shape, labels.slices_with_frames) == ((5, 4, 6), 3)
        np.testing.assert_array_equal(labels.array, labelled(masks)[2:7])
        np.testing.assert_allclose(labels.affine @ (4, 0, 0, 1), AXIAL @ (6, 0, 0, 1))


def test_frames_are_put_on_a_volume(tmp_path: Path) -> None:
    """On the grid of a series, also one that runs the other way; nothing is resampled."""
    phantom = Phantom(slices=9, rows=16, columns=24, spacing=(2.5, 0.5, 0.75))
    write_series(tmp_path / "ct", phantom)
    vol = rg.read_volume(tmp_path / "ct")
    masks = np.zeros((2, 9, 16, 24), bool)
    masks[0, 2, 1:9, 1] = masks[1, 6, 2, 3] = True
    uid = vol.report.frame_of_reference_uid
    other = rg.read_segmentation(_file(tmp_path, masks, vol.affine))
    with pytest.raises(GeometryError, match="another Frame of Reference UID"):
        other.labels(on=vol)
    np.testing.assert_array_equal(other.labels(on=(vol.array.shape, vol.affine)).array, labelled(masks))
    seg = rg.read_segmentation(_file(tmp_path, masks, vol.affine, frame_of_reference_uid=uid))
    np.testing.assert_array_equal(seg.labels(on=vol).array, labelled(masks))
    np.testing.assert_array_equal(seg.masks(on=vol).array, masks)
    assert seg.labels(on=vol).spacing_source == "the volume"
    turned = vol.affine.copy()
    turned[:3, 3] += 8 * turned[:3, 0]
    turned[:3, 0] *= -1
    np.testing.assert_array_equal(seg.labels(on=((9, 16, 24), turned)).array, labelled(masks)[::-1])
    for shape, matrix, said in (
        ((9, 16, 23), vol.affine, "16 rows and 24 columns, the volume 16 and 23"),
        ((5, 16, 24), vol.affine, "would be slice 6 of a volume of 5"),
        (
            (9, 16, 24),
            vol.affine + np.eye(4)[2][:, None] * np.eye(4)[3],
            "mm beside the volume's nearest slice",
        ),
        ((9, 16, 24), oblique(), "turned against the volume's"),
    ):
        with pytest.raises(GeometryError, match=said):
            seg.labels(on=(shape, matrix))
    with pytest.raises(ArgumentError):
        seg.labels(on=vol.array)


def test_what_is_no_volume_is_refused(tmp_path: Path) -> None:
    """Uneven places, two frames of one segment in one place, no places at all."""
    masks = disjoint(1, (3, 4, 5))
    path = _file(tmp_path, masks)
    for place, said in (([-9.0, -8.0, 41.4], "no regular grid"), ([-9.0, -8.0, 40.0], "in one place")):
        ds = rg.read(path)
        ds.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient = place
        if said == "in one place":
            with pytest.raises(GeometryError, match=said):
                rg.read_segmentation(ds).masks()
        with pytest.raises(GeometryError, match=said):
            rg.read_segmentation(ds).labels()
    ds = rg.read(path)
    del ds.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence
    seg = rg.read_segmentation(ds)
    assert seg.n_frames == 3
    with pytest.raises(GeometryError, match="frame 3 has no place"):
        seg.labels()


def test_what_is_no_segmentation_is_refused(tmp_path: Path) -> None:
    """Other datasets, tiles that say nothing of their plane, frames that nobody describes, a region of what is no slide."""
    path = _file(tmp_path, disjoint(1, (3, 4, 5)))
    ds = rg.read(path)
    ds.TotalPixelMatrixColumns = 10
    with pytest.raises(PixelError, match="no total pixel matrix"):
        rg.read_segmentation(ds)
    with pytest.raises(ArgumentError, match="in a patient"):
        rg.read_segmentation(path).labels(region=(0, 0, 1, 1))
    ds = rg.read(path)
    del ds.PerFrameFunctionalGroupsSequence[2]
    with pytest.raises(MalformedError, match="3 frames, of which 2 are described"):
        rg.read_segmentation(ds)
    ds = rg.read(path)
    del ds.SegmentationType
    with pytest.raises(ArgumentError, match="no segmentation"):
        rg.read_segmentation(ds)
    ds = rg.read(path)
    del ds.PerFrameFunctionalGroupsSequence[1].SegmentIdentificationSequence
    with pytest.raises(MalformedError, match="frame 2 says of no segment"):
        rg.read_segmentation(ds)


def test_more_groups_than_frames_are_told(tmp_path: Path) -> None:
    """As in files of which frames were cut off: the first groups are the frames', and that is a problem of the dataset."""
    ds = rg.read(_file(tmp_path, disjoint(1, (3, 4, 6)), sparse=False))
    ds.NumberOfFrames = 2
    ds.PixelData = ds.PixelData[:6]
    seg = rg.read_segmentation(ds)
    assert seg.n_frames == 2
    assert seg.labels().array.shape == (2, 4, 6)


def test_segments_are_found_by_what_they_are(tmp_path: Path) -> None:
    """By number, label and code; what is not there or not unique is an error."""
    seg = rg.read_segmentation(_file(tmp_path, disjoint(3, (2, 4, 5)), labels=["Liver", "Spleen", "Spleen"]))
    assert (seg[1].label, seg["Liver"].number, seg[1].property_type) == (
        "Liver",
        1,
        ("85756007", "SCT", "Tissue"),
    )
    assert seg.numbers(label="Spleen") == (2, 3)
    assert seg.numbers(property_type="Tissue", algorithm_type="AUTOMATIC") == (1, 2, 3)
    assert seg.numbers(property_category="Anatomical Structure", tracking_uid="1.2") == ()
    for key in ("Spleen", "Kidney", 4, 0):
        with pytest.raises(ArgumentError):
            seg.labels([key])
    assert repr(seg) == "Segmentation: BINARY, 3 segments, 6 frames"
    assert seg.masks([3, 1, 3]).array.shape == (2, 2, 4, 5)


def test_an_undescribed_segment_is_not_lost(tmp_path: Path) -> None:
    """A frame whose segment Segment Sequence does not have is in the map under its number."""
    masks = disjoint(2, (2, 4, 5))
    ds = rg.read(_file(tmp_path, masks))
    del ds.SegmentSequence[1]
    np.testing.assert_array_equal(rg.read_segmentation(ds).labels().array, labelled(masks))
    assert [segment.number for segment in rg.read_segmentation(ds).masks().segments] == [1, 2]


def test_a_map_goes_to_other_libraries(tmp_path: Path) -> None:
    """NIfTI, SimpleITK and xarray take a map, and not four axes."""
    nibabel, sitk = pytest.importorskip("nibabel"), pytest.importorskip("SimpleITK")
    masks = disjoint(2, (3, 4, 5))
    seg = rg.read_segmentation(_file(tmp_path, masks))
    labels = seg.labels()
    labels.to_nifti(tmp_path / "seg.nii")
    np.testing.assert_array_equal(nibabel.load(tmp_path / "seg.nii").get_fdata().T, labels.array)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(labels.to_sitk()), labels.array)
    assert (labels.dims, seg.masks().dims[0]) == (("slice", "row", "column"), "segment")
    with pytest.raises(ArgumentError):
        seg.masks().to_nifti(tmp_path / "no.nii")


def test_a_thousand_million_empty_voxels_take_no_memory(tmp_path: Path) -> None:
    """Places without a frame are not touched: a small file of a few frames far apart does not fill the memory."""
    psutil = pytest.importorskip("psutil")
    masks = np.zeros((1, 3, 128, 128), bool)
    masks[0, :, 5, 6] = True
    ds = rg.read(_file(tmp_path, masks, spacing_between=False))
    groups = ds.PerFrameFunctionalGroupsSequence
    for group, place in zip(groups, (0, 1, 59_999), strict=True):
        group.PlanePositionSequence[0].ImagePositionPatient = [-9.0, -8.0, 40.0 + 0.25 * place]
    before = psutil.Process().memory_info().rss
    labels = rg.read_segmentation(ds).labels()
    assert labels.array.shape == (60_000, 128, 128)
    assert [int(labels.array[place].sum()) for place in (0, 1, 2, 59_998, 59_999)] == [1, 1, 0, 0, 1]
    assert psutil.Process().memory_info().rss - before < 64 << 20
    groups[2].PlanePositionSequence[0].ImagePositionPatient = [-9.0, -8.0, 40.0 + 0.25 * 70_000]
    with pytest.raises(GeometryError):
        rg.read_segmentation(ds).labels()


def test_threads_change_nothing(tmp_path: Path) -> None:
    """One thread or several."""
    masks = disjoint(4, (6, 9, 11))
    seg = rg.read_segmentation(_file(tmp_path, masks))
    for threads in (1, 2, 5):
        np.testing.assert_array_equal(seg.labels(threads=threads).array, labelled(masks))
        np.testing.assert_array_equal(seg.masks(threads=threads).array, masks)
