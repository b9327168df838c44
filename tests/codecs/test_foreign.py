"""Others read what we encode, and we read what they encode: libjpeg-turbo, CharLS and imagecodecs' RLE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from radiogram import codecs

from tests.codecs.images import image

if TYPE_CHECKING:
    from collections.abc import Iterator

imagecodecs: Any = pytest.importorskip("imagecodecs")

KINDS = ("noise", "smooth", "flat", "extremes")
BITS = (2, 5, 8, 9, 12, 16)


def arrays(bits: int) -> Iterator[np.ndarray]:
    for samples in ((), (3,)):
        for kind in KINDS:
            yield image((37, 41, *samples), np.dtype("u1" if bits <= 8 else "u2"), bits, kind)


def turbo(array: np.ndarray) -> dict[str, str]:
    """Leave colours as they are."""
    return {"colorspace": "RGB", "outcolorspace": "RGB"} if array.ndim == 3 else {}


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("interleave", ["sample", "line", "none"])
def test_charls_reads_ours(bits: int, interleave: str) -> None:
    for array in arrays(bits):
        frame = codecs.encode("JPEGLSLossless", array, bits_stored=bits, interleave=interleave)
        back = imagecodecs.jpegls_decode(frame)
        # Colour by plane comes as planes.
        back = back if back.shape == array.shape else np.moveaxis(back, 0, -1)
        np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("predictor", range(1, 8))
def test_turbo_reads_our_lossless(bits: int, predictor: int) -> None:
    for array in arrays(bits):
        frame = codecs.encode("JPEGLossless", array, bits_stored=bits, predictor=predictor)
        np.testing.assert_array_equal(imagecodecs.jpeg8_decode(frame, **turbo(array)), array)


@pytest.mark.parametrize("bits", [8, 16])
def test_rle_is_read(bits: int) -> None:
    for array in arrays(bits):
        frame = codecs.encode("RLELossless", array)
        plain = imagecodecs.dicomrle_decode(frame, array.dtype.newbyteorder("<"))
        planes = np.frombuffer(plain, array.dtype.newbyteorder("<")).reshape(-1, 37, 41)
        np.testing.assert_array_equal(planes.transpose(1, 2, 0).reshape(array.shape), array)


@pytest.mark.parametrize("bits", [8, 16])
def test_we_read_theirs(bits: int) -> None:
    for array in arrays(bits):
        for syntax, frame in (
            ("JPEGLSLossless", imagecodecs.jpegls_encode(array)),
            ("JPEGLossless", imagecodecs.jpeg8_encode(array, lossless=True, predictor=4, **turbo(array))),
        ):
            np.testing.assert_array_equal(codecs.decode(syntax, frame), array)


@pytest.mark.parametrize(
    ("syntax", "dtype", "bits"), [("JPEGBaseline8Bit", "u1", 8), ("JPEGExtended12Bit", "u2", 12)]
)
def test_turbo_reads_our_lossy(syntax: str, dtype: str, bits: int) -> None:
    """Within what two inverse transforms may differ by."""
    array = image((64, 72), np.dtype(dtype), bits)
    frame = codecs.encode(syntax, array, quality=92)
    theirs = imagecodecs.jpeg8_decode(frame).astype(int)
    assert abs(theirs - codecs.decode(syntax, frame)).max() <= 1
