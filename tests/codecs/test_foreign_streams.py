"""We read what others encode, with every option that they have: libraries by the codestream, programs by the file."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram import codecs

from tests.codecs.foreign import (
    Case,
    converted,
    frames_in,
    library,
    native,
    plain_colours,
    program,
    samples_in,
)
from tests.codecs.images import image
from tests.codecs.test_foreign import BITS, frames

if TYPE_CHECKING:
    from pathlib import Path


def described(array: np.ndarray) -> dict[str, int]:
    return {
        "Rows": array.shape[0],
        "Columns": array.shape[1],
        "SamplesPerPixel": array.shape[2] if array.ndim == 3 else 1,
        "BitsAllocated": array.dtype.itemsize * 8,
        "PixelRepresentation": int(array.dtype.kind == "i"),
    }


def is_read(syntax: str, frame: bytes, array: np.ndarray, near: int = 0) -> None:
    """Decode with ours."""
    found = codecs.decode(syntax, bytes(frame), described(array) if syntax == "RLELossless" else None)
    assert found.shape == array.shape
    assert abs(found.astype(np.int64) - array.astype(np.int64)).max() <= near


# -- libraries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("near", [0, 1, 3, 10])
def test_jpeg_ls_of_imagecodecs(near: int) -> None:
    imagecodecs = library("imagecodecs")
    for bits, samples in product((8, 16), (1, 3)):
        for array in frames(bits, samples, "u"):
            is_read("JPEGLSNearLossless", imagecodecs.jpegls_encode(array, level=near), array, near)


@pytest.mark.parametrize("bits", BITS)
def test_jpeg_ls_of_pyjpegls(bits: int) -> None:
    """Every depth, error and interleave."""
    jpeg_ls = library("jpeg_ls")
    for samples, near in product((1, 3), (0, 1, 4)):
        if near > ((1 << bits) - 1) // 2:
            continue
        for array, mode in product(frames(bits, samples, "u"), (0, 1, 2) if samples == 3 else (None,)):
            # Colour by plane is given as planes.
            given = np.ascontiguousarray(np.moveaxis(array, 2, 0)) if mode == 0 else array
            frame = jpeg_ls.encode_buffer(
                given.tobytes(), *array.shape[:2], samples, bits, lossy_error=near, interleave_mode=mode
            )
            is_read("JPEGLSNearLossless", frame, array, near)


@pytest.mark.parametrize("predictor", range(1, 8))
def test_jpeg_lossless_of_turbo(predictor: int) -> None:
    imagecodecs = library("imagecodecs")
    for bits, samples in product(range(2, 17), (1, 3)):
        for array in frames(bits, samples, "u"):
            frame = imagecodecs.jpeg8_encode(
                array, lossless=True, predictor=predictor, bitspersample=bits, **plain_colours(array)
            )
            is_read("JPEGLossless", frame, array)


def test_jpeg_lossless_of_liblj92() -> None:
    """Adobe's: two predictors a row of tiles, tables of its own."""
    imagecodecs = library("imagecodecs")
    for bits in (8, 10, 12, 14, 16):
        for array in frames(bits, 1, "u", 2):
            is_read("JPEGLossless", imagecodecs.ljpeg_encode(array, bitspersample=bits), array)


@pytest.mark.parametrize("subsampling", ["444", "422", "420", "440", "411"])
@pytest.mark.parametrize("optimize", [False, True])
@pytest.mark.parametrize("quality", [30, 90, 100])
def test_jpeg_of_turbo(quality: int, subsampling: str, *, optimize: bool) -> None:
    """RGB out of YCbCr as turbo gives it; where chrominance is stretched, its luminance."""
    imagecodecs = library("imagecodecs")
    for how in ("smooth", "noise"):
        array = image((45, 54, 3), np.dtype("u1"), 8, how)
        frame = imagecodecs.jpeg8_encode(array, level=quality, subsampling=subsampling, optimize=optimize)
        ours, theirs = (
            codecs.decode("JPEGBaseline8Bit", frame),
            imagecodecs.jpeg8_decode(frame, outcolorspace="YCBCR"),
        )
        assert abs(ours[..., 0].astype(int) - theirs[..., 0]).max() <= 1
        if subsampling == "444":
            assert abs(ours.astype(int) - theirs).max() <= 1


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("quality", [10, 50, 90, 100])
def test_grey_jpeg_of_turbo(quality: int, bits: int) -> None:
    imagecodecs = library("imagecodecs")
    for array in frames(bits, 1, "u"):
        frame = imagecodecs.jpeg8_encode(array, level=quality, bitspersample=bits)
        theirs = imagecodecs.jpeg8_decode(frame)
        is_read("JPEGExtended12Bit", frame, theirs, 1)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_rle_of_pylibjpeg(width: int) -> None:
    rle = library("rle")
    for samples in (1, 3):
        for array in frames(8 * width, samples, "u", width):
            frame = rle.encode_pixel_data(
                array.astype(array.dtype.newbyteorder("<")).tobytes(),
                rows=array.shape[0],
                columns=array.shape[1],
                samples_per_pixel=samples,
                bits_allocated=8 * width,
                byteorder="<",
            )
            is_read("RLELossless", frame, array)


