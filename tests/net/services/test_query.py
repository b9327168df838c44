"""Query/Retrieve: levels, keys, what was agreed on (PS3.4 C)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram._tables.queries import KEYS, MODELS
from radiogram.net.services import FindOptions, InstanceRetrieve, QueryRetrieve, identifier, uids
from radiogram.net.services.identifiers import returned
from radiogram.net.services.query import Found

from .fakes import Asked

FIND, MOVE, GET = uids(*(f"StudyRootQueryRetrieveInformationModel{kind}" for kind in ("Find", "Move", "Get")))
PATIENT_FIND = uids("PatientRootQueryRetrieveInformationModelFind")[0]
CT = Path(str(get_testdata_file("CT_small.dcm")))


class Store:
    """Two studies."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def candidates(self, level: str, _query: rg.Dataset, _agreed: Any) -> list[rg.Dataset]:
        self.asked.append(level)
        one = {
            "StudyInstanceUID": "1.1",
            "PatientName": "Müller^Eva",
            "StudyDate": "20260106",
            "StudyTime": "083000",
        }
        two = {
            "StudyInstanceUID": "1.2",
            "PatientName": "Doe^Jane",
            "StudyDate": "20260107",
            "StudyTime": "193000",
        }
        return [rg.Dataset({"SpecificCharacterSet": "ISO_IR 192", **values}) for values in (one, two)]

    def instances(self, _level: str, _query: rg.Dataset) -> list[Found]:
        return [Found(CT, "1.2", "1.3")]


def ask(query: dict[str, Any], sop_class: str = FIND, **options: bool) -> list[Any]:
    asked = Asked(QueryRetrieve(Store(), title="ARCHIVE"))
    if options:
        granted = asked.extend(**{sop_class.replace(".", "_"): FindOptions(**options).to_bytes(6)})
        assert FindOptions.from_bytes(granted[sop_class]) == FindOptions(**options)
    return asked.ask("c_find", sop_class, identifier=rg.Dataset(query))


def test_what_matches_is_returned_with_what_was_asked_for() -> None:
    ((status, found),) = ask({"QueryRetrieveLevel": "STUDY", "PatientName": "MÜLLER*", "StudyID": None})
    assert status == 0xFF00
    assert (found.PatientName, found.StudyID, found.QueryRetrieveLevel) == ("Müller^Eva", None, "STUDY")
    assert (found.RetrieveAETitle, found.InstanceAvailability) == ("ARCHIVE", "ONLINE")
    assert "StudyDate" not in found


def test_private_elements_are_those_of_their_creator() -> None:
    """PS3.5 7.8.1: the answer has them in the block where the query has asked for them, wherever the instance has them."""
    ds = rg.Dataset({"PatientID": "X1"})
    for creator, value in (("OTHER", "theirs"), ("ACME", "ours")):
        ds.private_block(0x0009, creator, create=True).add_new(0x01, "LO", value)
    query = rg.Dataset({"PatientID": None})
    for creator in ("ACME", "NOBODY"):
        query.private_block(0x0009, creator, create=True).add_new(0x01, "LO", None)
    found = returned(query, ds)
    assert [(int(one.tag), one.value) for one in found if one.tag >> 16 == 0x0009] == [
        (0x00090010, "ACME"),
        (0x00090011, "NOBODY"),
        (0x00091001, "ours"),
        (0x00091101, None),
    ]


@pytest.mark.parametrize(
    ("query", "comment"),
    [
        ({}, "Query/Retrieve Level is missing"),
        ({"QueryRetrieveLevel": "PATIENT"}, "the model has no such Query/Retrieve Level"),
        ({"QueryRetrieveLevel": "SERIES"}, "the unique key StudyInstanceUID is missing"),
        (
            {"QueryRetrieveLevel": "SERIES", "StudyInstanceUID": ["1.1", "1.2"]},
            "the unique key StudyInstanceUID has several values",
        ),
    ],
)
def test_levels_and_unique_keys_are_checked(query: dict[str, Any], comment: str) -> None:
    ((answered, found),) = ask(query)
    assert (answered.Status, answered.ErrorComment, found) == (0xA900, comment, None)


def test_relational_queries_where_they_were_agreed_on() -> None:
    query = {"QueryRetrieveLevel": "SERIES", "PatientName": "doe*"}
    assert len(ask(query, relational=True)) == 1
    assert ask(query, fuzzy=True)[0][0].Status == 0xA900


