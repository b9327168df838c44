"""Codecs of single frames, both ways, beside everyone who has them: imagecodecs (libjpeg-turbo, CharLS), GDCM, dicomsdl, pylibjpeg, pyjpegls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from radiogram import codecs

from benches import codec_peers as peers
from benches import data
from benches.interleave import QUICKEST, Gate
from benches.pictures import KINDS, Picture, picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.conftest import Measure
    from benches.pictures import Array

LOSSLESS = (
    "RLELossless",
    "JPEGLosslessSV1",
    "JPEGLSLossless",
    "JPEG2000Lossless",
    "HTJ2KLossless",
    "JPEGXLLossless",
)
DEPTHS = {"JPEGBaseline8Bit": 8, "JPEGExtended12Bit": 12}
"""The lossy ones take every picture, with as many bits."""
CASES = [(codec, kind) for codec in LOSSLESS for kind in KINDS] + [
    (codec, kind) for codec, bits in DEPTHS.items() for kind in KINDS if bits == 8 or kind != "US RGB"
]
SLOW = frozenset({"pydicom"})


def decoding_gate(codec: str, kind: str) -> Gate:
    """Say what is owed for decoding: by codec, and for some by the kind of picture."""
    if codec == "RLELossless":
        return Gate(QUICKEST, 1.0)
    times = {
        "JPEGLosslessSV1": 1.5 if kind == "CR 15 bits" else 2.0,
        "JPEGBaseline8Bit": 0.85 if kind == "US RGB" else 1.5,
        "JPEGExtended12Bit": 0.9,
        "JPEGLSLossless": 1.0,
        "JPEG2000Lossless": 1.0,
        "HTJ2KLossless": 1.0,
        "JPEGXLLossless": 0.67,
    }
    return Gate("imagecodecs", 1 / times[codec])


ENCODING_GATES = {
    "RLELossless": Gate("pylibjpeg-rle", 1 / 10),
    "JPEGLosslessSV1": Gate("imagecodecs", 1 / 2),
    "JPEGBaseline8Bit": Gate("imagecodecs", 1 / 0.5),
    "JPEGExtended12Bit": Gate("imagecodecs", 1 / 1.0),
    "JPEGLSLossless": Gate("imagecodecs", 1 / 1.0),
    "JPEG2000Lossless": Gate("imagecodecs", 1 / 0.8),
    "HTJ2KLossless": Gate("imagecodecs", 1 / 0.7),
    "JPEGXLLossless": Gate("imagecodecs", 1 / 0.67),
}


def given(codec: str, kind: str, size: data.Size) -> Picture:
    """Give the picture of a row, with the bits that the codec takes."""
    one = picture(kind, is_small=size == data.SMOKE)
    return one.of_bits(DEPTHS[codec]) if codec in DEPTHS else one


def encoded(codec: str, one: Picture) -> bytes:
    """Encode with ours."""
    stored = {} if codec == "RLELossless" else {"bits_stored": one.bits}
    return codecs.encode(codec, one.array, **stored)


TURN = 2 << 20
"""Bytes of samples that one turn decodes or encodes, so that a small frame is not measured by the clock's own step."""


