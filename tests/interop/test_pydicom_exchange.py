"""Datasets to and from pydicom: equal to what pydicom reads itself, and typed errors where it cannot hold them."""

from __future__ import annotations

import builtins
import io
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError, InvalidValueError, LimitError, SourceChangedError

from tests import build
from tests.peers import corpus
from tests.peers.elements import differences, elements

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = (
    "CT_small.dcm",
    "MR_small_bigendian.dcm",
    "rtplan.dcm",
    "image_dfl.dcm",
    "JPEG2000.dcm",
    "MR_small_RLE.dcm",
)
"""Explicit, big endian, implicit, deflated, two compressed ones."""


def _stray(file: corpus.RealFile) -> list[str]:
    """List the differences between pydicom's own reading and ours in pydicom's class.

    Where `radiogram.read` itself differs from pydicom, that is a matter of the values, and is accounted for in
    `tests.peers`: here it is no difference.
    """
    theirs = pydicom.dcmread(file.path, force=True)
    try:
        ours = rg.read(file.path, force=True)
    except rg.errors.NotDicomError:
        return [f"{file.name}: refused"] if len(theirs) else []
    given = ours.to_pydicom()
    try:
        if theirs == given and theirs.file_meta == given.file_meta and theirs.preamble == given.preamble:
            return []
    except Exception:  # pydicom refuses a value of its own
        pass
    wanted = elements(theirs, (Exception,))
    known = {one.path for one in differences(wanted, elements(ours, (rg.errors.DicomError,)))}
    found = differences(wanted, elements(given, (Exception,)), file.name)
    return [str(one) for one in found if one.path not in known]


def test_equal_to_what_pydicom_reads(note: Callable[[str], None]) -> None:
    """Every real file: pydicom's `==` holds, or we read the same element otherwise ourselves."""
    files = {file.path: file for file in (*corpus.corpus_files(), *corpus.packaged_files())}
    stray, compared = [], 0
    for file in files.values():
        try:
            pydicom.dcmread(file.path, force=True)
        except Exception:
            continue
        compared += 1
        stray += _stray(file)
    note(f"to_pydicom: {compared} files compared with pydicom's own reading, {len(stray)} stray differences")
    assert compared > 150
    assert not stray, "\n".join(stray[:40])


@pytest.mark.parametrize("name", NAMES)
def test_pydicom_decodes_and_saves_it(name: str) -> None:
    """The pixels and the saved bytes are those that pydicom gets from its own reading."""
    path = get_testdata_file(name)
    theirs, given = pydicom.dcmread(path), rg.read(path).to_pydicom()
    if name not in {"rtplan.dcm", "JPEG2000.dcm"}:
        assert np.array_equal(theirs.pixel_array, given.pixel_array)
    saved = [io.BytesIO(), io.BytesIO()]
    theirs.save_as(saved[0])
    given.save_as(saved[1])
    assert saved[0].getvalue() == saved[1].getvalue()
    assert given.filename == path
    assert given.original_encoding == theirs.original_encoding
    assert given.original_character_set == theirs.original_character_set


@pytest.mark.parametrize("name", ["CT_small.dcm", "rtplan.dcm", "MR_small_bigendian.dcm"])
def test_pydicom_writes_it_in_another_encoding(name: str) -> None:
    """What is saved in another transfer syntax is what pydicom would have saved."""
    path = get_testdata_file(name)
    for syntax in (build.IMPLICIT, build.EXPLICIT, build.BIG_ENDIAN):
        saved = []
        for ds in (pydicom.dcmread(path), rg.read(path).to_pydicom()):
            ds.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
            if name == "CT_small.dcm":
                del ds[0x00431029]  # pydicom cannot write this one itself
            buffer = io.BytesIO()
            implicit, little = syntax == build.IMPLICIT, syntax != build.BIG_ENDIAN
            pydicom.dcmwrite(buffer, ds, implicit_vr=implicit, little_endian=little, force_encoding=True)
            saved.append(buffer.getvalue())
        assert saved[0] == saved[1], syntax


def test_items_and_file_meta_are_converted_too() -> None:
    """An item is a `Dataset`, file meta information a `FileMetaDataset`."""
    path = get_testdata_file("rtplan.dcm")
    ds, theirs = rg.read(path), pydicom.dcmread(path)
    item = ds.BeamSequence[0].to_pydicom()
    assert type(item) is pydicom.Dataset
    assert item == theirs.BeamSequence[0]
    meta = ds.file_meta.to_pydicom()
    assert type(meta) is pydicom.dataset.FileMetaDataset
    assert meta == theirs.file_meta


