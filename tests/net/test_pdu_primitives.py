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
        items.UserIdentityNegotiation(9, b""),
        items.UserIdentityNegotiation(2, b"name"),
        items.AsynchronousOperationsWindowNegotiation(-1, 1),
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
