"""Associations that an AE asks for: how what comes finds them, and what is left of them when they are over."""

from __future__ import annotations

import gc
import socket
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.net import AE, build_role, evt, handlers, sop_class

from tests.net.pair import COMMITMENT, CT, GET, Log, entity, image, pair, query, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.net.event import Event

ROLE = build_role(CT, scu_role=True, scp_role=True)


def _get(_event: Event) -> Iterator[Any]:
    yield 1
    yield 0xFF00, image()


def _threads(title: str) -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(f"radiogram-{title}-")]


@pytest.mark.parametrize("is_shut_down", [False, True])
def test_an_ae_whose_associations_are_over_leaves_nothing(*, is_shut_down: bool) -> None:
    left: list[weakref.ref[AE]] = []

    def job(address: tuple[str, int], bound: list[Any]) -> None:
        ae = AE("JOB")
        ae.add_requested_context(sop_class.Verification)
        with ae.associate(*address, evt_handlers=bound) as assoc:
            assert assoc.send_c_echo().Status == 0x0000
        assert ae.associate(*address, ae_title="SOMEBODY", evt_handlers=bound).is_rejected
        if is_shut_down:
            ae.shutdown()
        left.append(weakref.ref(ae))

    ours = entity()
    ours.require_called_aet = True
    with ours.start_server(("127.0.0.1", 0), block=False, ae_title="ANY-SCP") as server:
        for kind in (evt.EVT_C_STORE, evt.EVT_CONN_OPEN, evt.EVT_CONN_CLOSE, evt.EVT_PDU_SENT):
            job(server.address, [(kind, lambda _: 0x0000)])
        until(lambda: not _threads("JOB"), 10)
        gc.collect()
        assert [one() for one in left] == [None] * 4


def test_what_is_bound_later_is_called_although_all_others_are_over() -> None:
    """An association without handlers keeps the threads: some may be bound to it, and what comes then comes the same way."""
    accepted: Log = Log()
    heard: Log = Log()

    def report(event: Event) -> tuple[int, None]:
        heard.add(event.event_type)
        return 0x0000, None

    ae = entity("LATER")
    roles = [build_role(uid, scu_role=True, scp_role=True) for uid in (CT, COMMITMENT)]
    server_handlers = [(evt.EVT_ESTABLISHED, lambda event: accepted.add(event.assoc))]
    with entity().start_server(("127.0.0.1", 0), block=False, evt_handlers=server_handlers) as server:
        standing = ae.associate(*server.address, ext_neg=roles)
        until(lambda: accepted)
        ae.associate(*server.address, evt_handlers=[(evt.EVT_C_STORE, lambda _: 0)]).release()
        until(lambda: not ae._faces)
        ae.shutdown()
        standing.bind(evt.EVT_N_EVENT_REPORT, report)
        info = rg.Dataset()
        info.TransactionUID = "1.2.3.9"
        status, _ = accepted[0].send_n_event_report(info, 1, COMMITMENT, "1.2.840.10008.1.20.1.1")
        assert (status.Status, list(heard)) == (0x0000, [1])
        standing.release()
        until(lambda: not _threads("LATER"), 10)
        assert ae._made is None


def test_nothing_is_lost_where_some_end_while_others_begin() -> None:
    """Many threads ask for associations of one AE: its threads end and start again all the time, and each association has its work done."""
    ae = entity("CROWD")
    ae.handler_threads = 4
    statuses: Log = Log()
    taken: Log = Log()
    told: Log = Log()
    bound = [
        (evt.EVT_C_STORE, lambda _: taken.add(1) or 0x0000),
        (evt.EVT_PDU_RECV, lambda event: told.add(event.pdu)),
    ]

    with entity().start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, _get)]) as server:

        def ask() -> None:
            for _ in range(20):
                with ae.associate(*server.address, ext_neg=[ROLE], evt_handlers=bound) as assoc:
                    statuses.add([status.Status for status, _ in assoc.send_c_get(query(), GET)])

        asking = [threading.Thread(target=ask) for _ in range(4)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(60)
        assert list(statuses) == [[0xFF00, 0x0000]] * 80
        assert len(taken) == 80
        until(lambda: not _threads("CROWD"), 10)
        # Each has heard of what accepted it, and of the end.
        assert (told.count(0x02), told.count(0x06)) == (80, 80)


def test_what_was_rejected_holds_nobody_up() -> None:
    """What comes of it has no association to find, whoever else is asked for and does not answer."""
    bound = [(evt.EVT_C_STORE, lambda _: 0), (evt.EVT_CONN_CLOSE, lambda _: None)]
    ae = entity()
    ae.handler_threads = 2
    ours = entity()
    ours.require_called_aet = True
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        ours.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, _get)]) as server,
    ):
        waiting = threading.Thread(target=ae.associate, args=silent.getsockname())
        waiting.start()
        connection, _ = silent.accept()
        connection.recv(1)
        for _ in range(4):
            refused = ae.associate(*server.address, ae_title="SOMEBODY", evt_handlers=bound)
            assert refused.is_rejected
        began = time.monotonic()
        with ae.associate(*server.address, ae_title="TEST", ext_neg=[ROLE], evt_handlers=bound) as assoc:
            assert [status.Status for status, _ in assoc.send_c_get(query(), GET)] == [0xFF00, 0x0000]
        passed = time.monotonic() - began
        connection.close()
        waiting.join(60)
    assert passed < 4


def test_an_end_that_nobody_tells_of_is_seen_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that is bound when an association is just over hears of nothing any more."""
    monkeypatch.setattr(handlers, "IDLE", 0.1)
    with pair() as (server, assoc):
        ae = server.ae
        other = ae.associate(*server.address, evt_handlers=[(evt.EVT_C_STORE, lambda _: 0)])
        late = ae.associate(*server.address)
        late.release()
        ae._faces[late._net.id] = late
        other.release()
        assoc.release()
        until(lambda: ae._made is None, 10)
        assert not ae._faces
