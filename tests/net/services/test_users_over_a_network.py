"""The user's side of services of few messages, with their providers, over real associations; and what is reported to users."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.net import AE, build_context
from radiogram.net.services import (
    DisplaySystem,
    MachineVerification,
    MediaCreation,
    ObjectQueries,
    PatientInformation,
    PerformedSteps,
    Printing,
    RefusedError,
    Reports,
    UnifiedSteps,
    Verification,
    display_system,
    find,
    mpps,
    print_user,
    push,
    uids,
    ups_user,
)
from radiogram.net.services.media import cancel_media, media_status, request_media
from radiogram.net.services.objects import models, patient_information
from radiogram.net.services.printing import PRINTER
from radiogram.net.services.rules import rules
from radiogram.net.services.subscriptions import GLOBAL

from .test_over_a_network import called, served
from .test_ups import new_step

JOB = uids("PrintJob")[0]


def test_a_display_system_says_what_is_asked_for() -> None:
    described = rg.Dataset({"Manufacturer": "radiogram", "EquipmentAdministratorSequence": []})
    with (
        served(DisplaySystem(lambda: described)) as server,
        called(server, *DisplaySystem.contexts) as association,
    ):
        assert display_system(association) == described
        assert display_system(association, "Manufacturer") == rg.Dataset({"Manufacturer": "radiogram"})


@pytest.mark.parametrize("ion", [False, True])
def test_a_machine_verifies_a_beam_and_says_so(*, ion: bool) -> None:
    def verify(ds: rg.Dataset) -> rg.Dataset:
        name = ds.GeneralMachineVerificationSequence[0].BeamName
        status = "VERIFIED" if name == "A" else "NOT_VERIFIED"
        return rg.Dataset({"TreatmentVerificationStatus": status, "FailedAttributesSequence": []})

    hears = Reports()
    admit = lambda ds: 0xC227 if ds.get("PatientID") == "NOBODY" else 0  # noqa: E731
    with (
        served(MachineVerification(verify, admit=admit)) as server,
        called(server, MachineVerification.contexts[ion], evt_handlers=hears.handlers()) as association,
    ):
        plan = ("1.2.840.10008.5.1.4.1.1.481.8" if ion else "1.2.840.10008.5.1.4.1.1.481.5", "1.2.3")
        with pytest.raises(RefusedError) as refused:
            Verification(association, plan, "NOBODY", ion=ion)
        assert refused.value.status == 0xC227
        with pytest.raises(RefusedError, match="TreatmentVerificationStatus is not allowed"):
            Verification(association, plan, "X", ion=ion, TreatmentVerificationStatus="VERIFIED")
        going = Verification(association, plan, "X1", ion=ion, ReferencedFractionGroupNumber=1)
        for name, expected in (("B", "NOT_VERIFIED"), ("A", "VERIFIED")):
            beam = rg.Dataset({"BeamName": name, "ReferencedBeamNumber": 1})
            going.set_beam(rg.Dataset({"GeneralMachineVerificationSequence": [beam]}))
            going.verify()
            told = hears.wait(
                going.instance,
                2,
                timeout=20,
                where=lambda said, expected=expected: said.TreatmentVerificationStatus == expected,
            )
            assert told is not None
            assert going.result("TreatmentVerificationStatus").TreatmentVerificationStatus == expected
        with pytest.raises(RefusedError, match="PatientID is not allowed"):
            going.set_beam(rg.Dataset({"PatientID": "X2"}))
        going.close()
        with pytest.raises(RefusedError) as refused:
            going.verify()
        assert refused.value.status == 0xC112
    assert [one.event_type for one in hears.all(going.instance)] == [1, 2, 1, 2]


def test_media_are_asked_for_followed_and_cancelled() -> None:
    go_on = threading.Event()

    def write(request: rg.Dataset, copies: int) -> rg.Dataset:
        assert go_on.wait(20)
        medium = rg.Dataset({"StorageMediaFileSetID": "DISC", "StorageMediaFileSetUID": "1.2.9"})
        made = rg.Dataset(
            {"TotalNumberOfPiecesOfMediaCreated": copies, "ReferencedStorageMediaSequence": [medium]}
        )
        if request.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == "1.4":
            made.FailedSOPSequence = [
                rg.Dataset(
                    {
                        "ReferencedSOPClassUID": "1.2",
                        "ReferencedSOPInstanceUID": "1.4",
                        "FailureReason": 0x0112,
                    }
                )
            ]
            made.ExecutionStatusInfo = "NO_INSTANCE"
        return made

    provider = MediaCreation(write)
    with served(provider) as server, called(server, *MediaCreation.contexts) as association:
        done = request_media(association, [("1.2", "1.3")], copies=2, profile="STD-GEN-CD")
        broken = request_media(association, [("1.2", "1.4")])
        waiting = request_media(association, [("1.2", "1.5")])
        cancel_media(association, waiting)
        with pytest.raises(RefusedError):
            media_status(association, waiting)
        go_on.set()
        provider.close()
        found = media_status(association, done)
        assert (found.ExecutionStatus, found.TotalNumberOfPiecesOfMediaCreated) == ("DONE", 2)
        assert found.ReferencedStorageMediaSequence[0].StorageMediaFileSetID == "DISC"
        found = media_status(association, broken)
        assert (found.ExecutionStatus, found.ExecutionStatusInfo) == ("FAILURE", "NO_INSTANCE")
        assert found.FailedSOPSequence[0].FailureReason == 0x0112
        with pytest.raises(RefusedError) as refused:
            cancel_media(association, done)
        assert refused.value.status == 0xC201


def test_information_about_one_patient() -> None:
    asked: list[str] = []

    def look(_query: rg.Dataset, template: str) -> list[rg.Dataset]:
        asked.append(template)
        document = {"PatientName": "Doe^Jane", "ValueType": "CONTAINER"}
        return [rg.Dataset({"PatientID": uid, **document}) for uid in ("X1", "X2", "X2")]

    with (
        served(PatientInformation(look)) as server,
        called(server, *PatientInformation.contexts) as association,
    ):
        found = patient_information(association, "X1", "9007")
        assert found is not None
        assert (found.PatientName, found.ValueType) == ("Doe^Jane", "CONTAINER")
        cardiac = "CardiacRelevantPatientInformationQuery"
        assert patient_information(association, "X3", model=cardiac) is None
        with pytest.raises(RefusedError) as refused:
            patient_information(association, "X2")
        assert refused.value.status == 0xC100
    assert asked == ["9007", "", ""]


def test_every_model_of_one_level_is_asked_over_a_network() -> None:
    names = [name for name in models() if name != "RelevantPatientInformation"]
    held = [
        rg.Dataset({"SOPClassUID": "1.2", "SOPInstanceUID": f"1.3.{n}", "ContentLabel": "L"}) for n in (1, 2)
    ]
    provider = ObjectQueries(held, *names)
    finds = [
        uid
        for uid in provider.contexts
        if "GET" not in rg.SOPClass(uid).name and "MOVE" not in rg.SOPClass(uid).name
    ]
    with served(provider) as server, called(server, *finds) as association:
        for uid in finds:
            query = rg.Dataset({"SOPInstanceUID": "1.3.2", "ContentLabel": None})
            assert [ds.ContentLabel for ds in find(association, query, uid)] == ["L"], uid
    assert len(finds) == len(names)


# -- unified procedure steps -------------------------------------------------------------------------------------


def test_who_watches_steps_hears_of_those_that_match() -> None:
    push_class, watch, pull, event, _ = UnifiedSteps.contexts
    hears = {name: Reports("UnifiedProcedureStepEvent") for name in ("ALL", "SOME")}
    servers, peers = [], {}
    for name, reports in hears.items():
        entity = AE(ae_title=name)
        entity.add_supported_context(event, scu_role=True, scp_role=True)
        servers.append(entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=reports.handlers()))
        peers[name] = ("127.0.0.1", servers[-1].address[1])
    provider = UnifiedSteps(peers=peers)
    with served(provider) as server, called(server, push_class, watch, pull) as association:
        assert ups_user.subscribe(association, "ALL", lock=True) == 0
        ups_user.subscribe(association, "SOME", keys=rg.Dataset({"ProcedureStepLabel": "SEG*"}))
        with pytest.raises(RefusedError) as refused:
            ups_user.subscribe(association, "NOBODY")
        assert refused.value.status == 0xC308
        other, segment = new_step(), new_step()
        other.ProcedureStepLabel, segment.ProcedureStepLabel = "READING", "SEGMENTATION"
        first, second = push(association, other), push(association, segment)
        assert (
            ups_user.get_step(association, second, "ProcedureStepLabel").ProcedureStepLabel == "SEGMENTATION"
        )
        assert hears["ALL"].wait(second, 1, timeout=20) is not None
        assert hears["SOME"].wait(second, 1, timeout=20) is not None
        provider.events.status_changed("GOING DOWN")
        told = hears["SOME"].wait(GLOBAL, 4, timeout=20)
        assert told is not None
        assert (told.information.SCPStatus, told.information.SubscriptionListStatus) == (
            "GOING DOWN",
            "WARM START",
        )
        ups_user.suspend(association, "ALL")
        third = push(association, new_step())
        ups_user.unsubscribe(association, "SOME")
        ups_user.request_cancel(association, second, "not needed")
        assert hears["ALL"].wait(second, 1, timeout=20, where=lambda ds: ds.ProcedureStepState == "CANCELED")
    for one in servers:
        one.shutdown()
    assert hears["SOME"].all(first) == hears["ALL"].all(third) == []
    assert not [one for one in hears["SOME"].all(second) if one.information.ProcedureStepState == "CANCELED"]


def test_notifications_of_performed_steps_are_heard() -> None:
    create, _, notification = PerformedSteps.contexts
    hears = Reports()
    with (
        served(PerformedSteps(strict=False)) as server,
        called(server, notification, evt_handlers=hears.handlers()),
        called(server, create) as association,
    ):
        uid = mpps.create(association, rg.Dataset())
        mpps.discontinue(association, uid, rg.Dataset())
        assert hears.wait(uid, 3, timeout=20) is not None
    assert [one.event_type for one in hears.all(uid)] == [1, 3]


# -- printing ----------------------------------------------------------------------------------------------------


def test_texts_and_presentation_luts_are_printed() -> None:
    pages: list[Any] = []
    hears, stranger = Reports(), Reports()
    printing = Printing(pages.append, dots=20)
    classes = uids("BasicGrayscalePrintManagementMeta", "PresentationLUT", "BasicAnnotationBox", "PrintJob")
    with (
        served(printing) as server,
        called(server, *classes, title="OTHER", evt_handlers=stranger.handlers()),
        called(server, *classes, evt_handlers=hears.handlers()) as association,
    ):
        session = print_user.FilmSession(association, FilmSessionLabel="CHEST")
        inverse = session.presentation_lut(table=np.arange(255, -1, -1) * 257)
        dense = session.presentation_lut("LIN OD")
        item = print_user.image_item(np.full((8, 8), 128, np.uint8))
        film = {"FilmSizeID": "8INX10IN", "AnnotationDisplayFormatID": "LABEL"}
        (job,) = session.film([item], lut=inverse, annotations={1: "LEFT", 3: "Müller"}, **film)
        assert hears.wait(job, 3, timeout=20) is not None
        assert print_user.job_status(association, job).ExecutionStatus == "DONE"
        (second,) = session.film([item], lut=dense, **film)
        assert hears.wait(second, 3, timeout=20) is not None
        with pytest.raises(RefusedError, match="no such presentation LUT"):
            list(session.film([item], lut="1.2.3", **film))
        with pytest.raises(RefusedError, match="no annotation box 7"):
            list(session.film([item], annotations={7: "X"}, **film))
        with pytest.raises(RefusedError, match="none of printing"):
            session.presentation_lut("ROUND")
        session.close()
    assert [text for _, text in pages[0].annotations][:3] == ["LEFT", "", "Müller"]
    assert pages[0].array[100, 80] == 127 * 257
    assert 1900 < pages[1].array[100, 80] < 2100, "half of three densities"
    assert [one.event_type for one in hears.all(job)] == [2, 3]
    assert hears.all(job)[-1].information.FilmSessionLabel == "CHEST"
    assert stranger.all() == [], "a print job is nobody else's business"


def test_the_printer_says_what_it_can_do_and_how_it_is() -> None:
    hears = Reports()
    printing = Printing(name="LASER")
    classes = uids("BasicGrayscalePrintManagementMeta", "PrinterConfigurationRetrieval", "Printer")
    with served(printing) as server, called(server, *classes, evt_handlers=hears.handlers()) as association:
        found = print_user.printer_configuration(association)
        assert found.PrinterName == "LASER"
        printing.change_status("WARNING", "SUPPLY LOW")
        assert hears.wait(PRINTER, 2, timeout=20) is not None
        assert print_user.printer_status(association).PrinterStatusInfo == "SUPPLY LOW"
    owed = [
        path.split("/")
        for path, _, kind, _ in rules("PrinterConfigurationRetrieval", "N-GET")
        if kind in ("M", "MC")
    ]
    for _, *path in owed[1:]:
        items = [found]
        for keyword in path[:-1]:
            items = [one for item in items for one in item[keyword].value]
        assert items
        assert all(path[-1] in item and item[path[-1]].value not in (None, "", []) for item in items), path


def test_what_print_management_has_no_longer_is_refused() -> None:
    gone = uids(
        "ReferencedGrayscalePrintManagementMeta",
        "ReferencedColorPrintManagementMeta",
        "PullStoredPrintManagementMeta",
        "VOILUTBox",
        "ImageOverlayBox",
        "BasicPrintImageOverlayBox",
        "ReferencedImageBox",
        "PrintQueueManagement",
        "PullPrintRequest",
    )
    meta = Printing.contexts[0]
    with served(Printing()) as server:
        proposed = [build_context(uid) for uid in (*gone, meta)]
        with AE("SCU").associate(*server.address[:2], contexts=proposed) as association:
            assert [str(one.abstract_syntax) for one in association.accepted_contexts] == [meta]
            assert {one.result for one in association.rejected_contexts} == {3}, (
                "abstract syntax not supported"
            )
            for uid in gone:
                status, _ = association.send_n_create(
                    rg.Dataset({"PatientID": "X"}), uid, "1.2.3", meta_uid=meta
                )
                assert status.Status == 0x0122, uid
