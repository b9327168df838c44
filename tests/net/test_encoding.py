"""Data sets of messages, without what a file has around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, InvalidValueError, NotADatasetError
from radiogram.net import evt
from radiogram.net.encoding import asked, decoded, encoded, in_utf8, lettered, told, worded

from tests import build
from tests.net.pair import FIND, image, pair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.net.event import Event

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


def _theirs(**values: Any) -> Any:
    made = pytest.importorskip("pydicom").Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


THREE = "Yamada^Tarou=山田^太郎=やまだ^たろう"
NAMES = [
    (None, "Петров^Нина", "ISO_IR 192"),
    (None, "Müller", "ISO_IR 192"),
    (None, THREE, "ISO_IR 192"),
    (None, "Doe*", None),
    ("ISO_IR 100", "Müller", "ISO_IR 100"),
    (["", "ISO 2022 IR 87"], THREE, ["", "ISO 2022 IR 87"]),
]


@pytest.mark.parametrize(("named", "name", "sent"), NAMES)
def test_text_of_pydicom_keeps_its_letters_in_a_query_and_in_its_answer(
    named: Any, name: str, sent: Any
) -> None:
    given = _theirs(QueryRetrieveLevel="STUDY", PatientName=name)
    given.RequestAttributesSequence = [_theirs(RequestedProcedureDescription=name)]
    if named is not None:
        given.SpecificCharacterSet = named
    before = given.to_json()
    came: list[rg.Dataset] = []

    def find(event: Event) -> Iterator[tuple[int, Any]]:
        came.append(event.identifier)
        yield 0xFF00, given

    with pair([(evt.EVT_C_FIND, find)]) as (_, assoc):
        answers = list(assoc.send_c_find(given, FIND))
    assert [status.Status for status, _ in answers] == [0xFF00, 0x0000]
    assert given.to_json() == before
    found = answers[0][1]
    assert found is not None
    for one in (came[0], found):
        assert one.get("SpecificCharacterSet") == sent
        assert one.PatientName == name
        assert one.RequestAttributesSequence[0].RequestedProcedureDescription == name


def test_text_of_pydicom_that_the_named_character_set_lacks_is_an_error() -> None:
    for named in ("ISO_IR 100", "ISO_IR 6", ["", "ISO 2022 IR 87"]):
        given = _theirs(SpecificCharacterSet=named, PatientName="Müller=Ősz")
        with pytest.raises(InvalidValueError, match="character set"):
            worded(given, build.IMPLICIT)
        with pytest.raises(ArgumentError, match="character set"):
            asked(given, build.EXPLICIT)
        nested = _theirs(SpecificCharacterSet=named, VerifyingObserverSequence=[_theirs(PersonName="Ősz")])
        with pytest.raises(InvalidValueError, match="character set"):
            worded(nested, build.IMPLICIT)


def test_an_instance_of_pydicom_is_not_stored_with_other_letters() -> None:
    given = image().to_pydicom()
    given.PatientName = "Петров^Нина"
    with (
        pair([(evt.EVT_C_STORE, lambda _: 0x0000)]) as (_, assoc),
        pytest.raises(InvalidValueError, match="character set"),
    ):
        assoc.send_c_store(given)
