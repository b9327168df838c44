"""C-FIND from both ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.errors import ArgumentError
from radiogram.net import AE, evt
from radiogram.net.pdu_primitives import AsynchronousOperationsWindowNegotiation

from tests.net import station
from tests.net.pair import EXPLICIT, FIND, Log, entity, pair, query, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.net.event import Event


def _match(number: int) -> rg.Dataset:
    return query(PatientID=f"P{number}", PatientName="Müller^Jürgen", SpecificCharacterSet="ISO_IR 100")


def test_matches_come_as_they_are_yielded() -> None:
    seen: Log = Log()

    def find(event: Event) -> Iterator[Any]:
        seen.add((event.identifier.PatientID, event.is_cancelled, event.request.Priority))
        for number in range(3):
            yield 0xFF00, _match(number)
        yield 0xFF01, _match(3)

    with pair([(evt.EVT_C_FIND, find)]) as (_, assoc):
        got = list(assoc.send_c_find(query(PatientID="P*"), FIND, priority=1))
    assert [status.Status for status, _ in got] == [0xFF00] * 3 + [0xFF01, 0x0000]
    assert [match.PatientID for _, match in got[:-1]] == ["P0", "P1", "P2", "P3"]
    assert got[0][1].PatientName == "Müller^Jürgen"
    assert got[-1][1] is None
    assert list(seen) == [("P*", False, 1)]


def _raises(_event: Event) -> Iterator[Any]:
    yield 0xFF00, _match(1)
    raise ValueError


@pytest.mark.parametrize(
    ("handler", "statuses"),
    [
        (lambda _: None, [0x0000]),
        (lambda _: [], [0x0000]),
        (lambda _: [(0xFF00, _match(1))], [0xFF00, 0x0000]),
        (lambda _: [(0xFF00, _match(1)), (0xA700, None), (0xFF00, _match(2))], [0xFF00, 0xA700]),
        (lambda _: [(0xB001, None)], [0xB001]),
        (lambda _: [(0x0000, None), (0xFF00, _match(1))], [0x0000]),
        (lambda _: [0xC001], [0xC001]),
        (lambda _: [("text", None)], [0xC002]),
        (lambda _: [(rg.Dataset(), None)], [0xC001]),
        (lambda _: [(0xFF00, "no data set")], [0xC312]),
        (lambda _: [(0xFF00, rg.Dataset({"PatientID": "Ü"}))], [0xFF00, 0x0000]),
        (lambda _: [(0xFF00, query(SpecificCharacterSet="ISO_IR 100", PatientID="Ж"))], [0xC312]),
        (lambda _: [(0xFF00, None)], [0xC312]),
        (lambda _: 3, [0xC311]),
        (_raises, [0xFF00, 0xC311]),
    ],
)
def test_what_is_yielded_decides_the_status(handler: Any, statuses: list[int]) -> None:
    with pair([(evt.EVT_C_FIND, handler)]) as (_, assoc):
        assert [status.Status for status, _ in assoc.send_c_find(query(), FIND)] == statuses
        assert assoc.send_c_echo().Status == 0x0000


def _endless(closed: Log) -> Any:
    def find(_event: Event) -> Iterator[Any]:
        try:
            for number in range(100_000):
                yield 0xFF00, _match(number)
        finally:
            closed.add(True)

    return find


def test_cancel_stops_it_and_closes_the_handler() -> None:
    closed: Log = Log()
    with pair([(evt.EVT_C_FIND, _endless(closed))]) as (_, assoc):
        statuses = []
        for status, _ in assoc.send_c_find(query(), FIND, msg_id=3):
            statuses.append(status.Status)
            if len(statuses) == 5:
                assoc.send_c_cancel(3, query_model=FIND)
        assert statuses[-1] == 0xFE00
        assert len(statuses) < 50_000
        until(lambda: closed)
        assert assoc.send_c_echo().Status == 0x0000


def test_a_handler_may_see_to_a_cancel_itself() -> None:
    def find(event: Event) -> Iterator[Any]:
        yield 0xFF00, _match(1)
        until(lambda: event.is_cancelled)
        yield 0xFE00, None

    with pair([(evt.EVT_C_FIND, find)]) as (_, assoc):
        statuses = []
        for status, _ in assoc.send_c_find(query(), FIND):
            statuses.append(status.Status)
            assoc.send_c_cancel(1, query_model=FIND)
    assert statuses == [0xFF00, 0xFE00]


def test_who_stops_listening_cancels_the_rest() -> None:
    closed: Log = Log()
    with pair([(evt.EVT_C_FIND, _endless(closed))]) as (_, assoc):
        for _ in assoc.send_c_find(query(), FIND):
            break
        until(lambda: closed)
        assert assoc.send_c_echo().Status == 0x0000


def test_who_never_looks_at_the_responses_cancels_them_and_holds_nobody_up() -> None:
    closed: Log = Log()
    with pair([(evt.EVT_C_FIND, _endless(closed))]) as (_, assoc):
        for count in (1, 2):
            assoc.send_c_find(query(), FIND)
            until(lambda count=count: len(closed) == count)
        assert not assoc._exchanges
        assert assoc.send_c_echo().Status == 0x0000


def test_a_number_that_is_still_to_be_answered_is_not_sent_again() -> None:
    """Programs give the same one each time, or none."""
    works: Log = Log()
    ae = AE("CLIENT")
    ae.add_requested_context(station.FIND, EXPLICIT)
    window = AsynchronousOperationsWindowNegotiation(4, 1)
    with (
        station.serving(works.add, wants={"request"}, operations_window=(1, 4)) as server,
        ae.associate(*server.address, ext_neg=[window]) as assoc,
    ):

        def asked(count: int) -> Any:
            responses = assoc.send_c_find(query(), station.FIND, msg_id=7)
            until(lambda: len(works) == count)
            return responses

        # One that is abandoned, and answered late.
        asked(1)
        second = asked(2)
        works[0].respond({"Status": 0xFF00}, b"")
        works[0].respond({"Status": 0xFE00})
        works[1].respond({"Status": 0xA700})
        assert [status.Status for status, _ in second] == [0xA700]
        # One that has reached its limit, and ends once more when the next one has begun.
        third = asked(3)
        works[2].respond({"Status": 0xB001})
        assert [status.Status for status, _ in third] == [0xB001]
        fourth = asked(4)
        works[3].respond({"Status": 0x0000})
        assert [status.Status for status, _ in fourth] == [0x0000]
        numbers = [work.command["MessageID"] for work in works]
    assert (numbers[0], numbers[2]) == (7, 7)
    assert numbers[1] != 7
    assert numbers[3] != 7


def test_a_peer_that_goes_away_closes_the_handler() -> None:
    closed: Log = Log()
    with pair([(evt.EVT_C_FIND, _endless(closed))]) as (_, assoc):
        responses = assoc.send_c_find(query(), FIND)
        next(responses)
        assoc.abort()
        until(lambda: closed)


def test_a_slow_listener_holds_the_handler_back() -> None:
    """Back-pressure: what nobody reads is not made."""
    made: Log = Log()

    def find(_event: Event) -> Iterator[Any]:
        for number in range(20_000):
            made.add(number)
            yield 0xFF00, query(PatientID="X" * 64, PatientComments="Y" * 4000)

    with pair([(evt.EVT_C_FIND, find)]) as (_, assoc):
        responses = assoc.send_c_find(query(), FIND)
        next(responses)
        time.sleep(1.0)
        assert len(made) < 20_000
        assoc.abort()


def test_what_is_needed_to_cancel_is_said() -> None:
    with pair() as (_, assoc), pytest.raises(ValueError, match="query_model"):
        assoc.send_c_cancel(1)


def _status(value: Any) -> rg.Dataset:
    said = rg.Dataset()
    said.Status = value
    return said


def _ends_itself(_event: Event) -> Iterator[Any]:
    yield 0xFF00, _match(1)
    raise GeneratorExit


def _yields(status: Any) -> Any:
    def find(_event: Event) -> Iterator[Any]:
        yield 0xFF00, _match(1)
        yield status, _match(2)

    return find


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (_yields(_status(None)), ArgumentError),
        (_yields(_status([0xFF00, 0xFF00])), ArgumentError),
        (_ends_itself, GeneratorExit),
    ],
    ids=["empty", "several", "ends itself"],
)
def test_whatever_a_handler_does_is_answered_as_its_failure(handler: Any, error: type[BaseException]) -> None:
    """At once, and the AE hears of it: a status that is none, and a generator that raises what only Python raises in it."""
    told: Log = Log()
    ae = entity()
    ae.handler_error = lambda event, wrong: told.add((event.event, type(wrong)))
    with pair([(evt.EVT_C_FIND, handler)], ae=ae) as (_, assoc):
        got = [status.Status for status, _ in assoc.send_c_find(query(), FIND)]
    assert got == [0xFF00, 0xC311]
    assert list(told) == [(evt.EVT_C_FIND, error)]


def test_who_cannot_be_told_of_an_error_keeps_no_answer_back() -> None:
    def tell(_event: Event, _error: BaseException) -> None:
        raise SystemExit

    ae = entity()
    ae.handler_error = tell
    with pair([(evt.EVT_C_FIND, _raises)], ae=ae) as (_, assoc):
        assert [status.Status for status, _ in assoc.send_c_find(query(), FIND)] == [0xFF00, 0xC311]
