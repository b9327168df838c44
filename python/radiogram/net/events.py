"""The events that handlers are bound to, by pynetdicom's names, and who is bound to which.

A *notification* says that something has happened; any number of handlers hear it, and what they return does not matter. An
*intervention* asks for a decision or an answer; it has one handler.
"""

from __future__ import annotations

import inspect
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Iterable, Sequence

    Handler = Callable[..., Any]
    HandlerTuple = tuple["EventType", Handler] | tuple["EventType", Handler, Sequence[Any]]

__all__ = [
    "EventType",
    "Handlers",
    "InterventionEvent",
    "NotificationEvent",
]


class NotificationEvent(NamedTuple):
    """Something that has happened.

    Attributes
    ----------
    name, description : str
        The name, and what it stands for.
    wants : tuple of str
        What the engine has to tell for it.
    """

    name: str
    description: str
    wants: tuple[str, ...] = ()

    @property
    def is_intervention(self) -> bool:
        """Whether it waits for a decision."""
        return False

    @property
    def is_notification(self) -> bool:
        """Whether it only tells."""
        return True

    def __str__(self) -> str:
        return self.name


class InterventionEvent(NamedTuple):
    """Something that waits for a decision.

    Attributes
    ----------
    name, description : str
        The name, and what it stands for.
    wants : tuple of str
        What the engine has to ask for it.
    """

    name: str
    description: str
    wants: tuple[str, ...] = ()

    @property
    def is_intervention(self) -> bool:
        """Whether it waits for a decision."""
        return True

    @property
    def is_notification(self) -> bool:
        """Whether it only tells."""
        return False

    def __str__(self) -> str:
        return self.name


EventType = NotificationEvent | InterventionEvent

EVT_ABORTED = NotificationEvent("EVT_ABORTED", "Association aborted", ("aborted", "lost", "failed"))
EVT_ACCEPTED = NotificationEvent("EVT_ACCEPTED", "Association request accepted", ("established",))
EVT_ACSE_RECV = NotificationEvent("EVT_ACSE_RECV", "Part of an association received", ("pdu-received",))
EVT_ACSE_SENT = NotificationEvent("EVT_ACSE_SENT", "Part of an association sent", ("pdu-sent",))
EVT_CONN_CLOSE = NotificationEvent("EVT_CONN_CLOSE", "Connection closed", ("connection-close",))
EVT_CONN_OPEN = NotificationEvent("EVT_CONN_OPEN", "Connection opened", ("connection-open",))
EVT_DATA_RECV = NotificationEvent("EVT_DATA_RECV", "Bytes of a PDU received", ("data-received",))
EVT_DATA_SENT = NotificationEvent("EVT_DATA_SENT", "Bytes of a PDU sent", ("data-sent",))
EVT_DIMSE_RECV = NotificationEvent("EVT_DIMSE_RECV", "DIMSE message received", ("message-received",))
EVT_DIMSE_SENT = NotificationEvent("EVT_DIMSE_SENT", "DIMSE message sent", ("message-sent",))
EVT_ESTABLISHED = NotificationEvent("EVT_ESTABLISHED", "Association established", ("established",))
EVT_FSM_TRANSITION = NotificationEvent("EVT_FSM_TRANSITION", "State of the upper layer changes", ("fsm",))
EVT_PDU_RECV = NotificationEvent("EVT_PDU_RECV", "PDU received", ("pdu-received",))
EVT_PDU_SENT = NotificationEvent("EVT_PDU_SENT", "PDU sent", ("pdu-sent",))
EVT_REJECTED = NotificationEvent("EVT_REJECTED", "Association request rejected", ("rejected",))
EVT_RELEASED = NotificationEvent("EVT_RELEASED", "Association released", ("released",))
EVT_REQUESTED = NotificationEvent("EVT_REQUESTED", "Association requested", ("requested", "negotiate"))

EVT_ASYNC_OPS = InterventionEvent("EVT_ASYNC_OPS", "Operations window proposed", ("negotiate",))
EVT_SOP_COMMON = InterventionEvent("EVT_SOP_COMMON", "Common extended negotiation proposed", ("negotiate",))
EVT_SOP_EXTENDED = InterventionEvent("EVT_SOP_EXTENDED", "Extended negotiation proposed", ("negotiate",))
EVT_USER_ID = InterventionEvent("EVT_USER_ID", "User identity given", ("negotiate",))
EVT_C_ECHO = InterventionEvent("EVT_C_ECHO", "C-ECHO request received", ("echo",))
EVT_C_FIND = InterventionEvent("EVT_C_FIND", "C-FIND request received", ("request",))
EVT_C_GET = InterventionEvent("EVT_C_GET", "C-GET request received", ("request",))
EVT_C_MOVE = InterventionEvent("EVT_C_MOVE", "C-MOVE request received", ("request",))
EVT_C_STORE = InterventionEvent("EVT_C_STORE", "C-STORE request received", ("instance",))
EVT_N_ACTION = InterventionEvent("EVT_N_ACTION", "N-ACTION request received", ("request",))
EVT_N_CREATE = InterventionEvent("EVT_N_CREATE", "N-CREATE request received", ("request",))
EVT_N_DELETE = InterventionEvent("EVT_N_DELETE", "N-DELETE request received", ("request",))
EVT_N_EVENT_REPORT = InterventionEvent("EVT_N_EVENT_REPORT", "N-EVENT-REPORT request received", ("request",))
EVT_N_GET = InterventionEvent("EVT_N_GET", "N-GET request received", ("request",))
EVT_N_SET = InterventionEvent("EVT_N_SET", "N-SET request received", ("request",))

