"""Frames that are the components of codestreams: JPEG 2000 part 2 (PS3.5 A.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram import _core
from radiogram.errors import ArgumentError, PixelError, UnsupportedError

from tests.pixels.datasets import picture, written

if TYPE_CHECKING:
    from pathlib import Path


def frames(count: int, dtype: str = "u2", bits: int = 12) -> np.ndarray:
    rng = np.random.default_rng(count)
    rows, columns = np.indices((48, 37))
    base = np.sin(rows / 6) * np.cos(columns / 5) * 0.4 + 0.5
    values = np.clip(
        base * np.linspace(0.6, 1, count)[:, None, None] + rng.normal(0, 0.01, (count, 48, 37)), 0, 1
    )
    values *= (1 << bits) - 1
    return np.round(values - ((1 << bits - 1) if dtype[0] == "i" else 0)).astype(dtype)


def made(array: np.ndarray, bits: int = 12) -> Any:
    count, rows, columns = array.shape
    signed = array.dtype.kind == "i"
    ds = picture(array, shape=(count, rows, columns, 1), bits=array.itemsize * 8, stored=bits, signed=signed)
    return rg.read(written(ds))


@pytest.mark.parametrize(("dtype", "bits"), [("u1", 8), ("u2", 12), ("i2", 16)])
@pytest.mark.parametrize("collection", [None, 1, 2, 3, 7, 100])
def test_frames_are_collected_and_come_back(
    dtype: str, bits: int, collection: int | None, tmp_path: Path
) -> None:
    array = frames(7, dtype, bits)
    ds = made(array, bits)
    options = {} if collection is None else {"collection": collection}
    ds.compress("JPEG2000MCLossless", verify=True, **options)
    assert not ds.get("LossyImageCompression")
    ds.save_as(tmp_path / "a.dcm")
    ds = rg.read(tmp_path / "a.dcm")
    assert ds.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.92"
    assert (ds.problems, ds.NumberOfFrames) == ((), 7)
    assert ds.pixels.n_frames == 7
    np.testing.assert_array_equal(ds.pixel_array, array)
    for number in (6, 0, 3):
        np.testing.assert_array_equal(ds.pixels.frame(number), array[number])
    np.testing.assert_array_equal(np.stack(list(ds.pixels.frames(threads=2))), array)
    region = (8, 5, 20, 16)
    np.testing.assert_array_equal(ds.pixels.frame(4, region=region), array[4, 8:28, 5:21])
    assert ds.pixels.frame(4, reduce=1).shape == (24, 19)
    ds.decompress()
    np.testing.assert_array_equal(ds.pixel_array, array)


def test_loss_is_told_and_small() -> None:
    array = frames(6)
    ds = made(array)
    ds.compress("JPEG2000MC", quality=50, collection=6)
    assert ds.LossyImageCompression == "01"
    assert ds.LossyImageCompressionMethod == "ISO_15444_1"
    error = ds.pixel_array.astype(float) - array
    assert abs(10 * np.log10(4095**2 / np.mean(error**2)) - 50) < 3
    assert float(ds.LossyImageCompressionRatio) > 3


def test_collections_that_cannot_be() -> None:
    for collection in (0, -1, 20_000, 1.5):
        with pytest.raises(ArgumentError):
            made(frames(3)).compress("JPEG2000MCLossless", collection=collection)
    with pytest.raises(ArgumentError):
        made(frames(3)).compress("JPEG2000Lossless", collection=3)


def test_other_numbers_of_frames_are_refused(tmp_path: Path) -> None:
    ds = made(frames(6))
    ds.compress("JPEG2000MCLossless", collection=4)
    ds.NumberOfFrames = 7
    ds.save_as(tmp_path / "a.dcm")
    with pytest.raises(PixelError):
        _ = rg.read(tmp_path / "a.dcm").pixel_array


def test_colours_are_a_frame_each() -> None:
    rng = np.random.default_rng(4)
    array = rng.integers(0, 256, (3, 16, 17, 3), np.uint8)
    ds = rg.read(written(picture(array, shape=array.shape, bits=8)))
    ds.compress("JPEG2000MCLossless", verify=True)
    assert ds.PhotometricInterpretation == "YBR_RCT"
    np.testing.assert_array_equal(ds.pixel_array, array)


def test_a_frame_of_a_collection_is_no_codestream(tmp_path: Path) -> None:
    ds = made(frames(4))
    ds.compress("JPEG2000MCLossless")
    ds.save_as(tmp_path / "a.dcm")
    ds = rg.read(tmp_path / "a.dcm")
    with pytest.raises(UnsupportedError):
        _core.encapsulated_frames(ds)
