"""What an AE is set to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from radiogram.errors import ArgumentError
from radiogram.net import AE, build_context, sop_class
from radiogram.net.pdu_primitives import AsynchronousOperationsWindowNegotiation

from tests.net.pair import entity, pair, until

if TYPE_CHECKING:
    from pathlib import Path

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"


@pytest.mark.parametrize("title", ["", "    ", "SEVENTEEN_LETTERS", "BACK\\SLASH", "LINE\nFEED", "Ünicode"])
def test_a_title_that_is_none_is_refused(title: str) -> None:
    with pytest.raises(ArgumentError):
        AE(title)
    ae = AE()
    with pytest.raises(ArgumentError):
        ae.require_calling_aet = [title]


def test_half_a_pair_of_roles_starts_no_server() -> None:
    ae, half = AE(), build_context(CT)
    half.scu_role = True
    ae.supported_contexts = [half]
    with pytest.raises(ArgumentError, match="said both, or neither"):
        ae.start_server(("127.0.0.1", 0), block=False)
    ae.add_supported_context(CT, scu_role=True, scp_role=True)
    with ae.start_server(("127.0.0.1", 0), block=False):
        assert [(one.scu_role, one.scp_role) for one in ae.supported_contexts] == [(True, True)]


def test_spaces_round_a_title_do_not_matter() -> None:
    assert AE("  MINE ").ae_title == "MINE"


def test_times_are_pynetdicoms_names() -> None:
    ae = AE()
    assert (ae.acse_timeout, ae.dimse_timeout, ae.network_timeout, ae.connection_timeout) == (
        30,
        30,
        60,
        None,
    )
    ae.dimse_timeout = 0.5
    assert ae.dimse_timeout == 0.5
    for wrong in (-1, "5", True):
        with pytest.raises(ArgumentError):
            ae.acse_timeout = wrong  # type: ignore[assignment]


def test_several_operations_are_agreed_on_without_being_asked_for() -> None:
    """PS3.7 D.3.3.3: who asks proposes, who is asked agrees to no more."""
    for ours, theirs, agreed in (
        (None, None, (16, 16)),
        ((8, 1), None, (8, 1)),
        ((0, 3), None, (16, 3)),
        (None, (2, 5), (5, 2)),
        # No more than are served at once.
        ((0, 0), (0, 0), (32, 32)),
        (None, (1, 1), (1, 1)),
        ((1, 1), None, (1, 1)),
    ):
        asking, serving = entity(), entity()
        assert asking.operations_window == (16, 16)
        if ours is not None:
            asking.operations_window = ours
        if theirs is not None:
            serving.operations_window = theirs
        with (
            serving.start_server(("127.0.0.1", 0), block=False) as server,
            asking.associate(*server.address) as assoc,
        ):
            assert assoc.acceptor.asynchronous_operations == agreed
            invoked, performed = asking.operations_window
            assert assoc.requestor.asynchronous_operations == (invoked, performed or 32)
            said = [type(item).__name__ for item in assoc.requestor.primitive.user_information]
            assert ("AsynchronousOperationsWindowNegotiation" in said) is (ours != (1, 1))


def test_a_window_is_of_one_association_and_of_servers_that_run() -> None:
    ae = entity()
    window = AsynchronousOperationsWindowNegotiation(3, 2)
    with ae.start_server(("127.0.0.1", 0), block=False) as server:
        with ae.associate(*server.address, ext_neg=[window]) as assoc:
            assert assoc.acceptor.asynchronous_operations == (3, 2)
        ae.operations_window = (2, 4)
        with ae.associate(*server.address) as assoc:
            # As many as one side invokes and the other one performs.
            assert assoc.acceptor.asynchronous_operations == (2, 2)
    for wrong in (None, 3, (1,), (1, 2, 3), (-1, 1), (1, 65536), (True, 1), ("1", 1)):
        with pytest.raises(ArgumentError, match="operations_window"):
            ae.operations_window = wrong
    assert ae.operations_window == (2, 4)
    with pytest.raises(ArgumentError, match="operations_window"):
        ae.start_server(("127.0.0.1", 0), block=False, operations_window=(70_000, 1))


def test_limits() -> None:
    ae = AE()
    ae.maximum_pdu_size, ae.maximum_associations = 0, 3
    assert (ae.maximum_pdu_size, ae.maximum_associations) == (0, 3)
    with pytest.raises(ArgumentError):
        ae.maximum_pdu_size = -1
    with pytest.raises(ArgumentError):
        ae.maximum_associations = 0


def test_contexts_that_are_proposed() -> None:
    ae = AE()
    ae.add_requested_context(CT)
    ae.add_requested_context(CT, IMPLICIT)
    ae.add_requested_context(MR, [IMPLICIT, EXPLICIT])
    assert [len(one.transfer_syntax) for one in ae.requested_contexts] == [4, 1, 2]
    ae.remove_requested_context(MR, IMPLICIT)
    ae.remove_requested_context(CT)
    assert [one.transfer_syntax for one in ae.requested_contexts] == [[EXPLICIT]]
    ae.requested_contexts = [build_context(CT)] * 128
    with pytest.raises(ArgumentError, match="128"):
        ae.add_requested_context(CT)


def test_contexts_that_are_supported() -> None:
    ae = AE()
    ae.add_supported_context(MR, IMPLICIT)
    ae.add_supported_context(CT, IMPLICIT, scp_role=True, scu_role=False)
    ae.add_supported_context(MR, EXPLICIT)
    assert [one.abstract_syntax for one in ae.supported_contexts] == [CT, MR]
    assert ae.supported_contexts[1].transfer_syntax == [IMPLICIT, EXPLICIT]
    assert ae.supported_contexts[0].scp_role
    ae.remove_supported_context(CT)
    ae.remove_supported_context(MR, EXPLICIT)
    assert [one.transfer_syntax for one in ae.supported_contexts] == [[IMPLICIT]]
    ae.supported_contexts = [build_context(uid) for uid in (sop_class.Verification, CT)]
    assert len(ae.supported_contexts) == 2
    with pytest.raises(ArgumentError):
        ae.supported_contexts = [CT]  # type: ignore[list-item]


@pytest.mark.parametrize("wrong", [-1, 65536, 1 << 40])
def test_ports_that_are_none(wrong: int) -> None:
    ae = entity()
    with pytest.raises(ArgumentError):
        ae.associate("127.0.0.1", wrong)
    with pytest.raises(ArgumentError):
        ae.associate("127.0.0.1", 104, bind_address=("127.0.0.1", wrong))
    with pytest.raises(ArgumentError):
        ae.start_server(("127.0.0.1", wrong), block=False)


def test_places_and_lengths_that_are_none() -> None:
    ae = entity()
    for place in ("127.0.0.1", ("127.0.0.1",), (), None, (b"127.0.0.1", 0), ("127.0.0.1", "x")):
        with pytest.raises(ArgumentError):
            ae.start_server(place, block=False)  # type: ignore[arg-type]
    for length in (-1, 1 << 32, "x"):
        with pytest.raises(ArgumentError):
            ae.associate("127.0.0.1", 104, max_pdu=length)  # type: ignore[arg-type]
        with pytest.raises(ArgumentError):
            ae.maximum_pdu_size = length  # type: ignore[assignment]


@pytest.mark.parametrize(
    "sink",
    [
        ("refuse", 0x0000, "kept all the same"),
        ("refuse", 0xB000, "half"),
        ("refuse", 0x10000, "too long"),
        ("tee", []),
        ("memory", -1),
        ("spool", "in", -1, 1),
        ("file", "in", "{calling}.dcm", "os"),
        ("file", "in", "a\0b{sop_instance}", "os"),
    ],
)
def test_sinks_that_would_lose_instances(sink: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is answered 0000 is nowhere, or in the place of another."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArgumentError):
        entity().start_server(("127.0.0.1", 0), block=False, rules=[{"sink": sink}])


def test_the_end_of_an_association_is_waited_for_as_long_as_was_said() -> None:
    with pair() as (_, assoc):
        assoc.join(0.01)
        assert assoc.is_alive()
        assoc.acse_timeout = 0
        assoc.abort()
        until(lambda: assoc.is_aborted)
