"""Every service with both sides over real associations."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.net import AE, build_context, build_role, services
from radiogram.net import evt as events
from radiogram.net.services import mpps, print_user, ups_user
from radiogram.net.services.listeners import Listeners
from radiogram.net.services.query import Found

from .test_mpps import ending, fill
from .test_printing import JOB
from .test_ups import new_step, performed
from .test_worklist import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

STUDY_FIND, STUDY_MOVE, STUDY_GET = services.uids(
    *(f"StudyRootQueryRetrieveInformationModel{kind}" for kind in ("Find", "Move", "Get"))
)
CT = "1.2.840.10008.5.1.4.1.1.2"


@contextmanager
def served(*providers: services.Provider, title: str = "SCP", **options: Any) -> Iterator[Any]:
    """Give a server of some providers."""
    together = services.Services(*providers)
    entity = AE(ae_title=title)
    for uid in (*together.contexts, CT):
        entity.add_supported_context(uid, scu_role=True, scp_role=True)
    with (
        together,
        entity.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=together.handlers(), **options
        ) as server,
    ):
        yield server


@contextmanager
def called(server: Any, *contexts: str, title: str = "SCU", **options: Any) -> Iterator[Any]:
    """Give an association with a server."""
    proposed = [build_context(uid) for uid in contexts]
    with AE(ae_title=title).associate(*server.address[:2], contexts=proposed, **options) as association:
        assert association.is_established, association.error
        yield association


def test_a_worklist() -> None:
    with (
        served(services.Worklist(entries())) as server,
        called(server, services.Worklist.contexts[0]) as association,
    ):
        found = list(services.find_worklist(association, ScheduledStationAETitle="CT2", PatientID="X*"))
    assert [(ds.PatientID, ds.PatientName) for ds in found] == [("X1", "Doe^Jane")]
    assert found[0].ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartTime == "1930"


def test_performed_procedure_steps_and_their_notification() -> None:
    told: list[tuple[int, str]] = []
    came = threading.Event()

    def hear(event: Any) -> tuple[int, None]:
        told.append((event.event_type, str(event.request.AffectedSOPInstanceUID)))
        if event.event_type == 2:
            came.set()
        return 0x0000, None

    step = fill("ModalityPerformedProcedureStep", "N-CREATE")
    step.PerformedSeriesSequence, step.PerformedProcedureStepEndDate = [], None
    create, retrieve, notification = services.PerformedSteps.contexts
    handlers = [(events.EVT_N_EVENT_REPORT, hear)]
    with (
        served(services.PerformedSteps()) as server,
        called(server, notification, evt_handlers=handlers),
        called(server, create, retrieve) as association,
    ):
        step.PerformedProcedureStepStatus = "IN PROGRESS"
        uid = mpps.create(association, step)
        with pytest.raises(services.RefusedError, match="PerformedProcedureStepEndDate"):
            mpps.complete(association, uid, rg.Dataset())
        mpps.complete(association, uid, ending())
        assert (
            mpps.get_step(association, uid, "PerformedProcedureStepStatus").PerformedProcedureStepStatus
            == "COMPLETED"
        )
        assert came.wait(60)
    assert told == [(1, uid), (2, uid)]


@pytest.mark.parametrize("same", [True, False])
def test_commitment_over_the_same_association_and_a_new_one(*, same: bool) -> None:
    results = services.Commitments()
    handlers = services.Services(results).handlers()
    uid = services.Commitment.contexts[0]
    listening = AE(ae_title="SCU")
    listening.add_supported_context(uid, scu_role=True, scp_role=True)
    with listening.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers) as back:
        peers = {"SCU": ("127.0.0.1", back.address[1])}
        provider = services.Commitment(lambda _pairs: [0, 0x0112], peers=peers, same_association=same)
        with served(provider) as server, called(server, uid, evt_handlers=handlers) as association:
            transaction = services.request_commitment(association, [("1.2", "1.3"), ("1.2", "1.4")])
            found = results.wait(transaction, timeout=60)
    assert found is not None
    assert (found.held, found.failed) == ((("1.2", "1.3"),), (("1.2", "1.4", 0x0112),))


def test_unified_procedure_steps_and_who_watches_them() -> None:
    told: list[tuple[int, str]] = []
    came = threading.Event()

    def hear(event: Any) -> tuple[int, None]:
        told.append((event.event_type, str(event.event_information.get("ProcedureStepState"))))
        if told[-1] == (1, "COMPLETED"):
            came.set()
        return 0x0000, None

    push, watch, pull, event, _ = services.UnifiedSteps.contexts
    watcher = AE(ae_title="WATCHER")
    watcher.add_supported_context(event, scu_role=True, scp_role=True)
    with watcher.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(events.EVT_N_EVENT_REPORT, hear)]
    ) as back:
        provider = services.UnifiedSteps(peers={"WATCHER": ("127.0.0.1", back.address[1])})
        with served(provider) as server, called(server, push, watch, pull) as association:
            ups_user.subscribe(association, "WATCHER")
            uid = services.push(association, new_step())
            assert [
                str(ds.SOPInstanceUID)
                for ds in services.find_steps(
                    association, ProcedureStepState="SCHEDULED", SOPInstanceUID=None
                )
            ] == [uid]
            claim = services.Claim(association, uid)
            with pytest.raises(services.RefusedError, match="already IN PROGRESS"):
                services.Claim(association, uid)
            with pytest.raises(services.RefusedError, match="final state"):
                claim.complete()
            claim.update(performed())
            claim.complete()
            assert ups_user.request_cancel.__name__
            with pytest.raises(services.RefusedError) as refused:
                ups_user.request_cancel(association, uid)
            assert refused.value.status == 0xC311
            assert came.wait(60)
    assert told == [(1, "SCHEDULED"), (1, "IN PROGRESS"), (1, "COMPLETED")]


def test_printing() -> None:
    pages: list[services.Page] = []
    done = threading.Event()

    def hear(event: Any) -> tuple[int, None]:
        if event.event_type == 3:
            done.set()
        return 0x0000, None

    grey = services.Printing.contexts[0]
    handlers = [(events.EVT_N_EVENT_REPORT, hear)]
    with (
        served(services.Printing(pages.append, dots=20)) as server,
        called(server, grey, JOB, evt_handlers=handlers) as association,
    ):
        session = print_user.FilmSession(association, NumberOfCopies="1")
        items = [print_user.image_item(np.full((10, 10), value, np.uint8)) for value in (255, 0, 255)]
        jobs = list(session.film(items, "STANDARD\\2,1", FilmSizeID="8INX10IN"))
        assert len(jobs) == 2
        assert print_user.printer_status(association).PrinterStatus == "NORMAL"
        assert done.wait(60)
        session.close()
    assert [page.array.shape for page in pages] == [(200, 160)] * 2
    assert (pages[0].array[100, 40], pages[0].array[100, 120], pages[1].array[100, 40]) == (65535, 0, 65535)


class Files:
    """A store of one file."""

    path = str(get_testdata_file("CT_small.dcm"))

    def candidates(self, _level: str, _query: rg.Dataset, _agreed: Any) -> list[rg.Dataset]:
        return [rg.read(self.path)]

    def instances(self, _level: str, _query: rg.Dataset) -> list[Found]:
        ds = rg.read(self.path)
        return [Found(self.path, str(ds.SOPClassUID), str(ds.SOPInstanceUID))]


def test_queries_and_retrievals() -> None:
    came: list[str] = []

    def take(event: Any) -> int:
        came.append(event.dataset.to_json())
        return 0x0000

    ct = rg.read(Files.path)
    third = AE(ae_title="THIRD")
    third.add_supported_context(CT)
    with third.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(events.EVT_C_STORE, take)]
    ) as other:
        provider = services.QueryRetrieve(
            Files(), title="ARCHIVE", destinations={"THIRD": ("127.0.0.1", other.address[1])}
        )
        with served(provider) as server:
            options: dict[str, Any] = {
                "ext_neg": [build_role(CT, scp_role=True)],
                "evt_handlers": [(events.EVT_C_STORE, take)],
            }
            with called(server, STUDY_FIND, STUDY_MOVE, STUDY_GET, CT, **options) as association:
                query = services.identifier("STUDY", PatientName="COMP*")
                assert [str(ds.PatientID) for ds in services.find(association, query, STUDY_FIND)] == ["1CT1"]
                with pytest.raises(services.RefusedError, match="StudyInstanceUID is missing"):
                    list(services.find(association, services.identifier("SERIES"), STUDY_FIND))
                wanted = rg.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ct.StudyInstanceUID})
                *_, (status, _) = association.send_c_get(wanted, STUDY_GET)
                assert (status.Status, status.NumberOfCompletedSuboperations) == (0, 1)
                *_, (status, _) = association.send_c_move(wanted, "THIRD", STUDY_MOVE)
                assert (status.Status, status.NumberOfCompletedSuboperations) == (0, 1)
                *_, (status, _) = association.send_c_move(wanted, "NOBODY", STUDY_MOVE)
                assert status.Status == 0xA801
                *_, (status, _) = association.send_c_get(
                    rg.Dataset({"QueryRetrieveLevel": "STUDY"}), STUDY_GET
                )
                assert (status.Status, status.ErrorComment) == (
                    0xA900,
                    "the unique key StudyInstanceUID is missing",
                )
    assert came == [ct.to_json()] * 2


def test_nobody_listens_to_what_is_over() -> None:
    listeners = Listeners(CT)
    listeners.tell(None, 1, CT, "1.2")
    listeners.close()
    assert len(listeners) == 0
