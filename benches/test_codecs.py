"""Codecs of single frames, both ways, beside imagecodecs (libjpeg-turbo, CharLS) and what else is installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from pydicom.pixels.decoders.rle import _rle_decode_frame
from radiogram import codecs

from benches import data
from benches.interleave import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.conftest import Measure

    Array = np.ndarray[Any, np.dtype[Any]]

try:
    import jpeg_ls
except ImportError:
    jpeg_ls = None


@dataclass(frozen=True)
class Image:
    """A frame, and how many bits of its samples mean something."""

    array: Array
    bits: int


def images(size: data.Size) -> dict[str, Image]:
    """Give frames of several kinds, unsigned: a CT slice, an MR slice, an 8-bit grey one, an RGB one."""
    ct = rg.read(data.ct_series(size)[0]).pixel_array
    found = {
        "CT 512": Image(np.ascontiguousarray(ct).astype(np.uint16) & 4095, 12),
        "MR 64": Image(
            rg.read(get_testdata_file("emri_small.dcm")).pixel_array[0].astype(np.uint16) & 4095, 12
        ),
        "grey 8": Image(rg.read(get_testdata_file("OBXXXX1A.dcm")).pixel_array, 8),
        "RGB": Image(rg.read(get_testdata_file("examples_rgb_color.dcm")).pixel_array, 8),
    }
    return {name: Image(np.ascontiguousarray(one.array), one.bits) for name, one in found.items()}


KINDS = ("CT 512", "MR 64", "grey 8", "RGB")


def known(array: Array) -> dict[str, int]:
    """Describe a frame, for RLE."""
    return {
        "Rows": array.shape[0],
        "Columns": array.shape[1],
        "SamplesPerPixel": array.shape[2] if array.ndim == 3 else 1,
        "BitsAllocated": array.dtype.itemsize * 8,
    }


def decoders(codec: str, frame: bytes, array: Array) -> dict[str, Callable[[], Any]]:
    """Give those who decode a frame."""
    if codec == "JPEGLSLossless":
        ways = {"imagecodecs": lambda: imagecodecs.jpegls_decode(frame)}
        if jpeg_ls is not None:
            ways["pyjpegls"] = lambda: jpeg_ls.decode(np.frombuffer(frame, np.uint8)).reshape(array.shape)
    elif codec == "RLELossless":
        options = {"dtype": array.dtype.newbyteorder("<"), "shape": array.shape}
        ways = {
            "pydicom": lambda: by_pydicom(frame, array),
            "imagecodecs": lambda: by_imagecodecs(frame, options),
        }
    elif codec == "JPEGXLLossless":
        ways = {"imagecodecs": lambda: imagecodecs.jpegxl_decode(frame, numthreads=1)}
    else:
        ways = {
            "imagecodecs": lambda: (
                imagecodecs.jpeg8_decode(frame, colorspace="RGB", outcolorspace="RGB")
                if array.ndim == 3
                else imagecodecs.jpeg8_decode(frame)
            )
        }
    return {"radiogram": lambda: codecs.decode(codec, frame, known(array)), **ways}


def by_pydicom(frame: bytes, array: Array) -> Array:
    """Decode RLE in Python."""
    samples = array.shape[2] if array.ndim == 3 else 1
    plain = _rle_decode_frame(frame, *array.shape[:2], samples, array.dtype.itemsize * 8)
    planes = np.frombuffer(plain, array.dtype.newbyteorder("<")).reshape(samples, *array.shape[:2])
    return planes.transpose(1, 2, 0).reshape(array.shape)


def by_imagecodecs(frame: bytes, options: dict[str, Any]) -> Array:
    """Decode RLE in C: planes of samples."""
    shape = options["shape"]
    plain = imagecodecs.dicomrle_decode(frame, options["dtype"])
    planes = np.frombuffer(plain, options["dtype"]).reshape((shape[2] if len(shape) == 3 else 1, *shape[:2]))
    return planes.transpose(1, 2, 0).reshape(shape)


TURN = 4 << 20
"""Bytes of samples that one turn decodes or encodes, so that a small frame is not measured by the clock's own step."""


