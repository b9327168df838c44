"""What was agreed on an association, and how it is: the part that everything which is sent over it looks at."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, AssociationRejectedError, ForkedError, NetworkTimeoutError
from radiogram.net.associate import A_ASSOCIATE
from radiogram.net.checks import checked_seconds
from radiogram.net.handlers import waiting_outside
from radiogram.net.pdu_primitives import items_of
from radiogram.net.presentation import PresentationContext
from radiogram.net.process import OfThisProcess
from radiogram.net.service_user import ServiceUser, contexts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram._core import NetAssociation, NetExchange
    from radiogram.errors import DicomError
    from radiogram.net.ae import AE
    from radiogram.net.events import EventType, Handlers
    from radiogram.uid import UID

__all__ = ["Agreed"]

_ABORT, _RELEASE = "A-ABORT", "A-RELEASE"


class _Own:
    """A time-out of an association: its AE's, until it has one of its own."""

    def __init__(self, words: str) -> None:
        self.__doc__ = words

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, holder: Any, owner: type | None = None) -> Any:  # noqa: ANN401
        if holder is None:
            return self
        own = holder._own_times
        return own[self.name] if self.name in own else getattr(holder.ae, self.name)

    def __set__(self, holder: Any, value: float | None) -> None:  # noqa: ANN401
        holder._own_times[self.name] = checked_seconds(value, self.name)
        holder._wait()