# -- programs --------------------------------------------------------------------------------------


def made_by(command: list[str], case: Case, folder: Path) -> Path:
    return converted(command, native(case, folder))


def check(path: Path, arrays: np.ndarray, most: int = 0) -> None:
    """Read the file, and each of its codestreams by itself."""
    ds = rg.read(path)
    found = ds.pixels.array(units="stored")
    assert found.shape == arrays.shape
    assert abs(found.astype(np.int64) - arrays.astype(np.int64)).max() <= most
    np.testing.assert_array_equal(np.stack(list(ds.pixels.frames(threads=1))), found)


SHAPES = [
    (bits, samples, sign)
    for bits, samples, sign in product((8, 12, 16), (1, 3), "ui")
    if (samples, sign) != (3, "i")
]


@pytest.mark.parametrize(("bits", "samples", "sign"), SHAPES)
@pytest.mark.parametrize(
    "options",
    [
        ["+e1"],
        ["+el", "+sv", "1"],
        ["+el", "+sv", "4"],
        ["+el", "+sv", "7"],
        ["+e1", "-ot"],
        ["+e1", "+fs", "1"],
    ],
    ids=" ".join,
)
def test_jpeg_lossless_of_dcmtk(
    options: list[str], bits: int, samples: int, sign: str, tmp_path: Path
) -> None:
    """Predictors, no offset table, frames in several fragments."""
    arrays = frames(bits, samples, sign)
    check(made_by([program("dcmcjpeg"), *options], Case("", arrays, bits), tmp_path), arrays)


@pytest.mark.parametrize(("bits", "samples", "sign"), SHAPES)
@pytest.mark.parametrize(
    "options",
    [
        ["+il"],
        ["+is"],
        ["+in"],
        ["+t1", "5", "+t2", "12", "+t3", "40", "+rs", "31"],
        ["+pz", "-ot"],
        ["+fs", "1"],
    ],
    ids=" ".join,
)
def test_jpeg_ls_of_dcmtk(options: list[str], bits: int, samples: int, sign: str, tmp_path: Path) -> None:
    """Interleaves, thresholds and resets of their own, the two ways of padding, frames in several fragments."""
    arrays = frames(bits, samples, sign)
    if "+t1" in options and bits > 8:
        options = ["+t1", "50", "+t2", "120", "+t3", "400", "+rs", "31"]
    check(made_by([program("dcmcjpls"), *options], Case("", arrays, bits), tmp_path), arrays)


@pytest.mark.parametrize("bits", [8, 12])
def test_jpeg_ls_of_dcmtk_with_the_bits_that_are_stored(bits: int, tmp_path: Path) -> None:
    """`raw` encodes the bits that are allocated. The other way fails for signs and colours in DCMTK itself, at 16 bits with wrong streams."""
    arrays = frames(bits, 1, "u")
    check(made_by([program("dcmcjpls"), "+pc"], Case("", arrays, bits), tmp_path), arrays)


@pytest.mark.parametrize("near", [1, 2, 5])
@pytest.mark.parametrize(("bits", "samples"), [(8, 1), (8, 3), (12, 1), (16, 1)])
def test_near_lossless_of_dcmtk(bits: int, samples: int, near: int, tmp_path: Path) -> None:
    case = Case("", frames(bits, samples, "u"), bits)
    path = made_by([program("dcmcjpls"), "+en", "+md", str(near)], case, tmp_path)
    packed = path.rename(tmp_path / "packed.dcm")
    check(packed, case.arrays, near)
    check(packed, samples_in(converted([program("dcmdjpls"), "+px"], packed), case))


@pytest.mark.parametrize(("bits", "samples", "sign"), SHAPES)
@pytest.mark.parametrize("options", [[], ["-ot"]], ids=" ".join)
def test_rle_of_dcmtk(options: list[str], bits: int, samples: int, sign: str, tmp_path: Path) -> None:
    arrays = frames(bits, samples, sign)
    check(made_by([program("dcmcrle"), *options], Case("", arrays, bits), tmp_path), arrays)


