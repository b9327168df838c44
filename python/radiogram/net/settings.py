"""What an AE is set to: its title, its limits, how long it waits, and which contexts it proposes and supports."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from radiogram import _core
from radiogram.errors import ArgumentError
from radiogram.net.checks import (
    checked_contexts,
    checked_length,
    checked_offers,
    checked_seconds,
    checked_title,
    checked_window,
    named,
    wrong_of,
)
from radiogram.net.presentation import build_context, syntaxes_of
from radiogram.net.process import OfThisProcess
from radiogram.uid import UID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from radiogram.net.presentation import PresentationContext

    Syntaxes = str | Iterable[str] | None

__all__ = ["Settings"]

_MOST_CONTEXTS = 128
"""PS3.8 9.3.2.2: their numbers are odd and up to 255."""
_ORDERS = ("acceptor", "requestor")


def _copied(context: PresentationContext) -> PresentationContext:
    """Give a context of our own: who holds the other one changes that one."""
    made = copy(context)
    made.transfer_syntax = context.transfer_syntax
    return made


class _Seconds:
    """An attribute that is a number of seconds, or ``None`` for ever."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, holder: Any, owner: type | None = None) -> Any:  # noqa: ANN401
        return self if holder is None else holder.__dict__.get(self.name)

    def __set__(self, holder: Any, value: float | None) -> None:  # noqa: ANN401
        holder._put(self.name, checked_seconds(value, self.name), self.name)