EVENTS: dict[str, EventType] = {
    name: found
    for name, found in tuple(globals().items())
    if isinstance(found, (NotificationEvent, InterventionEvent))
}
"""All events by name."""

__all__ += sorted(EVENTS)

LAST = "connection-close"
"""The notice after which an association is forgotten: nothing comes behind it, and it comes where there never was an association, too."""
_CLOSING = ("released", "aborted", "rejected", "lost", "failed", LAST)
"""Notices that an association is over."""


class Bound(NamedTuple):
    """A handler, and what it is called with after the event."""

    call: Handler | None
    args: list[Any] | None
    loop: AbstractEventLoop | None = None


_NOBODY = Bound(None, None)


class Handlers:
    """Who is bound to which event; it may be changed while it is in use.

    Examples
    --------
    >>> handlers = Handlers([(EVT_C_ECHO, lambda event: 0x0000)])
    >>> [event.name for event in handlers.get_events()]
    ['EVT_C_ECHO']
    """

    def __init__(self, bound: Iterable[HandlerTuple] | None = None) -> None:
        self._lock = threading.Lock()
        self._bound: dict[EventType, tuple[Bound, ...]] = {}
        for event, handler, *rest in bound or ():
            self.bind(event, handler, rest[0] if rest else None)

    def bind(self, event: EventType, handler: Handler, args: Sequence[Any] | None = None) -> None:
        """Bind a handler; of an intervention it takes the place of the one before."""
        if event not in EVENTS.values():
            message = f"{event!r} is no event of radiogram.net.evt"
            raise ArgumentError(message)
        if not callable(handler):
            message = f"the handler of {event.name} cannot be called"
            raise ArgumentError(message)
        new = Bound(handler, None if args is None else list(args), _loop_for(handler))
        with self._lock:
            known = () if event.is_intervention else self._bound.get(event, ())
            if new not in known:
                self._bound = {**self._bound, event: (*known, new)}

    def unbind(self, event: EventType, handler: Handler) -> None:
        """Take a handler away again, where it is bound."""
        with self._lock:
            left = tuple(bound for bound in self._bound.get(event, ()) if bound.call != handler)
            self._bound = {key: bound for key, bound in {**self._bound, event: left}.items() if bound}

    def of(self, event: EventType) -> tuple[Bound, ...]:
        """Give what is bound to an event."""
        return self._bound.get(event, ())

    def one(self, event: EventType) -> Bound:
        """Give the handler of an intervention."""
        found = self._bound.get(event)
        return found[0] if found else _NOBODY

    def get_events(self) -> list[EventType]:
        """List the events that have handlers, by name."""
        return sorted(self._bound, key=lambda event: event.name)

    def get_handlers(
        self, event: EventType
    ) -> list[tuple[Handler, list[Any] | None]] | tuple[Handler | None, list[Any] | None]:
        """Give what is bound: a list of (handler, args) for a notification, one of them for an intervention."""
        if event.is_intervention:
            one = self.one(event)
            return one.call, one.args
        return [(bound.call, bound.args) for bound in self.of(event) if bound.call is not None]

    def copy(self) -> Handlers:
        """Give the same bindings, to be changed on their own."""
        made = Handlers()
        made._bound = self._bound
        return made

    @property
    def wants(self) -> set[str]:
        """What the engine has to tell and to ask for them."""
        found = {word for event in self._bound for word in event.wants}
        # Who has a handler is told when associations begin and end, so that what belongs to them can be kept and forgotten.
        if found:
            found.update((*_CLOSING, "established"))
        return found


def _loop_for(handler: Handler) -> AbstractEventLoop | None:
    """Give the loop that an asynchronous handler runs on: the one that runs where it is bound."""
    called = handler if inspect.isroutine(handler) else getattr(handler, "__call__", handler)  # noqa: B004
    if not (inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called)):
        return None
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        message = "an asynchronous handler is bound where its event loop runs"
        raise ArgumentError(message) from None


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name == "Event":
        from radiogram.net.event import Event

        globals()["Event"] = Event
        return Event
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
