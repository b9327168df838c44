"""pynetdicom uses our providers: worklist, steps of both kinds, print management, storage commitment, and their event reports."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.net import AE, services

pynetdicom = pytest.importorskip("pynetdicom")

from pydicom.dataset import Dataset  # noqa: E402
from pydicom.uid import generate_uid  # noqa: E402
from pynetdicom import evt  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

CT = "1.2.840.10008.5.1.4.1.1.2"


def of(**elements: Any) -> Any:
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def entry() -> rg.Dataset:
    steps = [rg.Dataset({"Modality": "CT", "ScheduledStationAETitle": title}) for title in ("CT1", "CT2")]
    return rg.Dataset({"PatientID": "X1", "ScheduledProcedureStepSequence": steps})


class Peer:
    """pynetdicom on the other side, and what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, Any]] = []
        self.came = threading.Condition()
        self.pages: list[services.Page] = []

    def hear(self, event: Any) -> tuple[int, None]:
        with self.came:
            information = event.event_information
            self.told.append((str(event.request.AffectedSOPClassUID), event.event_type, information))
            self.came.notify_all()
        return 0x0000, None

    def wait(self, sop_class: str, event_type: int, state: str | None = None) -> bool:
        def is_there() -> bool:
            return any(
                one == sop_class
                and kind == event_type
                and (state is None or said.get("ProcedureStepState") == state)
                for one, kind, said in self.told
            )

        with self.came:
            return self.came.wait_for(is_there, 60)


@pytest.fixture(scope="module")
def peer() -> Iterator[tuple[Peer, Any]]:
    """Give an association of pynetdicom with our providers."""
    made = Peer()
    listener, asker = pynetdicom.AE("PYNETDICOM"), pynetdicom.AE("PYNETDICOM")
    handlers = [(evt.EVT_N_EVENT_REPORT, made.hear)]
    for uid in (services.UnifiedSteps.contexts[3], services.Commitment.contexts[0]):
        listener.add_supported_context(uid, scu_role=True, scp_role=True)
    back = listener.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    place = {"PYNETDICOM": ("127.0.0.1", back.server_address[1])}
    together = services.Services(
        services.Worklist([entry()]),
        services.PerformedSteps(strict=False),
        services.UnifiedSteps(strict=False, peers=place),
        services.Printing(made.pages.append, dots=20),
        services.Commitment(lambda pairs: [0 if uid == "1.2.3" else 0x0112 for _, uid in pairs], peers=place),
    )
    entity = AE("PROVIDER")
    for uid in together.contexts:
        entity.add_supported_context(uid, scu_role=True, scp_role=True)
        asker.add_requested_context(uid)
    with (
        together,
        entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=together.handlers()) as server,
    ):
        association = asker.associate("127.0.0.1", server.address[1], evt_handlers=handlers)
        assert association.is_established
        yield made, association
        association.release()
    back.shutdown()


def test_a_worklist(peer: tuple[Peer, Any]) -> None:
    query = of(PatientID="X*", ScheduledProcedureStepSequence=[of(Modality="CT", ScheduledStationAETitle="")])
    found = list(peer[1].send_c_find(query, services.Worklist.contexts[0]))
    titles = [one.ScheduledProcedureStepSequence[0].ScheduledStationAETitle for _, one in found[:-1]]
    assert ([status.Status for status, _ in found], titles) == ([0xFF00, 0xFF00, 0x0000], ["CT1", "CT2"])


def test_performed_procedure_steps(peer: tuple[Peer, Any]) -> None:
    told, association = peer
    create, retrieve, notification = services.PerformedSteps.contexts
    uid = generate_uid()
    step = of(PerformedProcedureStepStatus="IN PROGRESS", PatientName="Doe^Jane")
    assert association.send_n_create(step, create, uid)[0].Status == 0
    done = of(PerformedProcedureStepStatus="COMPLETED")
    assert association.send_n_set(done, create, uid)[0].Status == 0
    status, _ = association.send_n_set(done, create, uid)
    assert (status.Status, status.ErrorID) == (0x0110, 0xA710)
    status, found = association.send_n_get([0x00400252], create, uid, meta_uid=retrieve)
    assert (status.Status, found.PerformedProcedureStepStatus) == (0, "COMPLETED")
    assert told.wait(notification, 2)


