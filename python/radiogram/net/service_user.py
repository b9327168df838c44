"""The two sides of an association, as each has described itself (PS3.7 D.3.3): pynetdicom's ``assoc.requestor`` and ``assoc.acceptor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError
from radiogram.net.pdu_primitives import (
    AsynchronousOperationsWindowNegotiation,
    Item,
    SCP_SCU_RoleSelectionNegotiation,
    SOPClassCommonExtendedNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
    items_of,
)
from radiogram.net.presentation import PresentationContext
from radiogram.uid import UID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from radiogram.net.associate import A_ASSOCIATE

__all__ = ["ServiceUser", "contexts_of"]


def contexts_of(said: Mapping[str, Any]) -> list[PresentationContext]:
    """Give the contexts that a request proposes."""
    made = []
    for number, abstract, transfers in said.get("contexts") or ():
        context = PresentationContext()
        context.abstract_syntax, context.transfer_syntax = abstract, transfers
        context._context_id = number
        made.append(context)
    return made


class ServiceUser:
    """One side of an association.

    Attributes
    ----------
    mode : str
        ``"requestor"`` or ``"acceptor"``.
    ae_title : str
        Its AE title.
    """

    def __init__(
        self,
        mode: str,
        ae_title: str,
        address: tuple[str, int] | None,
        said: Mapping[str, Any] | None,
        contexts: list[PresentationContext] | None = None,
        whole: Callable[[], A_ASSOCIATE | None] | None = None,
    ) -> None:
        self.mode = mode
        self.ae_title = ae_title
        self._address = address
        self._said = dict(said or {})
        self._contexts = contexts
        self._items: list[Item] | None = None
        self._whole = whole
        self.common_extended: dict[UID, tuple[UID, list[UID]]] = {}

    def __repr__(self) -> str:
        return f"<ServiceUser {self.mode}>"

    @property
    def is_requestor(self) -> bool:
        """Whether it asked for the association."""
        return self.mode == "requestor"

    @property
    def is_acceptor(self) -> bool:
        """Whether it was asked."""
        return self.mode == "acceptor"

    @property
    def address(self) -> str:
        """Its address."""
        return self._place()[0]

    @property
    def port(self) -> int:
        """Its port."""
        return self._place()[1]

    def _place(self) -> tuple[str, int]:
        if self._address is None:
            message = "no address information has been set"
            raise ArgumentError(message)
        return self._address

    @property
    def info(self) -> dict[str, Any]:
        """Title, address, port and mode, and how long a PDU it takes."""
        place = self._address or (None, None)
        made = {"ae_title": self.ae_title, "address": place[0], "port": place[1], "mode": self.mode}
        return {**made, "pdv_size": self.maximum_length} if self._said else made

    # -- what it said --------------------------------------------------------------------------------------------

    @property
    def user_information(self) -> list[Item]:
        """All items of its user information."""
        if self._items is None:
            self._items = items_of(self._said)
        return self._items

    @property
    def primitive(self) -> A_ASSOCIATE | None:
        """All that it said, with both titles; ``None`` where it has said nothing yet."""
        return self._whole() if self._whole is not None else None

    @property
    def maximum_length(self) -> int | None:
        """How long a P-DATA-TF it takes may be; 0 is any length."""
        return self._said.get("max_pdu")

    @property
    def implementation_class_uid(self) -> UID | None:
        """Which implementation it is."""
        found = self._said.get("implementation_uid")
        return None if found is None else UID(found)

    @property
    def implementation_version_name(self) -> str | None:
        """Which version of it."""
        return self._said.get("implementation_version")

    @property
    def asynchronous_operations(self) -> tuple[int, int]:
        """How many operations it invokes and performs at once; (1, 1) where nothing was said."""
        for item in self._of(AsynchronousOperationsWindowNegotiation):
            return (item.maximum_number_operations_invoked, item.maximum_number_operations_performed)
        return (1, 1)

    @property
    def role_selection(self) -> dict[UID, SCP_SCU_RoleSelectionNegotiation]:
        """Role selections by SOP class."""
        return {UID(item.sop_class_uid or ""): item for item in self._of(SCP_SCU_RoleSelectionNegotiation)}

    @property
    def sop_class_extended(self) -> dict[UID, bytes]:
        """Information of the extended negotiation by SOP class."""
        found = self._of(SOPClassExtendedNegotiation)
        return {
            UID(item.sop_class_uid or ""): item.service_class_application_information or b"" for item in found
        }

    @property
    def sop_class_common_extended(self) -> dict[UID, SOPClassCommonExtendedNegotiation]:
        """Common extended negotiation by SOP class."""
        return {UID(item.sop_class_uid or ""): item for item in self._of(SOPClassCommonExtendedNegotiation)}

    @property
    def user_identity(self) -> UserIdentityNegotiation | None:
        """The user identity that it gave, or its answer to one."""
        return next(iter(self._of(UserIdentityNegotiation)), None)

    @property
    def extended_negotiation(self) -> list[Item]:
        """The items beside maximum length and implementation."""
        kinds = (
            AsynchronousOperationsWindowNegotiation,
            SCP_SCU_RoleSelectionNegotiation,
            SOPClassCommonExtendedNegotiation,
            SOPClassExtendedNegotiation,
            UserIdentityNegotiation,
        )
        return [item for item in self.user_information if isinstance(item, kinds)]

    def _of(self, kind: type[Any]) -> list[Any]:
        return [item for item in self.user_information if isinstance(item, kind)]

    @property
    def accepted_common_extended(self) -> dict[UID, tuple[UID, list[UID]]]:
        """What the handler of EVT_SOP_COMMON has taken: service class and general classes by SOP class.

        Only where the acceptor is we: there is no answer that would tell the requestor (PS3.7 D.3.3.6.2).
        """
        if not self.is_acceptor:
            message = "'accepted_common_extended' is what the association acceptor has"
            raise AttributeError(message)
        return dict(self.common_extended)

    # -- contexts ------------------------------------------------------------------------------------------------

    @property
    def requested_contexts(self) -> list[PresentationContext]:
        """The contexts that the requestor proposed."""
        if not self.is_requestor:
            message = "'requested_contexts' is what the association requestor has"
            raise AttributeError(message)
        if self._contexts is not None:
            return list(self._contexts)
        return contexts_of(self._said)

    @property
    def supported_contexts(self) -> list[PresentationContext]:
        """The contexts that the acceptor, where it is we, supports."""
        if not self.is_acceptor:
            message = "'supported_contexts' is what the association acceptor has"
            raise AttributeError(message)
        return list(self._contexts or ())

    def get_contexts(self, cx_type: str) -> list[PresentationContext]:
        """Give contexts by what they are.

        Parameters
        ----------
        cx_type : str
            ``"requested"`` and ``"supported"`` are those attributes; ``"pcdl"`` is what the request proposes, ``"pcdrl"`` what
            the answer to it says of each.

        Raises
        ------
        ArgumentError
            That side has none of the kind.
        """
        kinds = ("requested", "pcdl") if self.is_requestor else ("supported", "pcdrl")
        if cx_type not in kinds:
            message = f"contexts of the {self.mode} are {kinds[0]!r} or {kinds[1]!r}, not {cx_type!r}"
            raise ArgumentError(message)
        if cx_type == "requested":
            return self.requested_contexts
        if cx_type == "supported":
            return self.supported_contexts
        whole = self.primitive
        if whole is None:
            return []
        if self.is_requestor:
            return whole.presentation_context_definition_list
        return whole.presentation_context_definition_results_list