def often(ways: dict[str, Callable[[], Any]], array: Array) -> tuple[dict[str, Callable[[], Any]], int]:
    """Give each way as many times a turn as make up `TURN`, and how many these are."""
    times = max(1, TURN // array.nbytes)

    def again(way: Callable[[], Any]) -> Any:  # noqa: ANN401
        for _ in range(times - 1):
            way()
        return way()

    return {name: lambda way=way: again(way) for name, way in ways.items()}, times


GATES = {"RLELossless": 1.0, "JPEGLosslessSV1": 0.5, "JPEGLSLossless": 1.0, "JPEGXLLossless": 1.5}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("codec", GATES)
def test_decode(codec: str, kind: str, size: data.Size, measure: Measure) -> None:
    """From a codestream of ours to an array."""
    one = images(size)[kind]
    stored = {} if codec == "RLELossless" else {"bits_stored": one.bits}
    frame = codecs.encode(codec, one.array, **stored)
    ways, times = often(decoders(codec, frame, one.array), one.array)
    measure(
        f"decode {codec}, {kind}",
        ways,
        Gate("imagecodecs", GATES[codec]),
        right=lambda _, made: np.array_equal(made, one.array),
        per=times,
        unit="µs",
        slow=frozenset({"pydicom"}),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("codec", ["JPEGLosslessSV1", "JPEGLSLossless", "JPEGXLLossless"])
def test_encode(codec: str, kind: str, size: data.Size, measure: Measure) -> None:
    """From an array to a codestream, which libjpeg-turbo or CharLS reads."""
    one = images(size)[kind]
    if codec == "JPEGLSLossless":
        theirs, read = imagecodecs.jpegls_encode, imagecodecs.jpegls_decode
    elif codec == "JPEGXLLossless":
        theirs, read = libjxl(one.bits), imagecodecs.jpegxl_decode
    else:
        # Turbo converts colours unless it is told that there are none.
        plain = {"colorspace": "RGB", "outcolorspace": "RGB"} if one.array.ndim == 3 else {}

        def theirs(array: Array) -> bytes:
            return bytes(imagecodecs.jpeg8_encode(array, lossless=True, bitspersample=one.bits, **plain))

        def read(frame: bytes) -> Array:
            return np.asarray(imagecodecs.jpeg8_decode(frame, **plain))

    ways, times = often(
        {
            "radiogram": lambda: codecs.encode(codec, one.array, bits_stored=one.bits),
            "imagecodecs": lambda: theirs(one.array),
        },
        one.array,
    )
    measure(
        f"encode {codec}, {kind}",
        ways,
        Gate("imagecodecs", GATES[codec]),
        right=lambda _, made: np.array_equal(read(made), one.array),
        per=times,
        unit="µs",
    )


def libjxl(bits: int) -> Callable[[Array], bytes]:
    """Give libjxl's lossless encoder at its fastest, on one thread."""
    options = {"lossless": True, "effort": 1, "numthreads": 1}
    if bits not in {8, 16}:
        options["bitspersample"] = bits
    return lambda array: bytes(imagecodecs.jpegxl_encode(array, **options))


@pytest.mark.parametrize("kind", ["grey 8", "RGB"])
@pytest.mark.parametrize("direction", ["decode", "encode"])
def test_baseline(direction: str, kind: str, size: data.Size, measure: Measure) -> None:
    """JPEG of 8 bits, quality 90; right is within what inverse transforms may differ by."""
    one = images(size)[kind]
    frame = codecs.encode("JPEGBaseline8Bit", one.array)
    reference = imagecodecs.jpeg8_decode(frame).astype(int)
    ways: dict[str, Callable[[], Any]] = {
        "radiogram": lambda: codecs.decode("JPEGBaseline8Bit", frame, to_rgb=True),
        "imagecodecs": lambda: imagecodecs.jpeg8_decode(frame),
    }
    if direction == "encode":
        ways = {
            "radiogram": lambda: codecs.encode("JPEGBaseline8Bit", one.array),
            "imagecodecs": lambda: imagecodecs.jpeg8_encode(one.array, level=90, subsampling="444"),
        }

    def right(_: str, made: Any) -> bool:  # noqa: ANN401
        if direction == "encode":
            made = imagecodecs.jpeg8_decode(made)
            return bool(abs(made.astype(int) - one.array).mean() <= 3)
        return bool(abs(made.astype(int) - reference).max() <= 2)

    ways, times = often(ways, one.array)
    gate = 2.0 if direction == "encode" else 1 / 1.5 if kind == "grey 8" else 1 / 0.85
    measure(
        f"{direction} JPEGBaseline8Bit, {kind}",
        ways,
        Gate("imagecodecs", gate),
        right=right,
        per=times,
        unit="µs",
    )
