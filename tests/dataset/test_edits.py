"""Edits of datasets: by keyword, by tag, as a mapping, by group; and what pydicom does with the same."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import (
    ArgumentError,
    DicomError,
    InvalidValueError,
    LimitError,
    NotADatasetError,
    NotAnElementError,
    UnknownKeywordError,
    UnknownTagError,
)

from tests import build
from tests.build import element, item, sequence
from tests.laws.test_edits import told

CONTENT = build.file(
    element(0x00080008, "CS", "ORIGINAL\\PRIMARY")
    + sequence(0x00081140, item(element(0x00081155, "UI", "1.2.3")), item(build.nested(2)))
    + element(0x00090010, "LO", "SOMEBODY")
    + element(0x00091001, "LO", "theirs")
    + element(0x00100010, "PN", "Doe^Jane")
    + element(0x00280010, "US", b"\2\0")
)


@pytest.fixture
def ds() -> rg.Dataset:
    return rg.read(CONTENT)


def test_a_keyword_is_set_with_the_dictionarys_vr(ds: rg.Dataset) -> None:
    """New ones, those that were read, and those that the dictionary leaves open."""
    ds.Rows = 3
    ds.KVP = "120.0"
    ds.SmallestImagePixelValue = 4
    assert (ds.Rows, ds["KVP"].VR, ds.KVP, str(ds.KVP)) == (3, "DS", 120.0, "120.0")
    assert ds["SmallestImagePixelValue"].VR == "US or SS"
    assert list(ds.keys()) == sorted(ds.keys())


def test_an_element_that_is_there_keeps_its_vr() -> None:
    """As in pydicom: the value is set, and nothing else."""
    ds = rg.read(build.file(element(0x00100020, "SH", "X1")))
    ds.PatientID = "X2"
    assert (ds["PatientID"].VR, ds.PatientID) == ("SH", "X2")
    ds["PatientID"].VR = "LO"
    assert (ds["PatientID"].VR, ds.PatientID) == ("LO", "X2")


def test_what_was_handed_out_follows_or_stays(ds: rg.Dataset) -> None:
    """A view of an element follows its value; an element that was replaced or removed stays as it was."""
    first, second = ds["PatientName"], ds["PatientName"]
    ds.PatientName = "Doe^John"
    assert first.value == second.value == "Doe^John"
    first.value = "Roe"
    assert ds.PatientName == second.value == "Roe"
    ds["PatientName"] = rg.DataElement("PatientName", "PN", "Other")
    assert (first.value, second.value, ds.PatientName) == ("Roe", "Roe", "Other")
    gone = ds["Rows"]
    del ds.Rows
    assert gone.value == 2
    gone.value = 5
    assert gone.value == 5
    assert "Rows" not in ds


def test_arrays_and_pixels_that_were_handed_out_stay() -> None:
    """They are views on what was read, which never changes."""
    ds = rg.read(get_testdata_file("CT_small.dcm"))
    pixels, rows = ds.pixel_array, ds["Rows"].array
    before = pixels.copy()
    ds.PatientName = "Edited"
    assert ds.pixel_array is pixels
    ds.Rows, ds.PixelData = 64, before[:64].tobytes()
    assert np.array_equal(ds.pixel_array, before[:64])
    assert np.array_equal(pixels, before)
    assert rows.tolist() == [128]
    assert ds["Rows"].array.tolist() == [64]
    del ds.Rows
    with pytest.raises(DicomError):
        _ = ds.pixel_array
    ds["Rows"] = rg.read(get_testdata_file("CT_small.dcm"))["Rows"]
    assert ds.Rows == 128


def test_deletion_says_what_is_not_there(ds: rg.Dataset) -> None:
    """By keyword it is an `AttributeError`, by tag a `KeyError`."""
    del ds.PatientName, ds[0x00280010]
    for wrong in ("PatientName", "Rows"):
        with pytest.raises(UnknownKeywordError):
            delattr(ds, wrong)
        with pytest.raises(UnknownTagError):
            del ds[wrong]
        with pytest.raises(UnknownTagError):
            ds.pop(wrong)
    assert ds.pop("PatientName", None) is None
    with pytest.raises(TypeError):
        ds.pop("PatientName", 1, 2)


def test_groups_go_by_a_slice(ds: rg.Dataset) -> None:
    """`del ds[start:stop]`, with nothing there too."""
    del ds[0x00080000:0x00090000]
    del ds[0x00400000:]
    assert [tag.group for tag in ds.keys()] == [9, 9, 16, 40]  # noqa: SIM118  # its iterator gives elements


def test_only_elements_go_in_by_tag(ds: rg.Dataset) -> None:
    """And only under their own."""
    with pytest.raises(NotAnElementError):
        ds["Rows"] = 3  # type: ignore[assignment]
    with pytest.raises(ArgumentError):
        ds["Rows"] = rg.DataElement("Columns", "US", 3)
    with pytest.raises(ArgumentError):
        ds[0x00080000:0x00090000] = rg.DataElement("Columns", "US", 3)  # type: ignore[index]
    with pytest.raises(InvalidValueError):
        rg.DataElement("Columns", "XX", 3)
    with pytest.raises(UnknownTagError):
        rg.DataElement("NoSuchThing", "US", 3)


def test_it_is_a_mapping_as_pydicoms(ds: rg.Dataset) -> None:
    """`pop`, `popitem`, `setdefault`, `update`, `add`, `add_new`, `clear`."""
    theirs = pydicom.dcmread(pydicom.filebase.DicomBytesIO(CONTENT))
    assert ds["Rows"].value == ds.pop("Rows").value == 2
    del theirs.Rows
    for one in (ds, theirs):
        assert one.setdefault("Rows", 7).value == 7
        assert one.setdefault("Rows", 8).value == 7
        one.update({"PatientID": "X", "KVP": 1})
        one.add_new(0x00081030, "LO", "study")
        one.add(one["PatientID"])
    made = rg.DataElement("Columns", "US", 1)
    assert ds.setdefault("Columns", made) is made is ds["Columns"]
    theirs.Columns = 1
    assert told(ds) == told(theirs)
    assert ds.popitem()[1].keyword == "Columns"
    ds.clear()
    assert len(ds) == 0
    with pytest.raises(UnknownTagError):
        ds.popitem()


def test_an_element_in_two_datasets_is_one(ds: rg.Dataset) -> None:
    """One that was set and one that was read, in slices and shallow copies too."""
    other = rg.Dataset(ds)
    third = rg.Dataset({0x00100010: ds["PatientName"], "Rows": 9})
    part, copied = ds[0x00100000:0x00110000], ds.copy()
    ds.PatientName = "Shared"
    for one in (other, third, part, copied):
        assert one.PatientName == "Shared"
    copied["PatientName"].value = "Too"
    assert ds.PatientName == part.PatientName == "Too"
    del part.PatientName
    assert "PatientName" in ds
    ds.ImageType[0] = "DERIVED"
    assert other.ImageType == ["DERIVED", "PRIMARY"]
    assert third.Rows == 9


def test_lists_write_through(ds: rg.Dataset) -> None:
    """The list that was handed out is the value; a list that was replaced is nobody's."""
    values = ds.ImageType
    assert values is ds.ImageType is ds["ImageType"].value
    values[0] = "DERIVED"
    values.append("AXIAL")
    assert ds.ImageType is values
    assert ds._is_edited
    ds.ImageType = ["A", "B"]
    values[0] = "NOBODYS"
    assert ds.ImageType == ["A", "B"]
    ds.ImageType[1] = "C"
    assert ds["ImageType"].value == ["A", "C"]


