"""Objects divided into the parts of a concatenation are read as if they had never been, whatever the order of their files; what is no one
object is an error."""

from __future__ import annotations

import io
import re
import sys
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from radiogram import errors
from radiogram.pixels.put import set_pixels
from radiogram.volume.divided import write_concatenation
from radiogram.volume.maps import write_map
from radiogram.volume.multiframe import write_multiframe
from radiogram.volume.phantom import Phantom
from radiogram.volume.tiles import write_slide

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PHANTOM = Phantom(slices=6, rows=24, columns=20, spacing=(2.0, 0.5, 0.75))
SYNTAXES = (
    "ExplicitVRLittleEndian",
    "ImplicitVRLittleEndian",
    "DeflatedExplicitVRLittleEndian",
    "RLELossless",
    "JPEG2000Lossless",
)


@st.composite
def divisions(draw: st.DrawFn, count: int) -> list[int]:
    """Give the numbers of frames of parts that are together so many."""
    cuts = draw(st.sets(st.integers(1, count - 1), max_size=6)) if count > 1 else set()
    ends = [0, *sorted(cuts), count]
    return [end - begin for begin, end in pairwise(ends)]


def shuffled(paths: list[Path], data: st.DataObject) -> list[Path]:
    return data.draw(st.permutations(paths))


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["CT", "MR", "PT", "CT legacy"]),
    times=st.integers(1, 3),
    syntax=st.sampled_from(SYNTAXES),
    total=st.sampled_from(["said", "unsaid"]),
    data=st.data(),
)
def test_any_division_of_an_enhanced_object_is_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    times: int,
    syntax: str,
    total: str,
    data: st.DataObject,
) -> None:
    """Any kind, any order of frames, any transfer syntax, any parts in any order: all of the volume, and any part of it."""
    folder = tmp_path_factory.mktemp("law")
    count = 6 * times
    order = data.draw(st.permutations(range(count)))
    axes = {"time": [2.0 * number for number in range(times)]} if times > 1 else {}
    slopes = data.draw(st.sampled_from([None, [1.0, 2.0, 0.5]]))
    path = write_multiframe(folder / "made.dcm", PHANTOM, kind=kind, axes=axes, order=order, slopes=slopes)
    whole = folder / "whole.dcm"
    if rg.TransferSyntax(syntax).is_encapsulated:
        rg.transcode(path, whole, syntax)
    else:
        rg.read(path).save_as(whole, transfer_syntax=syntax)
    parts = write_concatenation(whole, folder / "parts", data.draw(divisions(count)), total=total)
    given_ = shuffled(parts, data)
    expected, found = rg.read_volume(whole), rg.read_volume(given_)
    assert (found.dims, found.array.dtype) == (expected.dims, expected.array.dtype)
    np.testing.assert_array_equal(found.array, expected.array)
    np.testing.assert_array_equal(found.affine, expected.affine)
    assert {name: values.tolist() for name, values in found.coords.items()} == {
        name: values.tolist() for name, values in expected.coords.items()
    }
    lazy = rg.open_volume(given_)
    at = data.draw(st.integers(0, 5))
    np.testing.assert_array_equal(lazy[..., at, 3:9, ::2], expected.array[..., at, 3:9, ::2])
    # Where a slice is from: a frame of a part.
    begin = {str(part): sum(_frames(parts)[:number]) for number, part in enumerate(parts)}
    told = [begin[path] + frame for path, frame in zip(found.paths, found.frames, strict=True)]  # type: ignore[index,operator]
    assert told == list(expected.frames)
    chosen = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=1))
    np.testing.assert_array_equal(
        rg.read_volume(given_, frames=chosen).array, rg.read_volume(whole, frames=chosen).array
    )
    (series,) = rg.scan(given_).series()
    assert (series.verdict, set(series.paths)) == ("volume", {str(part) for part in parts})
    assert series.shape == found.array.shape


def _frames(parts: list[Path]) -> list[int]:
    return [int(rg.read(part).NumberOfFrames) for part in parts]


