"""Access by keyword and tag, iteration, what is said when there is no such element."""

from __future__ import annotations

import gc
import io
from typing import TYPE_CHECKING

import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.dataset import DataElement, Sequence, Tag
from radiogram.errors import (
    ArgumentError,
    InvalidValueError,
    UnknownKeywordError,
    UnknownTagError,
)

from tests import build

if TYPE_CHECKING:
    from pathlib import Path

    from radiogram import Dataset

PLAN = get_testdata_file("rtplan.dcm")


@pytest.fixture
def ds() -> Dataset:
    """Give a dataset of a few elements."""
    return rg.read(build.file(build.PLAIN))


def test_every_way_to_name_an_element(ds: Dataset) -> None:
    """A keyword, a number, a pair, a spelled tag, a `Tag`: the same element."""
    for key in ("PatientID", 0x00100020, (0x0010, 0x0020), "(0010,0020)", "00100020", Tag(0x00100020)):
        assert ds[key].value == ds.get_item(key).value == ds.PatientID == "1"
        assert key in ds
    elem = ds["PatientID"]
    assert isinstance(elem, DataElement)
    assert (elem.tag, elem.VR, elem.keyword, elem.name) == (0x00100020, "LO", "PatientID", "Patient ID")
    assert (elem.tag.group, elem.tag.element, elem.is_private) == (0x10, 0x20, False)


@pytest.mark.parametrize("key", ["Rows", 0x00280010, (0x0028, 0x0010), "NoSuchThing", -1, 1 << 32, 1 << 70])
def test_what_is_not_there(ds: Dataset, key: int | str | tuple[int, int]) -> None:
    """`in` says no, `get` gives the default, `[]` raises a `KeyError` of ours."""
    assert key not in ds
    assert ds.get(key) is None
    assert ds.get(key, 7) == 7
    assert ds.get_item(key) is None
    with pytest.raises(UnknownTagError) as caught:
        _ = ds[key]
    assert isinstance(caught.value, KeyError)
    assert not str(caught.value).startswith("'")


def test_unknown_keywords_name_the_nearest(ds: Dataset) -> None:
    """By attribute and by key."""
    with pytest.raises(UnknownKeywordError, match="PatientName") as caught:
        _ = ds.PatientNam
    assert isinstance(caught.value, AttributeError)
    with pytest.raises(UnknownTagError, match="PatientName"):
        _ = ds["PatientNam"]
    with pytest.raises(UnknownKeywordError, match="has no Rows"):
        _ = ds.Rows
    assert not hasattr(ds, "Rows")
    assert hasattr(ds, "PatientID")


@pytest.mark.parametrize("key", [1.5, None, b"PatientID", ("a", "b"), (1, 2, 3), (0x10, 0x12345), object()])
def test_what_is_no_key_is_a_type_error(ds: Dataset, key: object) -> None:
    """Other kinds of objects are no keys; `in` says no."""
    assert key not in ds
    with pytest.raises(TypeError):
        _ = ds[key]  # type: ignore[call-overload]


def test_get_gives_values_for_keywords_and_elements_for_tags(ds: Dataset) -> None:
    """As in pydicom."""
    assert ds.get("PatientID") == "1"
    assert isinstance(ds.get(0x00100020), DataElement)
    assert ds.get("filename", "x") is None


def test_slices_of_tags(ds: Dataset) -> None:
    """From, up to, with keywords and numbers and steps: datasets."""
    assert [elem.tag for elem in ds[0x00080060:0x00100020]] == [0x00080060, 0x00100010]
    assert list(ds["PatientName":]) == list(ds)[2:]
    assert list(ds[:"PatientName"]) == list(ds)[:2]
    assert ds[:] == ds
    assert len(ds[0x20000000:]) == 0
    assert list(ds[::2]) == list(ds)[::2]


def test_iteration_is_in_the_order_of_tags() -> None:
    """Also where the file is not."""
    a, b = build.element(0x00100020, "LO", "1"), build.element(0x00080060, "CS", "CT")
    ds = rg.read(build.file(a + b))
    assert [elem.tag for elem in ds] == [0x00080060, 0x00100020] == ds.keys()
    assert ds.values() == ds.elements() == list(ds)
    assert [(tag, elem.tag) for tag, elem in ds.items()] == list(zip(ds.keys(), ds.keys(), strict=True))
    assert len(ds) == 2
    assert [elem.tag for elem in ds.group_dataset(0x10)] == [0x00100020]


