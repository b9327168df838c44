"""UIDs, transfer syntaxes and SOP classes against their tables and against pydicom."""

from __future__ import annotations

import copy
import pickle

import pydicom._uid_dict
import pydicom.uid
import pytest
import radiogram.uid
from radiogram.errors import ArgumentError, InvalidValueError
from radiogram.uid import UID, SOPClass, TransferSyntax, generate_uid

from .test_elements import table

PROPERTIES = ("name", "keyword", "type", "info", "is_retired", "is_private", "is_valid", "is_transfer_syntax")
SYNTAX_PROPERTIES = ("is_implicit_VR", "is_little_endian", "is_deflated", "is_encapsulated", "is_compressed")

# Where pydicom 3.0.2 says something else of a transfer syntax, and why.
DIFFERENCES = {
    **dict.fromkeys(
        ("1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"),
        "JPIP: deflated and without pixel data, PS3.5 A.7, A.12",
    ),
    **dict.fromkeys(
        ("1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.204"), "JPIP: without pixel data, PS3.5 A.6, A.11"
    ),
    **dict.fromkeys((f"1.2.840.10008.1.2.7.{n}" for n in (1, 2, 3)), "a stream over RTP, never encapsulated"),
    **dict.fromkeys(("1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2"), "no encoding of pixel data at all"),
    "1.2.840.10008.1.20": "Papyrus 3 is implicit and native",
}


def test_every_uid_is_as_in_the_table() -> None:
    rows = table("uids")
    assert len(rows) == 1989
    for row in rows:
        uid = UID(row["uid"])
        assert (uid.type, uid.keyword, uid.info) == (row["type"], row["keyword"], row["info"])
        assert (uid.name, uid.is_retired) == (row["name"], row["retired"] == "Y")
        assert uid.is_valid
        assert not uid.is_private
        if row["keyword"]:
            assert getattr(radiogram.uid, row["keyword"]) == uid


def test_agreement_with_pydicom() -> None:
    assert len(pydicom._uid_dict.UID_dictionary) > 450
    differing = set()
    for text in pydicom._uid_dict.UID_dictionary:
        ours, theirs = UID(text), pydicom.uid.UID(text)
        assert all(getattr(ours, name) == getattr(theirs, name) for name in PROPERTIES)
        if theirs.is_transfer_syntax and any(
            getattr(ours, name) != getattr(theirs, name) for name in SYNTAX_PROPERTIES
        ):
            differing.add(text)
    assert differing == set(DIFFERENCES)


@pytest.mark.parametrize(
    "text", ["", "1", "1.2.3", "1.02", "1..2", "1.2.", "a", "1" * 65, "1.2.840.10008.99.1"]
)
def test_agreement_with_pydicom_on_other_strings(text: str) -> None:
    ours, theirs = UID(text), pydicom.uid.UID(text, 0)
    assert all(getattr(ours, name) == getattr(theirs, name) for name in PROPERTIES)


def test_a_uid_is_a_string() -> None:
    uid = UID(" 1.2.3 ")
    assert uid == "1.2.3"
    assert hash(uid) == hash("1.2.3")
    assert type(uid) is type(radiogram.uid.trusted_uid("1.2.3")) is UID
    assert not hasattr(uid, "__dict__")
    with pytest.raises(TypeError):
        UID(1)  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError):
        UID("1.2.x", 2)
    for name in SYNTAX_PROPERTIES:
        with pytest.raises(ArgumentError):
            getattr(uid, name)


def test_a_private_encoding_travels_along() -> None:
    uid = UID("1.2.3.4")
    assert not uid.is_transfer_syntax
    uid.set_private_encoding(True, False)
    for same in (uid, UID(uid), copy.deepcopy(uid), pickle.loads(pickle.dumps(uid))):
        assert (same.is_transfer_syntax, same.is_implicit_VR, same.is_little_endian) == (True, True, False)
        assert not same.is_encapsulated


def test_constants_and_lists() -> None:
    assert radiogram.uid.CTImageStorage == "1.2.840.10008.5.1.4.1.1.2"
    assert isinstance(radiogram.uid.CTImageStorage, UID)
    assert {"CTImageStorage", "AllTransferSyntaxes", "generate_uid"} <= set(dir(radiogram.uid))
    with pytest.raises(AttributeError):
        _ = radiogram.uid.Bogus
    for name in ("JPEG", "JPEGLS", "JPEG2000", "MPEG", "RLE", "Uncompressed"):
        listed = f"{name}TransferSyntaxes"
        assert set(getattr(radiogram.uid, listed)) == set(getattr(pydicom.uid, listed))
    # Newer ones: deflated frames, JPEG XL, encapsulated uncompressed; JPIP, which pydicom leaves out.
    more = set(radiogram.uid.AllTransferSyntaxes) - set(pydicom.uid.AllTransferSyntaxes)
    assert set(pydicom.uid.AllTransferSyntaxes) <= set(radiogram.uid.AllTransferSyntaxes)
    assert {uid.rpartition("1.2.840.10008.1.2.")[2] for uid in more} == {
        "1.98",
        "4.94",
        "4.95",
        "4.110",
        "4.111",
        "4.112",
        "8.1",
    }


def test_new_uids() -> None:
    made = {generate_uid() for _ in range(1000)}
    assert len(made) == 1000
    assert all(uid.startswith("2.25.") and uid.is_valid for uid in made)
    assert radiogram.uid().startswith("2.25.")
    assert radiogram.uid.uid("1.2.3.").startswith("1.2.3.")
    prefix = "1.2.826.0.1.3680043.8.498."
    for words in (["lorem", "ipsum"], [""], ["é"]):
        assert generate_uid(prefix, words) == pydicom.uid.generate_uid(prefix, words)
    assert all(generate_uid("1." * 27).is_valid and len(generate_uid("1." * 27)) <= 64 for _ in range(100))
    for bad in ("", "1.2", "1.2..", "01.", "x.", "1." * 28):
        with pytest.raises(ArgumentError):
            generate_uid(bad)


def test_transfer_syntaxes() -> None:
    rows = table("transfer_syntaxes")
    assert len(rows) == 63
    for row in rows:
        syntax = TransferSyntax(row["uid"])
        assert TransferSyntax(row["keyword"]) == syntax == pickle.loads(pickle.dumps(syntax))
        assert (syntax.uid, syntax.keyword, syntax.name) == (row["uid"], row["keyword"], row["name"])
        assert (syntax.codec, syntax.loss or "") == (row["codec"], row["loss"])
        assert syntax.is_implicit_VR == (row["vr"] == "implicit")
        assert syntax.is_little_endian == (row["byte_order"] == "LE")
        assert (syntax.is_deflated, syntax.is_encapsulated) == (
            row["deflated"] == "Y",
            row["encapsulated"] == "Y",
        )
    with pytest.raises(ArgumentError):
        TransferSyntax("CTImageStorage")


def test_sop_classes() -> None:
    rows = table("sop_classes")
    assert len(rows) == 323
    for row in rows:
        sop_class = SOPClass(row["uid"])
        assert (sop_class.keyword, sop_class.iod, sop_class.directory_record) == tuple(
            row[column] for column in ("keyword", "iod", "directory_record")
        )
        assert sop_class == pickle.loads(pickle.dumps(sop_class))
    assert SOPClass("CTImageStorage").uid.name == "CT Image Storage"
    assert not SOPClass("CTImageStorage").is_meta
    assert SOPClass("BasicGrayscalePrintManagementMeta").is_meta
    for other in ("ExplicitVRLittleEndian", "1.2.3", "", "Bogus"):
        with pytest.raises(ArgumentError):
            SOPClass(other)
