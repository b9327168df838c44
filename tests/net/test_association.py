"""Associations: how they begin, what was agreed, how they end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from radiogram.errors import ArgumentError, AssociationRejectedError, NetworkError
from radiogram.net import AE, build_context, build_role, evt, sop_class
from radiogram.net import pdu_primitives as items

from tests.net.pair import (
    COMMITMENT,
    CT,
    EXPLICIT,
    FIND,
    GET,
    IMPLICIT,
    MOVE,
    MPPS,
    Log,
    entity,
    image,
    pair,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_contexts_are_agreed_on() -> None:
    ae = AE()
    ae.add_supported_context(CT, EXPLICIT)
    ae.requested_contexts = [
        build_context(CT, [IMPLICIT, EXPLICIT]),
        build_context(CT, IMPLICIT),
        build_context("1.2.3", IMPLICIT),
    ]
    with ae.start_server(("127.0.0.1", 0), block=False) as server, ae.associate(*server.address) as assoc:
        assert [(one.context_id, one.transfer_syntax, one.as_scu) for one in assoc.accepted_contexts] == [
            (1, [EXPLICIT], True)
        ]
        assert [(one.context_id, one.status) for one in assoc.rejected_contexts] == [
            (3, "Transfer Syntax(es) Not Supported"),
            (5, "Abstract Syntax Not Supported"),
        ]


@pytest.mark.parametrize(
    ("proposed", "supported", "agreed"),
    [
        (None, (None, None), (True, False)),
        ((True, True), (True, True), (True, True)),
        ((True, True), (False, True), (False, True)),
        ((False, True), (False, True), (False, True)),
        ((True, True), (None, None), (True, False)),
    ],
)
def test_roles_are_agreed_on(
    proposed: tuple[bool, bool] | None, supported: tuple[Any, Any], agreed: tuple[bool, bool]
) -> None:
    """PS3.7 D.3.3.4: the acceptor takes no role that was not proposed, and turns down what it does not want."""
    ae = AE()
    ae.add_supported_context(CT, EXPLICIT, *supported)
    ae.add_requested_context(CT, EXPLICIT)
    roles = [] if proposed is None else [build_role(CT, *proposed)]
    theirs: Log = Log()
    with (
        ae.start_server(
            ("127.0.0.1", 0),
            block=False,
            evt_handlers=[(evt.EVT_ESTABLISHED, lambda event: theirs.add(event.assoc))],
        ) as server,
        ae.associate(*server.address, ext_neg=roles) as assoc,
    ):
        (context,) = assoc.accepted_contexts
        assert (context.as_scu, context.as_scp) == agreed
        until(lambda: theirs)
        (context,) = theirs[0].accepted_contexts
        assert (context.as_scp, context.as_scu) == agreed


@pytest.mark.parametrize(("order", "taken"), [("acceptor", EXPLICIT), ("requestor", IMPLICIT)])
def test_whose_order_decides_is_said(order: str, taken: str) -> None:
    """PS3.8 9.3.3.2: the acceptor takes one of several; pynetdicom's takes the first of its own."""
    ae = AE()
    assert ae.transfer_syntax_order == "acceptor"
    ae.transfer_syntax_order = order
    ae.add_supported_context(CT, [EXPLICIT, IMPLICIT])
    ae.add_requested_context(CT, [IMPLICIT, EXPLICIT])
    with ae.start_server(("127.0.0.1", 0), block=False) as server, ae.associate(*server.address) as assoc:
        assert [context.transfer_syntax for context in assoc.accepted_contexts] == [[taken]]
    with pytest.raises(ValueError, match="transfer_syntax_order"):
        ae.transfer_syntax_order = "mine"


def test_both_sides_know_each_other() -> None:
    seen: Log = Log()
    with pair(
        [(evt.EVT_ESTABLISHED, lambda event: seen.add(event.assoc))],
        asking={
            "ae_title": "THEM",
            "ext_neg": [
                items.AsynchronousOperationsWindowNegotiation(4, 1),
                items.SOPClassExtendedNegotiation(
                    sop_class.StudyRootQueryRetrieveInformationModelFind, b"\1\1"
                ),
                items.UserIdentityNegotiation(1, b"somebody"),
            ],
        },
    ) as (server, assoc):
        until(lambda: seen)
        theirs = seen[0]
        assert theirs.is_acceptor
        assert assoc.is_requestor
        assert (theirs.requestor.ae_title, theirs.acceptor.ae_title) == ("TEST", "THEM")
        assert theirs.requestor.asynchronous_operations == (4, 1)
        assert list(theirs.requestor.sop_class_extended.values()) == [b"\1\1"]
        assert theirs.requestor.user_identity.primary_field == b"somebody"
        assert theirs.requestor.implementation_class_uid == assoc.requestor.implementation_class_uid
        assert len(theirs.requestor.requested_contexts) == 7
        assert theirs.remote["port"] == assoc.local["port"]
        assert assoc.remote["port"] == server.address[1]
        assert assoc.acceptor.maximum_length == server.ae.maximum_pdu_size
        assert "somebody" not in repr(theirs.requestor.user_identity)