def test_unified_procedure_steps(peer: tuple[Peer, Any]) -> None:
    told, association = peer
    push, watch, pull, _, _ = services.UnifiedSteps.contexts
    subscribed = of(ReceivingAE="PYNETDICOM", DeletionLock="FALSE")
    assert (
        association.send_n_action(subscribed, 3, push, "1.2.840.10008.5.1.4.34.5", meta_uid=watch)[0].Status
        == 0
    )
    uid = generate_uid()
    step = of(ProcedureStepState="SCHEDULED", InputReadinessState="READY", TransactionUID="")
    assert association.send_n_create(step, push, uid)[0].Status == 0

    def change(state: str, lock: str) -> int:
        asked = of(ProcedureStepState=state, TransactionUID=lock)
        return int(association.send_n_action(asked, 1, push, uid, meta_uid=pull)[0].Status)

    changes = [
        ("IN PROGRESS", "1.5"),
        ("IN PROGRESS", "1.6"),
        ("COMPLETED", "1.6"),
        ("COMPLETED", "1.5"),
        ("COMPLETED", "1.5"),
    ]
    assert [change(*one) for one in changes] == [0x0000, 0xC302, 0xC301, 0x0000, 0xB306]
    assert all(told.wait(push, 1, state) for state in ("SCHEDULED", "IN PROGRESS", "COMPLETED"))


def test_printing(peer: tuple[Peer, Any]) -> None:
    told, association = peer
    meta, session_class, film_class, box_class, _, _, job_class, *_ = (
        services.Printing.contexts[0],
        *services.Printing.classes,
    )
    session, film = generate_uid(), generate_uid()
    assert (
        association.send_n_create(of(NumberOfCopies="1"), session_class, session, meta_uid=meta)[0].Status
        == 0
    )
    belongs = of(ReferencedSOPClassUID=session_class, ReferencedSOPInstanceUID=session)
    box = of(
        ImageDisplayFormat="STANDARD\\1,1", FilmSizeID="8INX10IN", ReferencedFilmSessionSequence=[belongs]
    )
    status, made = association.send_n_create(box, film_class, film, meta_uid=meta)
    assert status.Status == 0
    image = of(
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        Rows=8,
        Columns=8,
        BitsAllocated=8,
        BitsStored=8,
    )
    image.HighBit, image.PixelRepresentation, image.PixelData = 7, 0, b"\xff" * 64
    changes = of(ImageBoxPosition=1, BasicGrayscaleImageSequence=[image])
    place = made.ReferencedImageBoxSequence[0].ReferencedSOPInstanceUID
    assert association.send_n_set(changes, box_class, place, meta_uid=meta)[0].Status == 0
    status, made = association.send_n_action(None, 1, film_class, film, meta_uid=meta)
    assert (status.Status, len(made.ReferencedPrintJobSequence)) == (0, 1)
    assert told.wait(job_class, 3)
    assert told.pages[0].array.max() == 65535
    assert association.send_n_delete(session_class, session, meta_uid=meta).Status == 0


@pytest.mark.parametrize(("instance", "event_type"), [("1.2.3", 1), ("1.2.4", 2)])
def test_commitment(peer: tuple[Peer, Any], instance: str, event_type: int) -> None:
    told, association = peer
    (uid,) = services.Commitment.contexts
    asked = of(
        TransactionUID=generate_uid(),
        ReferencedSOPSequence=[of(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID=instance)],
    )
    assert association.send_n_action(asked, 1, uid, "1.2.840.10008.1.20.1.1")[0].Status == 0
    assert told.wait(uid, event_type)
