"""Zero copies, lazy reading, and the options of `pixels.array`."""

from __future__ import annotations

import gc
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.errors import InvalidDicomError
from radiogram import errors
from radiogram.volume.phantom import Phantom, write_series

from tests.peers.corpus import packaged_files
from tests.pixels.datasets import noise, picture, written

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def address(array: npt.NDArray[Any]) -> int:
    return array.__array_interface__["data"][0]


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    """Give the path of one slice of 512 x 512."""
    return write_series(tmp_path, Phantom(slices=1))[0]


def frames_of(count: int = 5, **options: Any) -> rg.Dataset:
    return rg.read(written(picture(noise((count, 6, 7), "u2", 0, 4095), shape=(count, 6, 7, 1), **options)))


def test_bytes_are_viewed_in_place() -> None:
    content = written(picture(noise((4, 6, 7), "u2", 0, 65535), shape=(4, 6, 7, 1)))
    ds = rg.read(content)
    array = ds.pixel_array
    begin = address(np.frombuffer(content, np.uint8))
    assert begin <= address(array) < begin + len(content)
    assert content[address(array) - begin :][: array.nbytes] == array.tobytes()
    assert not array.flags.writeable
    assert ds.pixel_array is array
    stored = ds.pixels.array()
    assert np.shares_memory(stored, array)
    assert np.shares_memory(ds.pixels.array(frames=2), array[2])
    assert np.shares_memory(ds.pixels.array(frames=slice(1, 3)), array)
    assert np.shares_memory(ds["PixelData"].array, array)


def test_every_native_file_of_the_packages(note: Callable[[str], None]) -> None:
    """pydicom's values, read-only, at one address; a view on the bytes wherever numpy can say it."""
    compared = views = 0
    for file in packaged_files():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                theirs = pydicom.dcmread(file.path, force=True)
                if theirs.file_meta.TransferSyntaxUID.is_encapsulated:
                    continue
                expected = theirs.pixel_array
            except (AttributeError, KeyError, TypeError, ValueError, NotImplementedError, InvalidDicomError):
                continue
        ds = rg.read(file.path, force=True)
        array = ds.pixel_array
        np.testing.assert_array_equal(array, expected, err_msg=file.name)
        assert array.dtype == expected.dtype.newbyteorder("="), file.name
        assert not array.flags.writeable, file.name
        assert ds.pixel_array is array, file.name
        element = next(name for name in PIXELS if name in ds)
        if np.shares_memory(array, ds[element].array):
            views += 1
            assert address(array) == address(ds[element].array), file.name
            assert address(ds.pixels.array(copy=False)) == address(array), file.name
        compared += 1
    note(f"pixel_array: {compared} native files of the packages equal pydicom's, {views} of them are views")
    assert compared >= 40
    assert views >= compared // 2


def test_a_view_outlives_its_dataset() -> None:
    samples = noise((64, 64), "u2", 0, 65535)
    array = rg.read(written(picture(samples, shape=(1, 64, 64, 1)))).pixel_array
    gc.collect()
    filler = [bytes(9000) for _ in range(100)]
    np.testing.assert_array_equal(array, samples)
    assert len(filler) == 100


def test_a_view_cannot_be_written_nor_be_made_writable() -> None:
    array = frames_of().pixel_array
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        array.flags.writeable = True


def test_a_file_is_read_once_and_its_bytes_stay_where_they_are(ct: Path) -> None:
    ds = rg.read(ct)
    array = ds.pixel_array
    assert address(array) == address(ds.pixels.array()) == address(ds.pixel_array)
    assert address(array) % 2 == 0
    ct.unlink()
    np.testing.assert_array_equal(array + np.int16(-1024), ds.pixels.array(units="modality"))


def test_no_pixel_is_read_before_the_touch(ct: Path) -> None:
    """The head is a few kilobytes; description and shape need no more."""

    def read_so_far() -> int:
        lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("rchar")).split()[1])

    if not os.access("/proc/self/io", os.R_OK):
        pytest.skip("no /proc/self/io")
    rg.read(ct).pixel_array.sum()
    before = read_so_far()
    ds = rg.read(ct)
    assert ds.pixels.shape == (512, 512)
    assert ds.pixels.dtype == np.uint16
    assert len(ds.pixels) == 1
    head = read_so_far() - before
    assert head < 64 * 1024
    ds.pixel_array.sum()
    ds.pixels.array(units="modality")
    all_of_it = read_so_far() - before
    assert 512 * 512 * 2 <= all_of_it < 512 * 512 * 2 + 2 * 64 * 1024


@pytest.mark.parametrize("change", ["delete", "grow", "replace"])
def test_a_file_that_changed_is_refused_at_the_touch(ct: Path, change: str) -> None:
    ds = rg.read(ct)
    if change == "delete":
        ct.unlink()
    elif change == "grow":
        with ct.open("ab") as file:
            file.write(b"\0\0")
    else:
        other = ct.with_name("other")
        other.write_bytes(ct.read_bytes())
        other.replace(ct)
    assert ds.pixels.shape == (512, 512)
    with pytest.raises(errors.SourceChangedError):
        ds.pixel_array  # noqa: B018
    assert issubclass(errors.SourceChangedError, OSError)


