"""Pixel data set from an array: the description that pydicom makes, and nothing changed where it does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, UnsupportedError

from tests import build
from tests.laws.test_edits import told

ARRAYS = [
    (np.arange(12, dtype="u1").reshape(3, 4), "MONOCHROME2", 8),
    (np.arange(15, dtype="u1").reshape(3, 5), "MONOCHROME1", 4),
    (np.arange(24, dtype="i2").reshape(2, 3, 4) - 9, "MONOCHROME2", 12),
    (np.arange(24, dtype=">u2").reshape(2, 3, 4), "PALETTE COLOR", 16),
    (np.arange(36, dtype="u1").reshape(3, 4, 3), "RGB", 8),
    (np.arange(72, dtype="u1").reshape(2, 3, 4, 3), "YBR_FULL", 8),
    (np.arange(36, dtype="u1").reshape(3, 4, 3), "YBR_FULL_422", 8),
]


@pytest.mark.parametrize(("array", "interpretation", "bits"), ARRAYS)
def test_it_is_described_as_by_pydicom(array: npt.NDArray[Any], interpretation: str, bits: int) -> None:
    """All elements, and the transfer syntax."""
    ours, theirs = rg.Dataset(), pydicom.Dataset()
    for ds in (ours, theirs):
        ds.NumberOfFrames, ds.PlanarConfiguration = 9, 1
        native = array.astype(array.dtype.newbyteorder("=")) if ds is theirs else array
        ds.set_pixel_data(native, interpretation, bits, generate_instance_uid=False)
    assert told(ours) == told(theirs)
    assert ours.file_meta.TransferSyntaxUID == theirs.file_meta.TransferSyntaxUID


@pytest.mark.parametrize(
    ("before", "after"),
    [(build.JPEG, build.EXPLICIT), (build.IMPLICIT, build.IMPLICIT), ("1.2.3", build.EXPLICIT)],
)
def test_a_syntax_of_compressed_pixels_is_replaced(before: str, after: str) -> None:
    """So is one that nobody knows; a native one stays."""
    ds = rg.Dataset()
    ds.file_meta.TransferSyntaxUID = before
    ds.set_pixel_data(ARRAYS[0][0], "MONOCHROME2", 8)
    assert ds.file_meta.TransferSyntaxUID == after


def test_the_instance_gets_a_uid() -> None:
    """It is another one now."""
    ds = rg.Dataset()
    ds.set_pixel_data(ARRAYS[0][0], "MONOCHROME2", 8)
    assert ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID
    assert ds.SOPInstanceUID.startswith("2.25.")


@pytest.mark.parametrize(
    ("array", "interpretation", "bits"),
    [
        (np.zeros((2, 2), "f4"), "MONOCHROME2", 8),
        (np.zeros((2, 2), "u4"), "MONOCHROME2", 8),
        (np.zeros((2, 2), "u1"), "CMYK", 8),
        (np.zeros((2, 2), "u1"), "RGB", 8),
        (np.zeros((2, 2, 4), "u1"), "RGB", 8),
        (np.zeros((2, 3, 3), "u1"), "YBR_FULL_422", 8),
        (np.zeros((0, 2), "u1"), "MONOCHROME2", 8),
        (np.zeros((1, 1, 2, 2), "u1"), "MONOCHROME2", 8),
        (np.zeros((2, 2), "u1"), "MONOCHROME2", 9),
        (np.full((2, 2), 16, "u1"), "MONOCHROME2", 4),
        (np.full((2, 2), -9, "i1"), "MONOCHROME2", 4),
    ],
)
def test_what_does_not_fit_changes_nothing(array: npt.NDArray[Any], interpretation: str, bits: int) -> None:
    """The dataset is as it was."""
    ds = rg.Dataset()
    with pytest.raises(ArgumentError):
        ds.set_pixel_data(array, interpretation, bits)
    assert len(ds) == len(ds.file_meta) == 0


def test_floats_and_big_endian_are_refused() -> None:
    """One dataset has one kind of pixel data; what is set is little endian."""
    ds = rg.Dataset()
    ds.FloatPixelData = b"\0\0\0\0"
    with pytest.raises(ArgumentError):
        ds.set_pixel_data(ARRAYS[0][0], "MONOCHROME2", 8)
    ds = rg.Dataset()
    ds.file_meta.TransferSyntaxUID = build.BIG_ENDIAN
    with pytest.raises(UnsupportedError):
        ds.set_pixel_data(ARRAYS[0][0], "MONOCHROME2", 8)