def test_a_dataset_from_nothing() -> None:
    """It has what it was given, no problems, and no source."""
    ds = rg.Dataset()
    assert (len(ds), list(ds), ds.problems, ds.filename, ds.preamble) == (0, [], (), None, None)
    assert (ds.is_implicit_VR, ds.is_little_endian, ds.original_encoding) == (None, None, (None, None))
    ds.PatientName = "Doe"
    ds.file_meta.TransferSyntaxUID = build.EXPLICIT
    ds.ensure_file_meta()
    assert ds.file_meta.TransferSyntaxUID.name == "Explicit VR Little Endian"
    assert repr(ds).splitlines()[-1].endswith("PN: 'Doe'")
    assert ds.check() == ()
    ds.is_little_endian, ds.is_implicit_VR = True, False
    assert (ds.is_implicit_VR, ds.is_little_endian) == (False, True)
    assert not ds.is_original_encoding


def test_file_meta_information_is_set(ds: rg.Dataset) -> None:
    """A dataset of group 0002, and nothing else."""
    meta = rg.Dataset()
    meta.TransferSyntaxUID = build.IMPLICIT
    ds.file_meta = meta
    assert ds.file_meta is meta
    wrong = rg.Dataset()
    wrong.Rows = 1
    with pytest.raises(ArgumentError):
        ds.file_meta = wrong
    with pytest.raises(NotADatasetError):
        ds.file_meta = 3  # type: ignore[assignment]
    del ds.file_meta
    assert len(ds.file_meta) == 0
    ds.preamble = bytes(128)
    assert ds.preamble == bytes(128)


