"""What programs written for pynetdicom look at beside what they send: the whole request, contexts by kind, messages, ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, NetworkTimeoutError
from radiogram.net import AE, build_context, evt, sop_class
from radiogram.net import pdu_primitives as items
from radiogram.uid import UID

from tests.net.pair import CT, EXPLICIT, FIND, GET, MPPS, Log, entity, image, pair, query, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiogram.net.event import Event
    from radiogram.net.presentation import PresentationContext


def _contexts(found: list[PresentationContext]) -> list[tuple[Any, ...]]:
    return [(one.context_id, one.abstract_syntax, one.result) for one in found]


def test_a_request_and_its_answer_are_there_as_a_whole() -> None:
    ae = AE("ASKS")
    ae.add_supported_context(CT, EXPLICIT)
    ae.requested_contexts = [build_context(CT), build_context("1.2.3")]
    with (
        ae.start_server(("127.0.0.1", 0), block=False) as server,
        ae.associate(*server.address, ae_title="ASKED", max_pdu=20000) as assoc,
    ):
        request, answer = assoc.requestor.primitive, assoc.acceptor.primitive
        assert request is not None
        assert answer is not None
        assert (request.calling_ae_title, request.called_ae_title) == ("ASKS", "ASKED")
        assert request.called_presentation_address == server.address
        assert request.maximum_length_received == 20000
        assert request.application_context_name == "1.2.840.10008.3.1.1.1"
        assert _contexts(request.presentation_context_definition_list) == [
            (1, CT, None),
            (3, "1.2.3", None),
        ]
        assert _contexts(assoc.requestor.get_contexts("pcdl")) == [(1, CT, None), (3, "1.2.3", None)]
        assert _contexts(answer.presentation_context_definition_results_list) == [
            (1, CT, 0),
            (3, "1.2.3", 3),
        ]
        assert assoc.acceptor.get_contexts("pcdrl") == answer.presentation_context_definition_results_list
        assert _contexts(assoc.requestor.get_contexts("requested")) == [(1, CT, None), (3, "1.2.3", None)]
        assert [one.context_id for one in ae.requested_contexts] == [None, None]
        there = server.active_associations[0]
        assert there.requestor.primitive == request
        assert [one.abstract_syntax for one in there.acceptor.get_contexts("supported")] == [CT]
        with pytest.raises(ArgumentError, match="'requested' or 'pcdl'"):
            assoc.requestor.get_contexts("pcdrl")


def test_who_has_said_nothing_has_no_request() -> None:
    ae = entity()
    ae.connection_timeout = 1
    with ae.start_server(("127.0.0.1", 0), block=False) as server:
        nobody = server.address
    assoc = ae.associate(*nobody)
    assert not assoc.is_established
    assert assoc.requestor.primitive is None
    assert assoc.requestor.get_contexts("pcdl") == []


def test_common_extended_negotiation_that_was_taken_is_known_to_the_acceptor() -> None:
    def take(event: Event) -> dict[str, Any]:
        return {uid: item for uid, item in event.items.items() if uid != "1.2.4"}

    said = [
        items.SOPClassCommonExtendedNegotiation("1.2.3", "1.2.840.10008.4.2", ["1.2.5"]),
        items.SOPClassCommonExtendedNegotiation("1.2.4", "1.2.840.10008.4.2"),
    ]
    with pair([(evt.EVT_SOP_COMMON, take)], asking={"ext_neg": said}) as (server, assoc):
        there = server.active_associations[0]
        assert there.acceptor.accepted_common_extended == {"1.2.3": ("1.2.840.10008.4.2", ["1.2.5"])}
        assert assoc.acceptor.accepted_common_extended == {}
        with pytest.raises(AttributeError, match="acceptor"):
            _ = assoc.requestor.accepted_common_extended


def test_a_context_is_chosen_as_findscu_does() -> None:
    with pair() as (_, assoc):
        context = assoc._get_valid_context(FIND, "", "scu")
        assert (context.abstract_syntax, context.transfer_syntax) == (FIND, [EXPLICIT])
        assert assoc._get_valid_context(FIND, "1.2.840.10008.1.2", "scu") == context
        for wrong in (
            {"ab_syntax": "1.2.3", "tr_syntax": ""},
            {"ab_syntax": FIND, "tr_syntax": "1.2.840.10008.1.2", "allow_conversion": False},
            {"ab_syntax": FIND, "tr_syntax": "1.2.840.10008.1.2.4.90"},
            {"ab_syntax": FIND, "tr_syntax": "", "role": "scp"},
            {"ab_syntax": FIND, "tr_syntax": "", "context_id": 1},
        ):
            with pytest.raises(ArgumentError, match="No presentation context"):
                assoc._get_valid_context(**wrong)


def test_messages_are_told_with_their_commands() -> None:
    seen: Log = Log()

    def told(event: Event) -> None:
        seen.add((event.event.name, event.message.context_id, event.message.command_set))

    handlers = [(evt.EVT_DIMSE_RECV, told), (evt.EVT_DIMSE_SENT, told)]
    with pair(asking={"evt_handlers": handlers}) as (_, assoc):
        assoc.send_c_echo()
        until(lambda: len(seen) == 2)
    (_, sent_in, sent), (_, _, received) = sorted(seen, key=lambda one: one[0], reverse=True)
    assert (sent_in, sent.CommandField, sent.MessageID) == (1, 0x0030, 1)
    assert (received.CommandField, received.Status, received.CommandDataSetType) == (0x8030, 0, 0x0101)


def test_other_events_have_no_message() -> None:
    seen: Log = Log()
    with pair([(evt.EVT_ESTABLISHED, lambda event: seen.add(hasattr(event, "message")))]):
        until(lambda: seen)
    assert list(seen) == [False]


def test_a_handler_comes_to_its_end_behind_the_last_sub_operation() -> None:
    seen: Log = Log()

    def get(event: Event) -> Iterator[Any]:
        yield 1
        status = rg.Dataset()
        status.Status, status.ErrorComment = 0xFF00, "said with it"
        yield status, image(1)
        seen.add(event.is_cancelled)
        yield 0xFF00, image(2)
        seen.add("too much")

    stored = (evt.EVT_C_STORE, lambda _: 0)
    with pair([(evt.EVT_C_GET, get)], asking={"evt_handlers": [stored]}) as (_, assoc):
        (pending, _), (last, _) = assoc.send_c_get(query(), GET)
    assert (pending.ErrorComment, pending.NumberOfCompletedSuboperations) == ("said with it", 1)
    assert (last.Status, last.NumberOfCompletedSuboperations) == (0x0000, 1)
    assert list(seen) == [False]


def test_a_handler_may_abort_behind_the_last_sub_operation() -> None:
    def get(event: Event) -> Iterator[Any]:
        yield 1
        yield 0xFF00, image(1)
        event.assoc.abort()

    stored = (evt.EVT_C_STORE, lambda _: 0)
    with pair([(evt.EVT_C_GET, get)], asking={"evt_handlers": [stored]}) as (_, assoc):
        statuses = [status for status, _ in assoc.send_c_get(query(), GET)]
        assert not statuses[-1]
        until(lambda: assoc.is_aborted)


def test_a_failed_retrieval_has_a_data_set_to_look_into() -> None:
    def call(_: Event) -> Iterator[Any]:
        raise ValueError

    def draw(_: Event) -> Iterator[Any]:
        yield from ()
        raise ValueError

    def unknown(_: Event) -> Iterator[Any]:
        yield 1
        yield 0xFFF0, image(1)

    expected = [(call, 0xC411, rg.Dataset()), (draw, 0xC413, rg.Dataset()), (unknown, 0xFFF0, None)]
    for handler, status, identifier in expected:
        with pair([(evt.EVT_C_GET, handler)]) as (_, assoc):
            ((answer, listed),) = assoc.send_c_get(query(), GET)
        assert (answer.Status, listed) == (status, identifier)


def test_a_shutdown_waits_for_handlers_that_are_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radiogram.net.server.SETTLED", 60.0)
    seen: Log = Log()

    def told(_: Event) -> None:
        time.sleep(0.1)
        seen.add("done")

    ae = entity()
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_RELEASED, told)])
    ae.associate(*server.address).release()
    server.shutdown()
    assert list(seen) == ["done"]


def test_a_handler_can_shut_its_server_down() -> None:
    ae = entity()

    def stop(event: Event) -> int:
        event.assoc.server.shutdown()
        return 0

    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_DELETE, stop)])
    began = time.monotonic()
    ae.associate(*server.address).send_n_delete(MPPS, "1.2.3")
    assert server.wait(30)
    assert time.monotonic() - began < 5


def test_a_server_supports_something() -> None:
    ae = AE()
    with pytest.raises(ArgumentError, match="one presentation context"):
        ae.start_server(("127.0.0.1", 0))
    ae.add_supported_context(CT, scp_role=True)
    with pytest.raises(ArgumentError, match="both, or neither"):
        ae.start_server(("127.0.0.1", 0))


def test_retired_classes_that_are_still_met_are_proposed() -> None:
    from radiogram.net.presentation import StoragePresentationContexts

    proposed = {context.abstract_syntax for context in StoragePresentationContexts}
    assert len(proposed) == len(StoragePresentationContexts) == 120
    assert {sop_class.UltrasoundImageStorageRetired, sop_class.NuclearMedicineImageStorageRetired} < proposed


def test_an_answer_that_does_not_come_in_time_is_the_end() -> None:
    def wait(event: Event) -> int:
        until(lambda: event.is_cancelled)
        return 0

    ae = entity()
    ae.dimse_timeout = 0.2
    with pair([(evt.EVT_N_DELETE, wait)], ae=ae) as (_, assoc):
        assert not assoc.send_n_delete(MPPS, "1.2.3")
        assert isinstance(assoc.error, NetworkTimeoutError)
        assert assoc.is_aborted


def test_an_association_says_how_long_it_waits() -> None:
    ae = entity()
    ae.dimse_timeout, ae.network_timeout, ae.acse_timeout = 7, 8, 9
    with pair(ae=ae) as (_, assoc):
        assert (assoc.dimse_timeout, assoc.network_timeout, assoc.connection_timeout) == (7, 8, None)
        # As pynetdicom's: what is set of the AE holds for its associations, until something is set of one.
        ae.dimse_timeout, ae.acse_timeout = 1, 10
        assert (assoc.dimse_timeout, assoc.network_timeout, assoc.acse_timeout) == (1, 8, 10)
        assoc.acse_timeout, assoc.dimse_timeout = 3, 4
        assert (assoc.acse_timeout, assoc.dimse_timeout, ae.acse_timeout, ae.dimse_timeout) == (3, 4, 10, 1)
        ae.dimse_timeout = 5
        assert (assoc.acse_timeout, assoc.dimse_timeout) == (3, 5)
        for name in ("acse_timeout", "dimse_timeout", "network_timeout", "connection_timeout"):
            with pytest.raises(ArgumentError):
                setattr(assoc, name, -1)


def test_titles_of_bytes_are_taken_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match="not bytes"):
        ae = AE(b"OLD")  # type: ignore[arg-type]
    assert ae.ae_title == "OLD"


def test_who_we_are_is_a_uid_and_a_name() -> None:
    ae = AE()
    ae.implementation_class_uid, ae.implementation_version_name = "1.2.3", None  # type: ignore[assignment]
    assert isinstance(ae.implementation_class_uid, UID)
    for name in ("implementation_class_uid", "implementation_version_name"):
        with pytest.raises(TypeError, match=name):
            setattr(ae, name, 1)
    for name, wrong in (
        ("implementation_class_uid", "no UID"),
        ("implementation_version_name", "A" * 17),
        ("implementation_version_name", ""),
        ("implementation_version_name", "A\nB"),
    ):
        with pytest.raises(ValueError, match=name):
            setattr(ae, name, wrong)


@pytest.mark.parametrize("returned", [0x10000, 0x1FF00, -1, -0x10000])
def test_a_status_of_more_than_16_bits_is_no_success(returned: int) -> None:
    with pair([(evt.EVT_C_STORE, lambda _: returned)]) as (_, assoc):
        assert assoc.send_c_store(image(1)).Status == 0xC002


@pytest.mark.parametrize("returned", [None, rg.Dataset(), "text"])
def test_an_echo_is_answered_whatever_its_handler_returns(returned: object) -> None:
    with pair([(evt.EVT_C_ECHO, lambda _: returned)]) as (_, assoc):
        assert assoc.send_c_echo().Status == 0x0000
