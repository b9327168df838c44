"""Reports that wait: in order, and so many for a receiver (PS3.7 10.1.1)."""

from __future__ import annotations

import logging
import threading

import pytest
from radiogram.net.handlers import answering
from radiogram.net.services import listeners
from radiogram.net.services.listeners import Listeners, ReportError, Route

from tests.programs import until

from .fakes import Association


def test_so_many_wait_for_a_receiver_and_the_oldest_are_dropped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listeners, "_MOST", 3)
    done: list[object] = []
    reports, going = Listeners(), threading.Event()
    with caplog.at_level(logging.WARNING, "radiogram.net"):
        reports.later(going.wait, 20, to="A")
        until(lambda: not reports._waiting["A"], "the first one")
        for number in range(5):
            reports.later(done.append, number, to="A")
        going.set()
        reports.close()
    assert done == [2, 3, 4], "in order"
    assert len(caplog.records) == 2


def test_a_receiver_that_takes_its_time_holds_nobody_else_up() -> None:
    done: list[object] = []
    reports, going = Listeners(), threading.Event()
    reports.later(going.wait, 20, to="not there")
    for number in range(3):
        reports.later(done.append, number, to="there")
    until(lambda: len(done) == 3, "the others")
    assert not going.is_set()
    assert done == [0, 1, 2], "in order"
    going.set()
    reports.close()


def test_reports_follow_the_answer_and_go_on_after_a_failure() -> None:
    done: list[object] = []
    reports = Listeners()
    with answering():
        reports.later(done.append, 1)
        reports.later(lambda: 1 / 0)
        reports.later(done.append, 2)
        assert not done
    reports.close()
    assert done == [1, 2]
    reports.later(done.append, 3)
    reports.close()
    assert done == [1, 2, 3], "a thread is there as it is needed"


def test_who_closes_does_not_wait_for_each_report_to_one_that_is_not_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tried: list[int] = []
    going, reports = threading.Event(), Listeners()

    def send(number: int) -> None:
        going.wait(20)
        tried.append(number)
        raise ReportError("the receiver of a report does not take the association", is_sent=False)  # noqa: EM101

    with caplog.at_level(logging.WARNING, "radiogram.net"):
        for number in range(100):
            reports.later(send, number, to="not there")
        closing = threading.Thread(target=reports.close)
        closing.start()
        until(lambda: reports._is_closing, "the end")
        going.set()
        closing.join(20)
    assert tried == [0]
    assert [record.getMessage() for record in caplog.records] == [
        "the receiver of a report does not take the association",
        "99 more reports to the same receiver are not sent",
    ]
    reports.later(tried.append, 7)
    reports.close()
    assert tried == [0, 7]


def test_a_receiver_that_comes_back_hears_of_all_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "_PAUSES", (0.01, 0.01))
    tried: list[int] = []
    missing, reports = [2], Listeners()

    def send(number: int) -> None:
        tried.append(number)
        if missing[0]:
            missing[0] -= 1
            message = "it is not there"
            raise ReportError(message, is_sent=False)

    for number in (1, 2):
        reports.later(send, number, to="A")
    until(lambda: not reports._waiting, "both")
    assert tried == [1, 1, 1, 2], "it was there again"
    missing[0] = 100
    for number in (3, 4):
        reports.later(send, number, to="A")
    until(lambda: not reports._waiting, "both of them")
    assert tried[4:] == [3, 3, 3, 4], "the last one is tried once"
    missing[0] = 0
    for number in (5, 6):
        reports.later(send, number, to="A")
    reports.close()
    assert tried[8:] == [5, 6]
    assert not reports._missed


def test_so_many_receivers_are_tried_again_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "_MOST_ABSENT", 2)
    reports = Listeners()

    def send() -> None:
        message = "it is not there"
        raise ReportError(message, is_sent=False)

    for number in range(20):
        reports.later(send, to=number)
    until(lambda: len(reports._waiting) == 2, "those that are given up")
    assert len(reports._timers) == 2
    reports.close()
    assert not reports._waiting


def test_who_closes_tries_one_that_was_not_there_once_more() -> None:
    tried: list[int] = []
    missing, reports = [1], Listeners()

    def send(number: int) -> None:
        tried.append(number)
        if missing[0]:
            missing[0] -= 1
            message = "it is not there"
            raise ReportError(message, is_sent=False)

    for number in (1, 2):
        reports.later(send, number, to="A")
    until(lambda: reports._timers, "the pause")
    reports.close()
    assert tried == [1, 1, 2]
    assert not reports._waiting


def test_a_report_that_went_out_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "_PAUSES", (0.01, 0.01))
    tried: list[int] = []
    reports = Listeners()

    def send(number: int) -> None:
        tried.append(number)
        message = "it has not answered"
        raise ReportError(message)

    for number in (1, 2):
        reports.later(send, number, to="A")
    until(lambda: not reports._waiting, "both")
    assert tried == [1, 2]


def test_a_report_that_is_refused_or_not_answered_is_said_to_be_so(caplog: pytest.LogCaptureFixture) -> None:
    listening, reports, answers = (
        Association("1.2"),
        Listeners("1.2"),
        [{"Status": 0x0110}, {}, {"Status": 0}],
    )
    listening.send_n_event_report = lambda *_, **__: (answers.pop(0), None)  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING, "radiogram.net"):
        reports.add(listening)
        for event in (1, 2, 3):
            reports.tell(None, event, "1.2", "1.3")
        until(lambda: not answers, "all of them")
        reports.close()
    assert [record.getMessage() for record in caplog.records] == [
        "the receiver of a report answered 0110",
        "the receiver of a report has not answered it",
    ]


def test_a_report_that_was_taken_with_a_warning_is_not_sent_again() -> None:
    asked = Association("1.2")
    statuses = [{"Status": 0x0107}]
    asked.send_n_event_report = lambda *_, **__: (statuses.pop(0), None)  # type: ignore[method-assign]
    Route("1.2", "ME").deliver(asked, "YOU", None, 1, "1.3")
    assert not statuses


def test_a_route_says_why_a_report_has_not_arrived() -> None:
    route = Route("1.2", "ME")
    with pytest.raises(ReportError, match="nobody said where the peer is"):
        route.deliver(None, "YOU", None, 1, "1.3")
