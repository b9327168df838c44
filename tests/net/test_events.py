"""Events, and who is bound to them."""

from __future__ import annotations

import asyncio

import pytest
from radiogram.errors import ArgumentError
from radiogram.net import evt
from radiogram.net.events import EVENTS, Handlers


def _one(_event: object) -> int:
    return 1


def _two(_event: object) -> int:
    return 2


def test_every_event_of_pynetdicom_is_here() -> None:
    theirs = pytest.importorskip("pynetdicom.events")
    names = {name for name in dir(theirs) if name.startswith("EVT_")}
    assert names == set(EVENTS)
    for name in names:
        assert getattr(evt, name).is_intervention == getattr(theirs, name).is_intervention, name


def test_an_intervention_has_one_handler_and_a_notification_any_number() -> None:
    handlers = Handlers()
    for handler in (_one, _two, _two):
        handlers.bind(evt.EVT_C_STORE, handler)
        handlers.bind(evt.EVT_RELEASED, handler)
    assert handlers.get_handlers(evt.EVT_C_STORE) == (_two, None)
    assert handlers.get_handlers(evt.EVT_RELEASED) == [(_one, None), (_two, None)]
    handlers.unbind(evt.EVT_RELEASED, _one)
    handlers.unbind(evt.EVT_C_STORE, _two)
    assert handlers.get_handlers(evt.EVT_RELEASED) == [(_two, None)]
    assert handlers.get_handlers(evt.EVT_C_STORE) == (None, None)
    assert handlers.get_events() == [evt.EVT_RELEASED]


def test_arguments_go_with_a_handler() -> None:
    handlers = Handlers([(evt.EVT_C_ECHO, _one, ["more"])])
    assert handlers.get_handlers(evt.EVT_C_ECHO) == (_one, ["more"])


def test_the_engine_is_asked_for_what_is_bound_and_no_more() -> None:
    assert Handlers().wants == set()
    assert "pdu-received" not in Handlers([(evt.EVT_C_STORE, _one)]).wants
    assert "instance" in Handlers([(evt.EVT_C_STORE, _one)]).wants
    assert {"pdu-received", "released"} <= Handlers([(evt.EVT_PDU_RECV, _one)]).wants


def test_what_cannot_be_bound_is_refused() -> None:
    handlers = Handlers()
    with pytest.raises(ArgumentError):
        handlers.bind("EVT_C_STORE", _one)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError):
        handlers.bind(evt.EVT_C_STORE, 3)  # type: ignore[arg-type]


def test_an_asynchronous_handler_is_bound_where_its_loop_runs() -> None:
    async def handler(_event: object) -> int:
        return 0

    with pytest.raises(ArgumentError, match="loop"):
        Handlers([(evt.EVT_C_STORE, handler)])

    async def main() -> bool:
        return Handlers([(evt.EVT_C_STORE, handler)]).one(evt.EVT_C_STORE).loop is asyncio.get_running_loop()

    assert asyncio.run(main())


def test_copies_are_changed_alone() -> None:
    first = Handlers([(evt.EVT_C_ECHO, _one)])
    second = first.copy()
    second.bind(evt.EVT_C_STORE, _two)
    assert evt.EVT_C_STORE not in first.get_events()