def test_who_is_not_called_or_not_known_is_rejected() -> None:
    ae = entity()
    ae.require_called_aet, ae.require_calling_aet = True, ["FRIEND"]
    told: Log = Log()
    with ae.start_server(("127.0.0.1", 0), block=False) as server:
        assoc = ae.associate(
            *server.address, evt_handlers=[(evt.EVT_REJECTED, lambda _: told.add("rejected"))]
        )
        assert (assoc.is_rejected, assoc.is_established, assoc.is_aborted) == (True, False, False)
        assert isinstance(assoc.error, AssociationRejectedError)
        assert "called" in str(assoc.error).lower()
        assert told == ["rejected"]
        assert assoc.accepted_contexts == []
        assert not ae.associate(*server.address, ae_title="TEST").is_established
        ae.ae_title = "FRIEND"
        assoc = ae.associate(*server.address, ae_title="TEST")
        assert assoc.is_established
        assoc.release()


def test_a_rejection_is_an_answer_as_a_whole() -> None:
    """PS3.8 9.3.4: pynetdicom's programs look for it in `acceptor.primitive`."""
    ae = entity()
    ae.require_called_aet = True
    seen: list[Any] = []
    with ae.start_server(
        ("127.0.0.1", 0),
        block=False,
        evt_handlers=[(evt.EVT_REJECTED, lambda event: seen.append(event.assoc))],
    ) as server:
        assoc = ae.associate(*server.address, ae_title="NOBODY")
        until(lambda: seen)
        for one in (assoc, seen[0]):
            said = one.acceptor.primitive
            assert (said.result, said.result_source, said.diagnostic) == (1, 1, 7)
            assert (said.called_ae_title, said.calling_ae_title) == ("NOBODY", "TEST")
            asked = one.requestor.primitive
            assert (asked.result, len(asked.presentation_context_definition_list)) == (None, 7)
            assert asked.maximum_length_received == ae.maximum_pdu_size
        assert said.reason_str == "Called AE title not recognised"
        with ae.associate(*server.address, ae_title="TEST") as assoc:
            assert (assoc.acceptor.primitive.result, assoc.acceptor.primitive.result_str) == (0, "Accepted")
    nobody = ae.associate(*server.address)
    assert nobody.acceptor.primitive is None
    assert nobody.requestor.primitive is None


@pytest.mark.parametrize("wrong", [-1, 65536, 70000, "1", 1.5])
def test_numbers_that_no_command_can_have(wrong: Any) -> None:
    """PS3.7 E.1: US. Cut to 16 bits they would be others."""
    ds = image()
    with pair() as (_, assoc):
        asked: list[Callable[[], object]] = [
            lambda: assoc.send_c_echo(wrong),
            lambda: assoc.send_c_store(ds, msg_id=wrong),
            lambda: assoc.send_c_store(ds, priority=wrong),
            lambda: assoc.send_c_store(ds, originator_aet="X", originator_id=wrong),
            lambda: next(assoc.send_many([ds], priority=wrong)),
            lambda: assoc.send_c_find(ds, FIND, msg_id=wrong),
            lambda: assoc.send_c_get(ds, GET, priority=wrong),
            lambda: assoc.send_c_move(ds, "X", MOVE, msg_id=wrong),
            lambda: assoc.send_c_cancel(wrong, query_model=FIND),
            lambda: assoc.send_n_get([], MPPS, "1.2", msg_id=wrong),
            lambda: assoc.send_n_set(ds, MPPS, "1.2", msg_id=wrong),
            lambda: assoc.send_n_create(ds, MPPS, "1.2", msg_id=wrong),
            lambda: assoc.send_n_delete(MPPS, "1.2", msg_id=wrong),
            lambda: assoc.send_n_action(ds, wrong, COMMITMENT, "1.2"),
            lambda: assoc.send_n_event_report(ds, wrong, COMMITMENT, "1.2"),
            lambda: assoc.send_n_get([], MPPS, "1." * 40),
            lambda: assoc.send_c_move(ds, "A" * 17, MOVE),
        ]
        for ask in asked:
            with pytest.raises(ArgumentError):
                ask()
        assert assoc.send_c_echo(65535).Status == 0x0000


def test_where_nothing_is_accepted_there_is_no_association() -> None:
    """PS3.8 lets such an association stand; pynetdicom does not, and scripts ask `is_established` alone."""
    ae = entity()
    with ae.start_server(("127.0.0.1", 0), block=False, contexts=[build_context("1.2.3")]) as server:
        assoc = ae.associate(*server.address)
        assert (assoc.is_established, assoc.is_aborted, assoc.accepted_contexts) == (False, True, [])
        assert "accepted none" in str(assoc.error)
        assert len(assoc.rejected_contexts) == 7