@settings(max_examples=40, deadline=None)
@given(
    sparse=st.booleans(),
    paths=st.integers(1, 2),
    planes=st.integers(1, 2),
    syntax=st.sampled_from(["ExplicitVRLittleEndian", "RLELossless", "JPEGLSLossless"]),
    data=st.data(),
)
def test_any_division_of_a_slide_is_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    sparse: bool,
    paths: int,
    planes: int,
    syntax: str,
    data: st.DataObject,
) -> None:
    """Levels of a pyramid, each divided as it may be: any region of them."""
    folder = tmp_path_factory.mktemp("law")
    made = write_slide(
        folder / "whole", rows=70, columns=50, levels=2, tile=16, sparse=sparse, left_out=[1] if sparse else (),
        paths=paths, planes=planes, transfer_syntax=syntax,
    )  # fmt: skip
    files: list[Path] = []
    for number, path in enumerate(made):
        count = int(rg.read(path).NumberOfFrames)
        files += write_concatenation(path, folder / str(number), data.draw(divisions(count)))
    expected, found = rg.read_slide(made), rg.read_slide(shuffled(files, data))
    assert [level.shape for level in found.levels] == [level.shape for level in expected.levels]
    for ours, theirs in zip(found.levels, expected.levels, strict=True):
        assert (ours.channels, ours.focal_planes, ours.tiles) == (
            theirs.channels,
            theirs.focal_planes,
            theirs.tiles,
        )
        for path in range(paths):
            for plane in range(planes):
                np.testing.assert_array_equal(
                    ours.read(optical_path=path, focal_plane=plane),
                    theirs.read(optical_path=path, focal_plane=plane),
                )
        np.testing.assert_array_equal(ours[5:20, 7:30:2], theirs[5:20, 7:30:2])


@settings(max_examples=40, deadline=None)
@given(
    sparse=st.booleans(),
    count=st.integers(1, 3),
    dtype=st.sampled_from(["float32", "float64", "uint16", "int16", "uint8"]),
    units=st.sampled_from(["stored", "real_world"]),
    data=st.data(),
)
def test_any_division_of_a_map_is_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    sparse: bool,
    count: int,
    dtype: str,
    units: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("law")
    values = (np.random.default_rng(count).random((count, 40, 37)) * 100).astype(dtype)
    lines = [(2.0, 1.0), (0.5, 0.0), (1.0, -3.0)][:count]
    whole = write_map(folder / "map.dcm", values, sparse=sparse, lines=lines)
    frames = int(rg.read(whole).NumberOfFrames)
    parts = write_concatenation(whole, folder / "parts", data.draw(divisions(frames)))
    expected = rg.read_slide(whole, units=units).levels[0]
    found = rg.read_slide(shuffled(parts, data), units=units).levels[0]
    assert (found.channels, found.dtype) == (expected.channels, expected.dtype)
    for channel in range(count):
        np.testing.assert_array_equal(found.read(channel=channel), expected.read(channel=channel))


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """Give an object in four parts."""
    path = write_multiframe(tmp_path / "whole.dcm", PHANTOM)
    return write_concatenation(path, tmp_path / "parts", [2, 1, 2, 1])


@pytest.mark.parametrize("lost", range(4))
def test_a_part_that_is_missing_is_an_error_or_said(parts: list[Path], lost: int) -> None:
    """By the policy for slices that are missing; at an end, where no place of the grid shows it, as well.

    Without the look at the numbers of parts this failed for the first and the last one: their slices were left out in silence.
    """
    left = [part for number, part in enumerate(parts) if number != lost]
    with pytest.raises(
        errors.MissingSliceError, match=rf"part {lost + 1} of 4 of a concatenation is missing"
    ):
        rg.read_volume(left)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        vol = rg.read_volume(left, missing="warn")
    assert any("parts of a concatenation are missing" in str(warning.message) for warning in caught)
    assert any("is missing" in note for note in vol.report.notes)
    whole = PHANTOM.array()
    begin = [0, 2, 3, 5][lost]
    gone = set(range(begin, begin + [2, 1, 2, 1][lost]))
    kept = [number for number in range(6) if number not in gone]
    assert vol.report.present == len(kept)
    for place, frame in enumerate(vol.frames):
        if frame is not None:
            number = round((vol.affine @ (place, 0, 0, 1) - PHANTOM.affine() @ (0, 0, 0, 1))[2] / 2.0)
            np.testing.assert_array_equal(vol.array[place], whole[number])
    assert rg.read_volume(left, missing="fill").array.shape == vol.array.shape
    (series,) = rg.scan(left).series()
    assert (series.verdict, series.is_volume) == ("gaps", False)


