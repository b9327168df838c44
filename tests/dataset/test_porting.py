"""What scripts written for pydicom ask of a dataset: the same names give the same."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path

import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ValueRangeError

from tests.build import element

FILES = ("CT_small.dcm", "rtplan.dcm", "reportsi.dcm", "MR_small_bigendian.dcm", "rtstruct.dcm")


def both(name: str) -> tuple[rg.Dataset, pydicom.Dataset]:
    path = get_testdata_file(name)
    return rg.read(path, force=True), pydicom.dcmread(path, force=True)


@pytest.mark.parametrize("name", FILES)
def test_elements_say_what_pydicoms_say(name: str) -> None:
    """Every element, those in sequences too."""
    ours, theirs = both(name)
    pairs = list(zip(ours.file_meta, theirs.file_meta, strict=True))
    for one, other in [*pairs, *zip(ours.iterall(), theirs.iterall(), strict=True)]:
        assert (one.VM, one.is_empty, one.is_retired) == (other.VM, other.is_empty, other.is_retired)
        assert (one.is_private, one.keyword, one.name) == (other.is_private, other.keyword, other.name)
        assert one.description() == other.name
        assert one.empty_value == other.empty_value
        assert not one.is_buffered
        assert not one.is_raw
        assert len(one.repval) < 120


def test_parts_of_an_element() -> None:
    """An item of a sequence, one of several values; a number has none."""
    ds, _ = both("rtplan.dcm")
    assert ds["BeamSequence"][0] is ds.BeamSequence[0]
    assert rg.read(get_testdata_file("CT_small.dcm"))["ImageType"][1] == "PRIMARY"
    with pytest.raises(TypeError):
        _ = ds["BeamSequence"][0]["BeamNumber"][0]


def test_elements_go_through_pickle_and_copy() -> None:
    """They bring their dataset along."""
    ds, _ = both("rtplan.dcm")
    elem = ds.BeamSequence[0]["BeamName"]
    for other in (pickle.loads(pickle.dumps(elem)), copy.deepcopy(elem), copy.copy(elem)):
        assert other == elem
        assert other.value == ds.BeamSequence[0].BeamName


def test_an_element_that_the_user_added_has_its_name() -> None:
    """The user's dictionary goes before the standard's."""
    rg.dictionary.add_dict_entry(0x10021001, "UL", "TestOfPorting", "Test of Porting")
    ds = rg.read(element(0x10021001, "UL", b"\1\0\0\0"), force=True)
    assert ds.TestOfPorting == 1
    assert (ds[0x10021001].keyword, ds[0x10021001].name) == ("TestOfPorting", "Test of Porting")


@pytest.mark.parametrize(
    "part",
    [
        slice(None),
        slice("PatientName", "StudyInstanceUID"),
        slice("0x00080018", "0x00080019"),
        slice((0x0020, 0), None),
        slice(None, 0x00100000),
        slice(0x00090000, 0x000A0000),
        slice(0x7FE00011, None),
        slice(None, None, 3),
    ],
)
def test_a_slice_is_a_dataset_of_the_same_elements(part: slice) -> None:
    """As pydicom slices, copies and pickles included."""
    ours, theirs = both("CT_small.dcm")
    sliced, expected = ours[part], theirs[part]
    assert sliced.keys() == list(expected.keys())
    assert [elem.VR for elem in sliced] == [elem.VR for elem in expected]
    assert ("PatientID" in sliced) == ("PatientID" in expected)
    assert repr(sliced).splitlines()[:1] == [repr(elem) for elem in sliced][:1]
    for other in (copy.copy(sliced), copy.deepcopy(sliced), pickle.loads(pickle.dumps(sliced)), sliced[:]):
        assert other.keys() == sliced.keys()
        assert other == sliced
    assert (sliced == ours) == (len(sliced) == len(ours))
    assert sliced.to_pydicom().keys() == expected.keys()


def test_a_group_is_a_dataset() -> None:
    """And its elements have their keywords."""
    ours, theirs = both("CT_small.dcm")
    group = ours.group_dataset(0x0010)
    assert group.PatientID == "1CT1"
    assert group.keys() == list(theirs.group_dataset(0x0010).keys())
    assert ours.get_item(slice(0x00100000, 0x00110000)) == group
    with pytest.raises(AttributeError):
        _ = group.Modality


def test_keys_as_pydicom_takes_them() -> None:
    """A list for a pair; what no tag can be is an error, not a miss."""
    ds, _ = both("CT_small.dcm")
    assert [0x0010, 0x0020] in ds
    assert ds[0x0010, 0x0020] == ds[[0x0010, 0x0020]]  # type: ignore[index]
    with pytest.raises(KeyError):
        _ = ds[-1]
    with pytest.raises(ValueRangeError, match="32 bits"):
        _ = ds[:-1]


def test_names_that_say_the_same() -> None:
    """Those of `Namesakes`."""
    ours, theirs = both("CT_small.dcm")
    with rg.read(get_testdata_file("CT_small.dcm")) as ds:
        ds.decode()
        ds.convert_pixel_data()
        assert ds.pixel_array[-1][-1] == 909
    assert ours.get_private_item(0x0009, 0x01, "GEMS_IDEN_01") == ours[0x0009, 0x1001]
    assert ours.get_item("Rows", keep_deferred=True) == ours["Rows"] == ours.data_element("Rows")
    assert ours.data_element("NoSuchKeyword") is None
    assert [elem.tag for elem in ours.elements()] == ours.keys()
    assert {"Rows", "walk", "PatientName"} <= set(ours.trait_names())
    assert len(ours.top().splitlines()) == len(ours)
    assert ours.is_original_encoding
    assert ours.buffer is None
    assert ours.timestamp == pytest.approx(theirs.timestamp)


def test_where_an_item_lies() -> None:
    """As pydicom tells it."""
    ours, theirs = both("rtplan.dcm")
    one, other = ours.BeamSequence[0], theirs.BeamSequence[0]
    assert (one.file_tell, one.is_undefined_length_sequence_item) == (
        other.file_tell,
        other.is_undefined_length_sequence_item,
    )


def test_a_sequence_prints_its_items() -> None:
    """`str` shows what `repr` counts."""
    ds, _ = both("rtplan.dcm")
    assert repr(ds.BeamSequence) == "<Sequence, length 1>"
    assert str(ds.BeamSequence).startswith("[(3008,") or "Beam Number" in str(ds.BeamSequence)


def test_a_sequence_is_compared_with_anything() -> None:
    """What is no dataset is not equal to an item."""
    ds, theirs = both("rtplan.dcm")
    assert ds.BeamSequence == list(ds.BeamSequence)
    assert ds.BeamSequence != [1]
    assert ds.BeamSequence != [*ds.BeamSequence, None]
    assert ds.BeamSequence != theirs.BeamSequence


def test_a_file_object_gives_its_name() -> None:
    """And a nameless one gives none."""
    with Path(get_testdata_file("CT_small.dcm")).open("rb") as file:
        ds = rg.read(file)
    assert ds.filename is not None
    assert Path(ds.filename).name == "CT_small.dcm"
    assert copy.deepcopy(ds).filename == ds.filename
    assert rg.read(io.BytesIO(ds.load()._source_bytes())).filename is None


def test_a_file_object_at_its_end_is_read_from_the_start() -> None:
    """What was just written is read without going back first; in the middle, reading goes on from there."""
    content = element(0x00100020, "LO", "A1") + element(0x00280010, "US", b"\2\0")
    buffer = io.BytesIO()
    buffer.write(content)
    assert rg.read(buffer, force=True).PatientID == "A1"
    buffer.seek(10)
    assert rg.read(buffer, force=True).keys() == [0x00280010]


@pytest.mark.parametrize("tag", [0x00281101, 0x00281102, 0x00281103, 0x00283002])
def test_a_lut_has_a_number_of_entries_without_a_sign(tag: int) -> None:
    """PS3.3 C.7.6.3.1.5, C.11.1.1: 62,720 entries, although the VR is SS."""
    ds = rg.read(element(tag, "SS", b"\x00\xf5\x00\xf8\x10\x00"), force=True)
    assert ds[tag].value == [62720, -2048, 16]
    assert rg.read(element(tag, "SS", b"\x00\xf5"), force=True)[tag].value == -2816


def test_a_published_private_element_is_found_without_its_block() -> None:
    """The tag as the maker's conformance statement has it."""
    assert rg.dictionary.get_private_entry((0x0903, 0x0011), "GEIIS PACS") == (
        pydicom.datadict.get_private_entry((0x0903, 0x0011), "GEIIS PACS")
    )
