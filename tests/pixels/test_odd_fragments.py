"""Fragments where the header does not announce them, far offsets, and overlays beside compressed samples."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
import radiogram as rg
from radiogram import codecs
from radiogram.errors import PixelError, UnsupportedError
from radiogram.pixels.put import set_pixels

from tests.pixels.encapsulated import item

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1 << 30
RNG = np.random.default_rng(9)


def fragments(stack: np.ndarray, frames: list[bytes], syntax: str) -> rg.Dataset:
    """Give the attributes of native frames, and fragments instead of them."""
    ds = rg.Dataset.new("MultiFrameGrayscaleWordSecondaryCaptureImageStorage")
    set_pixels(ds, stack)
    ds.add_new(0x7FE00010, "OB", codecs.fragments.encapsulate(frames).data)
    ds.file_meta.TransferSyntaxUID = rg.TransferSyntax("RLELossless").uid
    content = ds.to_bytes()
    old, new = b"1.2.840.10008.1.2.5\0", str(rg.TransferSyntax(syntax).uid).encode()
    assert len(new) <= len(old)
    return rg.read(content.replace(old, new.ljust(len(old), b"\0"), 1))


@pytest.mark.parametrize("codec", ["RLELossless", "JPEGLSLossless", "JPEGLosslessSV1"])
@pytest.mark.parametrize("count", [1, 3])
def test_fragments_under_a_native_transfer_syntax(codec: str, count: int) -> None:
    """Read as what their codestreams are, and told: pydicom takes the fragments themselves for samples."""
    stack = RNG.integers(0, 4096, (count, 8, 9), np.uint16)
    frames = codecs.encode_frames(codec, stack)
    ds = fragments(stack if count > 1 else stack[0], frames, "ExplicitVRLittleEndian")
    np.testing.assert_array_equal(ds.pixels.array(), np.squeeze(stack))
    assert [problem.kind for problem in ds.problems] == ["codestream"]
    assert "not what the transfer syntax says" in str(ds.problems[0])
    ds.decompress()
    again = rg.read(ds.to_bytes())
    np.testing.assert_array_equal(again.pixels.array(), np.squeeze(stack))
    assert not again.problems


def test_fragments_of_nothing_known() -> None:
    ds = fragments(np.zeros((8, 9), np.uint16), [b"\1\2\3\4"], "ExplicitVRLittleEndian")
    with pytest.raises((UnsupportedError, PixelError)):
        ds.pixels.array()


def test_extended_offsets_beyond_four_gib(tmp_path: Path) -> None:
    """A sparse file: a fragment of almost 4 GiB of zeros, and the frames behind it, found by the extended table alone."""
    stack = RNG.integers(0, 4096, (3, 8, 9), np.uint16)
    frames = codecs.encode_frames("RLELossless", stack)
    head = rg.Dataset.new("MultiFrameGrayscaleWordSecondaryCaptureImageStorage")
    set_pixels(head, stack)
    huge = 2**32 - 2
    lengths = [huge, len(frames[1]), len(frames[2])]
    offsets = [0, 8 + huge, 16 + huge + len(frames[1])]
    assert offsets[1] > 2**32 - 1
    head.add_new(0x7FE00001, "OV", struct.pack("<3Q", *offsets))
    head.add_new(0x7FE00002, "OV", struct.pack("<3Q", *lengths))
    head.add_new(0x7FE00010, "OB", codecs.fragments.encapsulate([b"\0\0"]).data)
    head.file_meta.TransferSyntaxUID = rg.TransferSyntax("RLELossless").uid
    content = head.to_bytes()
    end = content.rindex(item(bytes(4)))
    path = tmp_path / "far.dcm"
    try:
        with path.open("wb") as file:
            file.write(content[:end] + item(b"") + struct.pack("<HHI", 0xFFFE, 0xE000, huge))
            file.seek(huge, 1)
            file.write(item(frames[1]) + item(frames[2]) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))
        if path.stat().st_blocks * 512 > GIB:
            pytest.skip("the file system has no sparse files")
    except OSError as error:
        pytest.skip(f"no file of 4 GiB: {error}")
    ds = rg.read(path)
    assert ds.pixels.n_frames == 3
    for number in (1, 2):
        np.testing.assert_array_equal(ds.pixels.frame(number), stack[number])
    assert not ds.problems


@pytest.mark.parametrize(
    "codec", ["RLELossless", "JPEGLosslessSV1", "JPEGLSLossless", "DeflatedImageFrameCompression"]
)
@pytest.mark.parametrize("bit", [12, 15])
@pytest.mark.parametrize("count", [1, 3])
def test_overlays_beside_compressed_samples(codec: str, bit: int, count: int) -> None:
    """The bits that samples do not use, in each frame (PS3.3 C.9.2, retired)."""
    samples = RNG.integers(0, 4096, (count, 8, 10), np.uint16)
    plane = RNG.integers(0, 2, (count, 8, 10), np.uint16)
    frames = codecs.encode_frames(codec, samples | plane << bit)
    ds = rg.Dataset.new("MultiFrameGrayscaleWordSecondaryCaptureImageStorage")
    set_pixels(ds, np.squeeze(samples), bits_stored=12)
    ds.add_new(0x60000010, "US", 8)
    ds.add_new(0x60000011, "US", 10)
    ds.add_new(0x60000015, "IS", count)
    ds.add_new(0x60000040, "CS", "G")
    ds.add_new(0x60000050, "SS", [1, 1])
    ds.add_new(0x60000100, "US", 16)
    ds.add_new(0x60000102, "US", bit)
    ds.add_new(0x7FE00010, "OB", codecs.fragments.encapsulate(frames).data)
    ds.file_meta.TransferSyntaxUID = rg.TransferSyntax(codec).uid
    made = rg.read(ds.to_bytes())
    (overlay,) = made.overlays
    np.testing.assert_array_equal(overlay.array, np.squeeze(plane))
    np.testing.assert_array_equal(made.pixels.array(), np.squeeze(samples))


def test_overlays_that_a_codestream_has_lost() -> None:
    samples = RNG.integers(0, 4096, (8, 10), np.uint16)
    ds = rg.Dataset.new("SecondaryCaptureImageStorage")
    set_pixels(ds, samples, bits_stored=12)
    for tag, vr, value in (
        (0x60000010, "US", 8),
        (0x60000011, "US", 10),
        (0x60000100, "US", 16),
        (0x60000102, "US", 14),
    ):
        ds.add_new(tag, vr, value)
    for codec, error in (("JPEGLSLossless", PixelError), ("JPEGExtended12Bit", UnsupportedError)):
        frame = codecs.encode(codec, samples, bits_stored=12)
        ds.add_new(0x7FE00010, "OB", codecs.fragments.encapsulate([frame]).data)
        ds.file_meta.TransferSyntaxUID = rg.TransferSyntax(codec).uid
        with pytest.raises(error, match="bit"):
            _ = rg.read(ds.to_bytes()).overlays[0].array
