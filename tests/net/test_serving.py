"""What is decided when an association is asked for, and the notices that are opt-in."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from radiogram.errors import ArgumentError
from radiogram.net import build_context, evt, sop_class
from radiogram.net import pdu_primitives as items
from radiogram.net.event import Event
from radiogram.net.events import Handlers
from radiogram.net.serving import called

from tests.net.pair import CLASSES, CT, FIND, GET, MOVE, MPPS, Log, entity, image, pair, printed, until

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = [
    items.UserIdentityNegotiation(1, b"name", positive_response_requested=True),
    items.UserIdentityNegotiation(2, b"name", b"secret", positive_response_requested=True),
    items.UserIdentityNegotiation(3, b"ticket", positive_response_requested=True),
    items.UserIdentityNegotiation(4, b"<saml/>", positive_response_requested=True),
    items.UserIdentityNegotiation(5, b"token", positive_response_requested=True),
]


@pytest.mark.parametrize("identity", KINDS, ids=["name", "passcode", "kerberos", "saml", "jwt"])
def test_a_user_is_believed_or_not(identity: items.UserIdentityNegotiation) -> None:
    seen: Log = Log()

    def handler(event: Event) -> tuple[bool, bytes]:
        seen.add((event.user_id_type, event.primary_field, event.secondary_field))
        return event.primary_field != b"wrong", b"answer"

    with pair([(evt.EVT_USER_ID, handler)], asking={"ext_neg": [identity]}) as (server, assoc):
        assert assoc.acceptor.user_identity.server_response == b"answer"
        assert seen[0] == (identity.user_identity_type, identity.primary_field, identity.secondary_field)
        wrong = items.UserIdentityNegotiation(1, b"wrong")
        assert server.ae.associate(*server.address, ext_neg=[wrong]).is_rejected


def test_a_handler_of_identity_that_raises_lets_nobody_in() -> None:
    ae = entity()

    def handler(_event: Event) -> tuple[bool, None]:
        raise ValueError

    with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_USER_ID, handler)]) as server:
        assert ae.associate(*server.address, ext_neg=[items.UserIdentityNegotiation(1, b"me")]).is_rejected
        # Who says nothing of himself is nobody's business but the contexts'.
        with ae.associate(*server.address) as assoc:
            assert assoc.is_established


def test_extended_negotiation_is_answered() -> None:
    def extended(event: Event) -> dict[Any, bytes]:
        return {uid: told[::-1] for uid, told in event.app_info.items()}

    common: Log = Log()

    def heard(event: Event) -> dict[Any, Any]:
        common.add([(uid, item.service_class_uid) for uid, item in event.items.items()])
        return event.items

    asked = [
        items.SOPClassExtendedNegotiation(FIND, b"\1\0"),
        items.SOPClassCommonExtendedNegotiation(CT, "1.2.840.10008.4.2", ["1.2.3"]),
    ]
    with pair([(evt.EVT_SOP_EXTENDED, extended), (evt.EVT_SOP_COMMON, heard)], asking={"ext_neg": asked}) as (
        _,
        assoc,
    ):
        assert assoc.acceptor.sop_class_extended == {FIND: b"\0\1"}
    assert list(common) == [[(CT, "1.2.840.10008.4.2")]]


def test_a_window_is_agreed_on() -> None:
    seen: Log = Log()

    def handler(event: Event) -> tuple[int, int]:
        seen.add((event.nr_invoked, event.nr_performed))
        return 2, 1

    asked = [items.AsynchronousOperationsWindowNegotiation(8, 4)]
    with pair([(evt.EVT_ASYNC_OPS, handler)], asking={"ext_neg": asked}) as (_, assoc):
        assert assoc.acceptor.asynchronous_operations == (2, 1)
    assert list(seen) == [(8, 4)]


def test_notices_of_pdus_messages_and_states_are_opt_in() -> None:
    seen: Log = Log()
    kinds = [
        evt.EVT_CONN_OPEN,
        evt.EVT_CONN_CLOSE,
        evt.EVT_PDU_RECV,
        evt.EVT_PDU_SENT,
        evt.EVT_DATA_RECV,
        evt.EVT_DATA_SENT,
        evt.EVT_DIMSE_RECV,
        evt.EVT_DIMSE_SENT,
        evt.EVT_FSM_TRANSITION,
        evt.EVT_ACSE_RECV,
        evt.EVT_ACSE_SENT,
    ]
    details: dict[str, Any] = {}

    def note(event: Event) -> None:
        seen.add(event.event.name)
        details.setdefault(event.event.name, event)

    with pair([(kind, note) for kind in kinds]) as (_, assoc):
        assoc.send_c_echo()
    until(lambda: {kind.name for kind in kinds} <= set(seen))
    assert details["EVT_CONN_OPEN"].address[0] == "127.0.0.1"
    assert details["EVT_DATA_RECV"].data[0] == 1
    assert details["EVT_DIMSE_RECV"].command["CommandField"] == 0x30
    assert details["EVT_FSM_TRANSITION"].current_state.startswith("Sta")
    with pytest.raises(AttributeError):
        _ = details["EVT_PDU_RECV"].nothing
    # P-DATA is no part of the association control.
    assert seen.count("EVT_ACSE_RECV") == 2


def test_events_of_the_association_control_have_what_was_said() -> None:
    heard: Log = Log()
    handlers = [(kind, heard.add) for kind in (evt.EVT_ACSE_RECV, evt.EVT_ACSE_SENT, evt.EVT_PDU_RECV)]
    with pair(handlers) as (_, assoc):
        assoc.send_c_echo()
    until(lambda: sum(event.event is evt.EVT_ACSE_SENT for event in heard) == 2)
    by_kind = {(event.event, event.pdu): event for event in heard}
    asked = by_kind[evt.EVT_ACSE_RECV, 1].primitive
    assert (asked.calling_ae_title, asked.result) == ("TEST", None)
    assert len(asked.presentation_context_definition_list) == len(CLASSES)
    assert by_kind[evt.EVT_ACSE_SENT, 2].primitive.result == 0
    for nothing in ((evt.EVT_ACSE_RECV, 5), (evt.EVT_PDU_RECV, 1)):
        with pytest.raises(AttributeError, match="primitive"):
            _ = by_kind[nothing].primitive


def test_contexts_of_one_server_are_its_own() -> None:
    ae = entity(classes=(sop_class.Verification,))
    with ae.start_server(
        ("127.0.0.1", 0), block=False, contexts=[build_context(CT)], ae_title="OTHER"
    ) as server:
        assoc = ae.associate(*server.address)
        assert assoc.accepted_contexts == []
        assert server.ae_title == "OTHER"


def test_unrestricted_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    from radiogram.net import _config

    ae = entity(classes=(CT,))
    monkeypatch.setattr(_config, "UNRESTRICTED_STORAGE_SERVICE", True)
    with (
        ae.start_server(
            ("127.0.0.1", 0), block=False, contexts=[], evt_handlers=[(evt.EVT_C_STORE, lambda _: 0)]
        ) as server,
        ae.associate(*server.address) as assoc,
    ):
        assert assoc.send_c_store(image()).Status == 0x0000


@pytest.mark.parametrize("others", [[], [(evt.EVT_N_SET, lambda _: (0, None))]], ids=["nobody", "others"])
def test_what_nobody_serves_is_answered(others: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    """PS3.7 C: unrecognized operation, whatever else is served; that no handler is there is no failure of one."""
    with pair(others) as (_, assoc):
        status, _ = assoc.send_n_create(image(), MPPS, "1.2")
        assert status.Status == 0x0211
        assert assoc.send_n_delete(MPPS, "1.2").Status == 0x0211
        assert [status.Status for status, _ in assoc.send_c_find(image(), FIND)] == [0x0211]
        assert [status.Status for status, _ in assoc.send_c_move(image(), "X", MOVE)] == [0x0211]
        assert assoc.send_c_echo().Status == 0x0000
    assert "raised" not in caplog.text


def _theirs(**fields: Any) -> Any:
    made = pytest.importorskip("pydicom").Dataset()
    for keyword, value in fields.items():
        setattr(made, keyword, value)
    return made


def test_handlers_return_statuses_and_data_sets_of_pydicom() -> None:
    """What a program written for pynetdicom returns whose import alone was changed."""
    refused = {"Status": 0xA700, "ErrorComment": "full"}

    def matches(_event: Event) -> Iterator[Any]:
        yield _theirs(Status=0xFF00), _theirs(PatientID="1")
        yield _theirs(Status=0xA700, OffendingElement=[0x00100010, 0x00100020]), None

    handlers: list[Any] = [
        (evt.EVT_C_STORE, lambda _: _theirs(**refused)),
        (evt.EVT_C_FIND, matches),
        (
            evt.EVT_N_CREATE,
            lambda _: (_theirs(Status=0), _theirs(PatientID="2", AffectedSOPInstanceUID="1.2")),
        ),
        (evt.EVT_N_SET, lambda _: (_theirs(Status=0x0110, ErrorID=12), None)),
    ]
    with pair(handlers) as (_, assoc):
        stored = assoc.send_c_store(image())
        assert (stored.Status, stored.ErrorComment) == (0xA700, "full")
        (found, match), (last, _nothing) = assoc.send_c_find(_theirs(QueryRetrieveLevel="STUDY"), FIND)
        assert (found.Status, match.PatientID, last.Status) == (0xFF00, "1", 0xA700)
        assert list(last.OffendingElement) == [0x00100010, 0x00100020]
        status, created = assoc.send_n_create(_theirs(PatientID="2"), MPPS)
        assert (status.Status, status.AffectedSOPInstanceUID, created.PatientID) == (0, "1.2", "2")
        assert "AffectedSOPInstanceUID" not in created
        assert assoc.send_n_set(_theirs(PatientID="3"), MPPS, "1.2")[0].ErrorID == 12


def test_a_data_set_of_pydicom_without_a_status_is_one_of_ours_without_it() -> None:
    handlers = [
        (evt.EVT_C_STORE, lambda _: _theirs()),
        (evt.EVT_N_SET, lambda _: (_theirs(ErrorID=1), None)),
    ]
    with pair(handlers) as (_, assoc):
        assert assoc.send_c_store(image()).Status == 0xC001
        assert assoc.send_n_set(_theirs(PatientID="3"), MPPS, "1.2")[0].Status == 0xC001


def test_a_handler_that_hears_of_a_request_may_refuse_it() -> None:
    """Before anything is answered: nobody who is refused is let in for a moment."""
    ae = entity()
    told: Log = Log()

    def heard(event: Event) -> None:
        assert not event.assoc.is_established
        if event.assoc.requestor.ae_title == "STRANGER":
            event.assoc.acse.send_reject(2, 1, 3)
            event.assoc.kill()  # as pynetdicom's own examples end it
        elif event.assoc.requestor.ae_title == "FOE":
            event.assoc.abort()

    kinds = (evt.EVT_ACCEPTED, evt.EVT_REJECTED, evt.EVT_ABORTED)
    handlers: list[Any] = [(evt.EVT_REQUESTED, heard)]
    handlers += [(kind, lambda event: told.add(event.event.name)) for kind in kinds]
    with ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers) as server:
        with ae.associate(*server.address) as assoc:
            assert assoc.is_established
            late = server.active_associations[0]
            with pytest.raises(RuntimeError, match="before it is established"):
                late.acse.send_reject(1, 1, 1)
            with pytest.raises(ArgumentError, match=r"PS3\.8 9\.3\.4"):
                late.acse.send_reject(1, 2, 7)
        ae.ae_title = "STRANGER"
        assoc = ae.associate(*server.address)
        assert assoc.is_rejected
        answer = assoc.acceptor.primitive
        assert answer is not None
        assert (answer.result, answer.result_source, answer.diagnostic) == (2, 1, 3)
        ae.ae_title = "FOE"
        assert ae.associate(*server.address).is_aborted
        until(lambda: len(told) == 3)
    assert sorted(told) == ["EVT_ABORTED", "EVT_ACCEPTED", "EVT_REJECTED"]


@pytest.mark.parametrize("status", [0xC000, 0xFE00])
def test_what_failed_of_a_retrieval_is_said_by_a_data_set_of_pydicom(status: int) -> None:
    def get(_event: Event) -> Iterator[Any]:
        yield 1
        yield status, _theirs(FailedSOPInstanceUIDList=["1.2.3"])

    with pair([(evt.EVT_C_GET, get)]) as (_, assoc):
        ((said, failed),) = assoc.send_c_get(_theirs(QueryRetrieveLevel="STUDY"), GET)
        assert (said.Status, failed.FailedSOPInstanceUIDList) == (status, "1.2.3")


TOLD = """
import asyncio
from radiogram.net import AE, evt, sop_class

