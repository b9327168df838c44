"""Options and sources of `read_volume`: gaps filled, the caller's array and type, threads, files that go away."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from radiogram import errors

from tests.volume.series import SLICES, Series, check, phantom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

ALL = range(SLICES)
CROWD = errors.AmbiguousSeriesError


@pytest.fixture
def series(tmp_path: Path) -> Series:
    """Give a sound series of ten slices."""
    return Series.write(tmp_path / "series")


# -- missing slices ------------------------------------------------------------


def test_gaps_are_filled_in_their_places(series: Series) -> None:
    series.remove(2, 3, 7)
    volume = rg.read_volume(series.folder, missing="fill")
    whole = phantom().array()
    there = [place for place in ALL if place not in (2, 3, 7)]
    np.testing.assert_array_equal(volume.array[there], whole[there])
    assert (volume.array[[2, 3, 7]] == whole[there].min()).all()
    assert volume.report.fill == whole[there].min()
    assert volume.report.missing == (2, 3, 7)
    assert [place for place, path in enumerate(volume.paths) if path is None] == [2, 3, 7]
    assert volume.report.present == 7
    np.testing.assert_allclose(volume.affine, phantom().affine(), atol=1e-6)


def test_padding_fills_gaps(series: Series) -> None:
    series.edit(ALL, lambda ds: ds.add_new("PixelPaddingValue", "US", 3))
    series.remove(4)
    for units, fill in (("modality", 3 - 1024), ("stored", 3)):
        volume = rg.read_volume(series.folder, missing="fill", units=units)
        assert volume.report.fill == fill
        assert volume.report.padding == 3
        assert (volume.array[4] == fill).all()


def test_warn_fills_and_warns(series: Series) -> None:
    series.remove(4)
    with pytest.warns(rg.MissingSliceWarning, match="1 slices are missing"):
        volume = rg.read_volume(series.folder, missing="warn")
    assert volume.report.missing == (4,)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rg.read_volume(series.folder, missing="fill")
        rg.read_volume(series.paths[5:], missing="warn")


def test_a_gap_is_filled_in_the_callers_array(series: Series) -> None:
    series.remove(4)
    out = np.full((SLICES, 12, 16), 77, np.int16)
    volume = rg.read_volume(series.folder, missing="fill", out=out)
    assert volume.array is out
    assert not (out == 77).all(axis=(1, 2)).any()


# -- options -------------------------------------------------------------------


def test_the_callers_array_is_filled(series: Series) -> None:
    out = np.zeros((SLICES, 12, 16), np.int16)
    volume = rg.read_volume(series.folder, out=out)
    assert volume.array is out
    check(volume)
    inside = np.zeros((2 * SLICES, 12, 16), np.float32)
    volume = rg.read_volume(series.folder, out=inside[5:15], dtype="float32")
    np.testing.assert_array_equal(inside[5:15], phantom().array())
    assert not inside[:5].any()
    assert not inside[15:].any()


def _read_only() -> npt.NDArray[Any]:
    array = np.zeros((SLICES, 12, 16), np.int16)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("out", "says"),
    [
        (np.zeros((SLICES, 12, 15), np.int16), "of shape"),
        (np.zeros((SLICES * 12 * 16,), np.int16), "of shape"),
        (np.zeros((SLICES, 12, 16), np.uint16), "int16"),
        (np.zeros((SLICES, 12, 16), ">i2"), "int16"),
        (np.zeros((SLICES, 12, 32), np.int16)[:, :, ::2], "not contiguous"),
        (np.zeros((16, 12, SLICES), np.int16).T, "not contiguous"),
        (_read_only(), "not writable"),
        ([[0]], "of shape"),
        ("nothing", "of shape"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(series: Series, out: Any, says: str) -> None:
    with pytest.raises(errors.ArgumentError, match=says):
        rg.read_volume(series.folder, out=out)


@pytest.mark.parametrize(
    "dtype", ["int16", "int32", "int64", "float32", "float64", np.float32, np.dtype("i4")]
)
def test_types_that_hold_the_values(series: Series, dtype: Any) -> None:
    volume = rg.read_volume(series.folder, dtype=dtype)
    assert volume.array.dtype == dtype
    np.testing.assert_array_equal(volume.array, phantom().array())


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "uint32", "uint64", "float16", "bool", "complex64", "S4"]
)
def test_types_that_do_not_are_refused(series: Series, dtype: str) -> None:
    with pytest.raises(errors.ArgumentError, match="dtype"):
        rg.read_volume(series.folder, dtype=dtype)


@pytest.mark.parametrize(
    "options",
    [
        {"units": "display"},
        {"missing": "ignore"},
        {"threads": -1},
        {"threads": 10**9},
        {"threads": 0},
    ],
)
def test_options_without_a_meaning_are_refused(series: Series, options: dict[str, Any]) -> None:
    with pytest.raises(errors.ArgumentError):
        rg.read_volume(series.folder, **options)


def test_threads_change_nothing(series: Series) -> None:
    one, two, eight = (rg.read_volume(series.folder, threads=count) for count in (1, 2, 8))
    for other in (two, eight):
        np.testing.assert_array_equal(one.array, other.array)
        np.testing.assert_array_equal(one.affine, other.affine)
        assert one.report == other.report
        assert one.paths == other.paths


def test_stored_units_are_the_samples(series: Series) -> None:
    volume = rg.read_volume(series.folder, units="stored")
    assert volume.array.dtype == np.uint16
    np.testing.assert_array_equal(volume.array, phantom().array() + 1024)


# -- sources -------------------------------------------------------------------


def test_what_names_no_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.ArgumentError, match="no files"):
        rg.read_volume([])
    with pytest.raises(errors.ArgumentError, match="no files"):
        rg.read_volume(tmp_path)
    with pytest.raises(errors.ArgumentError, match="no files"):
        rg.read_volume(tmp_path / "*.dcm")
    with pytest.raises(FileNotFoundError, match="absent"):
        rg.read_volume(tmp_path / "absent")


def test_nothing_but_other_files_is_not_dicom(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    with pytest.raises(errors.NotDicomError):
        rg.read_volume(tmp_path)


def test_patterns_and_lists_name_files(series: Series) -> None:
    for paths in (
        str(series.folder),
        str(series.folder / "CT*.dcm"),
        series.paths,
        map(str, series.paths),
        tuple(series.paths),
    ):
        check(rg.read_volume(paths))


def test_a_file_of_the_list_that_is_gone_is_an_error(series: Series) -> None:
    """A slice that was asked for and is not there is never a gap in silence."""
    series.remove(9)
    with pytest.raises(FileNotFoundError, match=r"CT0010\.dcm"):
        rg.read_volume(series.paths)


class Trap(np.ndarray):
    """An array that does something when it is asked for its shape: after the headers, before the pixels."""

    spring: Callable[[], object]

    @property
    def shape(self) -> tuple[int, ...]:
        """Do it."""
        self.spring()
        return np.asarray(self).shape


def _trap(spring: Callable[[], object]) -> Trap:
    array = np.zeros((SLICES, 256, 256), np.int16).view(Trap)
    array.spring = spring
    return array


def test_a_file_that_vanishes_between_header_and_pixels(tmp_path: Path) -> None:
    series = Series.write(tmp_path / "large", rows=256, columns=256)
    out = _trap(lambda: series.paths[6].unlink(missing_ok=True))
    with pytest.raises(errors.SourceChangedError, match=r"CT0007\.dcm"):
        rg.read_volume(series.folder, out=out)
    assert not series.paths[6].exists()


def test_a_file_that_changes_between_header_and_pixels(tmp_path: Path) -> None:
    series = Series.write(tmp_path / "large", rows=256, columns=256)

    def change() -> None:
        content = series.paths[6].read_bytes()
        series.paths[6].write_bytes(content + b"\0\0")

    with pytest.raises(errors.SourceChangedError, match=r"CT0007\.dcm"):
        rg.read_volume(series.folder, out=_trap(change))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_pipe_does_not_hang(series: Series) -> None:
    """Opening a pipe waits for a writer, for ever: a child with a time limit tries."""
    pipe = series.folder / "pipe"
    os.mkfifo(pipe)
    check(rg.read_volume(series.folder))
    code = (
        "import radiogram as rg, sys\n"
        "for read in (rg.read, rg.read_volume):\n"
        "    try: read(sys.argv[1])\n"
        "    except rg.DicomError as error: print(error.kind)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(pipe)], capture_output=True, timeout=20, check=True, text=True
    )
    assert done.stdout.split() == ["source", "source"]


def test_a_transfer_syntax_that_the_file_does_not_have(series: Series) -> None:
    """Native pixel data under the UID of a compressed syntax are what they are."""
    series.edit([4], lambda ds: setattr(ds.file_meta, "TransferSyntaxUID", ExplicitVRLittleEndian))
    content = series.paths[4].read_bytes()
    old, new = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0"
    assert content.count(old) == 1
    series.paths[4].write_bytes(content.replace(old, new))
    check(rg.read_volume(series.folder))


def test_one_broken_uid_more_is_another_series(series: Series) -> None:
    series.set([0], SeriesInstanceUID=generate_uid())
    with pytest.raises(CROWD) as caught:
        rg.read_volume(series.folder)
    # The larger one is named first.
    assert "9" in caught.value.choices[0]
