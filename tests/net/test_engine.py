"""The network engine as Python has it: requests, answers, decisions and what is told, by the core alone."""

from __future__ import annotations

import copy
import errno
import pickle
import socket
import threading
import time
from typing import Any

import pytest
from radiogram import _core, errors

from tests import build
from tests.net import station
from tests.net.station import CT, FIND, associate, serving

MEMORY = {"sink": ("memory", 1 << 20)}


def test_an_echo_needs_no_python() -> None:
    with serving() as server:
        association = associate(server.address)
        assert association.is_established
        assert station.answer(association, 1, station.ECHO) == 0
        metrics = server.metrics()
        assert (metrics["echoes"], metrics["associations"], metrics["held_bytes"]) == (1, 1, 0)
        assert metrics["store_time"]["classes"][-1] == (float("inf"), 0)
        assert "\nradiogram_associations 1\n" in server.prometheus()
        assert "radiogram_echoes_total 1" in server.prometheus()
        assert [one.calling for one in server.associations] == ["ASKER"]
        association.release()
        assert association.over
        assert association.outcome == ("released",)
        with pytest.raises(errors.AssociationOverError):
            association.send(1, station.ECHO)


def test_what_was_agreed_on_is_told() -> None:
    with serving() as server:
        contexts = [*station.CONTEXTS, (7, "1.2.3.4", [build.IMPLICIT])]
        association = associate(
            server.address,
            contexts=contexts,
            roles=[(CT, True, True)],
            operations_window=(5, 6),
            max_pdu=20_000,
        )
        assert association.is_requestor
        assert (association.calling, association.called, association.state) == ("ASKER", "STATION", "Sta6")
        assert association.peer == server.address
        assert association.contexts[1] == (3, CT, build.EXPLICIT, True, True)
        assert association.refused == [(7, "1.2.3.4", 3)]
        request = association.request
        assert (request["calling"], request["operations_window"], request["max_pdu"]) == (
            "ASKER",
            (5, 6),
            20_000,
        )
        assert request["contexts"] == contexts
        assert request["roles"] == [(CT, True, True)]
        response = association.response
        assert response is not None
        assert response["contexts"][0] == (1, 0, build.IMPLICIT)
        assert response["operations_window"] == (1, 1)
        assert association.window == (1, 1)


def test_requests_are_answered_by_python() -> None:
    """Any number of pending answers with data, then the last one; what the response leaves out is the request's."""
    seen: list[_core.NetWork] = []

    def serve(work: _core.NetWork) -> None:
        if work.kind != "request":
            return
        seen.append(work)
        for number in range(3):
            assert work.respond({"Status": 0xFF00}, b"%d%d" % (number, number))
        assert not work.answered
        assert work.respond({"Status": 0, "ErrorComment": "all of them"})
        assert work.answered

    with serving(serve, wants={"request"}) as server:
        association = associate(server.address)
        exchange = association.send(5, {**station.QUERY, "MessageID": 77}, b"\x08\x00\x52\x00CS\x02\x00PT")
        heard = list(iter(lambda: exchange.next(10), None))
        assert [(said["Status"], data) for said, data in heard] == [
            (0xFF00, b"00"),
            (0xFF00, b"11"),
            (0xFF00, b"22"),
            (0, None),
        ]
        last = heard[-1][0]
        assert last["CommandField"] == 0x8020
        assert last["MessageIDBeingRespondedTo"] == 77 == exchange.message_id
        assert last["AffectedSOPClassUID"] == FIND
        assert last["ErrorComment"] == "all of them"
        assert exchange.complete
        work = seen[0]
        assert work.command is not None
        assert work.command["MessageID"] == 77
        assert work.context == (5, FIND, build.EXPLICIT)
        assert work.data == b"\x08\x00\x52\x00CS\x02\x00PT"
        assert work.data is work.data
        assert work.association is not None
        assert not work.association.is_requestor
        assert work.association == server.associations[0]


def test_many_answers_are_given_at_once() -> None:
    many = [b"%04d" % number for number in range(1000)]

    def serve(work: _core.NetWork) -> None:
        if work.kind == "request":
            with pytest.raises(TypeError):
                work.respond_many({"Status": 0xFF00}, ["text"])  # type: ignore[list-item]
            assert work.respond_many({"Status": 0xFF00}, [])
            assert work.respond_many({"Status": 0xFF01}, many)
            assert not work.answered
            assert work.respond({"Status": 0})

    with serving(serve, wants={"request"}) as server:
        exchange = associate(server.address).send(5, {**station.QUERY, "MessageID": 78}, b"")
        heard = list(iter(lambda: exchange.next(10), None))
    assert [(said["Status"], data) for said, data in heard] == [
        *((0xFF01, one) for one in many),
        (0, None),
    ]
    assert {said["MessageIDBeingRespondedTo"] for said, _ in heard} == {78}


