"""The VR of an element by the dictionaries."""

from __future__ import annotations

import pytest
from pydicom import datadict
from pydicom._private_dict import private_dictionaries
from radiogram import dictionary
from radiogram.errors import ArgumentError, UnknownTagError
from radiogram.values.convert import convert
from radiogram.values.infer import vr_of


def test_every_public_element_has_pydicoms_vr() -> None:
    checked = 0
    for keyword in dictionary.keywords():
        tag = dictionary.tag_for_keyword(keyword)
        if tag is None or not datadict.dictionary_has_tag(tag) or tag >> 16 == 0xFFFE or not tag & 0xFFFF:
            continue
        theirs = datadict.dictionary_VR(tag)
        if theirs != "NONE" and datadict.keyword_for_tag(tag) == keyword:
            assert vr_of(tag, None, b"") == str(theirs), keyword
            checked += 1
    assert checked > 4500


def test_every_vr_of_the_dictionary_can_be_converted() -> None:
    found = set()
    for keyword in dictionary.keywords():
        tag = dictionary.tag_for_keyword(keyword)
        if tag is not None and tag >> 16 != 0xFFFE:
            found.add(vr_of(tag, None, b""))
    assert {"US or SS", "OB or OW", "US or OW", "US or SS or OW", "UN"} <= found | {"UN"}
    for vr in found - {"SQ"}:
        assert convert(vr, None) is None


def test_repeating_groups() -> None:
    assert vr_of(0x60000010, None, 1) == vr_of(0x60FE0010, None, 1) == "US"
    assert vr_of(0x50020010, None, "") == "US"
    assert vr_of(0x60003000, None, b"") == "OB or OW"


def test_group_lengths_and_private_creators() -> None:
    assert {vr_of(group << 16, None, 0) for group in (0x0002, 0x0008, 0x0029, 0x7FE0)} == {"UL"}
    assert {vr_of(0x00290000 | element, None, "") for element in (0x10, 0x11, 0xFF)} == {"LO"}


def test_private_elements_by_their_creator_in_any_block() -> None:
    for block in (0x10, 0x11, 0xFF):
        assert vr_of(0x00290000 | block << 8 | 0x10, "SIEMENS CSA HEADER", b"") == "OB"
    assert vr_of(0x00291010, "nobody", b"") == "UN"
    agreed = other = 0
    for creator, elements in private_dictionaries.items():
        for text, (vr, *_) in elements.items():
            if text[4:6] == "xx" and text[:4].isalnum() and "x" not in text[:4] + text[6:]:
                tag = int(text.replace("xx", "10"), 16)
                ours = vr_of(tag, creator, b"")
                agreed, other = agreed + (ours == vr), other + (ours != vr)
    assert agreed > 20 * other


@pytest.mark.parametrize("value", ["A", 1, 1.5, [b"A"], ["A"], object()])
def test_what_nobody_knows_needs_a_vr(value: object) -> None:
    for tag, creator in ((0x00091001, None), (0x00091001, "nobody"), (0x00090001, None), (0x00080007, None)):
        assert (
            vr_of(tag, creator, b"A") == vr_of(tag, creator, bytearray()) == vr_of(tag, creator, None) == "UN"
        )
        with pytest.raises(UnknownTagError, match="give its VR") as caught:
            vr_of(tag, creator, value)
        assert isinstance(caught.value, KeyError)
        assert caught.value.path == f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def test_items_are_no_elements() -> None:
    with pytest.raises(ArgumentError, match="no elements"):
        vr_of(0xFFFEE000, None, b"")


def test_what_a_user_adds_counts() -> None:
    dictionary.add_private_dict_entry("ACME INFER", 0x00410001, "DS", "Depth")
    assert vr_of(0x00411201, "ACME INFER", "1") == "DS"
    dictionary.add_dict_entry(0x10021001, "UL", "InferredNumber", "Inferred Number")
    assert vr_of(0x10021001, None, 1) == "UL"