def test_nobody_there_is_an_abort_in_words() -> None:
    ae = entity()
    with ae.start_server(("127.0.0.1", 0), block=False) as server:
        port = server.address[1]
    assoc = ae.associate("127.0.0.1", port)
    assert (assoc.is_aborted, assoc.is_established) == (True, False)
    assert isinstance(assoc.error, NetworkError)
    with pytest.raises(RuntimeError, match="established"):
        assoc.send_c_echo()


def test_ends_are_told_on_both_sides() -> None:
    def told(log: Log) -> list[Any]:
        return [
            (event, lambda event: log.add(event.event.name))
            for event in (
                evt.EVT_REQUESTED,
                evt.EVT_CONN_OPEN,
                evt.EVT_ACCEPTED,
                evt.EVT_ESTABLISHED,
                evt.EVT_CONN_CLOSE,
                evt.EVT_RELEASED,
                evt.EVT_ABORTED,
            )
        ]

    for end, name in (("release", "EVT_RELEASED"), ("abort", "EVT_ABORTED")):
        ours, theirs = Log(), Log()
        with pair(told(theirs), asking={"evt_handlers": told(ours)}) as (_, assoc):
            getattr(assoc, end)()
            agreed = ["EVT_ACCEPTED", "EVT_ESTABLISHED"]
            assert ours[:4] == ["EVT_REQUESTED", "EVT_CONN_OPEN", *agreed]
            assert set(ours[4:]) == {"EVT_CONN_CLOSE", name}
            until(partial(lambda log: len(log) == 6, theirs))
            assert theirs[:4] == ["EVT_CONN_OPEN", "EVT_REQUESTED", *agreed]
            assert set(theirs[4:]) == {"EVT_CONN_CLOSE", name}
            assert (assoc.is_released, assoc.is_aborted) == (end == "release", end == "abort")
            assert not assoc.is_alive()


def test_a_peer_that_aborts_is_heard() -> None:
    heard: Log = Log()
    with pair(asking={"evt_handlers": [(evt.EVT_ABORTED, lambda event: heard.add(event.assoc))]}) as (
        server,
        assoc,
    ):
        until(lambda: server.active_associations)
        server.active_associations[0].abort()
        assoc.join(20)
        assert assoc.is_aborted
        until(lambda: heard == [assoc])


def test_an_exception_in_the_block_aborts() -> None:
    ended: Log = Log()
    ae = entity()
    with ae.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_ABORTED, ended.add)]
    ) as server:
        with pytest.raises(ZeroDivisionError), ae.associate(*server.address):
            _ = 1 / 0
        until(lambda: ended)


def test_handlers_can_be_bound_later() -> None:
    seen: Log = Log()
    with pair() as (server, assoc):
        assoc.bind(evt.EVT_RELEASED, lambda _: seen.add("released"))
        server.bind(evt.EVT_C_ECHO, lambda _: seen.add("echo") or 0x0000)
        assoc.send_c_echo()
        assert assoc.get_events() == [evt.EVT_RELEASED]
        assert list(seen) == ["echo"]
        server.unbind(evt.EVT_C_ECHO, server.get_handlers(evt.EVT_C_ECHO)[0])
        seen.clear()
        assert assoc.send_c_echo().Status == 0
        assert "echo" not in seen
    assert list(seen) == ["released"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((3, 104), TypeError),
        (("127.0.0.1", "104"), TypeError),
        (("127.0.0.1", 104, []), ValueError),
        (("127.0.0.1", 104, [build_context(CT)] * 129), ValueError),
        (("127.0.0.1", 104, None, "A" * 17), ValueError),
    ],
)
def test_what_cannot_be_asked_for_is_refused(arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        entity().associate(*arguments)


@pytest.mark.parametrize("response", ["A-ABORT", "A-RELEASE"])
def test_what_is_silent_for_long_is_aborted_or_released(response: str) -> None:
    ended: Log = Log()
    handlers = [
        (evt.EVT_RELEASED, lambda _: ended.add("A-RELEASE")),
        (evt.EVT_ABORTED, lambda _: ended.add("A-ABORT")),
    ]
    with pair(handlers) as (_, assoc):
        assert assoc.network_timeout_response == "A-ABORT"
        with pytest.raises(ArgumentError, match="network_timeout_response is"):
            assoc.network_timeout_response = "release"
        assoc.network_timeout_response = response
        assert assoc.send_c_echo().Status == 0x0000
        assoc.network_timeout = 0.1
        until(lambda: not assoc.is_alive())
        assert (assoc.is_released, assoc.is_aborted) == (response == "A-RELEASE", response == "A-ABORT")
        until(lambda: ended)
    assert list(ended) == [response]
