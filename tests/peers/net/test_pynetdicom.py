"""pynetdicom at the other end, in both roles, with every DIMSE service: the same program text for either side."""

from __future__ import annotations

import importlib
import importlib.util
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg

from tests.peers.net.instances import digests
from tests.programs import free_port, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.3"
WORKLIST = "1.2.840.10008.5.1.4.31"
MPPS = "1.2.840.10008.3.1.2.3.3"
COMMITMENT = "1.2.840.10008.1.20.1"
PRINTER = "1.2.840.10008.5.1.1.16"
FILM_SESSION = "1.2.840.10008.5.1.1.1"
UPS_PUSH = "1.2.840.10008.5.1.4.34.6.1"
HANGING = "1.2.840.10008.5.1.4.38.2"
SUBSTANCE = "1.2.840.10008.5.1.4.41"
INSTANCE = "1.2.826.0.1.94.1"


@dataclass(frozen=True)
class Library:
    """One of the two: its network, and its data sets."""

    name: str
    net: ModuleType
    dicom: ModuleType

    def data_set(self, **elements: object) -> Any:
        """Make one."""
        made = self.dicom.Dataset()
        for keyword, value in elements.items():
            setattr(made, keyword, value)
        return made

    def evt(self, name: str) -> Any:
        """Give an event by its name."""
        return getattr(self.net.evt, name)


@pytest.fixture(scope="module", autouse=True)
def _pynetdicom() -> None:
    if not importlib.util.find_spec("pynetdicom"):
        pytest.skip("not installed: pynetdicom")


@pytest.fixture(params=["ours serves", "theirs serves"])
def sides(request: pytest.FixtureRequest) -> tuple[Library, Library]:
    """Give the server's and the client's library."""
    ours = Library("ours", importlib.import_module("radiogram.net"), rg)
    theirs = Library("theirs", importlib.import_module("pynetdicom"), importlib.import_module("pydicom"))
    return (ours, theirs) if request.param == "ours serves" else (theirs, ours)


@contextmanager
def serving(library: Library, handlers: list[Any], *contexts: Any, **options: Any) -> Iterator[int]:
    """Serve, on a port of its own."""
    ae = library.net.AE(ae_title="SERVER")
    for name, value in options.items():
        setattr(ae, name, value)
    for context in contexts:
        ae.add_supported_context(*(context if isinstance(context, tuple) else (context,)))
    port = free_port()
    server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
    try:
        yield port
    finally:
        server.shutdown()


@contextmanager
def client(library: Library, port: int, *contexts: Any, **options: Any) -> Iterator[Any]:
    """Associate, and release in the end."""
    ae = library.net.AE(ae_title="CLIENT")
    for context in contexts:
        ae.add_requested_context(*(context if isinstance(context, tuple) else (context,)))
    assoc = ae.associate("127.0.0.1", port, ae_title="SERVER", **options)
    assert assoc.is_established
    yield assoc
    assoc.release()


def test_echo(sides: tuple[Library, Library]) -> None:
    """A status that the handler chose."""
    server, other = sides
    statuses = iter([0x0000, 0x0122, 0x0211])
    handlers = [(server.evt("EVT_C_ECHO"), lambda _: next(statuses))]
    with serving(server, handlers, VERIFICATION) as port, client(other, port, VERIFICATION) as assoc:
        assert [assoc.send_c_echo().Status for _ in range(3)] == [0x0000, 0x0122, 0x0211]


def test_store(sides: tuple[Library, Library], archive: list[Path]) -> None:
    """Bytes, names, priorities and comments."""
    server, other = sides
    kept: list[bytes] = []

    def store(event: Any) -> Any:
        kept.append(event.encoded_dataset())
        status = server.data_set(Status=0xB000, ErrorComment="some were coerced")
        assert event.request.AffectedSOPClassUID == CT
        assert event.request.Priority == 1
        return status

    explicit = "1.2.840.10008.1.2.1"
    with (
        serving(server, [(server.evt("EVT_C_STORE"), store)], (CT, explicit)) as port,
        client(other, port, (CT, explicit)) as assoc,
    ):
        for path in archive[:4]:
            status = assoc.send_c_store(str(path), priority=1)
            assert status.Status == 0xB000
            assert str(status.ErrorComment) == "some were coerced"
    assert digests(kept) == digests(archive[:4])