def test_no_more_of_many_answers_once_the_peer_has_cancelled() -> None:
    def serve(work: _core.NetWork) -> None:
        if work.kind == "request":
            assert work.respond_many({"Status": 0xFF00}, [bytes(1000)] * 200_000)
            assert work.cancelled
            work.respond({"Status": 0xFE00})

    with serving(serve, wants={"request"}) as server:
        exchange = associate(server.address).send(5, station.QUERY, b"")
        assert exchange.next(10)[0]["Status"] == 0xFF00
        exchange.cancel()
        *pending, (last, _) = list(iter(lambda: exchange.next(10), None))
    assert last["Status"] == 0xFE00
    assert len(pending) < 100_000


def test_a_request_is_cancelled() -> None:
    def serve(work: _core.NetWork) -> None:
        while work.kind == "request" and not work.answered:
            if work.cancelled:
                work.respond({"Status": 0xFE00})
            else:
                work.respond({"Status": 0xFF00}, b"00")

    with serving(serve, wants={"request"}) as server:
        association = associate(server.address)
        exchange = association.send(5, station.QUERY, b"")
        for _ in range(100):
            assert exchange.next(10)[0]["Status"] == 0xFF00
        exchange.cancel()
        *_, last = iter(lambda: exchange.next(10), None)
        assert last[0]["Status"] == 0xFE00


def test_what_nobody_answers_is_a_failure() -> None:
    def serve(work: _core.NetWork) -> None:
        del work

    with serving(serve, wants={"request", "instance"}, rules=[MEMORY]) as server:
        association = associate(server.address)
        assert station.answer(association, 5, station.QUERY, b"") == 0x0110
        assert station.answer(association, 3, station.store("1.2.3"), station.instance("1.2.3")) == 0xC211


def test_what_is_not_wanted_is_the_engines() -> None:
    with serving(wants=set()) as server:
        association = associate(server.address)
        assert station.answer(association, 5, station.QUERY, b"") == 0x0211
        assert station.answer(association, 3, station.store("1.2.3"), station.instance("1.2.3")) == 0x0122


def test_python_decides_on_associations() -> None:
    def serve(work: _core.NetWork) -> None:
        if work.kind != "negotiate":
            return
        name = work.details["request"]["identity"][2]
        if name == b"friend":
            assert work.answer({"identity_response": b"ticket", "extended": [(FIND, b"\1\1")]})
        elif name == b"anybody":
            assert work.answer(True)
        elif name == b"later":
            assert work.answer({"reject": (2, 1, 1)})
        else:
            assert work.answer(False)

    with serving(serve, wants={"negotiate"}) as server:
        known = associate(server.address, identity=(1, True, b"friend", b""), extended=[(FIND, b"\1")])
        assert known.response is not None
        assert known.response["identity_response"] == b"ticket"
        assert known.response["extended"] == [(FIND, b"\1\1")]
        assert associate(server.address, identity=(2, True, b"anybody", b"secret")).is_established
        with pytest.raises(errors.AssociationRejectedError) as raised:
            associate(server.address, identity=(1, False, b"later", b""))
        assert (raised.value.result, raised.value.source, raised.value.reason) == (2, 1, 1)
        with pytest.raises(errors.AssociationRejectedError, match="rejected"):
            associate(server.address, identity=(1, False, b"enemy", b""))


def test_what_happens_is_told_in_order() -> None:
    names: list[str] = []
    gone = threading.Event()

    def serve(work: _core.NetWork) -> None:
        names.append(work.name or work.kind)
        if work.kind == "request":
            work.respond({"Status": 0})
        if work.name in {"released", "aborted"}:
            names.append(str(work.details["outcome"]))
        if work.name == "connection-close":
            gone.set()

    wants = {"requested", "established", "request", "echo", "connection-open", "connection-close"}
    with serving(serve, wants=wants) as server:
        association = associate(server.address)
        assert station.answer(association, 1, station.ECHO) == 0
        association.release()
        assert gone.wait(10)
    assert names == [
        "connection-open",
        "requested",
        "established",
        "request",
        "released",
        "('released',)",
        "connection-close",
    ]


