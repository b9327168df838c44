"""Works come into an inbox, whose bounds hold up those who make them."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from radiogram import _core, errors

from tests.net import station
from tests.net.station import associate, serving

MEMORY = {"sink": ("memory", 1 << 20)}


def test_results_come_into_an_inbox() -> None:
    """Associations, answers and failures: nothing is waited for."""
    inbox = _core.NetInbox()
    with serving() as server:
        host, port = server.address
        options: dict[str, Any] = {"calling": "A", "called": "B", "contexts": station.CONTEXTS, "to": inbox}
        begun = _core.net_associate(host, port, token="one", **options)
        assert isinstance(begun, _core.NetPending)
        work = inbox.take(10)
        assert work is not None
        assert (work.kind, work.token, work.association) == ("done", "one", None)
        association = work.details["value"]
        assert isinstance(association.send(1, station.ECHO, to=inbox, token=2), _core.NetPending)
        work = inbox.take(10)
        assert work is not None
        exchange = work.details["value"]
        assert isinstance(exchange.next(to=inbox, token=3), _core.NetPending)
        work = inbox.take(10)
        assert work is not None
        assert work.token == 3
        assert work.details["value"][0]["Status"] == 0
        association.release(to=inbox)
        work = inbox.take(10)
        assert work is not None
        assert (work.token, work.details) == (None, {"value": None})
        association.release(to=inbox)
        association.send(1, station.ECHO, to=inbox)
        works = [inbox.take(10), inbox.take(10)]
        assert any(
            isinstance(work.details.get("error"), errors.AssociationOverError) for work in works if work
        )


def test_a_full_inbox_makes_peers_wait() -> None:
    """Nobody is lost, nothing piles up: the engine does not read what has no place."""
    inbox = _core.NetInbox(2)
    offers = station.OFFERS
    server = _core.NetServer(
        "127.0.0.1", 0, aet="S", contexts=offers, inbox=inbox, wants={"request"}, rules=[MEMORY]
    )
    associations = [associate(server.address) for _ in range(8)]
    exchanges = [association.send(5, station.QUERY, b"") for association in associations]
    deadline = time.monotonic() + 60
    while len(inbox) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    assert len(inbox) == 2
    for _ in exchanges:
        work = inbox.take(10)
        assert work is not None
        work.respond({"Status": 0})
    assert [exchange.next(10)[0]["Status"] for exchange in exchanges] == [0] * 8
    server.stop(0)


def test_a_crowd_of_news_makes_new_peers_wait() -> None:
    """Where nobody takes what is told, what peers can pile up by coming and going has an end."""
    inbox = _core.NetInbox(1)
    server = _core.NetServer(
        "127.0.0.1",
        0,
        aet="S",
        contexts=station.OFFERS,
        inbox=inbox,
        wants={"established"},
        require_called=False,
    )
    came = late = 0
    # One that is late may be so because the machine is.
    while came < 200 and late < 3:
        try:
            associate(server.address, acse_timeout=1).abort()
        except errors.NetworkTimeoutError:
            late += 1
        else:
            came, late = came + 1, 0
    assert 20 <= came <= 70
    assert 60 <= len(inbox) <= 140
    while len(inbox) > 20:
        inbox.take_many(64)
    assert associate(server.address).is_established, "and it goes on when there is room"
    server.stop(0)


def test_a_closed_inbox_ends_all_waiting() -> None:
    inbox = _core.NetInbox()
    taken: list[object] = [0, 0]

    def take(place: int) -> None:
        taken[place] = inbox.take()

    threads = [threading.Thread(target=take, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    assert inbox.take(0.01) is None
    assert not inbox.closed
    inbox.close()
    for thread in threads:
        thread.join(10)
    assert taken == [None, None]
    assert inbox.closed
    with pytest.raises(errors.ArgumentError):
        _core.NetInbox(0)
    with pytest.raises(errors.ArgumentError):
        inbox.take(-1)
