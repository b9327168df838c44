"""Elements and items that go from one dataset to another: what is written of them is what they were."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from radiogram.errors import InvalidValueError

from tests import build

if TYPE_CHECKING:
    from collections.abc import Callable

SYNTAXES = ("ExplicitVRLittleEndian", "ImplicitVRLittleEndian", "ExplicitVRBigEndian")
NAMES = {"ISO_IR 100": "Müller^Jörg", "ISO_IR 192": "Yamada^Tarou=山田^太郎", "ISO_IR 13": "ﾔﾏﾀﾞ"}
WORDS = np.array([1, 258, 65535], "<u2")


def made(charset: str, syntax: str) -> rg.Dataset:
    """Give a dataset as it was read: text, numbers of each size, words, and the same in an item of an item."""
    ds = rg.Dataset()
    fill(ds, NAMES[charset])
    ds.SpecificCharacterSet = charset
    inner, outer = rg.Dataset(), rg.Dataset()
    fill(inner, NAMES[charset])
    outer.OtherPatientIDsSequence = [inner]
    ds.OtherPatientIDsSequence = [outer]
    ds.BitsAllocated = 16
    return rg.read(ds.to_bytes(transfer_syntax=syntax))


def fill(ds: rg.Dataset, name: str) -> None:
    ds.PatientName, ds.Rows, ds.PatientWeight = name, 258, "70.50"
    ds.RecommendedDisplayFrameRateInFloat, ds.FrameIncrementPointer = 1.5, 0x00181063
    ds.add_new("RedPaletteColorLookupTableData", "OW", WORDS)
    ds.add_new("PixelData", "OW", WORDS)
    ds.add_new("VectorGridData", "OF", np.array([0.5, -2], "<f4"))


def holds(ds: Any, name: str, *, words_as: str) -> None:
    """Hold a dataset of ours or of pydicom's to what `fill` put in."""
    assert str(ds.PatientName) == name
    assert (ds.Rows, str(ds.PatientWeight), ds.RecommendedDisplayFrameRateInFloat) == (258, "70.50", 1.5)
    assert ds.FrameIncrementPointer == 0x00181063
    for keyword in ("RedPaletteColorLookupTableData", "PixelData"):
        assert np.frombuffer(ds[keyword].value, f"{words_as}u2").tolist() == WORDS.tolist()
    assert np.frombuffer(ds.VectorGridData, f"{words_as}f4").tolist() == [0.5, -2]


def by_tag(target: rg.Dataset, source: rg.Dataset) -> None:
    for tag in source.keys():  # noqa: SIM118  # a dataset yields elements
        if tag != 0x00080005:
            target[tag] = source[tag]


def by_update(target: rg.Dataset, source: rg.Dataset) -> None:
    part = source.copy()
    del part.SpecificCharacterSet
    target.update(part)


def by_value(target: rg.Dataset, source: rg.Dataset) -> None:
    for elem in source:
        if elem.tag != 0x00080005:
            target.add_new(elem.tag, elem.VR, elem.array if elem.VR in {"OW", "OF"} else elem.value)


@pytest.mark.parametrize("copy", [by_tag, by_update, by_value])
@pytest.mark.parametrize("charset", NAMES)
@pytest.mark.parametrize("source", SYNTAXES)
@pytest.mark.parametrize("target", SYNTAXES)
def test_elements_and_items_are_encoded_where_they_go(
    source: str, target: str, charset: str, copy: Callable[[rg.Dataset, rg.Dataset], None]
) -> None:
    """From every encoding and character set into every encoding in UTF-8; read by pydicom and here, and passed to pydicom."""
    theirs = made(charset, source)
    ours = rg.read(made("ISO_IR 192", target).to_bytes())
    copy(ours, theirs)
    content, order = ours.to_bytes(), "<>"[target == "ExplicitVRBigEndian"]
    for read in (pydicom.dcmread(io.BytesIO(content)), rg.read(content), ours.to_pydicom()):
        holds(read, NAMES[charset], words_as=order)
        holds(read.OtherPatientIDsSequence[0].OtherPatientIDsSequence[0], NAMES[charset], words_as=order)
    saved = io.BytesIO()
    ours.to_pydicom().save_as(saved)
    holds(rg.read(saved.getvalue()), NAMES[charset], words_as=order)
    assert rg.read(content).original_encoding == (target.startswith("Im"), order == "<")
    # Where they came from they are as they were.
    assert not theirs._is_edited
    holds(theirs, NAMES[charset], words_as="<>"[source == "ExplicitVRBigEndian"])


