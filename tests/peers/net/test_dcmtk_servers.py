"""DCMTK's servers, with our clients."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram import net
from radiogram.net import sop_class

from tests.peers.net.instances import digests, uid_of
from tests.peers.net.ours import US, Kept, associated, serving
from tests.peers.net.servers import dcmqrscp, printer, storescp, worklist
from tests.programs import free_port

if TYPE_CHECKING:
    from pathlib import Path

FIND = {
    "P": sop_class.PatientRootQueryRetrieveInformationModelFind,
    "S": sop_class.StudyRootQueryRetrieveInformationModelFind,
}
GET = sop_class.StudyRootQueryRetrieveInformationModelGet
MOVE = sop_class.StudyRootQueryRetrieveInformationModelMove
CT = sop_class.CTImageStorage


def contexts_of(paths: list[Path]) -> list[tuple[str, str]]:
    """Give a class and a transfer syntax for each that is sent."""
    metas = [rg.read(path).file_meta for path in paths]
    return sorted({(str(one.MediaStorageSOPClassUID), str(one.TransferSyntaxUID)) for one in metas})


def asked(level: str, **keys: str) -> rg.Dataset:
    """Make a query."""
    query = rg.Dataset()
    query.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(query, keyword, value)
    return query


def found(answers: Any) -> tuple[list[rg.Dataset], int]:
    """Give the identifiers, and the last status."""
    identifiers, last = [], -1
    for status, identifier in answers:
        assert status, "the association is lost"
        last = status.Status
        if last in (0xFF00, 0xFF01):
            identifiers.append(identifier)
    return identifiers, last


def test_echo(tmp_path: Path) -> None:
    """C-ECHO, many times on one association."""
    with storescp(tmp_path) as (port, _), associated(port, [sop_class.Verification]) as assoc:
        assert [assoc.send_c_echo().Status for _ in range(50)] == [0] * 50


@pytest.mark.parametrize("how", ["path", "dataset"])
def test_store(how: str, native: list[Path], compressed: list[Path], tmp_path: Path) -> None:
    """Every transfer syntax goes as it is in the file; of a data set that was read too."""
    paths = [*native, *compressed]
    with storescp(tmp_path) as (port, received):
        with associated(port, contexts_of(paths)) as assoc:
            statuses = [
                assoc.send_c_store(str(path) if how == "path" else rg.read(path)).Status for path in paths
            ]
        assert statuses == [0] * len(paths)
        assert digests(received.iterdir()) == digests(paths)


@pytest.mark.parametrize("pdu", ["4096", "131072"])
def test_store_in_pdus_of_any_length(pdu: str, archive: list[Path], tmp_path: Path) -> None:
    """The peer says how long they may be."""
    with storescp(tmp_path, "-pdu", pdu) as (port, received):
        with associated(port, contexts_of(archive)) as assoc:
            assert {assoc.send_c_store(str(path)).Status for path in archive} == {0}
        assert digests(received.iterdir()) == digests(archive)


def test_store_what_is_deflated_to_an_odd_length(tmp_path: Path) -> None:
    """PS3.5 A.5: a NUL behind it; the peer ends the association over a fragment of an odd length."""
    path = get_testdata_file("image_dfl.dcm")
    with storescp(tmp_path) as (port, received):
        with associated(port, [(rg.read(path).SOPClassUID, "1.2.840.10008.1.2.1.99")]) as assoc:
            assert assoc.send_c_store(path).Status == 0
        (kept,) = received.iterdir()
        assert rg.read(kept) == rg.read(path)


class TestArchive:
    """dcmqrscp."""

    def test_find(self, archive: list[Path], tmp_path: Path) -> None:
        """Patients, studies, series and instances."""
        with (
            dcmqrscp(tmp_path, {}) as port,
            associated(port, [*contexts_of(archive), *FIND.values()]) as assoc,
        ):
            assert {assoc.send_c_store(str(path)).Status for path in archive} == {0}
            patients = found(assoc.send_c_find(asked("PATIENT", PatientName="D*", PatientID=""), FIND["P"]))
            assert ([str(one.PatientID) for one in patients[0]], patients[1]) == (["P1", "P2"], 0)
            query = asked("STUDY", PatientID="P1", StudyInstanceUID="", StudyDate="20200110-20200110")
            studies = found(assoc.send_c_find(query, FIND["S"]))
            assert ([str(one.StudyInstanceUID) for one in studies[0]], studies[1]) == (
                ["1.2.826.0.1.99.0"],
                0,
            )
            query = asked("SERIES", StudyInstanceUID="1.2.826.0.1.99.1", SeriesInstanceUID="", Modality="CT")
            assert len(found(assoc.send_c_find(query, FIND["S"]))[0]) == 2
            query = asked("STUDY", StudyInstanceUID="1.2.3")
            assert found(assoc.send_c_find(query, FIND["S"])) == ([], 0)

    def test_names_beyond_ascii(self, archive: list[Path], tmp_path: Path) -> None:
        """An ideographic name comes back as it was sent."""
        with dcmqrscp(tmp_path, {}) as port, associated(port, [*contexts_of(archive), FIND["P"]]) as assoc:
            assert {assoc.send_c_store(str(path)).Status for path in archive} == {0}
            query = asked("PATIENT", PatientID="P3", PatientName="")
            query.SpecificCharacterSet = "ISO_IR 192"
            ((one,), _) = found(assoc.send_c_find(query, FIND["P"]))
            assert str(one.PatientName) == "Müller^Jörg=山田^太郎"

    def test_get(self, archive: list[Path], tmp_path: Path) -> None:
        """Instances come on the same association, whose roles are turned round for them."""
        kept = Kept()
        wanted = [path for path in archive if path.parent.name.startswith("1-")]
        with dcmqrscp(tmp_path, {}) as port:
            with associated(port, contexts_of(archive)) as assoc:
                assert {assoc.send_c_store(str(path)).Status for path in archive} == {0}
            role = net.build_role(CT, scp_role=True)
            contexts = [GET, (CT, net.ALL_TRANSFER_SYNTAXES[1])]
            with associated(port, contexts, ext_neg=[role], evt_handlers=kept.handlers) as assoc:
                answers = list(assoc.send_c_get(asked("STUDY", StudyInstanceUID="1.2.826.0.1.99.1"), GET))
        last = answers[-1][0]
        assert (last.Status, last.NumberOfCompletedSuboperations) == (0, len(wanted))
        assert digests(kept.files.values()) == digests(wanted)

    def test_move(self, archive: list[Path], tmp_path: Path) -> None:
        """Instances come to our own server, by an association that the archive opens."""
        kept = Kept()
        wanted = [path for path in archive if path.parent.name.startswith("3-")]
        with (
            serving(kept.handlers) as ours,
            dcmqrscp(tmp_path, {US: ours}) as port,
            associated(port, [*contexts_of(archive), MOVE]) as assoc,
        ):
            assert {assoc.send_c_store(str(path)).Status for path in archive} == {0}
            query = asked("STUDY", StudyInstanceUID="1.2.826.0.1.99.3")
            answers = list(assoc.send_c_move(query, US, MOVE))
        assert answers[-1][0].Status == 0
        assert answers[-1][0].NumberOfCompletedSuboperations == len(wanted)
        assert digests(kept.files.values()) == digests(wanted)

    def test_move_to_nowhere(self, archive: list[Path], tmp_path: Path) -> None:
        """A801: a status, not an exception."""
        with (
            dcmqrscp(tmp_path, {"THIRD": free_port()}) as port,
            associated(port, [*contexts_of(archive), MOVE]) as assoc,
        ):
            assert assoc.send_c_store(str(archive[0])).Status == 0
            query = asked("STUDY", StudyInstanceUID="1.2.826.0.1.99.0")
            ((status, _),) = list(assoc.send_c_move(query, "NOBODY", MOVE))
            assert status.Status == 0xA801


def scheduled(number: int, name: str) -> rg.Dataset:
    """Make an item of a worklist."""
    step = rg.Dataset()
    step.Modality, step.ScheduledStationAETitle = "CT", "STATION"
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = "20200101", f"1{number}0000"
    step.ScheduledPerformingPhysicianName = "Who^Doctor"
    step.ScheduledProcedureStepDescription, step.ScheduledProcedureStepID = "Head", f"SPS{number}"
    item = rg.Dataset()
    item.SpecificCharacterSet = "ISO_IR 100"
    item.AccessionNumber, item.PatientName, item.PatientID = f"A{number}", name, f"P{number}"
    item.PatientBirthDate, item.PatientSex = "19600101", "O"
    item.StudyInstanceUID = f"1.2.826.0.1.98.{number}"
    item.RequestedProcedureDescription, item.RequestedProcedureID = "Head", f"RP{number}"
    item.ScheduledProcedureStepSequence = [step]
    return item


def test_worklist(tmp_path: Path) -> None:
    """wlmscpfs: items by a date within a sequence, and by a name."""
    model = sop_class.ModalityWorklistInformationFind
    items = [scheduled(number, name) for number, name in enumerate(["Doe^Jane", "Doe^John", "Roe^Jörg"])]
    files = [item.to_bytes(transfer_syntax="ExplicitVRLittleEndian") for item in items]
    with worklist(tmp_path, files) as port, associated(port, [model]) as assoc:
        step = rg.Dataset()
        step.Modality, step.ScheduledProcedureStepStartDate = "CT", "20200101"
        step.ScheduledProcedureStepStartTime = step.ScheduledProcedureStepID = ""
        query = rg.Dataset()
        query.PatientName = query.PatientID = query.AccessionNumber = ""
        query.ScheduledProcedureStepSequence = [step]
        answers, last = found(assoc.send_c_find(query, model))
        assert last == 0
        told = sorted(
            (str(one.PatientName), one.ScheduledProcedureStepSequence[0].ScheduledProcedureStepID)
            for one in answers
        )
        assert told == [("Doe^Jane", "SPS0"), ("Doe^John", "SPS1"), ("Roe^Jörg", "SPS2")]
        query.PatientName = "Doe^*"
        assert len(found(assoc.send_c_find(query, model))[0]) == 2


def test_print(native: list[Path], tmp_path: Path) -> None:
    """dcmprscp: a film session, a film box and an image box; set, printed and deleted."""
    meta = sop_class.BasicGrayscalePrintManagementMeta
    with printer(tmp_path) as port, associated(port, [meta]) as assoc:
        status, printers = assoc.send_n_get(
            [0x21100010, 0x21100020], sop_class.Printer, "1.2.840.10008.5.1.1.17", meta_uid=meta
        )
        assert (status.Status, printers.PrinterStatus) == (0, "NORMAL")
        session = rg.Dataset()
        session.NumberOfCopies, session.PrintPriority, session.MediumType = 1, "LOW", "PAPER"
        uid = str(rg.uid.generate_uid())
        status, _ = assoc.send_n_create(session, sop_class.BasicFilmSession, uid, meta_uid=meta)
        assert status.Status == 0
        reference = rg.Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = sop_class.BasicFilmSession, uid
        film = rg.Dataset()
        film.ImageDisplayFormat, film.FilmOrientation, film.FilmSizeID = (
            "STANDARD\\1,1",
            "PORTRAIT",
            "8INX10IN",
        )
        film.ReferencedFilmSessionSequence = [reference]
        box = str(rg.uid.generate_uid())
        status, made = assoc.send_n_create(film, sop_class.BasicFilmBox, box, meta_uid=meta)
        assert status.Status == 0
        place = made.ReferencedImageBoxSequence[0]
        source = rg.read(native[1])
        image = rg.Dataset()
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.Rows, image.Columns, image.PixelAspectRatio = source.Rows, source.Columns, [1, 1]
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
        image.PixelData = source.PixelData
        content = rg.Dataset()
        content.ImageBoxPosition, content.BasicGrayscaleImageSequence = 1, [image]
        status, _ = assoc.send_n_set(
            content, sop_class.BasicGrayscaleImageBox, place.ReferencedSOPInstanceUID, meta_uid=meta
        )
        assert status.Status == 0
        status, _ = assoc.send_n_action(None, 1, sop_class.BasicFilmBox, box, meta_uid=meta)
        assert status.Status in (0, 0xB603)
        assert assoc.send_n_delete(sop_class.BasicFilmBox, box, meta_uid=meta).Status == 0
        assert assoc.send_n_delete(sop_class.BasicFilmSession, uid, meta_uid=meta).Status == 0
    stored = [path for path in (tmp_path / "database").iterdir() if path.suffix == ".dcm"]
    assert any(rg.read(path).Rows == source.Rows for path in stored if "Rows" in rg.read(path)), stored


def test_many_at_once(archive: list[Path], tmp_path: Path) -> None:
    """Eight associations of one application, each in a thread of its own."""
    with storescp(tmp_path, "--fork") as (port, received):
        statuses: list[int] = []

        def send(share: list[Path]) -> None:
            with associated(port, contexts_of(share)) as assoc:
                statuses.extend(assoc.send_c_store(str(path)).Status for path in share)

        threads = [threading.Thread(target=send, args=(archive[first::8],)) for first in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert statuses == [0] * len(archive)
        assert digests(received.iterdir()) == digests(archive)
    assert {uid_of(path) for path in archive}
