"""Storage Management from the user's side (PS3.4 KK): an inventory is asked for, and what is reported of it is waited for."""

from __future__ import annotations

import warnings
from collections import deque
from threading import Condition
from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram.dataset import Dataset
from radiogram.dictionary import keyword_for_tag
from radiogram.net.services.answers import SUCCESS, RefusedError
from radiogram.net.services.inventories import ACTIONS, EVENTS, INSTANCE, UNSUPPORTED_KEYS, InventoryCreation
from radiogram.net.services.inventory import scope_of
from radiogram.net.services.outcome import done
from radiogram.net.services.provider import Provider
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from radiogram.net.services.provider import Event, Status

__all__ = [
    "Inventories",
    "Progress",
    "UnmatchedKeysWarning",
    "cancel_inventory",
    "pause_inventory",
    "request_inventory",
    "request_inventory_status",
    "resume_inventory",
]

_CLASS = InventoryCreation.contexts[0]
_MOST = 256
"""Transactions that reports are kept of, and reports of each; the oldest go."""

_TERMINATED = (EVENTS["terminated with instances"], EVENTS["terminated without instances"])


class UnmatchedKeysWarning(UserWarning):
    """Keys of a scope are not matched with anything: the inventory that is made has more studies than were asked for.

    Attributes
    ----------
    keywords : tuple of str
        The keys; a tag, such as ``00091001``, where an element has no keyword.
    """

    def __init__(self, keywords: tuple[str, ...] = ()) -> None:
        named = ", ".join(keywords) or "some"
        super().__init__(f"keys are not matched, and the inventory has more studies: {named}")
        self.keywords = keywords


class Progress(NamedTuple):
    """What was reported of an inventory.

    Attributes
    ----------
    transaction : str
        The Transaction UID.
    status : str
        ``PROCESSING``, ``PAUSED``, ``COMPLETE``, ``FAILURE`` or ``CANCELED``.
    studies : int or None
        Study records until now; `None` where it was not said.
    comment : str
        More about the status.
    instance : str
        The root of the inventory, where it ended with one.
    title, url : str
        Where the instance is retrieved from.
    is_terminated : bool
        Whether nothing more is reported.
    """

    transaction: str
    status: str
    studies: int | None
    comment: str = ""
    instance: str = ""
    title: str = ""
    url: str = ""
    is_terminated: bool = False


class Inventories(Provider):
    """What is reported of own requests: the handler of event reports, for the association of a request and for a server.

    The last 256 reports of each of 256 transactions are kept. Where there is one transaction more, one goes whose end was waited for,
    else the oldest that nobody waits for.

    Examples
    --------
    >>> from radiogram.net.services import Inventories
    >>> Inventories().wait("1.2.3", timeout=0) is None
    True
    """

    contexts = InventoryCreation.contexts

    def __init__(self) -> None:
        self._condition = Condition()
        self._came: dict[str, deque[Progress]] = {}
        self._awaited: list[str] = []
        self._heard: set[str] = set()

    def n_event_report(self, event: Event) -> tuple[Status, Dataset | None]:
        """Take a report (PS3.4 KK.2.3)."""
        if event.event_type not in EVENTS.values():
            message = "storage management has no such event"
            raise RefusedError(message, 0x0113)
        said: Any = event.event_information
        if not said.get("TransactionUID"):
            message = "TransactionUID is missing"
            raise RefusedError(message, 0x0115, ["TransactionUID"])
        count = said.get("TotalNumberOfStudyRecords")
        made = Progress(
            str(said.TransactionUID),
            str(said.get("TransactionStatus") or ""),
            None if count is None else int(count),
            str(said.get("TransactionStatusComment") or ""),
            str(said.get("ReferencedSOPInstanceUID") or ""),
            str(said.get("RetrieveAETitle") or ""),
            str(said.get("RetrieveURL") or ""),
            event.event_type in _TERMINATED,
        )
        with self._condition:
            if made.transaction not in self._came and len(self._came) >= _MOST:
                self._forget()
            self._came.setdefault(made.transaction, deque(maxlen=_MOST)).append(made)
            self._condition.notify_all()
        return SUCCESS, None

    def _forget(self) -> None:
        gone = min(self._came, key=lambda one: (one in self._awaited, one not in self._heard))
        del self._came[gone]
        self._heard.discard(gone)

    def reports(self, transaction: str) -> list[Progress]:
        """Give all that was reported of a transaction until now."""
        with self._condition:
            return list(self._came.get(transaction, ()))

    def wait(
        self, transaction: str, timeout: float | None = None, *, status: str | None = None
    ) -> Progress | None:
        """Wait until an inventory has ended, or until a status was reported.

        Parameters
        ----------
        transaction : str
            The Transaction UID.
        timeout : float, optional
            Seconds.
        status : str, optional
            What is waited for; the end if not given.

        Returns
        -------
        Progress or None
            The report; `None` where it did not come in time.
        """

        def there() -> Progress | None:
            for one in reversed(self._came.get(transaction, ())):
                if one.is_terminated if status is None else one.status == status:
                    return one
            return None

        with self._condition:
            self._awaited.append(transaction)
            try:
                found = self._condition.wait_for(there, timeout)
            finally:
                self._awaited.remove(transaction)
            if found is not None and found.is_terminated:
                self._heard.add(transaction)
            return found


