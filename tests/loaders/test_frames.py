"""Files that were read before: one opening and one reading each, believed only as long as they are what they were."""

from __future__ import annotations

import ctypes
import os
import pickle
import struct
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import PixelError, SourceChangedError
from radiogram.loaders import PatchDataset, SliceDataset
from radiogram.loaders.frames import Frames

from tests.loaders.conftest import SLICES, Series, series
from tests.pixels.datasets import picture, written

if TYPE_CHECKING:
    from pathlib import Path

CODECS = (None, "RLELossless", "JPEGLosslessSV1", "JPEGLSLossless", "JPEG2000Lossless", "HTJ2KLossless")


class Openings:
    """How often the files of a folder were opened, as the system tells."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert libc.inotify_add_watch(self._handle, os.fsencode(folder), 0x20) >= 0  # IN_OPEN
        self.count()

    def count(self) -> int:
        """Give those since the last time."""
        found, at = 0, 0
        try:
            events = os.read(self._handle, 1 << 20)
        except BlockingIOError:
            return 0
        while at < len(events):
            at += 16 + struct.unpack_from("=I", events, at + 12)[0]
            found += 1
        return found


def _readings() -> int:
    with open("/proc/self/io", "rb", buffering=0) as told:  # noqa: PTH123  # one reading, not more
        return int(told.read().split(b"syscr: ")[1].split()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell")
@pytest.mark.parametrize("codec", CODECS)
def test_a_slice_is_one_opening_and_one_reading(codec: str | None, tmp_path: Path) -> None:
    mine = series(tmp_path, codec=codec)
    made = SliceDataset(tmp_path, threads=1)
    openings = Openings(tmp_path)
    rows = [made.index.row(number) for number in range(SLICES)]
    per = _readings()
    per = _readings() - per
    for turn in range(3):
        # The first time all of a file is read, later its pixels alone.
        before = _readings()
        failed = made._decode(rows, memory := np.empty((SLICES, 24, 40), np.float32))
        after = _readings()
        assert not failed
        assert after - before - per == SLICES, turn
        assert openings.count() == SLICES
        np.testing.assert_array_equal(memory, mine.array)
        assert made.frames.known == SLICES


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell")
@pytest.mark.parametrize("codec", CODECS)
def test_a_slice_that_is_mapped_is_neither_opened_nor_read_again(codec: str | None, tmp_path: Path) -> None:
    mine = series(tmp_path, codec=codec)
    made = SliceDataset(tmp_path, threads=1, mmap=True)
    rows = [made.index.row(number) for number in range(SLICES)]
    openings = Openings(tmp_path)
    per = _readings()
    per = _readings() - per
    for turn in range(3):
        before = _readings()
        failed = made._decode(rows, memory := np.empty((SLICES, 24, 40), np.float32))
        after = _readings()
        assert not failed
        # The first time the system is asked whether it holds the file.
        assert (after - before - per, openings.count()) == ((SLICES, SLICES) if turn == 0 else (0, 0))
        np.testing.assert_array_equal(memory, mine.array)


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("codec", CODECS)
def test_known_files_give_what_they_gave(codec: str | None, mmap: bool, tmp_path: Path) -> None:
    mine = series(tmp_path, codec=codec)
    for dtype in ("float32", "int16", "float64", "int32"):
        made = SliceDataset(tmp_path, dtype=dtype, mmap=mmap)
        patches = PatchDataset(tmp_path, size=(2, 9, 13), stride=(3, 8, 9), dtype=dtype, mmap=mmap)
        # Who finds the lock closed learns nothing that time: three turns, and as many more until all is known.
        for turn in range(50):
            if turn > 2 and (made.frames.known, patches.frames.known) == (SLICES, 8):
                break
            batch = made.collate(made.__getitems__(range(SLICES)))["image"]
            np.testing.assert_array_equal(batch[:, 0], mine.array)
            for number in range(len(patches)):
                _, (z, y, x) = patches.place(number)
                part = mine.array[z : z + 2, y : y + 9, x : x + 13]
                np.testing.assert_array_equal(patches[number]["image"][0], part)
        assert (made.frames.known, patches.frames.known) == (SLICES, 8)


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("codec", [None, "RLELossless"])
@pytest.mark.parametrize("how", ["written", "replaced", "shortened"])
def test_a_known_file_that_was_changed_is_not_believed(
    how: str, codec: str | None, mmap: bool, tmp_path: Path
) -> None:
    mine = series(tmp_path / "a", codec=codec, seed=1)
    other = series(tmp_path / "b", codec=codec, seed=2)
    strict, lax = (SliceDataset(mine.folder, changed=changed, mmap=mmap) for changed in ("error", "read"))
    for made in (strict, lax):
        np.testing.assert_array_equal(made[4]["image"], mine.image(4))
    if how == "written":
        mine.paths[4].write_bytes(other.paths[4].read_bytes())
    elif how == "replaced":
        # Both may have been written in one tick of the clock that tells when a file was changed.
        then = other.paths[4].stat().st_mtime_ns + 1_000_000
        os.utime(other.paths[4], ns=(then, then))
        other.paths[4].rename(mine.paths[4])
    else:
        os.truncate(mine.paths[4], mine.paths[4].stat().st_size - 100)
    with pytest.raises(SourceChangedError):
        strict[4]
    if how == "shortened":
        with pytest.raises(rg.DicomError):
            lax[4]
    else:
        np.testing.assert_array_equal(lax[4]["image"], other.image(4))
    np.testing.assert_array_equal(strict[5]["image"], mine.image(5))


def test_frames_of_one_file_are_known_together(tmp_path: Path) -> None:
    random = np.random.default_rng(3).integers(0, 4000, (5, 31, 17), np.uint16)
    (tmp_path / "a.dcm").write_bytes(written(picture(random[..., None], shape=(5, 31, 17, 1), bits=16)))
    ds = rg.read(tmp_path / "a.dcm").load()
    ds.compress("RLELossless")
    ds.save_as(tmp_path / "b.dcm")
    for name in "ab":
        for mmap in (False, True):
            made = SliceDataset(tmp_path / f"{name}.dcm", units="stored", dtype="uint16", mmap=mmap)
            for number in (3, 0, 4, 1, 2, 3):
                np.testing.assert_array_equal(made[number]["image"][0], random[number])
            assert made.frames.known == 1


def test_lines_that_differ_from_file_to_file_stay_their_own(tmp_path: Path) -> None:
    mine = series(tmp_path)
    for number, path in enumerate(mine.paths):
        ds = rg.read(path).load()
        ds.RescaleSlope, ds.RescaleIntercept = number + 0.5, -number
        ds.save_as(path)
    made = SliceDataset(tmp_path, dtype="float64")
    expected = [rg.read(path).pixels.array(units="modality", dtype="float64") for path in mine.paths]
    for _ in range(3):
        for number in range(SLICES):
            np.testing.assert_array_equal(made[number]["image"][0], expected[number])


def test_what_is_read_past_is_told_each_time(ct: Series, tmp_path: Path) -> None:
    ds = rg.read(ct.paths[0]).load()
    ds.PixelData = ds.PixelData + b"\0" * 10
    ds.save_as(tmp_path / "a.dcm")
    for _ in range(2):
        with pytest.raises(PixelError, match="not pixels"):
            SliceDataset(tmp_path, strict=True)[0]
    lax = SliceDataset(tmp_path)
    for _ in range(2):
        np.testing.assert_array_equal(lax[0]["image"], ct.image(0))


def test_a_value_that_does_not_fit_is_an_error_each_time(ct: Series) -> None:
    made = SliceDataset(ct.folder, dtype="uint8", errors="skip")
    failing = [
        number for number in range(SLICES) if ct.array[number].min() < 0 or ct.array[number].max() > 255
    ]
    for _ in range(3):
        kept = [sample["index"] for sample in made.__getitems__(range(SLICES))]
        assert kept == [number for number in range(SLICES) if number not in failing]


def test_a_pickle_holds_the_options_alone(ct: Series) -> None:
    frames = Frames(np.dtype(np.float32), "modality", (40.0, 80.0))
    assert not frames.read([str(ct.paths[0])], [None], [0], None, np.empty((1, 24, 40), np.float32))
    assert frames.known == 1
    again: Any = pickle.loads(pickle.dumps(frames))
    assert (again.known, again._options) == (0, frames._options)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("mmap", [False, True])
def test_a_forked_child_learns_anew(mmap: bool, ct: Series) -> None:
    made = SliceDataset(ct.folder, threads=1, mmap=mmap)
    np.testing.assert_array_equal(made[3]["image"], ct.image(3))
    child = os.fork()
    if child == 0:
        right = (made[3]["image"] == ct.image(3)).all()
        os._exit(0 if right and made.frames.known == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
