"""Unified Procedure Step: states, locks, final state requirements, subscriptions (PS3.4 CC)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.net.services import Shelf, UnifiedSteps
from radiogram.net.services.subscriptions import FILTERED, GLOBAL
from radiogram.net.services.ups import PUSH

from .fakes import Asked
from .test_mpps import fill

if TYPE_CHECKING:
    from pathlib import Path

UID = "1.2.9"


def new_step() -> Any:
    step: Any = fill("UnifiedProcedureStep", "N-CREATE")
    step.ProcedureStepState, step.TransactionUID = "SCHEDULED", None
    step.InputReadinessState = "READY"
    step.ProcedureStepProgressInformationSequence = []
    step.UnifiedProcedureStepPerformedProcedureSequence = []
    return step


def started(**options: Any) -> tuple[Asked, UnifiedSteps, list[tuple[str, int, Any]]]:
    told: list[tuple[str, int, Any]] = []
    provider = UnifiedSteps(peers={"WATCHER": ("127.0.0.1", 1), "OTHER": ("127.0.0.1", 1)}, **options)
    provider.events.send = lambda title, said, event, _uid: told.append((title, event, said))
    asked = Asked(provider)
    return asked, provider, told


def act(asked: Asked, action: int, uid: str = UID, **elements: Any) -> int:
    return asked.status("n_action", PUSH, uid, action_type=action, action_information=rg.Dataset(elements))


def change(asked: Asked, state: str, lock: str | None) -> int:
    return act(asked, 1, ProcedureStepState=state, TransactionUID=lock)


def performed() -> rg.Dataset:
    item: Any = rg.Dataset(
        {"PerformedProcedureStepStartDateTime": "20260101", "PerformedProcedureStepEndDateTime": "20260102"}
    )
    code = rg.Dataset({"CodeValue": "1", "CodingSchemeDesignator": "99X", "CodeMeaning": "x"})
    item.PerformedStationNameCodeSequence = item.PerformedWorkitemCodeSequence = [code]
    item.OutputInformationSequence = []
    return rg.Dataset({"UnifiedProcedureStepPerformedProcedureSequence": [item]})


def test_a_step_goes_its_way_under_its_lock() -> None:
    asked, _, _ = started()
    assert asked.status("n_create", PUSH, UID, attribute_list=new_step()) == 0
    assert change(asked, "COMPLETED", "1.5") == 0xC310
    assert change(asked, "IN PROGRESS", None) == 0xC301
    assert change(asked, "IN PROGRESS", "1.5") == 0
    assert change(asked, "IN PROGRESS", "1.6") == 0xC302
    assert change(asked, "SCHEDULED", "1.5") == 0xC303
    assert change(asked, "COMPLETED", "1.6") == 0xC301
    assert change(asked, "COMPLETED", "1.5") == 0xC304, "nothing was performed"
    done = performed()
    assert asked.status("n_set", PUSH, UID, modification_list=done) == 0xC301
    done.TransactionUID = "1.5"
    assert asked.status("n_set", PUSH, UID, modification_list=done) == 0
    assert change(asked, "COMPLETED", "1.5") == 0
    assert change(asked, "COMPLETED", "1.5") == 0xB306
    assert change(asked, "CANCELED", "1.5") == 0xC300
    assert asked.status("n_set", PUSH, UID, modification_list=done) == 0xC300
    assert change(asked, "DONE", "1.5") == 0x0115


def test_nobody_learns_the_lock() -> None:
    asked, _, _ = started()
    asked.ask("n_create", PUSH, UID, attribute_list=new_step())
    change(asked, "IN PROGRESS", "1.5")
    status, found = asked.ask("n_get", PUSH, UID, attribute_identifiers=[])
    assert status == 0
    assert "TransactionUID" not in found
    query = rg.Dataset({"ProcedureStepState": "IN PROGRESS", "TransactionUID": None})
    ((_, found),) = asked.ask("c_find", asked.services.contexts[2], identifier=query)
    assert "TransactionUID" not in found
    query.TransactionUID = "9.9"
    assert len(asked.ask("c_find", asked.services.contexts[2], identifier=query)) == 1


def test_a_step_that_is_not_right_is_not_created() -> None:
    asked, _, _ = started()
    for keyword, value, status in (
        ("ProcedureStepState", "IN PROGRESS", 0xC309),
        ("TransactionUID", "1.5", 0x0106),
        ("InputReadinessState", None, 0x0121),
    ):
        step = new_step()
        setattr(step, keyword, value)
        assert asked.status("n_create", PUSH, UID, attribute_list=step) == status
    assert asked.status("n_get", PUSH, UID, attribute_identifiers=[]) == 0xC307


@pytest.mark.parametrize(
    ("answer", "is_heard", "expected"),
    [
        (None, True, 0),
        (None, False, 0xC312),
        (0, False, 0),
        (0xC312, True, 0xC312),
        (0xC313, False, 0xC313),
    ],
)
def test_who_asks_to_cancel_is_answered_by_the_performer(
    answer: int | None, expected: int, *, is_heard: bool
) -> None:
    """Where nobody can hear of it, that is no success (PS3.4 CC.2.2.3)."""
    asked, provider, told = started(cancels=None if answer is None else lambda *_: answer)
    asked.ask("n_create", PUSH, UID, attribute_list=new_step())
    if is_heard:
        assert act(asked, 3, UID, ReceivingAE="OTHER", DeletionLock="FALSE") == 0
    change(asked, "IN PROGRESS", "1.5")
    assert act(asked, 2, ReasonForCancellation="because") == expected
    provider.events.close()
    assert any(event == 2 for _, event, _ in told) == (is_heard and expected == 0)


def test_those_who_subscribe_are_told() -> None:
    asked, provider, told = started()
    assert act(asked, 3, GLOBAL, ReceivingAE="STRANGER", DeletionLock="TRUE") == 0xC308
    assert act(asked, 3, GLOBAL, ReceivingAE="WATCHER", DeletionLock="TRUE") == 0
    asked.ask("n_create", PUSH, UID, attribute_list=new_step())
    assert act(asked, 3, UID, ReceivingAE="OTHER", DeletionLock="FALSE") == 0
    assert act(asked, 2, ReasonForCancellation="because") == 0
    assert act(asked, 2) == 0xB304
    provider.events.close()
    # Each hears of it in order, and neither waits for the other.
    for whom in ("WATCHER", "OTHER"):
        states = [said.ProcedureStepState for title, event, said in told if event == 1 and title == whom]
        assert states == ["SCHEDULED", "IN PROGRESS", "CANCELED"]
    assert told[-1][2].ReasonForCancellation == "because"
    assert provider.purge() == [], "there is a deletion lock"
    assert act(asked, 5, UID, ReceivingAE="WATCHER") == 0xC314
    assert act(asked, 4, GLOBAL, ReceivingAE="WATCHER") == 0
    assert provider.purge() == [UID]


def test_the_instances_that_stand_for_subscriptions_are_no_steps() -> None:
    asked, provider, _ = started(strict=False)
    for uid in (GLOBAL, FILTERED):
        assert asked.status("n_create", PUSH, uid, attribute_list=new_step()) == 0x0117
        assert asked.status("n_set", PUSH, uid, modification_list=rg.Dataset()) == 0xC307
    assert len(provider.shelf) == 0


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "SOPClassUID"])
def test_a_step_stays_the_instance_that_it_is(keyword: str) -> None:
    asked, _, _ = started(strict=False)
    asked.ask("n_create", PUSH, UID, attribute_list=new_step())
    assert asked.status("n_set", PUSH, UID, modification_list=rg.Dataset({keyword: "7.7"})) == 0x0105
    query = rg.Dataset({keyword: None, "ProcedureStepLabel": None})
    ((_, found),) = asked.ask("c_find", asked.services.contexts[2], identifier=query)
    assert found.get(keyword) == (UID if keyword == "SOPInstanceUID" else PUSH)
    assert asked.status("n_set", PUSH, UID, modification_list=rg.Dataset({keyword: found.get(keyword)})) == 0


def test_a_deletion_lock_is_asked_for_or_not() -> None:
    asked, provider, _ = started()
    asked.ask("n_create", PUSH, UID, attribute_list=new_step())
    assert act(asked, 3, UID, ReceivingAE="WATCHER", DeletionLock="YES") == 0x0115
    assert provider.events.subscriptions.of(UID) == []
    assert act(asked, 3, UID, ReceivingAE="WATCHER", DeletionLock="TRUE ") == 0
    assert provider.events.subscriptions.is_locked(UID)
    provider.close()


def test_a_file_that_is_no_step_keeps_no_other_one(tmp_path: Path) -> None:
    provider = UnifiedSteps(Shelf(tmp_path), strict=False)
    asked = Asked(provider)
    asked.ask("n_create", PUSH, UID, attribute_list=new_step())
    assert act(asked, 2) == 0
    provider.close()
    (tmp_path / "1.2.8.dcm").write_bytes(b"")
    provider = UnifiedSteps(Shelf(tmp_path), strict=False)
    assert provider.purge() == [UID]
    provider.close()


def test_a_step_that_is_not_there_is_not_unsubscribed_from() -> None:
    asked, provider, _ = started()
    assert act(asked, 4, "9.9", ReceivingAE="WATCHER") == 0xC307
    assert act(asked, 4, "9.9", ReceivingAE="STRANGER") == 0xC308
    asked.ask("n_create", PUSH, UID, attribute_list=new_step())
    assert act(asked, 4, UID, ReceivingAE="WATCHER") == 0, "it was not subscribed to"
    assert act(asked, 4, GLOBAL, ReceivingAE="WATCHER") == 0
    provider.close()


def test_a_step_made_while_somebody_subscribes_to_all_is_reported_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, provider, told = started(strict=False)
    looked = threading.Event()
    subscribe, created = provider.events.subscriptions.subscribe, provider.events.created

    def slow(*args: Any, **options: Any) -> list[str]:
        looked.set()
        maker.join(0.2)
        return subscribe(*args, **options)

    def made(*args: Any) -> None:
        created(*args)
        seen.set()

    seen = threading.Event()
    monkeypatch.setattr(provider.events.subscriptions, "subscribe", slow)
    monkeypatch.setattr(provider.events, "created", made)

    def make() -> None:
        looked.wait(20)
        asked.ask("n_create", PUSH, UID, attribute_list=new_step())

    maker = threading.Thread(target=make)
    maker.start()
    assert act(asked, 3, GLOBAL, ReceivingAE="WATCHER") == 0
    maker.join(20)
    assert seen.is_set()
    provider.close()
    assert [(title, event) for title, event, _ in told] == [("WATCHER", 1)]
    assert provider.events.subscriptions.of(UID) == ["WATCHER"]


def test_a_filter_of_steps() -> None:
    asked, provider, told = started()
    urgent = {"ReceivingAE": "WATCHER", "DeletionLock": "FALSE", "ScheduledProcedureStepPriority": "HIGH"}
    assert act(asked, 3, FILTERED, **urgent) == 0
    for uid, priority in (("1.1", "LOW"), ("1.2", "HIGH")):
        step = new_step()
        step.ScheduledProcedureStepPriority = priority
        asked.ask("n_create", PUSH, uid, attribute_list=step)
    provider.close()
    assert len(told) == 1
    assert provider.events.subscriptions.of("1.2") == ["WATCHER"]


def test_progress_and_assignment_are_reported() -> None:
    asked, provider, told = started(strict=False)
    act(asked, 3, GLOBAL, ReceivingAE="WATCHER")
    asked.ask("n_create", PUSH, UID, attribute_list=new_step())
    half = rg.Dataset(
        {"ProcedureStepProgressInformationSequence": [rg.Dataset({"ProcedureStepProgress": "50"})]}
    )
    code = rg.Dataset({"CodeValue": "1", "CodingSchemeDesignator": "99X", "CodeMeaning": "x"})
    station = rg.Dataset({"ScheduledStationNameCodeSequence": [code]})
    for changes in (half, station, rg.Dataset({"InputReadinessState": "INCOMPLETE"})):
        assert asked.status("n_set", PUSH, UID, modification_list=changes) == 0
    provider.close()
    assert [event for _, event, _ in told] == [1, 3, 5, 1]


def test_who_watches_and_what_is_locked_outlives_the_program(tmp_path: Path) -> None:
    def opened() -> tuple[Asked, UnifiedSteps]:
        provider = UnifiedSteps(
            Shelf(tmp_path), peers={"ALL": ("h", 1), "SOME": ("h", 1), "ONE": ("h", 1)}, strict=False
        )
        provider.events.send = lambda *_: None
        return Asked(provider), provider

    asked, provider = opened()
    assert asked.status("n_create", PUSH, UID, attribute_list=new_step()) == 0
    assert asked.status("n_create", PUSH, "1.2.10", attribute_list=new_step()) == 0
    assert act(asked, 3, GLOBAL, ReceivingAE="ALL", DeletionLock="FALSE") == 0
    assert act(asked, 3, FILTERED, ReceivingAE="SOME", DeletionLock="FALSE", PatientID="X*") == 0
    assert act(asked, 3, UID, ReceivingAE="ONE", DeletionLock="TRUE") == 0
    assert act(asked, 4, "1.2.10", ReceivingAE="ALL") == 0
    provider.close()
    asked, provider = opened()
    held = provider.events.subscriptions
    assert (held.everyone(), held.of(UID), held.of("1.2.10")) == (["ALL", "SOME"], ["ALL", "ONE"], [])
    step = new_step()
    step.PatientID = "X1"
    assert asked.status("n_create", PUSH, "1.2.11", attribute_list=step) == 0
    assert held.of("1.2.11") == ["ALL", "SOME"]
    for uid in (UID, "1.2.10"):
        assert act(asked, 2, uid) == 0
    assert provider.purge() == ["1.2.10"], "the other one is locked"
    assert act(asked, 5, GLOBAL, ReceivingAE="ALL") == 0
    assert act(asked, 4, GLOBAL, ReceivingAE="SOME") == 0
    provider.close()
    _, provider = opened()
    held = provider.events.subscriptions
    assert (held.everyone(), held.of(UID), held.of("1.2.11")) == ([], ["ALL", "ONE"], ["ALL"])
    provider.close()