class Agreed(OfThisProcess):
    """The part of `Association` that says how it is."""

    def __init__(
        self,
        ae: AE,
        net: NetAssociation | None,
        handlers: Handlers,
        *,
        mode: str,
        contexts: list[PresentationContext],
        titles: tuple[str, str] = ("", ""),
        want: Callable[[set[str]], None] | None = None,
    ) -> None:
        self.ae = ae
        self.mode = mode
        self.error: DicomError | None = None
        self._net = net
        self._process = os.getpid()
        self._handlers = handlers
        self._want = want
        self._own_times: dict[str, float | None] = {}
        self._network_timeout_response = _ABORT
        self._told: set[EventType] = set()
        self._telling = threading.Lock()
        self._exchanges: dict[int, NetExchange] = {}
        self._failed: str | None = None
        self._rejection: tuple[int, int, int] | None = None
        self._place: tuple[str, int] | None = None
        self._common: dict[UID, tuple[UID, list[UID]]] = {}
        self._sides: tuple[ServiceUser, ServiceUser] | None = None
        self._proposed = contexts
        self._said: dict[str, Any] = {}
        self._titles = titles

    # -- how it is -----------------------------------------------------------------------------------------------

    @property
    def _is_inherited(self) -> bool:
        """Whether it is of the process that this one was forked from, which alone can use it."""
        return self._process != os.getpid()

    @property
    def _own(self) -> NetAssociation | None:
        """What the engine of this process has of it."""
        return None if self._is_inherited else self._net

    @property
    def is_requestor(self) -> bool:
        """Whether we asked for it."""
        return self.mode == "requestor"

    @property
    def is_acceptor(self) -> bool:
        """Whether the peer asked for it."""
        return self.mode == "acceptor"

    @property
    def is_established(self) -> bool:
        """Whether messages can be sent: in a child that was forked none over its parent's associations."""
        net = self._own
        return net is not None and net.state == "Sta6"

    @property
    def is_released(self) -> bool:
        """Whether it ended in order."""
        return self._end() == "released"

    @property
    def is_aborted(self) -> bool:
        """Whether it was aborted, or the connection is gone."""
        return self._end() in {"aborted", "lost", "failed", "timeout"}

    @property
    def is_rejected(self) -> bool:
        """Whether the peer refused it."""
        return self._end() == "rejected" or self._rejection is not None

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        net = self._own
        return net is not None and not net.over

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, for so many seconds at most; `is_alive` says whether it has come."""
        net = self._own
        if net is not None and not net.over:
            with waiting_outside(), suppress(NetworkTimeoutError):
                net.ended(timeout)

    def _is(self, number: int) -> bool:
        """Whether the engine knows it by this number."""
        with suppress(ForkedError):
            return self._net is not None and self._net.id == number
        return False

    def _end(self) -> str | None:
        if self._failed is not None:
            return self._failed
        net = self._own
        outcome = None if net is None else net.outcome
        return None if outcome is None else outcome[0]

    # -- how long it waits ---------------------------------------------------------------------------------------

    acse_timeout = _Own(
        "Seconds that its beginning and its end wait for the peer: the AE's, until it is set here."
    )
    dimse_timeout = _Own("Seconds that it waits for an answer: the AE's, until it is set here.")
    network_timeout = _Own("Seconds that it may be silent: the AE's, until it is set here.")
    connection_timeout = _Own("Seconds that it waits for a connection: the AE's, until it is set here.")

    @property
    def network_timeout_response(self) -> str:
        """What is done once it was silent for `network_timeout`: ``"A-ABORT"``, or ``"A-RELEASE"``.

        Raises
        ------
        ArgumentError
            It is set to something else.
        """
        return self._network_timeout_response

    @network_timeout_response.setter
    def network_timeout_response(self, value: str) -> None:
        if value not in {_ABORT, _RELEASE}:
            message = f"network_timeout_response is {_ABORT!r} or {_RELEASE!r}, not {value!r}"
            raise ArgumentError(message)
        self._network_timeout_response = value
        self._wait()

    def _wait_anew(self, name: str) -> None:
        """Wait as the AE says, now that a time-out of it is set anew."""
        self._own_times.pop(name, None)
        self._wait()

    def _wait(self) -> None:
        net = self._net
        # In a child that was forked there is no association to wait for.
        with suppress(ForkedError):
            if net is not None and not net.over:
                releases = self._network_timeout_response == _RELEASE
                net.set_times(self.acse_timeout, self.dimse_timeout, self.network_timeout, releases)

    # -- what was agreed -----------------------------------------------------------------------------------------

    @property
    def accepted_contexts(self) -> list[PresentationContext]:
        """The contexts that were accepted, each with its one transfer syntax, in the order of their numbers."""
        if self._net is None:
            return []
        made = []
        for number, abstract, transfer, requestor_is_scu, requestor_is_scp in sorted(self._net.contexts):
            context = PresentationContext()
            context.abstract_syntax, context.transfer_syntax = abstract, [transfer]
            context._context_id, context.result = number, 0
            roles = (requestor_is_scu, requestor_is_scp)
            context._as_scu, context._as_scp = roles if self.is_requestor else roles[::-1]
            made.append(context)
        return made

    @property
    def rejected_contexts(self) -> list[PresentationContext]:
        """The contexts that were refused, and why (`PresentationContext.status`)."""
        if self._net is None:
            return []
        made = []
        for number, abstract, result in sorted(self._net.refused):
            context = PresentationContext()
            context.abstract_syntax = abstract
            context._context_id, context.result = number, result
            made.append(context)
        return made

    @property
    def security(self) -> dict[str, Any] | None:
        """What encrypts it: version, suite, whether a session was resumed, the peer's certificates; ``None`` without TLS."""
        return None if self._net is None else self._net.security

    @property
    def metrics(self) -> dict[str, int]:
        """Counters by name, as `AssociationServer.metrics` has them: of this association where we asked for it, else of its server.

        ``stored`` and ``not_stored`` are instances that came and were acknowledged, and that were refused or failed: what a C-GET has brought,
        whatever the peer says of its sub-operations.
        """
        return {} if self._net is None else self._net.metrics()

    @property
    def requestor(self) -> ServiceUser:
        """The side that asked."""
        return self._both()[0]

    @property
    def acceptor(self) -> ServiceUser:
        """The side that was asked."""
        return self._both()[1]

    @property
    def local(self) -> dict[str, Any]:
        """Our side (`ServiceUser.info`)."""
        return self._both()[self.is_acceptor].info

    @property
    def remote(self) -> dict[str, Any]:
        """The peer (`ServiceUser.info`)."""
        return self._both()[self.is_requestor].info

    def _both(self) -> tuple[ServiceUser, ServiceUser]:
        if self._sides is not None:
            return self._sides
        net, proposed = self._net, self._proposed
        if net is None:
            calling, called = self._titles
            place = (None, self._place)
            request = A_ASSOCIATE(calling, called, *place, proposed, [], items_of(self._said))
            refused = self._refusal((calling, called), place)
            # Who was never reached has heard of nothing.
            heard, whole = (None, None) if refused is None else (self._said, lambda: request)
            sides = (
                ServiceUser("requestor", calling, None, heard, proposed, whole),
                ServiceUser("acceptor", called, None, None, None, lambda: refused),
            )
            if self._failed is not None:
                # Nothing more is said.
                self._sides = sides
            return sides
        here, there = net.local, net.peer
        places = (here, there) if self.is_requestor else (there, here)
        answer = net.response
        request_said, refused = net.request, self._refusal((net.calling, net.called), places)
        asked = ServiceUser(
            "requestor",
            net.calling,
            places[0],
            request_said,
            proposed if self.is_requestor else None,
            (lambda: self._request(net, places)) if request_said else None,
        )
        asker = ServiceUser(
            "acceptor",
            net.called,
            places[1],
            answer,
            None if self.is_requestor else proposed,
            lambda: refused if answer is None else self._answer(net, places),
        )
        asker.common_extended = self._common
        if answer is not None:
            self._sides = (asked, asker)
        return asked, asker

    def _request(self, net: NetAssociation, places: tuple[Any, Any]) -> A_ASSOCIATE:
        proposed, items = contexts_of(net.request), items_of(net.request)
        return A_ASSOCIATE(net.calling, net.called, *places, proposed, [], items)

    def _answer(self, net: NetAssociation, places: tuple[Any, Any]) -> A_ASSOCIATE:
        results = sorted(
            [*self.accepted_contexts, *self.rejected_contexts], key=lambda one: one.context_id or 0
        )
        items = items_of(net.response or {})
        return A_ASSOCIATE(net.calling, net.called, *places, [], results, items, 0, 1)

    def _refusal(self, titles: tuple[str, str], places: tuple[Any, Any]) -> A_ASSOCIATE | None:
        """Give the answer that was a rejection: ours, or the peer's."""
        if isinstance(self.error, AssociationRejectedError):
            numbers = (self.error.result, self.error.source, self.error.reason)
        else:
            outcome: tuple[Any, ...] = (None if self._net is None else self._net.outcome) or ("",)
            if outcome[0] != "rejected":
                return None
            numbers = outcome[1:]
        return A_ASSOCIATE(*titles, *places, [], [], [], *numbers)
