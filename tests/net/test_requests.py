"""What an SCU asks for, and what its peer's handlers are called with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.dataset import Tag
from radiogram.net import evt, sop_class

from tests.net.pair import COMMITMENT, CT, FIND, MPPS, Log, entity, image, pair, query, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.net.event import Event


def test_echo() -> None:
    with pair() as (_, assoc):
        assert assoc.send_c_echo().Status == 0x0000
    with pair([(evt.EVT_C_ECHO, lambda event: event.message_id)]) as (_, assoc):
        assert assoc.send_c_echo(msg_id=7).Status == 7


def test_what_was_not_agreed_on_is_not_sent() -> None:
    with pair(asking={"contexts": entity(classes=(CT,)).requested_contexts}) as (_, assoc):
        with pytest.raises(ValueError, match="No presentation context"):
            assoc.send_c_echo()
        with pytest.raises(ValueError, match="No presentation context"):
            assoc.send_c_find(query(), FIND)


def test_a_role_that_was_not_agreed_on_is_explained() -> None:
    ae = entity(classes=(CT,))
    accepted: Log = Log()
    told = [(evt.EVT_ESTABLISHED, lambda event: accepted.add(event.assoc))]
    with pair(told, ae=ae, asking={"ext_neg": []}):
        until(lambda: accepted)
        with pytest.raises(ValueError, match="build_role"):
            accepted[0].send_c_store(image())


def test_what_cannot_be_encoded_is_a_wrong_argument() -> None:
    wrong = query()
    wrong.SpecificCharacterSet, wrong.PatientName = "ISO_IR 100", "山田"
    with pair([(evt.EVT_C_FIND, lambda event: [(0xFF00, event.identifier)])]) as (_, assoc):
        # One that names no character set is sent in one that has its text.
        found, _ = assoc.send_c_find(query(PatientName="山田"), FIND)
        assert (found[1].SpecificCharacterSet, found[1].PatientName) == ("ISO_IR 192", "山田")
        for data in (wrong, "no data set", None):
            with pytest.raises(ValueError, match="encoded"):
                assoc.send_c_find(data, FIND)
        assert assoc.send_c_echo().Status == 0x0000


def test_a_status_with_more() -> None:
    def handler(_event: Event) -> rg.Dataset:
        status = rg.Dataset()
        status.Status, status.ErrorComment = 0xA700, "full"
        status.OffendingElement = [0x00100010]
        return status

    with pair([(evt.EVT_C_ECHO, handler)]) as (_, assoc):
        status = assoc.send_c_echo()
        assert (status.Status, status.ErrorComment) == (0xA700, "full")
        assert status.OffendingElement == 0x00100010


def test_every_service_of_dimse_n() -> None:
    seen: Log = Log()

    def told(event: Event, data: rg.Dataset | None, **more: Any) -> None:
        seen.add((event.request.msg_type, None if data is None else data.get("PatientID"), more))

    def create(event: Event) -> tuple[int, rg.Dataset]:
        told(event, event.attribute_list, uid=event.request.AffectedSOPInstanceUID)
        return 0x0000, event.attribute_list

    def change(event: Event) -> tuple[int, rg.Dataset]:
        told(event, event.modification_list, uid=event.request.RequestedSOPInstanceUID)
        return 0x0107, event.modification_list

    def get(event: Event) -> tuple[int, rg.Dataset]:
        told(event, None, tags=event.attribute_identifiers)
        ds = rg.Dataset()
        ds.PatientID = "got"
        return 0x0000, ds

    def action(event: Event) -> tuple[int, None]:
        told(event, event.action_information, kind=event.action_type)
        return 0x0000, None

    def delete(event: Event) -> int:
        told(event, None)
        return 0x0112

    handlers = [
        (evt.EVT_N_CREATE, create),
        (evt.EVT_N_SET, change),
        (evt.EVT_N_GET, get),
        (evt.EVT_N_ACTION, action),
        (evt.EVT_N_DELETE, delete),
    ]
    data = rg.Dataset()
    data.PatientID = "X"
    with pair(handlers) as (_, assoc):
        status, answer = assoc.send_n_create(data, MPPS, "1.2.3")
        assert (status.Status, status.AffectedSOPInstanceUID, answer.PatientID) == (0, "1.2.3", "X")
        status, answer = assoc.send_n_set(data, MPPS, "1.2.3")
        assert (status.Status, answer.PatientID) == (0x0107, "X")
        status, answer = assoc.send_n_get([0x00100020, "PatientName"], MPPS, "1.2.3")
        assert (status.Status, answer.PatientID) == (0, "got")
        assert assoc.send_n_get([], MPPS, "1.2.3")[0].Status == 0
        status, answer = assoc.send_n_action(data, 1, COMMITMENT, "1.2.840.10008.1.20.1.1")
        assert (status.Status, len(answer)) == (0, 0)
        assert assoc.send_n_delete(MPPS, "1.2.3").Status == 0x0112
    assert list(seen) == [
        ("N-CREATE", "X", {"uid": "1.2.3"}),
        ("N-SET", "X", {"uid": "1.2.3"}),
        ("N-GET", None, {"tags": [0x00100020, 0x00100010]}),
        ("N-GET", None, {"tags": []}),
        ("N-ACTION", "X", {"kind": 1}),
        ("N-DELETE", None, {}),
    ]


def test_a_response_says_which_attributes_it_is_about() -> None:
    """PS3.7 C, 0107: the attributes of a list that were not taken; every response of DIMSE-N can say them."""
    asked: Log = Log()

    def partly(event: Event) -> tuple[rg.Dataset, None]:
        status = rg.Dataset()
        status.Status, status.ErrorComment, status.ErrorID = 0x0107, "not all of it", 7
        status.AttributeIdentifierList = [0x00100010, 0x00100020]
        if event.event is evt.EVT_N_GET:
            asked.add(event.request.AttributeIdentifierList)
        return status, None

    names = ("CREATE", "SET", "GET", "ACTION", "EVENT_REPORT")
    handlers = [(getattr(evt, f"EVT_N_{name}"), partly) for name in names]
    data = rg.Dataset()
    data.PatientID = "X"
    with pair([*handlers, (evt.EVT_N_DELETE, lambda event: partly(event)[0])]) as (_, assoc):
        said = [
            assoc.send_n_create(data, MPPS, "1.2.3")[0],
            assoc.send_n_set(data, MPPS, "1.2.3")[0],
            assoc.send_n_get([0x00100020, "PatientName"], MPPS, "1.2.3")[0],
            assoc.send_n_get(["PatientName"], MPPS, "1.2.3")[0],
            assoc.send_n_get([], MPPS, "1.2.3")[0],
            assoc.send_n_action(data, 1, COMMITMENT, "1.2.840.10008.1.20.1.1")[0],
            assoc.send_n_event_report(data, 1, COMMITMENT, "1.2.840.10008.1.20.1.1")[0],
            assoc.send_n_delete(MPPS, "1.2.3"),
        ]
    for status in said:
        assert (status.Status, status.ErrorComment, status.ErrorID) == (0x0107, "not all of it", 7)
        assert list(status.AttributeIdentifierList) == [0x00100010, 0x00100020]
    assert list(asked) == [[0x00100020, 0x00100010], 0x00100010, None]
    assert isinstance(asked[1], Tag)


def test_the_peer_names_what_it_has_created() -> None:
    """PS3.7 10.1.5.1.4; pynetdicom's handlers put the UID into the attribute list."""

    def create(_event: Event) -> tuple[int, rg.Dataset]:
        ds = rg.Dataset()
        ds.AffectedSOPInstanceUID, ds.PatientID = "1.2.3.4", "X"
        return 0x0000, ds

    with pair([(evt.EVT_N_CREATE, create)]) as (_, assoc):
        status, answer = assoc.send_n_create(rg.Dataset(), MPPS)
        assert (status.Status, status.AffectedSOPInstanceUID) == (0, "1.2.3.4")
        assert "AffectedSOPInstanceUID" not in answer
        assert answer.PatientID == "X"
    with pair([(evt.EVT_N_CREATE, lambda _: (0x0000, None))]) as (_, assoc):
        assert assoc.send_n_create(rg.Dataset(), MPPS)[0].Status == 0x0110