def _change(parts: list[Path], number: int, change: Callable[[rg.Dataset], Any]) -> list[Path]:
    ds = rg.read(parts[number])
    change(ds)
    ds.save_as(parts[number])
    return parts


def test_a_copy_of_a_part_is_set_aside(parts: list[Path], tmp_path: Path) -> None:
    again = tmp_path / "again.dcm"
    again.write_bytes(parts[1].read_bytes())
    vol = rg.read_volume([*parts, again])
    np.testing.assert_array_equal(vol.array, PHANTOM.array())
    assert [reason for _, reason in vol.report.set_aside] == ["a copy of another file"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda ds: setattr(ds, "InConcatenationNumber", 2), "part 2 of a concatenation is there twice"),
        (lambda ds: setattr(ds, "InConcatenationNumber", 9), "has the number 9, which no part has"),
        (lambda ds: setattr(ds, "InConcatenationTotalNumber", 5), "do not agree in how many they are"),
        (lambda ds: setattr(ds, "ConcatenationFrameOffsetNumber", 2), "part 3 of a concatenation begins at frame 3"),
        (lambda ds: setattr(ds, "ConcatenationFrameOffsetNumber", 4), "part 3 of a concatenation begins at frame 5"),
        (lambda ds: delattr(ds, "ConcatenationFrameOffsetNumber"), "does not say at which frame it begins"),
        (lambda ds: setattr(ds, "BitsStored", 11), "differ in BitsStored"),
        (lambda ds: setattr(ds, "SOPInstanceUIDOfConcatenationSource", "1.2.3"), "SOPInstanceUIDOfConcatenationSource"),
        (
            lambda ds: setattr(_measures(ds), "SliceThickness", 9),
            "differ in SharedFunctionalGroupsSequence, as part 3 shows",
        ),
    ],
)  # fmt: skip
def test_parts_that_do_not_belong_together_are_an_error(
    parts: list[Path], change: Callable[[rg.Dataset], Any], words: str
) -> None:
    changed = _change(parts, 2, change)
    for missing in ("error", "fill"):
        with pytest.raises(errors.MalformedError, match=re.escape(words)):
            rg.read_volume(changed, missing=missing)
    (series,) = rg.scan(changed).series()
    assert (series.verdict, words in series.reason) == ("malformed", True)


def _measures(ds: rg.Dataset) -> Any:
    return ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]


def test_a_slide_that_lacks_a_part_is_an_error(tmp_path: Path) -> None:
    """Sparse ones too, in which nothing else shows it; without the look at the parts this failed for these."""
    for sparse in (False, True):
        folder = tmp_path / str(sparse)
        (path,) = write_slide(folder / "whole", rows=64, columns=64, levels=1, tile=16, sparse=sparse)
        parts = write_concatenation(path, folder / "parts", [5, 5, 6])
        for lost in range(3):
            left = [part for number, part in enumerate(parts) if number != lost]
            with pytest.raises(errors.MissingSliceError, match=f"part {lost + 1} of 3"):
                rg.read_slide(left)


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("sparse", [False, True])
def test_a_slide_whose_parts_do_not_say_how_many_they_are_is_doubted(
    tmp_path: Path, sparse: bool, lost: int
) -> None:
    """Where a part at the end is missing, nothing else of sparse tiles shows it; tiles in full order are counted."""
    (path,) = write_slide(tmp_path / "whole", rows=64, columns=64, levels=1, tile=16, sparse=sparse)
    left = write_concatenation(path, tmp_path / "parts", [5, 5, 6], total="unsaid")[: 3 - lost]
    if lost and not sparse:
        with pytest.raises(errors.PixelError, match="10 tiles of a total pixel matrix that has 16"):
            rg.read_slide(left)
        return
    words = f"nothing says that a concatenation has no more than {3 - lost} parts"
    assert rg.read_slide(left[::-1]).notes == ((words,) if sparse else ())
    assert rg.read_slide(path).notes == ()


