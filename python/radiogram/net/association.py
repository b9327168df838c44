"""An association, from either side: what was agreed, how it goes on, and what is sent over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.errors import DicomError
from radiogram.net.acse import ACSE
from radiogram.net.events import EVT_ABORTED, EVT_CONN_CLOSE, EVT_REJECTED, EVT_RELEASED
from radiogram.net.handlers import waiting_outside
from radiogram.net.narrating import narrate
from radiogram.net.sending import Sending
from radiogram.net.service_user import ServiceUser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from radiogram.net.events import EventType, Handler, NotificationEvent

__all__ = ["Association", "ServiceUser"]

_ENDS = {
    "released": EVT_RELEASED,
    "rejected": EVT_REJECTED,
    "aborted": EVT_ABORTED,
    "lost": EVT_ABORTED,
    "failed": EVT_ABORTED,
    "timeout": EVT_ABORTED,
}
"""What is told of each way an association can end."""


class Association(Sending):
    """An association.

    `radiogram.net.AE.associate` gives one that was asked for, `Event.assoc` one that a peer asked for. It is a context manager
    that releases it at the end, and aborts it where an exception comes out of the block.

    Attributes
    ----------
    ae : AE
        Ours.
    requestor, acceptor : ServiceUser
        Both sides, as they described themselves.
    error : DicomError or None
        Why there is no association, in words, where there is none.
    """

    def __repr__(self) -> str:
        if self._is_inherited:
            return f"<Association {self.mode} of another process>"
        return f"<Association {self.mode} {'established' if self.is_established else self._end() or 'not established'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if not self.is_established:
            return
        if kind is None:
            self.release()
        else:
            self.abort()

    # -- its end -------------------------------------------------------------------------------------------------

    def release(self) -> None:
        """End it in order (A-RELEASE), and wait for the peer's answer; in a child that was forked its parent's goes on."""
        net = self._own
        if net is None or net.over:
            return
        try:
            with waiting_outside():
                net.release(timeout=self.acse_timeout)
        except DicomError as error:
            self.error = error
            if not net.over:
                self.abort()
        self._tell_end()

    def abort(self, block: bool = True) -> None:  # noqa: FBT001, FBT002  # pynetdicom's
        """End it at once (A-ABORT); in a child that was forked its parent's goes on.

        Parameters
        ----------
        block : bool
            Wait until the connection is closed.
        """
        net = self._own
        if net is None or net.over or self._rejection is not None:
            return
        net.abort()
        if block:
            self.join(self.acse_timeout)
        self._tell_end()

    kill = abort

    @property
    def acse(self) -> ACSE:
        """What rejects it while it is asked for, in a handler of EVT_REQUESTED."""
        return ACSE(self)

    def _refuse(self, rejection: tuple[int, int, int]) -> None:
        """Reject it, where it is asked for and not answered yet."""
        if not self.is_acceptor or self._net is None or self._net.over or self._net.response is not None:
            message = "an association is rejected before it is established: by a handler of EVT_REQUESTED"
            raise RuntimeError(message)
        self._rejection = rejection

    def _tell_end(self) -> None:
        end = self._end()
        if end is None:
            return
        narrate("the association is over: %s", end)
        if self._net is not None:
            self._tell(EVT_CONN_CLOSE, address=self._net.peer)
        self._tell(_ENDS[end])

    def _tell(self, event: NotificationEvent, **details: object) -> None:
        """Tell the handlers of something that happens once in an association, once."""
        with self._telling:
            if event in self._told:
                return
            self._told.add(event)
        from radiogram.net.serving import notify

        notify(self, event, None, details)

    # -- handlers ------------------------------------------------------------------------------------------------

    def bind(self, event: EventType, handler: Handler, args: Sequence[Any] | None = None) -> None:
        """Bind a handler to an event of this association alone."""
        self._handlers.bind(event, handler, args)
        self._rewant()

    def unbind(self, event: EventType, handler: Handler) -> None:
        """Take a handler away."""
        self._handlers.unbind(event, handler)
        self._rewant()

    def get_events(self) -> list[EventType]:
        """List the events that have handlers here."""
        return self._handlers.get_events()

    def get_handlers(self, event: EventType) -> Any:  # noqa: ANN401  # see `Handlers.get_handlers`
        """Give what is bound to an event."""
        return self._handlers.get_handlers(event)

    def _rewant(self) -> None:
        if self._want is not None:
            self._want(self._handlers.wants)
