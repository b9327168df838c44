"""The threads that handlers run in: how many, in which order, and what happens when there are no more."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections import defaultdict
from queue import Empty, Queue
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from radiogram.net import build_context, evt, handlers, sop_class
from radiogram.net.handlers import HandlerPool, waiting_outside

from tests.net.pair import CT, FIND, MPPS, Log, entity, image, pair, query, until

if TYPE_CHECKING:
    from pathlib import Path

    from radiogram.net.event import Event


@pytest.mark.parametrize("places", [2, 256])
def test_in_order_within_an_association(tmp_path: Path, places: int) -> None:
    """Many associations at once, each with several operations under way, and more of these than there are places for: what one sends is handled
    in the order in which it was sent.
    """
    seen: dict[int, list[int]] = defaultdict(list)
    guard = threading.Lock()
    paths = [tmp_path / f"{number}.dcm" for number in range(1, 31)]
    for number, path in enumerate(paths, 1):
        image(number).save_as(path, enforce_file_format=True)

    def handler(event: Event) -> int:
        number = int(event.request.AffectedSOPInstanceUID.rsplit(".", 1)[1])
        time.sleep(0.002 * (number % 3))
        with guard:
            seen[event.assoc.remote["port"]].append(number)
        return 0x0000

    ae = entity()
    ae.handler_queue = places
    with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, handler)]) as server:

        def send() -> None:
            with ae.associate(*server.address) as assoc:
                assert assoc.acceptor.asynchronous_operations == (16, 16)
                assert [sent.status.Status for sent in assoc.send_many(paths)] == [0x0000] * 30

        senders = [threading.Thread(target=send) for _ in range(6)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    assert len(seen) == 6
    assert all(numbers == list(range(1, 31)) for numbers in seen.values())


def test_nobody_hears_of_the_end_in_front_of_what_was_brought(tmp_path: Path) -> None:
    """Also where there was no place for it when it came: whoever puts away what belongs to an association has all of it."""
    told: list[tuple[str, Event]] = []
    gate = threading.Event()
    paths = [tmp_path / f"{number}.dcm" for number in range(1, 9)]
    for number, path in enumerate(paths, 1):
        image(number).save_as(path, enforce_file_format=True)

    def note(event: Event) -> int:
        told.append((event.event.name, event))
        gate.wait(60)
        return 0x0000

    kinds = (evt.EVT_C_STORE, evt.EVT_ABORTED, evt.EVT_CONN_CLOSE)
    ae = entity()
    ae.handler_threads, ae.handler_queue = 1, 1
    with ae.start_server(
        ("127.0.0.1", 0), block=False, store=tmp_path / "kept", evt_handlers=[(kind, note) for kind in kinds]
    ) as server:
        assoc = ae.associate(*server.address)
        sender = threading.Thread(target=lambda: list(assoc.send_many(paths)))
        sender.start()
        # Each of them is complete, and most of them wait for a place.
        until(lambda: told and len(list((tmp_path / "kept").rglob("*.dcm"))) == 8)
        assoc.abort()
        sender.join()
        until(lambda: server.metrics()["aborted_by_peer"] == 1)
        gate.set()
        until(lambda: told[-1][0] == evt.EVT_CONN_CLOSE.name)
        time.sleep(0.2)
    assert [name for name, _ in told] == [evt.EVT_C_STORE.name] * 8 + [
        evt.EVT_ABORTED.name,
        evt.EVT_CONN_CLOSE.name,
    ]
    assert len({id(event.assoc) for _, event in told}) == 1


def test_notices_and_requests_of_an_association_are_in_order() -> None:
    told: dict[int, list[str]] = defaultdict(list)

    def note(event: Event) -> int:
        told[event.assoc.remote["port"]].append(event.event.name)
        return 0x0000

    kinds = (evt.EVT_REQUESTED, evt.EVT_ESTABLISHED, evt.EVT_C_ECHO, evt.EVT_RELEASED)
    ae = entity()
    with ae.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(kind, note) for kind in kinds]
    ) as server:
        for _ in range(20):
            with ae.associate(*server.address) as assoc:
                assoc.send_c_echo()
        until(lambda: len(told) == 20 and all(len(names) == 4 for names in told.values()))
    assert set(map(tuple, told.values())) == {tuple(kind.name for kind in kinds)}


def test_no_more_handlers_than_threads_and_the_rest_waits() -> None:
    """A full pool is back-pressure: peers wait for their answer, and nobody is lost."""
    running, most = 0, 0
    guard = threading.Lock()
    gate = threading.Event()

    def handler(_event: Event) -> int:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        gate.wait(60)
        with guard:
            running -= 1
        return 0x0000

    ae = entity()
    ae.handler_threads, ae.handler_queue = 3, 1
    with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, handler)]) as server:
        statuses: Log = Log()

        def send(number: int) -> None:
            with ae.associate(*server.address) as assoc:
                statuses.add(assoc.send_c_store(image(number)).Status)

        senders = [threading.Thread(target=send, args=(number,)) for number in range(1, 11)]
        for sender in senders:
            sender.start()
        until(lambda: running == 3)
        time.sleep(0.2)
        assert (running, most, list(statuses)) == (3, 3, [])
        gate.set()
        for sender in senders:
            sender.join()
    assert list(statuses) == [0x0000] * 10
    assert most == 3


class _Given:
    """An inbox of numbers, each of an association of its own."""

    def __init__(self, numbers: Queue[int | None], slowness: float = 0.0) -> None:
        self.numbers, self.closed, self.taken, self._next = numbers, False, 0, itertools.count(1)
        self.slowness = slowness

    def take(self, timeout: float) -> Any:
        try:
            number = self.numbers.get(timeout=timeout)
        except Empty:
            return None
        self.taken += number is not None
        time.sleep(self.slowness)
        return (
            None
            if number is None
            else SimpleNamespace(number=number, association=SimpleNamespace(id=next(self._next)))
        )

    def __len__(self) -> int:
        return self.numbers.qsize()

    def close(self) -> None:
        self.closed = True
        self.numbers.put(None)


@pytest.mark.parametrize("after", [0.0, 0.1, 0.175, 0.185, 0.195, 0.3])
def test_who_is_held_up_is_followed_by_another_whenever_that_begins(
    monkeypatch: pytest.MonkeyPatch, after: float
) -> None:
    """Nobody watches for ever; a handler that begins when one has just stopped watching holds nothing up."""
    monkeypatch.setattr(handlers, "SOON", 0.05)
    gate = threading.Event()
    done: Log = Log()

    def handle(work: Any) -> None:
        if work.number == 2:
            assert gate.wait(60)
        elif work.number == 1:
            time.sleep(0.03)
        done.add(work.number)

    pool = HandlerPool(handle, threads=4)
    inbox: Queue[int | None] = Queue()
    pool.inbox = _Given(inbox)
    pool.start()
    try:
        inbox.put(1)
        until(lambda: 1 in done)
        time.sleep(after)
        inbox.put(2)
        until(inbox.empty)
        inbox.put(3)
        until(lambda: 3 in done, 30)
    finally:
        gate.set()
        pool.close()


def test_what_was_taken_and_is_not_begun_is_waited_for() -> None:
    """Between the inbox and its handler a piece of work is in neither; who settles sees it all the same."""
    done: Log = Log()
    pool = HandlerPool(lambda work: done.add(work.number), threads=2)
    inbox: Queue[int | None] = Queue()
    pool.inbox = _Given(inbox, 0.3)
    pool.start()
    inbox.put(1)
    until(inbox.empty)
    pool.settle(60)
    assert list(done) == [1]
    pool.close()


def test_threads_that_nobody_needs_end_in_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One goes on taking, one more stands by; a third one ends although there is something to do now and then."""
    monkeypatch.setattr(handlers, "IDLE", 2.0)
    gate = threading.Event()
    done: Log = Log()

    def handle(work: Any) -> None:
        if work.number < 4:
            assert gate.wait(60)
        done.add(work.number)

    pool = HandlerPool(handle, threads=8)
    inbox: Queue[int | None] = Queue()
    pool.inbox = _Given(inbox)
    pool.start()
    try:
        for number in range(4):
            inbox.put(number)
        until(lambda: pool.threads == 5)
        gate.set()
        until(lambda: len(done) == 4)
        end = time.monotonic() + 60
        for number in itertools.count(4):
            inbox.put(number)
            until(lambda number=number: number in done)
            if pool.threads <= 2:
                break
            assert time.monotonic() < end, "they go on waiting"
            time.sleep(1.4)
    finally:
        gate.set()
        pool.close()