def test_a_part_that_does_not_say_of_what_is_an_error(parts: list[Path], tmp_path: Path) -> None:
    """Its frames were taken for all there are, and a tile's place for one further on."""
    for part in (parts[1], parts[3]):
        changed = _change([part], 0, lambda ds: delattr(ds, "ConcatenationUID"))
        with pytest.raises(errors.MalformedError, match="does not say of which"):
            rg.read_volume(changed, missing="fill")
    (path,) = write_slide(tmp_path / "whole", rows=64, columns=64, levels=1, tile=16)
    divided = write_concatenation(path, tmp_path / "divided", [5, 11])
    _change(divided, 1, lambda ds: delattr(ds, "ConcatenationUID"))
    with pytest.raises(errors.MalformedError, match="does not say of which"):
        rg.read_slide(divided)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_only_the_parts_that_are_touched_are_read(tmp_path: Path) -> None:
    """A region reads its tiles, a slice its frame; the other parts may be gone by then."""
    (path,) = write_slide(tmp_path / "slide", rows=512, columns=512, levels=1, tile=128)
    parts = write_concatenation(path, tmp_path / "parts", [4, 4, 4, 4])
    level = rg.read_slide(parts).levels[0]
    whole = rg.read_slide(path).levels[0].array
    volume = write_multiframe(tmp_path / "mr.dcm", PHANTOM)
    frames = write_concatenation(volume, tmp_path / "frames", [2, 2, 2])
    lazy = rg.open_volume(frames)
    for gone in (parts[0], parts[2], parts[3], frames[0], frames[2]):
        gone.unlink()
    np.testing.assert_array_equal(level[130:250, 10:500], whole[130:250, 10:500])
    np.testing.assert_array_equal(lazy[2:4], PHANTOM.array()[2:4])
    with pytest.raises(errors.SourceChangedError):
        _ = level[0:10, 0:10]
    with pytest.raises(errors.SourceChangedError):
        _ = lazy[0]


def test_a_part_alone_that_is_all_is_the_whole(tmp_path: Path) -> None:
    path = write_multiframe(tmp_path / "whole.dcm", PHANTOM)
    (part,) = write_concatenation(path, tmp_path / "parts", [6])
    np.testing.assert_array_equal(rg.read_volume(part).array, PHANTOM.array())


def test_parts_of_other_numbers_of_frames_are_not_written(tmp_path: Path) -> None:
    path = write_multiframe(tmp_path / "whole.dcm", PHANTOM)
    for frames in ([3, 4], [6, 0], []):
        with pytest.raises(errors.ArgumentError, match="of an object that has 6"):
            write_concatenation(path, tmp_path / "parts", frames)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_frames_that_share_their_chrominance_are_cut_where_they_end(tmp_path: Path, dtype: str) -> None:
    """PS3.3 C.7.6.3.1.2: two samples a pixel are stored of YBR_FULL_422, not three."""
    most = np.iinfo(dtype).max
    array = np.random.default_rng(1).integers(0, most, (5, 6, 8, 3), dtype, endpoint=True)
    whole = _colours(array, "YBR_FULL_422")
    assert len(bytes(whole.PixelData)) == 5 * 6 * 8 * 2 * array.itemsize
    parts = write_concatenation(whole, tmp_path, [2, 1, 2])
    expected = whole.pixels.array(units="stored")
    found = np.concatenate(
        [rg.read(part).pixels.array(units="stored").reshape(-1, 6, 8, 3) for part in parts]
    )
    np.testing.assert_array_equal(found, expected)
    assert [len(bytes(rg.read(part).PixelData)) for part in parts] == [
        96 * array.itemsize * count for count in (2, 1, 2)
    ]


@pytest.mark.parametrize("photometric", ["YBR_FULL_422", "YBR_FULL", "RGB"])
def test_a_value_that_is_shorter_than_its_frames_is_not_divided(tmp_path: Path, photometric: str) -> None:
    whole = _colours(np.zeros((3, 4, 6, 3), np.uint8), photometric)
    needed = len(bytes(whole.PixelData))
    whole.add_new(whole["PixelData"].tag, "OB", bytes(needed - 2))
    with pytest.raises(errors.ArgumentError, match=f"have {needed - 2} bytes, and 3 frames need {needed}"):
        write_concatenation(whole, tmp_path / "parts", [1, 2])
    assert not list(tmp_path.glob("parts/*"))


def _colours(array: np.ndarray[Any, Any], photometric: str) -> rg.Dataset:
    """Give a native object in colour."""
    made = rg.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.4", "SOPInstanceUID": "1.2.3"})
    set_pixels(made, array, photometric=photometric)
    file = io.BytesIO()
    made.save_as(file, transfer_syntax="ExplicitVRLittleEndian")
    return rg.read(file.getvalue())
