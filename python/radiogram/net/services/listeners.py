"""Reports to those who hear them: N-EVENT-REPORT over associations that stand, or over new ones, by threads of their own.

A report is never sent by the thread that answers the request it follows from, so that the answer goes out first.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Timer
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from radiogram.net.handlers import afterwards
from radiogram.net.services.answers import RefusedError
from radiogram.net.status import STATUS_FAILURE, category_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from radiogram.dataset import Dataset

    Piece = tuple[Event, Callable[..., object], tuple[object, ...]]
    Places = Mapping[str, tuple[str, int]] | Callable[[str], tuple[str, int] | None]

__all__ = ["Listeners", "ReportError", "Route", "associated", "checked", "is_accepted", "report"]

_LOG = logging.getLogger("radiogram.net")

_LONGEST = 60.0
"""Seconds after which a report no longer waits for the answer of the request it follows from."""

_MOST = 4096
"""Reports that wait for the same association; one more, and the oldest goes."""

_AT_ONCE = 8
"""Receivers that are told at once: one that is not there holds nobody else up, as long as no more than these are not."""
_PAUSES = (1.0, 5.0, 25.0)
"""Seconds after which a receiver is tried again that is not there; what waits behind that report is then tried once."""

_MOST_ABSENT = 64
"""Receivers that are tried again at a time, so that nobody makes threads by asking for reports to one that is not there."""

_GRACE = 0.1
"""Seconds in which who asked may release the association before it is reported over."""

_PATIENCE = 30.0
"""Seconds that a connection to a receiver may take."""


class ReportError(RefusedError):
    """A report did not reach its receiver, or was refused; the message says which, and nothing of what was reported.

    Attributes
    ----------
    is_reached : bool
        Whether the receiver answered at all.
    is_sent : bool
        Whether the report went out; one that did is not sent again.
    """

    def __init__(self, message: str, *, is_reached: bool = False, is_sent: bool = True) -> None:
        super().__init__(message)
        self.is_reached = is_reached
        self.is_sent = is_sent


class Listeners:
    """Associations that took a SOP class, to be told of events.

    Parameters
    ----------
    *sop_classes : str
        Any of them makes an association a listener.

    Examples
    --------
    >>> from radiogram.net.services.listeners import Listeners
    >>> len(Listeners("1.2.840.10008.5.1.1.16"))
    0
    """

    def __init__(self, *sop_classes: str) -> None:
        self._classes = sop_classes
        self._associations: WeakSet[Any] = WeakSet()
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        # By receiver: what waits, in order. Who is in it has a thread, or is about to get one.
        self._waiting: dict[Hashable, deque[Piece]] = {}
        self._is_closing = False
        # By receiver that was not there: how often in a row, and what tries it again.
        self._missed: dict[Hashable, int] = {}
        self._timers: dict[Hashable, Timer] = {}

    def __len__(self) -> int:
        return len(self._associations)

    def add(self, association: Any) -> None:  # noqa: ANN401  # of any face
        """Take an association in, where it has one of the classes."""
        if any(is_accepted(association, uid) for uid in self._classes):
            self._associations.add(association)

    def remove(self, association: Any) -> None:  # noqa: ANN401
        """Forget an association."""
        self._associations.discard(association)

    def tell(self, *args: object, to: Iterable[Any] | None = None) -> None:
        """Report an event to all listeners, or to some: ``ds, event_type, class_uid, instance_uid`` and a meta SOP class."""
        for association in list(self._associations if to is None else to):
            self.later(_told, association, *args, to=association)

    def later(self, work: Callable[..., object], *args: object, to: Hashable = None) -> None:
        """Do something after the answer that is on its way, by a thread of these reports: one after the other for the same receiver.

        Parameters
        ----------
        work : callable
            What is done.
        *args
            What it is called with.
        to : hashable
            Whom it is for: of the same one 4096 wait at most, and the oldest is dropped.
        """
        answered = Event()
        afterwards(answered.set)
        with self._lock:
            is_new = to not in self._waiting
            own = self._waiting.setdefault(to, deque())
            if len(own) >= _MOST:
                own.popleft()
                _LOG.warning("a report was dropped: %d wait for the same receiver", _MOST)
            own.append((answered, work, args))
            if is_new:
                self._submit(to)

    def _submit(self, to: Hashable) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_AT_ONCE, "radiogram-reports")
        self._pool.submit(self._run, to)

    def _run(self, to: Hashable) -> None:
        """Do what waits for a receiver, until nothing does, or it is not there."""
        while True:
            with self._lock:
                own = self._waiting[to]
                if not own:
                    del self._waiting[to]
                    self._missed.pop(to, None)
                    return
                piece = own.popleft()
            error = _after_the_answer(*piece)
            with self._lock:
                if error is None or error.is_sent:
                    self._missed.pop(to, None)
                elif self._is_postponed(to):
                    own.appendleft(piece)
                    return
                # Who closes waits for one that is not there once, and not for each of its reports.
                if self._is_closing and error is not None and not error.is_reached and own:
                    _LOG.warning("%d more reports to the same receiver are not sent", len(own))
                    own.clear()

    def _is_postponed(self, to: Hashable) -> bool:
        """Try a receiver that is not there again after a while, by another thread, unless that was done often enough."""
        missed = self._missed[to] = self._missed.get(to, 0) + 1
        if self._is_closing or missed > len(_PAUSES) or len(self._timers) >= _MOST_ABSENT:
            return False
        timer = self._timers[to] = Timer(_PAUSES[missed - 1], self._again, [to])
        timer.daemon = True
        timer.start()
        return True

    def _again(self, to: Hashable) -> None:
        with self._lock:
            if self._timers.pop(to, None) is not None:
                self._submit(to)

    def close(self) -> None:
        """Send what waits, as long as receivers are there, and end the threads."""
        with self._lock:
            self._is_closing = True
            timers, self._timers = self._timers, {}
            for to, timer in timers.items():
                timer.cancel()
                self._submit(to)
        # What is done on the way may have more to report.
        while (pool := self._pool) is not None:
            with self._lock:
                self._pool = None
            pool.shutdown(wait=True)
        self._is_closing = False


def _after_the_answer(
    answered: Event, work: Callable[..., object], args: tuple[object, ...]
) -> ReportError | None:
    """Do a piece of work, and give why it has not reached its receiver."""
    answered.wait(_LONGEST)
    try:
        work(*args)
    except ReportError as error:
        _LOG.warning("%s", error.message)
        return error
    except Exception as error:  # nobody waits for it: the log is where it is said
        _LOG.warning("a report could not be sent: %s", type(error).__name__)
    return None


def report(association: Any, ds: Dataset | None, event_type: int, *uids: str) -> int | None:  # noqa: ANN401
    """Send one event report; `None` where the association is over or was lost.

    Parameters
    ----------
    association : Association
        It stands, or it is left alone.
    ds : Dataset or None
        The event information.
    event_type : int
        The type of the event.
    *uids : str
        Affected SOP Class and SOP Instance UID, and meta SOP classes whose contexts will do.

    Returns
    -------
    int or None
        The status of the answer.
    """
    if not getattr(association, "is_established", False):
        return None
    sop_class, instance, *metas = uids
    context = next((uid for uid in (sop_class, *metas) if is_accepted(association, uid)), None)
    if context is None:
        return None
    meta = {} if context == sop_class else {"meta_uid": context}
    status, _ = association.send_n_event_report(ds, event_type, sop_class, instance, **meta)
    code = status.get("Status")
    return None if code is None else int(code)


def checked(status: int | None) -> None:
    """Raise where a report that was sent has not been taken.

    Parameters
    ----------
    status : int or None
        What `report` gave.

    Raises
    ------
    ReportError
        The receiver has not answered, or with a failure.

    Examples
    --------
    >>> from radiogram.net.services.listeners import checked
    >>> checked(0x0110)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ReportError: the receiver of a report answered 0110
    """
    if status is None:
        message = "the receiver of a report has not answered it"
        raise ReportError(message)
    if category_of(status) == STATUS_FAILURE:
        message = f"the receiver of a report answered {status:04X}"
        raise ReportError(message, is_reached=True)


def _told(association: Any, *args: Any) -> None:  # noqa: ANN401
    """Report to a listener; one that is over is none any more."""
    if getattr(association, "is_established", False):
        checked(report(association, *args))


class Route:
    """The way of reports to who asked for them: the association of the request while it stands, else a new one with the roles reversed.

    Parameters
    ----------
    sop_class : str
        What the new association has a context for.
    own : str
        The own title.
    peers : mapping of str to (host, port), or callable
        Where others are, by their titles.
    same_association : bool
        Whether the association of the request is taken at all.

    Examples
    --------
    >>> from radiogram.net.services.listeners import Route
    >>> Route("1.2.840.10008.1.20.1", "ME", {"YOU": ("host", 104)}).place("YOU")
    ('host', 104)
    """

    def __init__(
        self, sop_class: str, own: str, peers: Places | None = None, *, same_association: bool = True
    ) -> None:
        self._class = sop_class
        self._own = own
        self._peers = peers
        self._same = same_association

    def place(self, title: str) -> tuple[str, int] | None:
        """Give where an entity is; `None` where nobody said."""
        return self._peers(title) if callable(self._peers) else (self._peers or {}).get(title)

    def deliver(
        self,
        association: Any,  # noqa: ANN401  # of any face
        title: str,
        ds: Dataset | None,
        event_type: int,
        instance: str,
    ) -> None:
        """Send a report.

        Raises
        ------
        ReportError
            There is no way to who asked, or the report was not taken.
        """
        said = (ds, event_type, self._class, instance)
        if self._same and getattr(association, "is_established", False):
            # Many ask, and release at once: a report that meets the release is answered by nobody, and some peers never get over it.
            time.sleep(_GRACE)
        status = report(association, *said) if self._same else None
        if status is not None and category_of(status) != STATUS_FAILURE:
            return
        place = self.place(title)
        if place is None:
            message = "nobody said where the peer is that asked for reports"
            raise ReportError(message)
        other = associated(title, place, self._own, self._class)
        try:
            checked(report(other, *said))
        finally:
            other.release()


def is_accepted(association: Any, uid: str) -> bool:  # noqa: ANN401
    """Whether an association has an accepted context of a SOP class."""
    return any(str(context.abstract_syntax) == uid for context in association.accepted_contexts)


def associated(
    title: str, place: tuple[str, int], own_title: str, sop_class: str, *, as_provider: bool = True
) -> Any:  # noqa: ANN401
    """Open an association in which the requestor is the provider of a SOP class (PS3.7 D.3.3.4), to report to its user.

    Raises
    ------
    ReportError
        It did not come about, or without the context.
    """
    from radiogram.net import AE, build_role

    entity = AE(ae_title=own_title)
    entity.connection_timeout = _PATIENCE
    entity.add_requested_context(sop_class)
    roles = [build_role(sop_class, scp_role=True)] if as_provider else []
    association = entity.associate(place[0], place[1], ae_title=title, ext_neg=roles)
    if not association.is_established:
        message = "the receiver of a report does not take the association"
        raise ReportError(message, is_sent=False)
    if not is_accepted(association, sop_class):
        association.release()
        message = "the receiver of a report does not take its SOP class"
        raise ReportError(message, is_reached=True)
    return association
