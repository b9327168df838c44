"""Modality Performed Procedure Step (PS3.4 F): created in progress, changed, completed or discontinued; retrieved, and reported.

`PerformedSteps` is the provider of all three SOP classes. `create`, `set_step`, `complete` and `discontinue` are the modality's side.
"""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.services.answers import (
    INVALID_VALUE,
    MISSING_ATTRIBUTE,
    MISSING_VALUE,
    SUCCESS,
    UNRECOGNIZED,
    WARNING_OPTIONAL,
    RefusedError,
)
from radiogram.net.services.identifiers import with_values
from radiogram.net.services.listeners import Listeners
from radiogram.net.services.provider import Provider, created, uids
from radiogram.net.services.rules import check, is_there, missing_at_the_end
from radiogram.net.services.shelf import Shelf, wanted
from radiogram.net.services.states import step

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.net.services.provider import Event, Status

__all__ = ["EVENTS", "PerformedSteps", "complete", "create", "discontinue", "get_step", "set_step"]

_LOG = logging.getLogger("radiogram.net")

_CLASS = "ModalityPerformedProcedureStep"
_STATUS = "PerformedProcedureStepStatus"
_NO_LONGER = 0xA710
"""Error ID: the step may no longer be updated (PS3.4 table F.7.2-2)."""

EVENTS = {"IN PROGRESS": 1, "COMPLETED": 2, "DISCONTINUED": 3, "updated": 4, "deleted": 5}
"""Event types of notifications (PS3.4 table F.9.2-1)."""