class Settings(OfThisProcess):
    """The part of `AE` that says how its associations are.

    Associations take what is set when they begin, those of a server that runs already too; time-outs are also those of the associations that
    there are.
    """

    acse_timeout = _Seconds()
    dimse_timeout = _Seconds()
    network_timeout = _Seconds()
    connection_timeout = _Seconds()

    _implementation: UID
    _version: str | None
    _maximum_pdu_size: int
    _maximum_associations: int
    _operations_window: tuple[int, int]
    _order: str
    _require_called: bool

    def __init__(self, ae_title: str) -> None:
        self._calling: list[str] = []
        self._requested: list[PresentationContext] = []
        self._supported: dict[str, PresentationContext] = {}
        self.ae_title = ae_title
        self.acse_timeout = 30
        self.dimse_timeout = 30
        self.network_timeout = 60
        self.connection_timeout = None
        self.maximum_pdu_size = 0x20000
        self.maximum_associations = 20_000
        self.operations_window = (16, 16)
        uid, self.implementation_version_name = _core.net_implementation()
        self.implementation_class_uid = UID(uid)
        self.require_called_aet = False
        self.transfer_syntax_order = "acceptor"

    @property
    def _is_serving(self) -> bool:
        """Whether a server of ours runs, for which what is set holds at once; else it is looked at when one starts, as in pynetdicom."""
        return False

    def _changed(self, name: str = "") -> None:
        """Hear that something is set to something else; a time-out by its name."""

    def _put(self, attribute: str, value: object, name: str = "") -> None:
        """Set something; where the servers that run cannot have it so, all stays as it was."""
        before = self.__dict__.get(attribute)
        self.__dict__[attribute] = value
        try:
            self._changed(name)
        except BaseException:
            self.__dict__[attribute] = before
            raise

    @property
    def ae_title(self) -> str:
        """Our AE title."""
        return self._title

    @ae_title.setter
    def ae_title(self, value: str) -> None:
        self._title = checked_title(value)

    @property
    def implementation_class_uid(self) -> UID:
        """Which implementation we say we are (PS3.7 D.3.3.2)."""
        return self._implementation

    @implementation_class_uid.setter
    def implementation_class_uid(self, value: str) -> None:
        if not isinstance(value, str):
            message = f"'implementation_class_uid' must be a UID, not {type(value).__name__}"
            raise TypeError(message)
        made = UID(value)
        if not made.is_valid:
            message = "'implementation_class_uid' is a UID: numbers with dots between, 64 characters at most (PS3.5 9.1)"
            raise ArgumentError(message)
        self._put("_implementation", made)

    @property
    def implementation_version_name(self) -> str | None:
        """Which version of it; ``None`` says none."""
        return self._version

    @implementation_version_name.setter
    def implementation_version_name(self, value: str | None) -> None:
        if value is not None and not isinstance(value, str):
            message = f"'implementation_version_name' must be a str or None, not {type(value).__name__}"
            raise TypeError(message)
        if value is not None and not (
            1 <= len(value.strip()) <= 16 and value.isascii() and value.isprintable()
        ):
            message = "'implementation_version_name' is 1 to 16 printable ASCII characters, or None (PS3.7 D.3.3.2.3)"
            raise ArgumentError(message)
        self._put("_version", value)

    @property
    def maximum_pdu_size(self) -> int:
        """How long a P-DATA-TF we take may be; 0 is any length."""
        return self._maximum_pdu_size

    @maximum_pdu_size.setter
    def maximum_pdu_size(self, value: int) -> None:
        self._put("_maximum_pdu_size", checked_length(value, "maximum_pdu_size"))

    @property
    def maximum_associations(self) -> int:
        """How many associations a server of ours has at once; one more is rejected."""
        return self._maximum_associations

    @maximum_associations.setter
    def maximum_associations(self, value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            message = "'maximum_associations' is 1 or more"
            raise ArgumentError(message)
        self._put("_maximum_associations", value)

    @property
    def operations_window(self) -> tuple[int, int]:
        """How many operations of an association may be under way at once: that we invoke, and that we perform; 0 is any number.

        Associations propose it, unless it is (1, 1) or `AE.associate` is given another window, and servers agree to no more of what is proposed,
        unless they have their own (``start_server(..., operations_window=)``) or a handler of EVT_ASYNC_OPS says otherwise (PS3.7 D.3.3.3). More
        than 32 are not performed at once, whatever is said. A peer that does not answer has one at a time. More of them pay where many instances
        are sent: the next ones are on their way while a peer keeps one (`Association.send_many`). Handlers of an association are called one after
        the other in any case, in the order in which what they are for has come.

        Examples
        --------
        >>> from radiogram.net import AE
        >>> ae = AE()
        >>> ae.operations_window
        (16, 16)
        >>> ae.operations_window = (1, 1)
        """
        return self._operations_window

    @operations_window.setter
    def operations_window(self, value: tuple[int, int]) -> None:
        self._put("_operations_window", checked_window(value))

    @property
    def transfer_syntax_order(self) -> str:
        """Whose order decides where a server of ours and its peer have several transfer syntaxes in common (PS3.8 9.3.3.2).

        ``"acceptor"`` takes the first one of the supported context that was proposed, as pynetdicom does; ``"requestor"`` the first one of
        the proposed context that is supported, which is mostly the one that the instances are in: nothing has to be encoded anew.

        Examples
        --------
        >>> from radiogram.net import AE
        >>> ae = AE()
        >>> ae.transfer_syntax_order
        'acceptor'
        >>> ae.transfer_syntax_order = "requestor"
        """
        return self._order

    @transfer_syntax_order.setter
    def transfer_syntax_order(self, value: str) -> None:
        if value not in _ORDERS:
            message = f"'transfer_syntax_order' is {' or '.join(map(repr, _ORDERS))}"
            raise ArgumentError(message)
        self._put("_order", value)

    @property
    def require_called_aet(self) -> bool:
        """Whether servers accept only who calls them by their title."""
        return self._require_called

    @require_called_aet.setter
    def require_called_aet(self, value: bool) -> None:  # pynetdicom's
        self._put("_require_called", bool(value))

    @property
    def require_calling_aet(self) -> list[str]:
        """The AE titles whose associations are accepted; none is all."""
        return list(self._calling)

    @require_calling_aet.setter
    def require_calling_aet(self, titles: Sequence[str]) -> None:
        if isinstance(titles, str):
            message = "'require_calling_aet' is a list of AE titles"
            raise TypeError(message)
        self._put("_calling", [checked_title(title, "require_calling_aet") for title in titles])

    # -- contexts ------------------------------------------------------------------------------------------------

    @property
    def requested_contexts(self) -> list[PresentationContext]:
        """The contexts that associations propose, in this order; up to 128.

        It is the list itself, as pynetdicom's is: what is changed in it, or in one of its contexts, is proposed by the associations that are
        asked for later. `AE.associate` raises an `ArgumentError` that names the place of what cannot be proposed (PS3.8 9.3.2.2).

        Examples
        --------
        >>> from radiogram.net import AE, build_context, sop_class
        >>> ae = AE()
        >>> ae.requested_contexts.append(build_context(sop_class.Verification))
        >>> ae.requested_contexts[0].transfer_syntax.append("Implicit")
        >>> ae.associate("127.0.0.1", 11112)
        Traceback (most recent call last):
        ...
        radiogram.errors.ArgumentError: requested_contexts[0] ('Verification SOP Class') has no UID as transfer_syntax[4], which is 1 to 64 digits and dots (PS3.5 9.1): 'Implicit'
        """
        return self._requested

    @requested_contexts.setter
    def requested_contexts(self, contexts: Iterable[PresentationContext]) -> None:
        checked = checked_contexts(contexts, _MOST_CONTEXTS, "requested_contexts")
        self._requested = [_copied(context) for context in checked]

    def add_requested_context(self, abstract_syntax: str, transfer_syntax: Syntaxes = None) -> None:
        """Propose one context more.

        Parameters
        ----------
        abstract_syntax : str
            The SOP class by its UID.
        transfer_syntax : str or iterable of str, optional
            One transfer syntax or several; `DEFAULT_TRANSFER_SYNTAXES`.

        Examples
        --------
        >>> from radiogram.net import AE, sop_class
        >>> ae = AE()
        >>> ae.add_requested_context(sop_class.CTImageStorage, "1.2.840.10008.1.2.1")
        >>> [context.abstract_syntax.name for context in ae.requested_contexts]
        ['CT Image Storage']
        """
        more = [*self._requested, build_context(abstract_syntax, transfer_syntax)]
        self._requested[:] = checked_contexts(more, _MOST_CONTEXTS, "requested_contexts")

    def remove_requested_context(self, abstract_syntax: str, transfer_syntax: Syntaxes = None) -> None:
        """Propose a SOP class no more, or some of its transfer syntaxes."""
        self._requested[:] = _without(self._requested, abstract_syntax, transfer_syntax)

    @property
    def supported_contexts(self) -> list[PresentationContext]:
        """The contexts that servers of ours support, by their UIDs.

        The list is a new one, its contexts are the AE's own: what is changed in one of them is looked at when a server starts. A server that
        runs takes it when something is set that holds for it, these contexts themselves too: ``ae.supported_contexts = ae.supported_contexts``.
        What cannot be supported is an `ArgumentError` there that names its place, and nothing else is changed then.
        """
        return [self._supported[uid] for uid in sorted(self._supported)]

    @supported_contexts.setter
    def supported_contexts(self, contexts: Iterable[PresentationContext]) -> None:
        made: dict[str, PresentationContext] = {}
        name = "supported_contexts"
        given = checked_offers(contexts, name) if self._is_serving else checked_contexts(contexts, None, name)
        for context in given:
            one = _supporting(
                made,
                context.abstract_syntax or "",
                context.transfer_syntax,
                context.scu_role,
                context.scp_role,
            )
            made[str(one.abstract_syntax)] = one
        self._put("_supported", made)

    def add_supported_context(
        self,
        abstract_syntax: str,
        transfer_syntax: Syntaxes = None,
        scu_role: bool | None = None,  # noqa: FBT001  # pynetdicom's
        scp_role: bool | None = None,  # noqa: FBT001  # pynetdicom's
    ) -> None:
        """Support a SOP class; where it is supported already, in more transfer syntaxes.

        Parameters
        ----------
        abstract_syntax : str
            The SOP class by its UID.
        transfer_syntax : str or iterable of str, optional
            One transfer syntax or several; `DEFAULT_TRANSFER_SYNTAXES`.
        scu_role, scp_role : bool, optional
            Whether the requestor may be SCU, may be SCP, where it proposes roles; ``None`` answers no proposal, and the
            requestor is SCU. One is said with the other: a C-GET needs ``scu_role=False, scp_role=True`` for the classes it sends.

        Raises
        ------
        ArgumentError
            One role is said without the other while a server runs; nothing is changed then. Else no server starts until both are.

        Examples
        --------
        >>> from radiogram.net import AE, sop_class
        >>> ae = AE()
        >>> ae.add_supported_context(sop_class.CTImageStorage, scu_role=False, scp_role=True)
        >>> [(context.scu_role, context.scp_role) for context in ae.supported_contexts]
        [(False, True)]
        """
        made = _supporting(self._supported, abstract_syntax, transfer_syntax, scu_role, scp_role)
        if self._is_serving:
            checked_offers([made])
        self._put("_supported", {**self._supported, str(made.abstract_syntax): made})

    def remove_supported_context(self, abstract_syntax: str, transfer_syntax: Syntaxes = None) -> None:
        """Support a SOP class no more, or some of its transfer syntaxes."""
        kept = _without(self.supported_contexts, abstract_syntax, transfer_syntax)
        self._put("_supported", {str(context.abstract_syntax): context for context in kept})


def _supporting(
    supported: Mapping[str, PresentationContext],
    abstract_syntax: str,
    transfer_syntax: Syntaxes,
    *roles: bool | None,
) -> PresentationContext:
    """Give what a SOP class is supported in where this is added to what there is, which stays as it is."""
    context = build_context(abstract_syntax, [])
    before = supported.get(str(context.abstract_syntax))
    if before is not None:
        wrong = wrong_of(before)
        if wrong:
            place = sorted(supported).index(str(context.abstract_syntax))
            message = f"supported_contexts[{place}]{named(before)} {wrong}"
            raise ArgumentError(message)
        context.transfer_syntax = before.transfer_syntax
        context.scu_role, context.scp_role = before.scu_role, before.scp_role
    for syntax in syntaxes_of(transfer_syntax):
        context.add_transfer_syntax(syntax)
    if any(role is not None for role in roles):
        context.scu_role, context.scp_role = roles
    return context


def _without(
    contexts: list[PresentationContext], abstract_syntax: str, transfer_syntax: Syntaxes
) -> list[PresentationContext]:
    gone = None if transfer_syntax is None else set(syntaxes_of(transfer_syntax))
    kept = []
    for context in contexts:
        if context.abstract_syntax == abstract_syntax:
            left = (
                [] if gone is None else [syntax for syntax in context.transfer_syntax if syntax not in gone]
            )
            if not left:
                continue
            context = _copied(context)  # the other one stays as it is
            context.transfer_syntax = left
        kept.append(context)
    return kept
