"""Arrays as the attributes that describe them, read back by pydicom and by ourselves."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
import radiogram as rg
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from radiogram.errors import ArgumentError, DicomError, ValueRangeError
from radiogram.pixels.describe import pixel_attributes
from radiogram.pixels.put import set_pixels

INTEGERS = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8")
SHAPES = ((5, 7), (1, 1), (3, 5, 7), (1, 4, 2), (2, 1, 3))


def written(array: npt.NDArray[Any], **options: Any) -> bytes:
    """Put an array into a dataset of pydicom's, and write it; our own editing comes with its branch."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    set_pixels(ds, array, **options)
    file = io.BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()


def both(array: npt.NDArray[Any], **options: Any) -> tuple[Any, Any]:
    """Read it back by pydicom and by us."""
    data = written(array, **options)
    return pydicom.dcmread(io.BytesIO(data)).pixel_array, rg.read(data).pixel_array


def numbers(shape: tuple[int, ...], kind: str) -> npt.NDArray[Any]:
    rng = np.random.default_rng(7)
    if kind == "?":
        return rng.random(shape) < 0.5
    if kind[0] == "f":
        return rng.normal(size=shape).astype(kind)
    limits = np.iinfo(kind)
    return rng.integers(limits.min, limits.max, size=shape, dtype=kind, endpoint=True)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["?", "u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
def test_what_is_put_in_is_what_is_read(kind: str, shape: tuple[int, ...]) -> None:
    array = numbers(shape, kind)
    options = {"photometric": "MONOCHROME2"}
    # A single frame has no axis of its own when it is read.
    wanted = array[0] if shape[0] == 1 and len(shape) == 3 else array
    for given_array in (array, array.astype(array.dtype.newbyteorder(">")), np.asfortranarray(array)):
        for read in both(given_array, **options):
            assert read.shape == wanted.shape
            assert (read == wanted).all()
            assert kind == "?" or read.dtype == array.dtype


@pytest.mark.parametrize("kind", ["u8", "i8"])
def test_samples_of_64_bits(kind: str) -> None:
    array = numbers((3, 4), kind)
    assert (pydicom.dcmread(io.BytesIO(written(array))).pixel_array == array).all()


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("shape", [(4, 6, 3), (2, 4, 6, 3), (3, 3, 3), (2, 3, 3, 3)])
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
def test_colour(photometric: str, shape: tuple[int, ...], planar: int) -> None:
    array = numbers(shape, "u1")
    data = written(array, photometric=photometric, planar=planar)
    ds = pydicom.dcmread(io.BytesIO(data))
    assert (ds.SamplesPerPixel, ds.PlanarConfiguration) == (3, planar)
    assert (ds.get("NumberOfFrames") == shape[0]) == (len(shape) == 4)
    from pydicom.pixels import pixel_array

    assert (pixel_array(io.BytesIO(data), raw=True) == array).all()
    assert (rg.read(data).pixels.array(units="stored") == array).all()


def test_ybr_full_422_drops_the_colour_of_each_second_pixel() -> None:
    array = numbers((3, 4, 3), "u1")
    array[:, 1::2, 1:] = array[:, ::2, 1:]
    data = written(array, photometric="YBR_FULL_422")
    from pydicom.pixels import pixel_array

    assert len(pydicom.dcmread(io.BytesIO(data)).PixelData) == 3 * 4 * 2
    assert (pixel_array(io.BytesIO(data), raw=True) == array).all()


@given(
    arrays.arrays(
        st.sampled_from(["?", "<u1", ">i2", "<u4", "<f4", ">f8"]),
        arrays.array_shapes(min_dims=2, max_dims=3, max_side=6),
    )
)
def test_any_array_comes_back(array: npt.NDArray[Any]) -> None:
    shape = array.shape[1:] if array.ndim == 3 and array.shape[0] == 1 else array.shape
    for read in both(array, photometric="MONOCHROME2"):
        assert np.array_equal(read, array.reshape(shape), equal_nan=array.dtype.kind == "f")


def test_attributes_of_each_kind() -> None:
    described = pixel_attributes(np.zeros((3, 5), "i2"), bits_stored=12)
    assert described == {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 3,
        "Columns": 5,
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 1,
        "PixelData": bytes(30),
    }
    assert set(pixel_attributes(np.zeros((3, 5), "f8"))) == {
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "Rows",
        "Columns",
        "BitsAllocated",
        "DoubleFloatPixelData",
    }
    bits = pixel_attributes(np.ones((3, 5), bool))
    assert (bits["BitsAllocated"], bits["BitsStored"], bits["HighBit"]) == (1, 1, 0)
    assert bits["PixelData"] == b"\xff\x7f"
    assert pixel_attributes(np.ones((1, 1, 1), "u1"))["PixelData"] == b"\x01\x00"
    assert pixel_attributes(np.zeros((1, 2, 2), "u1"))["NumberOfFrames"] == 1
    assert (
        pixel_attributes(np.zeros((2, 2), "u1"), photometric="MONOCHROME1")["PhotometricInterpretation"]
        == "MONOCHROME1"
    )


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((4, 6, 3), r"one picture of 3 samples.*4 frames of 6 x 3 pixels: photometric='RGB'.*'MONOCHROME2'"),
        ((4, 6, 4), r"one picture of 4 samples.*both retired"),
    ],
)
def test_a_shape_with_two_meanings_is_refused_and_named(shape: tuple[int, ...], words: str) -> None:
    array = np.zeros(shape, "u1")
    with pytest.raises(ArgumentError, match=words):
        pixel_attributes(array)
    assert pixel_attributes(array, photometric="MONOCHROME2")["NumberOfFrames"] == 4
    colour = "RGB" if shape[-1] == 3 else "CMYK"
    assert pixel_attributes(array, photometric=colour)["SamplesPerPixel"] == shape[-1]
    # What has no colour has one meaning.
    assert pixel_attributes(array > 0)["NumberOfFrames"] == 4
    assert pixel_attributes(array.astype("f4"))["NumberOfFrames"] == 4


