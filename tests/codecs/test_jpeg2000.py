"""JPEG 2000 and HTJ2K: round trips over every depth, shape and option; parts of frames; cut codestreams."""

from __future__ import annotations

import random
import struct
from itertools import product
from typing import Any

import numpy as np
import pytest
from radiogram import codecs
from radiogram.errors import ArgumentError, DicomError, LimitError, PixelError, UnsupportedError

from tests.codecs.images import SIZES, image

LOSSLESS = ("JPEG2000Lossless", "HTJ2KLossless", "HTJ2KLosslessRPCL")
LOSSY = ("JPEG2000", "HTJ2K")
SAMPLES: tuple[tuple[int, ...], ...] = ((), (3,), (4,))


def kind_of(bits: int, sign: str) -> np.dtype[Any]:
    return np.dtype(f"{sign}{1 if bits <= 8 else 2 if bits <= 16 else 4 if bits <= 32 else 8}")


# -- round trips -----------------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", [*LOSSLESS, *LOSSY])
@pytest.mark.parametrize("bits", [1, 2, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 20, 24, 25, 26])
def test_images_come_back(syntax: str, bits: int) -> None:
    """Every depth, signed and not, one to four samples: where no loss is asked for there is none."""
    for sign, size, samples, how in product("ui", SIZES, SAMPLES, ("noise", "smooth", "flat", "extremes")):
        if bits == 1 and sign == "i":
            continue
        array = image((*size, *samples), kind_of(bits, sign), bits, how)
        frame = codecs.encode(syntax, array, bits_stored=bits)
        found = codecs.describe(syntax, frame)
        assert found[:5] == (*size, samples[0] if samples else 1, bits, sign == "i")
        back = codecs.decode(syntax, frame, strict=True)
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("bits", [28, 31, 32, 33, 34])
def test_deep_images_come_back(syntax: str, bits: int) -> None:
    """Up to 34 bits: of more, T.800 A.6.4 cannot tell the bit planes of reversible bands."""
    for sign, how in product("ui", ("noise", "smooth", "extremes")):
        array = image((33, 21), kind_of(bits, sign), bits, how)
        back = codecs.decode(syntax, codecs.encode(syntax, array, bits_stored=bits), strict=True)
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_single_bits_come_back(syntax: str) -> None:
    array = image((37, 50), np.dtype("u1"), 1, "noise").astype(bool)
    frame = codecs.encode(syntax, array)
    assert codecs.describe(syntax, frame).precision == 1
    np.testing.assert_array_equal(codecs.decode(syntax, frame).astype(bool), array)


OPTIONS: tuple[dict[str, object], ...] = (
    *({"order": order} for order in ("LRCP", "RLCP", "RPCL", "PCRL", "CPRL")),
    *({"levels": levels} for levels in (0, 1, 2, 7, 32)),
    {"tile": 32},
    {"tile": 17, "levels": 2, "order": "PCRL"},
    {"mct": False},
    {"tlm": True, "plt": True},
    {"tlm": False, "plt": False},
    {"tile": 40, "tlm": True, "plt": True},
)


