"""Modality Performed Procedure Step: the state machine and the rules of attributes (PS3.4 F)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import radiogram as rg
from radiogram._tables.steps import STATES
from radiogram.net.services import PerformedSteps, Shelf
from radiogram.net.services.rules import rules

from .fakes import Asked, Association

CLASS, RETRIEVE, NOTIFICATION = PerformedSteps.contexts


def fill(name: str, service: str) -> rg.Dataset:
    """Give a data set with all that its user owes, at any depth."""
    made = rg.Dataset()
    for path, user, *_ in rules(name, service):
        if user in ("1", "2", "M") and all(
            any(
                above == "/".join(path.split("/")[:n]) and owed in ("1", "2", "M")
                for above, owed, *_ in rules(name, service)
            )
            for n in range(1, path.count("/") + 1)
        ):
            put(made, path.split("/"))
    return made


def put(ds: Any, path: list[str]) -> None:
    keyword, *below = path
    vr = rg.dictionary.lookup(keyword).VR
    if keyword not in ds:
        setattr(ds, keyword, [rg.Dataset()] if vr == "SQ" else VALUES.get(vr, "1"))
    if below:
        put(ds[keyword].value[0], below)


VALUES = {
    "DA": "20260101",
    "TM": "1200",
    "DT": "20260101",
    "UI": "1.2.3",
    "PN": "Doe^Jane",
    "US": 1,
    "UL": 1,
    "OB or OW": b"\0\0",
}


@pytest.fixture
def begun() -> tuple[Asked, rg.Dataset]:
    asked, step = Asked(PerformedSteps()), fill("ModalityPerformedProcedureStep", "N-CREATE")
    step.PerformedProcedureStepStatus = "IN PROGRESS"
    step.PerformedProcedureStepEndDate = step.PerformedProcedureStepEndTime = None
    step.PerformedSeriesSequence = []
    assert asked.status("n_create", CLASS, "1.2.9", attribute_list=step) == 0
    return asked, step


def ending() -> Any:
    series: Any = rg.Dataset({"ProtocolName": "P", "SeriesInstanceUID": "1.2.4"})
    for keyword in ("PerformingPhysicianName", "OperatorsName", "SeriesDescription", "RetrieveAETitle"):
        setattr(series, keyword, None)
    for keyword in ("ReferencedImageSequence", "ReferencedNonImageCompositeSOPInstanceSequence"):
        setattr(series, keyword, [])
    return rg.Dataset(
        {
            "PerformedProcedureStepEndDate": "20260101",
            "PerformedProcedureStepEndTime": "13",
            "PerformedSeriesSequence": [series],
        }
    )


def test_a_step_is_created_in_progress(begun: tuple[Asked, rg.Dataset]) -> None:
    asked, step = begun
    assert asked.status("n_create", CLASS, "1.2.9", attribute_list=step) == 0x0111
    step.PerformedProcedureStepStatus = "COMPLETED"
    assert asked.status("n_create", CLASS, "1.2.10", attribute_list=step) == 0x0106
    del step.Modality
    assert asked.status("n_create", CLASS, "1.2.10", attribute_list=step) == 0x0120


def test_what_is_owed_is_named(begun: tuple[Asked, rg.Dataset]) -> None:
    asked, step = begun
    step.PerformedStationAETitle = None
    answered, _ = asked.ask("n_create", CLASS, "1.2.11", attribute_list=step)
    assert (answered.Status, answered.ErrorComment) == (0x0121, "PerformedStationAETitle has no value")
    assert answered.OffendingElement == 0x00400241


@pytest.mark.parametrize("state", ["COMPLETED", "DISCONTINUED"])
def test_a_step_ends_once_with_what_a_final_state_needs(begun: tuple[Asked, rg.Dataset], state: str) -> None:
    asked, _ = begun
    bare = rg.Dataset({"PerformedProcedureStepStatus": state})
    # PS3.7 C.5: what it lacks can still be said; 0110 would say that the step is over (PS3.4 table F.7.2-2).
    answered, _ = asked.ask("n_set", CLASS, "1.2.9", modification_list=bare)
    assert (answered.Status, answered.OffendingElement) == (0x0121, 0x00400250)
    assert answered.ErrorComment == "PerformedProcedureStepEndDate has no value at the end"
    last = ending()
    last.PerformedProcedureStepStatus = state
    del last.PerformedSeriesSequence[0].ProtocolName
    answered, _ = asked.ask("n_set", CLASS, "1.2.9", modification_list=last)
    assert (answered.Status, answered.OffendingElement) == (0x0120, 0x00181030)
    assert "ErrorID" not in answered
    last.PerformedSeriesSequence[0].ProtocolName = "P"
    assert asked.status("n_set", CLASS, "1.2.9", modification_list=last) == 0
    answered, _ = asked.ask("n_set", CLASS, "1.2.9", modification_list=rg.Dataset({"StudyID": None}))
    assert (answered.Status, answered.ErrorID) == (0x0110, 0xA710)


def test_what_may_not_be_set_is_refused(begun: tuple[Asked, rg.Dataset]) -> None:
    asked, _ = begun
    changed = rg.Dataset({"PatientID": "OTHER"})
    assert asked.status("n_set", CLASS, "1.2.9", modification_list=changed) == 0x0105
    assert asked.status("n_set", CLASS, "1.2.7", modification_list=changed) == 0x0112
    wrong = rg.Dataset({"PerformedProcedureStepStatus": "DONE"})
    assert asked.status("n_set", CLASS, "1.2.9", modification_list=wrong) == 0x0106


def test_attributes_are_retrieved(begun: tuple[Asked, rg.Dataset]) -> None:
    asked, _ = begun
    status, found = asked.ask("n_get", RETRIEVE, "1.2.9", attribute_identifiers=[0x00400252, 0x00081030])
    assert (status, found.PerformedProcedureStepStatus, len(found)) == (0x0001, "IN PROGRESS", 1)
    assert asked.status("n_get", RETRIEVE, "1.2.9", attribute_identifiers=[]) == 0


def test_the_class_that_makes_steps_does_not_retrieve_them(begun: tuple[Asked, rg.Dataset]) -> None:
    """PS3.4 table F.7.1-1."""
    asked, _ = begun
    assert asked.status("n_get", CLASS, "1.2.9", attribute_identifiers=[]) == 0x0211
    over = SimpleNamespace(abstract_syntax=RETRIEVE)
    assert asked.status("n_get", CLASS, "1.2.9", attribute_identifiers=[], context=over) == 0


def test_those_who_listen_are_told() -> None:
    provider, listener = PerformedSteps(), Association(NOTIFICATION)
    provider.established(listener)
    asked, step = Asked(provider), fill("ModalityPerformedProcedureStep", "N-CREATE")
    step.PerformedProcedureStepStatus = "IN PROGRESS"
    asked.ask("n_create", CLASS, "1.2.9", attribute_list=step)
    last = ending()
    last.PerformedProcedureStepStatus = "DISCONTINUED"
    asked.ask("n_set", CLASS, "1.2.9", modification_list=last)
    provider.remove("1.2.9")
    provider.close()
    assert [told[1:4] for told in listener.reports] == [(event, NOTIFICATION, "1.2.9") for event in (1, 3, 5)]


def test_a_step_that_is_kept_is_answered_and_reported_as_such(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever becomes of who was to hear of it: a modality that is told of a failure sends it again."""

    def changed(_uid: str, _event: int, ds: rg.Dataset) -> None:
        raise KeyError(str(ds.PatientID))

    provider = PerformedSteps(changed=changed, strict=False)
    listening = Association(NOTIFICATION)
    asked = Asked(provider, association=listening)
    provider.established(listening)
    step = rg.Dataset({"PatientID": "Doe", "PerformedProcedureStepStatus": "IN PROGRESS"})
    assert asked.status("n_create", CLASS, "1.2", attribute_list=step) == 0
    done = rg.Dataset({"PerformedProcedureStepStatus": "COMPLETED"})
    assert asked.status("n_set", CLASS, "1.2", modification_list=done) == 0
    provider.close()
    assert [told[1] for told in listening.reports] == [1, 2]
    assert len(caplog.records) == 2
    assert "Doe" not in caplog.text


def test_steps_outlive_the_program(tmp_path: Any) -> None:
    asked = Asked(PerformedSteps(Shelf(tmp_path), strict=False))
    step = rg.Dataset(
        {
            "PerformedProcedureStepStatus": "IN PROGRESS",
            "PatientName": "Müller^Eva",
            "SpecificCharacterSet": "ISO_IR 192",
        }
    )
    assert asked.status("n_create", CLASS, "1.2.9", attribute_list=step) == 0
    again = Asked(PerformedSteps(Shelf(tmp_path), strict=False))
    _, found = again.ask("n_get", RETRIEVE, "1.2.9", attribute_identifiers=[])
    assert found.PatientName == "Müller^Eva"
    assert again.status("n_create", CLASS, "../9", attribute_list=step) == 0x0117


def test_the_table_has_every_event_in_every_state() -> None:
    for machine in ("UPS", "MPPS", "MediaCreation"):
        events = {event for name, event, _ in STATES if name == machine}
        states = {state for name, _, state in STATES if name == machine}
        assert {(machine, event, state) for event in events for state in states} == {
            key for key in STATES if key[0] == machine
        }
