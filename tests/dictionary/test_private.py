"""The private dictionary against its table, against pydicom's, and in use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pydicom._private_dict
import pytest
from radiogram import dictionary
from radiogram.errors import ArgumentError, UnknownTagError

from .test_elements import table

if TYPE_CHECKING:
    from pathlib import Path


def tag_in_block(spelled: str, block: str = "F1") -> int:
    """Make a tag that a spelling covers; a row gggg10xx speaks of the element that names the creator."""
    if spelled.endswith("xx"):
        return int(spelled[:4] + "00" + spelled[4:6], 16)
    if spelled[2:6] == "xxxx":
        spelled = spelled[:2] + "11xx" + spelled[6:]
    return int(spelled.replace("xx", block), 16)


def test_every_element_is_as_in_the_table() -> None:
    rows = table("private_dictionary")
    assert len(rows) == 15261
    for row in rows:
        entry = dictionary.lookup_private(row["creator"], tag_in_block(row["tag"]))
        assert entry == (row["vr"], row["vm"], row["name"]), (row["creator"], row["tag"])


def test_agreement_with_pydicom() -> None:
    count = 0
    for creator, elements in pydicom._private_dict.private_dictionaries.items():
        for spelled, (vr, vm, name, _) in elements.items():
            ours = dictionary.lookup_private(creator, tag_in_block(spelled))
            # One VR is misspelled there; two names of ours end where a second field had been read into them.
            assert ours == (vr.replace("OB_OW", "OB or OW"), vm, name), (creator, spelled)
            count += 1
    assert count > 10_000


def test_a_block_that_is_spelled_out_goes_before_any_block() -> None:
    assert dictionary.lookup_private("ELSCINT1", 0x01F11026).VR == "FD"
    assert dictionary.lookup_private("ELSCINT1", 0x01F12026).VR == "DS"


def test_block_00_is_any_block() -> None:
    # The makers' lists count from 00; no data element is there (PS3.5 7.8.1). pydicom finds none of them.
    rows = table("private_dictionary")
    counted = [row for row in rows if row["tag"][4:6] == "00"]
    assert len(counted) == 1627
    spelled = {(row["creator"], row["tag"]) for row in rows}
    for row in counted:
        group, element = row["tag"][:4], row["tag"][6:]
        if not {(row["creator"], f"{group}{block}{element}") for block in ("10", "xx")} & spelled:
            entry = dictionary.lookup_private(row["creator"], int(f"{group}10{element}", 16))
            assert entry == (row["vr"], row["vm"], row["name"])


def test_creators_are_taken_exactly() -> None:
    assert len(dictionary.private_creators()) == 632
    assert dictionary.private_dictionary_VR(0x00291010, "SIEMENS CSA HEADER") == "OB"
    assert dictionary.private_dictionary_VM(0x00291010, "SIEMENS CSA HEADER ") == "1"
    assert (
        dictionary.private_dictionary_description(0x00291010, "SIEMENS CSA HEADER") == "CSA Image Header Info"
    )
    assert dictionary.get_private_entry(0x00291010, "SIEMENS CSA HEADER")[3] == ""
    for creator in ("siemens csa header", "", "NOBODY"):
        with pytest.raises(UnknownTagError):
            dictionary.lookup_private(creator, 0x00291010)


def test_the_user_goes_first() -> None:
    creator = "RADIOGRAM TEST 1"
    dictionary.add_private_dict_entry(creator, 0x00410001, "UL", "Test One")
    assert dictionary.lookup_private(creator, 0x0041F101) == ("UL", "1", "Test One")
    assert dictionary.load_private({"AMICAS0": {"0023xx08": ("UL", "2", "Ours")}}) == 1
    try:
        assert dictionary.lookup_private("AMICAS0", 0x00231008) == ("UL", "2", "Ours")
        assert dictionary.lookup_private("AMICAS0", 0x00231010).VR == "US"
    finally:
        dictionary.load_private({"AMICAS0": {"0023xx08": ("US", "1", "")}})


def test_files(tmp_path: Path) -> None:
    creator = "RADIOGRAM TEST 2"
    tsv = tmp_path / "ours.tsv"
    tsv.write_text(
        f"# ours\ncreator\ttag\tvr\tvm\tname\n{creator}\t0041xx01\tDS\t1-n\tOne µ\n", encoding="utf-8"
    )
    text = tmp_path / "ours.json"
    text.write_text(json.dumps({creator: {"00411102": ["US or SS", "1", "Two"]}}), encoding="utf-8")
    dic = tmp_path / "ours.dic"
    dic.write_text(
        f'# DCMTK\n(0041,"{creator}",03)\tOB\tThree\t1\tPrivateTag\n(0008,0005)\tCS\tX\t1\tDICOM\n',
        encoding="utf-8",
    )
    assert [dictionary.load_private(path) for path in (tsv, str(text), dic)] == [1, 1, 1]
    assert dictionary.lookup_private(creator, 0x00411101) == ("DS", "1-n", "One µ")
    assert dictionary.lookup_private(creator, 0x00411102) == ("US or SS", "1", "Two")
    assert dictionary.lookup_private(creator, 0x00411103) == ("OB", "1", "Three")
    with pytest.raises(UnknownTagError):
        dictionary.lookup_private(creator, 0x00411202)


def test_bad_dictionaries_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "ours.xml"
    other.write_text("<a/>", encoding="utf-8")
    headless = tmp_path / "headless.tsv"
    headless.write_text("", encoding="utf-8")
    bad = [
        {"X": {"0040xx01": ("DS", "1", "")}},
        {"X": {"0041xx01": ("XX", "1", "")}},
        {"X": {"41": ("DS", "1", "")}},
    ]
    for source in (other, headless, *bad):
        with pytest.raises(ArgumentError):
            dictionary.load_private(source)
    with pytest.raises(FileNotFoundError):
        dictionary.load_private(tmp_path / "none.tsv")
