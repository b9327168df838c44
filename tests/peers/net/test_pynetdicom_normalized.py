"""pynetdicom at the other end, in both roles: the services of DIMSE-N."""

from __future__ import annotations

import threading
from typing import Any

from tests.programs import until

from .libraries import Library, client, serving
from .libraries import sides as sides  # a fixture

MPPS = "1.2.840.10008.3.1.2.3.3"
COMMITMENT = "1.2.840.10008.1.20.1"
PRINTER = "1.2.840.10008.5.1.1.16"
FILM_SESSION = "1.2.840.10008.5.1.1.1"
UPS_PUSH = "1.2.840.10008.5.1.4.34.6.1"
INSTANCE = "1.2.826.0.1.94.1"


class Normalised:
    """Handlers that answer each N-service with what they were asked."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.seen: list[tuple[str, Any]] = []

    def get(self, event: Any) -> Any:
        """N-GET: the tags that were asked for."""
        self.seen.append(("get", [int(tag) for tag in event.attribute_identifiers]))
        return 0, self.library.data_set(PrinterStatus="NORMAL", PrinterStatusInfo="NORMAL")

    def set(self, event: Any) -> Any:
        """N-SET."""
        self.seen.append(("set", str(event.modification_list.PerformedProcedureStepStatus)))
        return 0, event.modification_list

    def create(self, event: Any) -> Any:
        """N-CREATE."""
        self.seen.append(("create", str(event.request.AffectedSOPInstanceUID)))
        return 0, event.attribute_list

    def delete(self, event: Any) -> Any:
        """N-DELETE."""
        self.seen.append(("delete", str(event.request.RequestedSOPInstanceUID)))
        return 0

    def action(self, event: Any) -> Any:
        """N-ACTION."""
        self.seen.append(("action", event.action_type))
        return 0, event.action_information

    def report(self, event: Any) -> Any:
        """N-EVENT-REPORT."""
        self.seen.append(("report", event.event_type))
        return 0, None

    def handlers(self) -> list[Any]:
        """Give what an AE takes."""
        names = {
            "EVT_N_GET": self.get,
            "EVT_N_SET": self.set,
            "EVT_N_CREATE": self.create,
            "EVT_N_DELETE": self.delete,
            "EVT_N_ACTION": self.action,
            "EVT_N_EVENT_REPORT": self.report,
        }
        return [(self.library.evt(name), handler) for name, handler in names.items()]


def test_normalised_services(sides: tuple[Library, Library]) -> None:
    """N-GET, N-SET, N-CREATE, N-DELETE, N-ACTION and N-EVENT-REPORT with what belongs to each."""
    server, other = sides
    handling = Normalised(server)
    classes = [PRINTER, MPPS, FILM_SESSION, UPS_PUSH]
    # It is the SCP that reports (PS3.7 10.1.1).
    role = other.net.build_role(COMMITMENT, scu_role=True, scp_role=True)
    both = (COMMITMENT, server.net.DEFAULT_TRANSFER_SYNTAXES, True, True)
    with (
        serving(server, handling.handlers(), *classes, both) as port,
        client(other, port, *classes, COMMITMENT, ext_neg=[role]) as assoc,
    ):
        status, got = assoc.send_n_get([0x21100010, 0x21100020], PRINTER, "1.2.840.10008.5.1.1.17")
        assert (status.Status, str(got.PrinterStatus)) == (0, "NORMAL")
        step = other.data_set(PerformedProcedureStepStatus="IN PROGRESS", PerformedProcedureStepID="1")
        status, made = assoc.send_n_create(step, MPPS, INSTANCE)
        assert (status.Status, str(made.PerformedProcedureStepStatus)) == (0, "IN PROGRESS")
        step = other.data_set(PerformedProcedureStepStatus="COMPLETED")
        status, changed = assoc.send_n_set(step, MPPS, INSTANCE)
        assert (status.Status, str(changed.PerformedProcedureStepStatus)) == (0, "COMPLETED")
        status, said = assoc.send_n_action(other.data_set(TransactionUID="1.2.3"), 1, COMMITMENT, INSTANCE)
        assert (status.Status, str(said.TransactionUID)) == (0, "1.2.3")
        assert assoc.send_n_delete(FILM_SESSION, INSTANCE).Status == 0
        report = other.data_set(TransactionUID="1.2.3")
        status, _ = assoc.send_n_event_report(report, 2, COMMITMENT, INSTANCE)
        assert status.Status == 0
    assert handling.seen == [
        ("get", [0x21100010, 0x21100020]),
        ("create", INSTANCE),
        ("set", "COMPLETED"),
        ("action", 1),
        ("delete", INSTANCE),
        ("report", 2),
    ]


def test_the_attributes_that_a_status_is_about(sides: tuple[Library, Library]) -> None:
    """Of an N-GET and an N-SET that were done in part (PS3.7 C, 0107): what the handler says is what the caller hears."""
    server, other = sides
    asked: list[Any] = []

    def partly(event: Any) -> Any:
        tags = [0x00100010] if event.event.name == "EVT_N_SET" else [0x00100010, 0x00100020]
        if event.event.name == "EVT_N_GET":
            asked.append(event.request.AttributeIdentifierList)
        return server.data_set(Status=0x0107, ErrorComment="not all", AttributeIdentifierList=tags), None

    handlers = [(server.evt(name), partly) for name in ("EVT_N_GET", "EVT_N_SET")]
    with serving(server, handlers, MPPS) as port, client(other, port, MPPS) as assoc:
        status, _ = assoc.send_n_get([0x00100010, 0x00100020], MPPS, INSTANCE)
        assert (status.Status, list(status.AttributeIdentifierList)) == (0x0107, [0x00100010, 0x00100020])
        status, _ = assoc.send_n_get([0x00100010], MPPS, INSTANCE)
        assert status.Status == 0x0107
        status, _ = assoc.send_n_set(other.data_set(PatientID="X"), MPPS, INSTANCE)
        assert (status.Status, str(status.ErrorComment)) == (0x0107, "not all")
        assert status.AttributeIdentifierList in (0x00100010, [0x00100010])
    assert asked == [[0x00100010, 0x00100020], 0x00100010]


def test_a_report_on_the_same_association(sides: tuple[Library, Library]) -> None:
    """The acceptor sends an N-EVENT-REPORT while the requestor's association is open."""
    server, other = sides
    reported: list[tuple[int, str]] = []

    def action(event: Any) -> Any:
        information = server.data_set(TransactionUID=str(event.action_information.TransactionUID))
        assoc = event.assoc

        def later() -> None:
            assoc.send_n_event_report(information, 1, COMMITMENT, INSTANCE)

        threading.Timer(0.2, later).start()
        return 0, None

    def report(event: Any) -> Any:
        reported.append((event.event_type, str(event.event_information.TransactionUID)))
        return 0, None

    with serving(server, [(server.evt("EVT_N_ACTION"), action)], COMMITMENT) as port:
        handlers = [(other.evt("EVT_N_EVENT_REPORT"), report)]
        with client(other, port, COMMITMENT, evt_handlers=handlers) as assoc:
            request = other.data_set(TransactionUID="1.2.3.4")
            status, _ = assoc.send_n_action(request, 1, COMMITMENT, INSTANCE)
            assert status.Status == 0
            until(lambda: reported, "the report has come")
    assert reported == [(1, "1.2.3.4")]