def test_options_change_what_matches() -> None:
    names = {"QueryRetrieveLevel": "STUDY", "PatientName": "eva mueller"}
    assert not ask(names)
    assert len(ask(names, fuzzy=True)) == 1
    period = {"QueryRetrieveLevel": "STUDY", "StudyDate": "20260106-20260107", "StudyTime": "09-10"}
    assert not ask(period)
    assert not ask({**period, "StudyTime": "10-12"}, date_time=True)
    assert len(ask({**period, "StudyTime": "08-20"}, date_time=True)) == 2
    zone = {"QueryRetrieveLevel": "STUDY", "StudyDate": "20260105", "TimezoneOffsetFromUTC": "-0900"}
    assert len(ask(zone, timezone=True)) == 1
    assert not ask(zone)


@pytest.mark.parametrize(("minutes", "offset"), [(0, "+0000"), (-210, "-0330"), (765, "+1245"), (None, None)])
def test_times_are_answered_in_a_zone(minutes: int | None, offset: str | None) -> None:
    """PS3.4 C.4.1.1.3.2: the answer says which, and never that it has none."""
    asked = Asked(QueryRetrieve(Store(), timezone=minutes))
    query = {"QueryRetrieveLevel": "STUDY", "StudyTime": None, "TimezoneOffsetFromUTC": "+0100"}
    ((_, before), *_) = asked.ask("c_find", FIND, identifier=rg.Dataset(query))
    assert "TimezoneOffsetFromUTC" not in before
    asked.extend(**{FIND.replace(".", "_"): FindOptions(timezone=True).to_bytes(6)})
    ((_, found), *_) = asked.ask("c_find", FIND, identifier=rg.Dataset(query))
    assert found.get("TimezoneOffsetFromUTC") == offset
    del query["TimezoneOffsetFromUTC"]
    ((_, found), *_) = asked.ask("c_find", FIND, identifier=rg.Dataset(query))
    assert "TimezoneOffsetFromUTC" not in found


def test_keys_of_lower_levels_are_no_keys() -> None:
    found = ask({"QueryRetrieveLevel": "STUDY", "Modality": "MR", "StudyInstanceUID": None})
    assert [status for status, _ in found] == [0xFF01, 0xFF01]


def test_a_query_can_be_cancelled() -> None:
    asked = Asked(QueryRetrieve(Store()))
    assert asked.ask(
        "c_find", FIND, identifier=rg.Dataset({"QueryRetrieveLevel": "STUDY"}), is_cancelled=True
    ) == [(0xFE00, None)]


FOUND = Found(CT, "1.2", "1.3")


def test_retrievals() -> None:
    asked = Asked(QueryRetrieve(Store(), destinations={"ME": ("127.0.0.1", 104)}))
    query = rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ["1.1", "1.2"]})
    assert asked.ask("c_get", GET, identifier=query) == [1, (0xFF00, FOUND)]
    assert asked.ask("c_move", MOVE, identifier=query, move_destination="ME ") == [
        ("127.0.0.1", 104),
        1,
        (0xFF00, FOUND),
    ]
    assert asked.ask("c_move", MOVE, identifier=query, move_destination="YOU") == [(None, None)]
    del query.StudyInstanceUID
    ((answered, _),) = asked.ask("c_get", GET, identifier=query)
    assert answered.Status == 0xA900


def test_instances_without_their_bulk_data_and_wrong_frames() -> None:
    asked = Asked(InstanceRetrieve(Store()))
    get, bare = uids("CompositeInstanceRootRetrieveGet", "CompositeInstanceRetrieveWithoutBulkDataGet")
    query = rg.Dataset({"QueryRetrieveLevel": "IMAGE", "SOPInstanceUID": "1.3"})
    count, (_, found) = asked.ask("c_get", bare, identifier=query)
    assert (count, "PixelData" in found, found.Rows) == (1, False, 128)
    query = rg.Dataset({"QueryRetrieveLevel": "FRAME", "SOPInstanceUID": "1.3", "SimpleFrameList": [1]})
    ((answered, _),) = asked.ask("c_get", get, identifier=query)
    assert answered.Status == 0xAA01, "a single frame is no multi-frame image"


def test_identifiers_have_the_keys_of_their_table() -> None:
    made = identifier("STUDY", "PatientRoot")
    assert {"StudyInstanceUID", "StudyDate", "AccessionNumber"} <= set(made.dir())
    assert {model for _, model, _ in MODELS.values()} == {model for model, _ in KEYS}
    step = identifier(None, "ModalityWorklist").ScheduledProcedureStepSequence[0]
    assert "ScheduledStationAETitle" in step
