"""Data sets compressed and decompressed: pixels, and every attribute that speaks of them."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames
from pydicom.pixels import get_decoder
from radiogram import codecs
from radiogram.codecs.fragments import encapsulate
from radiogram.errors import ArgumentError, NoPixelDataError, PixelError, UnsupportedError
from radiogram.pixels import compress as room
from radiogram.pixels.put import set_pixels

from tests.codecs.images import image
from tests.pixels.datasets import picture, written

if TYPE_CHECKING:
    from pathlib import Path

LOSSLESS = (
    "RLELossless",
    "JPEGLossless",
    "JPEGLosslessSV1",
    "JPEGLSLossless",
    "JPEG2000Lossless",
    "JPEG2000",
    "HTJ2KLossless",
    "HTJ2KLosslessRPCL",
    "HTJ2K",
    "EncapsulatedUncompressedExplicitVRLittleEndian",
    "DeflatedImageFrameCompression",
)
FILES = (
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_RLE.dcm",
    "SC_rgb.dcm",
    "SC_rgb_2frame.dcm",
    "SC_rgb_16bit_2frame.dcm",
    "examples_palette.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "emri_small.dcm",
)


def read(name: str) -> Any:
    return rg.read(get_testdata_file(name))


def again(ds: Any) -> Any:
    """Write and read: what others get."""
    return rg.read(ds.to_bytes())


def by_pydicom(ds: Any, path: Path) -> np.ndarray:
    ds.save_as(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(path).pixel_array


def is_decoded_by_pydicom(uid: str, ds: Any) -> bool:
    """Whether a plugin of pydicom's that is installed decodes it: Pillow by itself reads no colours of more than 8 bits."""
    plugins = set(get_decoder(uid).available_plugins)
    return bool(plugins) and (plugins != {"pillow"} or ds.SamplesPerPixel == 1 or ds.BitsAllocated <= 8)


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("name", FILES)
def test_lossless(name: str, syntax: str, tmp_path: Path) -> None:
    """Nothing changes but how the pixels are encoded; decompressed they are what they were."""
    ds, before = read(name), read(name)
    expected = before.pixel_array
    ds.compress(syntax, verify=True)
    for made in (ds, again(ds)):
        np.testing.assert_array_equal(made.pixel_array, expected)
        assert made.file_meta.TransferSyntaxUID == rg.TransferSyntax(syntax).uid
        assert made.SOPInstanceUID == before.SOPInstanceUID
        assert made["PixelData"].VR == "OB"
        assert not made.problems
    assert ds.get("LossyImageCompression") == before.get("LossyImageCompression")
    uid = rg.TransferSyntax(syntax).uid
    if not uid.endswith((".98", ".8.1")) and is_decoded_by_pydicom(uid, before):
        np.testing.assert_array_equal(by_pydicom(ds, tmp_path / "one.dcm"), expected)
    ds.decompress(as_rgb=False)
    native = again(ds)
    np.testing.assert_array_equal(native.pixel_array, expected)
    assert native.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    np.testing.assert_array_equal(by_pydicom(ds, tmp_path / "two.dcm"), expected)
    if name in {"CT_small.dcm", "MR_small.dcm", "SC_rgb.dcm", "emri_small.dcm"}:
        assert native.PixelData == before.PixelData


