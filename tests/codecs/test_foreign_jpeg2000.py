"""JPEG 2000 and HTJ2K of others: they read what we encode, and we read what they encode, with every option that they have."""

from __future__ import annotations

import io
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from radiogram import codecs

from tests.codecs.foreign import Case, library, read_by
from tests.codecs.images import image
from tests.codecs.test_foreign import frames, low_bits

if TYPE_CHECKING:
    from pathlib import Path

BITS = (2, 5, 8, 9, 12, 15, 16)
CODES = {"JPEG2000Lossless": "jpeg2k", "HTJ2KLossless": "htj2k", "HTJ2KLosslessRPCL": "htj2k"}


def rounding(bits: int, samples: int) -> int:
    """Say how far samples of the irreversible wavelet may lie apart: OpenJPEG has one of its constants (T.800 F.3.8.2) to four digits."""
    return 1 + (samples > 1) + round(2**bits * 4e-5)


def encoded(syntax: str, arrays: np.ndarray, bits: int, **options: Any) -> Case:
    made = tuple(codecs.encode(syntax, array, bits_stored=bits, **options) for array in arrays)
    photometric = "RGB" if arrays.ndim == 4 else ""
    return Case(syntax, arrays, bits, made, photometric, options)


# -- others read ours ------------------------------------------------------------------------------

OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    *({"order": order} for order in ("LRCP", "RLCP", "RPCL", "PCRL", "CPRL")),
    {"levels": 0},
    {"levels": 2},
    {"tile": 16},
    {"mct": False},
    {"tlm": True, "plt": True},
)


@pytest.mark.parametrize("peer", ["imagecodecs", "pylibjpeg-openjpeg"])
@pytest.mark.parametrize("syntax", sorted(CODES))
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("bits", BITS)
def test_others_read_ours(peer: str, syntax: str, samples: int, bits: int, tmp_path: Path) -> None:
    for sign in "ui" if samples == 1 else "u":
        case = encoded(syntax, frames(bits, samples, sign), bits)
        found = read_by(peer, case, tmp_path)
        np.testing.assert_array_equal(low_bits(found, bits), low_bits(case.arrays, bits))


