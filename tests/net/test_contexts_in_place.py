"""Contexts that are changed where they are: what can be holds from the next use on, what cannot is told there, by its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from radiogram.errors import ArgumentError
from radiogram.net import AE, build_context, sop_class

from tests.net.pair import CT, EXPLICIT, FIND, IMPLICIT, MPPS

if TYPE_CHECKING:
    from collections.abc import Callable

VERIFICATION = sop_class.Verification


def caller() -> AE:
    ae = AE("CLIENT")
    ae.add_requested_context(VERIFICATION, IMPLICIT)
    return ae


def served(ae: AE | None = None) -> Any:
    server = AE("SERVER") if ae is None else ae
    server.add_supported_context(VERIFICATION, IMPLICIT)
    server.add_supported_context(CT, EXPLICIT)
    return server.start_server(("127.0.0.1", 0), block=False)


def taken(server: Any, ae: AE | None = None) -> list[str]:
    asking = ae or AE("CLIENT")
    if ae is None:
        asking.requested_contexts = [build_context(uid) for uid in (VERIFICATION, CT, MPPS)]
    with asking.associate(*server.address) as assoc:
        assert assoc.is_established, assoc.error
        return [str(one.abstract_syntax) for one in assoc.accepted_contexts]


def test_what_is_put_into_the_list_is_proposed() -> None:
    ae = caller()
    held = ae.requested_contexts
    held.append(build_context(CT, EXPLICIT))
    held[0].transfer_syntax.append(EXPLICIT)  # type: ignore[arg-type]  # a UID as text
    with served() as server:
        assert taken(server, ae) == [VERIFICATION, CT]
        ae.add_requested_context(MPPS)
        assert [one.abstract_syntax for one in held] == [VERIFICATION, CT, MPPS]
        ae.remove_requested_context(VERIFICATION)
        assert [one.abstract_syntax for one in held] == [CT, MPPS]
        held.clear()
        with pytest.raises(ArgumentError, match="one presentation context at least"):
            ae.associate(*server.address)


def test_contexts_of_others_are_copied() -> None:
    theirs = build_context(CT, EXPLICIT)
    ae = AE()
    ae.requested_contexts = ae.supported_contexts = [theirs]
    theirs.transfer_syntax.clear()
    theirs.abstract_syntax = MPPS
    for (ours,) in (ae.requested_contexts, ae.supported_contexts):
        assert (ours.abstract_syntax, ours.transfer_syntax) == (CT, [EXPLICIT])


def _put(syntax: Any) -> Callable[[Any], object]:
    return lambda context: context.transfer_syntax.append(syntax)


CHANGES: list[tuple[Callable[[Any], object], str]] = [
    (
        _put("nonsense"),
        r" \('CT Image Storage'\) has no UID as transfer_syntax\[1\].*PS3\.5 9\.1\): 'nonsense'",
    ),
    (_put("1." * 33), r" \('CT Image Storage'\) has no UID as transfer_syntax\[1\]"),
    (_put(""), r" \('CT Image Storage'\) has no UID as transfer_syntax\[1\]"),
    (_put("1.2\u00e9\n"), r" \('CT Image Storage'\) has no UID as transfer_syntax\[1\].*'1\.2\\xe9\\n'"),
    (_put(5), r" \('CT Image Storage'\) has no UID as transfer_syntax\[1\], but an object of type int"),
    (
        _put(None),
        r" \('CT Image Storage'\) has no UID as transfer_syntax\[1\], but an object of type NoneType",
    ),
    (lambda context: context.transfer_syntax.clear(), r" \('CT Image Storage'\) is no presentation context"),
    (lambda context: setattr(context, "abstract_syntax", None), " is no presentation context"),
    (lambda context: setattr(context, "abstract_syntax", "CT"), r" \('CT'\) has no UID as abstract syntax"),
]


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_what_cannot_be_proposed_is_told_by_who_asks(change: Callable[[Any], object], why: str) -> None:
    ae = caller()
    ae.add_requested_context(CT, EXPLICIT)
    change(ae.requested_contexts[1])
    with served() as server:
        with pytest.raises(ArgumentError, match=r"^requested_contexts\[1\]" + why):
            ae.associate(*server.address)
        with pytest.raises(ArgumentError, match=r"^contexts\[1\]" + why):
            caller().associate(*server.address, contexts=ae.requested_contexts)
        assert server.metrics()["connections"] == 0


def test_what_is_no_context_is_told_by_who_asks() -> None:
    ae = caller()
    ae.requested_contexts.append(CT)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"^requested_contexts\[1\].* is no presentation context .* type"):
        ae.associate("127.0.0.1", 1)
    ae.requested_contexts[1:] = [build_context(CT)] * 128
    with pytest.raises(ArgumentError, match=r"room for 128 .*, not for the 129 of requested_contexts"):
        ae.associate("127.0.0.1", 1)


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_what_cannot_be_supported_is_told_by_who_starts_a_server(
    change: Callable[[Any], object], why: str
) -> None:
    ae = AE("SERVER")
    ae.add_supported_context(MPPS)
    ae.add_supported_context(CT, EXPLICIT)
    place = [one.abstract_syntax for one in ae.supported_contexts].index(CT)
    change(ae.supported_contexts[place])
    with pytest.raises(ArgumentError, match=rf"^supported_contexts\[{place}\]" + why):
        ae.start_server(("127.0.0.1", 0), block=False)
    ae.remove_supported_context(str(ae.supported_contexts[place].abstract_syntax))


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_where_a_server_runs_nothing_else_changes_either(change: Callable[[Any], object], why: str) -> None:
    ae = AE("SERVER")
    with served(ae) as server:
        place = [one.abstract_syntax for one in ae.supported_contexts].index(CT)
        told = rf"^supported_contexts\[{place}\]" + why
        change(ae.supported_contexts[place])
        assert taken(server) == [VERIFICATION, CT], "those that it runs with"
        for name, value in (
            ("dimse_timeout", 5),
            ("maximum_pdu_size", 8192),
            ("require_called_aet", True),
            ("require_calling_aet", ["OTHER"]),
            ("implementation_version_name", "OTHER"),
            ("implementation_class_uid", "1.2.3"),
            ("maximum_associations", 1),
            ("transfer_syntax_order", "requestor"),
        ):
            before = getattr(ae, name)
            with pytest.raises(ArgumentError, match=told):
                setattr(ae, name, value)
            assert getattr(ae, name) == before
        with pytest.raises(ArgumentError, match=told):
            ae.add_supported_context(FIND)
        with pytest.raises(ArgumentError, match=told):
            server.ae_title = "OTHER"
        assert (server.ae_title, len(ae.supported_contexts)) == ("SERVER", 2)
        assert taken(server) == [VERIFICATION, CT]
        # What is wrong is taken away, or set anew.
        ae.supported_contexts = [build_context(MPPS)]
        assert taken(server) == [MPPS]


def test_a_server_takes_what_can_be_when_something_is_set() -> None:
    ae = AE("SERVER")
    with served(ae) as server:
        contexts = ae.supported_contexts
        (ours,) = (one for one in contexts if one.abstract_syntax == CT)
        ours.transfer_syntax[:] = [IMPLICIT]  # type: ignore[list-item]  # a UID as text
        ae.supported_contexts = contexts
        asking = AE("CLIENT")
        asking.add_requested_context(CT, IMPLICIT)
        assert taken(server, asking) == [CT]


def test_of_several_servers_none_has_what_another_cannot() -> None:
    ae = AE("SERVER")
    own = [build_context(CT)]
    with served(ae) as first, ae.start_server(("127.0.0.1", 0), block=False, contexts=own):
        own[0].scu_role = True
        with pytest.raises(ArgumentError, match=r"^contexts\[0\] \('CT Image Storage'\) has one role"):
            ae.require_called_aet = True
        assert not ae.require_called_aet
        assert taken(first) == [VERIFICATION, CT], "it is called by another title, and takes that still"
        own[0].scp_role = True
        ae.require_called_aet = True