LOSSY = [
    (8, 1, ["+eb"]),
    (8, 1, ["+eb", "-ho", "+q", "40"]),
    (8, 1, ["+ee"]),
    (8, 1, ["+es"]),
    (8, 1, ["+ep"]),
    (12, 1, ["+ee"]),
    (12, 1, ["+es"]),
    (12, 1, ["+ep", "+q", "60"]),
    (8, 3, ["+eb", "+s4"]),
    (8, 3, ["+eb", "+cr"]),
    (8, 3, ["+ep", "+s4"]),
]


@pytest.mark.parametrize(("bits", "samples", "options"), LOSSY, ids=str)
def test_lossy_jpeg_of_dcmtk(bits: int, samples: int, options: list[str], tmp_path: Path) -> None:
    """Baseline, extended, spectral selection and progressive, as DCMTK reads them again."""
    case = Case("", frames(bits, samples, "u"), bits)
    packed = made_by([program("dcmcjpeg"), *options], case, tmp_path).rename(tmp_path / "packed.dcm")
    again = converted([program("dcmdjpeg"), "+cn", "+px"], packed)
    check(packed, samples_in(again, case), 1 if bits == 8 else 2)


@pytest.mark.parametrize("options", [["+s2"], ["+n1"], ["+np"]], ids=" ".join)
def test_subsampled_jpeg_of_dcmtk(options: list[str], tmp_path: Path) -> None:
    """How chrominance is stretched is not said by T.81: luminance is the same."""
    case = Case("", frames(8, 3, "u"), 8)
    packed = made_by([program("dcmcjpeg"), "+eb", *options], case, tmp_path).rename(tmp_path / "packed.dcm")
    theirs = samples_in(converted([program("dcmdjpeg"), "+cn", "+px"], packed), case)
    ours = rg.read(packed).pixels.array(units="stored")
    assert abs(ours[..., 0].astype(int) - theirs[..., 0]).max() <= 1


@pytest.mark.parametrize(("bits", "samples", "sign"), SHAPES)
@pytest.mark.parametrize("options", [["--jpeg"], ["--jpegls"], ["--rle"]], ids=" ".join)
def test_lossless_of_gdcm(options: list[str], bits: int, samples: int, sign: str, tmp_path: Path) -> None:
    if samples == 3 and bits > 8 and options == ["--rle"]:
        pytest.skip("GDCM mixes up the bytes of colours wider than 8 bits")
    arrays = frames(bits, samples, sign)
    check(made_by([program("gdcmconv"), *options], Case("", arrays, bits), tmp_path), arrays)


@pytest.mark.parametrize(
    ("bits", "options"),
    [
        (8, ["--jpeg", "--lossy", "-q", "80"]),
        (8, ["--jpegls", "--lossy", "-e", "2"]),
        (12, ["--jpegls", "--lossy", "-e", "3"]),
    ],
    ids=str,
)
def test_lossy_of_gdcm(bits: int, options: list[str], tmp_path: Path) -> None:
    case = Case("", frames(bits, 1, "u"), bits)
    packed = made_by([program("gdcmconv"), *options], case, tmp_path).rename(tmp_path / "packed.dcm")
    if "--jpegls" in options:
        # What GDCM itself reads of the 12 bits is not what other decoders do.
        check(packed, case.arrays, int(options[-1]))
        theirs = np.stack([library("imagecodecs").jpegls_decode(frame) for frame in frames_in(packed)])
        # The codestream has 16 bits: what the error carries beyond those that are stored is brought back.
        check(packed, np.minimum(theirs, (1 << bits) - 1))
    else:
        check(packed, samples_in(converted([program("gdcmconv"), "--raw"], packed), case), 1)
    assert len(frames_in(packed)) == len(case.arrays)


def test_nothing_is_left_out() -> None:
    """Every codec that is written here is read from somebody else too."""
    plain: Any = {"EncapsulatedUncompressedExplicitVRLittleEndian"}
    lossy = {"JPEGBaseline8Bit", "JPEGExtended12Bit"}
    read = (
        {"RLELossless", "JPEGLossless", "JPEGLosslessSV1", "JPEGLSLossless", "JPEGLSNearLossless"}
        | lossy
        | plain
    )
    written = {rg.TransferSyntax(uid).keyword for uid in codecs.ENCODED}
    assert {name for name in written if name.startswith(("JPEGL", "RLE", "JPEGB", "JPEGE", "Encaps"))} <= read