@pytest.mark.parametrize("name", ["liver_1frame.dcm", "liver.dcm"])
@pytest.mark.parametrize(
    "syntax",
    ["RLELossless", "EncapsulatedUncompressedExplicitVRLittleEndian", "DeflatedImageFrameCompression"],
)
def test_pixels_of_one_bit(name: str, syntax: str, tmp_path: Path) -> None:
    """Eight a byte in each frame (PS3.5 8.1.1), and one after another again where they are native."""
    ds, before = read(name), read(name)
    expected = before.pixel_array
    ds.compress(syntax, verify=True)
    for made in (ds, again(ds)):
        np.testing.assert_array_equal(made.pixel_array, expected)
        assert (made.BitsAllocated, made.BitsStored, made.HighBit, made["PixelData"].VR) == (1, 1, 0, "OB")
        assert not made.problems
    ds.decompress()
    assert again(ds).PixelData[: expected.size // 8] == before.PixelData[: expected.size // 8]
    np.testing.assert_array_equal(by_pydicom(ds, tmp_path / "two.dcm"), expected)


def test_lossy_is_told() -> None:
    """PS3.3 C.7.6.1.1.5: that, how much and how; a new instance; what spoke of the old pixels goes."""
    ds, before = read("SC_rgb.dcm"), read("SC_rgb.dcm")
    ds.SmallestImagePixelValue = 0
    ds.compress("JPEGBaseline8Bit", quality=90)
    made = again(ds)
    assert (made.LossyImageCompression, made.LossyImageCompressionMethod) == ("01", "ISO_10918_1")
    encoded = len(ds.PixelData) - 20
    assert abs(made.LossyImageCompressionRatio - before.pixel_array.nbytes / encoded) < 0.01
    assert made.PhotometricInterpretation == "YBR_FULL_422"
    assert (made.PlanarConfiguration, made.ImageType[0]) == (0, "DERIVED")
    assert made.SOPInstanceUID == made.file_meta.MediaStorageSOPInstanceUID != before.SOPInstanceUID
    assert "SmallestImagePixelValue" not in made
    assert abs(made.pixel_array.astype(int) - before.pixel_array).max() < 20
    made.decompress()
    made.compress("JPEGLSNearLossless", near=1, generate_instance_uid=False)
    assert list(made.LossyImageCompressionMethod) == ["ISO_10918_1", "ISO_14495_1"]
    assert len(made.LossyImageCompressionRatio) == 2
    assert made.SOPInstanceUID == ds.SOPInstanceUID
    assert made.PhotometricInterpretation == "RGB"


@pytest.mark.parametrize(
    ("options", "photometric"),
    [
        ({}, "YBR_FULL_422"),
        ({"subsampling": "420"}, "YBR_FULL_422"),
        ({"subsampling": "444"}, "YBR_FULL"),
        ({"conversion": "RGB"}, "RGB"),
    ],
)
def test_colours_of_baseline(options: dict[str, Any], photometric: str, tmp_path: Path) -> None:
    """What the header says is what the codestream holds, to pydicom too."""
    ds, expected = read("SC_rgb.dcm"), read("SC_rgb.dcm").pixel_array.astype(int)
    ds.compress("JPEGBaseline8Bit", quality=98, **options)
    assert ds.PhotometricInterpretation == photometric
    assert abs(ds.pixel_array - expected).mean() < 4
    if get_decoder("1.2.840.10008.1.2.4.50").is_available:
        assert abs(by_pydicom(ds, tmp_path / "one.dcm") - expected).mean() < 4


def test_twelve_bits() -> None:
    """Samples of 10 bits become 12, which is what JPEG Extended has (PS3.5 8.2.1)."""
    ds, array = rg.Dataset.new("SecondaryCaptureImageStorage"), image((40, 50), np.dtype("u2"), 10)
    set_pixels(ds, array, bits_stored=10)
    ds.compress("JPEGExtended12Bit", quality=100)
    assert (ds.BitsAllocated, ds.BitsStored, ds.HighBit) == (16, 12, 11)
    assert abs(ds.pixel_array.astype(int) - array).max() <= 4
    assert codecs.describe("JPEGExtended12Bit", ds.PixelData[20:]).precision == 12


def test_near_keeps_signs() -> None:
    """A sample at the end of the range would come back at the other end: it is refused."""
    ds, array = rg.Dataset.new("SecondaryCaptureImageStorage"), np.full((8, 8), 32767, "i2")
    set_pixels(ds, array)
    with pytest.raises(ArgumentError, match="signed"):
        ds.compress("JPEGLSNearLossless", near=2)
    np.testing.assert_array_equal(ds.pixel_array, array)
    ds.compress("JPEGLSNearLossless", near=0)
    assert "LossyImageCompression" not in ds


def test_many_frames_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """With flat memory, and with either offset table."""
    array = image((20, 30, 11), np.dtype("u2"), 12, "noise").transpose(2, 0, 1).copy()
    monkeypatch.setattr(room, "_AT_ONCE", 3 * 20 * 30 * 2)
    for extended in (False, True):
        ds = rg.Dataset.new("MultiFrameGrayscaleWordSecondaryCaptureImageStorage")
        set_pixels(ds, array, bits_stored=12)
        ds.compress("JPEGLSLossless", encapsulate_ext=extended, verify=True, threads=2)
        assert ("ExtendedOffsetTable" in ds, "ExtendedOffsetTableLengths" in ds) == (extended, extended)
        made = again(ds)
        np.testing.assert_array_equal(made.pixel_array, array)
        np.testing.assert_array_equal(made.pixels.frame(7), array[7])
        made.decompress()
        assert "ExtendedOffsetTable" not in made
        np.testing.assert_array_equal(again(made).pixel_array, array)


@pytest.mark.parametrize(
    "syntax", [*LOSSLESS, "ImplicitVRLittleEndian", "ExplicitVRBigEndian", "DeflatedExplicitVRLittleEndian"]
)
@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small_RLE.dcm", "SC_rgb_2frame.dcm", "SC_rgb_dcmtk_+eb+cy+np.dcm"]
)
def test_save_as(name: str, syntax: str, tmp_path: Path) -> None:
    """A copy is encoded otherwise, and the dataset stays what it was; its pending edits go along."""
    ds = read(name)
    before, own = ds.pixel_array.copy(), ds.file_meta.TransferSyntaxUID
    ds.PatientName = "Doe^Jane"
    path = tmp_path / "one.dcm"
    ds.save_as(path, transfer_syntax=syntax)
    assert ds.file_meta.TransferSyntaxUID == own
    made = rg.read(path)
    assert (made.PatientName, made.file_meta.TransferSyntaxUID) == ("Doe^Jane", rg.TransferSyntax(syntax).uid)
    np.testing.assert_array_equal(made.pixel_array, before)
    np.testing.assert_array_equal(ds.pixel_array, before)


