"""Reports that wait: in order, and so many for a receiver (PS3.7 10.1.1)."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from radiogram.net.handlers import answering
from radiogram.net.services import listeners
from radiogram.net.services.listeners import Listeners

from tests.programs import until

if TYPE_CHECKING:
    import pytest


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
