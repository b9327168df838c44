"""What a requestor says beside its contexts."""

from __future__ import annotations

import pytest
from radiogram.errors import ArgumentError
from radiogram.net import build_role
from radiogram.net import pdu_primitives as items


def test_names_are_pynetdicoms() -> None:
    theirs = pytest.importorskip("pynetdicom.pdu_primitives")
    for name in items.__all__:
        if name.endswith(("Negotiation", "Notification")):
            ours = getattr(items, name)()
            for attribute in vars(ours):
                assert hasattr(getattr(theirs, name)(), attribute), (name, attribute)


def test_items_are_said_and_read_back() -> None:
    identity = items.UserIdentityNegotiation(2, b"name", b"secret", positive_response_requested=True)
    said = items.keywords_of(
        [
            items.AsynchronousOperationsWindowNegotiation(8, 1),
            build_role("1.2.3", scp_role=True),
            build_role("1.2.4", scu_role=True),
            items.SOPClassExtendedNegotiation("1.2.3", b"\1"),
            items.SOPClassCommonExtendedNegotiation("1.2.3", "1.2.5", ["1.2.6"]),
            identity,
        ]
    )
    assert said["roles"] == [("1.2.3", False, True), ("1.2.4", True, False)]
    assert said["operations_window"] == (8, 1)
    again = items.items_of(said)
    assert identity in again
    assert len(again) == 7
    assert "secret" not in repr(identity)


@pytest.mark.parametrize(
    "item",
    [
        items.UserIdentityNegotiation(2, b"name"),
        items.UserIdentityNegotiation(None, b"name"),
        items.SOPClassExtendedNegotiation("1.2.3"),
        items.SOPClassCommonExtendedNegotiation("1.2.3"),
        items.SCP_SCU_RoleSelectionNegotiation(),
    ],
)
def test_items_that_say_too_little_are_refused(item: items.Item) -> None:
    with pytest.raises(ArgumentError):
        items.keywords_of([item])
    with pytest.raises(TypeError):
        items.keywords_of(["role"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("item", "name", "wrong", "error"),
    [
        (items.MaximumLengthNotification, "maximum_length_received", 1.5, TypeError),
        (items.MaximumLengthNotification, "maximum_length_received", -1, ArgumentError),
        (items.AsynchronousOperationsWindowNegotiation, "maximum_number_operations_invoked", "1", TypeError),
        (
            items.AsynchronousOperationsWindowNegotiation,
            "maximum_number_operations_performed",
            1 << 16,
            ArgumentError,
        ),
        (items.UserIdentityNegotiation, "user_identity_type", 6, ArgumentError),
        (items.UserIdentityNegotiation, "user_identity_type", True, TypeError),
        (items.UserIdentityNegotiation, "primary_field", "text", TypeError),
        (items.UserIdentityNegotiation, "positive_response_requested", "yes", TypeError),
    ],
)
def test_a_field_that_cannot_be_is_refused_at_once(
    item: type, name: str, wrong: object, error: type[Exception]
) -> None:
    made = item()
    before = getattr(made, name)
    with pytest.raises(error, match=name):
        setattr(made, name, wrong)
    assert getattr(made, name) == before


def test_items_say_what_they_are_without_secrets() -> None:
    assert str(items.MaximumLengthNotification(5)) == "Maximum length received: 5 bytes"
    window = items.AsynchronousOperationsWindowNegotiation(2, 3)
    assert str(window) == "Operations window, invoked: 2, performed: 3"
    identity = items.UserIdentityNegotiation(2, b"name", b"secret")
    assert "type: 2" in str(identity)
    assert "secret" not in str(identity)
    assert "Secondary field: 6 bytes" in str(identity)
    assert str(items.UserIdentityNegotiation(server_response=b"")) == "Server response: 0 bytes"


def test_a_peer_may_say_a_kind_of_identity_that_there_is_not() -> None:
    (_, identity) = items.items_of({"identity": (9, False, b"x", b"")})
    assert identity.user_identity_type == 9
