"""What a provider takes note of: the availability of instances (PS3.4 R), events and substances of procedures (PS3.4 P)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.services.answers import NO_ACTION, NOT_FOUND, SUCCESS, RefusedError
from radiogram.net.services.outcome import done
from radiogram.net.services.provider import Provider, created, uids
from radiogram.net.services.rules import check
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from radiogram.net.services.provider import Event, Status

__all__ = ["AvailabilityNotices", "EventLog", "log_event", "log_substance", "notify_availability"]

_AVAILABILITY = "InstanceAvailabilityNotification"
_PROCEDURE, _SUBSTANCE = "ProceduralEventLogging", "SubstanceAdministrationLogging"
_INSTANCES = {_PROCEDURE: "1.2.840.10008.1.40.1", _SUBSTANCE: "1.2.840.10008.1.42.1"}
"""The well-known instances (PS3.4 P.2.4, P.3.4)."""


class AvailabilityNotices(Provider):
    """Provider of instance availability notification.

    Parameters
    ----------
    take : callable
        Called with the UID of the notice and its data set.
    strict : bool
        Refuse what lacks what it owes.

    Examples
    --------
    >>> from radiogram.net.services.notices import AvailabilityNotices
    >>> AvailabilityNotices(print).contexts
    ('1.2.840.10008.5.1.4.33',)
    """

    contexts = uids(_AVAILABILITY)

    def __init__(self, take: Callable[[str, Dataset], object], *, strict: bool = True) -> None:
        self._take = take
        self._strict = strict

    def n_create(self, event: Event) -> tuple[Status, Dataset | None]:
        """Take a notice (PS3.4 R.3.2)."""
        notice = event.attribute_list
        if self._strict:
            check(_AVAILABILITY, "N-CREATE", notice)
        uid = str(event.request.AffectedSOPInstanceUID or generate_uid())
        self._take(uid, notice)
        return SUCCESS, created(event, uid, notice)


class EventLog(Provider):
    """Provider of application event logging.

    Parameters
    ----------
    take : callable
        Called with ``"procedure"`` or ``"substance"`` and the entry; gives a status (B101, C103, C110, …), `None` for success, or a pair
        of status and the reply.
    strict : bool
        Refuse what lacks what it owes.

    Examples
    --------
    >>> from radiogram.net.services.notices import EventLog
    >>> len(EventLog(lambda kind, entry: None).contexts)
    2
    """

    contexts = uids(_PROCEDURE, _SUBSTANCE)

    def __init__(
        self,
        take: Callable[[str, Dataset], Status | tuple[Status, Dataset | None] | None],
        *,
        strict: bool = True,
    ) -> None:
        self._take = take
        self._strict = strict

    def n_action(self, event: Event) -> tuple[Status, Dataset | None]:
        """Take an entry (PS3.4 P.2.2, P.3.2)."""
        name = _PROCEDURE if str(event.request.RequestedSOPClassUID) == self.contexts[0] else _SUBSTANCE
        if event.action_type != 1:
            message = "the one action is to record an event"
            raise RefusedError(message, NO_ACTION)
        if str(event.request.RequestedSOPInstanceUID) != _INSTANCES[name]:
            message = "logging has one well-known instance"
            raise RefusedError(message, NOT_FOUND)
        entry: Any = event.action_information
        if self._strict:
            check(name, "N-ACTION", entry)
        told = self._take("procedure" if name == _PROCEDURE else "substance", entry)
        if isinstance(told, tuple):
            return told
        reply: Any = None
        if name == _PROCEDURE:
            # PS3.4 table P.2-4: under which study and patient it was logged.
            reply = Dataset(
                {"StudyInstanceUID": entry.get("StudyInstanceUID"), "PatientID": entry.get("PatientID")}
            )
        return (SUCCESS if told is None else told), reply


def notify_availability(
    association: Any,  # noqa: ANN401  # of any face
    study: str,
    series: dict[str, Iterable[tuple[str, str]]],
    *,
    title: str,
    availability: str = "ONLINE",
) -> str:
    """Tell that instances are available, and give the UID of the notice (N-CREATE, PS3.4 R.3.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    study : str
        The Study Instance UID.
    series : dict
        SOP class and instance of each instance, by Series Instance UID.
    title : str
        Where they are retrieved from.
    availability : {"ONLINE", "NEARLINE", "OFFLINE", "UNAVAILABLE"}
        How.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost before it came.

    Examples
    --------
    >>> from radiogram.net.services import AvailabilityNotices, Services
    >>> from radiogram.net.services.notices import notify_availability
    >>> heard = []
    >>> with Services(AvailabilityNotices(lambda uid, notice: heard.append(notice.StudyInstanceUID))).loopback() as assoc:
    ...     uid = notify_availability(assoc, "1.2", {"1.2.3": [("1.2.840.10008.5.1.4.1.1.2", "1.2.3.4")]}, title="ARCHIVE")
    >>> heard
    ['1.2']
    """
    items = []
    for uid, pairs in series.items():
        references = [
            Dataset(
                {
                    "ReferencedSOPClassUID": sop_class,
                    "ReferencedSOPInstanceUID": instance,
                    "InstanceAvailability": availability,
                    "RetrieveAETitle": title,
                }
            )
            for sop_class, instance in pairs
        ]
        items.append(Dataset({"SeriesInstanceUID": uid, "ReferencedSOPSequence": references}))
    made: Any = Dataset({"StudyInstanceUID": study, "ReferencedPerformedProcedureStepSequence": []})
    made.ReferencedSeriesSequence = items
    uid, sop_class = str(generate_uid()), AvailabilityNotices.contexts[0]
    done(association.send_n_create(made, sop_class, uid)[0], "N-CREATE", sop_class)
    return uid


def log_event(association: Any, entry: Dataset) -> Dataset | None:  # noqa: ANN401
    """Log an event of a procedure, and give the reply (N-ACTION, PS3.4 P.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    entry : Dataset
        What there is to be logged.

    Returns
    -------
    Dataset or None
        Under which study and patient it was logged.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost before it came.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import EventLog, Services
    >>> from radiogram.net.services.notices import log_event
    >>> heard = []
    >>> with Services(EventLog(lambda kind, entry: heard.append((kind, entry.PatientID)), strict=False)).loopback() as assoc:
    ...     reply = log_event(assoc, rg.Dataset({"PatientID": "P1"}))
    >>> heard
    [('procedure', 'P1')]
    """
    return _logged(association, entry, 0, _PROCEDURE)


def log_substance(association: Any, entry: Dataset) -> Dataset | None:  # noqa: ANN401
    """Log the administration of a substance, and give the reply (N-ACTION, PS3.4 P.3.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    entry : Dataset
        What there is to be logged.

    Returns
    -------
    Dataset or None
        What the provider replied, mostly nothing.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost before it came.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import EventLog, Services
    >>> from radiogram.net.services.notices import log_substance
    >>> heard = []
    >>> with Services(EventLog(lambda kind, entry: heard.append((kind, entry.PatientID)), strict=False)).loopback() as assoc:
    ...     reply = log_substance(assoc, rg.Dataset({"PatientID": "P1"}))
    >>> heard
    [('substance', 'P1')]
    """
    return _logged(association, entry, 1, _SUBSTANCE)


def _logged(association: Any, entry: Dataset, place: int, name: str) -> Dataset | None:  # noqa: ANN401
    sop_class = EventLog.contexts[place]
    status, reply = association.send_n_action(entry, 1, sop_class, _INSTANCES[name])
    done(status, "N-ACTION", sop_class)
    found: Dataset | None = reply
    return found