def test_reports_go_the_other_way_on_the_same_association() -> None:
    """A commitment's answer (PS3.4 J.3.3): from a thread of the acceptor's own, while the requestor waits."""
    heard: Log = Log()
    accepted: Log = Log()

    def report(event: Event) -> tuple[int, None]:
        heard.add(
            (event.event_type, event.event_information.TransactionUID, event.request.AffectedSOPClassUID)
        )
        return 0x0000, None

    with pair(
        [(evt.EVT_ESTABLISHED, lambda event: accepted.add(event.assoc))],
        asking={"evt_handlers": [(evt.EVT_N_EVENT_REPORT, report)]},
    ):
        until(lambda: accepted)
        info = rg.Dataset()
        info.TransactionUID = "1.2.3.9"
        status, _ = accepted[0].send_n_event_report(info, 1, COMMITMENT, "1.2.840.10008.1.20.1.1")
        assert status.Status == 0x0000
    assert list(heard) == [(1, "1.2.3.9", COMMITMENT)]


def test_what_comes_behind_the_end_finds_its_association() -> None:
    """Where the inbox was full, a request waits, and the notice of the end does not."""
    accepted: Log = Log()
    handlers = [(evt.EVT_ESTABLISHED, lambda event: accepted.add(event.assoc))]
    report = [(evt.EVT_N_EVENT_REPORT, lambda _: (0x0000, None))]
    with pair(handlers, asking={"evt_handlers": report}) as (server, assoc):
        until(lambda: accepted)
        server.ae._faces.clear()
        info = rg.Dataset()
        info.TransactionUID = "1.2.3.9"
        status, _ = accepted[0].send_n_event_report(info, 1, COMMITMENT, "1.2.840.10008.1.20.1.1")
        assert (status.Status, assoc.is_established) == (0x0000, True)


