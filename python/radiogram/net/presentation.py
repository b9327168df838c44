"""Presentation contexts (PS3.8 7.1.1.13, 9.3.2.2): an abstract syntax, its transfer syntaxes, and who is SCU and SCP of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from radiogram.errors import ArgumentError
from radiogram.uid import UID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from radiogram.net.pdu_primitives import SCP_SCU_RoleSelectionNegotiation

__all__ = [
    "DEFAULT_TRANSFER_SYNTAXES",
    "PresentationContext",
    "PresentationContextTuple",
    "build_context",
    "build_role",
]

DEFAULT_TRANSFER_SYNTAXES = [
    UID("1.2.840.10008.1.2"),
    UID("1.2.840.10008.1.2.1"),
    UID("1.2.840.10008.1.2.1.99"),
    UID("1.2.840.10008.1.2.2"),
]
"""Implicit VR Little Endian, Explicit VR Little Endian, Deflated Explicit VR Little Endian, Explicit VR Big Endian; pynetdicom's."""

_RESULTS = {
    None: "Pending",
    0x00: "Accepted",
    0x01: "User Rejected",
    0x02: "Provider Rejected",
    0x03: "Abstract Syntax Not Supported",
    0x04: "Transfer Syntax(es) Not Supported",
}
"""PS3.8 table 9-18."""


class PresentationContextTuple(NamedTuple):
    """An accepted context, as events have it.

    Attributes
    ----------
    context_id : int
        Its odd number.
    abstract_syntax, transfer_syntax : UID
        What it is about, and how data sets are encoded in it.
    """

    context_id: int
    abstract_syntax: UID
    transfer_syntax: UID


class PresentationContext:
    """A presentation context, proposed, supported or negotiated.

    Attributes
    ----------
    result : int or None
        What the acceptor said (PS3.8 table 9-18), ``None`` before it did.

    Examples
    --------
    >>> context = PresentationContext()
    >>> context.abstract_syntax = "1.2.840.10008.1.1"
    >>> context.transfer_syntax = ["1.2.840.10008.1.2"]
    >>> context.abstract_syntax.name, context.status
    ('Verification SOP Class', 'Pending')
    """

    def __init__(self) -> None:
        self._context_id: int | None = None
        self._abstract_syntax: UID | None = None
        self._transfer_syntax: list[UID] = []
        self._scu_role: bool | None = None
        self._scp_role: bool | None = None
        self._as_scu: bool | None = None
        self._as_scp: bool | None = None
        self.result: int | None = None

    @property
    def abstract_syntax(self) -> UID | None:
        """The abstract syntax, mostly a SOP class."""
        return self._abstract_syntax

    @abstract_syntax.setter
    def abstract_syntax(self, value: str | bytes | None) -> None:
        self._abstract_syntax = None if value is None else _uid(value, "abstract_syntax")

    @property
    def context_id(self) -> int | None:
        """The number, odd and from 1 to 255 (PS3.8 9.3.2.2)."""
        return self._context_id

    @context_id.setter
    def context_id(self, value: int | None) -> None:
        if value is not None and not (1 <= value <= 255 and value % 2):
            message = "'context_id' must be an odd integer between 1 and 255, inclusive"
            raise ArgumentError(message)
        self._context_id = value

    @property
    def transfer_syntax(self) -> list[UID]:
        """The transfer syntaxes, the best one first."""
        return self._transfer_syntax

    @transfer_syntax.setter
    def transfer_syntax(self, syntaxes: Iterable[str | bytes]) -> None:
        if isinstance(syntaxes, (str, bytes)) or not hasattr(syntaxes, "__iter__"):
            message = "'transfer_syntax' must be a list"
            raise TypeError(message)
        self._transfer_syntax = []
        for syntax in syntaxes:
            self.add_transfer_syntax(syntax)

    def add_transfer_syntax(self, syntax: str | bytes | None) -> None:
        """Add a transfer syntax, where it is not there yet.

        Examples
        --------
        >>> context = build_context("1.2.840.10008.1.1", "1.2.840.10008.1.2")
        >>> context.add_transfer_syntax("1.2.840.10008.1.2.1")
        >>> len(context.transfer_syntax)
        2
        """
        if syntax is None:
            return
        uid = _uid(syntax, "transfer_syntax")
        if uid and uid not in self._transfer_syntax:
            self._transfer_syntax.append(uid)

    @property
    def scu_role(self) -> bool | None:
        """Whether the requestor may be SCU, as the acceptor answers a role selection; ``None`` answers none."""
        return self._scu_role

    @scu_role.setter
    def scu_role(self, value: bool | None) -> None:
        self._scu_role = _role(value, "scu_role")

    @property
    def scp_role(self) -> bool | None:
        """Whether the requestor may be SCP, as the acceptor answers a role selection; ``None`` answers none."""
        return self._scp_role

    @scp_role.setter
    def scp_role(self, value: bool | None) -> None:
        self._scp_role = _role(value, "scp_role")

    @property
    def as_scu(self) -> bool | None:
        """Whether we can be SCU, known after negotiation."""
        return self._as_scu

    @property
    def as_scp(self) -> bool | None:
        """Whether we can be SCP, known after negotiation."""
        return self._as_scp

    @property
    def as_tuple(self) -> PresentationContextTuple:
        """The accepted context, with the one transfer syntax it has."""
        if self.context_id is None or self.abstract_syntax is None or not self.transfer_syntax:
            message = "the context was not negotiated"
            raise ArgumentError(message)
        return PresentationContextTuple(self.context_id, self.abstract_syntax, self.transfer_syntax[0])

    @property
    def status(self) -> str:
        """`result` in words."""
        return _RESULTS.get(self.result, "Unknown")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PresentationContext):
            return NotImplemented
        return self is other or self._key() == other._key()

    def __hash__(self) -> int:
        """Give equal contexts one place in a set; one that is in a set is not changed."""
        return hash((self._abstract_syntax, tuple(self._transfer_syntax)))

    def _key(self) -> tuple[object, ...]:
        roles = (self._scu_role, self._scp_role, self._as_scu, self._as_scp)
        return (self._context_id, self._abstract_syntax, tuple(self._transfer_syntax), self.result, roles)

    def __repr__(self) -> str:
        return self._abstract_syntax.name if self._abstract_syntax is not None else "PresentationContext()"

    def __str__(self) -> str:
        lines = []
        if self.context_id is not None:
            lines.append(f"ID: {self.context_id}")
        if self.abstract_syntax is not None:
            lines.append(f"Abstract Syntax: {self.abstract_syntax.name}")
        lines.append("Transfer Syntax(es):")
        lines.extend(f"    ={syntax.name}" for syntax in self.transfer_syntax)
        if not self.transfer_syntax:
            lines.append("    (none)")
        if self.result is not None:
            lines.append(f"Result: {self.status}")
        if self._as_scu is not None and self._as_scp is not None:
            roles = {(True, False): "SCU only", (True, True): "SCU and SCP", (False, True): "SCP only"}
            lines.append(f"Role: {roles.get((self._as_scu, self._as_scp), '(none)')}")
        return "\n".join(lines)