class PerformedSteps(Provider):
    """Provider of performed procedure steps.

    Parameters
    ----------
    shelf : Shelf, optional
        Where they are kept; in memory if not given.
    changed : callable, optional
        Called with the UID, the event type and the step when one was created, changed or ended. What it raises is logged: the step is kept.
    strict : bool
        Refuse what does not have all attributes that it owes. Where it is `False` only states are kept.

    Examples
    --------
    >>> from radiogram.net.services import PerformedSteps
    >>> len(PerformedSteps().contexts)
    3
    """

    contexts = uids(_CLASS, f"{_CLASS}Retrieve", f"{_CLASS}Notification")
    # PS3.4 F.8, F.9: one is asked for what steps are, the other tells of them.
    only = MappingProxyType({contexts[1]: ("n_get",), contexts[2]: ()})

    def __init__(
        self,
        shelf: Shelf | None = None,
        *,
        changed: Callable[[str, int, Dataset], object] | None = None,
        strict: bool = True,
    ) -> None:
        self.shelf = Shelf() if shelf is None else shelf
        self._changed = changed
        self._strict = strict
        self._listeners = Listeners(self.contexts[2])

    def n_create(self, event: Event) -> tuple[Status, Dataset | None]:
        """Create a step, which is in progress (PS3.4 F.7.2.1)."""
        attributes: Any = event.attribute_list
        uid = event.request.AffectedSOPInstanceUID
        state = str(attributes.get(_STATUS) or "")
        if self._strict:
            check(_CLASS, "N-CREATE", attributes)
        if state != "IN PROGRESS":
            message = "a step begins IN PROGRESS"
            raise RefusedError(message, INVALID_VALUE, [_STATUS])
        uid = self.shelf.add(uid, attributes)
        self._tell(uid, EVENTS[state], attributes)
        return SUCCESS, created(event, uid, attributes)

    def n_set(self, event: Event) -> tuple[Status, Dataset | None]:
        """Change or end a step (PS3.4 F.7.2.2)."""
        changes: Any = event.modification_list
        uid = str(event.request.RequestedSOPInstanceUID)
        with self.shelf.lock:
            before = self.shelf.get(uid)
            state = str(before.get(_STATUS))
            following = str(changes.get(_STATUS) or "IN PROGRESS")
            taken = step("MPPS", f"set {following}", state)
            if taken.status:
                message = "the step may no longer be updated"
                raise RefusedError(message, taken.status, [_STATUS], error_id=_NO_LONGER)
            if self._strict:
                check(_CLASS, "N-SET", changes)
            ended = taken.actions == ("final",)
            if ended and self._strict:
                self._check_end(before, changes, completed=following == "COMPLETED")
            now = self.shelf.modify(uid, changes)
        self._tell(uid, EVENTS[following] if ended else EVENTS["updated"], now)
        return SUCCESS, changes

    @staticmethod
    def _check_end(before: Dataset, changes: Dataset, *, completed: bool) -> None:
        made = Dataset(before)
        made.update(changes)
        missing = missing_at_the_end(_CLASS, made, completed=completed)
        if missing:
            is_empty = is_there(made, missing[0])
            message = f"{missing[0]} {'has no value' if is_empty else 'is missing'} at the end"
            # Without images there is still a series, or the step is discontinued with none (PS3.4 F.7.2.2.2).
            if completed or missing[0] != "PerformedSeriesSequence":
                # 0110 says of a step that it may no longer be updated (PS3.4 table F.7.2-2): this one may.
                status = MISSING_VALUE if is_empty else MISSING_ATTRIBUTE
                raise RefusedError(message, status, [missing[0].split("/")[-1]])

    def n_get(self, event: Event) -> tuple[Status, Dataset | None]:
        """Give attributes of a step (PS3.4 F.8)."""
        if str(event.context.abstract_syntax) == self.contexts[0]:
            # PS3.4 table F.7.1-1: steps are of that class, and are retrieved over the context of the other.
            message = "the SOP class has N-CREATE and N-SET alone"
            raise RefusedError(message, UNRECOGNIZED)
        ds = self.shelf.get(event.request.RequestedSOPInstanceUID)
        return wanted(ds, event.attribute_identifiers, warning=WARNING_OPTIONAL)

    def established(self, association: Any) -> None:  # noqa: ANN401  # of any face
        """Hear of those that want notifications."""
        self._listeners.add(association)

    def ended(self, association: Any) -> None:  # noqa: ANN401
        """Forget them."""
        self._listeners.remove(association)

    def remove(self, uid: str) -> None:
        """Delete a step, and report it."""
        self._tell(uid, EVENTS["deleted"], self.shelf.remove(uid))

    def close(self) -> None:
        """Send what waits."""
        self._listeners.close()

    def _tell(self, uid: str, event: int, ds: Dataset) -> None:
        try:
            if self._changed is not None:
                self._changed(uid, event, ds)
        except Exception as error:  # it is the caller's, and the step is kept: that is what is answered
            _LOG.warning("who was to hear of a performed step has failed: %s", type(error).__name__)
        # PS3.4 F.9: the event says which step; what it is now is asked for by N-GET.
        self._listeners.tell(None, event, self.contexts[2], uid)


def create(association: Any, ds: Dataset, uid: str | None = None) -> str:  # noqa: ANN401  # of any face
    """Create a step, and give its UID (N-CREATE, PS3.4 F.7.2.1).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    ds : Dataset
        The attributes; Performed Procedure Step Status is IN PROGRESS where it is not said.
    uid : str, optional
        The SOP Instance UID, a new one if not given.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost before it came.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import PerformedSteps, Services, mpps
    >>> with Services(PerformedSteps(strict=False)).loopback() as assoc:
    ...     uid = mpps.create(assoc, rg.Dataset({"PerformedProcedureStepID": "P1"}))
    ...     mpps.get_step(assoc, uid, "PerformedProcedureStepStatus").PerformedProcedureStepStatus
    'IN PROGRESS'
    """
    from radiogram.uid import generate_uid

    if _STATUS not in ds:
        ds = with_values(ds, PerformedProcedureStepStatus="IN PROGRESS")
    uid = uid or generate_uid()
    _done(association.send_n_create(ds, PerformedSteps.contexts[0], uid)[0], "N-CREATE")
    return str(uid)