def test_no_handler_is_a_status_too() -> None:
    with pair([(evt.EVT_C_STORE, lambda _: 0)]) as (_, assoc):
        assert assoc.send_n_delete(MPPS, "1.2.3").Status != 0x0000
        assert [status.Status != 0 for status, _ in assoc.send_c_find(query(), FIND)] == [True]
    with pair([(evt.EVT_C_FIND, lambda _: iter([]))]) as (_, assoc):
        assert assoc.send_n_delete(MPPS, "1.2.3").Status == 0x0211


def test_an_association_that_ends_meanwhile_gives_an_empty_status() -> None:
    def handler(event: Event) -> int:
        event.assoc.abort(block=False)
        return 0

    with pair([(evt.EVT_C_ECHO, handler)]) as (_, assoc):
        assert "Status" not in assoc.send_c_echo()
        assert assoc.is_aborted
        assert assoc.error is not None


def test_what_was_answered_before_an_abort_is_heard() -> None:
    """The handler's answers leave before its abort, and reach who asked, who hears of the abort behind them."""

    def find(event: Event) -> Iterator[tuple[int, rg.Dataset]]:
        for number in range(100):
            yield 0xFF00, query(PatientID=f"P{number}")
        event.assoc.abort(block=False)

    with pair([(evt.EVT_C_FIND, find)]) as (_, assoc):
        answers = list(assoc.send_c_find(query(), FIND))
        found = [match.PatientID for status, match in answers[:-1] if match is not None]
        assert found == [f"P{number}" for number in range(100)]
        assert "Status" not in answers[-1][0]
        assert assoc.is_aborted


def test_ups_is_met_over_any_of_its_classes() -> None:
    """PS3.4 CC.3.1: what is about an instance names UPS Push, whatever was negotiated."""
    ae = entity(classes=(sop_class.UnifiedProcedureStepPull,))
    with pair([(evt.EVT_N_GET, lambda _: (0x0000, None))], ae=ae, asking={"ext_neg": []}) as (_, assoc):
        assert assoc.send_n_get([], sop_class.UnifiedProcedureStepPush, "1.2.3")[0].Status == 0x0000