def test_an_end_is_always_told() -> None:
    ends: list[tuple[object, ...]] = []
    told = threading.Semaphore(0)

    def serve(work: _core.NetWork) -> None:
        ends.append(work.details["outcome"])
        told.release()

    with serving(serve, wants={"request"}) as server:
        associate(server.address).abort()
        assert told.acquire(timeout=10)
        associate(server.address)
        assert told.acquire(timeout=10)
    assert ends == [("aborted", 0, 0), ("released",)], "one that nobody holds is released"


def test_wishes_change_while_it_runs() -> None:
    served: list[str] = []

    def serve(work: _core.NetWork) -> None:
        if work.kind == "request":
            served.append("echo")
            work.respond({"Status": 0})

    with serving(serve) as server:
        first, second = associate(server.address), associate(server.address)
        assert station.answer(first, 1, station.ECHO) == 0
        server.want({"echo"})
        assert station.answer(first, 1, station.ECHO) == 0
        mine = next(one for one in server.associations if one.peer == second.local)
        mine.want(set())
        assert station.answer(second, 1, station.ECHO) == 0
        assert served == ["echo"]
        with pytest.raises(errors.ArgumentError, match='no "everything"'):
            server.want({"everything"})


def test_what_goes_on_below_is_told_to_those_who_ask() -> None:
    """PDUs, steps of the state table, messages and bytes: from any time on, of one association or of all."""
    told: list[tuple[str, dict[str, Any]]] = []
    wants = {
        "pdu-received",
        "pdu-sent",
        "fsm",
        "message-received",
        "message-sent",
        "data-received",
        "data-sent",
    }

    asked = threading.Event()

    def serve(work: _core.NetWork) -> None:
        if work.kind != "request":
            told.append((work.name, work.details))
            return
        if not asked.is_set():
            # It comes behind all that was told before.
            told.clear()
            asked.set()
        work.respond({"Status": 0})

    def told_of_all() -> bool:
        """Ask until all is told: the engine hears of the wish while it reads."""
        deadline = time.monotonic() + 60
        while not {name for name, _ in told} >= wants and time.monotonic() < deadline:
            assert station.answer(association, 1, station.ECHO) == 0
            time.sleep(0.01)
        return {name for name, _ in told} == wants

    with serving(serve) as server:
        association = associate(server.address)
        server.want(wants)
        assert told_of_all()
        by_name = dict(reversed(told))
        assert by_name["message-received"]["command"]["CommandField"] == 0x30
        assert by_name["message-received"]["context"] == 1
        assert by_name["pdu-received"] == {"pdu": 4}
        assert by_name["data-received"]["data"].startswith(b"\x04\0")
        assert by_name["fsm"]["next_state"] == "Sta6"
        server.want({"echo"})
        for _ in range(1000):
            assert station.answer(association, 1, station.ECHO) == 0
            if asked.is_set():
                break
        assert asked.is_set()
        for _ in range(3):
            assert station.answer(association, 1, station.ECHO) == 0
        assert told == []
        server.associations[0].want(wants)
        assert told_of_all()


def test_a_server_asks_too() -> None:
    """An N-EVENT-REPORT from the acceptor, answered by the requestor's inbox; roles are agreed on."""
    inbox = _core.NetInbox()
    with serving() as server:
        contexts = [(1, station.COMMITMENT, [build.IMPLICIT])]
        roles = [(station.COMMITMENT, True, True)]
        association = associate(
            server.address, contexts=contexts, roles=roles, inbox=inbox, wants={"request"}
        )
        (served,) = server.associations
        event = {
            "CommandField": 0x100,
            "AffectedSOPClassUID": station.COMMITMENT,
            "AffectedSOPInstanceUID": "1.2.840.10008.1.20.1.1",
            "EventTypeID": 1,
        }
        exchange = served.send(1, event, b"data")
        work = inbox.take(10)
        assert work is not None
        assert work.association == association
        assert work.data == b"data"
        assert work.respond({"Status": 0})
        said, _ = exchange.next(10)
        assert (said["CommandField"], said["EventTypeID"], said["Status"]) == (0x8100, 1, 0)


def test_a_handler_may_ask_for_associations() -> None:
    """One thread serves, and waits for another association with the same server meanwhile."""

    def serve(work: _core.NetWork) -> None:
        if work.kind == "request":
            inner = associate(server.address)
            status = station.answer(inner, 1, station.ECHO)
            inner.release()
            work.respond({"Status": status})

    with serving(serve, wants={"request"}) as server:
        association = associate(server.address)
        assert station.answer(association, 5, station.QUERY, b"") == 0