def set_step(association: Any, uid: str, ds: Dataset) -> None:  # noqa: ANN401
    """Change a step that is in progress (N-SET, PS3.4 F.7.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    uid : str
        The step.
    ds : Dataset
        What is new.

    Raises
    ------
    RefusedError
        The step has ended already, or lacks what it has at its end; or the association was lost.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import PerformedSteps, Services, mpps
    >>> with Services(PerformedSteps(strict=False)).loopback() as assoc:
    ...     uid = mpps.create(assoc, rg.Dataset({"PerformedProcedureStepID": "P1"}))
    ...     mpps.set_step(assoc, uid, rg.Dataset({"PerformedProcedureStepDescription": "CHEST"}))
    ...     mpps.get_step(assoc, uid).PerformedProcedureStepDescription
    'CHEST'
    """
    _done(association.send_n_set(ds, PerformedSteps.contexts[0], uid)[0], "N-SET")


def complete(association: Any, uid: str, ds: Dataset) -> None:  # noqa: ANN401
    """End a step that was done, with its series and when it ended (N-SET, PS3.4 F.7.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    uid : str
        The step.
    ds : Dataset
        What is new; with it goes the status, COMPLETED.

    Raises
    ------
    RefusedError
        The step has ended already, or lacks what it has at its end; or the association was lost.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import PerformedSteps, Services, mpps
    >>> with Services(PerformedSteps(strict=False)).loopback() as assoc:
    ...     uid = mpps.create(assoc, rg.Dataset({"PerformedProcedureStepID": "P1"}))
    ...     mpps.complete(assoc, uid, rg.Dataset({"PerformedProcedureStepEndDate": "20260101"}))
    ...     mpps.get_step(assoc, uid, "PerformedProcedureStepStatus").PerformedProcedureStepStatus
    'COMPLETED'
    """
    set_step(association, uid, with_values(ds, PerformedProcedureStepStatus="COMPLETED"))


def discontinue(association: Any, uid: str, ds: Dataset) -> None:  # noqa: ANN401
    """End a step that was broken off (N-SET, PS3.4 F.7.2.2).

    Parameters
    ----------
    association : Association
        It has a context for the SOP class.
    uid : str
        The step.
    ds : Dataset
        What is new; with it goes the status, DISCONTINUED.

    Raises
    ------
    RefusedError
        The step has ended already, or lacks what it has at its end; or the association was lost.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import PerformedSteps, Services, mpps
    >>> with Services(PerformedSteps(strict=False)).loopback() as assoc:
    ...     uid = mpps.create(assoc, rg.Dataset({"PerformedProcedureStepID": "P1"}))
    ...     mpps.discontinue(assoc, uid, rg.Dataset({"PerformedProcedureStepEndDate": "20260101"}))
    ...     mpps.get_step(assoc, uid, "PerformedProcedureStepStatus").PerformedProcedureStepStatus
    'DISCONTINUED'
    """
    set_step(association, uid, with_values(ds, PerformedProcedureStepStatus="DISCONTINUED"))


def get_step(association: Any, uid: str, *keywords: str) -> Dataset:  # noqa: ANN401
    """Give attributes of a step; all of them where none are named.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import PerformedSteps, Services, mpps
    >>> with Services(PerformedSteps(strict=False)).loopback() as assoc:
    ...     uid = mpps.create(assoc, rg.Dataset({"PerformedProcedureStepID": "P1"}))
    ...     mpps.get_step(assoc, uid, "PerformedProcedureStepStatus").PerformedProcedureStepStatus
    'IN PROGRESS'
    """
    tags = list(Dataset(dict.fromkeys(keywords)).keys())
    status, ds = association.send_n_get(tags, PerformedSteps.contexts[1], uid)
    _done(status, "N-GET")
    return ds  # type: ignore[no-any-return]  # of any face


def _done(status: Any, service: str) -> None:  # noqa: ANN401
    from radiogram.net.services.outcome import done

    done(status, service, PerformedSteps.contexts[0])