def test_who_is_called_when_its_time_is_over_takes_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition counts a thread as waiting until it has the lock again: it may be the one that a turn was handed over to."""
    pool = HandlerPool(lambda _: None, threads=2)
    pool._taker, pool._is_watched = 1, True

    def called(_seconds: float) -> bool:
        pool._taker = None
        return False

    monkeypatch.setattr(pool._state, "wait", called)
    with pool._state:
        assert pool._waited()
    monkeypatch.setattr(pool._state, "wait", lambda _seconds: False)
    pool._taker = 1
    with pool._state:
        assert not pool._waited()


def test_handlers_may_ask_their_own_server() -> None:
    """A thread that waits for the network does not count: a pool of one does not wait for itself."""
    ae = entity()
    ae.handler_threads = 1
    ae.dimse_timeout = ae.acse_timeout = 30

    def handler(event: Event) -> int:
        if event.request.AffectedSOPInstanceUID.endswith(".1"):
            server = event.assoc.server
            with ae.associate(*server.address) as assoc:
                return assoc.send_c_store(image(2)).Status
        return 0xB000

    with pair([(evt.EVT_C_STORE, handler)], ae=ae) as (_, assoc):
        assert assoc.send_c_store(image(1)).Status == 0xB000


def test_never_on_a_thread_of_the_engine() -> None:
    """Handlers run on threads that Python has started, and which know the name of their server."""
    names: Log = Log()
    kinds = (
        evt.EVT_C_STORE,
        evt.EVT_C_ECHO,
        evt.EVT_ESTABLISHED,
        evt.EVT_RELEASED,
        evt.EVT_USER_ID,
        evt.EVT_C_FIND,
    )

    def handler(_event: Event) -> int:
        thread = threading.current_thread()
        names.add((thread.name, isinstance(thread, threading._DummyThread), thread in threading.enumerate()))
        return 0x0000

    with pair([(kind, handler) for kind in kinds]) as (_, assoc):
        assoc.send_c_echo()
        assoc.send_c_store(image())
    until(lambda: len(names) >= 4)
    assert all(name.startswith("radiogram-TEST") for name, _, _ in names)
    assert not any(is_foreign or not is_known for _, is_foreign, is_known in names)


def test_threads_are_started_as_they_are_needed() -> None:
    with pair([(evt.EVT_C_ECHO, lambda _: 0)]) as (server, assoc):
        for _ in range(20):
            assoc.send_c_echo()
        assert server._pool.threads <= 3
    until(lambda: server._pool.threads == 0)


FAILING = [
    (evt.EVT_C_STORE, 0xC211),
    (evt.EVT_C_ECHO, 0x0000),
    (evt.EVT_C_FIND, 0xC311),
    (evt.EVT_N_CREATE, 0x0110),
]


@pytest.mark.parametrize(("kind", "status"), FAILING, ids=[kind.name for kind, _ in FAILING])
def test_an_exception_is_a_failure_status_and_one_line(
    kind: evt.EVENTS,
    status: int,
    caplog: pytest.LogCaptureFixture,  # type: ignore[valid-type]
) -> None:
    """The line has the type and the place, and nothing that a peer or a patient has said; control characters are escaped."""

    class BadéError(Exception):
        """An error whose text holds what it must not."""

    BadéError.__name__ = "Bad\nError"
    given: Log = Log()

    def handler(_event: Event) -> int:
        message = "Doe^Jane\r\nforged line"
        raise BadéError(message)

    ae = entity()
    ae.handler_error = lambda event, error: given.add((event.event, str(error)))
    with caplog.at_level(logging.DEBUG), pair([(kind, handler)], ae=ae) as (_, assoc):
        answered = {
            evt.EVT_C_STORE: lambda: assoc.send_c_store(image()).Status,
            evt.EVT_C_ECHO: lambda: assoc.send_c_echo().Status,
            evt.EVT_C_FIND: lambda: [status.Status for status, _ in assoc.send_c_find(query(), FIND)][-1],
            evt.EVT_N_CREATE: lambda: assoc.send_n_create(query(), MPPS, "1.2.3")[0].Status,
        }[kind]()
        assert answered == status
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("radiogram")]
    assert len(lines) == 1
    assert lines[0].isprintable()
    assert "Doe" not in lines[0]
    assert kind.name in lines[0]
    assert "test_handlers.py:" in lines[0]
    assert list(given) == [(kind, "Doe^Jane\r\nforged line")]


@pytest.mark.parametrize("is_asynchronous", [False, True])
def test_where_a_handler_raised_is_its_own_line(
    is_asynchronous: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """And not one of pydicom, or of ours, that it has called."""
    pydicom = pytest.importorskip("pydicom")
    line = 0

    def raising() -> None:
        nonlocal line
        line = raising.__code__.co_firstlineno + 3
        _ = pydicom.Dataset().nothing

    def handler(_event: Event) -> int:
        raising()
        return 0x0000

    async def later(_event: Event) -> int:
        await asyncio.sleep(0)
        raising()
        return 0x0000

    async def main() -> None:
        with pair([(evt.EVT_C_ECHO, later)]) as (_, assoc):
            await asyncio.to_thread(assoc.send_c_echo)

    if is_asynchronous:
        asyncio.run(main())
    else:
        with pair([(evt.EVT_C_ECHO, handler)]) as (_, assoc):
            assoc.send_c_echo()
    assert f"the handler of EVT_C_ECHO raised AttributeError at test_handlers.py:{line}" in caplog.text


def test_a_match_that_cannot_be_sent_is_complained_of_where_it_was_found_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The handler had nothing to do with it any more."""
    with pair([(evt.EVT_C_FIND, lambda _: iter([(0xFF00, 1)]))]) as (_, assoc):
        assert [status.Status for status, _ in assoc.send_c_find(query(), FIND)] == [0xC312]
    assert "raised NotADatasetError at encoding.py:" in caplog.text