def test_undefined_lengths_and_places_arrive() -> None:
    """Undefined lengths and the places of items, which pydicom's FileSet asks for, are pydicom's own."""
    content = build.file(build.nested(2, undefined=True))
    theirs = pydicom.dcmread(io.BytesIO(content))
    given = rg.read(content).to_pydicom()
    for _ in range(2):
        assert given[0x00081140].is_undefined_length
        assert given[0x00081140].value.is_undefined_length
        theirs, given = theirs[0x00081140].value[0], given[0x00081140].value[0]
        assert given.is_undefined_length_sequence_item
        assert given.seq_item_tell == theirs.seq_item_tell


def test_bytes_that_were_set_are_the_same_object() -> None:
    """Pixel data and every other block, at any depth, with the values that were set beside them."""
    ds = rg.read(get_testdata_file("rtplan.dcm"))
    ds.PixelData = pixels = bytes(1000)
    ds.BeamSequence[0].add_new("EncapsulatedDocument", "OB", b"12")
    given = ds.to_pydicom()
    assert given.PixelData is pixels
    assert given.BeamSequence[0].EncapsulatedDocument is ds.BeamSequence[0].EncapsulatedDocument
    ds.PatientName, given.PatientID = "Changed", "X"
    assert (str(given.PatientName), ds.PatientID) == ("Last^First^mid^pre", "id00001")


def test_pixel_data_are_copied_once(tmp_path: Path) -> None:
    """Either way one copy arrives: what is in the file is not kept here too, edited or not."""
    path, size = tmp_path / "large.dcm", 32 << 20
    rg.Dataset.new("CTImageStorage", pixels=np.zeros((4096, 4096), "u2")).save_as(path)
    process = psutil.Process()
    for edit in (False, True):
        ds = rg.read(path)
        if edit:
            ds.PatientID = "X"
        before = process.memory_info().rss
        given = ds.to_pydicom()
        assert process.memory_info().rss - before < 1.5 * size
        assert len(given.PixelData) == size
        before = process.memory_info().rss
        back = rg.Dataset.from_pydicom(given)
        assert back["PixelData"].array.size == size // 2
        assert process.memory_info().rss - before < 1.5 * size
        assert back == ds


def test_a_forced_character_set_is_used() -> None:
    """What `charset=` said when reading holds for pydicom too."""
    content = build.file(build.element(0x00100010, "PN", "Ä^B".encode()))
    assert rg.read(content, charset="ISO_IR 192").to_pydicom().PatientName == "Ä^B"


@pytest.mark.parametrize("undefined", [False, True])
def test_the_deepest_nesting_is_converted(*, undefined: bool) -> None:
    """256 levels, far from Python's recursion limit."""
    ds = rg.read(build.file(build.nested(256, undefined=undefined)))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        given: Any = ds.to_pydicom()
    finally:
        sys.setrecursionlimit(limit)
    for _ in range(256):
        given = given[0x00081140].value[0]
    assert given.PatientID == "deep"


@pytest.mark.parametrize(
    "element",
    [
        build.element(0x00280010, "US", b"\1\2\3\4\5\6\7\0"[:3]),
        build.element(0x00200013, "IS", "1e9999"),
        build.element(0x00200032, "DS", "x\\y"),
        build.element(0x00100030, "DA", "999999999"),
        build.element(0x00080005, "CS", "NO SUCH SET"),
        build.element(0x00080018, "UI", "not a uid"),
        build.element(0x00280010, "US"),
        build.element(0x00280010, "ZZ", "1234"),
        build.element(0x00020010, "UI", "1.2"),
        build.element(0x00000002, "UI", "1.2"),
    ],
    ids=lambda element: element[:10].hex(),
)
def test_hostile_values_arrive_or_are_a_typed_error(element: bytes) -> None:
    """What pydicom does with a bad value at its first touch is pydicom's; the conversion itself never breaks."""
    ds = rg.read(build.file(build.PLAIN + element), force=True)
    try:
        given = ds.to_pydicom()
    except rg.errors.DicomError:
        return
    assert given.PatientID == "1"
    assert list(map(int, given.keys())) == ds._tags()