def request_inventory(
    association: Any,  # noqa: ANN401  # of any face
    scope: Dataset | None = None,
    *,
    level: str = "STUDY",
    purpose: str = "",
    interval: int | None = None,
    transaction: str | None = None,
) -> str:
    """Ask for an inventory, and give the Transaction UID that its reports will have (N-ACTION of type 11, PS3.4 KK.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    scope : Dataset, optional
        Keys of studies as a query has them, or what `scope_of` makes; all studies if not given.
    level : {"STUDY", "SERIES", "INSTANCE"}
        How far down it lists what there is.
    purpose : str
        Inventory Purpose.
    interval : int, optional
        Requested Status Interval.
    transaction : str, optional
        The Transaction UID; a new one if not given.

    Raises
    ------
    RefusedError
        The answer was a failure, such as 0213 where the peer has no room for more; or the association was lost.

    Warns
    -----
    UnmatchedKeysWarning
        The inventory is made, and keys of the scope are not matched: it has more studies.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Inventories, InventoryCreation, Services
    >>> from radiogram.net.services.inventory_user import request_inventory
    >>> class Studies:
    ...     def candidates(self, level, query, agreed):
    ...         yield rg.Dataset({"StudyInstanceUID": "1.2", "PatientID": "P1"})
    >>> kept, reports = [], Inventories()
    >>> with Services(InventoryCreation(Studies(), kept.append)).loopback(evt_handlers=reports.handlers()) as assoc:
    ...     transaction = request_inventory(assoc, rg.Dataset({"PatientID": "P*"}))
    ...     ended = reports.wait(transaction, timeout=60)
    >>> ended.status, ended.studies, kept[-1].SOPInstanceUID == ended.instance
    ('COMPLETE', 1, True)
    """
    asked: Any = Dataset({"TransactionUID": str(transaction or generate_uid()), "InventoryLevel": level})
    asked.ScopeOfInventorySequence = [] if scope is None else [_scope(scope)]
    if purpose:
        asked.InventoryPurpose = purpose
    if interval is not None:
        asked.RequestedStatusInterval = interval
    status = _act(association, "initiate", asked)
    if status.get("Status") == UNSUPPORTED_KEYS:
        warnings.warn(UnmatchedKeysWarning(_keywords(status.get("AttributeIdentifierList"))), stacklevel=2)
    return str(asked.TransactionUID)


def _keywords(tags: Any) -> tuple[str, ...]:  # noqa: ANN401  # one, several or none
    several = [tags] if isinstance(tags, int) else list(tags or ())
    return tuple(keyword_for_tag(int(tag)) or f"{int(tag):08X}" for tag in several)


def _scope(scope: Dataset) -> Dataset:
    is_made = any("MatchingSequence" in key.keyword for key in scope) or "ExtendedMatchingMechanisms" in scope
    return scope if is_made else scope_of(scope)


def request_inventory_status(association: Any, transaction: str, *, interval: int | None = None) -> None:  # noqa: ANN401
    """Have it reported how far an inventory is (N-ACTION of type 12, PS3.4 KK.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    transaction : str
        What `request_inventory` gave.
    interval : int, optional
        Requested Status Interval, at which it is reported from now on: minutes; 0 for no more.

    Raises
    ------
    RefusedError
        There is no such inventory, or it has ended; or the association was lost.

    Examples
    --------
    >>> import threading
    >>> import radiogram as rg
    >>> from radiogram.net.services import Inventories, InventoryCreation, Services
    >>> from radiogram.net.services.inventory_user import request_inventory, request_inventory_status
    >>> class Studies:
    ...     def candidates(self, level, query, agreed):
    ...         assert go_on.wait(60)
    ...         yield rg.Dataset({"StudyInstanceUID": "1.2", "PatientID": "P1"})
    >>> kept, reports, go_on = [], Inventories(), threading.Event()
    >>> with Services(InventoryCreation(Studies(), kept.append)).loopback(evt_handlers=reports.handlers()) as assoc:
    ...     transaction = request_inventory(assoc)
    ...     request_inventory_status(assoc, transaction)
    ...     reports.wait(transaction, 60, status="PROCESSING").studies
    ...     go_on.set()
    ...     reports.wait(transaction, 60).studies
    0
    1
    """
    asked = Dataset({"TransactionUID": transaction})
    if interval is not None:
        asked.RequestedStatusInterval = interval
    _act(association, "request status", asked)


