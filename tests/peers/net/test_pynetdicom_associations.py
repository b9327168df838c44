"""pynetdicom at the other end, in both roles: how associations are agreed on, how they end, and what is told of it."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.programs import until

from .libraries import Library, client, serving
from .libraries import sides as sides  # a fixture

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"


def test_rejections(sides: tuple[Library, Library]) -> None:
    """A called title that is not ours, a calling one that may not, and nothing in common."""
    server, other = sides
    with serving(server, [], VERIFICATION, require_called_aet=True, require_calling_aet=["FRIEND"]) as port:
        for calling, called, wanted in [
            ("FRIEND", "SERVER", True),
            ("STRANGER", "SERVER", False),
            ("FRIEND", "ANOTHER", False),
        ]:
            ae = other.net.AE(ae_title=calling)
            ae.add_requested_context(VERIFICATION)
            heard: list[str] = []
            listening = [
                (other.evt("EVT_PDU_RECV"), lambda event, heard=heard: heard.append(type(event.pdu).__name__))
            ]
            assoc = ae.associate("127.0.0.1", port, ae_title=called, evt_handlers=listening)
            assert assoc.is_established is wanted
            if wanted:
                assert not assoc.is_rejected
                assoc.release()
            elif other.name == "theirs":
                # Of a rejection that comes at once pynetdicom's requestor says at times that it was aborted: what it has received tells.
                until(lambda heard=heard: heard, "an answer")
                assert heard == ["A_ASSOCIATE_RJ"]
            else:
                until(lambda assoc=assoc: assoc.is_rejected, "the answer is known")
    with serving(server, [], VERIFICATION) as port:
        ae = other.net.AE()
        ae.add_requested_context(CT)
        assoc = ae.associate("127.0.0.1", port)
        # pynetdicom aborts an association that has no accepted context; the standard lets it stand.
        assert not assoc.accepted_contexts
        if assoc.is_established:
            assoc.release()


def test_abort(sides: tuple[Library, Library]) -> None:
    """Either side aborts, and the other one knows."""
    server, other = sides
    told: list[str] = []
    handlers = [
        (server.evt("EVT_ABORTED"), lambda _: told.append("aborted")),
        (server.evt("EVT_RELEASED"), lambda _: told.append("released")),
        (server.evt("EVT_C_ECHO"), lambda event: event.assoc.abort() or 0),
    ]
    with serving(server, handlers, VERIFICATION) as port:
        ae = other.net.AE()
        ae.add_requested_context(VERIFICATION)
        assoc = ae.associate("127.0.0.1", port)
        assoc.abort()
        until(lambda: told == ["aborted"], "the server knows")
        assert assoc.is_aborted
        assoc = ae.associate("127.0.0.1", port)
        status = assoc.send_c_echo()
        assert "Status" not in status
        until(lambda: assoc.is_aborted, "the client knows")
        assert not assoc.is_established


def test_identities_and_extended_negotiation(sides: tuple[Library, Library]) -> None:
    """User identity with an answer, SOP class extended negotiation, and roles."""
    server, other = sides
    seen: dict[str, Any] = {}

    def identify(event: Any) -> tuple[bool, bytes | None]:
        seen["identity"] = (event.user_id_type, event.primary_field, event.secondary_field or b"")
        return event.primary_field == b"user", b"welcome"

    def extended(event: Any) -> dict[str, bytes]:
        seen.setdefault("extended", {str(uid): value for uid, value in event.app_info.items()})
        return event.app_info

    identity = importlib.import_module(f"{other.net.__name__}.pdu_primitives").UserIdentityNegotiation()
    identity.user_identity_type, identity.positive_response_requested = 3, True
    identity.primary_field = b"user"
    item = importlib.import_module(f"{other.net.__name__}.pdu_primitives").SOPClassExtendedNegotiation()
    item.sop_class_uid, item.service_class_application_information = STUDY_FIND, b"\1\1\0\1"
    handlers = [(server.evt("EVT_USER_ID"), identify), (server.evt("EVT_SOP_EXTENDED"), extended)]
    with serving(server, handlers, STUDY_FIND) as port:
        with client(other, port, STUDY_FIND, ext_neg=[identity, item]) as assoc:
            assert assoc.acceptor.user_identity.server_response == b"welcome"
            told = {str(uid): value for uid, value in assoc.acceptor.sop_class_extended.items()}
            assert told == {STUDY_FIND: b"\1\1\0\1"}
        identity.primary_field = b"stranger"
        ae = other.net.AE()
        ae.add_requested_context(STUDY_FIND)
        assert ae.associate("127.0.0.1", port, ext_neg=[identity]).is_rejected
    assert seen == {"identity": (3, b"stranger", b""), "extended": {STUDY_FIND: b"\1\1\0\1"}}


NOTIFICATIONS = (
    *("EVT_CONN_OPEN", "EVT_REQUESTED", "EVT_ACCEPTED", "EVT_ESTABLISHED"),
    *("EVT_RELEASED", "EVT_CONN_CLOSE", "EVT_ABORTED", "EVT_REJECTED"),
)


def notifications(server: Library, other: Library, end: str) -> dict[str, list[str]]:
    """Give what each side is told of one association, in its order."""
    told: dict[str, list[str]] = {"server": [], "client": []}

    def noting(side: str, name: str) -> Any:
        return lambda _event: told[side].append(name)

    handlers = [(server.evt(name), noting("server", name)) for name in NOTIFICATIONS]
    with serving(server, handlers, VERIFICATION, require_called_aet=True) as port:
        ae = other.net.AE(ae_title="CLIENT")
        ae.add_requested_context(VERIFICATION)
        assoc = ae.associate(
            "127.0.0.1",
            port,
            ae_title="NOBODY" if end == "rejected" else "SERVER",
            evt_handlers=[(other.evt(name), noting("client", name)) for name in NOTIFICATIONS],
        )
        if end != "rejected":
            assert assoc.send_c_echo().Status == 0
            (assoc.release if end == "released" else assoc.abort)()
        until(lambda: all("EVT_CONN_CLOSE" in side for side in told.values()), f"all is told: {told}")
    return told


@pytest.mark.parametrize("end", ["released", "aborted", "rejected"])
def test_events(sides: tuple[Library, Library], end: str) -> None:
    """Notifications are those that pynetdicom gives, in their order, in both roles."""
    server, other = sides
    theirs = server if server.name == "theirs" else other
    # The last two are told at the same time there, by two threads.
    told, wanted = notifications(server, other, end), notifications(theirs, theirs, end)
    assert {side: sorted(names) for side, names in told.items()} == {
        side: sorted(names) for side, names in wanted.items()
    }
    assert {side: names[:-2] for side, names in told.items()} == {
        side: names[:-2] for side, names in wanted.items()
    }
