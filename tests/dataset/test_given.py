"""Values given: what an element holds of them, as pydicom's would."""

from __future__ import annotations

import array

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.dataset.given import given, numbers
from radiogram.errors import InvalidValueError, NotADatasetError
from radiogram.values.validate import InvalidValueWarning

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


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small_bigendian.dcm", "rtplan.dcm"])
def test_raw_is_what_would_be_written(name: str) -> None:
    """In explicit, big endian and implicit files: the bytes that are there after writing, and their number."""
    ds = rg.read(get_testdata_file(name))
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.PatientName, ds.PatientWeight, ds.Rows, ds.PatientID = "M\xfcller", 1 / 3, 258, ""
    ds.SmallestImagePixelValue = 300
    ds.add_new(0x00281201, "OW", b"\1\0\2\0")
    ds.OtherPatientIDsSequence = [rg.Dataset({"PatientID": "odd"})]
    ds.file_meta.ImplementationVersionName = "odd"
    again = rg.read(ds.to_bytes())
    changed = [elem for elem in ds if elem.offset is None]
    assert len(changed) >= 8
    for elem in changed:
        assert (elem.raw, elem.length) == (again[elem.tag].raw, again[elem.tag].length), elem.tag
    assert ds.file_meta["ImplementationVersionName"].raw == b"odd "


def test_raw_of_what_is_in_no_dataset() -> None:
    """Explicit VR little endian, the default repertoire, even lengths; what has no bytes is a typed error."""
    assert rg.DataElement("Rows", "US", 258).raw == b"\2\1"
    assert rg.DataElement("EncapsulatedDocument", "OB", b"odd").raw == b"odd\0"
    assert rg.DataElement(0x00080000, "UL", 5).raw == b"\5\0\0\0"
    elem = rg.DataElement("PatientName", "PN", "\u5c71")
    for name in ("raw", "length"):
        with pytest.raises(InvalidValueError) as caught:
            getattr(elem, name)
        assert "\u5c71" not in str(caught.value)
    ds = rg.Dataset({"SpecificCharacterSet": "ISO_IR 192"})
    ds.add(elem)
    assert elem.raw.decode() == "\u5c71 "
    del ds
    with pytest.raises(InvalidValueError):
        _ = elem.raw


def test_printing_does_not_encode() -> None:
    """What could not be written can be looked at."""
    ds = rg.Dataset({"PatientComments": "text", "PixelData": bytes(100)})
    ds["PatientComments"].VR = "OB"
    assert "'text'" in repr(ds)
    assert "<100 bytes>" in repr(ds)


def test_values_are_checked_on_request() -> None:
    """Not at all, by a warning, by an error that leaves the dataset as it was; in private blocks too."""
    ds = rg.Dataset()
    block = ds.private_block(0x0099, "MINE", create=True)
    ds.add_new("PatientSex", "CS", "secret")
    assert ds.PatientSex == "secret"
    for add, key in ((ds.add_new, "Modality"), (block.add_new, 0x01)):
        with pytest.warns(InvalidValueWarning) as warned:
            add(key, "CS", "secret", validate="warn")
        with pytest.raises(InvalidValueError) as caught:
            add(key, "CS", "secret 2", validate="raise")
        assert "secret" not in str(caught.value)
        assert not [one for one in warned if "secret" in str(one.message)]
        add(key, "CS", "SOUND", validate="raise")
    assert (ds.Modality, block[0x01].value) == ("SOUND", "SOUND")
    with pytest.raises(InvalidValueError, match=r"PS3\.6"):
        ds.add_new("PixelSpacing", "DS", [1, 2, 3], validate="raise")
    assert "PixelSpacing" not in ds


def test_an_edited_dataset_is_checked() -> None:
    """Its problems are those of what would be written, at any depth; none where all is sound."""
    ds = rg.read(get_testdata_file("CT_small.dcm"))
    ds.PatientName = "Doe^Jane"
    assert ds.check() == ()
    ds.PatientSex = "other"
    ds.OtherPatientIDsSequence[0].PatientBirthDate = "20201301"
    found = {(one.kind, one.path) for one in ds.check()}
    assert {("outside_repertoire", "(0010,0040)"), ("bad_date_time", "(0010,1002)[0].(0010,0030)")} <= found
    ds.Rows = 129
    assert len(ds.check()) > len(found)