def cancel_inventory(association: Any, transaction: str, *, retain: bool = False) -> None:  # noqa: ANN401
    """End the production of an inventory (N-ACTION of type 13, PS3.4 KK.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    transaction : str
        What `request_inventory` gave.
    retain : bool
        Keep what was produced until now, as an instance.

    Raises
    ------
    RefusedError
        There is no such inventory, or it has ended; or the association was lost.

    Examples
    --------
    >>> import threading
    >>> import radiogram as rg
    >>> from radiogram.net.services import Inventories, InventoryCreation, Services
    >>> from radiogram.net.services.inventory_user import cancel_inventory, request_inventory
    >>> class Studies:
    ...     def candidates(self, level, query, agreed):
    ...         assert go_on.wait(60)
    ...         yield rg.Dataset({"StudyInstanceUID": "1.2", "PatientID": "P1"})
    >>> kept, reports, go_on = [], Inventories(), threading.Event()
    >>> with Services(InventoryCreation(Studies(), kept.append)).loopback(evt_handlers=reports.handlers()) as assoc:
    ...     transaction = request_inventory(assoc)
    ...     cancel_inventory(assoc, transaction, retain=True)
    ...     go_on.set()
    ...     ended = reports.wait(transaction, 60)
    ...     ended.status, kept[0].InventoryCompletionStatus
    ('CANCELED', 'PARTIAL')
    """
    asked = {"TransactionUID": transaction, "RetainInstances": "Y" if retain else "N"}
    _act(association, "cancel", Dataset(asked))


def pause_inventory(association: Any, transaction: str) -> None:  # noqa: ANN401
    """Have the production of an inventory wait (N-ACTION of type 14, PS3.4 KK.2.2): for a day at most, or as long as the provider says.

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    transaction : str
        What `request_inventory` gave.

    Raises
    ------
    RefusedError
        There is no such inventory, or it has ended; or the association was lost.

    Examples
    --------
    >>> import threading
    >>> import radiogram as rg
    >>> from radiogram.net.services import Inventories, InventoryCreation, Services
    >>> from radiogram.net.services.inventory_user import pause_inventory, request_inventory, resume_inventory
    >>> class Studies:
    ...     def candidates(self, level, query, agreed):
    ...         assert go_on.wait(60)
    ...         yield rg.Dataset({"StudyInstanceUID": "1.2", "PatientID": "P1"})
    >>> kept, reports, go_on = [], Inventories(), threading.Event()
    >>> with Services(InventoryCreation(Studies(), kept.append)).loopback(evt_handlers=reports.handlers()) as assoc:
    ...     transaction = request_inventory(assoc)
    ...     pause_inventory(assoc, transaction)
    ...     reports.wait(transaction, 60, status="PAUSED").status
    ...     go_on.set()
    ...     resume_inventory(assoc, transaction)
    ...     reports.wait(transaction, 60).status
    'PAUSED'
    'COMPLETE'
    """
    _act(association, "pause", Dataset({"TransactionUID": transaction}))


def resume_inventory(association: Any, transaction: str) -> None:  # noqa: ANN401
    """Have an inventory that waits go on (N-ACTION of type 15, PS3.4 KK.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    transaction : str
        What `request_inventory` gave.

    Raises
    ------
    RefusedError
        There is no such inventory, or it has ended; or the association was lost.

    Examples
    --------
    >>> import threading
    >>> import radiogram as rg
    >>> from radiogram.net.services import Inventories, InventoryCreation, Services
    >>> from radiogram.net.services.inventory_user import pause_inventory, request_inventory, resume_inventory
    >>> class Studies:
    ...     def candidates(self, level, query, agreed):
    ...         assert go_on.wait(60)
    ...         yield rg.Dataset({"StudyInstanceUID": "1.2", "PatientID": "P1"})
    >>> kept, reports, go_on = [], Inventories(), threading.Event()
    >>> with Services(InventoryCreation(Studies(), kept.append)).loopback(evt_handlers=reports.handlers()) as assoc:
    ...     transaction = request_inventory(assoc)
    ...     pause_inventory(assoc, transaction)
    ...     reports.wait(transaction, 60, status="PAUSED").status
    ...     go_on.set()
    ...     resume_inventory(assoc, transaction)
    ...     reports.wait(transaction, 60).status
    'PAUSED'
    'COMPLETE'
    """
    _act(association, "resume", Dataset({"TransactionUID": transaction}))


def _act(association: Any, name: str, asked: Dataset) -> Any:  # noqa: ANN401
    status, _ = association.send_n_action(asked, ACTIONS[name], _CLASS, INSTANCE)
    done(status, "N-ACTION", _CLASS)
    return status