def test_refused_and_left_alone() -> None:
    """Whatever is refused, nothing of the dataset has changed."""
    ds = read("CT_small.dcm")
    before = ds.to_bytes()
    for syntax, options, error in (
        ("HEVCMP51", {}, UnsupportedError),
        ("ExplicitVRLittleEndian", {}, ArgumentError),
        ("JPEGBaseline8Bit", {}, ArgumentError),
        ("JPEGLossless", {"point_transform": 1}, ArgumentError),
        ("RLELossless", {"quality": 3}, ArgumentError),
    ):
        with pytest.raises(error):
            ds.compress(syntax, **options)
    assert ds.to_bytes() == before
    video, written = pydicom.dcmread(get_testdata_file("MR_small_RLE.dcm")), io.BytesIO()
    video.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.107"
    video.save_as(written)
    with pytest.raises(UnsupportedError, match="HEVC"):
        rg.read(written.getvalue()).decompress()
    with pytest.raises(NoPixelDataError):
        read("rtplan.dcm").compress("RLELossless")
    with pytest.raises(UnsupportedError, match="bit"):
        read("liver.dcm").compress("JPEGLSLossless")
    with pytest.raises(ArgumentError, match="palette"):
        read("examples_palette.dcm").compress("JPEGLSNearLossless", near=1)


