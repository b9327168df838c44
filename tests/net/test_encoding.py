"""Data sets of messages, without what a file has around them."""

from __future__ import annotations

import pytest
import radiogram as rg
from radiogram.errors import InvalidValueError, NotADatasetError
from radiogram.net.encoding import decoded, encoded, in_utf8, lettered, told, worded

from tests import build

SYNTAXES = [build.IMPLICIT, build.EXPLICIT, build.BIG_ENDIAN, build.DEFLATED]


def _query() -> rg.Dataset:
    ds = rg.Dataset()
    ds.QueryRetrieveLevel = "STUDY"
    ds.PatientName = "Doe*"
    ds.StudyInstanceUID = ""
    ds.ReferencedSOPSequence = [rg.Dataset()]
    ds.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    return ds


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_data_set_goes_and_comes_back(syntax: str) -> None:
    data = encoded(_query(), syntax)
    assert b"DICM" not in data[:256]
    assert decoded(data, syntax) == _query()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_pydicom_reads_the_same(syntax: str) -> None:
    dsutils = pytest.importorskip("pynetdicom.dsutils")
    from io import BytesIO

    from pydicom.uid import UID

    uid = UID(syntax)
    options = (uid.is_implicit_VR, uid.is_little_endian, uid.is_deflated)
    theirs = dsutils.decode(BytesIO(encoded(_query(), syntax)), *options)
    assert theirs.PatientName == "Doe*"
    assert decoded(dsutils.encode(theirs, *options), syntax).QueryRetrieveLevel == "STUDY"


def test_a_file_leaves_its_meta_behind() -> None:
    path = pytest.importorskip("pydicom.data").get_testdata_file("CT_small.dcm")
    data = encoded(rg.read(path), build.EXPLICIT)
    assert data[:4] == b"\x08\x00\x05\x00"
    assert decoded(data, build.EXPLICIT).PatientID == "1CT1"


def test_data_sets_of_pydicom_are_taken() -> None:
    pydicom = pytest.importorskip("pydicom")
    theirs = pydicom.Dataset()
    theirs.PatientID = "X"
    assert decoded(encoded(theirs, build.IMPLICIT), build.IMPLICIT).PatientID == "X"
    with pytest.raises(NotADatasetError):
        encoded("text", build.IMPLICIT)


def test_nothing_is_an_empty_data_set() -> None:
    assert len(decoded(None, build.IMPLICIT)) == 0
    assert len(decoded(b"", build.IMPLICIT)) == 0


def test_what_a_response_says() -> None:
    said = {
        "CommandField": 0x8001,
        "MessageIDBeingRespondedTo": 1,
        "AffectedSOPClassUID": "1.2",
        "Status": 0xB000,
    }
    assert [elem.keyword for elem in told(said)] == ["Status"]
    said |= {"CommandField": 0x8140, "AffectedSOPInstanceUID": "1.2.3"}
    assert told(said).AffectedSOPInstanceUID == "1.2.3"


def test_text_that_names_no_character_set_goes_out_in_one_that_has_it() -> None:
    made = rg.Dataset({"ReferencedStudySequence": [rg.Dataset({"PatientName": "Müller"})]})
    sent = decoded(worded(made, build.IMPLICIT), build.IMPLICIT)
    assert sent.SpecificCharacterSet == "ISO_IR 192"
    assert sent.ReferencedStudySequence[0].PatientName == "Müller"
    assert "SpecificCharacterSet" not in made
    made.SpecificCharacterSet = None
    assert decoded(worded(made, build.EXPLICIT), build.EXPLICIT).SpecificCharacterSet == "ISO_IR 192"
    assert made.SpecificCharacterSet is None
    plain = decoded(worded(_query(), build.IMPLICIT), build.IMPLICIT)
    assert "SpecificCharacterSet" not in plain


def test_a_character_set_that_is_named_is_what_its_owner_wants() -> None:
    made = rg.Dataset({"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller"})
    assert decoded(worded(made, build.EXPLICIT), build.EXPLICIT).SpecificCharacterSet == "ISO_IR 100"
    made.PatientName = "Голова"
    with pytest.raises(InvalidValueError):
        worded(made, build.EXPLICIT)


def test_items_that_name_another_character_set_keep_their_text() -> None:
    other = rg.Dataset({"SpecificCharacterSet": "ISO_IR 144", "PersonName": "Ёж"})
    bare = rg.Dataset({"SpecificCharacterSet": "ISO_IR 100"})
    made = rg.Dataset(
        {
            "SpecificCharacterSet": "ISO_IR 100",
            "PatientName": "Müller",
            "VerifyingObserverSequence": [other, rg.Dataset({"PersonName": "Groß"})],
            "AcquisitionContextSequence": [bare],
        }
    )
    came = decoded(encoded(made, build.EXPLICIT), build.EXPLICIT)
    assert lettered(came) is came
    came.VerifyingObserverSequence[0].InstitutionName = "日本"
    for kept in (lettered(came), decoded(encoded(lettered(came), build.IMPLICIT), build.IMPLICIT)):
        assert (kept.SpecificCharacterSet, kept.PatientName) == ("ISO_IR 192", "Müller")
        one, two = kept.VerifyingObserverSequence
        assert (one.PersonName, one.InstitutionName, two.PersonName) == ("Ёж", "日本", "Groß")
        assert not len(kept.AcquisitionContextSequence[0])
    assert came.SpecificCharacterSet == "ISO_IR 100"
    assert came.VerifyingObserverSequence[0].SpecificCharacterSet == "ISO_IR 144"
    assert in_utf8(bare).SpecificCharacterSet == "ISO_IR 192"
    assert bare.SpecificCharacterSet == "ISO_IR 100"
