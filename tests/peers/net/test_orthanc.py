"""Orthanc: store, find, move, get and commitment, with it as the server, and as the client that is told by its REST API."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

import radiogram as rg
from radiogram import net
from radiogram.net import evt, sop_class

from tests.peers.net.instances import digests, uid_of
from tests.peers.net.ours import US, Kept, associated, keeping, serving
from tests.peers.net.servers import orthanc
from tests.peers.net.test_dcmtk_servers import FIND, GET, MOVE, asked, contexts_of, found
from tests.programs import free_port, until

if TYPE_CHECKING:
    from pathlib import Path

CT = sop_class.CTImageStorage
COMMITMENT = sop_class.StorageCommitmentPushModel
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"


def send_all(port: int, paths: list[Path]) -> None:
    """Store the files there."""
    with associated(port, contexts_of(paths)) as assoc:
        assert {assoc.send_c_store(str(path)).Status for path in paths} == {0}


def test_store(native: list[Path], compressed: list[Path], tmp_path: Path) -> None:
    """Every transfer syntax that it takes arrives as it is in the file."""
    paths = [*native[:2], *compressed]
    with orthanc(tmp_path, {}) as server:
        send_all(server.port, paths)
        assert digests(server.files()).keys() == {uid_of(path) for path in paths}
        for held in server.files():
            original = next(path for path in paths if uid_of(path) == uid_of(held))
            theirs, ours = rg.read(held), rg.read(original)
            # Orthanc writes lengths of its own: element by element it is the same.
            assert theirs.file_meta.TransferSyntaxUID == ours.file_meta.TransferSyntaxUID
            assert theirs.to_json() == ours.to_json()


def test_find_get_and_move(archive: list[Path], tmp_path: Path) -> None:
    """The same answers as from any archive; and instances by both ways."""
    got, moved = Kept(), Kept()
    with serving(moved.handlers) as ours, orthanc(tmp_path, {US: ours}) as server:
        send_all(server.port, archive)
        with associated(server.port, [*FIND.values(), MOVE]) as assoc:
            query = asked("PATIENT", PatientName="D*", PatientID="")
            identifiers, last = found(assoc.send_c_find(query, FIND["P"]))
            assert (sorted(str(one.PatientID) for one in identifiers), last) == (["P1", "P2"], 0)
            query = asked("SERIES", StudyInstanceUID="1.2.826.0.1.99.1", SeriesInstanceUID="", Modality="")
            assert len(found(assoc.send_c_find(query, FIND["S"]))[0]) == 2
            query = asked("STUDY", StudyInstanceUID="1.2.826.0.1.99.3")
            assert [status.Status for status, _ in assoc.send_c_move(query, US, MOVE)][-1] == 0
        contexts = [GET, (CT, net.ALL_TRANSFER_SYNTAXES[1])]
        role = net.build_role(CT, scp_role=True)
        with associated(server.port, contexts, ext_neg=[role], evt_handlers=got.handlers) as assoc:
            query = asked("STUDY", StudyInstanceUID="1.2.826.0.1.99.1")
            assert [status.Status for status, _ in assoc.send_c_get(query, GET)][-1] == 0
    for kept, study in ((got, "1-"), (moved, "3-")):
        wanted = [path for path in archive if path.parent.name.startswith(study)]
        assert digests(kept.files.values()) == digests(wanted)


def reference_of(path: Path) -> rg.Dataset:
    """Say which instance a file is."""
    one = rg.Dataset()
    meta = rg.read(path).file_meta
    one.ReferencedSOPClassUID = meta.MediaStorageSOPClassUID
    one.ReferencedSOPInstanceUID = meta.MediaStorageSOPInstanceUID
    return one


def test_commitment(archive: list[Path], tmp_path: Path) -> None:
    """It reports by an association of its own, what it has and what it has not."""
    reports: queue.Queue[tuple[int, rg.Dataset]] = queue.Queue()

    def report(event: Any) -> tuple[int, None]:
        reports.put((event.event_type, event.event_information))
        return 0, None

    # The reporter is the SCP of the class: it asks for the role (PS3.4 J.3.3).
    ae = net.AE(ae_title=US)
    ae.add_supported_context(COMMITMENT, scu_role=False, scp_role=True)
    ours = free_port()
    handlers = [(evt.EVT_N_EVENT_REPORT, report)]
    server = ae.start_server(("127.0.0.1", ours), block=False, evt_handlers=handlers)
    try:
        with orthanc(tmp_path, {US: ours}) as peer:
            send_all(peer.port, archive[:2])
            request = rg.Dataset()
            request.TransactionUID = rg.uid.generate_uid()
            request.ReferencedSOPSequence = [reference_of(path) for path in archive[:3]]
            with associated(peer.port, [COMMITMENT], evt_handlers=handlers) as assoc:
                status, _ = assoc.send_n_action(request, 1, COMMITMENT, COMMITMENT_INSTANCE)
                assert status.Status == 0
                kind, information = reports.get(timeout=60)
    finally:
        server.shutdown()
    assert kind == 2
    assert information.TransactionUID == request.TransactionUID
    kept = {str(one.ReferencedSOPInstanceUID) for one in information.ReferencedSOPSequence}
    lost = {str(one.ReferencedSOPInstanceUID) for one in information.FailedSOPSequence}
    assert (kept, lost) == ({uid_of(path) for path in archive[:2]}, {uid_of(archive[2])})


def test_as_a_client(archive: list[Path], tmp_path: Path) -> None:
    """Echo and store to ours, and a query of ours."""
    kept = tmp_path / "kept"
    kept.mkdir()
    with keeping(kept) as ours, orthanc(tmp_path / "peer", {US: ours}) as server:
        server.ask(f"/modalities/{US}/echo", {})
        send_all(server.port, archive)
        study = next(
            one
            for one in server.ask("/studies")
            if server.ask(f"/studies/{one}")["MainDicomTags"]["StudyInstanceUID"] == "1.2.826.0.1.99.1"
        )
        server.ask(f"/modalities/{US}/store", {"Resources": [study], "Synchronous": True})
        wanted = [path for path in archive if path.parent.name.startswith("1-")]
        until(lambda: len(list(kept.iterdir())) == len(wanted), "all files are there")
    assert digests(kept.iterdir()) == digests(wanted)


def test_its_query_of_ours(tmp_path: Path) -> None:
    """It asks a handler of ours, and shows what that answered."""
    asked_for: list[str] = []

    def find(event: Any) -> Any:
        asked_for.append(str(event.identifier.PatientID))
        for number in range(3):
            answer = rg.Dataset()
            answer.QueryRetrieveLevel = "STUDY"
            answer.StudyInstanceUID = f"1.2.3.{number}"
            answer.PatientID = f"P{number}"
            yield 0xFF00, answer

    with (
        serving([(evt.EVT_C_FIND, find)], [FIND["S"]]) as ours,
        orthanc(tmp_path, {US: ours}) as server,
    ):
        done = server.ask(f"/modalities/{US}/query", {"Level": "Study", "Query": {"PatientID": "P*"}})
        answers = server.ask(f"/queries/{done['ID']}/answers")
        told = [server.ask(f"/queries/{done['ID']}/answers/{one}/content?simplify") for one in answers]
    assert asked_for == ["P*"]
    assert sorted(one["StudyInstanceUID"] for one in told) == ["1.2.3.0", "1.2.3.1", "1.2.3.2"]


def test_its_commitment_by_ours(archive: list[Path], tmp_path: Path) -> None:
    """It asks us whether we keep, and is told on an association that we open."""
    wanted: queue.Queue[rg.Dataset] = queue.Queue()

    def action(event: Any) -> tuple[int, None]:
        wanted.put(event.action_information)
        return 0, None

    kept = Kept()
    handlers = [*kept.handlers, (evt.EVT_N_ACTION, action)]
    with serving(handlers, [COMMITMENT]) as ours, orthanc(tmp_path, {US: ours}) as server:
        send_all(server.port, archive[:2])
        instances = server.ask("/instances")
        server.ask(f"/modalities/{US}/store", {"Resources": instances, "Synchronous": True})
        done = server.ask(f"/modalities/{US}/storage-commitment", {"Resources": instances})
        request = wanted.get(timeout=60)
        report = rg.Dataset()
        report.TransactionUID = request.TransactionUID
        report.ReferencedSOPSequence = list(request.ReferencedSOPSequence)
        role = net.build_role(COMMITMENT, scp_role=True)
        with associated(server.port, [COMMITMENT], ext_neg=[role]) as assoc:
            status, _ = assoc.send_n_event_report(report, 1, COMMITMENT, COMMITMENT_INSTANCE)
            assert status.Status == 0
        until(
            lambda: server.ask(f"/storage-commitment/{done['ID']}")["Status"] == "Success",
            "it has understood the report",
        )
