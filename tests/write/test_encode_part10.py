"""The minimal writer: pydicom reads what is encoded, and what would be wrong is refused."""

from __future__ import annotations

import io
from typing import Any

import pytest
from radiogram._core import encode_part10
from radiogram.errors import DicomError, InvalidValueError, LimitError

pydicom = pytest.importorskip("pydicom")

HEAD = [(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7"), (0x00080018, "UI", "1.2.3")]


def read(*elements: tuple[int, str, Any]) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(encode_part10([*HEAD, *elements])))


@pytest.mark.parametrize(
    ("tag", "vr", "value", "expected"),
    [
        (0x00080060, "CS", "CT", "CT"),
        (0x00181310, "US", [0, 256, 192, 0], [0, 256, 192, 0]),
        (0x00185100, "CS", ["HFS", "FFS"], ["HFS", "FFS"]),
        (0x00100010, "PN", None, ""),
        (0x00180050, "DS", 0.625, 0.625),
        (0x00200032, "DS", [-178.123456789, 0, 1e-7], [-178.123456789, 0, 1e-7]),
        (0x00200013, "IS", 17, 17),
        (0x00280010, "US", 512, 512),
        (0x00280106, "SS", -5, -5),
        (0x00280009, "AT", 0x00181063, 0x00181063),
        (0x00189087, "FD", 1000.5, 1000.5),
        (0x00720064, "IS", (1, 2, 3), [1, 2, 3]),
        (0x7FE00010, "OW", b"\1\2\3\4", b"\1\2\3\4"),
        (0x7FE00010, "OB", b"\1\2\3", b"\1\2\3\0"),
    ],
)
def test_values_come_back(tag: int, vr: str, value: object, expected: object) -> None:
    element = read((tag, vr, value))[tag]
    assert element.value == expected
    assert vr == element.VR


def test_sequences_come_back() -> None:
    inner = [(0x00081150, "UI", "1.2"), (0x00081155, "UI", "1.2.4")]
    nested = [(0x0040A170, "SQ", [inner, []])]
    ds = read((0x00081140, "SQ", [inner, nested]), (0x00280010, "US", 1))
    assert [item.get("ReferencedSOPInstanceUID") for item in ds.ReferencedImageSequence] == ["1.2.4", None]
    assert [len(item) for item in ds.ReferencedImageSequence[1][0x0040A170].value] == [2, 0]
    assert ds.Rows == 1


def test_the_meta_group_repeats_the_instance() -> None:
    meta = read().file_meta
    assert meta.MediaStorageSOPInstanceUID == "1.2.3"
    assert meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert meta.ImplementationClassUID.is_valid
    # The preamble, DICM, the group length's own 12 bytes, the group, SOP Class UID and SOP Instance UID.
    assert len(encode_part10(HEAD)) == 128 + 4 + 12 + meta.FileMetaInformationGroupLength + (8 + 26) + (8 + 6)


@pytest.mark.parametrize(
    "element",
    [
        (0x00280010, "US", 65536),
        (0x00280010, "US", "1"),
        (0x00280010, "US", True),
        (0x00280010, "US", 1.5),
        (0x00280010, "ZZ", 1),
        (0x00280010, "us", 1),
        (0x00100010, "PN", "Müller"),
        (0x00180050, "DS", float("nan")),
        (0x00200013, "IS", 1 << 31),
        (0x00280010, "US", object()),
        (0x00280010, "US", [1, "2"]),
        (0x00080005, "CS", "ISO_IR 100"),
        (0x00020010, "UI", "1.2.840.10008.1.2"),
    ],
)
def test_what_would_be_wrong_is_refused(element: tuple[int, str, Any]) -> None:
    with pytest.raises(InvalidValueError) as caught:
        encode_part10([*HEAD, element])
    assert caught.value.path == f"({element[0] >> 16:04X},{element[0] & 0xFFFF:04X})"


def test_a_file_needs_its_instance() -> None:
    with pytest.raises(InvalidValueError, match=r"0008,0018"):
        encode_part10(HEAD[:1])


def test_nesting_has_an_end() -> None:
    items = []
    items.append([(0x0040A730, "SQ", items)])
    with pytest.raises(LimitError):
        encode_part10([*HEAD, (0x0040A730, "SQ", items)])
    deep = []
    for _ in range(100):
        deep = [[(0x0040A730, "SQ", deep)]]
    assert len(encode_part10([*HEAD, (0x0040A730, "SQ", deep)])) > 2000


def test_errors_are_of_the_family() -> None:
    with pytest.raises(DicomError):
        encode_part10([])