def test_private_blocks_are_reserved(ds: rg.Dataset) -> None:
    """The first free one, until there is none; elements know their creator."""
    block = ds.private_block(0x0009, "MINE", create=True)
    assert block.get_tag(1) == 0x00091101
    block.add_new(0x01, "DS", "1.5")
    assert (block[0x01].value, block[0x01].private_creator) == (1.5, "MINE")
    del block[0x01]
    assert 0x01 not in block
    with pytest.raises(UnknownTagError):
        del block[0x01]
    ds.add_new_private("GEMS_IDEN_01", 0x0009, 0x01, "GE")
    assert (ds[0x00091201].VR, ds[0x00091201].name) == ("LO", "[Full fidelity]")
    with pytest.raises(UnknownTagError):
        ds.add_new_private("MINE", 0x0009, 0x05, "x")
    for number in range(0x13, 0x100):
        ds.add_new(0x00090000 | number, None, f"C{number}")
    with pytest.raises(LimitError):
        ds.private_block(0x0009, "ONE MORE", create=True)
    with pytest.raises(ArgumentError):
        ds.private_block(0x0009, "", create=True)


def test_a_walk_may_take_elements_out(ds: rg.Dataset) -> None:
    """A sequence that was taken out is not gone into; private elements go at any depth."""
    ds.ReferencedImageSequence[0].add_new(0x00111001, "LO", "x")
    seen: list[str] = []

    def take_out(dataset: rg.Dataset, elem: rg.DataElement) -> None:
        seen.append(elem.keyword)
        if elem.VR == "SQ" and dataset is not ds:
            del dataset[elem.tag]

    ds.walk(take_out)
    assert seen.count("ReferencedImageSequence") == 2
    assert "PatientID" not in seen
    ds.remove_private_tags()
    assert not any(elem.is_private for elem in ds.iterall())


def test_iteration_passes_over_what_is_removed_meanwhile(ds: rg.Dataset) -> None:
    """And does not meet what is added."""
    met = []
    for elem in ds:
        met.append(elem.keyword)
        if elem.keyword == "ImageType":
            del ds.PatientName
            ds.PatientID = "new"
    assert "PatientName" not in met
    assert "PatientID" not in met


