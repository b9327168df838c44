"""What an association's requestor says of itself beside its contexts (PS3.7 D.3.3): the items of ``ext_neg``, by pynetdicom's names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from radiogram.errors import ArgumentError
from radiogram.net.associate import A_ASSOCIATE as A_ASSOCIATE
from radiogram.uid import UID

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

__all__ = [
    "A_ASSOCIATE",
    "AsynchronousOperationsWindowNegotiation",
    "ImplementationClassUIDNotification",
    "ImplementationVersionNameNotification",
    "MaximumLengthNotification",
    "SCP_SCU_RoleSelectionNegotiation",
    "SOPClassCommonExtendedNegotiation",
    "SOPClassExtendedNegotiation",
    "UserIdentityNegotiation",
    "items_of",
    "keywords_of",
]


_U16, _U32 = range(1 << 16), range(1 << 32)
_TYPES = (1, 2, 3, 4, 5)
"""PS3.7 table D.3-14: the kinds of a user identity."""


class _Item:
    """What all items have: a field that is set to what it cannot be says so at once."""

    _numbers: ClassVar[Mapping[str, Container[int | None]]] = {}
    _kinds: ClassVar[Mapping[str, type]] = {}

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401
        allowed, kind = self._numbers.get(name), self._kinds.get(name)
        if allowed is not None and value is not None:
            if isinstance(value, bool) or not isinstance(value, int):
                message = f"{name!r} is a whole number, not {type(value).__name__}"
                raise TypeError(message)
            if value not in allowed:
                message = f"{name!r} cannot be {value}"
                raise ArgumentError(message)
        if kind is not None and value is not None and not isinstance(value, kind):
            message = f"{name!r} is {kind.__name__}, not {type(value).__name__}"
            raise TypeError(message)
        super().__setattr__(name, value)


@dataclass
class MaximumLengthNotification(_Item):
    """How long a P-DATA-TF we take may be (PS3.8 D.1); 0 says that any length will do."""

    _numbers = {"maximum_length_received": _U32}  # noqa: RUF012  # a field for the dataclass otherwise

    maximum_length_received: int = 16382

    def __str__(self) -> str:
        return f"Maximum length received: {self.maximum_length_received} bytes"

    def keywords(self) -> dict[str, Any]:
        """Give it as the engine takes it."""
        return {"max_pdu": self.maximum_length_received}


@dataclass
class ImplementationClassUIDNotification:
    """Which implementation we are (PS3.7 D.3.3.2)."""

    implementation_class_uid: str | None = None

    def keywords(self) -> dict[str, Any]:
        """Give it as the engine takes it."""
        return {"implementation_uid": self.implementation_class_uid}


@dataclass
class ImplementationVersionNameNotification:
    """Which version of it (PS3.7 D.3.3.2); up to 16 characters."""

    implementation_version_name: str | None = None

    def keywords(self) -> dict[str, Any]:
        """Give it as the engine takes it."""
        return {"implementation_version": self.implementation_version_name}


@dataclass
class AsynchronousOperationsWindowNegotiation(_Item):
    """How many operations may be under way at once (PS3.7 D.3.3.3); 0 is any number."""

    maximum_number_operations_invoked: int = 1
    maximum_number_operations_performed: int = 1

    _numbers = {"maximum_number_operations_invoked": _U16, "maximum_number_operations_performed": _U16}  # noqa: RUF012

    def __str__(self) -> str:
        return (
            f"Operations window, invoked: {self.maximum_number_operations_invoked}"
            f", performed: {self.maximum_number_operations_performed}"
        )

    def keywords(self) -> dict[str, Any]:
        """Give it as the engine takes it."""
        window = (self.maximum_number_operations_invoked, self.maximum_number_operations_performed)
        if not all(0 <= number <= 0xFFFF for number in window):
            message = "an operations window is two numbers from 0 to 65535 (PS3.7 D.3.3.3.1)"
            raise ArgumentError(message)
        return {"operations_window": window}


@dataclass
class SCP_SCU_RoleSelectionNegotiation:  # noqa: N801  # pynetdicom's name
    """Which roles the requestor proposes for itself with a SOP class (PS3.7 D.3.3.4)."""

    sop_class_uid: str | None = None
    scu_role: bool | None = False
    scp_role: bool | None = False

    def keywords(self) -> dict[str, Any]:
        """Give it as the engine takes it."""
        if not self.sop_class_uid:
            message = "a role selection needs the UID of its SOP class"
            raise ArgumentError(message)
        return {"roles": [(str(self.sop_class_uid), bool(self.scu_role), bool(self.scp_role))]}


@dataclass
class SOPClassExtendedNegotiation:
    """What a service class wants to know of a SOP class, in bytes that it defines (PS3.7 D.3.3.5)."""

    sop_class_uid: str | None = None
    service_class_application_information: bytes | None = None

    def keywords(self) -> dict[str, Any]:
        """Give it as the engine takes it."""
        if not self.sop_class_uid or self.service_class_application_information is None:
            message = "a SOP class extended negotiation needs the UID of its SOP class, and its information"
            raise ArgumentError(message)
        return {"extended": [(str(self.sop_class_uid), self.service_class_application_information)]}


@dataclass
class SOPClassCommonExtendedNegotiation:
    """Which service class a SOP class belongs to, and which general SOP classes are near it (PS3.7 D.3.3.6)."""

    sop_class_uid: str | None = None
    service_class_uid: str | None = None
    related_general_sop_class_identification: list[str] = field(default_factory=list)

    def keywords(self) -> dict[str, Any]:
        """Give it as the engine takes it."""
        if not self.sop_class_uid or not self.service_class_uid:
            message = "a SOP class common extended negotiation needs the UIDs of its SOP class and its service class"
            raise ArgumentError(message)
        related = [str(uid) for uid in self.related_general_sop_class_identification]
        return {"common_extended": [(str(self.sop_class_uid), str(self.service_class_uid), related)]}


@dataclass
class UserIdentityNegotiation(_Item):
    """Who the user is (PS3.7 D.3.3.7): a name, a name and a passcode, a Kerberos ticket, a SAML assertion or a JSON web token.

    Attributes
    ----------
    user_identity_type : int
        1 to 5 in this order.
    primary_field, secondary_field : bytes
        The name, ticket, assertion or token; the passcode.
    positive_response_requested : bool
        Whether the acceptor shall say that it believes it.
    server_response : bytes or None
        What it said.
    """

    user_identity_type: int | None = None
    primary_field: bytes | None = None
    secondary_field: bytes | None = None
    positive_response_requested: bool = False
    server_response: bytes | None = None

    _numbers = {"user_identity_type": _TYPES}  # noqa: RUF012
    _kinds = {  # noqa: RUF012
        "primary_field": bytes,
        "secondary_field": bytes,
        "server_response": bytes,
        "positive_response_requested": bool,
    }

    def __str__(self) -> str:
        """Say what there is, and none of its secrets."""
        lines = []
        if self.user_identity_type is not None:
            lines.append(f"User identity type: {self.user_identity_type}")
            lines.append(f"Positive response requested: {self.positive_response_requested}")
        parts = {
            "Primary field": self.primary_field,
            "Secondary field": self.secondary_field,
            "Server response": self.server_response,
        }
        lines.extend(f"{name}: {len(part)} bytes" for name, part in parts.items() if part is not None)
        return "\n".join(lines)

    def __repr__(self) -> str:
        """Say what kind it is, and none of its secrets."""
        return f"UserIdentityNegotiation(user_identity_type={self.user_identity_type})"

    def keywords(self) -> dict[str, Any]:
        """Give it as the engine takes it."""
        if self.user_identity_type not in {1, 2, 3, 4, 5} or self.primary_field is None:
            message = "a user identity is of type 1 to 5 and has a primary field (PS3.7 D.3.3.7.1)"
            raise ArgumentError(message)
        if self.user_identity_type == 2 and not self.secondary_field:
            message = "a user identity of type 2 has a passcode in its secondary field (PS3.7 D.3.3.7.1)"
            raise ArgumentError(message)
        secondary = self.secondary_field or b""
        return {
            "identity": (
                self.user_identity_type,
                self.positive_response_requested,
                self.primary_field,
                secondary,
            )
        }


Item = (
    MaximumLengthNotification
    | ImplementationClassUIDNotification
    | ImplementationVersionNameNotification
    | AsynchronousOperationsWindowNegotiation
    | SCP_SCU_RoleSelectionNegotiation
    | SOPClassExtendedNegotiation
    | SOPClassCommonExtendedNegotiation
    | UserIdentityNegotiation
)


def keywords_of(items: Iterable[Item]) -> dict[str, Any]:
    """Give the items as the engine takes them; of what can be there several times, all are kept.

    Raises
    ------
    ArgumentError
        One says too little, or cannot be said.

    Examples
    --------
    >>> keywords_of([AsynchronousOperationsWindowNegotiation(8, 1)])
    {'operations_window': (8, 1)}
    """
    said: dict[str, Any] = {}
    for item in items:
        if not hasattr(item, "keywords"):
            message = f"'ext_neg' takes the items of radiogram.net.pdu_primitives, not {type(item).__name__}"
            raise TypeError(message)
        for key, value in item.keywords().items():
            said[key] = [*said.get(key, ()), *value] if isinstance(value, list) else value
    return said


def items_of(said: dict[str, Any]) -> list[Item]:
    """Give the items of a request, or of the answer to it, as the engine tells them."""
    made: list[Item] = [MaximumLengthNotification(said.get("max_pdu") or 0)]
    if said.get("implementation_uid"):
        made.append(ImplementationClassUIDNotification(UID(said["implementation_uid"])))
    if said.get("implementation_version"):
        made.append(ImplementationVersionNameNotification(said["implementation_version"]))
    if said.get("operations_window"):
        made.append(AsynchronousOperationsWindowNegotiation(*said["operations_window"]))
    made.extend(
        SCP_SCU_RoleSelectionNegotiation(UID(uid), scu, scp) for uid, scu, scp in said.get("roles") or ()
    )
    made.extend(SOPClassExtendedNegotiation(UID(uid), told) for uid, told in said.get("extended") or ())
    made.extend(
        SOPClassCommonExtendedNegotiation(UID(uid), UID(service), [UID(near) for near in related])
        for uid, service, related in said.get("common_extended") or ()
    )
    if said.get("identity"):
        kind, wants_answer, primary, secondary = said["identity"]
        identity = UserIdentityNegotiation(None, primary, secondary or None, wants_answer)
        # A peer may say a kind that the standard does not have.
        object.__setattr__(identity, "user_identity_type", kind)
        made.append(identity)
    if said.get("identity_response") is not None:
        made.append(UserIdentityNegotiation(server_response=said["identity_response"]))
    return made
