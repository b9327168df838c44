"""Descriptions, buffers, fragments, and hostile bytes."""

from __future__ import annotations

import random
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
import radiogram as rg
from radiogram import codecs
from radiogram.errors import ArgumentError, DicomError, LimitError, PixelError, UnsupportedError
from radiogram.pixels.put import set_pixels

from tests.codecs.images import image

RLE = {"Rows": 24, "Columns": 30, "BitsAllocated": 16, "SamplesPerPixel": 1}
STREAMS = (
    "RLELossless",
    "JPEGBaseline8Bit",
    "JPEGExtended12Bit",
    "JPEGLossless",
    "JPEGLosslessSV1",
    "JPEGLSLossless",
    "JPEGLSNearLossless",
    "DeflatedImageFrameCompression",
)
NOT_DESCRIBED = {"RLELossless", "DeflatedImageFrameCompression"}


@pytest.fixture(scope="module")
def array() -> np.ndarray:
    return image((24, 30), np.dtype("u2"), 12)


@pytest.mark.parametrize(
    "kind", [bytes, bytearray, memoryview, lambda it: [it], lambda it: (it[:33], memoryview(it[33:]))]
)
def test_fragments_of_any_kind(array: np.ndarray, kind: object) -> None:
    frame = codecs.encode("JPEGLSLossless", array, bits_stored=12)
    np.testing.assert_array_equal(codecs.decode("JPEGLSLossless", kind(frame)), array)


@pytest.mark.parametrize("wrong", ["text", 5, [b"", "x"], None])
def test_no_fragments(wrong: object) -> None:
    with pytest.raises((ArgumentError, TypeError)):
        codecs.decode("RLELossless", wrong, RLE)


def test_a_dataset_describes(array: np.ndarray) -> None:
    ds = rg.Dataset()
    set_pixels(ds, array)
    np.testing.assert_array_equal(
        codecs.decode("RLELossless", codecs.encode("RLELossless", array), ds), array
    )


@pytest.mark.parametrize("missing", ["Rows", "Columns", "BitsAllocated"])
def test_rle_needs_a_description(array: np.ndarray, missing: str) -> None:
    frame = codecs.encode("RLELossless", array)
    with pytest.raises(ArgumentError):
        codecs.decode("RLELossless", frame, {name: value for name, value in RLE.items() if name != missing})
    with pytest.raises(ArgumentError):
        codecs.decode("RLELossless", frame)
    with pytest.raises(UnsupportedError):
        codecs.describe("RLELossless", frame)


@pytest.mark.parametrize("other", [{"Rows": 23}, {"Columns": 29}, {"SamplesPerPixel": 3}])
def test_another_image_than_described(array: np.ndarray, other: dict[str, int]) -> None:
    frame = codecs.encode("JPEGLosslessSV1", array)
    with pytest.raises(PixelError):
        codecs.decode("JPEGLosslessSV1", frame, RLE | other)