def test_elements_that_were_set_answer_like_those_that_were_read(ds: rg.Dataset) -> None:
    """Every property; a source they have none."""
    read = ds["PatientName"]
    made = rg.DataElement("PatientName", "PN", "Doe^Jane")
    assert made == read
    for name in ("tag", "VR", "VM", "keyword", "name", "is_empty", "is_private", "is_retired", "repval"):
        assert getattr(made, name) == getattr(read, name)
    assert (made.offset, made.file_tell, made.written_vr, made._dataset) == (None, None, None, None)
    assert repr(made) == repr(read)
    assert (made.raw, made.length) == (read.raw, read.length)
    assert rg.DataElement("PixelData", "OW", b"\1\0\2\0").array.tolist() == [1, 2]
    made.clear()
    assert made.is_empty
    assert rg.DataElement("ReferencedImageSequence", "SQ", None).is_empty


def test_it_goes_over_to_pydicom(ds: rg.Dataset) -> None:
    """With what was changed, at any depth."""
    ds.ReferencedImageSequence[0].PatientName = "Deep"
    ds.PixelSpacing = ["0.50", 1]
    ds.ImageType[0] = "DERIVED"
    del ds.Rows
    assert told(ds.to_pydicom()) == told(ds)


def test_cycles_are_collected() -> None:
    """A dataset within itself, by a sequence, an element, a list, an attribute."""
    seen = []
    for _ in range(50):
        ds = rg.read(CONTENT)
        inner = rg.Dataset()
        inner.ReferencedImageSequence = [inner]
        ds.ReferencedImageSequence.append(ds)
        ds.ReferencedImageSequence.append(inner)
        ds.mine = ds["ImageType"], ds.ImageType, iter(ds)  # type: ignore[attr-defined]
        ds.ImageType[0] = "DERIVED"
        seen += [weakref.ref(ds), weakref.ref(inner), weakref.ref(ds["ImageType"])]
        del ds, inner
    gc.collect()
    assert not any(reference() for reference in seen)


def test_text_stays_what_it_is_when_the_character_set_changes() -> None:
    """What was read is read with the old set; only bytes that are written are of the new one."""
    name = element(0x00100010, "PN", "Äpfel".encode())
    ds = rg.read(
        build.file(element(0x00080005, "CS", "ISO_IR 192") + sequence(0x00081140, item(name)) + name)
    )
    ds.SpecificCharacterSet = "ISO_IR 100"
    assert ds.PatientName == ds.ReferencedImageSequence[0].PatientName == "Äpfel"
    assert ds._drafted()[0] == [("(0008,0005)", "CS text ISO_IR 100")]


def test_an_element_that_was_changed_and_put_back_is_an_edit(ds: rg.Dataset) -> None:
    """The value counts, not the way it took."""
    elem = ds["PatientName"]
    elem.value = "Changed"
    del ds.PatientName
    ds["PatientName"] = elem
    assert ds.PatientName == "Changed"
    assert ds._drafted()[0] == [("(0010,0010)", "PN text Changed")]


def test_a_list_does_not_keep_its_dataset() -> None:
    """Values of millions of files may be held; a write to one whose dataset is gone concerns nobody."""
    ds = rg.read(get_testdata_file("CT_small.dcm"))
    gone, kinds = weakref.ref(ds), ds.ImageType
    del ds
    assert gone() is None
    kinds[0] = "DERIVED"
    assert kinds[0] == "DERIVED"


def test_what_was_changed_is_gathered(ds: rg.Dataset) -> None:
    """The numbers as they are now, never those of before."""
    ds.ReferencedImageSequence = [rg.Dataset({"Rows": number}) for number in (3, 5)]
    values, offsets = ds.gather("ReferencedImageSequence/*/Rows")
    assert (values.tolist(), offsets.tolist()) == ([3, 5], [0, 1, 2])
    ds.ReferencedImageSequence[0].Rows = 4
    del ds.ReferencedImageSequence[1].Rows
    values, offsets = ds.gather("ReferencedImageSequence/*/Rows")
    assert (values.tolist(), offsets.tolist()) == ([4], [0, 1, 1])