def often(
    ways: dict[str, Callable[[], Any] | str], size: data.Size, array: Array
) -> tuple[dict[str, Callable[[], Any] | str], int]:
    """Give each way as many times a turn as make up `TURN`, and how many these are."""
    times = 1 if size == data.SMOKE else max(1, TURN // array.nbytes)

    def again(way: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:  # noqa: ANN401
            for _ in range(times - 1):
                way()
            return way()

        return run

    return {name: way if isinstance(way, str) else again(way) for name, way in ways.items()}, times


def rounds(array: Array) -> int:
    """Give how many rounds there are: more of what is over soon, which a busy machine disturbs most."""
    return 7 if array.nbytes > TURN else 15


def is_near(made: Array, wanted: Array, most: int) -> bool:
    """Whether samples are of the same shape and differ by no more than this."""
    return made.shape == wanted.shape and int(abs(made.astype(int) - wanted).max()) <= most


@pytest.mark.parametrize(("codec", "kind"), CASES)
def test_decode(codec: str, kind: str, size: data.Size, measure: Measure) -> None:
    """From a codestream of ours to an array; of a lossy one, within what inverse transforms and conversions differ by."""
    one = given(codec, kind, size)
    frame, known, out = encoded(codec, one), one.description, np.empty_like(one.array)
    colours = {"to_rgb": True} if codec == "JPEGBaseline8Bit" else {}
    coded = codecs.decode(codec, frame, known)
    wanted = one.array if codec in LOSSLESS else codecs.decode(codec, frame, known, **colours)
    most = 0 if codec in LOSSLESS else 4 if one.array.ndim == 3 else 2

    def right(name: str, made: Array) -> bool:
        # GDCM leaves colours as they are coded, which is what the file says they are.
        return is_near(made, wanted, most) or (name == "gdcm" and is_near(made, coded, most))

    ways, times = often(
        {
            "radiogram": lambda: codecs.decode(codec, frame, known, out, **colours),
            **peers.decoders(codec, frame, one),
        },
        size,
        one.array,
    )
    measure(
        f"decode {codec}, {kind}",
        ways,
        decoding_gate(codec, kind),
        right=right,
        per=times,
        rounds=rounds(one.array),
        unit="µs",
        slow=SLOW,
        group=f"decode {codec}",
    )


@pytest.mark.parametrize(("codec", "kind"), CASES)
def test_encode(codec: str, kind: str, size: data.Size, measure: Measure) -> None:
    """From an array to a codestream, which somebody else reads; a lossy one as near to the picture as libjpeg-turbo's, and as long."""
    one = given(codec, kind, size)
    theirs = peers.encoders(codec, one)
    ways, times = often({"radiogram": lambda: encoded(codec, one), **theirs}, size, one.array)

    def error(frame: bytes) -> float:
        return float(abs(by_ours(codec, frame, one).astype(int) - one.array).mean())

    def right(name: str, made: bytes) -> bool:
        if codec in LOSSLESS:
            read = by_another(codec, made, one) if name == "radiogram" else by_ours(codec, made, one)
            return np.array_equal(read, one.array)
        rival = theirs.get("imagecodecs", "")
        if name != "radiogram" or isinstance(rival, str):
            return error(made) < (1 << one.bits) / 64
        other = rival()
        return error(made) <= 1.05 * error(other) + 0.1 and len(made) <= 1.1 * len(other) + 700

    measure(
        f"encode {codec}, {kind}",
        ways,
        ENCODING_GATES[codec],
        right=right,
        per=times,
        rounds=rounds(one.array),
        unit="µs",
        group=f"encode {codec}",
    )


@pytest.mark.parametrize("codec", ["JPEG2000Lossless", "HTJ2KLossless"])
@pytest.mark.parametrize("reduce", [1, 3])
def test_reduce(codec: str, reduce: int, size: data.Size, measure: Measure) -> None:
    """A large frame at a fraction of its size: what was coded for the larger sizes is not decoded. The whole frame is the peer."""
    one = given(codec, "CR 15 bits", size)
    frame = encoded(codec, one)
    wanted = codecs.decode(codec, frame, reduce=reduce)
    side = 1 << reduce
    rows, columns = (-(-length // side) for length in one.array.shape)

    def right(name: str, made: Array) -> bool:
        return np.array_equal(made, one.array if name == "the whole frame" else wanted) and wanted.shape == (
            rows,
            columns,
        )

    measure(
        f"decode {codec}, CR 15 bits, {side} times smaller",
        {
            "radiogram": lambda: codecs.decode(codec, frame, reduce=reduce),
            "the whole frame": lambda: codecs.decode(codec, frame),
        },
        Gate("the whole frame", 1 / 20 if reduce == 3 else 1 / 2),
        right=right,
        rounds=rounds(one.array),
        unit="µs",
        group=f"decode {codec} in part",
    )


def by_ours(codec: str, frame: bytes, one: Picture) -> Array:
    """Decode with ours."""
    colours = {"to_rgb": True} if codec == "JPEGBaseline8Bit" else {}
    return np.asarray(codecs.decode(codec, frame, one.description, **colours))


def by_another(codec: str, frame: bytes, one: Picture) -> Array:
    """Decode with somebody else, where somebody is installed."""
    for way in peers.decoders(codec, frame, one).values():
        if not isinstance(way, str):
            return np.asarray(way())
    return by_ours(codec, frame, one)
