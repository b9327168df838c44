"""Unified procedure steps from the user's side: who schedules, who performs, who watches (PS3.4 CC)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.net.services.asking import find, identifier
from radiogram.net.services.identifiers import with_values
from radiogram.net.services.outcome import done
from radiogram.net.services.subscriptions import FILTERED, GLOBAL
from radiogram.net.services.ups import PUSH, UnifiedSteps
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Claim", "find_steps", "get_step", "push", "request_cancel", "subscribe", "suspend", "unsubscribe"]

_PUSH, _WATCH, _PULL = UnifiedSteps.contexts[:3]


def push(association: Any, ds: Dataset, uid: str | None = None) -> str:  # noqa: ANN401  # of any face
    """Schedule a step, and give its UID (N-CREATE, PS3.4 CC.2.5).

    Parameters
    ----------
    association : Association
        It has a context for UPS Push.
    ds : Dataset
        The step; its Procedure Step State is SCHEDULED where it says none.
    uid : str, optional
        Its UID; a new one if not given.

    Returns
    -------
    str
        Its UID.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost before it came.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Services, UnifiedSteps, push
    >>> with Services(UnifiedSteps(strict=False)).loopback() as assoc:
    ...     uid = push(assoc, rg.Dataset({"ProcedureStepLabel": "READING"}))
    ...     uid == push(assoc, rg.Dataset({"ProcedureStepLabel": "READING"}))
    False
    """
    if "ProcedureStepState" not in ds:
        ds = with_values(ds, ProcedureStepState="SCHEDULED")
    uid = str(uid or generate_uid())
    done(association.send_n_create(ds, PUSH, uid)[0], "N-CREATE", PUSH)
    return uid


def find_steps(association: Any, query: Dataset | None = None, **keys: object) -> Iterator[Dataset]:  # noqa: ANN401
    """Find steps, by an identifier or by keys of the worklist (C-FIND, PS3.4 CC.2.8).

    Parameters
    ----------
    association : Association
        It has a context for UPS Pull.
    query : Dataset, optional
        The identifier; by default all keys that a provider matches, empty.
    **keys
        Keys with their values, in place of an identifier.

    Yields
    ------
    Dataset
        What matches, a step each.

    Raises
    ------
    RefusedError
        The answer was a failure, or the association was lost before it came.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Services, UnifiedSteps, push
    >>> from radiogram.net.services.ups_user import find_steps
    >>> with Services(UnifiedSteps(strict=False)).loopback() as assoc:
    ...     uid = push(assoc, rg.Dataset({"ProcedureStepLabel": "READING"}))
    ...     [(one.SOPInstanceUID == uid, one.ProcedureStepState) for one in find_steps(assoc, ProcedureStepLabel="READ*")]
    [(True, 'SCHEDULED')]
    """
    if query is None:
        query = identifier(None, "UnifiedProcedureStep", **keys)
    yield from find(association, query, _PULL)


class Claim:
    """A step that is taken: its state and its changes are ours until it ends (N-ACTION of type 1, PS3.4 CC.2.1).

    Parameters
    ----------
    association : Association
        It has a context for UPS Pull.
    uid : str
        The step.
    transaction : str, optional
        The lock; a new UID if not given. Who loses it cannot end the step.

    Raises
    ------
    RefusedError
        Another one has it, it has ended, or it is not there; or the association was lost.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Services, UnifiedSteps, push
    >>> from radiogram.net.services.ups_user import Claim, get_step
    >>> with Services(UnifiedSteps(strict=False)).loopback() as assoc:
    ...     uid = push(assoc, rg.Dataset({"ProcedureStepLabel": "READING"}))
    ...     claim = Claim(assoc, uid)
    ...     claim.update(rg.Dataset({"ProcedureStepLabel": "READ"}))
    ...     claim.complete()
    ...     found = get_step(assoc, uid, "ProcedureStepState", "ProcedureStepLabel")
    ...     found.ProcedureStepState, found.ProcedureStepLabel
    ('COMPLETED', 'READ')
    """

    def __init__(self, association: Any, uid: str, transaction: str | None = None) -> None:  # noqa: ANN401
        self.uid = uid
        self.transaction = str(transaction or generate_uid())
        self._association = association
        self._act("IN PROGRESS")

    def update(self, ds: Dataset) -> None:
        """Change the step (N-SET, PS3.4 CC.2.6).

        Parameters
        ----------
        ds : Dataset
            What is new; with it goes the lock.

        Raises
        ------
        RefusedError
            The step has ended, the lock is not ours, or the change is none that is allowed.
        """
        changes = with_values(ds, TransactionUID=self.transaction)
        status, _ = self._association.send_n_set(changes, PUSH, self.uid, meta_uid=_PULL)
        done(status, "N-SET", PUSH)

    def complete(self) -> None:
        """End it: it was done.

        Raises
        ------
        RefusedError
            It has ended already, or has not all that a step has at its end (C304, PS3.4 table CC.2.5-3).
        """
        self._act("COMPLETED")

    def cancel(self) -> None:
        """End it: it was broken off.

        Raises
        ------
        RefusedError
            As of `complete`.
        """
        self._act("CANCELED")

    def _act(self, state: str) -> None:
        asked = Dataset({"ProcedureStepState": state, "TransactionUID": self.transaction})
        status, _ = self._association.send_n_action(asked, 1, PUSH, self.uid, meta_uid=_PULL)
        done(status, "N-ACTION", PUSH)


def request_cancel(association: Any, uid: str, reason: str = "", **elements: object) -> int:  # noqa: ANN401
    """Ask for a step to be cancelled (N-ACTION of type 2, PS3.4 CC.2.2).

    Parameters
    ----------
    association : Association
        It has a context for UPS Watch.
    uid : str
        The step. One that nobody has taken is cancelled; who has taken one is told, and decides.
    reason : str
        Reason For Cancellation.
    **elements
        More of what is said to who performs it, such as ``ContactDisplayName``.

    Returns
    -------
    int
        The status: a warning, B304, where it was cancelled before.

    Raises
    ------
    RefusedError
        It was completed, or is not there; or the association was lost.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Services, UnifiedSteps, push
    >>> from radiogram.net.services.ups_user import request_cancel
    >>> with Services(UnifiedSteps(strict=False)).loopback() as assoc:
    ...     uid = push(assoc, rg.Dataset({"ProcedureStepLabel": "READING"}))
    ...     [f"{request_cancel(assoc, uid, 'not needed'):04X}" for _ in range(2)]
    ['0000', 'B304']
    """
    asked = Dataset({"ReasonForCancellation": reason} if reason else None)
    for keyword, value in elements.items():
        setattr(asked, keyword, value)
    status, _ = association.send_n_action(asked, 2, PUSH, uid, meta_uid=_WATCH)
    return done(status, "N-ACTION", PUSH)


def subscribe(
    association: Any,  # noqa: ANN401
    receiver: str,
    uid: str = GLOBAL,
    *,
    lock: bool = False,
    keys: Dataset | None = None,
) -> int:
    """Have event reports of a step, of all, or of those that match sent to an application entity (N-ACTION of type 3, PS3.4 CC.2.3).

    Parameters
    ----------
    association : Association
        It has a context for UPS Watch.
    receiver : str
        Whom they are sent to.
    uid : str
        The step; all steps, there and to come, if not given.
    lock : bool
        Ask for deletion locks: steps stay until this subscription ends.
    keys : Dataset, optional
        What steps have to match, as in a query, for a filtered global subscription.

    Returns
    -------
    int
        The status: a warning, B301, where the lock was not granted.

    Raises
    ------
    RefusedError
        The provider does not know the receiver, C308, or has no such step, C307; or the association was lost.

    Examples
    --------
    >>> from radiogram.net.services import Services, UnifiedSteps
    >>> from radiogram.net.services.ups_user import subscribe, unsubscribe
    >>> with Services(UnifiedSteps(peers={"WATCHER": ("127.0.0.1", 104)})).loopback() as assoc:
    ...     subscribe(assoc, "WATCHER")
    ...     unsubscribe(assoc, "WATCHER")
    0
    """
    asked = Dataset({"ReceivingAE": receiver, "DeletionLock": "TRUE" if lock else "FALSE"})
    if keys is not None:
        asked.update(keys)
        uid = FILTERED
    return _subscription(association, asked, 3, uid)


def unsubscribe(association: Any, receiver: str, uid: str = GLOBAL) -> None:  # noqa: ANN401
    """End a subscription, to a step or to all (N-ACTION of type 4, PS3.4 CC.2.3).

    Parameters
    ----------
    association : Association
        It has a context for UPS Watch.
    receiver : str
        Who hears no more.
    uid : str
        Of which step; of none, those that are there and those that come, if not given.

    Raises
    ------
    RefusedError
        The provider has no such step, or does not know the receiver; or the association was lost.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Services, UnifiedSteps, push
    >>> from radiogram.net.services.ups_user import subscribe, unsubscribe
    >>> with Services(UnifiedSteps(peers={"WATCHER": ("127.0.0.1", 104)}, strict=False)).loopback() as assoc:
    ...     uid = push(assoc, rg.Dataset({"ProcedureStepLabel": "READING"}))
    ...     subscribe(assoc, "WATCHER", uid, lock=True)
    ...     unsubscribe(assoc, "WATCHER", uid)
    0
    """
    _subscription(association, Dataset({"ReceivingAE": receiver}), 4, uid)


def suspend(association: Any, receiver: str, uid: str = GLOBAL) -> None:  # noqa: ANN401
    """Hear no more of steps that are yet to come; subscriptions to those that are there stay (PS3.4 CC.2.3).

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Services, UnifiedSteps, push
    >>> from radiogram.net.services.ups_user import subscribe, suspend
    >>> peers = {"WATCHER": ("127.0.0.1", 104)}
    >>> with Services(UnifiedSteps(peers=peers, strict=False)).loopback() as assoc:
    ...     subscribe(assoc, "WATCHER")
    ...     suspend(assoc, "WATCHER")
    ...     uid = push(assoc, rg.Dataset({"ProcedureStepLabel": "READING"}))  # WATCHER does not hear of it.
    0
    """
    _subscription(association, Dataset({"ReceivingAE": receiver}), 5, uid)


def _subscription(association: Any, asked: Dataset, action: int, uid: str) -> int:  # noqa: ANN401
    status, _ = association.send_n_action(asked, action, PUSH, uid, meta_uid=_WATCH)
    return done(status, "N-ACTION", PUSH)


def get_step(association: Any, uid: str, *keywords: str) -> Dataset:  # noqa: ANN401
    """Give attributes of a step, over a context for UPS Watch; all of them where none are named (PS3.4 CC.2.7).

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services import Services, UnifiedSteps, push
    >>> from radiogram.net.services.ups_user import get_step
    >>> with Services(UnifiedSteps(strict=False)).loopback() as assoc:
    ...     uid = push(assoc, rg.Dataset({"ProcedureStepLabel": "READING"}))
    ...     get_step(assoc, uid, "ProcedureStepState").ProcedureStepState
    'SCHEDULED'
    """
    tags = list(Dataset(dict.fromkeys(keywords)).keys())
    status, found = association.send_n_get(tags, PUSH, uid, meta_uid=_WATCH)
    done(status, "N-GET", PUSH)
    return found  # type: ignore[no-any-return]  # of any face
