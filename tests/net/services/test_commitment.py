"""Storage Commitment (PS3.4 J): requests, reports, who is told how."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
import radiogram as rg
from radiogram.net.handlers import answering
from radiogram.net.services import Commitment, Commitments, commitment
from radiogram.net.services.commitment import INSTANCE

from .fakes import Asked, Association

CLASS = Commitment.contexts[0]


def request(*instances: str) -> rg.Dataset:
    items = [
        rg.Dataset({"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": uid}) for uid in instances
    ]
    return rg.Dataset({"TransactionUID": "1.9", "ReferencedSOPSequence": items})


def look(pairs: list[tuple[str, str]]) -> list[int]:
    return [0 if uid.startswith("1.3") else 0x0112 for _, uid in pairs]


def ask(
    provider: Commitment, association: Association, ds: Any, instance: str = INSTANCE, action: int = 1
) -> int:
    asked = Asked(provider, association=association)
    return asked.status("n_action", CLASS, instance, action_type=action, action_information=ds)


def test_the_report_goes_over_the_association_of_the_request() -> None:
    provider, association = Commitment(look, title="ARCHIVE"), Association(CLASS)
    with answering():
        assert ask(provider, association, request("1.3.1", "1.4.1")) == 0
        time.sleep(0.2)
        assert not association.reports, "the answer goes first"
    provider.close()
    ((said, event, uid, instance, _),) = association.reports
    assert (event, uid, instance, said.TransactionUID) == (2, CLASS, INSTANCE, "1.9")
    assert [one.ReferencedSOPInstanceUID for one in said.ReferencedSOPSequence] == ["1.3.1"]
    assert [(one.ReferencedSOPInstanceUID, one.FailureReason) for one in said.FailedSOPSequence] == [
        ("1.4.1", 0x0112)
    ]


def test_all_is_well() -> None:
    provider, association = Commitment(look), Association(CLASS)
    ask(provider, association, request("1.3.1"))
    provider.close()
    said, event, *_ = association.reports[0]
    assert event == 1
    assert "FailedSOPSequence" not in said


@pytest.mark.parametrize("found", [None, [], [0, 0, 0]])
def test_who_asked_hears_of_all_instances_also_where_they_cannot_be_looked_up(
    found: list[int] | None, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_pairs: list[tuple[str, str]]) -> list[int]:
        if found is None:
            message = "1.3.1"
            raise KeyError(message)
        return found

    provider, association = Commitment(broken), Association(CLASS)
    with caplog.at_level(logging.WARNING, "radiogram.net"):
        assert ask(provider, association, request("1.3.1", "1.3.2")) == 0
        provider.close()
    ((said, event, *_),) = association.reports
    assert event == 2
    assert "ReferencedSOPSequence" not in said
    assert [(one.ReferencedSOPInstanceUID, one.FailureReason) for one in said.FailedSOPSequence] == [
        ("1.3.1", 0x0110),
        ("1.3.2", 0x0110),
    ]
    assert len(caplog.records) == 1
    assert "1.3.1" not in caplog.text


def test_a_report_does_not_meet_the_release_of_who_asked_and_goes() -> None:
    provider, association = Commitment(look), Association(CLASS)
    assert ask(provider, association, request("1.3.1")) == 0
    time.sleep(0.02)
    association.is_established = False
    provider.close()
    assert association.reports == []


def test_answers_that_nobody_waits_for_are_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commitment, "_MOST", 3)
    results = Commitments()
    for number in (1, 2, 3, 3, 4):
        said = request("1.3.1")
        said.TransactionUID = f"1.9.{number}"
        status = Asked(results).status(
            "n_event_report", CLASS, INSTANCE, event_type=1, event_information=said
        )
        assert status == 0
    kept = [results.wait(f"1.9.{number}", timeout=0) is not None for number in (1, 2, 3, 4)]
    assert kept == [False, True, True, True]


def test_requests_that_are_none() -> None:
    association = Association(CLASS)
    assert ask(Commitment(look), association, request(), action=2) == 0x0123
    assert ask(Commitment(look), association, request(), instance="1.2.3") == 0x0112
    assert ask(Commitment(look), association, rg.Dataset()) == 0x0120
    assert ask(Commitment(look), association, request()) == 0x0121
    assert not association.reports


def test_a_report_is_waited_for() -> None:
    results = Commitments()
    asked = Asked(results)
    said = request("1.3.1")
    failed = rg.Dataset(
        {"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": "1.4", "FailureReason": 0x0119}
    )
    said.FailedSOPSequence = [failed]
    assert asked.status("n_event_report", CLASS, INSTANCE, event_type=3, event_information=said) == 0x0113
    assert results.wait("1.9", timeout=0) is None
    assert asked.status("n_event_report", CLASS, INSTANCE, event_type=2, event_information=said) == 0
    found = results.wait("1.9", timeout=1)
    assert found is not None
    assert (found.held, found.failed) == ((("1.2", "1.3.1"),), (("1.2", "1.4", 0x0119),))
