"""Frames one after another: in order, rendered ahead of the caller, with nothing left when he goes away."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import DicomError
from radiogram.pixels.put import set_pixels

from tests.codecs.images import image

COUNT = 23


def packed(
    frames: int = COUNT, size: tuple[int, int] = (64, 48), syntax: str = "JPEGLSLossless"
) -> rg.Dataset:
    stack = np.stack([image(size, np.dtype("u2"), 12, "noise") + number for number in range(frames)])
    ds = rg.Dataset.new("MultiFrameGrayscaleWordSecondaryCaptureImageStorage")
    set_pixels(ds, stack)
    ds.RescaleSlope, ds.RescaleIntercept = 1, -5
    ds.compress(syntax)
    return rg.read(ds.to_bytes())


@pytest.mark.parametrize("threads", [None, 1, 2, 7])
@pytest.mark.parametrize("units", ["stored", "modality", "display", "color"])
def test_the_same_as_all_at_once(threads: int | None, units: str) -> None:
    ds = packed()
    whole = ds.pixels.array(units=units)
    frames = list(ds.pixels.frames(units=units, threads=threads))
    assert len(frames) == COUNT
    for frame, expected in zip(frames, whole, strict=True):
        assert frame.dtype == expected.dtype
        np.testing.assert_array_equal(frame, expected)
    assert frames[0].flags.writeable


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint16"])
def test_types(dtype: str) -> None:
    ds = packed(3)
    for frame, expected in zip(
        ds.pixels.frames(dtype=dtype, threads=2), ds.pixels.array(dtype=dtype), strict=True
    ):
        np.testing.assert_array_equal(frame, expected)
        assert frame.dtype == dtype


def test_colour() -> None:
    stack = np.random.default_rng(1).integers(0, 256, (4, 9, 7, 3), np.uint8)
    ds = rg.Dataset.new("MultiFrameTrueColorSecondaryCaptureImageStorage")
    set_pixels(ds, stack)
    ds.compress("RLELossless")
    np.testing.assert_array_equal(np.stack(list(ds.pixels.frames())), stack)


def test_native_frames_are_views() -> None:
    stack = np.arange(60, dtype=np.uint16).reshape(5, 4, 3)
    ds = rg.Dataset.new("MultiFrameGrayscaleWordSecondaryCaptureImageStorage")
    set_pixels(ds, stack, photometric="MONOCHROME2")
    ds = rg.read(ds.to_bytes())
    frames = list(ds.pixels.frames())
    assert all(np.shares_memory(frame, ds.pixel_array) for frame in frames)
    np.testing.assert_array_equal(np.stack(frames), stack)


def test_the_error_comes_where_its_frame_would() -> None:
    """Frames before a damaged one are given; nothing comes after it."""
    ds = packed(6)
    content = bytearray(ds.to_bytes())
    marks = [at for at in range(len(content)) if content[at : at + 4] == b"\xff\xd8\xff\xf7"]
    content[marks[3] + 5 : marks[3] + 9] = b"\0\1\0\1"
    broken = rg.read(bytes(content))
    given = []
    frames = broken.pixels.frames(threads=3)
    with pytest.raises(DicomError):
        given.extend(frames)
    with pytest.raises(StopIteration):
        next(frames)
    frames = broken.pixels.frames(threads=3)
    for number in range(3):
        np.testing.assert_array_equal(next(frames), ds.pixels.frame(number))
    with pytest.raises(DicomError):
        next(frames)


def test_an_abandoned_iterator_leaves_nothing_running() -> None:
    """What has not begun when the caller goes away is not begun; the pool is free for others at once."""
    ds = packed(40, (512, 512))
    begin = _busy()
    list(ds.pixels.frames(threads=2))
    whole = _busy() - begin
    others = threading.active_count()
    frames = ds.pixels.frames(threads=2)
    next(frames)
    frames.close()
    del frames
    # By the time of the processors, which a machine that stands still does not count.
    begin = now = _busy()
    while True:
        before = now
        time.sleep(0.3)
        now = _busy()
        if now - before < 0.1:
            break
    assert now - begin < whole / 2
    assert threading.active_count() <= others


def _busy() -> float:
    times = os.times()
    return times.user + times.system


def test_memory_stays_flat() -> None:
    """As many frames are held as are rendered ahead, and the caller's own."""
    psutil = pytest.importorskip("psutil")
    ds = packed(48, (512, 512), "RLELossless")
    list(ds.pixels.frames(threads=2))
    process = psutil.Process()
    base = process.memory_info().rss
    most = 0
    for frame in ds.pixels.frames(threads=2):
        most = max(most, process.memory_info().rss - base)
        assert frame.shape == (512, 512)
    assert most < 12 * 512 * 512 * 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_goes_on() -> None:
    """The child has none of the threads that its frames were begun on."""
    ds = packed(9)
    whole = ds.pixels.array()
    frames = ds.pixels.frames(threads=2)
    next(frames)
    child = os.fork()
    if child == 0:
        rest = list(frames)
        os._exit(0 if np.array_equal(np.stack(rest), whole[1:]) else 1)
    for _ in range(1200):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.05)
    else:
        os.kill(child, 9)
        pytest.fail("the child waits for ever")
    assert os.waitstatus_to_exitcode(status) == 0
    np.testing.assert_array_equal(np.stack(list(frames)), whole[1:])
