"""Segmentations divided into the parts of a concatenation: maps, masks and fractions are those of the whole, in a patient and on a slide."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from radiogram.errors import (
    ArgumentError,
    DicomError,
    MalformedError,
    MissingSliceError,
    OverlapError,
    PixelError,
    SourceChangedError,
)
from radiogram.segmentation.phantom import write_segmentation
from radiogram.segmentation.tiled import write_tiled
from radiogram.volume.divided import write_concatenation
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom

from tests.segmentation.made import AXIAL, disjoint, labelled, oblique
from tests.volume.test_divided import divisions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

SYNTAXES = {
    "BINARY": [
        "ExplicitVRLittleEndian",
        "ImplicitVRLittleEndian",
        "DeflatedExplicitVRLittleEndian",
        "RLELossless",
    ],
    "FRACTIONAL": ["ExplicitVRLittleEndian", "JPEG2000Lossless", "RLELossless"],
    "LABELMAP": ["ExplicitVRLittleEndian", "JPEGLSLossless", "RLELossless"],
}


def _array(kind: str, masks: NDArray[np.bool_]) -> NDArray[Any]:
    if kind == "FRACTIONAL":
        return masks * np.uint8(200)
    return masks if kind == "BINARY" else labelled(masks).astype(np.uint8)


@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(sorted(SYNTAXES)),
    count=st.integers(1, 4),
    shape=st.tuples(st.integers(2, 5), st.integers(3, 9), st.integers(3, 11)),
    by=st.sampled_from(["segment", "slice", "shuffled"]),
    shared=st.booleans(),
    data=st.data(),
)
def test_any_division_is_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    count: int,
    shape: tuple[int, int, int],
    by: str,
    shared: bool,
    data: st.DataObject,
) -> None:
    """Any kind, any size of frames (single bits end within bytes), any transfer syntax, any parts in any order."""
    folder = tmp_path_factory.mktemp("law")
    masks = disjoint(count, shape)
    path = write_segmentation(
        folder / "seg.dcm", _array(kind, masks), oblique(), kind=kind, by=by, shared=shared, maximum=200,
        transfer_syntax=data.draw(st.sampled_from(SYNTAXES[kind])),
    )  # fmt: skip
    whole = rg.read_segmentation(path)
    parts = write_concatenation(path, folder / "parts", data.draw(divisions(whole.n_frames)))
    seg = rg.read_segmentation(data.draw(st.permutations(parts)))
    assert (seg.n_frames, seg.shape, seg.kind) == (whole.n_frames, whole.shape, kind)
    assert [ds.InConcatenationNumber for ds in seg.datasets if "InConcatenationNumber" in ds] == list(
        range(1, len(parts) + 1)
    )
    for threads in (1, 3):
        np.testing.assert_array_equal(seg.labels(threads=threads).array, labelled(masks))
    np.testing.assert_array_equal(seg.masks().array, masks)
    np.testing.assert_array_equal(seg.fractions().array, whole.fractions().array)
    np.testing.assert_array_equal(seg.affine, whole.affine)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(sorted(SYNTAXES)),
    count=st.integers(1, 3),
    size=st.tuples(st.integers(4, 40), st.integers(4, 50)),
    tile=st.tuples(st.integers(3, 17), st.integers(3, 19)),
    sparse=st.booleans(),
    data=st.data(),
)
def test_any_division_of_tiles_is_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    count: int,
    size: tuple[int, int],
    tile: tuple[int, int],
    sparse: bool,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("law")
    masks = disjoint(count, (2, *size))[:, 0]
    masks[:, 0, :count] = np.eye(count, dtype=bool)
    path = write_tiled(
        folder / "seg.dcm", _array(kind, masks), tile=tile, kind=kind, sparse=sparse, maximum=200
    )
    frames = rg.read_segmentation(path).n_frames
    parts = write_concatenation(path, folder / "parts", data.draw(divisions(frames)))
    seg = rg.read_segmentation(data.draw(st.permutations(parts)))
    np.testing.assert_array_equal(seg.labels().array[0], labelled(masks))
    row, column = data.draw(st.integers(0, size[0] - 1)), data.draw(st.integers(0, size[1] - 1))
    region = (row, column, size[0] - row, size[1] - column)
    np.testing.assert_array_equal(seg.masks(region=region).array[:, 0], masks[:, row:, column:])


def test_overlaps_across_parts_name_the_frames_of_the_whole(tmp_path: Path) -> None:
    """Segments that share a voxel, each in a part of its own: refused, or ruled as of the whole."""
    masks = np.zeros((2, 3, 6, 7), bool)
    masks[0, :, 1:4, 1:4] = masks[1, :, 3:5, 3:6] = True
    path = write_segmentation(tmp_path / "seg.dcm", masks, AXIAL)
    whole = rg.read_segmentation(path)
    seg = rg.read_segmentation(write_concatenation(path, tmp_path / "parts", [2, 1, 3])[::-1])
    told = []
    for one in (whole, seg):
        with pytest.raises(OverlapError) as caught:
            one.labels()
        told.append((caught.value.segments, caught.value.frames, caught.value.slice))
    assert told[0] == told[1] == ((1, 2), (1, 4), 0)
    for rule in ("first", "max", "stack"):
        np.testing.assert_array_equal(seg.labels(overlap=rule).array, whole.labels(overlap=rule).array)


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    path = write_segmentation(tmp_path / "seg.dcm", disjoint(2, (4, 6, 7)), AXIAL, sparse=False)
    return write_concatenation(path, tmp_path / "parts", [3, 2, 3])


def test_what_is_no_whole_is_an_error(parts: list[Path], tmp_path: Path) -> None:
    """Missing parts, one that is there twice, parts of others; without the look at the parts the first was read in silence."""
    for lost in range(3):
        left = [part for number, part in enumerate(parts) if number != lost]
        with pytest.raises(MissingSliceError, match=f"part {lost + 1} of 3 of a concatenation is missing"):
            rg.read_segmentation(left)
        with pytest.raises(MissingSliceError, match="of 3 of a concatenation are missing"):
            rg.read_segmentation(parts[lost])
    with pytest.raises(MalformedError, match="part 2 of a concatenation is there twice"):
        rg.read_segmentation([*parts, parts[1]])
    other = write_segmentation(tmp_path / "other.dcm", disjoint(2, (4, 6, 7)), AXIAL)
    with pytest.raises(ArgumentError, match="not the parts of one concatenation"):
        rg.read_segmentation([*parts, other])
    with pytest.raises(ArgumentError, match="not the parts of one concatenation"):
        rg.read_segmentation([other, other])
    with pytest.raises(MalformedError, match="parts of several concatenations"):
        rg.read_segmentation([*parts, *write_concatenation(other, tmp_path / "others", [1] * _frames(other))])
    ds = rg.read(parts[1])
    ds.SegmentSequence[0].SegmentLabel = "another"
    with pytest.raises(MalformedError, match="differ in SegmentSequence, as part 2 shows"):
        rg.read_segmentation([parts[0], ds, parts[2]])


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("kind", ["patient", "sparse", "full"])
def test_parts_that_do_not_say_how_many_they_are_are_doubted(tmp_path: Path, kind: str, lost: int) -> None:
    """Where a part at the end is missing nothing else shows it, but for tiles that are counted; without the look at what is said, all was silence."""
    masks = np.ones((1, 4, 6, 7), bool)
    if kind == "patient":
        path = write_segmentation(tmp_path / "seg.dcm", masks, AXIAL)
    else:
        path = write_tiled(tmp_path / "seg.dcm", masks[:, 0], tile=(3, 4), sparse=kind == "sparse")
    for total in ("said", "unsaid"):
        parts = write_concatenation(path, tmp_path / total, [2, 1, 1], total=total)
        left = parts[: 3 - lost]
        if lost and (total == "said" or kind == "full"):
            with pytest.raises((MissingSliceError, PixelError)):
                rg.read_segmentation(left)
            continue
        seg = rg.read_segmentation(left[::-1])
        told = [
            (str(problem.kind), problem.path, problem.assumed)
            for problem in seg.dataset.problems
            if problem.kind == "open_concatenation"
        ]
        doubted = total == "unsaid" and kind != "full"
        words = f"nothing says that a concatenation has no more than {3 - lost} parts"
        assert told == ([("open_concatenation", "(0020,9163)", words)] if doubted else [])
        strict = [rg.read(part, strict=True) for part in left]
        if doubted:
            with pytest.raises(DicomError, match="open_concatenation"):
                rg.read_segmentation(strict)
        else:
            rg.read_segmentation(strict)


def test_a_part_that_does_not_say_of_what_is_an_error(parts: list[Path]) -> None:
    """It was taken for all of a segmentation; one that is number 1 of 1 may be silent."""
    for gone in ("InConcatenationTotalNumber", "InConcatenationNumber", "ConcatenationFrameOffsetNumber"):
        ds = rg.read(parts[1])
        del ds.ConcatenationUID
        delattr(ds, gone)
        with pytest.raises(MalformedError, match="does not say of which"):
            rg.read_segmentation(ds)
    ds = rg.read(parts[0])
    del ds.ConcatenationUID
    ds.InConcatenationTotalNumber = 1
    assert rg.read_segmentation(ds).n_frames == 3


def _frames(path: Path) -> int:
    return int(rg.read(path).NumberOfFrames)


def test_a_folder_is_its_parts(parts: list[Path]) -> None:
    seg = rg.read_segmentation(parts[0].parent)
    np.testing.assert_array_equal(seg.labels().array, labelled(disjoint(2, (4, 6, 7))))
    assert rg.read_segmentation([rg.read(part) for part in parts]).dataset.InConcatenationNumber == 1


def test_only_the_parts_that_are_touched_are_read(tmp_path: Path) -> None:
    """A region reads its tiles; the other parts may be gone by then."""
    masks = disjoint(1, (2, 512, 512))[:, 0]
    array = masks * np.uint8(255)
    path = write_tiled(tmp_path / "seg.dcm", array, sparse=False, kind="FRACTIONAL", tile=(128, 128))
    parts = write_concatenation(path, tmp_path / "parts", [4, 4, 4, 4])
    seg = rg.read_segmentation(parts)
    for gone in (parts[0], parts[2], parts[3]):
        gone.unlink()
    np.testing.assert_array_equal(seg.masks(region=(130, 0, 100, 500)).array[0, 0], masks[0, 130:230, :500])
    with pytest.raises(SourceChangedError):
        seg.masks(region=(0, 0, 4, 4))


def test_highdicom_reads_the_whole_that_parts_are(tmp_path: Path) -> None:
    """Label maps and overlapping segments, written by it and divided: what it reads of the whole, and pydicom's frames of the parts."""
    highdicom, pydicom = pytest.importorskip("highdicom"), pytest.importorskip("pydicom")
    from pydicom.sr.codedict import codes
    from radiogram.volume.phantom import Phantom, write_series

    phantom = Phantom(slices=4, rows=14, columns=13)
    sources = [pydicom.dcmread(path) for path in write_series(tmp_path / "ct", phantom)]
    for source in sources:
        for name in (
            "PatientBirthDate",
            "StudyDate",
            "StudyTime",
            "AccessionNumber",
            "ReferringPhysicianName",
        ):
            if name not in source:
                setattr(source, name, "")
        source.PatientSex, source.StudyID = "O", "1"
        source.PositionReferenceIndicator = ""
    masks = disjoint(2, (4, 14, 13))
    both = masks.copy()
    both[1] |= np.roll(masks[0], 1, axis=-1)
    descriptions = [
        highdicom.seg.SegmentDescription(
            number,
            f"s{number}",
            codes.SCT.Tissue,
            codes.SCT.Tissue,
            highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number in (1, 2)
    ]
    for kind, array in (
        ("LABELMAP", labelled(masks).astype(np.uint8)),
        ("BINARY", np.moveaxis(both, 0, -1).astype(np.uint8)),
        ("FRACTIONAL", np.moveaxis(both, 0, -1).astype(np.float32)),
    ):
        made = highdicom.seg.Segmentation(
            sources,
            pixel_array=array,
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
            omit_empty_frames=False,
        )
        path = tmp_path / f"{kind}.dcm"
        made.save_as(path)
        count = _frames(path)
        parts = write_concatenation(path, tmp_path / kind, [1, count - 2, 1])
        seg, whole = rg.read_segmentation(parts[::-1]), rg.read_segmentation(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = highdicom.seg.segread(path)
            layers = np.moveaxis(theirs.get_volume(segment_numbers=[1, 2]).array, -1, 0)
        ours = seg.fractions([1, 2]).array
        if theirs.get_volume_geometry().affine[:3, 0] @ seg.affine[:3, 0] < 0:
            layers = layers[:, ::-1]
        np.testing.assert_array_equal(ours, layers.astype(np.float32))
        np.testing.assert_array_equal(ours, whole.fractions([1, 2]).array)
        frames = [pydicom.dcmread(part).pixel_array.reshape(-1, 14, 13) for part in parts]
        np.testing.assert_array_equal(np.concatenate(frames), pydicom.dcmread(path).pixel_array)


def _short(ds: rg.Dataset) -> None:
    ds.PixelData = ds.PixelData[:2]


def _without(keyword: str) -> Callable[[rg.Dataset], None]:
    def change(ds: rg.Dataset) -> None:
        del ds[keyword]

    return change


@pytest.mark.parametrize(
    "change",
    [
        _short,
        _without("PerFrameFunctionalGroupsSequence"),
        _without("BitsAllocated"),
        _without("ConcatenationFrameOffsetNumber"),
    ],
)
def test_what_is_wrong_with_a_part_names_its_file(
    parts: list[Path], change: Callable[[rg.Dataset], None]
) -> None:
    """Nobody knew which of the files it was."""
    ds = rg.read(parts[1]).load()
    change(ds)
    ds.save_as(parts[1])
    with pytest.raises(DicomError, match=f"{parts[1].name}: "):
        rg.read_segmentation(parts[::-1]).labels()


def test_what_is_wrong_with_a_part_of_a_volume_names_its_file(tmp_path: Path) -> None:
    whole = write_multiframe(tmp_path / "mr.dcm", Phantom(slices=6, rows=8, columns=9), kind="MR")
    for change in ("PerFrameFunctionalGroupsSequence", "ConcatenationFrameOffsetNumber", "Rows", "PixelData"):
        parts = write_concatenation(whole, tmp_path / "parts", [2, 2, 2])
        ds = rg.read(parts[1]).load()
        del ds[change]
        ds.save_as(parts[1])
        with pytest.raises(DicomError, match=parts[1].name):
            rg.read_volume(parts)