def test_iterall_and_walk_go_everywhere_as_pydicom_does() -> None:
    """The same elements in the same order, with the dataset each lies in."""
    ds, theirs = rg.read(PLAN), pydicom.dcmread(PLAN)
    assert [elem.tag for elem in ds.iterall()] == [elem.tag for elem in theirs.iterall()]
    seen: list[tuple[Dataset, DataElement]] = []
    ds.walk(lambda inside, elem: seen.append((inside, elem)))
    assert [elem.tag for _, elem in seen] == [elem.tag for elem in ds.iterall()]
    assert all(inside[elem.tag] == elem for inside, elem in seen)
    seen.clear()
    ds.walk(lambda inside, elem: seen.append((inside, elem)), recursive=False)
    assert [elem for _, elem in seen] == list(ds)


def test_the_deepest_nesting_can_be_walked() -> None:
    """256 levels without recursion."""
    ds = rg.read(build.file(build.nested(256)))
    assert sum(1 for _ in ds.iterall()) == 257


def test_completion_offers_keywords_and_methods(ds: Dataset) -> None:
    """`dir()` for the interpreter, `.dir()` as in pydicom, keys for IPython."""
    offered = dir(ds)
    assert {"PatientID", "PatientName", "walk", "pixel_array", "file_meta"} <= set(offered)
    assert "Rows" not in offered
    assert ds.dir("patient") == ["PatientID", "PatientName"]
    assert ds._ipython_key_completions_() == ds.dir()


def test_an_attribute_that_is_no_keyword_is_pythons_own_business(ds: Dataset) -> None:
    """It lies beside the elements."""
    ds.mine = 1  # type: ignore[attr-defined]
    assert ds.mine == 1  # type: ignore[attr-defined]
    del ds.mine  # type: ignore[attr-defined]
    assert not hasattr(ds, "mine")
    assert not ds._is_edited


def test_the_file_around_it() -> None:
    """File meta information, preamble, encoding."""
    content = bytes(range(128)) + build.file(build.PLAIN)[128:]
    ds = rg.read(content)
    assert ds.preamble == bytes(range(128))
    assert ds.file_meta.TransferSyntaxUID.name == "Explicit VR Little Endian"
    assert ds.file_meta is ds.file_meta
    assert ds.filename is None
    assert (ds.is_implicit_VR, ds.is_little_endian) == ds.original_encoding == (False, True)
    bare = rg.read(build.PLAIN)
    assert bare.preamble is None
    assert len(bare.file_meta) == 0


def test_elements_say_where_they_are() -> None:
    """Offset, length and bytes of the value, and the VR that is written there."""
    content = build.file(build.element(0x00080060, "CS", "CT") + build.element(0x00280010, "US", b"\2\1"))
    for elem in rg.read(content):
        assert content[elem.offset : elem.offset + elem.length] == elem.raw
        assert elem.written_vr == elem.VR
        assert elem.is_little_endian
        assert not elem.is_implicit_VR


def test_the_bytes_of_a_sequence_are_read_again(tmp_path: Path) -> None:
    """A sequence whose items are larger than what is kept in memory gives its bytes all the same."""
    items = build.item(build.element(0x00420011, "OB", bytes(range(256)) * 8192))
    path = tmp_path / "a.dcm"
    path.write_bytes(build.file(build.PLAIN + build.sequence(0x00480001, items, items)))
    assert rg.read(path)[0x00480001].raw == items + items


def test_gather_is_a_loop_in_one_call() -> None:
    """The numbers and offsets that nested loops over pydicom's dataset give."""
    contour = [
        build.item(build.element(0x30060050, "DS", "\\".join(map(str, range(n * 3))))) for n in range(4)
    ]
    regions = [build.item(build.sequence(0x30060040, *contour[:n])) for n in range(5)]
    content = build.file(build.sequence(0x30060039, *regions, build.item(b"")))
    values, offsets = rg.read(content).gather("ROIContourSequence/*/ContourSequence/*/ContourData")
    wanted: list[float] = []
    places = [0]
    for region in pydicom.dcmread(io.BytesIO(content)).ROIContourSequence:
        for one in region.get("ContourSequence", ()):
            wanted += [float(number) for number in one.ContourData or ()]
            places.append(len(wanted))
    assert values.tolist() == wanted
    assert offsets.tolist() == places
    with pytest.raises(ArgumentError):
        rg.read(content).gather("ROIContourSequence//")
    with pytest.raises(InvalidValueError):
        rg.read(build.file(build.PLAIN)).gather("PatientName")


def test_the_collector_meets_no_half_made_dataset() -> None:
    """Collecting at every allocation, while datasets are being made."""
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(50):
            ds = rg.read(PLAN)
            assert sum(1 for _ in ds.iterall()) > 100
            assert isinstance(ds.BeamSequence, Sequence)
    finally:
        gc.set_threshold(*thresholds)