def test_a_handler_that_raises(sides: tuple[Library, Library], archive: list[Path]) -> None:
    """A failure is answered, and the association stands."""
    server, other = sides

    def raises(_event: Any) -> int:
        message = "not this one"
        raise ValueError(message)

    explicit = "1.2.840.10008.1.2.1"
    with (
        serving(server, [(server.evt("EVT_C_STORE"), raises)], (CT, explicit), VERIFICATION) as port,
        client(other, port, (CT, explicit), VERIFICATION) as assoc,
    ):
        assert assoc.send_c_store(str(archive[0])).Status == 0xC211
        assert assoc.send_c_echo().Status == 0


@pytest.mark.parametrize("model", [STUDY_FIND, WORKLIST, HANGING, SUBSTANCE])
def test_find(sides: tuple[Library, Library], model: str) -> None:
    """Pending answers of two kinds, then success; nothing; and a failure."""
    server, other = sides

    def find(event: Any) -> Any:
        wanted = str(event.identifier.PatientID)
        if wanted == "FAIL":
            yield server.data_set(Status=0xA900, ErrorComment="no"), None
            return
        for number in range(int(wanted)):
            yield (
                (0xFF01 if number % 2 else 0xFF00),
                server.data_set(PatientID=f"P{number}", PatientName="Doe^J"),
            )

    with (
        serving(server, [(server.evt("EVT_C_FIND"), find)], model) as port,
        client(other, port, model) as assoc,
    ):
        for count in (0, 1, 7):
            query = other.data_set(PatientID=str(count), QueryRetrieveLevel="STUDY")
            answers = list(assoc.send_c_find(query, model))
            assert [status.Status for status, _ in answers] == [
                *((0xFF01 if number % 2 else 0xFF00) for number in range(count)),
                0x0000,
            ]
            assert [str(one.PatientID) for _, one in answers[:-1]] == [
                f"P{number}" for number in range(count)
            ]
        query = other.data_set(PatientID="FAIL", QueryRetrieveLevel="STUDY")
        ((status, _),) = list(assoc.send_c_find(query, model))
        assert (status.Status, str(status.ErrorComment)) == (0xA900, "no")


def test_cancel(sides: tuple[Library, Library]) -> None:
    """C-CANCEL reaches the handler, and FE00 is the end."""
    server, other = sides
    seen = threading.Event()

    def find(event: Any) -> Any:
        # Ours closes the handler where it does not look itself.
        try:
            for number in range(100_000 if server.name == "ours" else 200):
                if event.is_cancelled:
                    yield 0xFE00, None
                    return
                yield 0xFF00, server.data_set(PatientID=str(number))
            # Ours hears it while it sends, and has not come to the end. pynetdicom reads nothing while there is something to send:
            # there has to be a pause for it to hear anything.
            if server.name != "ours":
                until(lambda: event.is_cancelled, "the cancellation is heard")
                yield 0xFE00, None
        finally:
            seen.set()

    with (
        serving(server, [(server.evt("EVT_C_FIND"), find)], STUDY_FIND) as port,
        client(other, port, STUDY_FIND) as assoc,
    ):
        query = other.data_set(PatientID="", QueryRetrieveLevel="STUDY")
        last = -1
        for number, (status, _) in enumerate(assoc.send_c_find(query, STUDY_FIND, msg_id=11)):
            last = status.Status
            if number == 3:
                assoc.send_c_cancel(11, query_model=STUDY_FIND)
        assert last == 0xFE00
        assert seen.wait(60)


def read_all(library: Library, paths: list[Path]) -> list[Any]:
    """Read files with its own data sets."""
    return [library.dicom.dcmread(path) for path in paths]


