"""Event reports of unified procedure steps (PS3.4 CC.2.4), to those who subscribed: over associations with roles reversed."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.services.answers import INVALID_ARGUMENT, SUCCESS, RefusedError
from radiogram.net.services.listeners import Listeners, ReportError, associated, checked, report
from radiogram.net.services.provider import uids
from radiogram.net.services.subscriptions import FILTERED, GLOBAL, Subscriptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiogram.net.services.commitment import Places
    from radiogram.net.services.provider import Event
    from radiogram.net.services.shelf import Shelf

__all__ = ["CANCEL_REQUESTED", "PROGRESS", "STATE", "STATUS", "STEP_ASSIGNED", "StepEvents"]

STATE, CANCEL_REQUESTED, PROGRESS, STATUS, STEP_ASSIGNED = 1, 2, 3, 4, 5
"""Event types (PS3.4 table CC.2.4-1)."""

_UNKNOWN_RECEIVER, _NOT_MANAGED = 0xC308, 0xC307
_EVENT, _PUSH = uids("UnifiedProcedureStepEvent", "UnifiedProcedureStepPush")
_LOCKS = {"TRUE": True, "FALSE": False}
_ASSIGNED_BY = ("ScheduledStationNameCodeSequence", "ScheduledHumanPerformersSequence")


class StepEvents:
    """Who is told what.

    Parameters
    ----------
    shelf : Shelf
        The steps.
    title : str
        The own title.
    peers : mapping of str to (host, port), or callable
        Where receivers are.

    Attributes
    ----------
    subscriptions : Subscriptions
        Who subscribed to what.
    send : callable
        What sends one report, called with title, information, event type and UID of the step; by default over an association of
        its own.

    Examples
    --------
    >>> from radiogram.net.services.shelf import Shelf
    >>> from radiogram.net.services.ups_events import StepEvents
    >>> StepEvents(Shelf(), "ME", None).subscriptions.of("1.2.3")
    []
    """

    def __init__(self, shelf: Shelf, title: str, peers: Places | None) -> None:
        self.subscriptions = Subscriptions(shelf.folder and shelf.folder / "subscriptions.sqlite")
        self.send: Callable[[str, Dataset, int, str], object] = self._send
        self._shelf = shelf
        self._title = title
        self._peers = peers
        self._queue = Listeners()

    # -- subscribing ---------------------------------------------------------------------------------------------

    def subscribe(self, _event: Event, uid: str, asked: Any) -> int:  # noqa: ANN401  # a data set
        """Subscribe (PS3.4 CC.2.3.2)."""
        title = self._receiver(asked)
        lock = _LOCKS.get(str(asked.get("DeletionLock") or "FALSE").strip().upper())
        if lock is None:
            message = "DeletionLock is TRUE or FALSE"
            raise RefusedError(message, INVALID_ARGUMENT, ["DeletionLock"])
        keys = None
        if uid == FILTERED:
            keys = Dataset(
                {
                    element.tag: element
                    for element in asked
                    if element.keyword not in ("ReceivingAE", "DeletionLock")
                }
            )
        else:
            self._managed(uid)
        # Of a step that is made meanwhile there is one initial report, not none and not two.
        with self._shelf.lock:
            steps = dict(self._shelf)
            for one in self.subscriptions.subscribe(title, uid, lock=lock, steps=steps, keys=keys):
                self._tell([title], _state_report(steps[one]), STATE, one)
        return SUCCESS

    def unsubscribe(self, _event: Event, uid: str, asked: Any) -> int:  # noqa: ANN401
        """End a subscription."""
        title = self._receiver(asked)
        self._managed(uid)
        self.subscriptions.unsubscribe(title, uid)
        return SUCCESS

    def suspend(self, _event: Event, uid: str, asked: Any) -> int:  # noqa: ANN401
        """End a subscription to what will be."""
        if uid not in (GLOBAL, FILTERED):
            message = "what is suspended is the subscription to all steps"
            raise RefusedError(message, 0xC314)
        self.subscriptions.suspend(self._receiver(asked))
        return SUCCESS

    def _managed(self, uid: str) -> None:
        if uid not in (GLOBAL, FILTERED):
            self._shelf.get(uid, _NOT_MANAGED)

    def _receiver(self, asked: Dataset) -> str:
        title = str(asked.get("ReceivingAE") or "").strip()
        if not title or self._place(title) is None:
            message = "the receiving AE is not known"
            raise RefusedError(message, _UNKNOWN_RECEIVER, ["ReceivingAE"])
        return title

    def _place(self, title: str) -> tuple[str, int] | None:
        return self._peers(title) if callable(self._peers) else (self._peers or {}).get(title)

    # -- reporting -----------------------------------------------------------------------------------------------

    def created(self, uid: str, step: Dataset) -> None:
        """Report a new step to those who want all."""
        self._tell(self.subscriptions.created(uid, step), _state_report(step), STATE, uid)

    def state_changed(self, uid: str, step: Dataset) -> None:
        """Report a state."""
        self._tell(self.subscriptions.of(uid), _state_report(step), STATE, uid)

    def changed(self, uid: str, before: Dataset, now: Dataset, changes: Dataset) -> None:
        """Report what was set: readiness, progress, to whom it was assigned."""
        titles = self.subscriptions.of(uid)
        if before.get("InputReadinessState") != now.get("InputReadinessState"):
            self._tell(titles, _state_report(now), STATE, uid)
        sequence = "ProcedureStepProgressInformationSequence"
        if sequence in changes:
            self._tell(titles, Dataset({sequence: deepcopy(list(now[sequence].value))}), PROGRESS, uid)
        if any(keyword in changes for keyword in _ASSIGNED_BY):
            self._tell(titles, _assigned(now), STEP_ASSIGNED, uid)

    def cancel_requested(self, uid: str, association: Any, asked: Dataset, keywords: tuple[str, ...]) -> bool:  # noqa: ANN401
        """Report that somebody asks for a cancellation; false where there is nobody to hear of it."""
        said: Any = Dataset({"RequestingAE": str(association.requestor.ae_title).strip()})
        for keyword in keywords:
            if asked.get(keyword):
                setattr(said, keyword, deepcopy(asked[keyword].value))
        titles = self.subscriptions.of(uid)
        self._tell(titles, said, CANCEL_REQUESTED, uid)
        return bool(titles)

    def status_changed(
        self, status: str, *, subscriptions: str = "WARM START", steps: str = "WARM START"
    ) -> None:
        """Report to all with a global subscription that the provider was restarted, or goes down (PS3.4 table CC.2.4-1).

        Parameters
        ----------
        status : {"RESTARTED", "GOING DOWN"}
            SCP Status.
        subscriptions, steps : {"WARM START", "COLD START"}
            Whether the subscriptions and the steps are those of before.
        """
        said = Dataset(
            {
                "SCPStatus": status,
                "SubscriptionListStatus": subscriptions,
                "UnifiedProcedureStepListStatus": steps,
            }
        )
        self._tell(self.subscriptions.everyone(), said, STATUS, GLOBAL)

    def _tell(self, titles: list[str], said: Dataset, event_type: int, uid: str) -> None:
        for title in titles:
            self._queue.later(self.send, title, said, event_type, uid, to=title)

    def _send(self, title: str, said: Dataset, event_type: int, uid: str) -> None:
        place = self._place(title)
        if place is None:
            message = "nobody said where the receiver of a report is"
            raise ReportError(message)
        association = associated(title, place, self._title, _EVENT)
        try:
            checked(report(association, said, event_type, _PUSH, uid, _EVENT))
        finally:
            association.release()

    def close(self) -> None:
        """Send what waits."""
        self._queue.close()
        self.subscriptions.close()


def _state_report(step: Dataset) -> Dataset:
    made: Any = Dataset({"ProcedureStepState": step.get("ProcedureStepState")})
    made.InputReadinessState = step.get("InputReadinessState")
    progress = step.get("ProcedureStepProgressInformationSequence")
    for keyword in ("ReasonForCancellation", "ProcedureStepDiscontinuationReasonCodeSequence"):
        if progress and progress[0].get(keyword):
            setattr(made, keyword, deepcopy(progress[0][keyword].value))
    return made  # type: ignore[no-any-return]  # a data set


def _assigned(step: Dataset) -> Dataset:
    made: Any = Dataset()
    if step.get("ScheduledStationNameCodeSequence"):
        made.ScheduledStationNameCodeSequence = deepcopy(list(step["ScheduledStationNameCodeSequence"].value))
    people = step.get("ScheduledHumanPerformersSequence")
    for keyword in ("HumanPerformerCodeSequence", "HumanPerformerOrganization"):
        if people and people[0].get(keyword):
            setattr(made, keyword, deepcopy(people[0][keyword].value))
    return made  # type: ignore[no-any-return]  # a data set