def test_what_pydicom_refuses_to_hold_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception out of pydicom becomes one of ours, without its message: that may carry values."""

    def refuse(*_: object) -> None:
        message = "Doe^Jane"
        raise KeyError(message)

    ds = rg.read(build.file(build.PLAIN))
    monkeypatch.setattr("pydicom.charset.convert_encodings", refuse)
    with pytest.raises(InvalidValueError) as caught:
        ds.to_pydicom()
    assert "Doe" not in str(caught.value)


def test_a_vanished_file_is_a_typed_error(tmp_path: Path) -> None:
    """Values are read at the conversion: if the file is gone, that is the error."""
    path = tmp_path / "a.dcm"
    path.write_bytes(build.file(build.PLAIN + build.element(0x7FE00010, "OW", bytes(1 << 20))))
    ds = rg.read(path)
    path.unlink()
    with pytest.raises(SourceChangedError):
        ds.to_pydicom()


def test_without_pydicom_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.split(".")[0] == "pydicom":
            raise ModuleNotFoundError(name=name)
        return real(name, *rest)

    ds = rg.read(build.file(build.PLAIN))
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=r"radiogram\[pydicom\]"):
        ds.to_pydicom()


# -- from pydicom --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_files_come_back(name: str) -> None:
    """What was read by pydicom is the dataset that we read."""
    path = get_testdata_file(name)
    ours = rg.Dataset.from_pydicom(pydicom.dcmread(path))
    ours_too = rg.Dataset.from_pydicom(rg.read(path).to_pydicom())
    read = rg.read(path)
    without = [elem for elem in read if elem.tag & 0xFFFF]  # pydicom does not write group lengths
    assert list(ours) == without
    assert ours == ours_too
    assert ours.file_meta.TransferSyntaxUID == read.file_meta.TransferSyntaxUID


def test_a_dataset_without_file_meta_comes_over() -> None:
    """Made by hand: private elements and nested ones, in explicit VR, without file meta information."""
    theirs, inner = pydicom.Dataset(), pydicom.Dataset()
    inner.private_block(0x0009, "OURS", create=True).add_new(1, "FD", 2.5)
    inner.PatientID = "inner"
    theirs.SpecificCharacterSet = "ISO_IR 192"
    theirs.PatientName = "Ä^B"
    theirs.ReferencedImageSequence = [inner, pydicom.Dataset()]
    theirs.private_block(0x0011, "OURS", create=True).add_new(3, "US", [1, 2])
    ds = rg.Dataset.from_pydicom(theirs)
    assert len(ds.file_meta) == 0
    assert ds.PatientName == "Ä^B"
    assert ds.private_block(0x0011, "OURS")[3].value == [1, 2]
    assert [len(item) for item in ds.ReferencedImageSequence] == [3, 0]
    assert ds.ReferencedImageSequence[0].private_block(0x0009, "OURS")[1].value == 2.5
    assert ds.to_pydicom() == theirs


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_a_bare_dataset_keeps_its_encoding(*, implicit: bool, little: bool) -> None:
    """An item that pydicom read is written as it was read."""
    theirs = pydicom.Dataset()
    theirs.Rows, theirs.PatientID = 5, "X"
    theirs.set_original_encoding(implicit, little)
    ds = rg.Dataset.from_pydicom(theirs)
    assert ds.original_encoding == (implicit, little)
    assert (ds.Rows, ds.PatientID) == (5, "X")


def test_one_element_and_none() -> None:
    """The smallest datasets come over too."""
    theirs = pydicom.Dataset()
    assert len(rg.Dataset.from_pydicom(theirs)) == 0
    theirs.Rows = 1
    assert rg.Dataset.from_pydicom(theirs).Rows == 1


def test_elements_that_pydicom_writes_to_no_data_set_come_over() -> None:
    """Those of a command, and file meta information on its own."""
    theirs = pydicom.dcmread(get_testdata_file("MR_small_bigendian.dcm"))
    theirs.Status, theirs.OffendingElement = 0xB000, [0x00100010, 0x00100020]
    ours = rg.Dataset.from_pydicom(theirs)
    assert (ours.Status, list(ours.OffendingElement)) == (0xB000, [0x00100010, 0x00100020])
    assert (ours.PatientID, ours.file_meta.TransferSyntaxUID) == (theirs.PatientID, "1.2.840.10008.1.2.2")
    assert theirs.Status == 0xB000
    assert rg.Dataset.from_pydicom(ours.to_pydicom()) == ours
    ours.file_meta = theirs.file_meta
    assert ours.file_meta == rg.Dataset.from_pydicom(theirs.file_meta)
    assert ours.file_meta.MediaStorageSOPInstanceUID == theirs.file_meta.MediaStorageSOPInstanceUID
    with pytest.raises(ArgumentError, match="group 0002"):
        ours.file_meta = theirs


def test_what_pydicom_cannot_write_is_typed() -> None:
    """Wrong types, values that do not fit, nesting past pydicom's recursion: one family of exceptions."""
    with pytest.raises(ArgumentError):
        rg.Dataset.from_pydicom({})
    theirs = pydicom.Dataset()
    theirs.add_new(0x00280010, "US", 70000)
    with pytest.raises(InvalidValueError):
        rg.Dataset.from_pydicom(theirs)
    deep = pydicom.Dataset()
    for _ in range(1000):
        outer = pydicom.Dataset()
        outer.ReferencedImageSequence = [deep]
        deep = outer
    with pytest.raises(LimitError):
        rg.Dataset.from_pydicom(deep)