@pytest.mark.parametrize(
    ("array", "options", "words"),
    [
        (np.zeros((2, 2), complex), {}, "cannot be stored"),
        (np.zeros((2, 2), "f2"), {}, "cannot be stored"),
        (np.zeros((2, 2), "O"), {}, "cannot be stored"),
        (np.zeros((0, 2), "u1"), {}, "no pixels"),
        (np.zeros(4, "u1"), {}, "needs the shape"),
        (np.uint8(4), {}, "needs the shape"),
        (np.zeros((2, 2, 2, 2), "u1"), {}, "needs the shape"),
        (np.zeros((2, 2, 2, 2, 3), "u1"), {}, "needs the shape"),
        (np.zeros((2, 2), "u1"), {"photometric": "RGB"}, "needs the shape"),
        (np.zeros((2, 2, 4), "u1"), {"photometric": "RGB"}, "needs the shape"),
        (np.zeros((2, 2, 3), "f4"), {"photometric": "RGB"}, "one sample a pixel"),
        (np.zeros((2, 2, 3), "?"), {"photometric": "RGB"}, "one sample a pixel"),
        (np.zeros((2, 2), "u1"), {"photometric": "YBR_ICT"}, "not as 'YBR_ICT'"),
        (np.zeros((2, 2), "u1"), {"bits_stored": 9}, "has 8 bits"),
        (np.zeros((2, 2), "u1"), {"bits_stored": 0}, "has 8 bits"),
        (np.zeros((2, 2), "f4"), {"bits_stored": 12}, "has 32 bits"),
        (np.zeros((2, 2, 3), "u1"), {"photometric": "RGB", "planar": 2}, "0 or 1"),
        (np.zeros((2, 3, 3), "u1"), {"photometric": "YBR_FULL_422"}, "even number of columns"),
        (np.zeros((2, 2, 3), "u1"), {"photometric": "YBR_FULL_422", "planar": 1}, "by pixel"),
    ],
)
def test_what_cannot_be_stored_is_refused(array: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        pixel_attributes(array, **options)


def test_samples_must_fit() -> None:
    for kind, bits, value in (("u2", 12, 4096), ("i2", 12, 2048), ("i2", 12, -2049), ("u8", 63, 2**63)):
        with pytest.raises(ValueRangeError, match="do not fit"):
            pixel_attributes(np.array([[0, value]], kind), bits_stored=bits)
    pixel_attributes(np.array([[-2048, 2047]], "i2"), bits_stored=12)
    with pytest.raises(ValueRangeError, match="65535"):
        pixel_attributes(np.zeros((1, 65536), "u1"))


def test_signed_samples_of_fewer_bits_come_back() -> None:
    array = np.array([[-2048, -1, 0, 2047]], "i2")
    for read in both(array, bits_stored=12):
        assert (read == array).all()


def test_errors_are_of_the_family() -> None:
    with pytest.raises(DicomError):
        pixel_attributes(np.zeros(3))
