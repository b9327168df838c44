"""What is set of an AE, or of a server, while the server runs: it holds for associations that begin later."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from radiogram.errors import ArgumentError, NetworkTimeoutError
from radiogram.net import AE, build_context, evt, sop_class
from radiogram.net.server import AssociationServer

from tests.net.pair import CT, EXPLICIT, IMPLICIT, MPPS, entity, pair, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.net.association import Association
    from radiogram.net.event import Event

VERIFICATION = sop_class.Verification


@contextmanager
def running() -> Iterator[tuple[AE, AssociationServer]]:
    """Serve verification alone."""
    ae = AE("SERVER")
    ae.add_supported_context(VERIFICATION)
    with ae.start_server(("127.0.0.1", 0), block=False) as server:
        yield ae, server


def asked(server: AssociationServer, title: str = "CLIENT", **options: Any) -> Association:
    """Ask as somebody else, whose settings are others, for verification and CT."""
    ae = AE(title)
    contexts = [build_context(VERIFICATION), build_context(CT, [IMPLICIT, EXPLICIT])]
    return ae.associate(*server.address, contexts=contexts, **{"ae_title": "SERVER", **options})


def taken(assoc: Association) -> list[tuple[Any, list[Any]]]:
    """Release it, and give what was agreed on."""
    found = [(one.abstract_syntax, one.transfer_syntax) for one in assoc.accepted_contexts]
    assoc.release()
    return found


def test_contexts_come_and_go() -> None:
    default = (VERIFICATION, [IMPLICIT])
    with running() as (ae, server):
        standing = asked(server)
        assert taken(asked(server)) == [default]
        ae.add_supported_context(CT, EXPLICIT)
        assert [one.abstract_syntax for one in server.contexts] == [VERIFICATION, CT]
        assert taken(asked(server)) == [default, (CT, [EXPLICIT])]
        ae.add_supported_context(CT, IMPLICIT)
        assert taken(asked(server)) == [default, (CT, [EXPLICIT])]
        ae.transfer_syntax_order = "requestor"
        assert taken(asked(server)) == [default, (CT, [IMPLICIT])]
        ae.remove_supported_context(CT, IMPLICIT)
        assert taken(asked(server)) == [default, (CT, [EXPLICIT])]
        ae.remove_supported_context(CT)
        assert taken(asked(server)) == [default]
        ae.supported_contexts = [build_context(CT, IMPLICIT)]
        assert taken(asked(server)) == [(CT, [IMPLICIT])]
        assert standing.send_c_echo().Status == 0x0000
        assert taken(standing) == [default]


def test_a_server_has_contexts_and_a_title_of_its_own() -> None:
    with running() as (ae, server):
        ae.require_called_aet = True
        server.ae_title = "OTHER"
        assert asked(server).is_rejected
        assert taken(asked(server, ae_title="OTHER"))
        ae.ae_title = "THIRD"
        assert asked(server, ae_title="THIRD").is_rejected
        server.contexts = [build_context(CT, IMPLICIT)]
        ae.add_supported_context(CT, EXPLICIT)
        assert taken(asked(server, ae_title="OTHER")) == [(CT, [IMPLICIT])]
        half = build_context(CT)
        half.scu_role = True
        with pytest.raises(ArgumentError, match="scp_role"):
            server.contexts = [half]
        assert taken(asked(server, ae_title="OTHER")) == [(CT, [IMPLICIT])]


def test_roles_that_are_none_change_nothing_and_stand_in_no_later_settings_way() -> None:
    default = (VERIFICATION, [IMPLICIT])
    half = build_context(CT)
    half.scp_role = True
    with running() as (ae, server):
        before = ae.supported_contexts
        with pytest.raises(ArgumentError, match="said both, or neither"):
            ae.add_supported_context(CT, scu_role=True)
        with pytest.raises(ArgumentError, match="said both, or neither"):
            ae.add_supported_context(VERIFICATION, EXPLICIT, scp_role=False)
        with pytest.raises(ArgumentError, match="said both, or neither"):
            ae.supported_contexts = [build_context(MPPS), half]
        with pytest.raises(ArgumentError, match="said both, or neither"):
            server.contexts = [half]
        assert ae.supported_contexts == server.contexts == before
        ae.dimse_timeout = 5
        assert taken(asked(server)) == [default]
        ae.add_supported_context(CT, EXPLICIT, scu_role=False, scp_role=True)
        ae.add_supported_context(CT, IMPLICIT)
        (added,) = (one for one in ae.supported_contexts if one.abstract_syntax == CT)
        assert (added.transfer_syntax, added.scu_role, added.scp_role) == ([EXPLICIT, IMPLICIT], False, True)


def test_who_may_call_and_is_called() -> None:
    with running() as (ae, server):
        ae.require_calling_aet = ["FRIEND"]
        assert asked(server).is_rejected
        assert taken(asked(server, "FRIEND"))
        ae.require_called_aet = True
        assert asked(server, "FRIEND", ae_title="NOBODY").is_rejected
        ae.require_calling_aet, ae.require_called_aet = [], False
        assert taken(asked(server, ae_title="NOBODY"))


def test_bounds_and_names() -> None:
    with running() as (ae, server):
        ae.maximum_associations = 1
        first = asked(server)
        assert asked(server).is_rejected
        # What is rejected has a place until its connection is closed.
        until(lambda: server.metrics()["associations"] == 1)
        ae.maximum_associations = 2
        second = asked(server)
        assert second.is_established
        assert first.acceptor.maximum_length == ae.maximum_pdu_size
        ae.maximum_pdu_size, ae.implementation_class_uid = 32768, "1.2.3"  # type: ignore[assignment]
        first.release()
        until(lambda: server.metrics()["associations"] == 1)
        third = asked(server)
        assert (third.acceptor.maximum_length, third.acceptor.implementation_class_uid) == (32768, "1.2.3")
        assert second.acceptor.maximum_length != 32768
        second.release()
        third.release()


def test_how_long_a_server_waits() -> None:
    with running() as (ae, server):
        standing = asked(server)
        ae.network_timeout = 0.1
        later = asked(server)
        until(lambda: standing.is_aborted and later.is_aborted)
        ae.acse_timeout = 0.1
        with socket.create_connection(server.address) as silent:
            silent.settimeout(20)
            # PS3.8 9.1.5: who asks for nothing is not waited for.
            assert silent.recv(100) == b""


def test_how_long_an_association_waits() -> None:
    def wait(event: Event) -> int:
        until(lambda: event.is_cancelled)
        return 0

    with pair([(evt.EVT_N_DELETE, wait)], ae=entity()) as (_, assoc):
        assoc.dimse_timeout = 0.1
        assert not assoc.send_n_delete(MPPS, "1.2.3")
        assert isinstance(assoc.error, NetworkTimeoutError)


def test_what_is_set_while_a_server_starts_holds_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ae = AE("SERVER")
    ae.add_supported_context(VERIFICATION)
    made = AssociationServer._terms

    def terms(server: AssociationServer) -> dict[str, Any]:
        found = made(server)
        # Another thread, which comes behind this.
        monkeypatch.setattr(AssociationServer, "_terms", made)
        ae.add_supported_context(CT, EXPLICIT)
        return found

    monkeypatch.setattr(AssociationServer, "_terms", terms)
    with ae.start_server(("127.0.0.1", 0), block=False) as server:
        assert [uid for uid, _ in taken(asked(server))] == [VERIFICATION, CT]


def test_what_is_set_when_it_has_stopped_is_for_the_next() -> None:
    with running() as (ae, server):
        server.shutdown()
        ae.add_supported_context(CT, EXPLICIT)
        server.ae_title = "LATE"
        with ae.start_server(("127.0.0.1", 0), block=False) as again:
            assert len(taken(asked(again))) == 2
