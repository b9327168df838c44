"""pynetdicom at the other end, in both roles: the services of DIMSE-C."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.peers.net.instances import digests
from tests.programs import until

from .libraries import Library, both, client, serving
from .libraries import sides as sides  # a fixture

if TYPE_CHECKING:
    from pathlib import Path


VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.3"
WORKLIST = "1.2.840.10008.5.1.4.31"
HANGING = "1.2.840.10008.5.1.4.38.2"
SUBSTANCE = "1.2.840.10008.5.1.4.41"


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


def test_a_server_in_many_threads() -> None:
    """Sixteen clients of ours at once, each with a hundred echoes. pynetdicom's own lose answers that come before they look for them."""
    ours, theirs = both()
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