ae = AE()
ae.add_supported_context(sop_class.Verification)
ae.add_requested_context(sop_class.Verification)
told = []

async def note(event):
    told.append(event.event.name)
    if event.event is evt.EVT_ACCEPTED:
        raise ValueError
    await asyncio.sleep(0)

kinds = [evt.EVT_REQUESTED, evt.EVT_CONN_OPEN, evt.EVT_ACCEPTED, evt.EVT_ESTABLISHED, evt.EVT_CONN_CLOSE, evt.EVT_RELEASED, evt.EVT_ABORTED]
bound = [(kind, note) for kind in kinds]
"""


def test_the_loop_that_asks_tells_its_own_handlers_in_order_and_is_not_held_up() -> None:
    """Of the one who asks: what is told on the loop's own thread cannot be waited for there. One that raises is complained of."""
    program = f"""{TOLD}
failed = []
ae.handler_error = lambda event, error: failed.append((event.event.name, type(error).__name__))

async def main():
    async with ae.serve_async(("127.0.0.1", 0)) as server:
        async with ae.associate_async(*server.address, evt_handlers=bound) as assoc:
            assert (await assoc.echo()).Status == 0
        while len(told) < 6:
            await asyncio.sleep(0.01)
        print(*told[:4], *sorted(told[4:]))
        told.clear()
        assoc = await ae.associate_async(*server.address, evt_handlers=bound)
        assoc.association.abort()
        while len(told) < 6:
            await asyncio.sleep(0.01)
        print(*told[:4], *sorted(told[4:]))
        print(*failed)

asyncio.run(main())
"""
    begun = "EVT_REQUESTED EVT_CONN_OPEN EVT_ACCEPTED EVT_ESTABLISHED"
    failed = " ".join(["('EVT_ACCEPTED', 'ValueError')"] * 2)
    ends = f"{begun} EVT_CONN_CLOSE EVT_RELEASED\n{begun} EVT_ABORTED EVT_CONN_CLOSE\n"
    assert printed(program, logs=True) == f"{ends}{failed}\n"