def test_many_threads_use_one_association() -> None:
    def serve(work: _core.NetWork) -> None:
        if work.kind == "request":
            work.respond({"Status": 0, "ErrorComment": (work.data or b"").decode()})

    with serving(serve, threads=4, wants={"request"}, operations_window=(0, 0)) as server:
        association = associate(server.address, operations_window=(0, 0))
        wrong: list[object] = []

        def ask(name: int) -> None:
            for number in range(50):
                mark = f"{name}-{number}"
                exchange = association.send(5, station.QUERY, mark.encode() + b" " * (len(mark) % 2))
                said, _ = exchange.next(30)
                if said["ErrorComment"] != mark:
                    wrong.append(said)

        threads = [threading.Thread(target=ask, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


def test_why_there_is_no_association() -> None:
    with serving(require_called=True) as server:
        address = server.address
        with pytest.raises(errors.AssociationRejectedError, match="called AE title") as raised:
            associate(address, called="OTHER")
        assert (raised.value.result, raised.value.source, raised.value.reason) == (1, 1, 7)
        assert isinstance(raised.value, ConnectionRefusedError)
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), str(again), again.reason) == (type(raised.value), str(raised.value), 7)
    with pytest.raises(errors.NetworkError, match="nobody listens there") as refused:
        associate(address)
    assert refused.value.errno == errno.ECONNREFUSED
    with pytest.raises(errors.ArgumentError, match="AE title"):
        associate(address, calling="A TITLE THAT IS TOO LONG")
    assert str(refused.value).startswith(f"127.0.0.1:{address[1]}: ")
    with pytest.raises(errors.NetworkError, match=r"no-such-host.invalid:104: "):
        associate(("no-such-host.invalid", 104))


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_addresses_of_the_sixth_version() -> None:
    try:
        server = _core.NetServer("::1", 0, aet="S", contexts=station.OFFERS)
    except errors.NetworkError:
        pytest.skip("this machine has no ::1")
    host, port = server.address
    assert host == "::1"
    for one in (host, "[::1]"):
        association = associate((one, port))
        assert association.peer == (host, port)
        assert station.answer(association, 1, station.ECHO) == 0
    server.stop(0)


def test_a_peer_that_says_nothing_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        with pytest.raises(errors.NetworkTimeoutError):
            associate(listener.getsockname(), acse_timeout=0.3)
        assert time.monotonic() - began < 5
    held = threading.Event()
    with serving(lambda work: held.wait(60) if work.kind == "request" else None, wants={"request"}) as server:
        association = associate(server.address)
        exchange = association.send(5, station.QUERY, b"")
        with pytest.raises(errors.NetworkTimeoutError):
            exchange.next(0.1)
        assert not association.over, "the time was the caller's, not the association's"
        held.set()


def test_a_port_in_use_says_so() -> None:
    with serving() as server, pytest.raises(errors.NetworkError, match="listens there"):
        _core.NetServer("127.0.0.1", server.address[1], aet="A", contexts=[])


@pytest.mark.parametrize(
    ("context", "command", "words"),
    [
        (1, {"CommandField": 0x30}, "missing"),
        (1, {**station.ECHO, "PatientName": "X"}, "no command has a field PatientName"),
        (1, {**station.ECHO, "MessageID": 70_000}, "MessageID"),
        (1, {**station.ECHO, "MessageID": "one"}, "MessageID"),
        (9, station.ECHO, "context"),
        (
            1,
            {**station.ECHO, "CommandField": 0x8030, "Status": 0, "MessageIDBeingRespondedTo": 1},
            "no request",
        ),
    ],
)
def test_a_wrong_command_is_refused(context: int, command: dict[str, Any], words: str) -> None:
    with serving() as server:
        association = associate(server.address)
        with pytest.raises(errors.ArgumentError, match=words):
            association.send(context, command)
        assert station.answer(association, 1, station.ECHO) == 0, "and the association stands"


def test_connections_are_not_copied() -> None:
    with serving() as server:
        association = associate(server.address)
        exchange = association.send(1, station.ECHO)
        sending = _core.NetSending([association])
        pending = association.ended(to=_core.NetInbox())
        pending.cancel()
        for one in (server, association, exchange, _core.NetInbox(), sending, pending):
            for refused in (pickle.dumps, copy.copy, copy.deepcopy):
                with pytest.raises(TypeError, match="cannot be pickled or copied"):
                    refused(one)