@pytest.mark.parametrize(
    "wrong", [{"Rows": -1}, {"Rows": 2**40}, {"Rows": "x"}, {"BitsAllocated": 12}, {"Rows": 0}]
)
def test_descriptions_that_are_none(array: np.ndarray, wrong: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        codecs.decode("RLELossless", codecs.encode("RLELossless", array), RLE | wrong)


def test_pixels_of_one_bit() -> None:
    """Eight of them a byte, rows without padding (PS3.5 8.1.1)."""
    bits = np.random.default_rng(3).integers(0, 2, (11, 13), np.uint8)
    packed = np.packbits(bits.reshape(-1), bitorder="little")
    known = {"Rows": 11, "Columns": 13, "BitsAllocated": 1}
    np.testing.assert_array_equal(
        codecs.decode("RLELossless", codecs.encode("RLELossless", packed[None]), known), bits
    )
    plain = "EncapsulatedUncompressedExplicitVRLittleEndian"
    np.testing.assert_array_equal(codecs.decode(plain, packed.tobytes(), known), bits)
    assert codecs.encode(plain, bits.astype(bool)) == packed.tobytes()
    for syntax in ("RLELossless", plain, "DeflatedImageFrameCompression"):
        frame = codecs.encode(syntax, bits.view(bool))
        np.testing.assert_array_equal(codecs.decode(syntax, frame, known, strict=True), bits)
    with pytest.raises(UnsupportedError, match="one bit"):
        codecs.encode("JPEGLSLossless", bits.view(bool))
    with pytest.raises(ArgumentError, match="bits"):
        codecs.encode("RLELossless", np.full((2, 2), 2, np.uint8).view(bool))


def test_deflated_frames(array: np.ndarray) -> None:
    """A stream of raw deflate a frame (PS3.5 10.20): too short is an error, what follows it is a fault, a bomb is refused."""
    frame = codecs.encode("DeflatedImageFrameCompression", array)
    np.testing.assert_array_equal(codecs.decode("DeflatedImageFrameCompression", frame, RLE), array)
    assert zlib.decompress(frame, wbits=-15) == array.tobytes()
    with pytest.raises(PixelError, match="fewer"):
        codecs.decode("DeflatedImageFrameCompression", frame[: len(frame) // 2], RLE)
    with pytest.raises(PixelError, match="passed over"):
        codecs.decode("DeflatedImageFrameCompression", frame + bytes(9), RLE, strict=True)
    with pytest.raises(LimitError):
        codecs.decode("DeflatedImageFrameCompression", zlib.compress(bytes(1 << 20), wbits=-15), RLE)
    with pytest.raises(LimitError):
        codecs.decode("DeflatedImageFrameCompression", frame, RLE | {"Rows": 60000, "Columns": 60000})


def test_another_codestream_than_the_transfer_syntax_says(array: np.ndarray) -> None:
    """Read as what it is, unless `strict`."""
    frame = codecs.encode("JPEGLSLossless", array, bits_stored=12)
    np.testing.assert_array_equal(codecs.decode("JPEGBaseline8Bit", frame), array)
    with pytest.raises(PixelError, match="JPEG-LS"):
        codecs.decode("JPEGBaseline8Bit", frame, strict=True)


def test_into_an_array(array: np.ndarray) -> None:
    frame = codecs.encode("JPEGLSLossless", array, bits_stored=12)
    stack = np.zeros((3, 24, 30), np.uint16)
    assert codecs.decode("JPEGLSLossless", frame, out=stack[1]).base is stack
    np.testing.assert_array_equal(stack[1], array)
    assert not stack[[0, 2]].any()
    frozen = np.zeros((24, 30), np.uint16)
    frozen.flags.writeable = False
    for wrong in (
        np.zeros((24, 31), "u2"),
        np.zeros((24, 30), "i2"),
        np.zeros((30, 24), "u2").T,
        frozen,
        [[0]],
        np.zeros((24, 30), ">u2"),
    ):
        with pytest.raises(ArgumentError):
            codecs.decode("JPEGLSLossless", frame, out=wrong)


def test_strict(array: np.ndarray) -> None:
    """A missing end marker is read past, or told."""
    frame = codecs.encode("JPEGLSLossless", array, bits_stored=12)[:-2]
    np.testing.assert_array_equal(codecs.decode("JPEGLSLossless", frame), array)
    with pytest.raises(PixelError, match="byte"):
        codecs.decode("JPEGLSLossless", frame, strict=True)


def test_faults_are_told(array: np.ndarray) -> None:
    """A picture of which a part is missing looks as one that is whole."""
    whole = codecs.encode("JPEG2000Lossless", array, bits_stored=12)
    for frame, count in ((whole, 0), (whole[:-2], 1), (whole[: len(whole) // 2], 1)):
        faults: list[str] = []
        codecs.decode("JPEG2000Lossless", frame, faults=faults)
        assert [", byte " in fault for fault in faults] == [True] * count
    faults = []
    codecs.decode("JPEGBaseline8Bit", whole, faults=faults)
    assert len(faults) == 1
    assert "JPEG 2000" in faults[0]


def test_a_lossless_frame_in_a_baseline_syntax(array: np.ndarray) -> None:
    frame = codecs.encode("JPEGLosslessSV1", array, bits_stored=12)
    np.testing.assert_array_equal(codecs.decode("JPEGBaseline8Bit", frame), array)
    assert codecs.describe("JPEGBaseline8Bit", frame).process == "lossless"


@pytest.mark.parametrize("name", ["HEVCMP51", "MPEG4HP41"])
def test_not_yet(name: str) -> None:
    with pytest.raises(UnsupportedError, match=rg.TransferSyntax(name).name[:9]):
        codecs.decode(name, b"\xff\x4f")


def test_claims_are_checked_before_anything_is_allocated() -> None:
    """A few bytes that say they are gigabytes."""
    frame = bytearray(codecs.encode("JPEGLSLossless", np.zeros((8, 8), np.uint8)))
    at = frame.index(b"\xff\xf7")
    frame[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(LimitError):
        codecs.decode("JPEGLSLossless", frame)
    with pytest.raises(LimitError):
        codecs.decode("RLELossless", bytes(200), {"Rows": 60000, "Columns": 60000, "BitsAllocated": 8})


@pytest.mark.parametrize("syntax", STREAMS)
def test_hostile_bytes_give_typed_errors(syntax: str, array: np.ndarray) -> None:
    """Cut anywhere and changed anywhere: a result or an error of ours, whose offset lies within the frame."""
    if syntax == "JPEGBaseline8Bit":
        frame = codecs.encode(syntax, (array >> 4).astype(np.uint8))
    else:
        frame = codecs.encode(syntax, array, **({} if syntax in NOT_DESCRIBED else {"bits_stored": 12}))
    dice = random.Random(20261125)
    known = RLE if syntax in NOT_DESCRIBED else None
    raised = []
    for number in range(600):
        bad = bytearray(frame)
        if number % 3 == 0:
            del bad[dice.randrange(len(bad)) :]
        for _ in range(number % 4):
            if bad:
                bad[dice.randrange(min(len(bad), 200 if number % 2 else len(bad)))] = dice.randrange(256)
        try:
            codecs.decode(syntax, bytes(bad), known)
        except DicomError as error:
            raised.append((error, len(bad)))
    assert len(raised) > 150
    assert all(isinstance(error, (PixelError, UnsupportedError, LimitError)) for error, _ in raised)
    assert all(error.offset is None or 0 <= error.offset <= size for error, size in raised)


def test_the_package_gives_the_room() -> None:
    assert rg.codecs is codecs
    assert isinstance(
        codecs.describe("JPEGLSLossless", codecs.encode("JPEGLSLossless", np.zeros((1, 1), "u1"))),
        codecs.Codestream,
    )
    assert SimpleNamespace(**dict.fromkeys(codecs.__all__))
