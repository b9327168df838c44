"""Services of few messages: availability, event logs, media, machines, models of one level."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import radiogram as rg
from pydicom.data import get_testdata_file
from radiogram.net.services import (
    AvailabilityNotices,
    DisplaySystem,
    EventLog,
    MachineVerification,
    MediaCreation,
    ObjectQueries,
    PatientInformation,
    RefusedError,
    uids,
)
from radiogram.net.services.machines import DISPLAY
from radiogram.net.services.notices import log_event, log_substance, notify_availability
from radiogram.net.services.objects import models

from .fakes import Asked, Association
from .test_mpps import fill
from .test_over_a_network import called, served


def test_notices_and_logs_over_a_network() -> None:
    notices: list[tuple[str, rg.Dataset]] = []
    logged: list[str] = []

    def take(kind: str, _entry: rg.Dataset) -> int | None:
        logged.append(kind)
        return 0xB101 if kind == "procedure" else None

    substance = fill("SubstanceAdministrationLogging", "N-ACTION")
    substance.PatientID, substance.ProductName = "X1", "Gadolinium"
    with (
        served(AvailabilityNotices(lambda uid, ds: notices.append((uid, ds))), EventLog(take)) as server,
        called(server, *AvailabilityNotices.contexts, *EventLog.contexts) as association,
    ):
        uid = notify_availability(association, "1.1", {"1.2": [("1.3", "1.4")]}, title="ARCHIVE")
        reply = log_event(association, rg.Dataset(fill("ProceduralEventLogging", "N-ACTION")))
        log_substance(association, substance)
        with pytest.raises(RefusedError, match="is missing"):
            log_substance(association, rg.Dataset({"PatientName": None}))
    assert (notices[0][0], notices[0][1].StudyInstanceUID) == (uid, "1.1")
    assert reply is not None
    assert "StudyInstanceUID" in reply
    assert logged == ["procedure", "substance"]


def test_a_substance_needs_its_product_and_its_patient() -> None:
    asked = Asked(EventLog(lambda _kind, _entry: None))
    entry = fill("SubstanceAdministrationLogging", "N-ACTION")
    sop_class = EventLog.contexts[1]
    given = {"action_type": 1, "action_information": entry}
    assert asked.status("n_action", sop_class, "1.2.840.10008.1.42.1", **given) == 0x0120
    assert asked.status("n_action", sop_class, "1.2.3", **given) == 0x0112
    entry.AdmissionID, entry.ProductPackageIdentifier = "A", "P"
    assert asked.status("n_action", sop_class, "1.2.840.10008.1.42.1", **given) == 0


def request() -> rg.Dataset:
    item = rg.Dataset(
        {
            "ReferencedSOPClassUID": "1.2",
            "ReferencedSOPInstanceUID": "1.3",
            "RequestedMediaApplicationProfile": "STD-GEN-CD",
        }
    )
    return rg.Dataset({"ReferencedSOPSequence": [item]})


def test_media_are_created_once() -> None:
    going, go_on = threading.Event(), threading.Event()

    def write(_request: rg.Dataset, copies: int) -> int:
        going.set()
        go_on.wait(60)
        return copies

    provider = MediaCreation(write)
    asked, (sop_class,) = Asked(provider), MediaCreation.contexts
    assert asked.status("n_create", sop_class, "1.9", attribute_list=rg.Dataset()) == 0x0120
    assert asked.status("n_create", sop_class, "1.9", attribute_list=request()) == 0
    start = {"action_type": 1, "action_information": rg.Dataset({"NumberOfCopies": "3"})}
    assert asked.status("n_action", sop_class, "1.9", **start) == 0
    assert going.wait(60)
    assert asked.status("n_action", sop_class, "1.9", **start) == 0xA510
    assert asked.status("n_action", sop_class, "1.9", action_type=2) == 0xC202
    go_on.set()
    provider.close()
    _, found = asked.ask("n_get", sop_class, "1.9", attribute_identifiers=[])
    assert (found.ExecutionStatus, found.TotalNumberOfPiecesOfMediaCreated) == ("DONE", 3)
    # PS3.4 table S.3.2.4.4-1: of what it does not have it warns by a status of its own.
    asks = {"attribute_identifiers": [0x22000020, 0x00100010]}
    assert asked.status("n_get", sop_class, "1.9", **asks) == 0x0001
    assert asked.status("n_action", sop_class, "1.9", action_type=2) == 0xC201
    asked.ask("n_create", sop_class, "1.8", attribute_list=request())
    assert asked.status("n_action", sop_class, "1.8", action_type=2) == 0
    assert asked.status("n_get", sop_class, "1.8", attribute_identifiers=[]) == 0x0112


def test_media_that_cannot_be_created() -> None:
    provider = MediaCreation(lambda _request, _copies: 1 // 0)
    asked, (sop_class,) = Asked(provider), MediaCreation.contexts
    asked.ask("n_create", sop_class, "1.9", attribute_list=request())
    asked.ask("n_action", sop_class, "1.9", action_type=1, action_information=rg.Dataset())
    provider.close()
    assert provider.shelf.get("1.9").ExecutionStatus == "FAILURE"


@pytest.mark.parametrize("copies", ["many", "0", "-1", ["1", "2"]])
def test_a_number_of_copies_that_is_none_leaves_the_request_as_it_is(copies: object) -> None:
    made: list[int] = []

    def write(_request: rg.Dataset, count: int) -> int:
        made.append(count)
        return count

    provider = MediaCreation(write)
    asked, (sop_class,) = Asked(provider), MediaCreation.contexts
    asked.ask("n_create", sop_class, "1.9", attribute_list=request())
    wrong = rg.Dataset()
    wrong.add_new("NumberOfCopies", "LO", copies)
    assert asked.status("n_action", sop_class, "1.9", action_type=1, action_information=wrong) == 0x0115
    assert provider.shelf.get("1.9").ExecutionStatus == "IDLE"
    assert asked.status("n_action", sop_class, "1.9", action_type=1, action_information=rg.Dataset()) == 0
    provider.close()
    assert made == [1]


def test_a_request_that_is_cancelled_and_made_anew_is_not_begun_by_the_first_one() -> None:
    made: list[str] = []
    going = threading.Event()

    def write(request: rg.Dataset, copies: int) -> int:
        made.append(str(request.ReferencedSOPSequence[0].ReferencedSOPInstanceUID))
        going.wait(60)
        return copies

    provider = MediaCreation(write)
    asked, (sop_class,) = Asked(provider), MediaCreation.contexts
    start = {"action_type": 1, "action_information": rg.Dataset()}
    for uid in ("1.8", "1.9"):
        asked.ask("n_create", sop_class, uid, attribute_list=request())
        assert asked.status("n_action", sop_class, uid, **start) == 0
    assert asked.status("n_action", sop_class, "1.9", action_type=2) == 0
    assert asked.status("n_create", sop_class, "1.9", attribute_list=request()) == 0
    going.set()
    provider.close()
    assert len(made) == 1
    assert provider.shelf.get("1.9").ExecutionStatus == "IDLE"


def test_what_writes_media_and_does_not_say_how_many_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    provider = MediaCreation(lambda _request, _copies: None)  # type: ignore[arg-type,return-value]
    asked, (sop_class,) = Asked(provider), MediaCreation.contexts
    asked.ask("n_create", sop_class, "1.9", attribute_list=request())
    asked.ask("n_action", sop_class, "1.9", action_type=1, action_information=rg.Dataset())
    provider.close()
    assert provider.shelf.get("1.9").ExecutionStatus == "FAILURE"
    assert "media could not be created" in caplog.text


def test_a_display_system() -> None:
    asked = Asked(DisplaySystem(lambda: rg.Dataset({"Manufacturer": "radiogram"})))
    (sop_class,) = DisplaySystem.contexts
    assert asked.ask("n_get", sop_class, DISPLAY, attribute_identifiers=[])[1].Manufacturer == "radiogram"
    assert asked.status("n_get", sop_class, "1.2.3", attribute_identifiers=[]) == 0x0112


def test_a_machine_that_verifies_itself() -> None:
    provider = MachineVerification(lambda _ds: rg.Dataset({"TreatmentVerificationStatus": "VERIFIED"}))
    sop_class = MachineVerification.contexts[0]
    association = Association(sop_class)
    asked = Asked(provider, association=association)
    assert asked.status("n_create", sop_class, "1.9", attribute_list=rg.Dataset()) == 0xC227
    plan = rg.Dataset({"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": "1.3"})
    begun = rg.Dataset({"ReferencedRTPlanSequence": [plan], "ReferencedFractionGroupNumber": 1})
    assert asked.status("n_create", sop_class, "1.9", attribute_list=begun) == 0x0120, "whose plan is it"
    begun.PatientID, begun.GeneralMachineVerificationSequence = "X1", []
    assert asked.status("n_create", sop_class, "1.9", attribute_list=begun) == 0
    assert asked.status("n_action", sop_class, "1.8", action_type=1) == 0xC112
    assert asked.status("n_action", sop_class, "1.9", action_type=1) == 0
    provider.close()
    assert [told[1] for told in association.reports] == [1, 2]
    assert asked.status("n_delete", sop_class, "1.9") == 0


def test_a_machine_that_cannot_verify_a_beam_says_so(caplog: pytest.LogCaptureFixture) -> None:
    def verify(_ds: rg.Dataset) -> rg.Dataset:
        message = "Doe^Jane"
        raise KeyError(message)

    provider, sop_class = MachineVerification(verify, strict=False), MachineVerification.contexts[0]
    association = Association(sop_class)
    asked = Asked(provider, association=association)
    plan = rg.Dataset({"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": "1.3"})
    begun = rg.Dataset({"ReferencedRTPlanSequence": [plan]})
    assert asked.status("n_create", sop_class, "1.9", attribute_list=begun) == 0
    assert asked.status("n_action", sop_class, "1.9", action_type=1) == 0
    provider.close()
    assert [told[1] for told in association.reports] == [1, 2]
    assert association.reports[1][0].TreatmentVerificationStatus == "NOT_VERIFIED"
    status, found = asked.ask("n_get", sop_class, "1.9", attribute_identifiers=[])
    assert (status, found.TreatmentVerificationStatus) == (0, "NOT_VERIFIED")
    assert "could not be verified: KeyError" in caplog.text
    assert "Doe" not in caplog.text


def test_models_of_one_level() -> None:
    protocol = rg.Dataset(
        {
            "SOPClassUID": "1.2.840.10008.5.1.4.38.1",
            "SOPInstanceUID": "1.3",
            "HangingProtocolName": "CHEST",
            "HangingProtocolLevel": "SITE",
        }
    )
    provider = ObjectQueries(
        [protocol, Path(str(get_testdata_file("CT_small.dcm")))],
        "HangingProtocol",
        destinations={"ME": ("h", 1)},
    )
    find, move, get = uids(*(f"HangingProtocolInformationModel{kind}" for kind in ("Find", "Move", "Get")))
    asked = Asked(provider)
    query = rg.Dataset({"HangingProtocolName": "CH*", "HangingProtocolLevel": None})
    ((status, found),) = asked.ask("c_find", find, identifier=query)
    assert (status, found.HangingProtocolLevel) == (0xFF00, "SITE")
    wanted = rg.Dataset({"SOPInstanceUID": "1.3"})
    assert asked.ask("c_get", get, identifier=wanted) == [1, (0xFF00, protocol)]
    assert asked.ask("c_move", move, identifier=wanted, move_destination="ME")[0][:2] == ("h", 1)
    assert asked.ask("c_get", get, identifier=rg.Dataset())[0][0].Status == 0xA900
    assert {
        "HangingProtocol",
        "ColorPalette",
        "GenericImplantTemplate",
        "ProductCharacteristics",
        "Inventory",
    } <= set(models())


def test_one_patient_is_asked_for() -> None:
    documents = [
        rg.Dataset({"PatientID": "X1", "PatientName": name, "ValueType": "CONTAINER"}) for name in ("A", "B")
    ]
    asked = Asked(PatientInformation(lambda _query, _template: documents))
    sop_class = PatientInformation.contexts[0]
    assert asked.ask("c_find", sop_class, identifier=rg.Dataset())[0][0].Status == 0xA900
    query = rg.Dataset({"PatientID": "X1", "ValueType": None})
    assert asked.ask("c_find", sop_class, identifier=query)[0][0].Status == 0xC100
    query.PatientName = "B"
    ((_, found),) = asked.ask("c_find", sop_class, identifier=query)
    assert found.ValueType == "CONTAINER"
