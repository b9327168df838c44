"""Unified Procedure Step (PS3.4 CC): steps that are pushed, found, taken under a lock, changed, ended, and watched.

`UnifiedSteps` is the provider of push, pull, watch, event and query; a step is locked by the Transaction UID of who took it. What may
happen in which state is the table of the standard.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.matching import Matching, select
from radiogram.net.services.answers import (
    CANCEL,
    NO_ACTION,
    NO_ATTRIBUTE,
    PENDING,
    SUCCESS,
    WARNING_OPTIONAL,
    RefusedError,
    answer,
)
from radiogram.net.services.identifiers import returned, without
from radiogram.net.services.provider import Provider, created, uids
from radiogram.net.services.rules import check, missing_at_the_end
from radiogram.net.services.shelf import Shelf, wanted
from radiogram.net.services.states import step
from radiogram.net.services.subscriptions import FILTERED, GLOBAL
from radiogram.net.services.ups_events import StepEvents
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from radiogram.net.services.commitment import Places
    from radiogram.net.services.provider import Event, Status

__all__ = ["PUSH", "UnifiedSteps"]

_NAME = "UnifiedProcedureStep"
_STATE, _LOCK, _PROGRESS = "ProcedureStepState", "TransactionUID", "ProcedureStepProgressInformationSequence"
_NOT_MANAGED, _NOT_SCHEDULED, _FINAL, _WRONG_LOCK, _NOT_YET, _UNFINISHED = (
    0xC307,
    0xC309,
    0xC300,
    0xC301,
    0xC310,
    0xC304,
)
_UNREACHED = 0xC312
"""Statuses of PS3.4 CC.2."""

_INVALID_INSTANCE = 0x0117
"""PS3.7 C.5."""

PUSH = uids("UnifiedProcedureStepPush")[0]
"""The SOP class that all requests on a step name, whatever the context (PS3.4 CC.3.1)."""

_CHANGES = {"IN PROGRESS": "begin", "SCHEDULED": "schedule", "COMPLETED": "complete", "CANCELED": "cancel"}
_REASONS = (
    "ReasonForCancellation",
    "ProcedureStepDiscontinuationReasonCodeSequence",
    "ContactURI",
    "ContactDisplayName",
)


class UnifiedSteps(Provider):
    """Provider of unified procedure steps.

    Parameters
    ----------
    shelf : Shelf, optional
        Where the steps are kept, and in its folder who subscribed to them; in memory if not given.
    title : str
        The own title, for event reports.
    peers : mapping of str to (host, port), or callable
        Where those who subscribe are reached; a receiving AE that is not known is refused.
    cancels : callable, optional
        Called with UID and step where somebody asks to cancel one in progress; gives a status: 0000 where the performer was told,
        C312 where it cannot be, C313 where it will not. Without it C312 is answered where nobody has subscribed to the step.
    label : str
        Worklist Label of steps that have none.
    strict : bool
        Refuse what does not have all attributes that it owes.

    Examples
    --------
    >>> from radiogram.net.services import UnifiedSteps
    >>> len(UnifiedSteps().contexts)
    5
    """

    contexts = uids(*(f"{_NAME}{kind}" for kind in ("Push", "Watch", "Pull", "Event", "Query")))

    def __init__(
        self,
        shelf: Shelf | None = None,
        *,
        title: str = "RADIOGRAM",
        peers: Places | None = None,
        cancels: Callable[[str, Dataset], int] | None = None,
        label: str = "DEFAULT",
        strict: bool = True,
    ) -> None:
        self.shelf = Shelf() if shelf is None else shelf
        self.events = StepEvents(self.shelf, title, peers)
        self._cancels = cancels
        self._label = label
        self._strict = strict

    # -- push ----------------------------------------------------------------------------------------------------

    def n_create(self, event: Event) -> tuple[Status, Dataset | None]:
        """Schedule a step (PS3.4 CC.2.5)."""
        made: Any = deepcopy(event.attribute_list)
        if str(made.get(_STATE) or "") != "SCHEDULED":
            message = "a step is created SCHEDULED"
            raise RefusedError(message, _NOT_SCHEDULED, [_STATE])
        if made.get(_LOCK):
            message = "a step is created without a lock"
            raise RefusedError(message, 0x0106, [_LOCK])
        if event.request.AffectedSOPInstanceUID in (GLOBAL, FILTERED):
            # PS3.4 CC.2.3.1: they stand for subscriptions.
            message = "a step is none of the well-known instances"
            raise RefusedError(message, _INVALID_INSTANCE)
        if self._strict:
            check(_NAME, "N-CREATE", made)
        made.ScheduledProcedureStepModificationDateTime = _now()
        if not made.get("WorklistLabel"):
            made.WorklistLabel = self._label
        made.SOPClassUID = PUSH
        with self.shelf.lock:
            uid = made.SOPInstanceUID = str(event.request.AffectedSOPInstanceUID or generate_uid())
            self.shelf.add(uid, made)
            made = self.shelf.get(uid)
            # With the lock: reports go out in the order of what they report.
            self.events.created(uid, made)
        return SUCCESS, created(event, uid, _public(made))

    # -- pull ----------------------------------------------------------------------------------------------------

    def c_find(self, event: Event) -> Iterator[tuple[int, Dataset | None]]:
        """Find steps (PS3.4 CC.2.8)."""
        query = without(event.identifier, (_LOCK,))
        steps = (ds for _, ds in self.shelf)
        for found in select(query, steps, Matching(combined_date_time=True)):
            if event.is_cancelled:
                yield CANCEL, None
                return
            yield PENDING, returned(query, found)

    def n_get(self, event: Event) -> tuple[Status, Dataset | None]:
        """Give attributes of a step (PS3.4 CC.2.7)."""
        ds = self.shelf.get(event.request.RequestedSOPInstanceUID, _NOT_MANAGED)
        return wanted(ds, event.attribute_identifiers, without=(_LOCK,), warning=WARNING_OPTIONAL)

    def n_set(self, event: Event) -> tuple[Status, Dataset | None]:
        """Change a step (PS3.4 CC.2.6): while it is scheduled anybody, while it is in progress who holds the lock."""
        changes: Any = event.modification_list
        uid = str(event.request.RequestedSOPInstanceUID)
        with self.shelf.lock:
            before: Any = self.shelf.get(uid, _NOT_MANAGED)
            state, lock = str(before[_STATE].value), str(changes.get(_LOCK) or "")
            if state in ("COMPLETED", "CANCELED"):
                message = "the step may no longer be updated"
                raise RefusedError(message, _FINAL)
            if state == "SCHEDULED" and lock:
                message = "the step is not in progress"
                raise RefusedError(message, _NOT_YET)
            if state == "IN PROGRESS" and lock != str(before.get(_LOCK) or ""):
                message = "the Transaction UID is not that of the step"
                raise RefusedError(message, _WRONG_LOCK, [_LOCK])
            changes = without(changes, (_LOCK,))
            for keyword in ("SOPClassUID", "SOPInstanceUID"):
                if keyword in changes and changes.get(keyword) != before.get(keyword):
                    message = "a step stays the instance that it is"
                    raise RefusedError(message, NO_ATTRIBUTE, [keyword])
            if self._strict:
                check(_NAME, "N-SET", changes)
            elif _STATE in changes:
                message = "a state is changed by an action"
                raise RefusedError(message, 0x0105, [_STATE])
            changes.ScheduledProcedureStepModificationDateTime = _now()
            now = self.shelf.modify(uid, changes)
            self.events.changed(uid, before, now, changes)
        return SUCCESS, changes

    def n_action(self, event: Event) -> tuple[Status, Dataset | None]:
        """Change the state, ask for a cancellation, subscribe (PS3.4 CC.2.1 to CC.2.3)."""
        actions: dict[int, Callable[[Event, str, Any], int]] = {
            1: self._change_state,
            2: self._request_cancel,
            3: self.events.subscribe,
            4: self.events.unsubscribe,
            5: self.events.suspend,
        }
        action = actions.get(event.action_type)
        if action is None:
            message = "unified procedure steps have no such action"
            raise RefusedError(message, NO_ACTION)
        asked = event.action_information if getattr(event.request, "ActionInformation", True) else Dataset()
        status = action(event, str(event.request.RequestedSOPInstanceUID), asked)
        return (answer(status) if status else SUCCESS), None

    def _change_state(self, _event: Event, uid: str, asked: Any) -> int:  # noqa: ANN401
        lock, following = str(asked.get(_LOCK) or ""), str(asked.get(_STATE) or "")
        change = _CHANGES.get(following)
        if change is None:
            message = "the state is none of those of a step"
            raise RefusedError(message, 0x0115, [_STATE])
        with self.shelf.lock:
            before: Any = self.shelf.get(uid, _NOT_MANAGED)
            state, held = str(before[_STATE].value), str(before.get(_LOCK) or "")
            # Who begins brings the lock; who ends has to have it. Where none was set any is as good.
            is_right = bool(lock) and (change == "begin" or not held or lock == held)
            taken = step(
                "UPS", change if is_right or change == "schedule" else f"{change} without lock", state
            )
            if taken.status:
                if taken.status & 0xF000 == 0xB000:
                    return taken.status
                message = f"the step is {state}"
                raise RefusedError(message, taken.status)
            changes: Any = Dataset({_STATE: taken.state})
            if taken.actions == ("report lock",):
                changes.TransactionUID = lock
            if taken.actions == ("final report",):
                self._check_end(before, changes, completed=taken.state == "COMPLETED")
            now = self.shelf.change(uid, changes)
            self.events.state_changed(uid, now)
        return SUCCESS

    def _check_end(self, before: Dataset, changes: Any, *, completed: bool) -> None:  # noqa: ANN401
        if not completed:
            # PS3.4 table CC.2.5-3: the provider says when it was, where the performer did not.
            items = [deepcopy(item) for item in before.get(_PROGRESS) or ()] or [Dataset()]
            if not items[0].get("ProcedureStepCancellationDateTime"):
                items[0].ProcedureStepCancellationDateTime = _now()
                setattr(changes, _PROGRESS, items)
        made = Dataset(before)
        made.update(changes)
        missing = missing_at_the_end(_NAME, made, completed=completed) if self._strict else []
        if missing:
            message = f"{missing[0].split('/')[-1]} has to be there at the end"
            raise RefusedError(message, _UNFINISHED, [missing[0].split("/")[-1]])

    def _request_cancel(self, event: Event, uid: str, asked: Any) -> int:  # noqa: ANN401
        with self.shelf.lock:
            before: Any = self.shelf.get(uid, _NOT_MANAGED)
            taken = step("UPS", "request cancel", str(before[_STATE].value))
            if taken.status:
                if taken.status & 0xF000 == 0xB000:
                    return taken.status
                message = f"the step is {before[_STATE].value}"
                raise RefusedError(message, taken.status)
            if taken.state == "CANCELED":
                now = self.shelf.change(uid, self._cancelled(before, asked))
                self.events.state_changed(
                    uid,
                    Dataset({_STATE: "IN PROGRESS", "InputReadinessState": now.get("InputReadinessState")}),
                )
                self.events.state_changed(uid, now)
                return SUCCESS
        status = self._cancels(uid, before) if self._cancels is not None else SUCCESS
        if status:
            message = "the performer does not cancel it"
            raise RefusedError(message, status)
        is_told = self.events.cancel_requested(uid, event.assoc, asked, _REASONS)
        if not is_told and self._cancels is None:
            # PS3.4 CC.2.2.3: there is no possibility that the performer hears of it.
            message = "nobody has subscribed to the step"
            raise RefusedError(message, _UNREACHED)
        return SUCCESS

    @staticmethod
    def _cancelled(before: Dataset, asked: Dataset) -> Dataset:
        items = [deepcopy(item) for item in before.get(_PROGRESS) or ()] or [Dataset()]
        items[0].ProcedureStepCancellationDateTime = _now()
        for keyword in _REASONS[:2]:
            if asked.get(keyword):
                setattr(items[0], keyword, deepcopy(asked[keyword].value))
        return Dataset({_STATE: "CANCELED", _PROGRESS: items})

    # -- the rest ------------------------------------------------------------------------------------------------

    def purge(self) -> list[str]:
        """Delete steps that have ended and that nobody has a deletion lock on; give their UIDs (PS3.4 CC.2.3.1)."""
        gone = []
        with self.shelf.lock:
            for uid, ds in self.shelf:
                has_ended = ds.get(_STATE) in ("COMPLETED", "CANCELED")
                if has_ended and not self.events.subscriptions.is_locked(uid):
                    self.shelf.remove(uid)
                    self.events.subscriptions.deleted(uid)
                    gone.append(uid)
        return gone

    def close(self) -> None:
        """Send what waits."""
        self.events.close()


def _public(ds: Dataset) -> Dataset:
    return without(ds, (_LOCK,))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%d%H%M%S.%f+0000")