def test_get(sides: tuple[Library, Library], archive: list[Path]) -> None:
    """Sub-operations on the same association; one that the client refuses is counted as failed and named."""
    server, other = sides
    held, kept = read_all(server, archive[:4]), []

    def get(_event: Any) -> Any:
        yield len(held)
        for one in held:
            yield 0xFF00, one

    def store(event: Any) -> int:
        kept.append(str(event.dataset.SOPInstanceUID))
        return 0xA700 if len(kept) == 2 else 0x0000

    roles = [other.net.build_role(CT, scp_role=True)]
    explicit = "1.2.840.10008.1.2.1"
    with serving(server, [(server.evt("EVT_C_GET"), get)], STUDY_GET, (CT, explicit, True, True)) as port:
        handlers = [(other.evt("EVT_C_STORE"), store)]
        with client(other, port, STUDY_GET, (CT, explicit), ext_neg=roles, evt_handlers=handlers) as assoc:
            query = other.data_set(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.826.0.1.99.0")
            answers = list(assoc.send_c_get(query, STUDY_GET))
    last, identifier = answers[-1]
    assert last.Status == 0xB000
    assert (last.NumberOfCompletedSuboperations, last.NumberOfFailedSuboperations) == (3, 1)
    assert identifier.FailedSOPInstanceUIDList in (kept[1], [kept[1]])
    assert kept == [str(one.SOPInstanceUID) for one in held]


def test_move(sides: tuple[Library, Library], archive: list[Path]) -> None:
    """Sub-operations on an association of their own; a stranger is A801."""
    server, other = sides
    held, kept = read_all(server, archive[:4]), []
    places: dict[str, int] = {}
    explicit = "1.2.840.10008.1.2.1"

    def move(event: Any) -> Any:
        if event.move_destination not in places:
            yield None, None
            return
        context = server.net.build_context(CT, explicit)
        yield "127.0.0.1", places[event.move_destination], {"contexts": [context]}
        yield len(held)
        for one in held:
            yield 0xFF00, one

    def store(event: Any) -> int:
        kept.append(str(event.dataset.SOPInstanceUID))
        # PS3.7 9.1.1.1: who has asked for the move. pynetdicom gives its own title.
        wanted = "CLIENT" if server.name == "ours" else "SERVER"
        assert str(event.request.MoveOriginatorApplicationEntityTitle).strip() == wanted
        assert event.request.MoveOriginatorMessageID == 21
        return 0

    with (
        serving(other, [(other.evt("EVT_C_STORE"), store)], (CT, explicit)) as third,
        serving(server, [(server.evt("EVT_C_MOVE"), move)], STUDY_MOVE) as port,
        client(other, port, STUDY_MOVE) as assoc,
    ):
        places["THIRD"] = third
        query = other.data_set(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.826.0.1.99.0")
        answers = list(assoc.send_c_move(query, "THIRD", STUDY_MOVE, msg_id=21))
        assert answers[-1][0].Status == 0
        assert answers[-1][0].NumberOfCompletedSuboperations == 4
        ((status, _),) = list(assoc.send_c_move(query, "NOBODY", STUDY_MOVE))
        assert status.Status == 0xA801
    assert kept == [str(one.SOPInstanceUID) for one in held]


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


def test_rejections(sides: tuple[Library, Library]) -> None:
    """A called title that is not ours, a calling one that may not, and nothing in common."""
    server, other = sides
    with serving(server, [], VERIFICATION, require_called_aet=True, require_calling_aet=["FRIEND"]) as port:
        for calling, called, wanted in [
            ("FRIEND", "SERVER", True),
            ("STRANGER", "SERVER", False),
            ("FRIEND", "ANOTHER", False),
        ]:
            ae = other.net.AE(ae_title=calling)
            ae.add_requested_context(VERIFICATION)
            heard: list[str] = []
            listening = [
                (other.evt("EVT_PDU_RECV"), lambda event, heard=heard: heard.append(type(event.pdu).__name__))
            ]
            assoc = ae.associate("127.0.0.1", port, ae_title=called, evt_handlers=listening)
            assert assoc.is_established is wanted
            if wanted:
                assert not assoc.is_rejected
                assoc.release()
            elif other.name == "theirs":
                # Of a rejection that comes at once pynetdicom's requestor says at times that it was aborted: what it has received tells.
                until(lambda heard=heard: heard, "an answer")
                assert heard == ["A_ASSOCIATE_RJ"]
            else:
                until(lambda assoc=assoc: assoc.is_rejected, "the answer is known")
    with serving(server, [], VERIFICATION) as port:
        ae = other.net.AE()
        ae.add_requested_context(CT)
        assoc = ae.associate("127.0.0.1", port)
        # pynetdicom aborts an association that has no accepted context; the standard lets it stand.
        assert not assoc.accepted_contexts
        if assoc.is_established:
            assoc.release()


def test_abort(sides: tuple[Library, Library]) -> None:
    """Either side aborts, and the other one knows."""
    server, other = sides
    told: list[str] = []
    handlers = [
        (server.evt("EVT_ABORTED"), lambda _: told.append("aborted")),
        (server.evt("EVT_RELEASED"), lambda _: told.append("released")),
        (server.evt("EVT_C_ECHO"), lambda event: event.assoc.abort() or 0),
    ]
    with serving(server, handlers, VERIFICATION) as port:
        ae = other.net.AE()
        ae.add_requested_context(VERIFICATION)
        assoc = ae.associate("127.0.0.1", port)
        assoc.abort()
        until(lambda: told == ["aborted"], "the server knows")
        assert assoc.is_aborted
        assoc = ae.associate("127.0.0.1", port)
        status = assoc.send_c_echo()
        assert "Status" not in status
        until(lambda: assoc.is_aborted, "the client knows")
        assert not assoc.is_established


def test_identities_and_extended_negotiation(sides: tuple[Library, Library]) -> None:
    """User identity with an answer, SOP class extended negotiation, and roles."""
    server, other = sides
    seen: dict[str, Any] = {}

    def identify(event: Any) -> tuple[bool, bytes | None]:
        seen["identity"] = (event.user_id_type, event.primary_field, event.secondary_field or b"")
        return event.primary_field == b"user", b"welcome"

    def extended(event: Any) -> dict[str, bytes]:
        seen.setdefault("extended", {str(uid): value for uid, value in event.app_info.items()})
        return event.app_info

    identity = importlib.import_module(f"{other.net.__name__}.pdu_primitives").UserIdentityNegotiation()
    identity.user_identity_type, identity.positive_response_requested = 3, True
    identity.primary_field = b"user"
    item = importlib.import_module(f"{other.net.__name__}.pdu_primitives").SOPClassExtendedNegotiation()
    item.sop_class_uid, item.service_class_application_information = STUDY_FIND, b"\1\1\0\1"
    handlers = [(server.evt("EVT_USER_ID"), identify), (server.evt("EVT_SOP_EXTENDED"), extended)]
    with serving(server, handlers, STUDY_FIND) as port:
        with client(other, port, STUDY_FIND, ext_neg=[identity, item]) as assoc:
            assert assoc.acceptor.user_identity.server_response == b"welcome"
            told = {str(uid): value for uid, value in assoc.acceptor.sop_class_extended.items()}
            assert told == {STUDY_FIND: b"\1\1\0\1"}
        identity.primary_field = b"stranger"
        ae = other.net.AE()
        ae.add_requested_context(STUDY_FIND)
        assert ae.associate("127.0.0.1", port, ext_neg=[identity]).is_rejected
    assert seen == {"identity": (3, b"stranger", b""), "extended": {STUDY_FIND: b"\1\1\0\1"}}


NOTIFICATIONS = (
    *("EVT_CONN_OPEN", "EVT_REQUESTED", "EVT_ACCEPTED", "EVT_ESTABLISHED"),
    *("EVT_RELEASED", "EVT_CONN_CLOSE", "EVT_ABORTED", "EVT_REJECTED"),
)


def notifications(server: Library, other: Library, end: str) -> dict[str, list[str]]:
    """Give what each side is told of one association, in its order."""
    told: dict[str, list[str]] = {"server": [], "client": []}

    def noting(side: str, name: str) -> Any:
        return lambda _event: told[side].append(name)

    handlers = [(server.evt(name), noting("server", name)) for name in NOTIFICATIONS]
    with serving(server, handlers, VERIFICATION, require_called_aet=True) as port:
        ae = other.net.AE(ae_title="CLIENT")
        ae.add_requested_context(VERIFICATION)
        assoc = ae.associate(
            "127.0.0.1",
            port,
            ae_title="NOBODY" if end == "rejected" else "SERVER",
            evt_handlers=[(other.evt(name), noting("client", name)) for name in NOTIFICATIONS],
        )
        if end != "rejected":
            assert assoc.send_c_echo().Status == 0
            (assoc.release if end == "released" else assoc.abort)()
        until(lambda: all("EVT_CONN_CLOSE" in side for side in told.values()), f"all is told: {told}")
    return told


@pytest.mark.parametrize("end", ["released", "aborted", "rejected"])
def test_events(sides: tuple[Library, Library], end: str) -> None:
    """Notifications are those that pynetdicom gives, in their order, in both roles."""
    server, other = sides
    theirs = server if server.name == "theirs" else other
    # The last two are told at the same time there, by two threads.
    told, wanted = notifications(server, other, end), notifications(theirs, theirs, end)
    assert {side: sorted(names) for side, names in told.items()} == {
        side: sorted(names) for side, names in wanted.items()
    }
    assert {side: names[:-2] for side, names in told.items()} == {
        side: names[:-2] for side, names in wanted.items()
    }


def test_a_server_in_many_threads() -> None:
    """Sixteen clients of ours at once, each with a hundred echoes. pynetdicom's own lose answers that come before they look for them."""
    theirs = Library("theirs", importlib.import_module("pynetdicom"), importlib.import_module("pydicom"))
    ours = Library("ours", importlib.import_module("radiogram.net"), rg)
    for server in (ours, theirs):
        done: list[int] = []
        with serving(server, [], VERIFICATION, maximum_associations=32) as port:

            def ask(port: int = port, done: list[int] = done) -> None:
                with client(ours, port, VERIFICATION) as assoc:
                    done.extend(assoc.send_c_echo().Status for _ in range(100))

            threads = [threading.Thread(target=ask) for _ in range(16)]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
        assert done == [0] * 1600