def test_a_handler_on_the_loop_may_abort_what_others_are_told_of() -> None:
    program = f"""{TOLD}
async def abort(event):
    event.assoc.abort()
    return 0

async def main():
    bound = [(evt.EVT_C_ECHO, abort), (evt.EVT_ABORTED, note)]
    async with ae.serve_async(("127.0.0.1", 0), evt_handlers=bound) as server:
        assoc = await ae.associate_async(*server.address)
        try:
            await assoc.echo()
        except Exception as error:
            print(type(error).__name__)
    print(*told)

asyncio.run(main())
"""
    assert printed(program) == "AssociationAbortedError\nEVT_ABORTED\n"


def test_what_answers_is_never_waited_for_on_its_own_loop() -> None:
    """It is an error that says so, and not a wait without an end."""

    async def main() -> None:
        async def echo(_event: Event) -> int:
            return 0

        bound = Handlers([(evt.EVT_C_ECHO, echo)]).one(evt.EVT_C_ECHO)
        with pytest.raises(RuntimeError, match="EVT_C_ECHO is waited for on the thread of its own loop"):
            called(bound, Event(SimpleNamespace(), evt.EVT_C_ECHO))

    asyncio.run(main())


@pytest.mark.parametrize("end", ["", "loop.close()"])
def test_a_program_ends_although_the_loop_of_its_handlers_does_not_run_any_more(end: str) -> None:
    """Of a server, whose handlers nobody can run; and of one who asks, where the thread that would run them asks."""
    program = f"""{TOLD}
async def start():
    return ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_CONN_CLOSE, note)])

loop = asyncio.new_event_loop()
server = loop.run_until_complete(start())

async def ask():
    return ae.associate(*server.address, evt_handlers=[(evt.EVT_RELEASED, note)])

assoc = loop.run_until_complete(ask())
{end}
assoc.release()
ae.shutdown()
print("ended")
"""
    assert printed(program, logs=True) == "ended\n"