@pytest.mark.parametrize("syntax", ["RLELossless", "ExplicitVRLittleEndian", "JPEG2000"])
def test_a_picture_that_is_not_all_there_is_not_made_one_that_is(syntax: str) -> None:
    """Of half a codestream the new pixels had made up what was missing, and nothing said so."""
    ds = read("CT_small.dcm")
    ds.compress("JPEG2000Lossless")
    frame = next(generate_frames(ds.PixelData, number_of_frames=1))
    for length, is_whole in ((len(frame) // 4 * 2, False), (frame.rindex(b"\xff\xd9"), True)):
        cut = frame[:length]
        ds.PixelData = encapsulate([cut + b"\0" * (len(cut) % 2)]).data
        made = again(ds)
        before = made.to_bytes()
        if is_whole:
            np.testing.assert_array_equal(
                rg.read(made.to_bytes(transfer_syntax=syntax)).pixel_array, read("CT_small.dcm").pixel_array
            )
            continue
        with pytest.raises(PixelError, match="a part of its picture"):
            made.to_bytes(transfer_syntax=syntax)
        assert made.to_bytes() == before
        assert made.pixel_array.shape == (128, 128)
        assert "codestream" in {problem.kind for problem in made.problems}


def test_verify_finds_a_wrong_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A codestream of another image does not get into the dataset."""
    ds = read("CT_small.dcm")
    other = codecs.encode_frames("RLELossless", ds.pixel_array[None] ^ 1)
    monkeypatch.setattr(room, "encode_frames", lambda *_, **__: other)
    with pytest.raises(PixelError):
        ds.compress("RLELossless", verify=True)
    assert not ds.file_meta.TransferSyntaxUID.is_encapsulated


def test_decompressing_what_is_native() -> None:
    ds = read("CT_small.dcm")
    before = ds.to_bytes()
    ds.decompress()
    assert ds.to_bytes() == before


def test_as_rgb() -> None:
    """As pydicom does, unless told otherwise."""
    ds, theirs = read("SC_rgb_dcmtk_+eb+cy+np.dcm"), read("SC_rgb_dcmtk_+eb+cy+np.dcm").pixel_array
    kept = read("SC_rgb_dcmtk_+eb+cy+np.dcm")
    ds.decompress()
    kept.decompress(as_rgb=False)
    assert (ds.PhotometricInterpretation, kept.PhotometricInterpretation) == ("RGB", "YBR_FULL")
    np.testing.assert_array_equal(again(ds).pixel_array, theirs)
    np.testing.assert_array_equal(again(kept).pixel_array, theirs)


@pytest.mark.parametrize("syntax", ["ExplicitVRLittleEndian", "JPEG2000Lossless", "RLELossless"])
def test_encoded_icons_become_native(syntax: str) -> None:
    """In another transfer syntax nobody could read them."""
    ds, icon = read("MR_small_RLE.dcm"), rg.Dataset()
    for name in ("SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit"):
        setattr(icon, name, ds[name].value)
    icon.Rows = icon.Columns = 64
    icon.PixelRepresentation = ds.PixelRepresentation
    ds.IconImageSequence = [icon]
    icon.add_new(0x7FE00010, "OB", ds.PixelData)
    ds, expected = again(ds), read("MR_small.dcm").pixel_array
    before = ds.to_bytes()
    made = rg.read(ds.to_bytes(transfer_syntax=syntax))
    assert ds.to_bytes() == before
    small = made.IconImageSequence[0]
    assert small["PixelData"].is_undefined_length == (syntax == "RLELossless")
    np.testing.assert_array_equal(small.pixel_array, expected)
    np.testing.assert_array_equal(made.pixel_array, expected)


def test_an_icon_that_cannot_be_decoded_is_an_error() -> None:
    """Nothing of the data set is changed by it."""
    ds, icon = read("MR_small_RLE.dcm"), rg.Dataset()
    icon.Rows = icon.Columns = 64
    ds.IconImageSequence = [icon]
    icon.add_new(0x7FE00010, "OB", ds.PixelData)
    ds = again(ds)
    before = ds.to_bytes()
    for change in (ds.decompress, lambda: ds.compress("JPEG2000Lossless")):
        with pytest.raises(PixelError):
            change()
    assert ds.to_bytes() == before


@pytest.mark.parametrize("syntax", ["DeflatedImageFrameCompression", "RLELossless", "JPEG2000MCLossless"])
@pytest.mark.parametrize("said", [None, 1, 2])
def test_more_frames_than_were_named_are_named(said: int | None, syntax: str) -> None:
    """Their number was left as it was: fragments were one frame then, or others read the first ones alone."""
    ds = picture(image((5, 8, 9), np.dtype("u1"), 8), shape=(5, 8, 9, 1), bits=8)
    del ds.NumberOfFrames
    if said is not None:
        ds.NumberOfFrames = said
    ours: Any = rg.read(written(ds))
    expected = ours.pixels.array()
    assert expected.shape == (5, 8, 9)
    ours.compress(syntax)
    made = again(ours)
    assert made.NumberOfFrames == 5
    np.testing.assert_array_equal(made.pixels.array(), expected)
    assert not made.problems


@pytest.mark.parametrize("name", ["extended", "new_instance", "options", "quality", "encoding_plugin"])
def test_an_option_that_the_codec_has_not_is_named(name: str) -> None:
    """Those that were words of ours as well raised a TypeError about a function that nobody had called, or were taken."""
    ds = rg.read(get_testdata_file("CT_small.dcm"))
    with pytest.raises(ArgumentError, match=f'no option "{name}"'):
        ds.compress("RLELossless", **{name: True})


def test_a_transfer_syntax_is_named_in_any_form() -> None:
    for form in (rg.TransferSyntax("RLELossless"), pydicom.uid.RLELossless, "RLELossless"):
        ds = rg.read(get_testdata_file("CT_small.dcm"))
        ds.compress(form)
        assert ds.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.5"
    for wrong in (None, 5, ""):
        with pytest.raises(ArgumentError, match="no transfer syntax"):
            rg.TransferSyntax(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "syntax", ["RLELossless", "JPEG2000Lossless", "EncapsulatedUncompressedExplicitVRLittleEndian"]
)
@pytest.mark.parametrize("shift", [0, 1, 2, 3])
def test_wide_samples_anywhere_in_a_file_are_encoded(syntax: str, shift: int) -> None:
    """Samples of 32 bits in the middle of a file lie at any address: "the array is not contiguous" was the answer."""
    samples = np.arange(80, dtype=np.uint32).reshape(8, 10) * 1_000_003
    content = bytes(shift) + samples.tobytes()
    apart = np.frombuffer(content, np.uint8)[shift:].view(np.uint32).reshape(samples.shape)
    known = {"Rows": 8, "Columns": 10, "BitsAllocated": 32, "PixelRepresentation": 0}
    np.testing.assert_array_equal(codecs.decode(syntax, codecs.encode(syntax, apart), known), samples)
    for length in range(2, 10, 2):
        ds = picture(samples, shape=(1, 8, 10, 1), bits=32, PatientID="x" * length)
        ours = rg.read(written(ds))
        ours.compress(syntax, verify=True)
        np.testing.assert_array_equal(ours.pixel_array, samples)