@pytest.mark.parametrize("peer", ["imagecodecs", "pylibjpeg-openjpeg"])
@pytest.mark.parametrize("syntax", ["JPEG2000Lossless", "HTJ2KLossless"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_others_read_our_options(peer: str, syntax: str, options: dict[str, Any], tmp_path: Path) -> None:
    if peer == "imagecodecs" and syntax.startswith("HT") and options.get("tile"):
        pytest.skip("imagecodecs' OpenJPH reads images of one tile")
    for samples in (1, 3):
        case = encoded(syntax, frames(12, samples, "u"), 12, **options)
        np.testing.assert_array_equal(read_by(peer, case, tmp_path), case.arrays)


@pytest.mark.parametrize("peer", ["imagecodecs", "pylibjpeg-openjpeg"])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize(
    ("syntax", "options"),
    [("JPEG2000", {"rate": 10}), ("JPEG2000", {"quality": [30, 45]}), ("HTJ2K", {"quality": 45})],
)
def test_others_read_our_lossy_ones(
    peer: str, samples: int, syntax: str, options: dict[str, Any], tmp_path: Path
) -> None:
    """As we read them, but for rounding."""
    if peer == "imagecodecs" and syntax == "HTJ2K":
        pytest.skip("imagecodecs' OpenJPH does not keep lossy samples in their range: white becomes black")
    for bits in (8, 12):
        case = encoded(syntax, frames(bits, samples, "u"), bits, **options)
        found = read_by(peer, case, tmp_path).astype(int)
        ours = np.stack([codecs.decode(syntax, frame) for frame in case.frames]).astype(int)
        assert abs(found - ours).max() <= rounding(bits, samples)


@pytest.mark.parametrize("reduce", [1, 2, 3])
def test_others_reduce_alike(reduce: int) -> None:
    """Reduced images of ours as OpenJPEG gives them, through Pillow."""
    pillow = library("PIL.Image")
    for samples in (1, 3):
        for how in ("noise", "smooth"):
            array = image((256, 320, 3) if samples == 3 else (256, 320), np.dtype("u1"), 8, how)
            frame = codecs.encode("JPEG2000Lossless", array)
            picture = pillow.open(io.BytesIO(frame))
            picture.reduce = reduce
            np.testing.assert_array_equal(
                np.asarray(picture), codecs.decode("JPEG2000Lossless", frame, reduce=reduce)
            )


# -- we read theirs --------------------------------------------------------------------------------


def is_read(syntax: str, frame: bytes, array: np.ndarray, near: int = 0) -> None:
    found = codecs.decode(syntax, frame, strict=True)
    assert found.shape == array.shape
    assert abs(found.astype(np.int64) - array.astype(np.int64)).max() <= near


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("sign", "ui")
def test_openjpeg_of_imagecodecs(bits: int, sign: str) -> None:
    """Lossless: every depth and sign, in boxes and without, numbers of resolutions, with the transform and without."""
    imagecodecs = library("imagecodecs")
    options: tuple[dict[str, Any], ...] = (
        {},
        {"codecformat": "jp2"},
        {"resolutions": 1},
        {"resolutions": 3},
        {"mct": False},
    )
    for samples, given in product((1, 3), options):
        for array in frames(bits, samples, sign):
            frame = imagecodecs.jpeg2k_encode(
                array, **{"codecformat": "j2k", "reversible": True, "bitspersample": bits, **given}
            )
            is_read("JPEG2000Lossless", frame, array)


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("level", [25, 40, 60])
def test_lossy_openjpeg_of_imagecodecs(samples: int, level: int) -> None:
    imagecodecs = library("imagecodecs")
    for bits in (8, 12, 16):
        for array in frames(bits, samples, "u"):
            frame = imagecodecs.jpeg2k_encode(
                array, level=level, codecformat="j2k", reversible=False, bitspersample=bits
            )
            theirs = imagecodecs.jpeg2k_decode(frame)
            is_read("JPEG2000", frame, theirs, rounding(bits, samples))


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_openjph_of_imagecodecs(samples: int, bits: int) -> None:
    imagecodecs = library("imagecodecs")
    for sign in "ui" if samples == 1 else "u":
        for array in frames(bits, samples, sign):
            is_read("HTJ2KLossless", imagecodecs.htj2k_encode(array), array)


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("bits", [8, 16])
def test_lossy_openjph_of_imagecodecs(samples: int, bits: int) -> None:
    imagecodecs = library("imagecodecs")
    array = image((77, 90, samples) if samples > 1 else (77, 90), np.dtype(f"u{bits // 8}"), bits)
    for level in (0.001, 0.01):
        frame = imagecodecs.htj2k_encode(array, level=level, reversible=False)
        is_read("HTJ2K", frame, imagecodecs.htj2k_decode(frame), 2)


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("mct", [False, True])
@pytest.mark.parametrize("codec_format", [0, 1])
def test_pylibjpeg_openjpeg(bits: int, codec_format: int, *, mct: bool) -> None:
    """Lossless, and layers of rates and qualities."""
    openjpeg = library("openjpeg")
    for samples in (1, 3):
        photometric = 2 if samples == 1 else 1
        for array in frames(bits, samples, "u"):
            given = {"photometric_interpretation": photometric, "codec_format": codec_format}
            given["bits_stored"] = bits
            frame = openjpeg.utils.encode_array(array, use_mct=mct, **given)
            is_read("JPEG2000Lossless", bytes(frame), array)
            for lossy in ({"compression_ratios": [20, 5, 2]}, {"signal_noise_ratios": [30, 50]}):
                frame = bytes(openjpeg.utils.encode_array(array, use_mct=mct, **given, **lossy))
                is_read("JPEG2000", frame, openjpeg.decode(frame), rounding(bits, samples))