def test_a_notification_that_raises_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def handler(_event: Event) -> None:
        raise ValueError

    heard: Log = Log()
    with pair(
        [
            (evt.EVT_ESTABLISHED, handler),
            (evt.EVT_ESTABLISHED, lambda _: heard.add(1)),
            (evt.EVT_C_ECHO, lambda _: 0),
        ]
    ) as (_, assoc):
        assert assoc.send_c_echo().Status == 0x0000
        until(lambda: heard)
    assert len([record for record in caplog.records if record.name == "radiogram.net"]) == 1


def test_waiting_elsewhere_than_in_a_pool_is_nothing() -> None:
    with waiting_outside():
        pass


def test_many_associations_share_few_threads() -> None:
    """A hundred associations that stand: each is answered, by no more threads than there may be."""
    ae = entity()
    ae.handler_threads = 4
    proposed = [build_context(sop_class.Verification), build_context(CT, "1.2.840.10008.1.2.1")]
    with ae.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda _: 0)]
    ) as server:
        standing = [ae.associate(*server.address, contexts=proposed) for _ in range(100)]
        assert all(assoc.send_c_store(image(place + 1)).Status == 0 for place, assoc in enumerate(standing))
        assert server._pool.threads <= 4
        assert len(server.active_associations) == 100
        for assoc in standing:
            assoc.release()
        until(lambda: not server._faces)
