"""Round trips over every depth, shape and option, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from radiogram import codecs
from radiogram.errors import ArgumentError, UnsupportedError

from tests.codecs.images import SIZES, image

JPEG_LIKE = {
    "JPEGLossless": [{"predictor": one} for one in range(1, 8)] + [{"restart_rows": 3}],
    "JPEGLosslessSV1": [{}, {"restart_rows": 1}],
    "JPEGLSLossless": [{}, {"interleave": "line"}, {"interleave": "none"}, {"restart_rows": 2}],
    "JPEGLSNearLossless": [{"near": 0}],
}


def described(array: np.ndarray) -> dict[str, int]:
    return {
        "Rows": array.shape[0],
        "Columns": array.shape[1],
        "SamplesPerPixel": array.shape[2] if array.ndim == 3 else 1,
        "BitsAllocated": array.dtype.itemsize * 8,
        "PixelRepresentation": int(array.dtype.kind == "i"),
    }


@pytest.mark.parametrize(
    "syntax",
    ["RLELossless", "EncapsulatedUncompressedExplicitVRLittleEndian", "DeflatedImageFrameCompression"],
)
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"])
def test_whole_bytes_come_back(syntax: str, dtype: str) -> None:
    """RLE and plain samples: every integer type, one sample and three where 15 segments allow it."""
    kind = np.dtype(dtype)
    for size, how in itertools.product(SIZES, ("smooth", "noise", "flat", "extremes")):
        for samples in ((), (3,) if kind.itemsize <= 4 else ()):
            array = image((*size, *samples), kind, 8 * kind.itemsize if kind.itemsize < 8 else 60, how)
            frame = codecs.encode(syntax, array)
            back = codecs.decode(syntax, frame, described(array))
            assert back.dtype == kind
            np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("syntax", sorted(JPEG_LIKE))
@pytest.mark.parametrize("bits", range(2, 17))
def test_lossless_images_come_back(syntax: str, bits: int) -> None:
    """JPEG lossless and JPEG-LS: 2 to 16 bits, signed and not, one to four samples, all options."""
    for option, sign in itertools.product(JPEG_LIKE[syntax], "ui"):
        kind = np.dtype(f"{sign}{1 if bits <= 8 else 2}")
        for size, samples, how in itertools.product(
            SIZES[2:5], ((), (3,), (4,)), ("noise", "smooth", "extremes")
        ):
            array = image((*size, *samples), kind, bits, how)
            frame = codecs.encode(syntax, array, bits_stored=bits, **option)
            found = codecs.describe(syntax, frame)
            assert found[:4] == (*size, samples[0] if samples else 1, bits)
            back = codecs.decode(syntax, frame, described(array))
            assert back.dtype == kind
            np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("size", [(65535, 1), (1, 65535), (30000, 6)])
@pytest.mark.parametrize("syntax", [uid.keyword for uid in codecs.ENCODED])
def test_long_and_narrow_images_come_back(syntax: str, size: tuple[int, int]) -> None:
    array = image(size, np.dtype("u1"), 8, "noise")
    back = codecs.decode(syntax, codecs.encode(syntax, array), described(array))
    assert back.shape == size
    if syntax not in ("JPEGBaseline8Bit", "JPEGExtended12Bit"):
        np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("size", [(70000, 2), (3, 65536)])
@pytest.mark.parametrize("syntax", ["JPEGLSLossless", "JPEG2000Lossless", "HTJ2KLossless", "JPEGXLLossless"])
def test_sides_of_more_than_16_bits_come_back(syntax: str, size: tuple[int, int]) -> None:
    """JPEG-LS has a segment for them (T.87 C.2.4.1.4)."""
    array = image(size, np.dtype("u1"), 8, "noise")
    np.testing.assert_array_equal(codecs.decode(syntax, codecs.encode(syntax, array)), array)


@pytest.mark.parametrize("near", [1, 2, 7])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_near_is_kept(near: int, bits: int) -> None:
    array = image((33, 40), np.dtype("u1" if bits == 8 else "u2"), bits, "noise")
    frame = codecs.encode("JPEGLSNearLossless", array, bits_stored=bits, near=near)
    assert abs(codecs.decode("JPEGLSNearLossless", frame).astype(int) - array).max() <= near


@pytest.mark.parametrize(
    ("syntax", "dtype", "bits"),
    [("JPEGBaseline8Bit", "u1", 8), ("JPEGExtended12Bit", "u2", 12), ("JPEGExtended12Bit", "u1", 8)],
)
@pytest.mark.parametrize("samples", [(), (3,)])
def test_lossy_is_close_and_quality_counts(
    syntax: str, dtype: str, bits: int, samples: tuple[int, ...]
) -> None:
    """Quality 100 leaves rounding alone, and fewer bytes come with less quality."""
    array = image((64, 80, *samples), np.dtype(dtype), bits)
    options = {"conversion": "RGB"} if samples else {}
    sizes = []
    for quality in (100, 90, 50):
        frame = codecs.encode(syntax, array, quality=quality, **options)
        back = codecs.decode(syntax, frame)
        assert back.shape == array.shape
        assert back.dtype == array.dtype
        sizes.append(len(frame))
        if quality == 100:
            assert abs(back.astype(int) - array).max() <= 4
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("subsampling", ["444", "422", "420"])
def test_subsampling_and_colour_are_told(subsampling: str) -> None:
    array = np.zeros((17, 23, 3), np.uint8)
    frame = codecs.encode("JPEGBaseline8Bit", array, subsampling=subsampling)
    found = codecs.describe("JPEGBaseline8Bit", frame)
    assert (found.process, found.color_model, found.is_color_stated) == ("baseline", "YCbCr", True)
    assert codecs.decode("JPEGBaseline8Bit", frame).shape == (17, 23, 3)


def test_frames_side_by_side() -> None:
    """As one after another; with any number of threads, of a view too."""
    stack = image((40, 30, 6), np.dtype("u2"), 12, "noise").transpose(2, 0, 1)
    alone = [codecs.encode("JPEGLSLossless", frame, bits_stored=12) for frame in stack]
    for threads in (None, 1, 2, 5):
        assert codecs.encode_frames("JPEGLSLossless", stack, bits_stored=12, threads=threads) == alone


def test_order_of_bytes_does_not_matter() -> None:
    array = image((9, 9), np.dtype("u2"), 16, "noise")
    for syntax in ("RLELossless", "JPEGLSLossless", "JPEGLosslessSV1"):
        assert codecs.encode(syntax, array.astype(">u2")) == codecs.encode(syntax, array)


@pytest.mark.parametrize(
    ("syntax", "shape", "dtype", "options"),
    [
        ("ExplicitVRLittleEndian", (2, 2), "u1", {}),
        ("1.2.3", (2, 2), "u1", {}),
        ("RLELossless", (2,), "u1", {}),
        ("RLELossless", (2, 2), "f4", {}),
        ("RLELossless", (0, 2), "u1", {}),
        ("RLELossless", (2, 2), "u1", {"near": 1}),
        ("JPEGLossless", (2, 2), "u1", {"predictor": 8}),
        ("JPEGLossless", (2, 2), "u1", {"predictor": True}),
        ("JPEGLossless", (2, 2, 5), "u1", {}),
        ("JPEGLosslessSV1", (2, 2), "u1", {"predictor": 1}),
        ("JPEGLosslessSV1", (2, 2), "u2", {"bits_stored": 17}),
        ("JPEGLSLossless", (2, 2), "u1", {"near": 1}),
        ("JPEGLSNearLossless", (2, 2), "u1", {"near": 128}),
        ("JPEGLSNearLossless", (2, 2), "u1", {"near": 256}),
        ("JPEGLSLossless", (2, 2), "u1", {"interleave": "word"}),
        ("JPEGBaseline8Bit", (2, 2), "i1", {}),
        ("JPEGBaseline8Bit", (2, 2), "u1", {"quality": 0}),
        ("JPEGBaseline8Bit", (2, 2), "u1", {"subsampling": "411"}),
        ("JPEGBaseline8Bit", (2, 2), "u1", {"conversion": "CMYK"}),
        ("RLELossless", (2, 2, 2, 2), "u1", {}),
    ],
)
def test_refused(syntax: str, shape: tuple[int, ...], dtype: str, options: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        codecs.encode(syntax, np.zeros(shape, dtype), **options)


@pytest.mark.parametrize(
    ("syntax", "dtype", "bits"),
    [
        ("JPEGBaseline8Bit", "u2", 8),
        ("JPEGExtended12Bit", "u2", 12),
        ("JPEGLSLossless", "i2", 12),
        ("JPEGLossless", "u4", 16),
    ],
)
def test_samples_are_not_cut_off(syntax: str, dtype: str, bits: int) -> None:
    """A sample of more bits than are encoded is refused, also where its type is only wider than it must be."""
    array = np.full((4, 4), (1 << bits) - 1 if dtype[0] == "u" else (1 << bits - 1) - 1, dtype)
    assert codecs.encode(syntax, array, bits_stored=bits)
    with pytest.raises(ArgumentError, match="bits"):
        codecs.encode(syntax, array + np.array(1, dtype), bits_stored=bits)


@pytest.mark.parametrize(
    "syntax",
    [
        "JPEGXL",
        "JPEGXLJPEGRecompression",
        "MPEG2MPML",
        "1.2.840.10008.1.2.4.55",
    ],
)
def test_no_encoder(syntax: str) -> None:
    with pytest.raises(UnsupportedError):
        codecs.encode(syntax, np.zeros((8, 8), np.uint8))