def test_an_item_is_shared_and_each_file_has_it_in_its_own_way() -> None:
    """Its text in the character set of each; what is changed in one is changed in both."""
    first, second = made("ISO_IR 100", "ExplicitVRBigEndian"), made("ISO_IR 192", "ImplicitVRLittleEndian")
    item = first.OtherPatientIDsSequence[0].OtherPatientIDsSequence[0]
    second.OtherPatientIDsSequence.append(item)
    item.PatientID = "Größe"
    for ds, place in ((first, first.OtherPatientIDsSequence[0].OtherPatientIDsSequence), (second, None)):
        assert (place or ds.OtherPatientIDsSequence)[-1] is item
    wanted = {"ISO_IR 100": "Größe ".encode("latin-1")[:5], "ISO_IR 192": "Größe".encode()}
    for ds in (first, second):
        content = ds.to_bytes()
        assert wanted[ds.SpecificCharacterSet] in content
        assert (
            wanted[{"ISO_IR 100": "ISO_IR 192", "ISO_IR 192": "ISO_IR 100"}[ds.SpecificCharacterSet]]
            not in content
        )
        read = pydicom.dcmread(io.BytesIO(content)).OtherPatientIDsSequence[-1]
        found = read if "PatientID" in read else read.OtherPatientIDsSequence[0]
        assert (found.PatientID, str(found.PatientName)) == ("Größe", NAMES["ISO_IR 100"])


def test_text_that_the_target_has_no_characters_for_is_refused() -> None:
    """With the place, without the text; nothing is replaced by question marks."""
    source, target = (
        made("ISO_IR 192", "ExplicitVRLittleEndian"),
        made("ISO_IR 100", "ExplicitVRLittleEndian"),
    )
    target.OtherPatientIDsSequence.append(source.OtherPatientIDsSequence[0])
    with pytest.raises(InvalidValueError) as caught:
        target.to_bytes()
    assert caught.value.path == "(0010,1002)[1].(0010,1002)[0].(0010,0010)"
    assert "山" not in str(caught.value)
    target.SpecificCharacterSet = "ISO_IR 192"
    read = pydicom.dcmread(io.BytesIO(target.to_bytes()))
    assert str(read.PatientName) == NAMES["ISO_IR 100"]
    assert str(read.OtherPatientIDsSequence[1].OtherPatientIDsSequence[0].PatientName) == NAMES["ISO_IR 192"]


def test_an_item_with_a_character_set_of_its_own_keeps_it() -> None:
    """Its bytes are what they were (PS3.3 C.12.1.1.2)."""
    name = "Müller".encode("latin-1")
    own = build.element(0x00080005, "CS", "ISO_IR 100") + build.element(0x00100010, "PN", name)
    source = rg.read(build.file(build.PLAIN + build.sequence(0x00101002, build.item(own))))
    target = made("ISO_IR 192", "ExplicitVRLittleEndian")
    target.OtherPatientIDsSequence.append(source.OtherPatientIDsSequence[0])
    content = target.to_bytes()
    assert name in content
    assert str(pydicom.dcmread(io.BytesIO(content)).OtherPatientIDsSequence[1].PatientName) == "Müller"
    assert str(target.to_pydicom().OtherPatientIDsSequence[1].PatientName) == "Müller"


def test_private_elements_bring_their_vr_and_not_their_block() -> None:
    """A creator goes over like any other element, or the element has none there."""
    source = rg.Dataset()
    source.private_block(0x0029, "ACME", create=True).add_new(1, "US", 258)
    source = rg.read(source.to_bytes())
    target = made("ISO_IR 192", "ExplicitVRBigEndian")
    target[0x00291001] = source[0x00291001]
    target[0x00290010] = source[0x00290010]
    read = pydicom.dcmread(io.BytesIO(target.to_bytes()))
    assert read.private_block(0x0029, "ACME")[1].value == 258
