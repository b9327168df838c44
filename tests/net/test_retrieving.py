"""C-GET and C-MOVE from both ends: what is yielded is sent and counted, and the last status says what has failed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.errors import ArgumentError
from radiogram.net import AE, build_role, evt, sop_class

from tests.net.pair import CT, EXPLICIT, GET, MOVE, Log, entity, image, pair, query, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from radiogram.net.event import Event
    from radiogram.net.server import AssociationServer


def _counts(status: rg.Dataset) -> tuple[Any, ...]:
    names = ("Remaining", "Completed", "Failed", "Warning")
    return tuple(status.get(f"NumberOf{name}Suboperations") for name in names)


def _got(
    results: Iterator[tuple[rg.Dataset, rg.Dataset | None]],
) -> list[tuple[int, tuple[Any, ...], list[str]]]:
    made = []
    for status, identifier in results:
        failed = [] if identifier is None else identifier.get("FailedSOPInstanceUIDList") or []
        made.append((status.Status, _counts(status), [failed] if isinstance(failed, str) else list(failed)))
    return made


def test_get_sends_data_sets_and_files(tmp_path: Path) -> None:
    path = tmp_path / "2.dcm"
    image(2).save_as(path, enforce_file_format=True)
    seen: Log = Log()

    def get(event: Event) -> Iterator[Any]:
        assert event.identifier.QueryRetrieveLevel == "STUDY"
        yield 3
        yield 0xFF00, image(1)
        yield 0xFF00, path
        yield 0xFF00, str(path)

    def store(event: Event) -> int:
        seen.add(event.dataset.PatientID)
        return 0x0000

    with pair([(evt.EVT_C_GET, get)], asking={"evt_handlers": [(evt.EVT_C_STORE, store)]}) as (_, assoc):
        assert _got(assoc.send_c_get(query(), GET)) == [
            (0xFF00, (2, 1, 0, 0), []),
            (0xFF00, (1, 2, 0, 0), []),
            (0xFF00, (0, 3, 0, 0), []),
            (0x0000, (None, 3, 0, 0), []),
        ]
    assert list(seen) == ["P1", "P2", "P2"]


def test_get_into_a_folder(tmp_path: Path) -> None:
    def get(_event: Event) -> Iterator[Any]:
        yield 2
        yield 0xFF00, image(1)
        yield 0xFF00, image(2)

    with pair([(evt.EVT_C_GET, get)], asking={"store": tmp_path}) as (_, assoc):
        assert _got(assoc.send_c_get(query(), GET))[-1][0] == 0x0000
    assert {rg.read(path).PatientID for path in tmp_path.iterdir()} == {"P1", "P2"}


def test_what_fails_is_counted_and_listed() -> None:
    def get(_event: Event) -> Iterator[Any]:
        yield 4
        for number in (1, 2, 3):
            yield 0xFF00, image(number)
        wrong = image(4)
        wrong.SOPClassUID = sop_class.MRImageStorage
        yield 0xFF00, wrong

    def store(event: Event) -> int:
        return {"1": 0x0000, "2": 0xB000, "3": 0xA700}[event.request.AffectedSOPInstanceUID[-1]]

    with pair([(evt.EVT_C_GET, get)], asking={"evt_handlers": [(evt.EVT_C_STORE, store)]}) as (_, assoc):
        got = _got(assoc.send_c_get(query(), GET))
    uids = [image(3).SOPInstanceUID, image(4).SOPInstanceUID]
    assert got[-1] == (0xB000, (None, 1, 2, 1), uids)
    assert got[2] == (0xFF00, (1, 1, 1, 1), [])


def test_where_all_fails_it_is_a_failure() -> None:
    def get(_event: Event) -> Iterator[Any]:
        yield 2
        yield 0xFF00, image(1)
        yield 0xFF00, image(2)

    with pair([(evt.EVT_C_GET, get)], asking={"ext_neg": [build_role(CT, scu_role=True)]}) as (_, assoc):
        got = _got(assoc.send_c_get(query(), GET))
    assert got[-1] == (0xA702, (None, 0, 2, 0), [image(1).SOPInstanceUID, image(2).SOPInstanceUID])


def _raises(_event: Event) -> Iterator[Any]:
    yield 3
    yield 0xFF00, image(1)
    raise ValueError


YIELDS = [
    (lambda _: iter([0]), [(0x0000, (None, 0, 0, 0))]),
    (lambda _: iter([]), [(0xC413, (None,) * 4)]),
    (lambda _: iter(["many"]), [(0xC413, (None,) * 4)]),
    (lambda _: iter([70000]), [(0xC416, (None,) * 4)]),
    (lambda _: iter([(0xA900, None)]), [(0xA900, (None,) * 4)]),
    (
        lambda _: iter([2, (0xFF00, image(1)), (0xA700, None)]),
        [(0xFF00, (1, 1, 0, 0)), (0xA700, (None, 1, 1, 0))],
    ),
    (
        lambda _: iter([2, (0xFF00, image(1)), (0xFE00, None)]),
        [(0xFF00, (1, 1, 0, 0)), (0xFE00, (1, 1, 0, 0))],
    ),
    (
        lambda _: iter([2, (0xFF00, image(1)), (0x0000, None)]),
        [(0xFF00, (1, 1, 0, 0)), (0x0000, (None, 1, 0, 0))],
    ),
    (lambda _: iter([2, (0xFF00, image(1))]), [(0xFF00, (1, 1, 0, 0)), (0x0000, (None, 1, 0, 0))]),
    (_raises, [(0xFF00, (2, 1, 0, 0)), (0xC411, (None, 1, 2, 0))]),
]


@pytest.mark.parametrize(("handler", "wanted"), YIELDS)
def test_what_is_yielded_decides_the_status(handler: Any, wanted: list[Any]) -> None:
    with pair([(evt.EVT_C_GET, handler)], asking={"evt_handlers": [(evt.EVT_C_STORE, lambda _: 0)]}) as (
        _,
        assoc,
    ):
        assert [(status, counts) for status, counts, _ in _got(assoc.send_c_get(query(), GET))] == wanted


def test_cancel_stops_it() -> None:
    closed: Log = Log()
    cancelled = threading.Event()

    def get(_event: Event) -> Iterator[Any]:
        try:
            yield 1000
            for number in range(1000):
                if number == 10:
                    assert cancelled.wait(60)
                yield 0xFF00, image(number + 1)
        finally:
            closed.add(True)

    with pair([(evt.EVT_C_GET, get)], asking={"evt_handlers": [(evt.EVT_C_STORE, lambda _: 0)]}) as (
        _,
        assoc,
    ):
        statuses = []
        for status, _ in assoc.send_c_get(query(), GET, msg_id=5):
            statuses.append(status.Status)
            if len(statuses) == 3:
                assoc.send_c_cancel(5, query_model=GET)
                cancelled.set()
        assert statuses[-1] == 0xFE00
        assert len(statuses) < 900
        until(lambda: closed)
        assert assoc.send_c_echo().Status == 0x0000


def _destination() -> tuple[AssociationServer, Log]:
    seen: Log = Log()

    def store(event: Event) -> int:
        request = event.request
        seen.add(
            (
                event.dataset.PatientID,
                request.MoveOriginatorApplicationEntityTitle,
                request.MoveOriginatorMessageID,
                event.assoc.acceptor.ae_title,
            )
        )
        return 0x0000

    ae = AE("DEST")
    ae.add_supported_context(CT, EXPLICIT)
    return ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)]), seen


def test_move_sends_to_somebody_else() -> None:
    """PS3.7 9.1.1.1.7: the originator is who asked for the C-MOVE."""
    server, seen = _destination()

    def move(event: Event) -> Iterator[Any]:
        assert event.move_destination == "DEST"
        yield server.address
        yield 2
        yield 0xFF00, image(1)
        yield 0xFF00, image(2)

    with server, pair([(evt.EVT_C_MOVE, move)]) as (_, assoc):
        got = _got(assoc.send_c_move(query(), "DEST", MOVE, msg_id=9))
    pending = [(0xFF00, (1, 1, 0, 0), []), (0xFF00, (0, 2, 0, 0), [])]
    assert got == [*pending, (0x0000, (None, 2, 0, 0), [])]
    assert list(seen) == [("P1", "TEST", 9, "DEST"), ("P2", "TEST", 9, "DEST")]


def test_move_has_contexts_of_its_own_where_the_handler_says_which() -> None:
    server, seen = _destination()

    def move(_event: Event) -> Iterator[Any]:
        yield (*server.address, {"ae_title": "OTHER", "contexts": entity(classes=(CT,)).requested_contexts})
        yield 1
        yield 0xFF00, image(1)

    with server, pair([(evt.EVT_C_MOVE, move)]) as (_, assoc):
        assert _got(assoc.send_c_move(query(), "DEST", MOVE))[-1][0] == 0x0000
    assert seen[0][3] == "OTHER"


def test_a_destination_that_is_gone_midway_is_said_to_be(caplog: pytest.LogCaptureFixture) -> None:
    """What is left fails, instance by instance, and the log says why."""

    def store(event: Event) -> int:
        event.assoc.abort()
        return 0x0000

    there = AE("DEST")
    there.add_supported_context(CT, EXPLICIT)
    handlers = [(evt.EVT_C_STORE, store)]
    with there.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers) as server:

        def move(_event: Event) -> Iterator[Any]:
            yield server.address
            yield 2
            yield 0xFF00, image(1)
            yield 0xFF00, image(2)

        with pair([(evt.EVT_C_MOVE, move)]) as (_, assoc):
            *_, last = _got(assoc.send_c_move(query(), "DEST", MOVE))
    failed = [str(image(number).SOPInstanceUID) for number in (1, 2)]
    assert last == (0xA702, (None, 0, 2, 0), failed)
    assert "a sub-operation failed: the association must be established" in caplog.text


MOVES = [
    (lambda _: iter([(None, None), 1]), 0xA801),
    (lambda _: iter([("127.0.0.1", None), 1]), 0xA801),
    (lambda _: iter([(None, 104), 1]), 0xA801),
    (lambda _: iter([]), 0xC514),
    (lambda _: iter(["nowhere"]), 0xC515),
    (lambda _: iter([("127.0.0.1", 1), "x"]), 0xC513),
    (lambda _: iter([("127.0.0.1", 1), 70000]), 0xC516),
    (lambda _: iter([("127.0.0.1", 1), 0]), 0x0000),
    (lambda _: iter([("127.0.0.1", 1), 1, (0xFF00, image(1))]), 0xA801),
    (lambda _: iter([(0xA702, None)]), 0xA702),
    (lambda _: 1 / 0, 0xC511),
]


@pytest.mark.parametrize(("handler", "status"), MOVES)
def test_a_move_that_cannot_be_is_answered(handler: Any, status: int) -> None:
    with pair([(evt.EVT_C_MOVE, handler)]) as (_, assoc):
        assert [one for one, _, _ in _got(assoc.send_c_move(query(), "DEST", MOVE))] == [status]


def test_without_bulk_data() -> None:
    uid = sop_class.CompositeInstanceRetrieveWithoutBulkDataGet
    seen: Log = Log()

    def get(_event: Event) -> Iterator[Any]:
        ds = image(1)
        ds.EncapsulatedDocument = bytes(8)
        yield 1
        yield 0xFF00, ds

    def store(event: Event) -> int:
        seen.add("EncapsulatedDocument" in event.dataset)
        return 0x0000

    ae = entity(classes=(uid, CT))
    with pair(
        [(evt.EVT_C_GET, get)],
        ae=ae,
        asking={
            "evt_handlers": [(evt.EVT_C_STORE, store)],
            "ext_neg": [build_role(CT, scu_role=True, scp_role=True)],
        },
    ) as (_, assoc):
        assert _got(assoc.send_c_get(query(), uid))[-1][0] == 0x0000
    assert list(seen) == [False]


@pytest.mark.parametrize("value", [None, [0xFF00, 0xFF00]], ids=["empty", "several"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_status_that_is_none_is_a_failure_of_the_handler(value: Any, place: int) -> None:
    """Wherever it is yielded: instead of the number, and of an instance."""
    wrong = rg.Dataset()
    wrong.Status = value
    told: Log = Log()
    ae = entity()
    ae.handler_error = lambda event, error: told.add((event.event, type(error)))

    def get(_event: Event) -> Iterator[Any]:
        if place == 0:
            yield wrong, None
        yield 2
        if place == 2:
            yield 0xFF00, image(1)
        yield wrong, image(2)

    store = [(evt.EVT_C_STORE, lambda _: 0x0000)]
    with pair([(evt.EVT_C_GET, get)], ae=ae, asking={"evt_handlers": store}) as (_, assoc):
        got = [status.Status for status, _ in assoc.send_c_get(query(), GET)]
    assert got == [0xFF00] * (place == 2) + [0xC411]
    assert list(told) == [(evt.EVT_C_GET, ArgumentError)]


@pytest.mark.parametrize(("number", "status"), [(float("inf"), 0xC413), (70_000, 0xC416)])
def test_a_number_that_cannot_be_is_answered(number: float, status: int) -> None:
    with pair([(evt.EVT_C_GET, lambda _: iter([number]))]) as (_, assoc):
        assert [said.Status for said, _ in assoc.send_c_get(query(), GET)] == [status]