def test_copy_says_whether(ct: Path) -> None:
    ds = rg.read(ct)
    viewed = ds.pixels.array(copy=False)
    copied = ds.pixels.array(copy=True)
    assert not np.shares_memory(viewed, copied)
    assert copied.flags.writeable
    np.testing.assert_array_equal(viewed, copied)
    for options in ({"units": "modality"}, {"dtype": "float32"}, {"units": "display"}, {"frames": [0]}):
        with pytest.raises(errors.ArgumentError, match="copy"):
            ds.pixels.array(copy=False, **options)


@pytest.mark.parametrize("unclean", [False, True])
def test_bits_above_the_stored_ones_prevent_the_view(unclean: bool) -> None:
    samples = noise((6, 7), "u2", 0, 4095)
    cells = samples | (0x5000 if unclean else 0)
    ds = rg.read(written(picture(cells, shape=(1, 6, 7, 1), stored=12)))
    np.testing.assert_array_equal(ds.pixel_array, samples)
    assert np.shares_memory(ds.pixel_array, ds["PixelData"].array) is not unclean
    assert not ds.pixel_array.flags.writeable


@pytest.mark.parametrize(
    "chosen",
    [
        0,
        4,
        -1,
        -5,
        np.int16(2),
        slice(1, 4),
        slice(None, None, 2),
        slice(None, None, -1),
        [3, 0, 3],
        (1,),
        range(2),
        np.array([4, 2]),
        iter([1, 2]),
    ],
)
@pytest.mark.parametrize("units", ["stored", "modality", "display"])
def test_frames_are_chosen_as_numpy_chooses(chosen: Any, units: str) -> None:
    ds = frames_of(RescaleSlope=2, RescaleIntercept=-3, WindowCenter=2000, WindowWidth=4000)
    everything = ds.pixels.array(units=units)
    if hasattr(chosen, "__next__"):
        chosen = list(chosen)
    index = list(chosen) if isinstance(chosen, (tuple, range)) else chosen
    np.testing.assert_array_equal(ds.pixels.array(units=units, frames=chosen), everything[index])


@pytest.mark.parametrize("chosen", [5, -6, [0, 5], [-6], 10**30, "a", 1.5, [1.5], True])
def test_frames_that_are_not_there(chosen: Any) -> None:
    with pytest.raises((errors.ArgumentError, TypeError)):
        frames_of().pixels.array(frames=chosen)


def test_the_callers_array() -> None:
    ds = frames_of()
    out = np.zeros((5, 6, 7), np.uint16)
    assert ds.pixels.array(out=out) is out
    np.testing.assert_array_equal(out, ds.pixel_array)
    part = np.zeros((8, 6, 7), np.float32)
    ds.pixels.array(out=part[2:4], frames=[4, 1], dtype="float32", threads=2)
    np.testing.assert_array_equal(part[2:4], ds.pixel_array[[4, 1]])
    assert not part[:2].any()
    assert not part[4:].any()
    wrong = [np.zeros((5, 6, 8), np.uint16), np.zeros((5, 6, 7), np.int16), np.zeros((5, 6, 7), ">u2")]
    wrong += [np.zeros((5, 6, 14), np.uint16)[:, :, ::2], np.zeros((7, 6, 5), np.uint16).T]
    wrong.append(np.zeros((5, 6, 7), np.uint16))
    wrong[-1].flags.writeable = False
    for out in wrong:
        with pytest.raises(errors.ArgumentError):
            ds.pixels.array(out=out)
    with pytest.raises(errors.ArgumentError):
        ds.pixels.array(out=[[0]])


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]
)
def test_types_hold_the_values_or_are_refused(dtype: str) -> None:
    ds = frames_of(stored=12)
    if np.iinfo(dtype).max >= 4095 if dtype[0] in "ui" else True:
        for units in ("stored", "modality"):
            made = ds.pixels.array(units=units, dtype=dtype)
            assert made.dtype == dtype
            np.testing.assert_array_equal(made, ds.pixel_array)
    else:
        with pytest.raises(errors.ArgumentError):
            ds.pixels.array(dtype=dtype)


@pytest.mark.parametrize(
    "options",
    [
        {"units": "hounsfield"},
        {"dtype": "float16"},
        {"dtype": "S2"},
        {"threads": 0},
        {"threads": -1},
        {"window": -1, "units": "display"},
        {"window": 3, "units": "display"},
    ],
)
def test_options_without_a_meaning_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises((errors.ArgumentError, TypeError, OverflowError)):
        frames_of(WindowCenter=10, WindowWidth=20).pixels.array(**options, copy=True)


def test_the_iterator_of_frames_is_flat() -> None:
    """It gives a frame at a time and never holds the whole."""
    samples = np.zeros((200, 256, 256), np.uint8)
    samples[:, 0, 0] = np.arange(200)
    ds = rg.read(
        written(picture(samples, shape=(200, 256, 256, 1), bits=8, RescaleSlope=0.5, RescaleIntercept=0))
    )
    import tracemalloc

    tracemalloc.start()
    try:
        for number, frame in enumerate(ds.pixels.frames(units="modality")):
            assert frame[0, 0] == number / 2
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert number == 199
    # A frame is 256 KiB of float32; the whole would be 50 MiB.
    assert peak < 3 * 2**20


def test_what_is_assumed_of_a_view_is_told_too() -> None:
    """A slope of 1 without its intercept changes no sample, and is not as the standard says (PS3.3 C.11.1)."""
    ds = frames_of(stored=16, RescaleSlope=1)
    array = ds.pixels.array(units="modality")
    assert np.shares_memory(array, ds["PixelData"].array)
    assert [problem.path for problem in ds.problems] == ["(0028,1052)"]
