"""Text beyond ASCII over real associations: what is created in one character set and changed in another, reported, asked for, answered."""

from __future__ import annotations

import threading
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.net import AE, evt
from radiogram.net.services import (
    PerformedSteps,
    Printing,
    Services,
    Shelf,
    UnifiedSteps,
    Worklist,
    find_steps,
    find_worklist,
    mpps,
    print_user,
    push,
    ups_user,
)

from .test_over_a_network import called, served
from .test_printing import JOB

if TYPE_CHECKING:
    from pathlib import Path

LATIN = {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller^Jörg"}
CYRILLIC = {"SpecificCharacterSet": "ISO_IR 192", "PerformedProcedureStepDescription": "Голова"}
LATIN_CHANGE = {"SpecificCharacterSet": "ISO_IR 100", "PerformedProcedureStepDescription": "Schädel"}
CYRILLIC_NAME = {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Голова"}


@pytest.mark.parametrize("is_on_disk", [False, True])
@pytest.mark.parametrize(
    ("made", "changed"),
    [
        (LATIN, CYRILLIC),
        (CYRILLIC_NAME, LATIN_CHANGE),
        (LATIN, {**CYRILLIC, "SpecificCharacterSet": "ISO_IR 144"}),
        (CYRILLIC_NAME, {"SpecificCharacterSet": None, "PerformedProcedureStepDescription": "HEAD"}),
    ],
)
def test_a_step_is_changed_in_another_character_set(
    tmp_path: Path, made: dict[str, Any], changed: dict[str, Any], *, is_on_disk: bool
) -> None:
    series = rg.Dataset({"OperatorsName": made["PatientName"]})
    last = {"PerformedProcedureStepStatus": "COMPLETED", **changed}
    shelf = Shelf(tmp_path if is_on_disk else None)
    steps = PerformedSteps(shelf, strict=False)
    with Services(steps).loopback() as assoc:
        uid = mpps.create(assoc, rg.Dataset({**made, "PerformedSeriesSequence": [series]}))
        mpps.set_step(assoc, uid, rg.Dataset(last))
        found = [mpps.get_step(assoc, uid)]
    if is_on_disk:
        with Services(PerformedSteps(Shelf(tmp_path), strict=False)).loopback() as assoc:
            found.append(mpps.get_step(assoc, uid))
    for one in found:
        assert one.PatientName == one.PerformedSeriesSequence[0].OperatorsName == made["PatientName"]
        assert one.PerformedProcedureStepDescription == changed["PerformedProcedureStepDescription"]
        assert one.PerformedProcedureStepStatus == "COMPLETED"


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_a_step_that_is_cancelled_says_why(tmp_path: Path, *, is_on_disk: bool) -> None:
    steps = UnifiedSteps(Shelf(tmp_path if is_on_disk else None), strict=False)
    with Services(steps).loopback() as assoc:
        uid = push(assoc, rg.Dataset({"ProcedureStepLabel": "READING"}))
        ups_user.request_cancel(assoc, uid, "nicht nötig")
        found = ups_user.get_step(assoc, uid)
        assert (
            found.ProcedureStepProgressInformationSequence[0].ReasonForCancellation,
            found.ProcedureStepState,
        ) == ("nicht nötig", "CANCELED")
        assert [one.SOPInstanceUID for one in find_steps(assoc, ProcedureStepState=None)] == [uid]


def test_who_watches_reads_what_was_said() -> None:
    told: list[rg.Dataset] = []
    came = threading.Event()

    def hear(event: Any) -> tuple[int, None]:
        told.append(event.event_information)
        if event.event_type == 3:
            came.set()
        return 0x0000, None

    push_class, watch, pull, events, _ = UnifiedSteps.contexts
    watcher = AE(ae_title="WATCHER")
    watcher.add_supported_context(events, scu_role=True, scp_role=True)
    with watcher.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, hear)]
    ) as back:
        provider = UnifiedSteps(strict=False, peers={"WATCHER": ("127.0.0.1", back.address[1])})
        with served(provider) as server, called(server, push_class, watch, pull) as assoc:
            ups_user.subscribe(assoc, "WATCHER")
            ups_user.request_cancel(assoc, push(assoc, rg.Dataset()), "nicht nötig")
            claim = ups_user.Claim(assoc, push(assoc, rg.Dataset()))
            ups_user.request_cancel(assoc, claim.uid, "fällt aus", ContactDisplayName="Jörg")
            progress = rg.Dataset({"ProcedureStepProgressDescription": "läuft"})
            claim.update(
                rg.Dataset(
                    {
                        "SpecificCharacterSet": "ISO_IR 100",
                        "ProcedureStepProgressInformationSequence": [progress],
                    }
                )
            )
            assert came.wait(60)
    said = [(one.get("ReasonForCancellation"), one.get("ContactDisplayName")) for one in told]
    assert [one for one in said if one[0]] == [("nicht nötig", None), ("fällt aus", "Jörg")]
    progress = told[-1].ProcedureStepProgressInformationSequence[0]
    assert progress.ProcedureStepProgressDescription == "läuft"


