"""Repository queries: answers in an order, so many at a time, and what is behind one of them (PS3.4 C.6.4)."""

from __future__ import annotations

from typing import Any

import pytest
import radiogram as rg
from radiogram.errors import ArgumentError
from radiogram.net.services import RefusedError, RepositoryQuery, find_all, uids

from .fakes import Asked
from .test_over_a_network import called, served

(FIND,) = uids("RepositoryQuery")
UIDS = [f"1.2.{number}" for number in (3, 10, 1, 20, 2)]


class Studies:
    """Studies in no order."""

    def __init__(self, uids: list[str] = UIDS) -> None:
        self.uids = uids

    def candidates(self, _level: str, _query: rg.Dataset, _agreed: Any) -> list[rg.Dataset]:
        return [rg.Dataset({"StudyInstanceUID": uid, "PatientID": f"P{uid[4:]}"}) for uid in self.uids]

    def instances(self, _level: str, _query: rg.Dataset) -> list[Any]:
        return []


class Ordered(Studies):
    """Studies that the store itself has in order."""

    asked: list[str]

    def following(self, level: str, query: rg.Dataset, agreed: Any, after: str) -> list[rg.Dataset]:
        self.asked = [*getattr(self, "asked", []), after]
        found = sorted(self.candidates(level, query, agreed), key=lambda ds: ds.StudyInstanceUID)
        return [ds for ds in found if ds.StudyInstanceUID > after]


def query(**keys: Any) -> rg.Dataset:
    return rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": None, **keys})


def test_without_a_record_key_it_is_a_query_of_the_study_root() -> None:
    found = Asked(RepositoryQuery(Studies(), title="ARCHIVE")).ask("c_find", FIND, identifier=query())
    assert [ds.StudyInstanceUID for _, ds in found] == UIDS
    assert {(status, ds.RetrieveAETitle) for status, ds in found} == {(0xFF00, "ARCHIVE")}
    assert all("RecordKey" not in ds for _, ds in found)


@pytest.mark.parametrize("store", [Studies(), Ordered()])
def test_answers_come_in_the_order_of_record_keys_and_go_on_behind_one(store: Studies) -> None:
    asked = Asked(RepositoryQuery(store, most=4))
    first = asked.ask("c_find", FIND, identifier=query(RecordKey=None, MaximumNumberOfRecords=2))
    *found, (status, nothing) = first
    assert [ds.StudyInstanceUID for _, ds in found] == sorted(UIDS)[:2]
    assert (status.Status, nothing) == (0xB001, None)
    last = bytes(found[-1][1].RecordKey)
    rest = asked.ask("c_find", FIND, identifier=query(RecordKey=None, PriorRecordKey=last))
    assert [ds.StudyInstanceUID for _, ds in rest] == sorted(UIDS)[2:], (
        "the limit is what is left: nothing is cut"
    )
    every = asked.ask("c_find", FIND, identifier=query(RecordKey=None))
    assert (len(every), every[-1][0].Status) == (5, 0xB001), "four of five, and the provider's own limit"


def test_it_goes_on_behind_what_is_gone() -> None:
    prior = b"1.2.15\0"
    found = Asked(RepositoryQuery(Studies())).ask(
        "c_find", FIND, identifier=query(RecordKey=None, PriorRecordKey=prior)
    )
    assert [ds.StudyInstanceUID for _, ds in found] == ["1.2.2", "1.2.20", "1.2.3"]


def test_a_prior_record_key_that_is_none() -> None:
    asked = Asked(RepositoryQuery(Studies()))
    for wrong in (b"nonsense", b"\xff\xfe", b"1.2.x", b"1" * 65):
        ((status, _),) = asked.ask("c_find", FIND, identifier=query(PriorRecordKey=wrong))
        assert status.Status == 0xA710


def test_every_record_key_is_a_prior_one() -> None:
    odd = ["1.02.3", "1..2", "1.2.3."]
    asked = Asked(RepositoryQuery(Studies(odd), most=1))
    prior, seen = b"", []
    for _ in odd:
        found = asked.ask("c_find", FIND, identifier=query(RecordKey=None, PriorRecordKey=prior))
        prior = bytes(found[0][1].RecordKey)
        seen.append(str(found[0][1].StudyInstanceUID))
    assert seen == sorted(odd)


@pytest.mark.parametrize("most", [0, -1])
def test_a_number_of_records_that_is_none_is_not_given(most: int) -> None:
    asked = Asked(RepositoryQuery(Studies()))
    found = asked.ask("c_find", FIND, identifier=query(RecordKey=None, MaximumNumberOfRecords=most))
    assert len(found) == 5


def test_a_peer_that_does_not_go_on() -> None:
    class Again(RepositoryQuery):
        def c_find(self, _event: Any) -> Any:
            for uid in ("1.2", "1.3"):
                yield 0xFF00, rg.Dataset({"StudyInstanceUID": uid, "RecordKey": uid.encode()})
            yield 0xB001, None

    with (
        served(Again(Studies())) as server,
        called(server, FIND) as association,
        pytest.raises(RefusedError, match="does not go on"),
    ):
        list(find_all(association, query(), most=2))


def test_keys_are_matched_and_levels_checked() -> None:
    asked = Asked(RepositoryQuery(Studies()))
    found = asked.ask("c_find", FIND, identifier=query(PatientID="P1*", RecordKey=None))
    assert [ds.PatientID for _, ds in found] == ["P1", "P10"]
    ((status, _),) = asked.ask("c_find", FIND, identifier=rg.Dataset({"QueryRetrieveLevel": "PATIENT"}))
    assert status.Status == 0xA900
    removed = asked.ask("c_find", FIND, identifier=query(RemovedFromOperationalUse="Y", RecordKey=None))
    assert removed == [], "nothing here was removed"


def test_all_of_it_over_a_network() -> None:
    with served(RepositoryQuery(Studies())) as server, called(server, FIND) as association:
        found = list(find_all(association, query(), most=2))
        assert [str(ds.StudyInstanceUID) for ds in found] == sorted(UIDS)
        found = list(find_all(association, query(), most=2, limit=3))
        assert [str(ds.StudyInstanceUID) for ds in found] == sorted(UIDS)[:3]
        with pytest.raises(ArgumentError):
            list(find_all(association, query(), limit=0))
        with pytest.raises(RefusedError) as refused:
            list(find_all(association, query(PriorRecordKey=b"x")))
        assert refused.value.status == 0xA710
