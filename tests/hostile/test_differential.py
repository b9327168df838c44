"""Damaged and generated codestreams, decoded by us and by imagecodecs (libjpeg-turbo, CharLS): where both read one, they read the same.

`RADIOGRAM_FUZZ_ROUNDS` says how many codestreams of each codec, as for the fuzz targets in Rust; no target takes longer than a minute. The same
number gives the same codestreams everywhere. What may differ, and who is right:

* **A fault that is read past**: a missing end, something behind the last scan: ours reads on and `strict=True` tells. What was lost is filled
  by each in its own way.
* **Ours refuses, theirs reads**: libjpeg-turbo fills what is missing or damaged with grey and only warns. Ours is right not to guess: pixels
  that nobody measured are an error.
* **Ours reads, theirs refuses**: a marker or a parameter that says nothing about the samples, which ours does not need.
* **Out of range**: a DCT block whose coefficients give samples far beyond what there is: libjpeg-turbo computes in 16 bits and wraps, ours
  saturates (T.81 A.3.1), as does the reference software. Where the coefficients themselves are beyond what the precision allows, nobody is right.
* **RLE of another size**: imagecodecs is not told how many pixels there are, and gives what the segments hold.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from radiogram import codecs
from radiogram.errors import DicomError

from tests.codecs.images import image
from tests.hostile.decoding_child import Other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Array = np.ndarray[Any, np.dtype[Any]]

ROUNDS = int(os.environ.get("RADIOGRAM_FUZZ_ROUNDS", "600"))
SECONDS = 60.0
LARGE = 1 << 20
"""Samples of a frame beyond which a damaged header claims more than is worth waiting for."""
SIZES = ((13, 21), (8, 8), (1, 30), (32, 17))
PIECES = (
    b"\xff\xd9",
    b"\xff\x00",
    b"\xff\xd0",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xfe\0\4ab",
    b"\xff\xc3",
    b"\xff\xda",
)


class Seed(NamedTuple):
    """A sound codestream: how each side is told to decode it, and what it holds."""

    syntax: str
    other: str
    frame: bytes
    array: Array

    @property
    def description(self) -> dict[str, int] | None:
        if self.other != "rle":
            return None
        return {
            "Rows": self.array.shape[0],
            "Columns": self.array.shape[1],
            "SamplesPerPixel": self.array.shape[2] if self.array.ndim == 3 else 1,
            "BitsAllocated": self.array.dtype.itemsize * 8,
        }


def pictures(depths: tuple[int, ...], colours: tuple[int, ...] = (1, 3)) -> Iterator[tuple[Array, int, int]]:
    for size, bits, samples, how in product(SIZES, depths, colours, ("smooth", "noise", "extremes")):
        shape = (*size, samples) if samples > 1 else size
        yield image(shape, np.dtype("u1" if bits <= 8 else "u2"), bits, how), bits, samples


def jpeg_ls() -> Iterator[Seed]:
    for array, bits, samples in pictures((3, 8, 12, 16)):
        ways = [{}, {"restart_rows": 3}, *({"interleave": one} for one in ("line", "none") if samples > 1)]
        for options in ways:
            yield Seed(
                "JPEGLSLossless",
                "jpeg-ls",
                codecs.encode("JPEGLSLossless", array, bits_stored=bits, **options),
                array,
            )
        if bits >= 8:
            frame = codecs.encode("JPEGLSNearLossless", array, bits_stored=bits, near=2)
            yield Seed("JPEGLSNearLossless", "jpeg-ls", frame, codecs.decode("JPEGLSNearLossless", frame))


def jpeg_lossless() -> Iterator[Seed]:
    for array, bits, samples in pictures((2, 8, 12, 16)):
        other = "jpeg, plain colours" if samples == 3 else "jpeg, grey"
        for options in ({}, {"predictor": 4}, {"predictor": 7}, {"restart_rows": 2}):
            yield Seed(
                "JPEGLossless",
                other,
                codecs.encode("JPEGLossless", array, bits_stored=bits, **options),
                array,
            )


def jpeg_baseline() -> Iterator[Seed]:
    for array, _, samples in pictures((8,)):
        other = "jpeg, YCbCr" if samples == 3 else "jpeg, grey"
        for options in ({}, {"restart_interval": 1}, {"optimal": True}, {"quality": 30}):
            frame = codecs.encode("JPEGBaseline8Bit", array, **options)
            yield Seed("JPEGBaseline8Bit", other, frame, codecs.decode("JPEGBaseline8Bit", frame))


def jpeg_extended() -> Iterator[Seed]:
    for array, _, _ in pictures((12,), (1,)):
        for options in ({}, {"restart_interval": 1}, {"optimal": True}):
            frame = codecs.encode("JPEGExtended12Bit", array, **options)
            yield Seed("JPEGExtended12Bit", "jpeg, grey", frame, codecs.decode("JPEGExtended12Bit", frame))


def rle() -> Iterator[Seed]:
    for array, _, _ in pictures((8, 16)):
        yield Seed("RLELossless", "rle", codecs.encode("RLELossless", array), array)


TARGETS: dict[str, tuple[Callable[[], Iterator[Seed]], int]] = {
    "JPEG-LS": (jpeg_ls, 0),
    "JPEG lossless": (jpeg_lossless, 0),
    "JPEG baseline": (jpeg_baseline, 2),
    "JPEG extended": (jpeg_extended, 4),
    "RLE": (rle, 0),
}
"""The seeds of each codec, and by how much samples may differ: what two inverse transforms do (T.83)."""


def mutated(chance: random.Random, frame: bytes) -> bytes:
    """Change a few bytes: overwrite, flip, cut out, repeat, put a marker in, cut the end off."""
    data = bytearray(frame)
    for _ in range(1 + chance.randrange(3)):
        at = chance.randrange(len(data) + 1)
        to = min(len(data), at + 1 + chance.randrange(8))
        match chance.randrange(8):
            case 0 | 1 if at < len(data):
                data[at] = chance.randrange(256)
            case 2 | 3 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 4:
                del data[at:to]
            case 5:
                data[at:at] = data[at:to]
            case 6:
                data[at:to] = chance.choice(PIECES)
            case _ if chance.randrange(4) == 0:
                del data[at:]
    return bytes(data)


@pytest.fixture
def other() -> Iterator[Other]:
    pytest.importorskip("imagecodecs", reason="imagecodecs is not installed")
    other = Other()
    yield other
    other.close()


def ours_of(seed: Seed, frame: bytes, *, strict: bool = False) -> Array | str:
    try:
        return codecs.decode(seed.syntax, frame, seed.description, strict=strict)
    except DicomError as error:
        return str(error)


def theirs_of(other: Other, seed: Seed, frame: bytes, like: Array) -> Array | str:
    """Ask the other; what it gives in another order is put into ours."""
    found = other.decode(seed.other, frame, like.dtype.newbyteorder("<").str)
    if isinstance(found, str) or found.shape == like.shape:
        return found
    if found.size != like.size:
        return f"gives {found.shape}"
    planes = found.reshape(-1, *like.shape[:2])
    return planes.transpose(1, 2, 0).reshape(like.shape)


def is_claimed_large(seed: Seed, frame: bytes) -> bool:
    """Whether the headers claim a picture that is not worth waiting for, or are none."""
    if seed.other == "rle":
        return False
    try:
        found = codecs.describe(seed.syntax, frame)
    except DicomError:
        return True
    return found.rows * found.columns * found.components > LARGE


def is_out_of_range(ours: Array, theirs: Array, bits: int, most: int) -> bool:
    """Whether all that differs lies in blocks that touch an end of the range, on one side or the other."""
    highest = (1 << bits) - 1
    ends = (ours == 0) | (ours == highest) | (theirs == 0) | (theirs == highest)
    differs = abs(ours.astype(int) - theirs) > most
    for place in np.argwhere(differs):
        block = tuple(slice(at // 8 * 8, at // 8 * 8 + 8) for at in place[:2])
        if not ends[(*block, *place[2:])].any():
            return False
    return True


def compare(other: Other, seed: Seed, frame: bytes, most: int) -> str:
    """Say what becomes of a codestream; a sentence that begins with WRONG is a difference that nothing explains."""
    ours = ours_of(seed, frame)
    if is_claimed_large(seed, frame):
        return "refused by ours" if isinstance(ours, str) else "too large to compare"
    theirs = theirs_of(other, seed, frame, seed.array if isinstance(ours, str) else ours)
    if isinstance(ours, str):
        if isinstance(theirs, str):
            return "refused by both"
        if frame == seed.frame:
            return f"WRONG: a sound codestream is refused: {ours}"
        return "refused by ours"
    if isinstance(theirs, str):
        return (
            "refused by theirs"
            if frame != seed.frame
            else f"WRONG: theirs refuses a sound codestream: {theirs}"
        )
    if ours.shape != theirs.shape:
        return f"WRONG: {ours.shape} and {theirs.shape}"
    differs = int(abs(ours.astype(np.int64) - theirs.astype(np.int64)).max())
    if differs <= most:
        return "the same"
    if isinstance(ours_of(seed, frame, strict=True), str):
        return "a fault that is read past"
    if most and is_out_of_range(ours, theirs, 12 if ours.dtype.itemsize == 2 else 8, most):
        return "out of range"
    return f"WRONG: differs by {differs}"


@pytest.mark.parametrize("target", TARGETS)
def test_damaged_codestreams(target: str, other: Other, note: Callable[[str], None]) -> None:
    """Sound ones first, then as many damaged ones as there are rounds."""
    make, most = TARGETS[target]
    seeds, chance, counts = list(make()), random.Random(f"radiogram {target}"), Counter[str]()
    wrong: list[str] = []
    begin, rounds = time.monotonic(), 0
    for number in range(ROUNDS + len(seeds)):
        seed = seeds[number] if number < len(seeds) else chance.choice(seeds)
        frame = seed.frame if number < len(seeds) else mutated(chance, seed.frame)
        said = compare(other, seed, frame, most)
        if frame == seed.frame and said != "the same":
            said = f"WRONG: {said}, and the codestream is sound"
        counts[said.split(":")[0]] += 1
        if said.startswith("WRONG"):
            wrong.append(f"{target}, {number}: {said}; {frame.hex()}")
        rounds += 1
        if time.monotonic() - begin > SECONDS:
            break
    told = ", ".join(f"{count} {said}" for said, count in counts.most_common())
    note(f"differential, {target}: {rounds} codestreams: {told}; the other decoder died {other.deaths} times")
    assert not wrong, "\n".join(wrong[:10])
    assert counts["the same"] >= len(seeds)


ENCODERS = {
    "JPEGLSLossless": lambda imagecodecs, array, _: imagecodecs.jpegls_encode(array),
    "JPEGLossless": lambda imagecodecs, array, bits: imagecodecs.jpeg8_encode(
        array,
        lossless=True,
        bitspersample=bits,
        **({"colorspace": "RGB", "outcolorspace": "RGB"} if array.ndim == 3 else {}),
    ),
}


@pytest.mark.parametrize("syntax", ENCODERS)
def test_generated_pictures(syntax: str, other: Other) -> None:
    """Pictures of any size, depth and content: ours reads theirs, and theirs reads ours."""
    imagecodecs = pytest.importorskip("imagecodecs")
    chance = random.Random(f"radiogram {syntax}")
    begin = time.monotonic()
    for _ in range(min(ROUNDS, 20_000) // 5):
        size = (chance.randrange(1, 40), chance.randrange(1, 70), *chance.choice([(), (3,)]))
        bits = chance.choice((8, 16)) if syntax == "JPEGLSLossless" else chance.randrange(2, 17)
        random_ = np.random.default_rng(chance.randrange(1 << 32))
        noise = random_.integers(0, 1 << bits, size) & -(1 << chance.randrange(bits))
        array = np.where(random_.random(size) < chance.random(), noise, noise.flat[0])
        array = array.astype("u1" if bits <= 8 else "u2")
        theirs = bytes(ENCODERS[syntax](imagecodecs, array, bits))
        np.testing.assert_array_equal(codecs.decode(syntax, theirs), array)
        colours = (
            "jpeg-ls"
            if syntax == "JPEGLSLossless"
            else "jpeg, plain colours"
            if array.ndim == 3
            else "jpeg, grey"
        )
        ours = codecs.encode(syntax, array, bits_stored=bits)
        np.testing.assert_array_equal(other.decode(colours, ours, array.dtype.str), array)
        if time.monotonic() - begin > SECONDS:
            break