def test_a_print_job_has_the_label_of_its_session() -> None:
    told: list[tuple[int, str]] = []
    done = threading.Event()

    def hear(event: Any) -> tuple[int, None]:
        told.append((event.event_type, str(event.event_information.FilmSessionLabel)))
        if event.event_type == 3:
            done.set()
        return 0x0000, None

    handlers = [(evt.EVT_N_EVENT_REPORT, hear)]
    with (
        served(Printing(lambda _page: None, dots=20)) as server,
        called(server, Printing.contexts[0], JOB, evt_handlers=handlers) as assoc,
    ):
        session = print_user.FilmSession(assoc, FilmSessionLabel="Übersicht")
        item = print_user.image_item(np.zeros((10, 10), np.uint8))
        (job,) = session.film([item], "STANDARD\\1,1", FilmSizeID="8INX10IN")
        assert done.wait(60)
        status, found = assoc.send_n_get([], JOB, job)
        assert (status.Status, found.FilmSessionLabel) == (0, "Übersicht")
        session.close()
    assert told == [(2, "Übersicht"), (3, "Übersicht")]


def test_users_ask_and_tell_in_any_letters() -> None:
    entry = {"PatientName": "Müller^Jörg", "ScheduledProcedureStepSequence": [rg.Dataset({"Modality": "CT"})]}
    providers = (Worklist([rg.Dataset(entry)]), UnifiedSteps(strict=False), PerformedSteps(strict=False))
    with Services(*providers).loopback() as assoc:
        assert [found.PatientName for found in find_worklist(assoc, PatientName="müller*")] == ["Müller^Jörg"]
        push(assoc, rg.Dataset({"ProcedureStepLabel": "Befundung für A"}))
        (found,) = find_steps(assoc, ProcedureStepLabel="*für*")
        assert found.ProcedureStepLabel == "Befundung für A"
        uid = mpps.create(assoc, rg.Dataset({"PatientName": "山田^太郎"}))
        assert mpps.get_step(assoc, uid).PatientName == "山田^太郎"


def test_what_users_are_given_stays_as_it_is() -> None:
    with Services(UnifiedSteps(strict=False), PerformedSteps(strict=False)).loopback() as assoc:
        step = rg.Dataset({"ProcedureStepLabel": "für"})
        performed = rg.Dataset({"PatientName": "Müller"})
        change = rg.Dataset({"PatientName": "Groß", "PerformedProcedureStepStatus": "IN PROGRESS"})
        kept = deepcopy((step, performed, change))
        claim = ups_user.Claim(assoc, push(assoc, step))
        claim.update(step)
        mpps.discontinue(assoc, mpps.create(assoc, performed), performed)
        mpps.complete(assoc, mpps.create(assoc, performed), change)
        assert (step, performed, change) == kept
