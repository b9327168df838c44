"""The dictionary against its table, against pydicom's, and in use."""

from __future__ import annotations

from pathlib import Path

import pydicom._dicom_dict
import pydicom.datadict
import pytest
from radiogram import _core, dictionary
from radiogram.errors import ArgumentError, DicomError, UnknownTagError

STANDARD = Path(__file__).resolve().parents[2] / "standard"

# Where pydicom 3.0.2 says something else, and why: (tag, field) -> reason.
DIFFERENCES = {
    **{
        (tag, field): "retired without VR, VM and name; pydicom makes them up"
        for tag in (0x00080202, 0x00189445, 0x00280020)
        for field in ("VR", "VM", "name")
    },
    **{(tag, "VR"): "no VR in the standard, NONE in pydicom" for tag in (0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD)},
    **{(tag, "name"): "the standard writes the Greek letter" for tag in (0x00181153, 0x00188150, 0x00188151)},
    **{(tag, "retired"): "retired since" for tag in (0x00102160, 0x30040012)},
    **{(tag, "keyword"): "the keyword was corrected since" for tag in (0x003A0320, 0x003A0325)},
}


def table(name: str) -> list[dict[str, str]]:
    lines = (STANDARD / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    columns = lines[1].split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines[2:]]


def test_every_element_is_as_in_the_table() -> None:
    rows = table("elements")
    assert len(rows) == 5356
    for row in rows:
        tag = _core.dictionary_tag(row["keyword"]) if "x" in row["tag"] else int(row["tag"], 16)
        assert tag is not None
        entry = dictionary.lookup(tag)
        expected = (tag, row["vr"], row["vm"], row["keyword"], row["name"], row["retired"] == "Y")
        assert entry == expected, row["tag"]
        assert dictionary.repeater_has_tag(tag) == ("x" in row["tag"])
        if row["keyword"]:
            assert dictionary.lookup(row["keyword"]) == entry
            assert dictionary.lookup(row["name"]) == entry


def test_repeating_groups_cover_what_their_masks_say() -> None:
    exact = {int(row["tag"], 16) for row in table("elements") if "x" not in row["tag"]}
    for row in table("elements"):
        if "x" not in row["tag"]:
            continue
        for digit in "0248ACE":
            tag = int(row["tag"].replace("x", digit), 16)
            if tag not in exact and tag & 0xFFFF:
                assert dictionary.keyword_for_tag(tag) == row["keyword"]


def test_agreement_with_pydicom() -> None:
    assert len(pydicom._dicom_dict.DicomDictionary) > 5000
    seen = set()
    for tag, (vr, vm, name, retired, keyword) in pydicom._dicom_dict.DicomDictionary.items():
        entry = dictionary.lookup(tag)
        theirs = {"VR": vr, "VM": vm, "name": name, "retired": retired == "Retired", "keyword": keyword}
        seen |= {(tag, field) for field, value in theirs.items() if getattr(entry, field) != value}
    assert seen == set(DIFFERENCES)


def test_agreement_with_pydicom_in_repeating_groups() -> None:
    masks = pydicom._dicom_dict.RepeatersDictionary
    assert len(masks) > 80
    for mask, (vr, vm, name, retired, keyword) in masks.items():
        tag = int(mask.replace("x", "2"), 16)
        assert dictionary.get_entry(tag) == (vr, vm, name, retired, keyword)
        assert dictionary.repeater_has_keyword(keyword)
        assert dictionary.tag_for_keyword(keyword) is None


@pytest.mark.parametrize(
    "key", ["Rows", 0x00280010, (0x28, 0x10), "(0028,0010)", "00280010", "0x00280010", "0028,0010", "rows"]
)
def test_the_ways_to_ask(key: int | str | tuple[int, int]) -> None:
    assert dictionary.lookup(key) == (0x00280010, "US", "1", "Rows", "Rows", False)


def test_functions_with_names_of_pydicom() -> None:
    for tag in (0x00280010, "PatientName", (0x7FE0, 0x0010), 0x60020010):
        for name in ("VR", "VM", "description", "keyword", "is_retired", "has_tag"):
            function = f"dictionary_{name}"
            assert getattr(dictionary, function)(tag) == getattr(pydicom.datadict, function)(tag)
    assert not dictionary.dictionary_has_tag("Bogus")
    assert not dictionary.dictionary_has_tag(-1)
    assert not dictionary.dictionary_has_tag(0x00080000)
    assert dictionary.dictionary_has_tag(0x00020000)
    assert dictionary.keyword_for_tag(0x00091001) == ""
    assert dictionary.tag_for_keyword("Bogus") is None


def test_a_group_length_has_a_vr_in_every_group() -> None:
    # PS3.5 7.2. pydicom knows those of groups 0000 and 0002 alone.
    assert dictionary.lookup(0x00080000)[1:] == ("UL", "1", "", "Group Length", True)


@pytest.mark.parametrize("key", ["PatientNam", "", "(0028)", "0028001", "Row" * 1000, 0x00091001, "zz280010"])
def test_unknown_ones(key: int | str) -> None:
    with pytest.raises(UnknownTagError) as caught:
        dictionary.lookup(key)
    assert isinstance(caught.value, KeyError)
    assert len(str(caught.value)) < 400


def test_a_mistake_is_answered_with_the_nearest_keywords() -> None:
    with pytest.raises(UnknownTagError, match="PatientName"):
        dictionary.lookup("PatientNmae")
    assert dictionary.nearest("ImageOrientationPatients", 1) == ["ImageOrientationPatient"]


@pytest.mark.parametrize("key", [-1, 1 << 32, (0x10000, 0), (0, -1)])
def test_numbers_that_are_no_tags(key: int | tuple[int, int]) -> None:
    with pytest.raises(ArgumentError):
        dictionary.lookup(key)


def test_keywords_are_complete() -> None:
    known = dictionary.keywords()
    assert len(known) >= 5349
    assert set(known) >= {row["keyword"] for row in table("elements") if row["keyword"]}


def test_elements_of_the_user() -> None:
    dictionary.add_dict_entry(0x10021001, "UL", "RadiogramTestOne", "Test One")
    assert dictionary.lookup("RadiogramTestOne") == (
        0x10021001,
        "UL",
        "1",
        "RadiogramTestOne",
        "Test One",
        False,
    )
    assert dictionary.keywords()[-1] == "RadiogramTestOne"
    assert dictionary.tag_for_keyword("RadiogramTestOne") == 0x10021001
    dictionary.add_dict_entries({0x10021001: ("US or SS", "2", "Test Two", "Retired", "RadiogramTestTwo")})
    assert dictionary.lookup(0x10021001).keyword == "RadiogramTestTwo"
    assert dictionary.tag_for_keyword("RadiogramTestOne") is None
    for tag, vr in ((0x10031001, "UL"), (0x10021003, "ZZ")):
        with pytest.raises(ArgumentError) as caught:
            dictionary.add_dict_entry(tag, vr, "RadiogramTestThree", "Test Three")
        assert isinstance(caught.value, DicomError)
    assert dictionary.tag_for_keyword("RadiogramTestThree") is None