def _uid(value: str | bytes, name: str) -> UID:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if not isinstance(value, str):
        message = f"'{name}' must be a UID, str or bytes"
        raise TypeError(message)
    # PS3.5 9.1: UIDs are padded with NUL; some pad with spaces.
    return UID(value.strip("\0 "))


def _role(value: bool | None, name: str) -> bool | None:  # noqa: FBT001
    if value is not None and not isinstance(value, bool):
        message = f"'{name}' must be a bool or None"
        raise TypeError(message)
    return value


def build_context(
    abstract_syntax: str, transfer_syntax: str | Iterable[str] | None = None
) -> PresentationContext:
    """Make a presentation context.

    Parameters
    ----------
    abstract_syntax : str
        The SOP class by its UID.
    transfer_syntax : str or iterable of str, optional
        One transfer syntax or several; `DEFAULT_TRANSFER_SYNTAXES`.

    Examples
    --------
    >>> from radiogram.net import build_context
    >>> print(build_context("1.2.840.10008.1.1", "1.2.840.10008.1.2"))
    Abstract Syntax: Verification SOP Class
    Transfer Syntax(es):
        =Implicit VR Little Endian
    """
    context = PresentationContext()
    context.abstract_syntax = UID(abstract_syntax)
    context.transfer_syntax = syntaxes_of(transfer_syntax)
    return context


def syntaxes_of(given: str | Iterable[str] | None) -> list[str]:
    """Give the transfer syntaxes that are meant: one, several, or the default ones."""
    if given is None:
        return list(DEFAULT_TRANSFER_SYNTAXES)
    return [given] if isinstance(given, str) else list(given)


def build_role(uid: str, scu_role: bool = False, scp_role: bool = False) -> SCP_SCU_RoleSelectionNegotiation:  # noqa: FBT001, FBT002
    """Make a role selection (PS3.7 D.3.3.4) that an association proposes for a SOP class.

    Parameters
    ----------
    uid : str
        The SOP class.
    scu_role, scp_role : bool
        Whether the requestor proposes to be SCU, to be SCP.

    Examples
    --------
    >>> from radiogram.net import build_role
    >>> build_role("1.2.840.10008.5.1.4.1.1.2", scp_role=True).scp_role
    True
    """
    from radiogram.net.pdu_primitives import SCP_SCU_RoleSelectionNegotiation

    role = SCP_SCU_RoleSelectionNegotiation()
    role.sop_class_uid = uid
    role.scu_role, role.scp_role = scu_role, scp_role
    return role


def __getattr__(name: str) -> list[PresentationContext] | list[UID]:
    if name == "ALL_TRANSFER_SYNTAXES":
        from radiogram.uid import AllTransferSyntaxes

        return list(AllTransferSyntaxes)
    if name.endswith("PresentationContexts"):
        from radiogram.net.contexts import LISTS, presentation_contexts

        if name in LISTS:
            return presentation_contexts(name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
