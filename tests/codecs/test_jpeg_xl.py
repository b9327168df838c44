"""JPEG XL: round trips, libjxl beside us in both directions, JPEGs that come back, and what it becomes in data sets."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames
from radiogram import codecs
from radiogram.codecs.fragments import encapsulate
from radiogram.errors import ArgumentError, LimitError, PixelError, UnsupportedError

from tests.codecs.images import SIZES, image
from tests.volume.series import Series

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOSSLESS = "JPEGXLLossless"
RECOMPRESSED = "JPEGXLJPEGRecompression"
KINDS = ("noise", "smooth", "flat", "extremes")


def described(array: np.ndarray) -> dict[str, int]:
    return {
        "Rows": array.shape[0],
        "Columns": array.shape[1],
        "SamplesPerPixel": array.shape[2] if array.ndim == 3 else 1,
        "BitsAllocated": array.dtype.itemsize * 8,
        "PixelRepresentation": int(array.dtype.kind == "i"),
    }


@pytest.mark.parametrize("bits", range(1, 17))
def test_lossless_images_come_back(bits: int) -> None:
    """1 to 16 bits, signed and not, one sample and three, every size."""
    for sign, size, samples, how in itertools.product("ui", [*SIZES, (257, 300)], ((), (3,)), KINDS):
        if sign == "i" and bits < 2:
            continue
        array = image((*size, *samples), np.dtype(f"{sign}{1 if bits <= 8 else 2}"), bits, how)
        frame = codecs.encode(LOSSLESS, array, bits_stored=bits)
        found = codecs.describe(LOSSLESS, frame)
        assert found[:5] == (*size, samples[0] if samples else 1, bits, False)
        assert (found.process, found.color_model) == ("JPEG XL", "RGB" if samples else "grey")
        back = codecs.decode(LOSSLESS, frame, described(array))
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)


def arrays(bits: int) -> Iterator[np.ndarray]:
    for samples, kind, size in itertools.product(((), (3,)), KINDS, ((37, 41), (300, 270))):
        yield image((*size, *samples), np.dtype("u1" if bits <= 8 else "u2"), bits, kind)


@pytest.mark.parametrize("bits", [1, 2, 5, 8, 9, 10, 12, 15, 16])
def test_libjxl_reads_ours(bits: int) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    for array in arrays(bits):
        frame = codecs.encode(LOSSLESS, array, bits_stored=bits)
        for padding in (b"", b"\0"):
            np.testing.assert_array_equal(imagecodecs.jpegxl_decode(frame + padding), array)


@pytest.mark.parametrize("effort", [1, 3, 7])
def test_we_read_libjxl(effort: int) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    for bits in (8, 12, 16):
        for array in arrays(bits):
            options = {"bitspersample": bits} if bits == 12 else {}
            frame = imagecodecs.jpegxl_encode(array, lossless=True, effort=effort, **options)
            np.testing.assert_array_equal(codecs.decode(LOSSLESS, frame), array)


def test_we_read_what_libjxl_wrote_with_loss() -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    for array in (image((200, 230, 3), np.dtype("u1"), 8), image((200, 230), np.dtype("u1"), 8)):
        frame = imagecodecs.jpegxl_encode(array, distance=1.0)
        theirs = imagecodecs.jpegxl_decode(frame).astype(int)
        assert abs(theirs - codecs.decode("JPEGXL", frame)).max() <= 1


def test_channels_and_pictures_beside_the_first_are_told() -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    array = image((20, 30, 4), np.dtype("u1"), 8)
    frame = imagecodecs.jpegxl_encode(array, lossless=True)
    np.testing.assert_array_equal(codecs.decode(LOSSLESS, frame), array[..., :3])
    with pytest.raises(PixelError, match="beside the colour"):
        codecs.decode(LOSSLESS, frame, strict=True)


def test_a_jpeg_comes_back() -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    for array in (image((65, 80, 3), np.dtype("u1"), 8), image((65, 80), np.dtype("u1"), 8)):
        jpeg = codecs.encode("JPEGBaseline8Bit", array)
        jpeg = jpeg[:2] + b"\xff\xfe\0\x07hello" + jpeg[2:]
        frame = imagecodecs.jpegxl_encode_jpeg(jpeg)
        assert codecs.reconstruct_jpeg(frame) == jpeg
        assert codecs.reconstruct_jpeg([frame[:50], frame[50:] + b"\0"]) == jpeg
        near = codecs.decode("JPEGBaseline8Bit", jpeg, to_rgb=True).astype(int)
        assert abs(near - codecs.decode(RECOMPRESSED, frame)).mean() < 3
        for end in (60, len(frame) // 2, len(frame) - 20):
            with pytest.raises((PixelError, UnsupportedError)):
                codecs.reconstruct_jpeg(frame[:end])


def test_what_was_made_of_no_jpeg_gives_none() -> None:
    with pytest.raises(UnsupportedError, match="not made from a JPEG"):
        codecs.reconstruct_jpeg(codecs.encode(LOSSLESS, np.zeros((4, 4), np.uint8)))


def test_damage_is_an_error_of_ours() -> None:
    rng = np.random.default_rng(4)
    frames = [codecs.encode(LOSSLESS, image((40, 50, *more), np.dtype("u2"), 12)) for more in ((), (3,))]
    for _ in range(400):
        frame = bytearray(frames[rng.integers(2)])
        for at in rng.integers(len(frame), size=rng.integers(1, 5)):
            frame[at] = rng.integers(256)
        try:
            codecs.decode(LOSSLESS, bytes(frame[: rng.integers(1, len(frame) + 1)]))
        except (PixelError, LimitError, UnsupportedError):
            continue


# -- data sets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["CT_small.dcm", "MR_small.dcm", "examples_rgb_color.dcm", "examples_ybr_color.dcm", "MR_small_RLE.dcm"],
)
def test_a_data_set_is_compressed(name: str, tmp_path: Path) -> None:
    ds: Any = rg.read(get_testdata_file(name))
    before, uid = ds.pixel_array.copy(), ds.SOPInstanceUID
    ds.compress(LOSSLESS, verify=True)
    ds.save_as(tmp_path / "a.dcm")
    back: Any = rg.read(tmp_path / "a.dcm")
    np.testing.assert_array_equal(back.pixel_array, before)
    assert back.SOPInstanceUID == uid
    assert back.file_meta.TransferSyntaxUID.keyword == LOSSLESS
    assert back.PhotometricInterpretation in {"MONOCHROME2", "RGB"}
    assert not [problem for problem in back.problems if str(problem.kind) == "codestream"]
    back.decompress()
    np.testing.assert_array_equal(back.pixel_array, before)


def test_colours_of_a_palette_are_refused() -> None:
    ds: Any = rg.read(get_testdata_file("examples_palette.dcm"))
    with pytest.raises(ArgumentError, match="palette"):
        ds.compress(LOSSLESS)


def recompressed(tmp_path: Path, photometric: str = "YBR_FULL_422") -> tuple[Path, list[bytes]]:
    """Give a file whose frames are JPEGs that libjxl recompressed, and these."""
    imagecodecs = pytest.importorskip("imagecodecs")
    ds: Any = rg.read(get_testdata_file("examples_rgb_color.dcm"))
    arrays = [image((100, 100, 3), np.dtype("u1"), 8, kind) for kind in ("smooth", "noise")]
    jpegs = [codecs.encode("JPEGBaseline8Bit", array, subsampling="422") for array in arrays]
    ds.add_new(0x7FE00010, "OB", encapsulate([imagecodecs.jpegxl_encode_jpeg(jpeg) for jpeg in jpegs]).data)
    ds.NumberOfFrames, ds.PhotometricInterpretation = 2, photometric
    ds.Rows = ds.Columns = 100
    ds.file_meta.TransferSyntaxUID = rg.TransferSyntax(RECOMPRESSED).uid
    ds.save_as(tmp_path / "recompressed.dcm")
    return tmp_path / "recompressed.dcm", jpegs


@pytest.mark.parametrize("photometric", ["YBR_FULL_422", "XYB"])
def test_recompressed_frames_become_their_jpegs(photometric: str, tmp_path: Path) -> None:
    path, jpegs = recompressed(tmp_path, photometric)
    ds: Any = rg.read(path)
    array, uid = ds.pixel_array.astype(int), ds.SOPInstanceUID
    assert array.shape == (2, 100, 100, 3)
    rg.transcode(path, tmp_path / "jpeg.dcm", "JPEGBaseline8Bit")
    back: Any = rg.read(tmp_path / "jpeg.dcm")
    found = [
        frame[: len(jpeg)]
        for frame, jpeg in zip(generate_frames(back.PixelData, number_of_frames=2), jpegs, strict=True)
    ]
    assert found == jpegs
    assert (back.SOPInstanceUID, back.PhotometricInterpretation) == (uid, "YBR_FULL_422")
    assert "LossyImageCompressionRatio" not in back
    assert abs(back.pixel_array - array).mean() < 4


@pytest.mark.corpus
def test_the_recompressed_file_of_the_corpus(corpus_root: Path) -> None:
    path = corpus_root / "dicom/dcm4che+dcm4che/dcm4che-test-data/src/main/resources/will-jxl.dcm"
    ds: Any = rg.read(path)
    array = ds.pixel_array
    assert array.shape == (27, 708, 1016, 3)
    imagecodecs = pytest.importorskip("imagecodecs")
    frames = list(generate_frames(pydicom.dcmread(path).PixelData, number_of_frames=27))
    theirs = imagecodecs.jpegxl_decode(frames[3]).astype(int)
    assert abs(theirs - array[3]).max() <= 1
    assert codecs.reconstruct_jpeg(frames[3]) == imagecodecs.jpegxl_decode_jpeg(frames[3])


def test_slices_make_a_volume(tmp_path: Path) -> None:
    folder = tmp_path / "ct"
    folder.mkdir()
    Series.write(folder)
    before = rg.read_volume(folder).array
    rg.transcode(folder, tmp_path / "jxl", LOSSLESS)
    np.testing.assert_array_equal(rg.read_volume(tmp_path / "jxl").array, before)


@pytest.mark.skipif(
    not pydicom.uid.UID("1.2.840.10008.1.2.4.110").is_transfer_syntax,
    reason="this pydicom does not know JPEG XL",
)
def test_pydicom_reads_through_us() -> None:
    from radiogram.compat.pydicom import register, unregister

    ds: Any = rg.read(get_testdata_file("CT_small.dcm"))
    before = ds.pixel_array.copy()
    ds.compress(LOSSLESS)
    theirs = ds.to_pydicom()
    register()
    try:
        np.testing.assert_array_equal(theirs.pixel_array, before)
    finally:
        unregister()
