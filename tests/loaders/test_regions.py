"""Regions of frames of every layout: read from the file in part, and equal to what `ds.pixels.frame` cuts out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, PixelError
from radiogram.loaders.frames import Frames

from tests.pixels.datasets import noise, picture, written
from tests.pixels.encapsulated import put_rle

if TYPE_CHECKING:
    from pathlib import Path

REGIONS = [(0, 0, 9, 7), (0, 0, 1, 1), (8, 6, 1, 1), (2, 1, 5, 4), (4, 0, 3, 7), (0, 3, 9, 2)]

LAYOUTS: dict[str, dict[str, Any]] = {
    "uint8": {"dtype": np.uint8, "bits": 8},
    "uint16": {"dtype": np.uint16, "bits": 16},
    "12 of 16": {"dtype": np.uint16, "bits": 16, "stored": 12, "high": 15},
    "int16": {"dtype": np.int16, "bits": 16, "signed": True},
    "uint32": {"dtype": np.uint32, "bits": 32},
    "big": {"dtype": np.uint16, "bits": 16, "syntax": "big"},
    "big bytes": {"dtype": np.uint8, "bits": 8, "syntax": "big", "vr": "OW"},
    "implicit": {"dtype": np.uint16, "bits": 16, "syntax": "implicit"},
    "colour": {"dtype": np.uint8, "bits": 8, "colours": 3},
    "planes": {"dtype": np.uint8, "bits": 8, "colours": 3, "PlanarConfiguration": 1},
    "rescaled": {
        "dtype": np.int16,
        "bits": 16,
        "signed": True,
        "RescaleSlope": "0.5",
        "RescaleIntercept": "-7",
    },
}


def _made(path: Path, *, dtype: Any, colours: int = 1, **options: Any) -> rg.Dataset:
    shape = (3, 9, 7, colours)
    limits = np.iinfo(dtype)
    path.write_bytes(written(picture(noise(shape, dtype, limits.min, limits.max), shape=shape, **options)))
    return rg.read(path)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_region_is_the_part_of_its_frame(layout: str, compressed: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    options = LAYOUTS[layout]
    if compressed and (options.get("syntax") == "big" or options.get("colours")):
        options = {"dtype": np.uint16, "bits": 16}
    ds = _made(path, **options)
    if compressed:
        import pydicom

        path.write_bytes(written(put_rle(pydicom.dcmread(path))))
        ds = rg.read(path)
    for units in ("stored", "modality") if "colours" not in options else ("stored", "color"):
        for region in REGIONS:
            expected = np.stack(
                [ds.pixels.frame(frame, units=units, dtype="float64", region=region) for frame in range(3)]
            )
            memory = np.full(expected.shape, -1.0)
            frames = Frames(memory.dtype, units)
            # The second time the file is known.
            for _ in range(2):
                memory[...] = -1
                assert not frames.read([str(path)] * 3, [None] * 3, [0, 1, 2], [region] * 3, memory, 1)
                np.testing.assert_array_equal(memory, expected)
                assert frames.known == int(layout not in ("big bytes", "planes") or compressed)
        whole = np.empty((3, *ds.pixels.shape[1:]))
        for _ in range(2):
            whole[...] = -1
            assert not frames.read([str(path)] * 3, [None] * 3, [0, 1, 2], None, whole)
            np.testing.assert_array_equal(whole, ds.pixels.array(units=units, dtype="float64"))


def test_single_bits_too(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    bits = np.random.default_rng(2).integers(0, 2, (3, 9, 7), np.uint8)
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    path.write_bytes(written(picture(packed, shape=(3, 9, 7, 1), bits=1)))
    for region in REGIONS:
        y, x, rows, columns = region
        memory = np.empty((3, rows, columns), np.uint8)
        frames = Frames(memory.dtype, "stored")
        assert not frames.read([str(path)] * 3, [None] * 3, [0, 1, 2], [region] * 3, memory)
        np.testing.assert_array_equal(memory, bits[:, y : y + rows, x : x + columns])


@pytest.mark.parametrize(
    "region", [(0, 0, 10, 1), (9, 0, 1, 1), (0, 7, 1, 1), (0, 6, 1, 2), (2**32 - 1, 0, 1, 1)]
)
def test_what_is_no_region_is_an_error_of_its_sample(region: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    _made(path, dtype=np.uint16, bits=16)
    memory = np.zeros((2, *region[2:]), np.uint16)
    inside = (0, 0, *region[2:]) if region[2] < 10 else (0, 0, 9, 1)
    frames = Frames(memory.dtype, "stored")
    for _ in range(2):
        failed = frames.read([str(path)] * 2, [None] * 2, [0, 0], [region, inside], memory)
        assert isinstance(failed[0], ArgumentError)
        if region[2] < 10:
            assert list(failed) == [0]


def test_there_is_no_frame_behind_the_last(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    _made(path, dtype=np.uint16, bits=16)
    memory = np.zeros((3, 9, 7), np.uint16)
    frames = Frames(memory.dtype, "stored")
    for _ in range(2):
        failed = frames.read([str(path)] * 3, [None] * 3, [0, 3, 2**40], None, memory)
        assert [(at, type(error)) for at, error in failed.items()] == [(1, PixelError), (2, PixelError)]


def test_lists_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    _made(path, dtype=np.uint16, bits=16)
    frames = Frames(np.dtype(np.uint16), "stored")
    name, room = str(path), np.zeros((2, 9, 7), np.uint16)
    for arguments in (
        ([name], [None], [0], None, room),
        ([name] * 2, [None], [0, 0], None, room),
        ([name] * 2, [None] * 2, [0], None, room),
        ([name] * 2, [None] * 2, [0, 0], [(0, 0, 9, 7)], room),
        ([name] * 2, [None] * 2, [0, 0], None, room[:, :, ::2]),
        ([name] * 2, [None] * 2, [0, 0], None, np.zeros((2, 0, 7), np.uint16)),
    ):
        with pytest.raises(ArgumentError):
            frames.read(*arguments)
    assert frames.read([], [], [], None, np.zeros((0, 9, 7), np.uint16)) == {}
    room.flags.writeable = False
    with pytest.raises(ArgumentError):
        frames.read([name] * 2, [None] * 2, [0, 0], None, room)