@pytest.mark.parametrize("syntax", ["JPEG2000Lossless", "HTJ2KLossless"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options_change_the_codestream_alone(syntax: str, options: dict[str, object]) -> None:
    for samples in ((), (3,)):
        array = image((71, 93, *samples), np.dtype("u2"), 12)
        frame = codecs.encode(syntax, array, bits_stored=12, **options)
        np.testing.assert_array_equal(codecs.decode(syntax, frame, strict=True), array)


@pytest.mark.parametrize(
    ("syntax", "options"),
    [
        ("JPEG2000Lossless", {"rate": 10}),
        ("JPEG2000Lossless", {"quality": 40}),
        ("HTJ2KLossless", {"quality": 40}),
        ("HTJ2KLosslessRPCL", {"order": "LRCP"}),
        ("HTJ2KLosslessRPCL", {"tlm": False}),
        ("HTJ2K", {"rate": 10}),
        ("HTJ2K", {"quality": [30, 40]}),
        ("JPEG2000", {"rate": 0.5}),
        ("JPEG2000", {"rate": [5, 20]}),
        ("JPEG2000", {"quality": [40, 30]}),
        ("JPEG2000", {"rate": 10, "quality": 40}),
        ("JPEG2000", {"quality": -1}),
        ("JPEG2000", {"levels": 33}),
        ("JPEG2000", {"order": "PLCR"}),
        ("JPEG2000", {"tile": 70000}),
        ("JPEG2000", {"mct": 1}),
    ],
)
def test_options_that_are_refused(syntax: str, options: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        codecs.encode(syntax, np.zeros((256, 256), np.uint8), **options)


def test_too_many_bits_are_refused() -> None:
    with pytest.raises(ArgumentError, match="bits"):
        codecs.encode("HTJ2KLossless", np.full((4, 4), 4096, np.uint16), bits_stored=12)
    with pytest.raises(ArgumentError, match="64"):
        codecs.encode("HTJ2KLossless", np.zeros((4, 4), np.uint64))


# -- loss ------------------------------------------------------------------------------------------


def decibels(made: np.ndarray, wanted: np.ndarray, bits: int) -> float:
    error = np.mean((made.astype(float) - wanted.astype(float)) ** 2)
    return float(10 * np.log10(((1 << bits) - 1) ** 2 / max(error, 1e-9)))


@pytest.mark.parametrize("syntax", LOSSY)
@pytest.mark.parametrize(("bits", "samples"), [(8, ()), (12, ()), (8, (3,))])
def test_quality_is_kept(syntax: str, bits: int, samples: tuple[int, ...]) -> None:
    """Decibels that were asked for are there, and more of them take more bytes."""
    array = image((200, 230, *samples), kind_of(bits, "u"), bits)
    sizes = []
    for quality in (30, 40, 50):
        frame = codecs.encode(syntax, array, bits_stored=bits, quality=quality)
        made = codecs.decode(syntax, frame, strict=True)
        assert quality - 1.5 <= decibels(made, array, bits)
        sizes.append(len(frame))
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("rate", [4, 8.5, 20])
def test_rates_are_kept(rate: float) -> None:
    """So many times fewer bits than the samples have."""
    array = image((256, 300), np.dtype("u2"), 12)
    frame = codecs.encode("JPEG2000", array, bits_stored=12, rate=rate)
    most = array.size * 12 / 8 / rate
    assert 0.8 * most <= len(frame) <= most * 1.01 + 200


def test_layers_are_used_one_after_another() -> None:
    array = image((200, 230), np.dtype("u2"), 12)
    frame = codecs.encode("JPEG2000", array, bits_stored=12, rate=[40, 10, 3])
    assert codecs.describe("JPEG2000", frame).layers == 3
    known = [decibels(codecs.decode("JPEG2000", frame, layers=count), array, 12) for count in (1, 2, 3, 9)]
    assert known[0] < known[1] < known[2] == known[3]


# -- parts -----------------------------------------------------------------------------------------


def coded(syntax: str, samples: tuple[int, ...] = ()) -> tuple[np.ndarray, bytes]:
    array = image((203, 310, *samples), np.dtype("u2"), 12)
    return array, codecs.encode(syntax, array, bits_stored=12, levels=5)


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("samples", [(), (3,)])
def test_regions_are_of_the_image(syntax: str, samples: tuple[int, ...]) -> None:
    array, frame = coded(syntax, samples)
    dice = random.Random(7)
    for _ in range(40):
        row, column = dice.randrange(203), dice.randrange(310)
        rows, columns = dice.randrange(1, 204 - row), dice.randrange(1, 311 - column)
        part = codecs.decode(syntax, frame, region=(row, column, rows, columns))
        np.testing.assert_array_equal(part, array[row : row + rows, column : column + columns])


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_reduced_regions_are_of_the_reduced_image(syntax: str) -> None:
    """With the pixels that T.800 B.5 gives: regions that touch share none."""
    _, frame = coded(syntax, (3,))
    dice = random.Random(11)
    for reduce in (1, 2, 3, 5):
        whole = codecs.decode(syntax, frame, reduce=reduce)
        side = 1 << reduce
        assert whole.shape == (-(-203 // side), -(-310 // side), 3)
        for _ in range(10):
            row, column = dice.randrange(203 - 2 * side), dice.randrange(310 - 2 * side)
            rows, columns = dice.randrange(side, 204 - row), dice.randrange(side, 311 - column)
            part = codecs.decode(syntax, frame, reduce=reduce, region=(row, column, rows, columns))
            top, left = -(-row // side), -(-column // side)
            bottom, right = -(-(row + rows) // side), -(-(column + columns) // side)
            np.testing.assert_array_equal(part, whole[top:bottom, left:right])


def test_reduced_images_are_means() -> None:
    """The lowest bands of 5/3 are near what averaging gives."""
    array, frame = coded("HTJ2KLossless")
    small = codecs.decode("HTJ2KLossless", frame, reduce=1)
    mean = array[:202].reshape(101, 2, 155, 2).mean((1, 3))
    assert abs(small[:101].astype(float) - mean).mean() < 60


@pytest.mark.parametrize(
    "part",
    [
        {"region": (0, 0, 204, 1)},
        {"region": (203, 0, 1, 1)},
        {"region": (0, 0, 0, 1)},
        {"region": (0, 0, 1)},
        {"region": (-1, 0, 1, 1)},
        {"region": (0.5, 0, 1, 1)},
        {"region": (1, 1, 1, 1), "reduce": 1},
        {"region": (0, 0, 1, 2**32)},
        {"reduce": 6},
        {"reduce": 33},
        {"reduce": -1},
        {"reduce": True},
        {"layers": 0},
        {"layers": 1.5},
    ],
    ids=str,
)
def test_parts_that_there_are_not(part: dict[str, Any]) -> None:
    _, frame = coded("HTJ2KLossless")
    with pytest.raises(ArgumentError):
        codecs.decode("HTJ2KLossless", frame, **part)


@pytest.mark.parametrize("syntax", ["RLELossless", "JPEGLSLossless", "JPEGLosslessSV1", "JPEGXLLossless"])
def test_other_codecs_are_cut(syntax: str) -> None:
    """Regions of any codec; sizes and layers of none but JPEG 2000."""
    array = image((40, 50, 3), np.dtype("u2"), 16)
    known = {"Rows": 40, "Columns": 50, "SamplesPerPixel": 3, "BitsAllocated": 16}
    frame = codecs.encode(syntax, array)
    part = codecs.decode(syntax, frame, known, region=(3, 5, 30, 7))
    np.testing.assert_array_equal(part, array[3:33, 5:12])
    for wrong in ({"reduce": 1}, {"layers": 1}):
        with pytest.raises(ArgumentError):
            codecs.decode(syntax, frame, known, **wrong)


def test_a_part_into_memory() -> None:
    array, frame = coded("HTJ2KLossless")
    out = np.zeros((20, 30), np.uint16)
    assert codecs.decode("HTJ2KLossless", frame, out=out, region=(5, 6, 20, 30)) is out
    np.testing.assert_array_equal(out, array[5:25, 6:36])
    with pytest.raises(ArgumentError):
        codecs.decode("HTJ2KLossless", frame, out=out, reduce=1)


# -- what is described -----------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_described(syntax: str) -> None:
    process = "JPEG 2000" if syntax.startswith("JPEG") else "HTJ2K"
    grey = codecs.describe(syntax, codecs.encode(syntax, np.zeros((300, 200), np.int16)))
    assert (grey.process, grey.color_model, grey.is_signed, grey.precision) == (process, "grey", True, 16)
    assert (grey.levels, grey.layers) == (5, 1)
    colour = np.zeros((30, 20, 3), np.uint8)
    told = codecs.describe(syntax, codecs.encode(syntax, colour))
    assert (told.color_model, told.is_color_stated) == ("RGB", True)
    told = codecs.describe(syntax, codecs.encode(syntax, colour, mct=False))
    assert (told.color_model, told.is_color_stated) == (None, False)
    assert codecs.describe("JPEGLSLossless", jpeg_ls()).levels is None


def jpeg_ls() -> bytes:
    return codecs.encode("JPEGLSLossless", np.zeros((4, 4), np.uint8))


def test_signs_of_a_description_count() -> None:
    """The low bits are what they are; the description says whether they are signed."""
    array = np.array([[-2000, 4095, 0], [-4096, -1, 1]], np.int16)
    signed = codecs.encode("JPEG2000Lossless", array, bits_stored=13)
    as_unsigned = codecs.decode("JPEG2000Lossless", signed, {"PixelRepresentation": 0})
    np.testing.assert_array_equal(as_unsigned, array.astype(np.uint16) & 0x1FFF)
    unsigned = codecs.encode("JPEG2000Lossless", as_unsigned, bits_stored=13)
    np.testing.assert_array_equal(
        codecs.decode("JPEG2000Lossless", unsigned, {"PixelRepresentation": 1}), array
    )


def test_the_other_block_coder_is_foreign() -> None:
    """PS3.5 8.2.4 and 8.2.14 have one each: the other is read, or told where that is wanted."""
    array = image((20, 30), np.dtype("u1"), 8)
    for syntax, other in (("JPEG2000Lossless", "HTJ2KLossless"), ("HTJ2KLossless", "JPEG2000Lossless")):
        frame = codecs.encode(syntax, array)
        np.testing.assert_array_equal(codecs.decode(other, frame), array)
        with pytest.raises(PixelError, match="JPEG 2000"):
            codecs.decode(other, frame, strict=True)


def markers(frame: bytes) -> dict[int, bytes]:
    """Give the marker segments of the main header."""
    found, at = {}, 2
    while frame[at : at + 2] != b"\xff\x90":
        marker, length = struct.unpack_from(">HH", frame, at)
        found[marker] = frame[at + 4 : at + 2 + length]
        at += 2 + length
    return found


@pytest.mark.parametrize(("rows", "columns"), [(512, 512), (100, 3000), (64, 64), (5000, 4100)])
def test_rpcl_is_as_dicom_asks(rows: int, columns: int) -> None:
    """PS3.5 10.18: resolutions first, levels down to a side of 64, tile lengths, T.814 alone."""
    found = markers(codecs.encode("HTJ2KLosslessRPCL", np.zeros((rows, columns), np.uint16)))
    cod = found[0xFF52]
    assert cod[1] == 2
    assert -(-min(rows, columns) // (1 << cod[5])) <= 64
    assert cod[8] & 0x40
    assert 0xFF55 in found
    assert 0xFF50 in found


# -- threads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", [*LOSSLESS, *LOSSY])
def test_threads_change_nothing(syntax: str) -> None:
    array = image((700, 800, 3), np.dtype("u1"), 8)
    options: dict[str, Any] = {"quality": 40} if syntax in LOSSY else {}
    alone = codecs.encode(syntax, array, **options)
    assert codecs.encode_frames(syntax, array[None], threads=4, **options) == [alone]
    one = codecs.decode(syntax, alone)
    for threads in (None, 2, 5):
        np.testing.assert_array_equal(codecs.decode(syntax, alone, threads=threads), one)


# -- hostile ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", [*LOSSLESS, "JPEG2000"])
def test_a_cut_codestream_gives_what_it_holds(syntax: str) -> None:
    """Cut anywhere behind the headers: an image that grows better with its length, or an error where that is wanted."""
    array = image((128, 150), np.dtype("u2"), 12)
    options: dict[str, Any] = {"rate": [30, 10, 4]} if syntax == "JPEG2000" else {}
    frame = codecs.encode(syntax, array, bits_stored=12, **options)
    known = []
    for part in (0.3, 0.6, 0.9):
        cut = frame[: int(len(frame) * part)]
        known.append(decibels(codecs.decode(syntax, cut), array, 12))
        with pytest.raises(PixelError):
            codecs.decode(syntax, cut, strict=True)
    assert known == sorted(known)
    assert known[2] > 15


@pytest.mark.parametrize("syntax", [*LOSSLESS, "JPEG2000"])
def test_hostile_bytes_give_typed_errors(syntax: str) -> None:
    array = image((64, 65), np.dtype("u2"), 12)
    frame = codecs.encode(syntax, array, bits_stored=12)
    dice, raised = random.Random(20261128), []
    for number in range(600):
        bad = bytearray(frame)
        if number % 3 == 0:
            del bad[dice.randrange(len(bad)) :]
        for _ in range(number % 4):
            if bad:
                bad[dice.randrange(min(len(bad), 150 if number % 2 else len(bad)))] = dice.randrange(256)
        try:
            codecs.decode(syntax, bytes(bad), reduce=number % 3, threads=1 + number % 2)
        except DicomError as error:
            raised.append((error, len(bad)))
    assert len(raised) > 100
    kinds = (PixelError, UnsupportedError, LimitError, ArgumentError)
    assert all(isinstance(error, kinds) for error, _ in raised)
    assert all(error.offset is None or 0 <= error.offset <= size for error, size in raised)


def test_claims_are_checked_before_anything_is_allocated() -> None:
    frame = bytearray(codecs.encode("HTJ2KLossless", np.zeros((8, 8), np.uint8)))
    # SIZ: the size of the image and of its tile.
    for at in (8, 12, 24, 28):
        frame[at : at + 4] = b"\x7f\xff\xff\xff"
    with pytest.raises(LimitError):
        codecs.decode("HTJ2KLossless", bytes(frame))
