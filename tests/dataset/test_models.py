"""Datasets as JSON: the ways in and out that Python sees. What the text looks like is tested beside the core."""

from __future__ import annotations

import json
from typing import Any

import pydicom
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.errors import ArgumentError, InvalidValueError, LimitError, MalformedError

CT = str(get_testdata_file("CT_small.dcm"))


def test_edits_are_in_it() -> None:
    """Changed, new and removed elements, nested ones too."""
    ds = rg.read(CT)
    ds.PatientName = "Müller^Jörg"
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.OtherPatientIDsSequence[0].PatientID = "X"
    del ds.PixelData
    made = ds.to_json_dict()
    assert made["00100010"]["Value"] == [{"Alphabetic": "Müller^Jörg"}]
    assert made["00101002"]["Value"][0]["00100020"] == {"vr": "LO", "Value": ["X"]}
    assert "7FE00010" not in made


def test_an_item_has_its_own_text() -> None:
    """`to_json` of an item is what stands in the sequence."""
    ds = rg.read(CT)
    whole = ds.to_json_dict()["00101002"]["Value"]
    assert [item.to_json_dict() for item in ds.OtherPatientIDsSequence] == whole


def test_bulk_data_go_through_the_handler() -> None:
    """Those above the threshold are offered, nested ones too, and `None` keeps them; the way back asks for them."""
    ds = rg.read(CT)
    ds.OtherPatientIDsSequence[0].EncapsulatedDocument = bytes(3000)
    offered: list[tuple[int, int]] = []

    def store(element: rg.DataElement) -> str | None:
        offered.append((int(element.tag), len(element.value)))
        return None if element.tag == 0x00420011 else f"https://example.org/{int(element.tag):08x}"

    text = ds.to_json(2500, store)
    assert offered == [(0x00420011, 3000), (0x7FE00010, 32768)]
    made = json.loads(text)
    assert made["7FE00010"] == {"vr": "OW", "BulkDataURI": "https://example.org/7fe00010"}
    assert "InlineBinary" in made["00101002"]["Value"][0]["00420011"]

    pixels = ds.PixelData
    fetched: list[tuple[str, ...]] = []
    for handler in (
        lambda tag, vr, uri: fetched.append((tag, vr, uri)) or pixels,
        lambda vr, uri: fetched.append((vr, uri)) or pixels,
        lambda uri: fetched.append((uri,)) or pixels,
    ):
        assert rg.Dataset.from_json(text, handler).PixelData == pixels
    uri = "https://example.org/7fe00010"
    assert fetched == [("7FE00010", "OW", uri), ("OW", uri), (uri,)]
    with pytest.raises(ArgumentError):
        rg.Dataset.from_json(text, lambda: pixels)


def test_what_nobody_fetches_is_a_problem() -> None:
    """The element is there, empty, and where it would be is said."""
    text = '{"00081140":{"vr":"SQ","Value":[{"00420011":{"vr":"OB","BulkDataURI":"file:///x"}}]}}'
    ds = rg.Dataset.from_json(text)
    (problem,) = ds.problems
    assert (problem.kind, problem.path) == ("value_elsewhere", "(0008,1140)[0].(0042,0011)")
    assert ds.ReferencedImageSequence[0]["EncapsulatedDocument"].is_empty


@pytest.mark.parametrize("form", [str, str.encode, json.loads, lambda text: bytearray(text, "utf-8")])
def test_every_form_of_json_is_taken(form: object) -> None:
    """Text, bytes, and what `json.loads` gives."""
    text = '{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Ångström^A"}]}}'
    ds = rg.Dataset.from_json(form(text))  # type: ignore[operator]
    assert ds.PatientName == "Ångström^A"
    assert ds.SpecificCharacterSet == "ISO_IR 192"
    assert ds.problems == ()


def test_a_set_that_has_the_characters_stays() -> None:
    """PS3.18 F.2.2: the named set is that of the source; it is kept as long as it can say what is there."""
    text = (
        '{"00080005":{"vr":"CS","Value":["ISO_IR 100"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"%s"}]}}'
    )
    assert rg.Dataset.from_json(text % "Müller").SpecificCharacterSet == "ISO_IR 100"
    other = rg.Dataset.from_json(text % "山田")
    assert (other.SpecificCharacterSet, other.PatientName) == ("ISO_IR 192", "山田")


def test_fragments_stay_fragments() -> None:
    """Compressed pixel data come back, and decode once their transfer syntax is named again."""
    ds = rg.read(get_testdata_file("MR_small_RLE.dcm"))
    again = rg.Dataset.from_json(ds.to_json())
    again.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.5"
    assert (again.pixel_array == ds.pixel_array).all()


def test_group_2_is_file_meta_information() -> None:
    """It has no place in the model; those who write it are understood."""
    ds = rg.Dataset.from_json(
        '{"00020010":{"vr":"UI","Value":["1.2.840.10008.1.2"]},"00080060":{"vr":"CS","Value":["CT"]}}'
    )
    assert (ds.file_meta.TransferSyntaxUID, ds.Modality) == ("1.2.840.10008.1.2", "CT")


def test_what_was_made_can_be_edited_and_saved() -> None:
    """A dataset from JSON is one like any other."""
    ds = rg.Dataset.from_json(rg.read(CT).to_json())
    ds.Rows = 1
    again = rg.read(ds.to_bytes(), force=True)
    assert (again.Rows, again.PixelData) == (1, rg.read(CT).PixelData)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", MalformedError),
        ('{"PatientName":{}}', MalformedError),
        ('{"00280010":{"vr":"US","Value":[70000]}}', InvalidValueError),
        ('{"00420011":{"vr":"OB","InlineBinary":"!"}}', InvalidValueError),
        ('{"00081140":{"vr":"SQ","Value":[' * 3000 + "{}" + "]}}" * 3000, LimitError),
        (b"\xff", ArgumentError),
    ],
)
def test_what_is_not_of_the_model_is_refused(text: str | bytes, error: type[Exception]) -> None:
    """With its kind, and no word of any value."""
    with pytest.raises(error):
        rg.Dataset.from_json(text)


def test_dump_handler_makes_the_text() -> None:
    """As in pydicom."""
    assert rg.Dataset({"Modality": "CT"}).to_json(dump_handler=lambda made: f"<{len(made)}>") == "<1>"


def test_pydicom_reads_it() -> None:
    """The dataset that pydicom makes of our text is the one that it reads from the file."""
    theirs = pydicom.dcmread(CT)
    assert pydicom.Dataset.from_json(rg.read(CT).to_json()) == theirs
    assert rg.Dataset.from_json(theirs.to_json()) == rg.read(CT)


@pytest.mark.parametrize("load", [rg.Dataset.from_json, rg.Dataset.from_xml])
def test_text_that_is_none_is_refused_with_its_place(load: Any) -> None:
    with pytest.raises(ArgumentError, match="no characters"):
        load('{"00100020":{"vr":"LO","Value":["\udcff"]}}')
    with pytest.raises(ArgumentError, match="not in UTF-8") as caught:
        load(b'{"00100020":{"vr":"LO","Value":["\xff"]}}')
    assert caught.value.offset == 33
