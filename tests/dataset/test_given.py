"""Values given: what an element holds of them, as pydicom's would."""

from __future__ import annotations

import array

import numpy as np
import pydicom
import pytest
import radiogram as rg
from radiogram.dataset.given import given, numbers
from radiogram.errors import InvalidValueError, NotADatasetError

from tests.laws.test_edits import plain


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientName", "Doe^Jane"),
        ("PatientName", ""),
        ("PatientName", None),
        ("ImageType", ["A", "B"]),
        ("ImageType", ["A"]),
        ("ImageType", "A\\B"),
        ("PixelSpacing", ["0.50", 1]),
        ("SliceThickness", 1.5),
        ("InstanceNumber", "007"),
        ("SOPInstanceUID", "1.2.3"),
        ("Rows", 5),
        ("FrameIncrementPointer", 0x00181063),
        ("PatientComments", "a\\b"),
        ("PixelData", b"\1\2"),
        ("StudyDate", "20200101"),
    ],
)
def test_it_is_what_pydicom_holds(keyword: str, value: object) -> None:
    """Types and values."""
    ours, theirs = rg.Dataset(), pydicom.Dataset()
    setattr(ours, keyword, value)
    setattr(theirs, keyword, value)
    assert plain(ours[keyword].value) == plain(theirs[keyword].value)
    assert ours[keyword].VM == theirs[keyword].VM


@pytest.mark.parametrize(
    "value",
    [
        bytearray(b"\1\0\2\0"),
        memoryview(b"\1\0\2\0"),
        np.array([1, 2], "<u2"),
        np.array([1, 2], ">u2"),
        np.array([[1], [2]], "<u2"),
    ],
)
def test_buffers_are_copied_to_bytes(value: object) -> None:
    """Their owners can change them; numbers get the lowest byte first."""
    ds = rg.Dataset()
    ds.PixelData = value
    assert ds.PixelData == b"\1\0\2\0"
    if isinstance(value, bytearray):
        value[0] = 9
        assert ds.PixelData == b"\1\0\2\0"


def test_bytes_are_not_copied() -> None:
    """They cannot change."""
    content = bytes(1 << 20)
    assert rg.DataElement("PixelData", "OW", content).value is content


@pytest.mark.parametrize("value", [(1, 2), [1, 2], np.array([1, 2]), array.array("i", [1, 2]).tolist()])
def test_arrays_and_tuples_are_lists_of_numbers(value: object) -> None:
    """Of Python's own."""
    ds = rg.Dataset()
    ds.TableOfXBreakPoints = value
    assert ds.TableOfXBreakPoints == [1, 2]
    assert all(type(number) is int for number in ds.TableOfXBreakPoints)
    ds.Rows = np.uint16(7)
    assert type(ds.Rows) is int


def test_sequences_take_datasets_alone() -> None:
    """The items stay the objects that they are."""
    inner = rg.Dataset()
    made = given("SQ", [inner])
    assert isinstance(made, rg.Sequence)
    assert made[0] is inner
    assert given("SQ", made) is made
    with pytest.raises(NotADatasetError):
        given("SQ", [1])
    with pytest.raises(TypeError):
        given("SQ", inner)


def test_numbers_of_what_was_set() -> None:
    """By the VR, read-only."""
    assert numbers("DS", ["1.5", 2]).tolist() == [1.5, 2.0]
    assert numbers("US", 3).dtype == np.dtype("<u2")
    assert numbers("OF", b"\0\0\x80?").tolist() == [1.0]
    assert numbers("AT", 0x00181063).tolist() == [0x18, 0x1063]
    assert numbers("US", None).size == 0
    with pytest.raises(ValueError, match="read-only"):
        numbers("US", [1, 2])[0] = 3
    for vr, value in (("LO", "x"), ("US", "x"), ("US", -1)):
        with pytest.raises(InvalidValueError):
            numbers(vr, value)