def test_warnings_of_pydicom_are_its_own() -> None:
    """The conversion of a sound file warns of nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rg.Dataset.from_pydicom(rg.read(get_testdata_file("CT_small.dcm")).to_pydicom())


# -- text beyond the character set ----------------------------------------------------------------------------------


def _theirs(**values: Any) -> pydicom.Dataset:
    made = pydicom.Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


LACKING = [
    {"PatientName": "Петров^Нина"},
    {"PatientName": "Müller"},
    {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Петров^Нина"},
    {"SpecificCharacterSet": ["", "ISO 2022 IR 87"], "PatientComments": "Müller"},
    {"PatientName": "Yamada^Tarou=山田^太郎=やまだ^たろう"},
    {"OtherPatientNames": ["Doe", "Ёж"]},
    {
        "SpecificCharacterSet": "ISO_IR 100",
        "PatientComments": "ü",
        "RequestAttributesSequence": [
            _theirs(SpecificCharacterSet="ISO_IR 144", RequestedProcedureDescription="Голова"),
            _theirs(RequestedProcedureDescription="Голова", RequestedProcedureID="1"),
        ],
    },
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", LACKING)
def test_text_that_the_character_set_lacks_keeps_its_letters(values: dict[str, Any]) -> None:
    """Where pydicom would write others, and only warn of it; what writes it then says so."""
    theirs = _theirs(**values)
    before = theirs.to_json()
    ours = rg.Dataset.from_pydicom(theirs)
    assert theirs.to_json() == before
    assert ours.to_pydicom() == theirs
    with pytest.raises(InvalidValueError, match="character set"):
        ours.to_bytes()


@pytest.mark.filterwarnings("error")
def test_text_that_is_in_the_character_set_comes_over_in_it() -> None:
    """Also by code extensions, and as it was read of a file that names none."""
    for named, name in (
        ("ISO_IR 100", "Müller"),
        ("ISO_IR 192", "Петров^Нина"),
        ("ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        (["", "ISO 2022 IR 100", "ISO 2022 IR 144"], "Müller=Петров"),
    ):
        ours = rg.Dataset.from_pydicom(_theirs(SpecificCharacterSet=named, PatientName=name))
        assert rg.read(ours.to_bytes(), force=True).PatientName == name
    latin = build.file(build.element(0x00100010, "PN", "Müller".encode("latin-1")))
    for touched in (False, True):
        read = pydicom.dcmread(io.BytesIO(latin))
        assert not touched or read.PatientName == "Müller"
        assert b"M\xfcller" in rg.Dataset.from_pydicom(read).to_bytes()


@pytest.mark.filterwarnings("error")
def test_text_whose_character_set_is_changed_or_left_behind_keeps_its_letters() -> None:
    """Of a file that pydicom has read, also where it has not been looked at."""
    source = rg.Dataset({"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Петров", "PatientID": "1"})
    read = pydicom.dcmread(io.BytesIO(source.to_bytes()), force=True)
    read.SpecificCharacterSet = "ISO_IR 100"
    assert rg.Dataset.from_pydicom(read).PatientName == "Петров"
    part = pydicom.dcmread(io.BytesIO(source.to_bytes()), force=True)[0x00100010:0x00100020]
    assert rg.Dataset.from_pydicom(part).PatientName == "Петров"
