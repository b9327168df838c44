"""Other pixels for a data set, and what goes with the old ones."""

from __future__ import annotations

import copy
import io
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import set_pixel_data as theirs
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless
from radiogram.errors import ArgumentError
from radiogram.pixels import put
from radiogram.pixels.put import set_pixel_data, set_pixels

PICTURE = np.arange(12, dtype="u2").reshape(3, 4)


def dataset(**elements: Any) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = elements.pop("syntax", ExplicitVRLittleEndian)
    ds.SOPInstanceUID = "1.2.3"
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def test_a_palette_picture_becomes_a_grey_one_and_back() -> None:
    ds = pydicom.dcmread(get_testdata_file("OBXXXX1A.dcm"))
    assert "RedPaletteColorLookupTableData" in ds
    kept = copy.deepcopy(ds)
    set_pixels(ds, PICTURE)
    assert not [name for name in ds.dir() if "Palette" in name]
    assert (ds.pixel_array == PICTURE).all()
    set_pixels(kept, PICTURE.astype("u1"), photometric="PALETTE COLOR")
    assert len([name for name in kept.dir() if "Palette" in name]) >= 6
    assert (kept.pixel_array == PICTURE).all()


def test_an_encapsulated_picture_becomes_a_native_one() -> None:
    ds = pydicom.dcmread(get_testdata_file("MR_small_RLE.dcm"))
    ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = bytes(8), bytes(8)
    ds.LossyImageCompression = "01"
    set_pixels(ds, PICTURE)
    assert ds.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert not ds["PixelData"].is_undefined_length
    assert "ExtendedOffsetTable" not in ds
    assert "ExtendedOffsetTableLengths" not in ds
    # PS3.3 C.7.6.1.1.5: what was lost once is lost.
    assert ds.LossyImageCompression == "01"
    file = io.BytesIO()
    ds.save_as(file)
    assert (pydicom.dcmread(io.BytesIO(file.getvalue())).pixel_array == PICTURE).all()


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_a_native_syntax_stays(syntax: Any) -> None:
    ds = dataset(syntax=syntax)
    set_pixels(ds, PICTURE)
    assert ds.file_meta.TransferSyntaxUID == syntax


def test_what_described_the_old_pixels_goes_and_the_rest_stays() -> None:
    ds = dataset(
        SmallestImagePixelValue=1,
        LargestImagePixelValue=2,
        NumberOfFrames=7,
        PlanarConfiguration=1,
        FloatPixelData=b"1234",
        FloatPixelPaddingValue=1.5,
        PixelPaddingValue=3,
        RescaleSlope="2",
        WindowCenter="40",
        PatientID="X",
    )
    set_pixels(ds, PICTURE)
    assert {"SmallestImagePixelValue", "NumberOfFrames", "PlanarConfiguration", "FloatPixelData"}.isdisjoint(
        ds.dir()
    )
    assert "FloatPixelPaddingValue" not in ds
    assert (ds.PixelPaddingValue, ds.RescaleSlope, ds.WindowCenter, ds.PatientID) == (3, 2, 40, "X")
    set_pixels(ds, PICTURE.astype("f4"))
    assert {"PixelData", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue"}.isdisjoint(
        ds.dir()
    )
    assert ds["FloatPixelData"].VR == "OF"
    set_pixels(ds, PICTURE.astype("f8"))
    assert "FloatPixelData" not in ds
    assert ds["DoubleFloatPixelData"].VR == "OD"
    assert (ds.pixel_array == PICTURE).all()


def test_vr_of_the_pixels() -> None:
    found = {}
    for kind in ("?", "u1", "i2", "u4"):
        ds = dataset()
        set_pixels(ds, PICTURE.astype(kind))
        found[kind] = ds["PixelData"].VR
    assert found == {"?": "OB", "u1": "OB", "i2": "OW", "u4": "OW"}


def test_nothing_changes_where_the_array_is_refused() -> None:
    ds = dataset(NumberOfFrames=7, PixelData=b"12")
    kept = copy.deepcopy(ds)
    with pytest.raises(ArgumentError):
        set_pixels(ds, np.zeros((3, 4, 3), "u1"))
    assert ds == kept


def test_every_keyword_is_the_dictionarys() -> None:
    names = [*put._STALE, *put._PALETTE, *(name for names in put._PADDING.values() for name in names)]
    assert all(pydicom.datadict.tag_for_keyword(name) for name in names)
    assert all(pydicom.datadict.tag_for_keyword(name) == tag for name, tag in put._PIXELS.items())


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless])
@pytest.mark.parametrize(
    ("shape", "kind", "photometric", "bits"),
    [
        ((3, 4), "u1", "MONOCHROME2", 8),
        ((3, 5), "i2", "MONOCHROME1", 12),
        ((2, 3, 4), "u2", "MONOCHROME2", 12),
        ((3, 4), "u1", "PALETTE COLOR", 8),
        ((3, 4, 3), "u1", "RGB", 8),
        ((2, 3, 4, 3), "u2", "YBR_FULL", 16),
        ((3, 4, 3), "u1", "YBR_FULL_422", 8),
    ],
)
def test_the_namesake_does_what_pydicoms_does(
    syntax: Any, shape: Any, kind: str, photometric: str, bits: int
) -> None:
    array = np.random.default_rng(1).integers(0, 100, shape).astype(kind)
    one, other = dataset(syntax=syntax, NumberOfFrames=9), dataset(syntax=syntax, NumberOfFrames=9)
    set_pixel_data(one, array, photometric, bits)
    theirs(other, array, photometric, bits)
    assert one.SOPInstanceUID != "1.2.3"
    assert one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID
    one.SOPInstanceUID = other.SOPInstanceUID
    one.file_meta.MediaStorageSOPInstanceUID = other.SOPInstanceUID
    assert one == other
    assert one.file_meta == other.file_meta
    set_pixel_data(one, array, photometric, bits, generate_instance_uid=False)
    assert one.SOPInstanceUID == other.SOPInstanceUID
